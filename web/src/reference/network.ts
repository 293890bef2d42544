// The readable network: forward, the chain rule backward, and one optimizer step, in float64 as the NumPy reference.
import { evaluate, program, type Node, type Values } from "./formula";
import {
  drawn,
  Refused,
  resolve,
  type Activation,
  type Loss,
  type OptimizerRecord,
  type Registry,
  type Resolved,
} from "./registry";
import { general } from "./text";

/** Rows of numbers. */
export type Matrix = number[][];
export type Vector = number[];
export const REDUCTIONS: readonly string[] = ["sum", "half-sum", "mean", "half-mean"];

export interface Parameters {
  readonly weights: readonly Matrix[];
  readonly biases: readonly Vector[];
}
/** What an optimizer remembers of each parameter, by name. */
export type Memory = Readonly<Record<string, Parameters>>;

/** All that is fixed while a network trains. */
export interface Model {
  readonly registry: Registry;
  readonly n_in: number;
  readonly activations: readonly Activation[];
  readonly loss: Loss;
  readonly reduction: string;
  readonly l1: number;
  readonly l2: number;
}

export const sizesOf = (parameters: Parameters, n_in: number): number[] => [
  n_in,
  ...parameters.biases.map((biases) => biases.length),
];
export const zip = <A, B, C>(a: readonly A[], b: readonly B[], make: (a: A, b: B, k: number) => C): C[] =>
  a.map((one, k) => make(one, b[k] as B, k));
export const mapMatrix = (matrix: Matrix, make: (value: number, i: number, j: number) => number): Matrix =>
  matrix.map((row, i) => row.map((value, j) => make(value, i, j)));
export const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
export const at = (matrix: Matrix, i: number, j: number): number => (matrix[i] as Vector)[j] as number;

/** The start: drawn from the initializer, layer by layer. */
export function start(
  registry: Registry,
  initializer: string,
  sizes: readonly number[],
  activations: readonly Activation[],
  seed: number,
): Parameters {
  const layers = activations.map((activation, layer) =>
    drawn(
      registry,
      initializer,
      { n_in: sizes[layer] ?? 0, n_out: sizes[layer + 1] ?? 0, layer, gain: activation.record.gain },
      seed,
    ),
  );
  return { weights: layers.map((one) => one.weights), biases: layers.map((one) => one.biases) };
}

export interface Passed {
  readonly z: readonly Matrix[];
  /** The inputs, then what leaves each layer. */
  readonly a: readonly Matrix[];
}

export function forward(model: Model, { weights, biases }: Parameters, X: Matrix): Passed {
  const [z, a]: [Matrix[], Matrix[]] = [[], [X]];
  weights.forEach((w, k) => {
    const [bias, activation] = [biases[k] as Vector, model.activations[k] as Activation];
    const sums = (a[k] as Matrix).map((row) =>
      bias.map((b, j) => {
        let sum = 0;
        for (let i = 0; i < row.length; i++) sum += (row[i] as number) * at(w, i, j);
        return sum + b;
      }),
    );
    z.push(sums);
    a.push(mapMatrix(sums, activation.apply));
  });
  return { z, a };
}

export const rawOf = (passed: Passed): Matrix => passed.a[passed.a.length - 1] as Matrix;

function softmax(f: Vector): Vector {
  const most = Math.max(...f);
  const e = f.map((value) => Math.exp(value - most));
  const sum = total(e);
  return e.map((value) => value / sum);
}

/** The link applied to raw predictions. */
export function predicted(model: Model, raw: Matrix): Matrix {
  const link = model.registry.links[model.loss.record.link] as Node | null;
  if (link === null) return raw.map(softmax);
  const apply = program(link);
  return mapMatrix(raw, (f) => apply({ f }));
}

