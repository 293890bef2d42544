// The equations of a step on dense layers: each number as ``name = rule = numbers = result``.
import { Arithmetic, line, piece, productOf, withFactors, type Factor, type Line, type Piece } from "./arithmetic";
import { bracket, namesIn, product, program, splitConstant, written, type Node, type Values } from "./formula";
import { penaltiesOf, penaltySize, scalarsAt } from "./network";
import { resolve } from "./registry";
import { shown } from "./text";
import type { ParameterStep, Trace } from "./trace";

export interface Detail {
  readonly digits: number;
  readonly terms: number;
}

const MOST_CLASSES = 20;

/** The reduction as numerator and denominator, so that 1/3 is not shown as 0.33333. */
function reductionParts({ model, rows }: Trace): [number, number] {
  return [model.reduction.startsWith("half") ? 0.5 : 1, model.reduction.endsWith("mean") ? rows : 1];
}

const here = (row: number, j: number, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `${name}[${row},${j}]`]));

/** The slope of the loss along one output as a constant and a formula with numbers, before the reduction. */
function lossGradient(trace: Trace, row: number, j: number): [number, Piece] {
  const { gradient } = trace.model.loss.record;
  const values = trace.model.loss.values;
  const y = trace.y[row]?.[j] ?? NaN;
  if (gradient === null) {
    const share = (trace.y[row] ?? []).reduce((sum, one) => sum + one, 0);
    const p = trace.prediction[row]?.[j] ?? NaN;
    const formula: Node = share === 1 ? ["-", "p", "y"] : ["-", ["*", "p", "s"], "y"];
    return [1, piece(formula, { p, s: share, y }, [], here(row, j, "p", "y"))];
  }
  const [constant, rest] = splitConstant(gradient);
  const f = trace.raw[row]?.[j] ?? NaN;
  return [constant, piece(rest, { f, y, ...values }, Object.keys(values), here(row, j, "f", "y"))];
}

/** The loss gradient without its constant, in brackets where it is a sum or has branches. */
function lossSymbol({ model }: Trace): string {
  const { gradient } = model.loss.record;
  if (gradient === null) return "(p − y)";
  const [, rest] = splitConstant(gradient);
  const loose = typeof rest === "object" && ["where", "+", "-", "neg"].includes(rest[0]);
  return loose ? bracket(written(rest)) : written(rest);
}

const numeratorOf = (trace: Trace): number => {
  const { gradient } = trace.model.loss.record;
  return reductionParts(trace)[0] * (gradient === null ? 1 : splitConstant(gradient)[0]);
};

const belowName = (layer: number, row: number | string, i: number | string): string =>
  layer === 1 ? `x[${row},${i}]` : `a${layer - 1}[${row},${i}]`;
const below = (trace: Trace, layer: number, row: number, i: number): Factor => ({
  name: belowName(layer, row, i),
  value: trace.a(layer - 1, row, i),
});
const deltaFactor = (trace: Trace, layer: number, row: number, j: number): Factor => ({
  name: `δ${layer}[${row},${j}]`,
  value: trace.delta(layer, row, j),
});
const weightFactor = (trace: Trace, layer: number, i: number, j: number): Factor => ({
  name: `W${layer}[${i},${j}]`,
  value: trace.weight(layer, i, j),
});
const slopeFactor = (trace: Trace, layer: number, row: number, j: number): Factor => ({
  name: `${trace.activation(layer).name}'(z${layer}[${row},${j}])`,
  value: trace.slope(layer, row, j),
});
const straight = (trace: Trace, layer: number): boolean => trace.activation(layer).name === "identity";
const range = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

export function slopeLine(trace: Trace, layer: number, row: number, j: number, { digits }: Detail): Line {
  const { record, values: parameters, name } = trace.activation(layer);
  const names = namesIn(record.derivative);
  const all: Values = { z: trace.z(layer, row, j), a: trace.a(layer, row, j), ...parameters };
  const values = Object.fromEntries(Object.entries(all).filter(([key]) => names.has(key)));
  const place = `z${layer}[${row},${j}]`;
  const sources = { z: place, a: `a${layer}[${row},${j}]` };
  const at = "a" in values ? "" : `  at ${place} = ${shown(all["z"] as number, digits)}`;
  const numbers = piece(record.derivative, values, Object.keys(parameters), sources);
  return line(
    "where",
    `${name}'(${place})`,
    written(record.derivative) + at,
    new Arithmetic([numbers], trace.slope(layer, row, j), digits),
  );
}

export const deltaLine = (trace: Trace, layer: number, row: number, j: number, detail: Detail): Line =>
  signalLine(
    trace,
    `δ${layer}[${row},${j}]`,
    trace.delta(layer, row, j),
    [layer, row, j],
    straight(trace, layer) ? null : slopeFactor(trace, layer, row, j),
    detail,
  );

export const arrivingLine = (trace: Trace, layer: number, row: number, j: number, detail: Detail): Line =>
  signalLine(trace, `dL/da${layer}[${row},${j}]`, trace.arriving(layer, row, j), [layer, row, j], null, detail);

