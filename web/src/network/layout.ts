// Where the units of a drawing stand.
import type { Column } from "./visible";

export interface Place {
  readonly layer: number;
  readonly unit: number;
  readonly x: number;
  readonly y: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly size: "roomy" | "middle" | "small";
  readonly columns: readonly { layer: number; x: number; left: number; right: number; hidden: number; bottom: number }[];
  readonly places: readonly (readonly Place[])[];
}

const GAPS = { roomy: 78, middle: 46, small: 30 } as const;
export const UNIT_HEIGHT = { roomy: 48, middle: 36, small: 24 } as const;
const END_WIDTH = { roomy: 124, middle: 116, small: 100 } as const;
const UNIT_WIDTH = { roomy: 88, middle: 96, small: 52 } as const;
const LEAST_PITCH = { roomy: 122, middle: 128, small: 93 } as const;

export function unitWidth(layer: number, last: number, size: Layout["size"]): number {
  return layer === 0 || layer === last ? END_WIDTH[size] : UNIT_WIDTH[size];
}

export function layout(columns: readonly Column[], width: number, height: number): Layout {
  const tallest = Math.max(...columns.map((column) => column.units.length + (column.units.length < column.size ? 1 : 0)));
  const size = tallest * GAPS.roomy <= Math.max(height, 3 * GAPS.roomy) ? "roomy" : tallest * GAPS.middle <= Math.max(height, 320) ? "middle" : "small";
  const last = columns.length - 1;
  const end = END_WIDTH[size];
  const least = end + LEAST_PITCH[size] * last;
  const wide = Math.max(width, least);
  const tall = Math.max(height, tallest * GAPS[size] + 16);
  const pitch = (wide - end) / Math.max(1, last);
  const gap = Math.min(GAPS[size] * 1.3, (tall - 16) / tallest);
  const placed = columns.map((column, k) => {
    const count = column.units.length + (column.units.length < column.size ? 1 : 0);
    const top = tall / 2 - ((count - 1) * gap) / 2;
    return {
      x: end / 2 + pitch * k, bottom: top + (count - 1) * gap,
      places: column.units.map((unit, i) => ({ layer: column.layer, unit, x: end / 2 + pitch * k, y: top + i * gap })),
    };
  });
  return {
    width: wide, height: tall, size, places: placed.map((column) => column.places),
    columns: placed.map((column, k) => ({
      layer: k, x: column.x, bottom: column.bottom,
      left: column.x - unitWidth(k, last, size) / 2, right: column.x + unitWidth(k, last, size) / 2,
      hidden: (columns[k]?.size ?? 0) - (columns[k]?.units.length ?? 0),
    })),
  };
}

/** A link as a smooth curve from the right of one unit to the left of the next. */
export function linkPath(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) * 0.42;
  return `M${x1.toFixed(1)} ${y1.toFixed(1)}C${(x1 + bend).toFixed(1)} ${y1.toFixed(1)} ${(x2 - bend).toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;
}

/** The point of a link a share `at` along it. */
export function onLink(x1: number, y1: number, x2: number, y2: number, at: number): [number, number] {
  const bend = (x2 - x1) * 0.42;
  const u = 1 - at;
  const [a, b, c, d] = [u ** 3, 3 * u * u * at, 3 * u * at * at, at ** 3];
  return [a * x1 + b * (x1 + bend) + c * (x2 - bend) + d * x2, (a + b) * y1 + (c + d) * y2];
}
