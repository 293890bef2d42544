// A neuron in words and pictures: what excites it, and how its activation spreads over the classes.
import type { NeuronCard, Position, Response } from "../../contract";
import { forward, total, type Matrix, type Parameters, type Vector } from "../../reference/network";
import { Refused, type Activation } from "../../reference/registry";
import { shown } from "../../reference/text";
import type { Stage } from "../run/stage";
import { axisOf, even, grid, heldText, picture, resolvedView, spread, type View } from "./view";

const [BINS, DRIVERS, TOP, FLAT, DECISIVE, MOST_ROWS] = [24, 12, 3, 0.05, 0.9, 2000] as const;

interface Driver {
  readonly place: number;
  readonly source: string;
  readonly weight: number;
  readonly original_weight: number;
  readonly share: number;
}

const mean = (values: Vector): number => total(values) / values.length;
const column = (matrix: Matrix, k: number): Vector => matrix.map((row) => row[k] ?? NaN);
const deviation = (values: Vector): number => {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
};

function correlation(x: Vector, a: Vector): number {
  const [mx, ma] = [mean(x), mean(a)];
  const [dx, da] = [x.map((value) => value - mx), a.map((value) => value - ma)];
  const dot = (p: Vector, q: Vector): number => total(p.map((value, k) => value * (q[k] ?? 0)));
  const size = Math.sqrt(dot(dx, dx) * dot(da, da));
  return size > 1e-300 ? dot(dx, da) / size : 0;
}

/** Center and scale of each input, for weights and thresholds in the table's units. */
function units({ prepared }: Stage): { center: Vector; scale: Vector } {
  const plain = prepared.columns.flatMap((one) =>
    one.features.map((feature) => (one.numeric && feature === one.name ? [one.center, one.scale] : [0, 1])),
  );
  return { center: plain.map(([center = 0]) => center), scale: plain.map(([, scale = 1]) => scale) };
}

/** Which rows lie at the flat lower end, and which at the flat upper end, of the activation. */
function ends(
  { range: [low, high] }: Activation,
  z: Vector,
  a: Vector,
  slope: Vector,
): { off: number; saturated: number } {
  const share = (test: (k: number) => boolean): number => z.filter((_, k) => test(k)).length / z.length;
  if (!Number.isFinite(low)) return { off: 0, saturated: 0 };
  const flat = (k: number): boolean => (slope[k] ?? 0) <= FLAT;
  if (!Number.isFinite(high)) return { off: share((k) => flat(k) && (z[k] ?? 0) < 0), saturated: 0 };
  const lower = (k: number): boolean => (a[k] ?? 0) < (low + high) / 2;
  return { off: share((k) => flat(k) && lower(k)), saturated: share((k) => flat(k) && !lower(k)) };
}

const direction = ({ original_weight, source }: Driver): string => `${original_weight > 0 ? "high" : "low"} ${source}`;
const percent = (share: number): string => {
  const value = share * 100;
  const below = Math.floor(value);
  const whole = value - below === 0.5 ? below + (below % 2) : Math.round(value);
  return String(whole);
};

