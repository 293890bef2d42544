// Any number of a step by its name: what it is, how it comes about, and of a parameter the check.
import type { Check, EquationLine, Operation } from "../contract";
import { isParameter, numbersOf, readPlace } from "../number/place";
import { equations, type Line } from "./arithmetic";
import { check } from "./difference";
import {
  activationLine,
  arrivingLine,
  deltaLine,
  inputLine,
  linkLine,
  lossLines,
  rowLossLine,
  slopeLine,
  zLine,
  type Detail,
} from "./equations";
import { gradientLine, penaltyLines, singlePath, updateLines } from "./parameter";
import { Refused } from "./registry";
import { shown } from "./text";
import { escaped, latexName } from "./written";
import type { ParameterStep, Trace } from "./trace";

const OPENED = 3;
const MOST_PARAMETERS = 24;
const MOST_NAMES = 32;

/** A number of a row: its letter, with what is asked of it, its layer (0 without one) and indices. */
interface Quantity {
  readonly kind: string;
  readonly layer: number;
  readonly index: readonly number[];
}

/** Read the name of a number that belongs to a row; one that the step does not have is refused. */
export function placeOf(trace: Trace, name: string): Quantity {
  const place = readPlace(name);
  const index = place && numbersOf(place);
  if (place && index) {
    const { letter, layer, role } = place;
    const quantity = { kind: role.endsWith("'") && letter === "z" ? "slope" : role + letter, layer, index };
    if (exists(trace, quantity)) return quantity;
  }
  throw new Refused(
    `There is no quantity ${name.slice(0, 60)} in this step of ${trace.rows} rows and layers of sizes ${trace.sizes.join(", ")}. Names are such as W1[0,0], z1[0,0], p[0,0] or L.`,
  );
}

function exists(trace: Trace, { kind, layer, index }: Quantity): boolean {
  const [row = -1, unit = -1] = index;
  const layered = ["z", "a", "δ", "slope", "dL/da"].includes(kind);
  if (row >= trace.rows || layered !== layer >= 1) return false;
  if (kind === "ℓ") return index.length === 1;
  const width =
    kind === "x" || kind === "dL/dx"
      ? trace.sizes[0]
      : layered
        ? trace.sizes[layer]
        : ["y", "f", "p"].includes(kind)
          ? trace.sizes[trace.layers]
          : 0;
  return index.length === 2 && unit < (width ?? 0);
}

/** The equations that make a quantity of a row, or the loss. */
export function quantityLines(trace: Trace, name: string, detail: Detail): Line[] {
  if (name === "L") return lossLines(trace, detail);
  const { kind, layer, index } = placeOf(trace, name);
  const [row = 0, j = 0] = index;
  if (kind === "dL/dx") return [inputLine(trace, row, j, detail)];
  if (kind === "z") return [zLine(trace, layer, row, j, detail)];
  if (kind === "a" || kind === "f") return [activationLine(trace, layer || trace.layers, row, j, detail)];
  if (kind === "p") return [linkLine(trace, row, j, detail)];
  if (kind === "δ") return [deltaLine(trace, layer, row, j, detail)];
  if (kind === "dL/da") return [arrivingLine(trace, layer, row, j, detail)];
  if (kind === "slope") return [slopeLine(trace, layer, row, j, detail)];
  return kind === "ℓ" ? [rowLossLine(trace, row, detail)] : [];
}

/** How a cell of the table became an input. */
function inputEquation(trace: Trace, name: string): EquationLine {
  const [row = 0, i = 0] = placeOf(trace, name).index;
  const step = trace.inputs[row]?.[i];
  if (!step) throw new Refused(`There is no quantity ${name.slice(0, 60)} in this step.`);
  return {
    part: "inputs",
    name,
    symbolic: step.feature,
    tokens: [{ text: step.formula, source: null, value: null }],
    result: shown(step.value),
    value: step.value,
    omitted: 0,
    latex: `${latexName(name)} &= \\text{${escaped(step.formula)}} = ${shown(step.value).replaceAll("−", "-")}`,
  };
}

/** The error signals behind a gradient for the first row, layer by layer towards the loss. */
function deltaLines(trace: Trace, step: ParameterStep, detail: Detail): Line[] {
  const lines: Line[] = [];
  let neurons = [step.index.at(-1) ?? 0];
  for (let layer = step.layer; layer <= trace.layers; layer++) {
    for (const j of neurons) {
      lines.push(deltaLine(trace, layer, 0, j, detail));
      if (trace.activation(layer).name !== "identity") lines.push(slopeLine(trace, layer, 0, j, detail));
    }
    neurons = Array.from({ length: Math.min(OPENED, trace.sizes[layer + 1] ?? 0) }, (_, k) => k);
  }
  return lines;
}

