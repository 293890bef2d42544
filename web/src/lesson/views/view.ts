// Which inputs a picture is drawn over, in the table's own units, and at what the others are held.
import type { Axis } from "../../contract";
import type { Matrix, Vector } from "../../reference/network";
import { total } from "../../reference/network";
import { Refused } from "../../reference/registry";
import { quoted, type Column, type Prepared } from "../run/table";

const MARGIN = 0.08;

export interface View {
  readonly x: string | null;
  readonly y: string | null;
  /** Position in the table of the row at which the other inputs are held; their average when null. */
  readonly row: number | null;
  readonly resolution: number;
}

function columnOf(prepared: Prepared, name: string): Column {
  const column = prepared.columns.find((one) => one.name === name);
  if (!column) throw new Refused(`There is no input column ${quoted(name.slice(0, 60))}. Choose one of the inputs.`);
  if (!column.numeric) throw new Refused(`The column ${quoted(name)} holds no numbers, so it cannot be an axis.`);
  return column;
}

/** The view with its axes chosen: by the person, else the one or two inputs that there are. */
export function resolvedView(prepared: Prepared, view: View): View {
  if (!(view.resolution >= 4 && view.resolution <= 120))
    throw new Refused(`resolution=${view.resolution} must be a whole number from 4 to 120.`);
  if (view.x !== null) {
    for (const name of [view.x, view.y]) if (name !== null) columnOf(prepared, name);
    return view;
  }
  const { columns } = prepared;
  return columns.length <= 2 && columns.every((one) => one.numeric)
    ? { ...view, x: columns[0]?.name ?? null, y: columns[1]?.name ?? null }
    : view;
}

/** The numbers of an input column, null where one is missing. */
export const readings = (prepared: Prepared, name: string): readonly (number | null)[] =>
  columnOf(prepared, name).of.values;

export function axisOf(prepared: Prepared, name: string): Axis {
  const known = readings(prepared, name).filter((value) => value !== null);
  const [low, high] = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
  const margin = high > low ? MARGIN * (high - low) : Math.max(0.5, 0.1 * Math.abs(high));
  return { column: name, low: low - margin, high: high + margin };
}

export const even = ({ low, high }: { readonly low: number; readonly high: number }, count: number): Vector =>
  Array.from({ length: count }, (_, k) => (k === count - 1 ? high : low + (k * (high - low)) / (count - 1)));

/** Inputs of the network with some columns at given places, the others held. */
export function grid(prepared: Prepared, view: View, places: Readonly<Record<string, Vector>>): Matrix {
  const { train } = prepared.parts;
  const held =
    view.row === null
      ? prepared.features.map((_, k) => total(train.map((row) => prepared.X[row]?.[k] ?? 0)) / train.length)
      : (prepared.X[prepared.position(view.row)] ?? []);
  const columns = Object.entries(places).map(([name, values]) => {
    const column = columnOf(prepared, name);
    return { column, values, first: prepared.inputOf(column) };
  });
  return (columns[0]?.values ?? []).map((_, k) => {
    const inputs = [...held];
    for (const { column, values, first } of columns)
      column.encode(values[k] ?? 0).forEach((value, place) => (inputs[first + place] = value));
    return inputs;
  });
}

/** At what the other inputs are held, in words. */
export function heldText(prepared: Prepared, view: View): string {
  const others = prepared.columns.map((one) => one.name).filter((name) => name !== view.x && name !== view.y);
  if (!others.length) return "";
  const where = view.row === null ? "their training average" : prepared.rowName(prepared.position(view.row));
  const named = others.length === 1 ? others[0] : `the other ${others.length} inputs`;
  return `${named} held at ${others.length > 1 || view.row !== null ? where : "its training average"}`;
}

/** At most `most` of `count` positions, evenly. */
export function spread(count: number, most: number): number[] {
  if (count <= most) return Array.from({ length: count }, (_, k) => k);
  return [...new Set(Array.from({ length: most }, (_, k) => Math.trunc((k * (count - 1)) / (most - 1))))];
}

/** Numbers of a picture, to six significant digits; null where one is not finite. */
export const picture = (values: Vector): (number | null)[] =>
  values.map((value) => (Number.isFinite(value) ? Number(value.toPrecision(6)) : null));
