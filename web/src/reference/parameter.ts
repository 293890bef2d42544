// The equations of one weight or bias: its chain rule over the rows, its penalties, and how the optimizer changes it.
import { Arithmetic, line, piece, productOf, ruleOf, withFactors, type Factor, type Line } from "./arithmetic";
import {
  below,
  belowName,
  deltaFactor,
  lossGradient,
  lossSymbol,
  numeratorOf,
  range,
  reductionParts,
  ruled,
  slopeFactor,
  straight,
  sumOf,
  weightFactor,
  type Detail,
} from "./equations";
import { namesIn, product, program, splitConstant, type Node, type Values } from "./formula";
import { scalarsAt } from "./network";
import { resolve } from "./registry";
import type { ParameterStep, Trace } from "./trace";
import { LATEX, latexName, TEXT, written } from "./written";

/** Whether one path only leads from a neuron of this layer to the loss. */
export const singlePath = (trace: Trace, layer: number): boolean =>
  trace.sizes.slice(layer + 1).every((size) => size === 1);

/** The factors after the loss gradient along a single path, for a row. */
function path(trace: Trace, step: ParameterStep, row: number): Factor[] {
  const factors: Factor[] = [];
  for (let layer = trace.layers; layer >= step.layer; layer--) {
    const j = layer === step.layer ? (step.index.at(-1) ?? 0) : 0;
    if (!straight(trace, layer)) factors.push(slopeFactor(trace, layer, row, j));
    if (layer > step.layer)
      factors.push(weightFactor(trace, layer, layer === step.layer + 1 ? (step.index.at(-1) ?? 0) : 0, j));
  }
  if (step.kind === "weights") factors.push(below(trace, step.layer, row, step.index[0] ?? 0));
  return factors;
}

/** The data gradient over the rows. */
export function gradientLine(trace: Trace, step: ParameterStep, { digits, terms }: Detail): Line {
  const rows = range(Math.min(trace.rows, terms));
  const [neuron, name, omitted] = [step.index.at(-1) ?? 0, `dL/d${step.name}`, trace.rows - rows.length];
  if (singlePath(trace, step.layer)) {
    const output = step.layer === trace.layers ? neuron : 0;
    const pieces = rows.map((row) => withFactors(lossGradient(trace, row, output)[1], path(trace, step, row)));
    const arithmetic = new Arithmetic(pieces, step.dataGradient, digits, {
      omitted,
      numerator: numeratorOf(trace),
      denominator: reductionParts(trace)[1],
    });
    const before = new Arithmetic([], 0, 5, { numerator: numeratorOf(trace), denominator: reductionParts(trace)[1] });
    const head = before.prefix();
    const factors = path(trace, step, 0).map(({ name }) => (name.startsWith("W") ? name : name.replace("[0,", "[r,")));
    const symbols = [`Σ_r ${lossSymbol(trace, TEXT)}`, ...factors].join(" · ");
    const latex = [`\\sum_r ${lossSymbol(trace, LATEX)}`, ...factors.map(latexName)].join(" \\, ");
    const rule = { text: head ? `${head} · ${symbols}` : symbols, latex: `${before.prefix(LATEX)} ${latex}`.trim() };
    return line("chain rule", name, rule, arithmetic);
  }
  const weight = step.kind === "weights";
  const [i = 0] = step.index;
  const pieces = rows.map((row) =>
    productOf([deltaFactor(trace, step.layer, row, neuron), ...(weight ? [below(trace, step.layer, row, i)] : [])]),
  );
  const symbolic = [`Σ_r δ${step.layer}[r,${neuron}]`, ...(weight ? [belowName(step.layer, "r", i)] : [])].join(" · ");
  return line("chain rule", name, ruled(symbolic), new Arithmetic(pieces, step.dataGradient, digits, { omitted }));
}