/** Everything about one parameter: the chain rule, the penalties, the update. */
function explained(trace: Trace, step: ParameterStep, detail: Detail): Line[] {
  const lines = [gradientLine(trace, step, detail)];
  if (singlePath(trace, step.layer)) {
    for (let layer = trace.layers; layer >= step.layer; layer--)
      if (trace.activation(layer).name !== "identity")
        lines.push(slopeLine(trace, layer, 0, layer === step.layer ? (step.index.at(-1) ?? 0) : 0, detail));
  } else lines.push(...deltaLines(trace, step, detail));
  return [...lines, ...penaltyLines(trace, step, detail), ...updateLines(trace, step, detail)];
}

function titleOf(trace: Trace, step: ParameterStep): string {
  const activation = trace.activation(step.layer).name;
  const output = step.layer === trace.layers ? ", the output" : "";
  const place = `neuron ${step.index.at(-1)} of layer ${step.layer} (${activation}${output})`;
  if (step.kind === "biases") return `${step.name}: the bias of ${place}`;
  const [i = 0] = step.index;
  const source = step.layer === 1 ? (trace.names.features[i] ?? "") : `neuron ${i} of layer ${step.layer - 1}`;
  return `${step.name}: the weight from ${source} to ${place}`;
}

const TITLES: Record<string, string> = {
  z: "weighted sum of neuron #",
  a: "activation of neuron #",
  f: "raw prediction",
  p: "prediction",
  y: "target",
  ℓ: "loss of the row",
  δ: "error signal of neuron #",
  slope: "slope of the activation of neuron #",
};

export interface Card {
  readonly name: string;
  readonly title: string;
  readonly lines: EquationLine[];
  readonly check: Check | null;
  readonly note: string;
}

/** Any number of a step by its name. */
export function card(trace: Trace, name: string, detail: Detail): Card {
  const made = (title: string, lines: EquationLine[], found: Check | null = null, note = ""): Card => ({
    name,
    title,
    lines,
    check: found,
    note,
  });
  const parameter = name.replace(/^dL\/d/, "");
  if (isParameter(readPlace(name))) {
    const step = trace.parameter(parameter);
    const lines = explained(trace, step, detail);
    const note =
      lines.some((one) => one.part === "where") && trace.rows > 1
        ? ` (${trace.names.rows[0]}; the other rows likewise)`
        : "";
    if (parameter === name)
      return {
        ...made(titleOf(trace, step), equations(lines), check(trace, name, detail.digits), note),
        name: step.name,
      };
    const kept = lines.filter((one) => one.part === "chain rule" || one.part === "where");
    return made(`the slope of the loss along ${parameter}`, equations(kept), null, note);
  }
  if (name === "L") return made("the loss of the batch", equations(quantityLines(trace, name, detail)));
  const place = placeOf(trace, name);
  const [row = 0, unit = 0] = place.index;
  const of = trace.names.rows[row] ?? "";
  if (place.kind === "x") return made(`${trace.names.features[unit]} of ${of}`, [inputEquation(trace, name)]);
  if (place.kind === "dL/dx")
    return made(
      `slope of the loss along ${trace.names.features[unit]} of ${of}`,
      equations(quantityLines(trace, name, detail)),
    );
  const index = place.index.slice(1).join(",");
  const what = (TITLES[place.kind] ?? place.kind).replace("#", index);
  return made(
    `${what}${place.layer ? ` of layer ${place.layer}` : ""}, ${of}`,
    equations(quantityLines(trace, name, detail)),
  );
}

/** The equations of a quantity; an activation that does nothing has none, an error signal has its slope with it. */
function linesOf(trace: Trace, name: string, detail: Detail): Line[] {
  const { kind, layer, index } = placeOf(trace, name);
  const straight = layer > 0 && trace.activation(layer).name === "identity";
  if (kind === "a" && straight) return [];
  const lines = quantityLines(trace, name, detail);
  return kind === "δ" && !straight ? [slopeLine(trace, layer, index[0] ?? 0, index[1] ?? 0, detail), ...lines] : lines;
}

/** The arithmetic of one operation. */
export function operationLines(trace: Trace, operation: Operation, detail: Detail): EquationLine[] {
  const { phase, names } = operation;
  if (phase === "inputs") return names.map((name) => inputEquation(trace, name));
  if (phase === "gradient" || phase === "update") {
    const parts = phase === "update" ? ["update"] : ["chain rule", "penalty", "gradient"];
    const lines = names
      .slice(0, MOST_PARAMETERS)
      .flatMap((name) => explained(trace, trace.parameter(name.replace(/^dL\/d/, "")), detail))
      .filter((one) => parts.includes(one.part));
    return equations(lines);
  }
  if (names.length === 1 && names[0] === "L")
    return equations(lossLines(trace, detail).filter((one) => !one.name.startsWith("ℓ[")));
  return equations(names.slice(0, MOST_NAMES).flatMap((name) => linesOf(trace, name, detail)));
}