function signalLine(
  trace: Trace,
  name: string,
  total: number,
  [layer, row, j]: readonly [number, number, number],
  slope: Factor | null,
  { digits, terms }: Detail,
): Line {
  if (layer === trace.layers) {
    const [constant, numbers] = lossGradient(trace, row, j);
    const [half, denominator] = reductionParts(trace);
    const factors = slope ? [slope] : [];
    const arithmetic = new Arithmetic([withFactors(numbers, factors)], total, digits, {
      numerator: half * constant,
      denominator,
    });
    const symbols = [arithmetic.prefix(), lossSymbol(trace), ...factors.map((one) => one.name)].filter(Boolean);
    return line("where", name, symbols.join(" · "), arithmetic);
  }
  return cameBack(
    name,
    total,
    following(trace, layer, row, j),
    `Σ_m δ${layer + 1}[${row},m] · W${layer + 1}[${j},m]`,
    slope,
    { digits, terms },
  );
}

/** What a unit receives from the next layer: delta times weight per link. */
const following = (trace: Trace, layer: number, row: number, unit: number): Factor[][] =>
  range(trace.sizes[layer + 1] ?? 0).map((m) => [
    deltaFactor(trace, layer + 1, row, m),
    weightFactor(trace, layer + 1, unit, m),
  ]);

function cameBack(
  name: string,
  total: number,
  products: readonly Factor[][],
  rule: string,
  slope: Factor | null,
  { digits, terms }: Detail,
): Line {
  const pieces = products.slice(0, terms).map(productOf);
  const arithmetic = new Arithmetic(pieces, total, digits, { omitted: products.length - pieces.length, suffix: slope });
  return line("where", name, slope ? `(${rule}) · ${slope.name}` : rule, arithmetic);
}

/** How the loss changes with one input. */
export const inputLine = (trace: Trace, row: number, i: number, detail: Detail): Line =>
  cameBack(
    `dL/dx[${row},${i}]`,
    trace.gradients.inputs[row]?.[i] ?? NaN,
    following(trace, 0, row, i),
    `Σ_m δ1[${row},m] · W1[${i},m]`,
    null,
    detail,
  );

export function zLine(trace: Trace, layer: number, row: number, j: number, { digits, terms }: Detail): Line {
  const links = range(trace.sizes[layer - 1] ?? 0).map((i) => [
    below(trace, layer, row, i),
    weightFactor(trace, layer, i, j),
  ]);
  const bias: Factor = { name: `b${layer}[${j}]`, value: trace.bias(layer, j) };
  const pieces = [...links.slice(0, terms), [bias]].map(productOf);
  const rule = `Σ_i ${belowName(layer, row, "i")} · W${layer}[i,${j}] + ${bias.name}`;
  return line(
    "forward",
    `z${layer}[${row},${j}]`,
    rule,
    new Arithmetic(pieces, trace.z(layer, row, j), digits, { omitted: Math.max(0, links.length + 1 - pieces.length) }),
  );
}

export function activationLine(trace: Trace, layer: number, row: number, j: number, { digits }: Detail): Line {
  const { record, values, name } = trace.activation(layer);
  const numbers = piece(record.value, { z: trace.z(layer, row, j), ...values }, Object.keys(values), {
    z: `z${layer}[${row},${j}]`,
  });
  return line(
    "forward",
    `a${layer}[${row},${j}]`,
    `${name}(z): ${written(record.value)}`,
    new Arithmetic([numbers], trace.a(layer, row, j), digits),
  );
}

/** A prediction from the raw predictions of its row. */
export function linkLine(trace: Trace, row: number, k: number, { digits }: Detail): Line {
  const link = trace.model.registry.links[trace.model.loss.record.link] as Node | null;
  const raw = trace.raw[row] ?? [];
  const [name, total] = [`p[${row},${k}]`, trace.prediction[row]?.[k] ?? NaN];
  if (link !== null)
    return line(
      "link",
      name,
      written(link),
      new Arithmetic([piece(link, { f: raw[k] ?? NaN }, [], { f: `f[${row},${k}]` })], total, digits),
    );
  const symbolic = "1 / Σⱼ exp(fⱼ − fₖ)";
  if (raw.length > MOST_CLASSES)
    return line("link", name, symbolic, new Arithmetic([productOf([{ name: "", value: total }])], total, digits));
  const sum = raw
    .map((_, j): Node => ["exp", ["-", `f${j}`, `f${k}`]])
    .reduce((left, right): Node => ["+", left, right]);
  const values = Object.fromEntries(raw.map((f, j) => [`f${j}`, f]));
  const sources = Object.fromEntries(raw.map((_, j) => [`f${j}`, `f[${row},${j}]`]));
  return line("link", name, symbolic, new Arithmetic([piece(["/", 1, sum], values, [], sources)], total, digits));
}