/** Each penalty's own part of the gradient, then the sum. */
export function penaltyLines(trace: Trace, step: ParameterStep, { digits }: Detail): Line[] {
  const { model } = trace;
  const lines = step.penalties.map(([name, part]) => {
    const { record, values } = resolve(model.registry.penalties, name, "penalty");
    const strength = model[name as "l1" | "l2"];
    const [constant, rest] = splitConstant(record.gradient);
    const own = piece(rest, { w: step.old, ...values }).formula;
    const formula = product("strength", ...(constant === 1 ? [] : [constant]), own);
    const numbers = piece(
      formula,
      { w: step.old, ...values, strength, c: constant },
      [...Object.keys(values), "strength"],
      { w: step.name, strength: name },
    );
    return line(
      "penalty",
      `d${name}/d${step.name}`,
      {
        text: `${name} · ${TEXT.bracket(written(record.gradient))}`,
        latex: `\\mathrm{${name}} \\, ${LATEX.bracket(written(record.gradient, {}, LATEX))}`,
      },
      new Arithmetic([numbers], part, digits),
    );
  });
  if (lines.length) {
    const parts = [
      { name: `dL/d${step.name}`, value: step.dataGradient },
      ...step.penalties.map(([name, value]) => ({ name: `d${name}/d${step.name}`, value })),
    ];
    const pieces = parts.map((one) => productOf([one]));
    lines.push(line("gradient", "g", sumOf(parts, latexName), new Arithmetic(pieces, step.gradient, digits)));
  }
  return lines;
}

/** How many digits it takes to see two digits of a change. */
function visible(old: number, fresh: number): number {
  const [change, size] = [Math.abs(fresh - old), Math.max(Math.abs(old), Math.abs(fresh))];
  if (!(change > 0 && Number.isFinite(change))) return 0;
  return Math.min(15, Math.floor(Math.log10(size)) - Math.floor(Math.log10(change)) + 2);
}

/** The optimizer's formulas in their order, with one parameter's numbers. */
export function updateLines(trace: Trace, step: ParameterStep, { digits }: Detail): Line[] {
  const { optimizer, rate } = trace.of;
  const { record, values: parameters } = optimizer;
  const scalars = scalarsAt(optimizer, trace.of.step, rate);
  const exact = [...Object.keys(parameters), "learning_rate", "step"];
  const values: Values = { ...step.before, w: step.old, g: step.gradient, learning_rate: rate, ...parameters };
  const gradient = step.penalties.length ? "g" : `dL/d${step.name}`;
  const sources: Record<string, string> = { w: step.name, g: gradient };
  for (const name of record.state) sources[name] = `${name}(${step.name})`;
  const picked = (formula: Node, from: Values): Values => {
    const names = namesIn(formula);
    return Object.fromEntries(Object.entries(from).filter(([name]) => names.has(name)));
  };
  const lines = record.scalars.map(([name, formula]) => {
    const inputs = picked(formula, { ...values, step: trace.of.step });
    const named = Object.fromEntries(Object.keys(inputs).map((key) => [key, key]));
    return line(
      "update",
      name,
      ruleOf(formula),
      new Arithmetic([piece(formula, inputs, exact, named)], scalars[name] ?? NaN, digits),
    );
  });
  Object.assign(values, scalars);
  for (const [name, formula] of record.updates) {
    const inputs = picked(formula, values);
    values[name] = program(formula)(inputs);
    const result = name === "w" ? step.fresh : (step.after[name] ?? values[name] ?? NaN);
    const fresh = name === "w" ? `new ${step.name}` : `new ${name}`;
    const enough = name === "w" ? Math.max(digits, visible(step.old, step.fresh)) : digits;
    const named = Object.fromEntries(Object.keys(inputs).map((key) => [key, sources[key] ?? key]));
    const numbers = piece(formula, inputs, exact, named);
    sources[name] = fresh;
    lines.push(line("update", fresh, ruleOf(formula), new Arithmetic([numbers], result, enough)));
  }
  return lines;
}