export function rowLosses(model: Model, raw: Matrix, y: Matrix): Vector {
  const { value, values } = model.loss;
  if (!value)
    return zip(raw, y, (f, target) => {
      const most = Math.max(...f);
      const log = Math.log(total(f.map((one) => Math.exp(one - most))));
      return total(zip(target, f, (t, one) => t * (log - (one - most))));
    });
  return zip(raw, y, (f, target) => total(zip(f, target, (one, t) => value({ ...values, f: one, y: t }))));
}

/** dL/df before the reduction. */
export function lossSlopes(model: Model, raw: Matrix, y: Matrix): Matrix {
  const { gradient, values } = model.loss;
  if (!gradient) return zip(raw, y, (f, target) => zip(softmax(f), target, (p, t) => p * total(target) - t));
  return zip(raw, y, (f, target) => zip(f, target, (one, t) => gradient({ ...values, f: one, y: t })));
}

export function factorOf(reduction: string, n_rows: number): number {
  const half = reduction.startsWith("half") ? 0.5 : 1;
  return reduction.endsWith("mean") ? half / n_rows : half;
}

export type PenaltyName = "l1" | "l2";
export const penaltiesOf = (model: Model): PenaltyName[] => (["l1", "l2"] as const).filter((name) => model[name] !== 0);

export interface LossValue {
  readonly data: number;
  readonly l1: number;
  readonly l2: number;
  readonly total: number;
}

/** The sum over all weights of a penalty without its strength. */
export function penaltySize(model: Model, name: PenaltyName, weights: readonly Matrix[]): number {
  const record = model.registry.penalties[name];
  if (!record) return 0;
  const value = program(record.value);
  const values = resolve(model.registry.penalties, name, "penalty").values;
  return total(weights.map((matrix) => total(matrix.map((row) => total(row.map((w) => value({ ...values, w })))))));
}

export function lossValue(model: Model, raw: Matrix, y: Matrix, weights: readonly Matrix[]): LossValue {
  const data = factorOf(model.reduction, y.length) * total(rowLosses(model, raw, y));
  const [l1, l2] = (["l1", "l2"] as const).map((name) =>
    model[name] === 0 ? 0 : model[name] * penaltySize(model, name, weights),
  ) as [number, number];
  return { data, l1, l2, total: data + l1 + l2 };
}

export function penaltyGradients(model: Model, name: PenaltyName, weights: readonly Matrix[]): Matrix[] {
  const slope = program(model.registry.penalties[name]?.gradient ?? 0);
  return weights.map((matrix) => mapMatrix(matrix, (w) => (model[name] === 0 ? 0 : model[name] * slope({ w }))));
}

export interface Gradients {
  /** dL/da of each layer, the slope of its activation, and dL/dz. */
  readonly arriving: readonly Matrix[];
  readonly slope: readonly Matrix[];
  readonly delta: readonly Matrix[];
  readonly data: Parameters;
  readonly penalties: Readonly<Record<PenaltyName, readonly Matrix[]>>;
  /** With the penalties. */
  readonly all: Parameters;
  readonly inputs: Matrix;
}

export function backward(model: Model, passed: Passed, y: Matrix, weights: readonly Matrix[]): Gradients {
  const count = weights.length;
  const factor = factorOf(model.reduction, y.length);
  const [arriving, slope, delta, d_weights, d_biases]: [Matrix[], Matrix[], Matrix[], Matrix[], Vector[]] = [
    [],
    [],
    [],
    [],
    [],
  ];
  let coming = mapMatrix(lossSlopes(model, rawOf(passed), y), (one) => factor * one);
  for (let k = count - 1; k >= 0; k--) {
    const [z, a, entering] = [passed.z[k] as Matrix, passed.a[k + 1] as Matrix, passed.a[k] as Matrix];
    const [w, activation, here] = [weights[k] as Matrix, model.activations[k] as Activation, coming];
    const slopes = mapMatrix(z, (value, r, j) => activation.slope(value, at(a, r, j)));
    const signal = mapMatrix(slopes, (value, r, j) => at(here, r, j) * value);
    arriving[k] = here;
    slope[k] = slopes;
    delta[k] = signal;
    d_weights[k] = mapMatrix(w, (_, i, j) => total(signal.map((row, r) => at(entering, r, i) * (row[j] as number))));
    d_biases[k] = (w[0] ?? []).map((_, j) => total(signal.map((row) => row[j] as number)));
    coming = signal.map((row) => w.map((from) => total(zip(row, from, (d, weight) => d * weight))));
  }
  const penalties = { l1: penaltyGradients(model, "l1", weights), l2: penaltyGradients(model, "l2", weights) };
  const together = d_weights.map((matrix, k) =>
    mapMatrix(
      matrix,
      (value, i, j) => value + (at(penalties.l1[k] as Matrix, i, j) + at(penalties.l2[k] as Matrix, i, j)),
    ),
  );
  const data = { weights: d_weights, biases: d_biases };
  return { arriving, slope, delta, data, penalties, all: { weights: together, biases: d_biases }, inputs: coming };
}

