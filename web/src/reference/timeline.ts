// The operations of one training step in the order in which they run: where a run can stand inside a step.
import type { Operation } from "../contract";

const SHOWN_ROWS = 8;
const MOST_NAMES = 64;

const range = (count: number): number[] => Array.from({ length: Math.min(count, MOST_NAMES) }, (_, k) => k);

/** Operations of a step on `rows` rows; `linked` when predictions differ from raw predictions. */
export function timeline(sizes: readonly number[], rows: number, linked: boolean): Operation[] {
  const found: Operation[] = [];
  const layers = sizes.slice(1).map((_, k) => k + 1);
  const size = (layer: number): number => sizes[layer] ?? 0;
  const add = (
    phase: Operation["phase"],
    title: string,
    names: string[],
    layer: number | null,
    row: number | null,
  ): void => void found.push({ index: found.length, phase, layer, row, title, names: names.slice(0, MOST_NAMES) });
  const parameters = (k: number): string[] => [
    ...range(size(k - 1))
      .flatMap((i) => Array.from({ length: size(k) }, (_, j) => `W${k}[${i},${j}]`))
      .slice(0, MOST_NAMES),
    ...range(size(k)).map((j) => `b${k}[${j}]`),
  ];
  const walked = range(Math.min(rows, SHOWN_ROWS));
  for (const r of walked) {
    add(
      "inputs",
      "inputs",
      range(size(0)).map((i) => `x[${r},${i}]`),
      null,
      r,
    );
    for (const k of layers)
      add(
        "forward",
        `layer ${k}`,
        range(size(k)).flatMap((j) => [`z${k}[${r},${j}]`, `a${k}[${r},${j}]`]),
        k,
        r,
      );
    if (linked)
      add(
        "forward",
        "prediction",
        Array.from({ length: size(layers.length) }, (_, j) => `p[${r},${j}]`),
        null,
        r,
      );
    add("loss", "loss of the row", [`ℓ[${r}]`], null, r);
  }
  add("loss", "loss", ["L"], null, null);
  for (const r of walked)
    for (const k of layers.toReversed())
      add(
        "backward",
        `error signal of layer ${k}`,
        range(size(k)).map((j) => `δ${k}[${r},${j}]`),
        k,
        r,
      );
  for (const k of layers)
    add(
      "gradient",
      `gradient of layer ${k}`,
      parameters(k).map((name) => `dL/d${name}`),
      k,
      null,
    );
  for (const k of layers) add("update", `update of layer ${k}`, parameters(k), k, null);
  return found;
}

/** The operation at which the next (or the previous) row begins; null beyond the step. */
export function nextRow(operations: readonly Operation[], index: number, direction: 1 | -1): number | null {
  const part = (place: number): string => `${operations[place]?.row}/${operations[place]?.phase === "backward"}`;
  const starts = (place: number): boolean => place === 0 || part(place - 1) !== part(place);
  for (let place = index + direction; place >= 0 && place < operations.length; place += direction)
    if (starts(place)) return place;
  return null;
}