export function neuronCard(
  stage: Stage,
  parameters: Parameters,
  position: Position,
  layer: number,
  index: number,
  asked: View,
): NeuronCard {
  const { prepared, sizes, model } = stage;
  if (!(layer >= 1 && layer < sizes.length && index >= 0 && index < (sizes[layer] ?? 0)))
    throw new Refused(`There is no neuron or channel ${index} in layer ${layer} of layers ${sizes.join(", ")}.`);
  const rows = spread(prepared.parts.train.length, MOST_ROWS).map((k) => prepared.parts.train[k] ?? 0);
  const run = forward(
    model,
    parameters,
    rows.map((row) => prepared.X[row] ?? []),
  );
  const activation = model.activations[layer - 1] as Activation;
  const entering = run.a[layer - 1] as Matrix;
  const [z, a] = [column(run.z[layer - 1] as Matrix, index), column(run.a[layer] as Matrix, index)];
  const slope = z.map((value, k) => Math.abs(activation.slope(value, a[k] ?? 0)));
  const weights = (parameters.weights[layer - 1] ?? []).map((row) => row[index] ?? 0);
  const bias = parameters.biases[layer - 1]?.[index] ?? 0;
  const { center, scale } = units(stage);
  const variation = weights.map((w, i) => (w * deviation(column(entering, i))) ** 2);
  const whole = total(variation);
  const drivers: Driver[] = weights
    .map((weight, i) => ({
      place: i,
      source: layer === 1 ? (prepared.features[i] ?? "") : `neuron ${i} of layer ${layer - 1}`,
      weight,
      original_weight: layer === 1 ? weight / (scale[i] ?? 1) : weight,
      share: whole > 0 ? (variation[i] ?? 0) / whole : 0,
    }))
    .toSorted((one, two) => two.share - one.share);
  const { off, saturated } = ends(activation, z, a, slope);
  const best = rows
    .map((_, k) => k)
    .toSorted((p, q) => (a[q] ?? 0) - (a[p] ?? 0))
    .slice(0, TOP);
  const best_rows = best.map((k): [string, number] => [prepared.rowName(rows[k] ?? 0), a[k] ?? NaN]);
  const [lowest, highest, dead] = [Math.min(...a), Math.max(...a), off === 1];

  function excitement(): string {
    const opening = `Neuron ${index} of layer ${layer} (${activation.name}${layer === sizes.length - 1 ? ", the output" : ""})`;
    const moving = drivers.filter((one) => one.share >= 0.005);
    const main = moving[0];
    if (!main) return `${opening} does not react to these rows: its input does not vary (bias ${shown(bias, 3)}).`;
    let text: string;
    if (main.share >= DECISIVE) {
      const others = drivers.slice(1).map((one) => one.source);
      const whatever = !others.length
        ? ""
        : layer === 1 && others.length <= 3
          ? `, whatever the ${others.join(" and the ")}`
          : ", almost alone";
      text = `${opening} is excited by ${direction(main)}${whatever}.`;
    } else {
      const named = moving.slice(0, 3).map((one) => `${direction(one)} (${percent(one.share)} % of its variation)`);
      const listed =
        moving.length > 3 ? `${named.join(", ")}, and others` : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
      text = `${opening} is excited by ${listed}.`;
    }
    if (layer > 1) {
      const found = prepared.features.map((name, i): [string, number] => [
        name,
        correlation(column(run.a[0] as Matrix, i), a),
      ]);
      const [name, value] = found.reduce((one, two) => (Math.abs(two[1]) > Math.abs(one[1]) ? two : one));
      if (Math.abs(value) >= 0.3)
        text += ` It correlates with ${value > 0 ? "high" : "low"} ${name} (correlation ${shown(value, 2)}).`;
    }
    return text;
  }

  /** Where the neuron turns, in original units of its main input, the other inputs at their mean. */
  function threshold(): string {
    const main = drivers[0];
    const [low, high] = activation.range;
    const bends = Number.isFinite(low) || Number.isFinite(high) || activation.record.kinks.length > 0;
    if (layer !== 1 || !bends || !main || main.share < 0.5) return "";
    const i = main.place;
    const rest = bias + total(weights.flatMap((w, k) => (k === i ? [] : [w * mean(column(entering, k))])));
    const value = (-rest / (weights[i] ?? 1)) * (scale[i] ?? 1) + (center[i] ?? 0);
    const alone = weights.every((w, k) => k === i || w === 0);
    const place = `${shown(value, 4)}${alone ? "" : " (the other inputs at their mean)"}`;
    if (Number.isFinite(high)) return `Its weighted sum is 0 at ${main.source} = ${place}.`;
    return `It is active where ${main.source} is ${main.original_weight > 0 ? "above" : "below"} ${place}.`;
  }

  function atItsEnds(): string {
    if (dead)
      return `It is dead: off for every row, so these rows give it ${Math.max(...slope) === 0 ? "no" : "hardly any"} gradient to learn from.`;
    const parts = [[off, "off"] as const, [saturated, "saturated"] as const].flatMap(([share, word]) =>
      share > 0 ? [`${word} for ${Math.round(share * a.length)} of ${a.length} rows (${percent(share)} %)`] : [],
    );
    return parts.length ? `It is ${parts.join(" and ")}.` : "";
  }

  const parts = [excitement(), threshold(), atItsEnds()];
  if (!dead && highest > lowest)
    parts.push(
      `Most excited by ${best_rows
        .filter(([, value]) => value > lowest)
        .map(([row, value]) => `${row} (${shown(value, 3)})`)
        .join(", ")}.`,
    );
  const [low, high] = highest > lowest ? [lowest, highest] : [lowest - 0.5, highest + 0.5];
  const edges = even({ low, high }, BINS + 1);
  const bin = (value: number): number => {
    let k = Math.min(BINS - 1, Math.max(0, Math.floor(((value - low) / (high - low)) * BINS)));
    while (k > 0 && value < (edges[k] ?? low)) k--;
    while (k < BINS - 1 && value >= (edges[k + 1] ?? high)) k++;
    return k;
  };
  const truth = rows.map((row) => prepared.truth[row] ?? NaN);
  return {
    position,
    neuron: {
      layer,
      index,
      activation: activation.spec,
      bias,
      drivers: drivers
        .slice(0, DRIVERS)
        .map(({ source, weight, original_weight, share }) => ({ source, weight, original_weight, share })),
      lowest,
      mean: mean(a),
      highest,
      off_share: off,
      saturated_share: saturated,
      dead,
      best_rows,
      sentence: parts.filter(Boolean).join(" "),
    },
    low,
    high,
    histograms: groups(stage, truth).map(({ label, has }) => {
      const counts = Array<number>(BINS).fill(0);
      a.forEach((value, k) => {
        if (has(truth[k] ?? NaN)) counts[bin(value)] = (counts[bin(value)] ?? 0) + 1;
      });
      return { label, counts };
    }),
    response: response(stage, parameters, layer, index, resolvedView(prepared, asked)),
    patches: [],
  };
}