export type Optimizer = Resolved<OptimizerRecord>;

/** The numbers that an optimizer computes once per step. */
export function scalarsAt({ record, values }: Optimizer, step: number, learning_rate: number): Values {
  const known = { ...values, step, learning_rate };
  return Object.fromEntries(record.scalars.map(([name, formula]) => [name, evaluate(formula, known)]));
}

export interface Updated {
  readonly parameters: Parameters;
  readonly memory: Memory;
}

/** Parameters of the same shapes, each number made from its place. */
function mapParameters(like: Parameters, make: (pick: (one: Parameters) => number) => number): Parameters {
  return {
    weights: like.weights.map((matrix, k) =>
      mapMatrix(matrix, (_, i, j) => make((one) => at(one.weights[k] as Matrix, i, j))),
    ),
    biases: like.biases.map((vector, k) => vector.map((_, j) => make((one) => (one.biases[k] as Vector)[j] as number))),
  };
}

export const emptyMemory = (optimizer: Optimizer, like: Parameters): Memory =>
  Object.fromEntries(optimizer.record.state.map((name) => [name, mapParameters(like, () => 0)]));

/** One step; `step` counts from 1. */
export function updated(
  optimizer: Optimizer,
  old: Parameters,
  slopes: Parameters,
  memory: Memory,
  learning_rate: number,
  step: number,
): Updated {
  const { record, values } = optimizer;
  const fixed: Values = { ...values, ...scalarsAt(optimizer, step, learning_rate), learning_rate };
  const programs = record.updates.map(([name, formula]) => [name, program(formula)] as const);
  const after: Record<string, Parameters> = {};
  const names = ["w", ...record.state];
  const held: Values[] = [];
  mapParameters(old, (pick) => {
    const here: Values = { ...fixed, w: pick(old), g: pick(slopes) };
    for (const name of record.state) here[name] = pick(memory[name] as Parameters);
    for (const [name, run] of programs) here[name] = run(here);
    held.push(here);
    return 0;
  });
  for (const name of names) {
    let place = 0;
    after[name] = mapParameters(old, () => (held[place++] as Values)[name] as number);
  }
  const { w, ...rest } = after;
  return { parameters: w as Parameters, memory: rest };
}

/** Training that cannot go on. */
export class Diverged extends Error {}

const finite = (values: readonly (Matrix | Vector)[]): number =>
  values.findIndex((one) => !(one as (number | number[])[]).flat().every(Number.isFinite));

/** Where the first value that is not finite sits, or nothing. */
export function culprit(loss: number, { weights, biases }: Parameters, what: string): string {
  if (!Number.isFinite(loss)) return `the loss is ${general(loss)}`;
  const [w, b] = [finite(weights), finite(biases)];
  if (w >= 0 && (b < 0 || w <= b)) return `a ${what} of the weights of layer ${w + 1} is not finite`;
  return b >= 0 ? `a ${what} of the biases of layer ${b + 1} is not finite` : "";
}

export { Refused };
