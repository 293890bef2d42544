// The concepts of the network as Python's registries define them: the same formulas, handed over as trees.
import { evaluate, program, type Node, type Program, type Values } from "./formula";
import { normal, PURPOSE, uniform, type QuantileTables } from "./random";
import { general, repr } from "./text";

/** A number that shapes a formula: name, default, limits (null: none), and whether the limits are excluded. */
export type ParameterRecord = readonly [string, number, number | null, number | null, boolean, boolean];

interface Concept {
  readonly parameters: readonly ParameterRecord[];
}
export interface ActivationRecord extends Concept {
  readonly value: Node;
  readonly derivative: Node;
  readonly range: readonly [number | null, number | null];
  readonly lowest: Node | null;
  readonly kinks: readonly number[];
  readonly gain: number;
}
export interface LossRecord extends Concept {
  readonly value: Node | null;
  readonly gradient: Node | null;
  readonly link: string;
  readonly task: string;
  readonly kinks: Node | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly open: boolean;
}
export interface OptimizerRecord extends Concept {
  readonly updates: readonly (readonly [string, Node])[];
  readonly scalars: readonly (readonly [string, Node])[];
  readonly state: readonly string[];
}
export interface InitializerRecord extends Concept {
  readonly distribution: "uniform" | "normal" | "constant";
  readonly biases_as: "uniform" | "normal" | "constant" | null;
  readonly weights: Node;
  readonly biases: Node;
}
export interface PenaltyRecord extends Concept {
  readonly value: Node;
  readonly gradient: Node;
  readonly kinks: readonly number[];
}
export interface ScheduleRecord extends Concept {
  readonly factor: Node;
}

export interface Registry {
  readonly activations: Readonly<Record<string, ActivationRecord>>;
  readonly losses: Readonly<Record<string, LossRecord>>;
  /** Null for softmax, which couples the outputs of a row. */
  readonly links: Readonly<Record<string, Node | null>>;
  readonly optimizers: Readonly<Record<string, OptimizerRecord>>;
  readonly schedules: Readonly<Record<string, ScheduleRecord>>;
  readonly initializers: Readonly<Record<string, InitializerRecord>>;
  readonly penalties: Readonly<Record<string, PenaltyRecord>>;
  readonly quantile: QuantileTables;
}

/** A request that cannot be met, and why. */
export class Refused extends Error {}

/** A record with the values of its parameters. */
export interface Resolved<R> {
  readonly name: string;
  readonly spec: string;
  readonly record: R;
  readonly values: Values;
}

/** Read `name` or `name(parameter=value)`. */
export function resolve<R extends Concept>(
  records: Readonly<Record<string, R>>,
  spec: string,
  kind: string,
): Resolved<R> {
  const match = /^\s*(\w+)\s*(?:\((.*)\))?\s*$/.exec(spec);
  const name = match?.[1] ?? "";
  const record = Object.hasOwn(records, name) ? records[name] : undefined;
  if (!record)
    throw new Refused(`This page has no ${kind} ${spec.slice(0, 40)}. It has ${Object.keys(records).join(", ")}.`);
  const values: Values = Object.fromEntries(record.parameters.map(([key, value]) => [key, value]));
  for (const given of (match?.[2] ?? "").split(",").filter((text) => text.trim())) {
    const [key = "", text = ""] = given.split("=").map((side) => side.trim());
    const parameter = record.parameters.find(([one]) => one === key);
    const value = Number(text);
    if (!parameter || text === "" || !Number.isFinite(value))
      throw new Refused(`Cannot read the ${kind} ${spec.slice(0, 40)}. Write a name, or name(parameter=number).`);
    const [, , low, high, openLow, openHigh] = parameter;
    const inside =
      (low === null || (openLow ? value > low : value >= low)) &&
      (high === null || (openHigh ? value < high : value <= high));
    if (!inside)
      throw new Refused(
        `${name}: ${key}=${general(value)} lies outside ${openLow ? "(" : "["}${low ?? "-inf"}, ${high ?? "inf"}${openHigh ? ")" : "]"}.`,
      );
    values[key] = value;
  }
  const inner = Object.entries(values).map(([key, value]) => `${key}=${repr(value)}`);
  return { name, spec: inner.length ? `${name}(${inner.join(", ")})` : name, record, values };
}

export interface Activation extends Resolved<ActivationRecord> {
  readonly apply: (z: number) => number;
  readonly slope: (z: number, a: number) => number;
  readonly range: readonly [number, number];
}

/** An activation that can be applied. */
export function activationOf(registry: Registry, spec: string): Activation {
  const found = resolve(registry.activations, spec, "activation");
  const [value, derivative] = [program(found.record.value), program(found.record.derivative)];
  const held: Values = { ...found.values, z: 0, a: 0 };
  const { lowest, range } = found.record;
  return {
    ...found,
    range: [lowest ? evaluate(lowest, found.values) : (range[0] ?? -Infinity), range[1] ?? Infinity],
    apply: (z) => {
      held["z"] = z;
      return value(held);
    },
    slope: (z, a) => {
      held["z"] = z;
      held["a"] = a;
      return derivative(held);
    },
  };
}

export interface Loss extends Resolved<LossRecord> {
  /** Null for softmax cross-entropy, which couples the outputs of a row. */
  readonly value: Program | null;
  readonly gradient: Program | null;
}

export function lossOf(registry: Registry, spec: string): Loss {
  const found = resolve(registry.losses, spec, "loss");
  const { value, gradient } = found.record;
  return {
    ...found,
    value: value === null ? null : program(value),
    gradient: gradient === null ? null : program(gradient),
  };
}

/** Weights and biases of a layer at the start. */
export function drawn(
  registry: Registry,
  spec: string,
  sizes: { readonly n_in: number; readonly n_out: number; readonly layer: number; readonly gain: number },
  seed: number,
): { weights: number[][]; biases: number[] } {
  const { record, values } = resolve(registry.initializers, spec, "initializer");
  const { n_in, n_out, layer, gain } = sizes;
  const known = { ...values, fan_in: n_in, fan_out: n_out, gain };
  const standard = (kind: string, purpose: number, count: number): number[] => {
    const address = { seed, purpose, part: layer };
    if (kind === "constant") return Array<number>(count).fill(1);
    if (kind === "uniform") return uniform(address, count).map((u) => 2 * u - 1);
    return normal(address, count, registry.quantile);
  };
  const scaled = (kind: string, formula: Node, purpose: number, count: number): number[] => {
    const scale = evaluate(formula, known);
    return scale === 0 ? Array<number>(count).fill(0) : standard(kind, purpose, count).map((one) => scale * one);
  };
  const flat = scaled(record.distribution, record.weights, PURPOSE.weights, n_in * n_out);
  return {
    weights: Array.from({ length: n_in }, (_, i) => flat.slice(i * n_out, (i + 1) * n_out)),
    biases: scaled(record.biases_as ?? record.distribution, record.biases, PURPOSE.biases, n_out),
  };
}