/** The classes, or the low, middle and high third of the targets. */
function groups({ prepared }: Stage, truth: Vector): { label: string; has: (value: number) => boolean }[] {
  if (prepared.classes.length)
    return prepared.classes.map((label, code) => ({ label, has: (value) => value === code }));
  if (new Set(truth).size < 6) return [{ label: "all rows", has: () => true }];
  const sorted = truth.toSorted((a, b) => a - b);
  const quantile = (q: number): number => {
    const place = q * (sorted.length - 1);
    const k = Math.floor(place);
    const [one = 0, two = one] = sorted.slice(k, k + 2);
    return one + (place - k) * (two - one);
  };
  const [first, second] = [quantile(1 / 3), quantile(2 / 3)];
  const { name } = prepared.source.target;
  return [
    { label: `low ${name}`, has: (value) => value <= first },
    { label: `middle ${name}`, has: (value) => value > first && value <= second },
    { label: `high ${name}`, has: (value) => value > second },
  ];
}

/** The activation over the inputs of the view. */
function response(
  { prepared, model }: Stage,
  parameters: Parameters,
  layer: number,
  index: number,
  view: View,
): Response | null {
  if (view.x === null) return null;
  const [x, held] = [axisOf(prepared, view.x), heldText(prepared, view)];
  const of = (inputs: Matrix): (number | null)[] =>
    picture(column(forward(model, parameters, inputs).a[layer] as Matrix, index));
  if (view.y === null) {
    const at = even(x, 121);
    return { response: "curve", x, at, values: of(grid(prepared, view, { [view.x]: at })), held };
  }
  const y = axisOf(prepared, view.y);
  const [across, up] = [even(x, view.resolution), even(y, view.resolution)];
  const inputs = grid(prepared, view, {
    [view.x]: up.flatMap(() => across),
    [view.y]: up.flatMap((value) => across.map(() => value)),
  });
  return { response: "map", x, y, columns: view.resolution, rows: view.resolution, values: of(inputs), held };
}
