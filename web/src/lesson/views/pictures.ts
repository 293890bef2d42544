// Pictures of the fit: a curve, a decision map, predictions, the points behind them, and the loss over two parameters.
import type { Picture, Points, Surface } from "../../contract";
import {
  forward,
  lossValue,
  predicted,
  rawOf,
  type Matrix,
  type Parameters,
  type Passed,
  type Vector,
} from "../../reference/network";
import { placeOfParameter, valueAt } from "../../reference/trace";
import type { Run } from "../run/run";
import type { Stage } from "../run/stage";
import { axisOf, even, grid, heldText, picture, readings, resolvedView, spread, type View } from "./view";

const COARSE = 12;
const MOST_NEURONS = 64;
const CURVE_POINTS = 121;
const [MOST_PREDICTIONS, MOST_POINTS, MOST_ROWS, MOST_PATH, MOST_REPLAYED] = [400, 2000, 500, 500, 1000] as const;

const passed = ({ model }: Stage, parameters: Parameters, inputs: Matrix): Passed => forward(model, parameters, inputs);
const valuesOf = (stage: Stage, run: Passed): Matrix => stage.prepared.values(predicted(stage.model, rawOf(run)));
const column = (matrix: Matrix, k: number): Vector => matrix.map((row) => row[k] ?? NaN);

/** The activation of each neuron, layer by layer; null when there are too many. */
function neurons(stage: Stage, run: Passed): (number | null)[][][] | null {
  const sizes = stage.sizes.slice(1);
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_NEURONS) return null;
  return sizes.map((size, k) => Array.from({ length: size }, (_, j) => picture(column(run.a[k + 1] as Matrix, j))));
}

function over(stage: Stage, view: View, count: number): Matrix {
  const [x, y] = [view.x as string, view.y as string];
  const [across, up] = [even(axisOf(stage.prepared, x), count), even(axisOf(stage.prepared, y), count)];
  return grid(stage.prepared, view, {
    [x]: up.flatMap(() => across),
    [y]: up.flatMap((value) => across.map(() => value)),
  });
}

const largestOf = (row: Vector): number => row.indexOf(Math.max(...row));

export function paint(stage: Stage, parameters: Parameters, asked: View): Picture {
  const { prepared } = stage;
  const view = resolvedView(prepared, asked);
  if (view.x === null) {
    const rows = spread(prepared.X.length, MOST_PREDICTIONS);
    const values = valuesOf(
      stage,
      passed(
        stage,
        parameters,
        rows.map((row) => prepared.X[row] ?? []),
      ),
    );
    const predicted = values.map((row, k) =>
      prepared.classes.length ? (row[prepared.truth[rows[k] ?? 0] ?? 0] ?? NaN) : (row[0] ?? NaN),
    );
    return {
      kind: "predictions",
      rows,
      names: rows.map((row) => prepared.rowName(row)),
      actual: rows.map((row) => prepared.truth[row] ?? NaN),
      predicted: picture(predicted),
      part: rows.map((row) => prepared.partOf[row] ?? "train"),
    };
  }
  const [x, held] = [axisOf(prepared, view.x), heldText(prepared, view)];
  if (view.y === null) {
    const at = even(x, CURVE_POINTS);
    const run = passed(stage, parameters, grid(prepared, view, { [view.x]: at }));
    const values = valuesOf(stage, run);
    return {
      kind: "curve",
      x,
      at,
      values: (values[0] ?? []).map((_, k) => picture(column(values, k))),
      neurons: neurons(stage, run),
      held,
    };
  }
  const values = valuesOf(stage, passed(stage, parameters, over(stage, view, view.resolution)));
  const count = values[0]?.length ?? 1;
  const coarse = stage.sizes.slice(1).reduce((sum, size) => sum + size, 0) <= MOST_NEURONS;
  return {
    kind: "map",
    x,
    y: axisOf(prepared, view.y),
    columns: view.resolution,
    rows: view.resolution,
    values: picture(count > 2 ? values.map((row) => Math.max(...row)) : column(values, count - 1)),
    winners: count > 2 ? values.map(largestOf) : [],
    coarse: COARSE,
    neurons: coarse ? neurons(stage, passed(stage, parameters, over(stage, view, COARSE))) : null,
    held,
  };
}

