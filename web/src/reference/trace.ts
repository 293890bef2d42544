// One training step with every number that it computes, before, during and after.
import {
  backward,
  factorOf,
  forward,
  lossSlopes,
  lossValue,
  penaltiesOf,
  predicted,
  rawOf,
  rowLosses,
  updated,
  type Gradients,
  type Matrix,
  type Memory,
  type Model,
  type Optimizer,
  type Parameters,
  type Passed,
  type LossValue,
  type Vector,
  type Updated,
} from "./network";
import { numbersOf, readPlace } from "../number/place";
import { Refused } from "./registry";

/** How a cell of the table became an input. */
export interface InputStep {
  readonly feature: string;
  readonly raw: string;
  readonly value: number;
  readonly formula: string;
}

export interface Names {
  readonly features: readonly string[];
  readonly targets: readonly string[];
  readonly rows: readonly string[];
}

/** A weight or bias by its name. */
export interface ParameterPlace {
  readonly kind: "weights" | "biases";
  /** From 1. */
  readonly layer: number;
  readonly index: readonly number[];
}

/** One weight or bias through the whole step. */
export interface ParameterStep extends ParameterPlace {
  readonly name: string;
  readonly old: number;
  readonly fresh: number;
  readonly dataGradient: number;
  readonly penalties: readonly (readonly [string, number])[];
  readonly gradient: number;
  readonly before: Readonly<Record<string, number>>;
  readonly after: Readonly<Record<string, number>>;
}

export interface StepOf {
  readonly model: Model;
  readonly parameters: Parameters;
  readonly memory: Memory;
  readonly optimizer: Optimizer;
  readonly rate: number;
  /** From 1. */
  readonly step: number;
}

/** The place of a parameter in a network of these shapes; null where there is none. */
export function placeOfParameter(name: string, { weights, biases }: Parameters): ParameterPlace | null {
  const place = readPlace(name);
  const index = place && numbersOf(place);
  if (!place || !index || place.role || !["W", "b"].includes(place.letter)) return null;
  const { letter, layer } = place;
  const [i = -1, j = -1] = index;
  if (letter === "W")
    return index.length === 2 && weights[layer - 1]?.[i]?.[j] !== undefined ? { kind: "weights", layer, index } : null;
  return index.length === 1 && biases[layer - 1]?.[i] !== undefined ? { kind: "biases", layer, index } : null;
}

export const valueAt = (parameters: Parameters, { kind, layer, index }: ParameterPlace): number =>
  kind === "weights"
    ? ((parameters.weights[layer - 1]?.[index[0] ?? 0]?.[index[1] ?? 0] ?? NaN) as number)
    : (parameters.biases[layer - 1]?.[index[0] ?? 0] ?? NaN);

export class Trace {
  readonly passed: Passed;
  readonly gradients: Gradients;
  readonly raw: Matrix;
  readonly prediction: Matrix;
  readonly rowLosses: Vector;
  readonly slopes: Matrix;
  readonly loss: LossValue;
  readonly factor: number;
  readonly done: Updated;
  readonly newLoss: number;

  constructor(
    readonly of: StepOf,
    readonly X: Matrix,
    readonly y: Matrix,
    readonly names: Names,
    readonly inputs: readonly (readonly InputStep[])[],
  ) {
    const { model, parameters, memory, optimizer, rate, step } = of;
    this.passed = forward(model, parameters, X);
    this.raw = rawOf(this.passed);
    this.gradients = backward(model, this.passed, y, parameters.weights);
    this.prediction = predicted(model, this.raw);
    this.rowLosses = rowLosses(model, this.raw, y);
    this.slopes = lossSlopes(model, this.raw, y);
    this.loss = lossValue(model, this.raw, y, parameters.weights);
    this.factor = factorOf(model.reduction, y.length);
    this.done = updated(optimizer, parameters, this.gradients.all, memory, rate, step);
    const after = this.done.parameters;
    this.newLoss = lossValue(model, rawOf(forward(model, after, X)), y, after.weights).total;
  }

  get model(): Model {
    return this.of.model;
  }

  get layers(): number {
    return this.of.parameters.weights.length;
  }

  get sizes(): number[] {
    return [this.model.n_in, ...this.of.parameters.biases.map((one) => one.length)];
  }

  get rows(): number {
    return this.X.length;
  }

  activation(layer: number) {
    const found = this.model.activations[layer - 1];
    if (!found) throw new Refused(`There is no layer ${layer}.`);
    return found;
  }

  /** What a unit of a layer passes on for a row; layer 0 are the inputs. */
  a(layer: number, row: number, unit: number): number {
    return this.passed.a[layer]?.[row]?.[unit] ?? NaN;
  }

  z(layer: number, row: number, unit: number): number {
    return this.passed.z[layer - 1]?.[row]?.[unit] ?? NaN;
  }

  delta(layer: number, row: number, unit: number): number {
    return this.gradients.delta[layer - 1]?.[row]?.[unit] ?? NaN;
  }

  slope(layer: number, row: number, unit: number): number {
    return this.gradients.slope[layer - 1]?.[row]?.[unit] ?? NaN;
  }

  arriving(layer: number, row: number, unit: number): number {
    return this.gradients.arriving[layer - 1]?.[row]?.[unit] ?? NaN;
  }

  weight(layer: number, i: number, j: number): number {
    return this.of.parameters.weights[layer - 1]?.[i]?.[j] ?? NaN;
  }

  bias(layer: number, j: number): number {
    return this.of.parameters.biases[layer - 1]?.[j] ?? NaN;
  }

  /** Every weight and bias, layer by layer, weights first. */
  get parameterNames(): string[] {
    return this.of.parameters.weights.flatMap((matrix, k) => [
      ...matrix.flatMap((row, i) => row.map((_, j) => `W${k + 1}[${i},${j}]`)),
      ...(this.of.parameters.biases[k] ?? []).map((_, j) => `b${k + 1}[${j}]`),
    ]);
  }

  locate(name: string): ParameterPlace {
    const place = placeOfParameter(name, this.of.parameters);
    if (place) return place;
    throw new Refused(
      `There is no parameter ${name.slice(0, 40)} in a network with layers of sizes ${this.sizes.join(", ")}. Write W1[0,0] for a weight and b1[0] for a bias (layers from 1, the rest from 0).`,
    );
  }

  parameter(name: string): ParameterStep {
    const place = this.locate(name);
    const { parameters, memory, optimizer } = this.of;
    const penalties =
      place.kind === "weights"
        ? penaltiesOf(this.model).map(
            (one) => [one, valueAt({ weights: this.gradients.penalties[one], biases: [] }, place)] as const,
          )
        : [];
    const kept = (states: Memory): Record<string, number> =>
      Object.fromEntries(optimizer.record.state.map((one) => [one, valueAt(states[one] as Parameters, place)]));
    return {
      ...place,
      name: `${place.kind === "weights" ? "W" : "b"}${place.layer}[${place.index.join(",")}]`,
      old: valueAt(parameters, place),
      fresh: valueAt(this.done.parameters, place),
      dataGradient: valueAt(this.gradients.data, place),
      penalties,
      gradient: valueAt(this.gradients.all, place),
      before: kept(memory),
      after: kept(this.done.memory),
    };
  }
}
