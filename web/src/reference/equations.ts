// The equations of a step on dense layers: each number as ``name = rule = numbers = result``.
import {
  Arithmetic,
  line,
  piece,
  productOf,
  ruleOf,
  withFactors,
  type Factor,
  type Line,
  type Piece,
  type Rule,
} from "./arithmetic";
import { namesIn, splitConstant, type Node, type Values } from "./formula";
import { penaltiesOf, penaltySize } from "./network";
import { shown } from "./text";
import { LATEX, latexName, latexRule, TEXT, written, type Style } from "./written";
import type { Trace } from "./trace";

export interface Detail {
  readonly digits: number;
  readonly terms: number;
}

const MOST_CLASSES = 20;

/** The reduction as numerator and denominator, so that 1/3 is not shown as 0.33333. */
export function reductionParts({ model, rows }: Trace): [number, number] {
  return [model.reduction.startsWith("half") ? 0.5 : 1, model.reduction.endsWith("mean") ? rows : 1];
}

const here = (row: number, j: number, ...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `${name}[${row},${j}]`]));

/** The slope of the loss along one output as a constant and a formula with numbers, before the reduction. */
export function lossGradient(trace: Trace, row: number, j: number): [number, Piece] {
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
export function lossSymbol({ model }: Trace, style: Style): string {
  const { gradient } = model.loss.record;
  if (gradient === null) return style.bracket(style.binary("-", "p", "y"));
  const [, rest] = splitConstant(gradient);
  const loose = typeof rest === "object" && ["where", "+", "-", "neg"].includes(rest[0]);
  const text = written(rest, {}, style);
  return loose ? style.bracket(text) : text;
}

export const numeratorOf = (trace: Trace): number => {
  const { gradient } = trace.model.loss.record;
  return reductionParts(trace)[0] * (gradient === null ? 1 : splitConstant(gradient)[0]);
};

export const belowName = (layer: number, row: number | string, i: number | string): string =>
  layer === 1 ? `x[${row},${i}]` : `a${layer - 1}[${row},${i}]`;
export const below = (trace: Trace, layer: number, row: number, i: number): Factor => ({
  name: belowName(layer, row, i),
  value: trace.a(layer - 1, row, i),
});
export const deltaFactor = (trace: Trace, layer: number, row: number, j: number): Factor => ({
  name: `δ${layer}[${row},${j}]`,
  value: trace.delta(layer, row, j),
});
export const weightFactor = (trace: Trace, layer: number, i: number, j: number): Factor => ({
  name: `W${layer}[${i},${j}]`,
  value: trace.weight(layer, i, j),
});
export const slopeFactor = (trace: Trace, layer: number, row: number, j: number): Factor => ({
  name: `${trace.activation(layer).name}'(z${layer}[${row},${j}])`,
  value: trace.slope(layer, row, j),
});
export const straight = (trace: Trace, layer: number): boolean => trace.activation(layer).name === "identity";
/** A rule that is written in names alone. */
export const ruled = (text: string): Rule => ({ text, latex: latexRule(text) });
/** The sum of some named numbers. */
export const sumOf = (parts: readonly Factor[], latex: (name: string) => string): Rule => ({
  text: parts.map((one) => one.name).join(" + "),
  latex: parts.map((one) => latex(one.name)).join(" + "),
});
export const range = (count: number): number[] => Array.from({ length: count }, (_, k) => k);

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
    { text: written(record.derivative) + at, latex: written(record.derivative, {}, LATEX) },
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
    const symbols = [arithmetic.prefix(), lossSymbol(trace, TEXT), ...factors.map((one) => one.name)].filter(Boolean);
    const latex = [arithmetic.prefix(LATEX), lossSymbol(trace, LATEX), ...factors.map((one) => latexName(one.name))];
    return line("where", name, { text: symbols.join(" · "), latex: latex.join(" \\, ").trim() }, arithmetic);
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
  const plain = ruled(rule);
  const sloped = (factor: Factor): Rule => ({
    text: `(${rule}) · ${factor.name}`,
    latex: `\\Bigl(${plain.latex}\\Bigr) \\, ${latexName(factor.name)}`,
  });
  return line("where", name, slope ? sloped(slope) : plain, arithmetic);
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
    ruled(rule),
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
    { text: `${name}(z): ${written(record.value)}`, latex: written(record.value, {}, LATEX) },
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
      ruleOf(link),
      new Arithmetic([piece(link, { f: raw[k] ?? NaN }, [], { f: `f[${row},${k}]` })], total, digits),
    );
  const symbolic = { text: "1 / Σⱼ exp(fⱼ − fₖ)", latex: "\\frac{1}{\\sum_j e^{f_j - f_k}}" };
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
    value === null ? { text: "−Σ_k y_k · log(p_k)", latex: "-\\sum_k y_k \\, \\log p_k" } : ruleOf(value),
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
  const rule = {
    text: `${head ? `${head} · ` : ""}Σ_r ℓ[r]`,
    latex: `${numbers.prefix(LATEX)} \\sum_r \\ell_r`.trim(),
  };
  lines.push(line("loss", named.length ? "data loss" : "L", rule, numbers));
  for (const name of named) {
    const size = penaltySize(model, name, trace.of.parameters.weights);
    const numbers = piece(["*", "s", "v"], { s: model[name], v: size }, ["s"], { s: name });
    const value = model.registry.penalties[name]?.value ?? "w";
    lines.push(
      line(
        "loss",
        `${name} penalty`,
        { text: `${name} · Σ_w ${written(value)}`, latex: `\\mathrm{${name}} \\sum_w ${written(value, {}, LATEX)}` },
        new Arithmetic([numbers], loss[name], digits),
      ),
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
        sumOf(parts, (one) => `\\text{${one}}`),
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
