// Bands of a surface as SVG paths in the chart's pixels.
import { contours } from "d3-contour";

import type { Frame } from "../chart/frame";

export interface Grid {
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** One row per `y`, one entry per `x`. */
  readonly heights: readonly (readonly number[])[];
}

export interface Band {
  readonly path: string;
  readonly step: number;
}

export const RAMP_STEPS = 9;

/** The areas at or above each level, lowest level first; the steps of the palette are shared evenly. */
export function bands(grid: Grid, levels: readonly number[], frame: Frame): Band[] {
  const size: [number, number] = [grid.x.length, grid.y.length];
  const values = grid.heights.flat().map((height) => (Number.isFinite(height) ? height : Number.MAX_VALUE));
  const place = placer(grid, frame);
  const areas = contours()
    .size(size)
    .thresholds([...levels])(values);
  return areas.map((area, k) => ({
    path: area.coordinates
      .flat()
      .map((ring) => ringPath(ring, place))
      .join(""),
    step: Math.round(((k + 1) * (RAMP_STEPS - 1)) / levels.length),
  }));
}

function ringPath(
  ring: readonly (readonly number[])[],
  place: (column: number, row: number) => [number, number],
): string {
  const corners = ring.slice(0, -1).map(([column = 0, row = 0]) => {
    const [x, y] = place(column, row);
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  return `M${corners.join("L")}Z`;
}

/** d3-contour counts from the corner of the first cell; a grid point lies half a cell inside. */
function placer(grid: Grid, frame: Frame): (column: number, row: number) => [number, number] {
  const at = (places: readonly number[], index: number): number => {
    const last = places.length - 1;
    const kept = Math.min(Math.max(index - 0.5, 0), last);
    const low = Math.min(Math.floor(kept), last - 1);
    const [a = 0, b = 0] = [places[low], places[low + 1]];
    return a + (b - a) * (kept - low);
  };
  return (column, row) => [frame.x(at(grid.x, column)), frame.y(at(grid.y, row))];
}

/** Levels for a loss: equal ratios above the lowest height, as a bowl is read. */
export function lossLevels(heights: readonly (readonly number[])[], count = RAMP_STEPS - 1): number[] {
  const all = heights.flat().filter(Number.isFinite);
  const low = Math.min(...all);
  const high = Math.max(...all);
  if (!(high > low)) return [high + 1];
  const first = low + (high - low) * 0.004;
  const start = low > 0 ? Math.max(low * 1.3, first) : first;
  const ratio = (high - low) / (start - low);
  return Array.from({ length: count }, (_, k) => low + (start - low) * ratio ** (k / count));
}
