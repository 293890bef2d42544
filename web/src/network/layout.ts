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
  readonly size: "roomy" | "middle" | "small" | "dots";
  /** The height of a unit; of dots the highest. */
  readonly unit: number;
  readonly columns: readonly {
    layer: number;
    x: number;
    left: number;
    right: number;
    hidden: number;
    bottom: number;
    /** From unit to unit. */
    gap: number;
  }[];
  readonly places: readonly (readonly Place[])[];
}

const GAPS = { roomy: 78, middle: 46, small: 30, dots: 12 } as const;
const UNIT_HEIGHT = { roomy: 48, middle: 36, small: 24, dots: 8 } as const;
const END_WIDTH = { roomy: 124, middle: 116, small: 100, dots: 100 } as const;
/** Of an output that says its name and its number in one line. */
const LINE_WIDTH = 122;
const UNIT_WIDTH = { roomy: 88, middle: 96, small: 52, dots: 14 } as const;
const LEAST_PITCH = { roomy: 122, middle: 128, small: 93, dots: 85 } as const;
/** Wider than this no box grows for the sake of a name. */
const WIDEST = 210;

/** Up to here each output says its name, its number and the target one below the other. */
export const FEW_OUTPUTS = 3;
const STACKED = 70;
const NARROW = 480;

/** Whether the units of a column hold their lines one below the other. */
export function isStacked(layer: number, last: number, count: number, size: Layout["size"]): boolean {
  if (size === "dots") return false;
  return layer === last ? count <= FEW_OUTPUTS || size === "roomy" : size !== "small";
}

/** From unit to unit in a column. */
function gapOf(column: Column, last: number, size: Layout["size"]): number {
  return column.layer === last && isStacked(last, last, column.units.length, size)
    ? Math.max(STACKED, GAPS[size])
    : GAPS[size];
}

const slots = (column: Column): number => column.units.length + (column.units.length < column.size ? 1 : 0);

function unitWidth({ layer, units }: Column, last: number, size: Layout["size"]): number {
  if (layer === last && size === "small" && !isStacked(layer, last, units.length, size)) return LINE_WIDTH;
  return layer === 0 || layer === last ? END_WIDTH[size] : UNIT_WIDTH[size];
}

interface Wishes {
  /** How wide the inputs are that have room for their names. */
  inputs?: number;
  /** Every unit in sight, without text: an overview of columns of any length. */
  dots?: boolean;
}

export function layout(
  columns: readonly Column[],
  width: number,
  height: number,
  { inputs = 0, dots = false }: Wishes = {},
): Layout {
  const tallest = Math.max(...columns.map(slots));
  const last = columns.length - 1;
  const widths = (size: Layout["size"]): number[] => columns.map((column) => unitWidth(column, last, size));
  /** What of the inputs and outputs lies beyond the middles of their columns. */
  const ends = (size: Layout["size"]): number => ((widths(size)[0] ?? 0) + (widths(size)[last] ?? 0)) / 2;
  /** On a narrow page all columns are in sight before units have pictures. */
  const narrow = (size: Layout["size"]): boolean => width < NARROW && ends(size) + LEAST_PITCH[size] * last > width;
  const size = dots
    ? "dots"
    : tallest * GAPS.roomy <= Math.max(height, 3 * GAPS.roomy) && !narrow("roomy")
      ? "roomy"
      : tallest * GAPS.middle <= Math.max(height, 320) && !narrow("middle")
        ? "middle"
        : "small";
  const least = ends(size) + LEAST_PITCH[size] * last;
  const wide = Math.max(width, least);
  const tall = dots
    ? height
    : Math.max(height, ...columns.map((column) => slots(column) * gapOf(column, last, size) + 16));
  const drawn = widths(size);
  if (!dots) drawn[0] = widened(drawn[0] ?? 0, Math.min(inputs, WIDEST), (2 * (wide - least)) / (1 + last));
  /** Half of a unit; dots are narrow, their ends are as wide as what stands above them. */
  const half = (k: number): number => (dots ? UNIT_WIDTH.dots : (drawn[k] ?? 0)) / 2;
  const left = (drawn[0] ?? 0) / 2;
  const pitch = (wide - left - (drawn[last] ?? 0) / 2) / Math.max(1, last);
  const placed = columns.map((column, k) => {
    const count = slots(column);
    const gap = Math.min(gapOf(column, last, size) * 1.3, (tall - 16) / count);
    const top = tall / 2 - ((count - 1) * gap) / 2;
    return {
      x: left + pitch * k,
      gap,
      bottom: top + (count - 1) * gap,
      places: column.units.map((unit, i) => ({ layer: column.layer, unit, x: left + pitch * k, y: top + i * gap })),
    };
  });
  return {
    width: wide,
    height: tall,
    size,
    unit: UNIT_HEIGHT[size],
    places: placed.map((column) => column.places),
    columns: placed.map((column, k) => ({
      layer: k,
      x: column.x,
      bottom: column.bottom,
      left: column.x - half(k),
      right: column.x + half(k),
      gap: column.gap,
      hidden: (columns[k]?.size ?? 0) - (columns[k]?.units.length ?? 0),
    })),
  };
}

/** A box that grows as far as wished and as there is room; half of that is taken from the gap to the next column. */
const widened = (width: number, wish: number, room: number): number =>
  width + Math.max(0, Math.min(wish - width, room));