/** The rows behind a picture. */
export function pointsOf({ prepared }: Stage, asked: View): Points {
  const view = resolvedView(prepared, asked);
  const [across, up] = [view.x, view.y].map((name) => (name === null ? null : readings(prepared, name)));
  return {
    points: spread(prepared.X.length, MOST_POINTS).map((row) => ({
      row,
      name: prepared.rowName(row),
      x: across?.[row] ?? null,
      y: up?.[row] ?? null,
      target: prepared.truth[row] ?? NaN,
      part: prepared.partOf[row] ?? "train",
    })),
    total: prepared.X.length,
  };
}

// ---- the loss over two parameters -----------------------------------------------------------------------------------

function path(run: Run, names: readonly string[]): { steps: number[]; places: Vector[] } {
  const { known, edits, step: done } = run;
  const again = run.journey.twin();
  const steps =
    done <= MOST_REPLAYED
      ? spread(done + 1, MOST_PATH)
      : [...known.keys()].filter((step) => step <= done).toSorted((a, b) => a - b);
  const apply = (): void => {
    for (const edit of edits) if (edit.step === again.step) again.set(edit);
  };
  apply();
  const places = steps.map((step) => {
    const near = Math.max(-1, ...[...known.keys()].filter((one) => one > again.step && one <= step));
    const state = known.get(near);
    if (state) again.state = state;
    while (again.step < step) {
      again.advance();
      apply();
    }
    return names.map((name) => {
      const place = placeOfParameter(name, again.state.parameters);
      return place ? valueAt(again.state.parameters, place) : NaN;
    });
  });
  return { steps, places };
}

/** The minimum of one linear neuron with one input and squared error, without penalties. */
function minimum({ model, sizes, settings, X, y }: Stage, names: readonly string[]): Vector | null {
  const linear = sizes.join() === "1,1" && model.activations[0]?.name === "identity";
  const plain = model.loss.name === "squared_error" && settings.l1 === 0 && settings.l2 === 0;
  if (!linear || !plain || names.join() !== "W1[0,0],b1[0]") return null;
  const [xs, ys, n] = [column(X, 0), column(y, 0), X.length];
  const mean = (values: Vector): number => values.reduce((sum, value) => sum + value, 0) / n;
  const [mx, my] = [mean(xs), mean(ys)];
  const variance = mean(xs.map((x) => (x - mx) ** 2));
  if (variance === 0) return null;
  const slope = mean(xs.map((x, k) => (x - mx) * ((ys[k] ?? 0) - my))) / variance;
  return [slope, my - slope * mx];
}

export function surfaceOf(run: Run, first: string | null, second: string | null, resolution: number): Surface {
  const { stage, journey } = run;
  const names = [first ?? "W1[0,0]", second ?? `b${stage.sizes.length - 1}[0]`].map((name) => journey.named(name));
  const rows = spread(stage.X.length, MOST_ROWS);
  const [X, y] = [rows.map((row) => stage.X[row] ?? []), rows.map((row) => stage.y[row] ?? [])];
  const bench = journey.twin();
  bench.state = journey.state;
  const loss = (values: readonly number[]): number => {
    names.forEach((parameter, k) => bench.set({ step: 0, parameter, value: values[k] ?? 0 }));
    const { parameters } = bench.state;
    return lossValue(stage.model, rawOf(forward(stage.model, parameters, X)), y, parameters.weights).total;
  };
  const { steps, places } = path(run, names);
  const lowest = minimum(stage, names);
  const seen = [...places, ...(lowest ? [lowest] : [])].filter((place) =>
    place.every((value) => Number.isFinite(value) && Math.abs(value) < 1e4),
  );
  const ends = names.map((_, k) => {
    const values = seen.map((place) => place[k] ?? 0);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const margin = Math.max(0.25 * (high - low), 0.5);
    return { low: low - margin, high: high + margin };
  });
  const [a, b] = ends as [(typeof ends)[number], (typeof ends)[number]];
  const [across, up] = [even(a, resolution), even(b, resolution)];
  const clear = (value: number): number | null => (Number.isFinite(value) ? value : null);
  return {
    first: names[0] ?? "",
    second: names[1] ?? "",
    first_low: a.low,
    first_high: a.high,
    second_low: b.low,
    second_high: b.high,
    columns: resolution,
    rows: resolution,
    values: picture(up.flatMap((two) => across.map((one) => loss([one, two])))),
    path: places.map((place) => [place[0] ?? NaN, place[1] ?? NaN, clear(loss(place))]),
    path_steps: steps,
    minimum: lowest && [lowest[0] ?? NaN, lowest[1] ?? NaN, loss(lowest)],
  };
}