export function rowLossLine(trace: Trace, row: number, { digits }: Detail): Line {
  const { record, values } = trace.model.loss;
  const [raw, y, p] = [trace.raw[row] ?? [], trace.y[row] ?? [], trace.prediction[row] ?? []];
  const total = trace.rowLosses[row] ?? NaN;
  const value = record.value;
  let pieces: Piece[];
  if (value !== null)
    pieces = raw.map((f, j) =>
      piece(value, { f, y: y[j] ?? NaN, ...values }, Object.keys(values), here(row, j, "f", "y")),
    );
  else {
    // softmax: minus the logarithm of the probability of the row's class
    const seen = y.flatMap((target, j) => (target ? [{ j, y: target, p: p[j] ?? NaN }] : []));
    pieces = seen.map((one) =>
      one.y === 1
        ? piece(["neg", ["log", "p"]], { p: one.p }, [], here(row, one.j, "p", "y"))
        : piece(["*", ["neg", "y"], ["log", "p"]], { y: one.y, p: one.p }, [], here(row, one.j, "p", "y")),
    );
    if (!seen.every((one) => one.p > 0)) pieces = [productOf([{ name: "", value: total }])];
  }
  return line(
    "loss",
    `ℓ[${row}]`,
    value === null ? "−Σ_k y_k · log(p_k)" : written(value),
    new Arithmetic(pieces, total, digits),
  );
}

/** The row losses, their reduction, each penalty and the total. */
export function lossLines(trace: Trace, detail: Detail): Line[] {
  const { digits, terms } = detail;
  const { loss, model } = trace;
  const written_rows = range(Math.min(terms, trace.rows));
  const lines = written_rows.map((row) => rowLossLine(trace, row, detail));
  const [numerator, denominator] = reductionParts(trace);
  const named = penaltiesOf(model);
  const pieces = written_rows.map((row) => productOf([{ name: `ℓ[${row}]`, value: trace.rowLosses[row] ?? NaN }]));
  const numbers = new Arithmetic(pieces, loss.data, digits, {
    omitted: trace.rows - pieces.length,
    numerator,
    denominator,
  });
  const head = numbers.prefix();
  lines.push(line("loss", named.length ? "data loss" : "L", `${head ? `${head} · ` : ""}Σ_r ℓ[r]`, numbers));
  for (const name of named) {
    const size = penaltySize(model, name, trace.of.parameters.weights);
    const numbers = piece(["*", "s", "v"], { s: model[name], v: size }, ["s"], { s: name });
    const value = model.registry.penalties[name]?.value ?? "w";
    lines.push(
      line("loss", `${name} penalty`, `${name} · Σ_w ${written(value)}`, new Arithmetic([numbers], loss[name], digits)),
    );
  }
  if (named.length) {
    const parts = [
      { name: "data loss", value: loss.data },
      ...named.map((name) => ({ name: `${name} penalty`, value: loss[name] })),
    ];
    lines.push(
      line(
        "loss",
        "L",
        parts.map((one) => one.name).join(" + "),
        new Arithmetic(
          parts.map((one) => productOf([one])),
          loss.total,
          digits,
        ),
      ),
    );
  }
  return lines;
}

// ---- one parameter --------------------------------------------------------------------------------------------------

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
    const head = new Arithmetic([], 0, 5, {
      numerator: numeratorOf(trace),
      denominator: reductionParts(trace)[1],
    }).prefix();
    const factors = path(trace, step, 0).map(({ name }) => (name.startsWith("W") ? name : name.replace("[0,", "[r,")));
    const symbols = [`Σ_r ${lossSymbol(trace)}`, ...factors].join(" · ");
    return line("chain rule", name, head ? `${head} · ${symbols}` : symbols, arithmetic);
  }
  const weight = step.kind === "weights";
  const [i = 0] = step.index;
  const pieces = rows.map((row) =>
    productOf([deltaFactor(trace, step.layer, row, neuron), ...(weight ? [below(trace, step.layer, row, i)] : [])]),
  );
  const symbolic = [`Σ_r δ${step.layer}[r,${neuron}]`, ...(weight ? [belowName(step.layer, "r", i)] : [])].join(" · ");
  return line("chain rule", name, symbolic, new Arithmetic(pieces, step.dataGradient, digits, { omitted }));
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
      `${name} · ${bracket(written(record.gradient))}`,
      new Arithmetic([numbers], part, digits),
    );
  });
  if (lines.length) {
    const parts = [
      { name: `dL/d${step.name}`, value: step.dataGradient },
      ...step.penalties.map(([name, value]) => ({ name: `d${name}/d${step.name}`, value })),
    ];
    const pieces = parts.map((one) => productOf([one]));
    lines.push(
      line("gradient", "g", parts.map((one) => one.name).join(" + "), new Arithmetic(pieces, step.gradient, digits)),
    );
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
      written(formula),
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
    lines.push(line("update", fresh, written(formula), new Arithmetic([numbers], result, enough)));
  }
  return lines;
}
