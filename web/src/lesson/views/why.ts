// Why this row: the network's answer, and what each column contributes to it against the training rows.
import type { CellControl, ColumnPart, Position, RowCard, RowForm, RowQuestion } from "../../contract";
import { forward, predicted, rawOf, total, type Matrix, type Parameters, type Vector } from "../../reference/network";
import { permutation, PURPOSE } from "../../reference/random";
import { Refused } from "../../reference/registry";
import { countOf } from "../../reference/stability";
import { general, short } from "../../reference/text";
import type { Stage } from "../run/stage";
import { sampled } from "./shapley";
import { cellText, quoted, type Column, type Prepared } from "../run/table";

const [MOST_EXACT, FEWEST, MOST_BACKGROUND, MOST_ANSWERS, FEWEST_ANSWERS] = [14, 100, 1000, 166_666, 10_000] as const;
const [FEWEST_PAIRS, MOST_PAIRS, WALKS, MOST_CELLS] = [12, 500, 24, 20_000_000] as const;
const [WORK, MIXING, LARGEST_INPUT] = [2e9, 100, 1e15] as const;
type Value = number | string | null;

const range = ({ low, high }: Column): string => `${short(low)} to ${short(high)}`;

/** The value of a control as the column holds it. */
function held(column: Column, value: Value): number | null {
  if (value === null) return null;
  if (column.numeric) {
    if (typeof value !== "number" || !Number.isFinite(value))
      throw new Refused(`${quoted(column.name)} takes a number, not ${quoted(String(value))}.`);
    if (Math.abs(value - column.center) > LARGEST_INPUT * column.scale)
      throw new Refused(`${quoted(column.name)} = ${general(value)} is far too large; training saw ${range(column)}.`);
    return value;
  }
  if (typeof value !== "string")
    throw new Refused(`${quoted(column.name)} takes one of its levels as a text, not ${value}.`);
  return column.of.labels.indexOf(value);
}

const own = (column: Column, row: number): Value => {
  const value = column.of.values[row] ?? null;
  return value === null || column.numeric ? value : (column.of.labels[value] ?? null);
};

export function rowForm(prepared: Prepared, row: number): RowForm {
  const place = prepared.position(row);
  const controls = prepared.columns.map((column): CellControl => ({
    name: column.name,
    kind: column.numeric ? (column.of.kind === "integer" ? "integer" : "number") : "level",
    own: own(column, place),
    low: column.numeric ? column.low : null,
    high: column.numeric ? column.high : null,
    levels: column.numeric ? [] : column.labels,
  }));
  return { row, name: prepared.rowName(place), controls };
}

function remark(column: Column, value: Value): string {
  if (value === null) return column.missing ? "" : "never missing in training; counts as the average";
  if (typeof value === "string") {
    const counts = column.pooled ? "as one of the rare levels" : "as the average";
    return column.labels.includes(value) ? "" : `not a level that was learned; counts ${counts}`;
  }
  return column.low <= value && value <= column.high ? "" : `outside of what training saw, ${range(column)}`;
}

/** Rows to compare with: all, or this many drawn without replacement, in the order of the table. */
function background(rows: readonly number[], most: number): number[] {
  if (rows.length <= most) return [...rows];
  const drawn = permutation({ seed: 0, purpose: PURPOSE.explanation, epoch: 2 }, rows.length).slice(0, most);
  return drawn.toSorted((a, b) => a - b).map((k) => rows[k] ?? 0);
}

const mean = (values: Vector): number => total(values) / values.length;

export function rowCard(stage: Stage, parameters: Parameters, position: Position, asked: RowQuestion): RowCard {
  const { prepared, model } = stage;
  const place = prepared.position(asked.row);
  const changes = asked.changes ?? {};
  for (const name of Object.keys(changes))
    if (!prepared.columns.some((column) => column.name === name))
      throw new Refused(`${quoted(name)} is not an input of the model.`);
  const answer = (inputs: Matrix): Matrix =>
    prepared.values(predicted(model, rawOf(forward(model, parameters, inputs))));
  const before = prepared.X[place] ?? [];
  const parts = prepared.columns.map((column) =>
    column.name in changes
      ? column.encode(held(column, changes[column.name] ?? null))
      : column.encode(column.of.values[place] ?? null),
  );
  const changed = parts.flat();
  const few = background(prepared.parts.train, MOST_BACKGROUND);
  const others = answer(few.map((row) => prepared.X[row] ?? []));
  const [answers = []] = answer([changed]);
  const [first = []] = answer([before]);
  if (![...others, answers, first].flat().every(Number.isFinite))
    throw new Refused(
      "The network's answer is not finite: its weights have grown without limit. Go back some steps, or start again with a smaller learning rate.",
    );
  const { classes } = prepared;
  const wanted = asked.output ?? null;
  const output = !classes.length ? 0 : wanted === null ? first.indexOf(Math.max(...first)) : classes.indexOf(wanted);
  if (output < 0) throw new Refused(`There is no class ${quoted(String(wanted))}.`);
  const found = contributions(stage, parameters, changed, few, output, answer);
  const { name } = prepared.source.target;
  const count = found?.count ?? few.length;
  const n_train = prepared.parts.train.length;
  return {
    row: asked.row,
    name: prepared.rowName(place),
    position,
    label: classes.length ? `probability of ${name} = ${classes[output]}` : name,
    output,
    outputs: [...classes],
    predicted: classes.length ? (classes[answers.indexOf(Math.max(...answers))] ?? "") : "",
    truth: cellText(prepared.source.target, place) ?? "",
    answers,
    answer: answers[output] ?? NaN,
    base: found?.base ?? mean(others.map((row) => row[output] ?? NaN)),
    background:
      count === n_train
        ? `the ${grouped(n_train)} training rows`
        : `${grouped(count)} of the ${grouped(n_train)} training rows`,
    method: found?.method ?? "",
    columns: prepared.columns.map((column, j): ColumnPart => {
      const value = column.name in changes ? (changes[column.name] ?? null) : own(column, place);
      const moved = typeof value === "number" && value !== own(column, place);
      const cell = moved
        ? short(value)
        : typeof value === "string"
          ? value
          : value === null
            ? null
            : column.cell(place);
      return {
        name: column.name,
        cell: cell ?? "missing",
        contribution: found?.values[j] ?? null,
        error: found?.errors?.[j] ?? 0,
        remark: remark(column, value),
      };
    }),
  };
}

const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

interface Contributions {
  readonly values: Vector;
  /** Standard errors, where orders are drawn. */
  readonly errors?: Vector;
  readonly base: number;
  readonly count: number;
  readonly method: string;
}

/** Shapley values of the columns: of every set of columns where these are few, else of drawn orders. */
function contributions(
  stage: Stage,
  parameters: Parameters,
  row: Vector,
  few: readonly number[],
  output: number,
  answer: (inputs: Matrix) => Matrix,
): Contributions | null {
  const { prepared, model } = stage;
  const p = prepared.columns.length;
  const owner = prepared.columns.flatMap((column, j) => column.features.map(() => j));
  const weighted =
    parameters.weights.length === 1 &&
    model.activations[0]?.name === "identity" &&
    !prepared.classes.length &&
    model.loss.record.link === "identity";
  if (weighted) {
    const rows = few.map((one) => prepared.X[one] ?? []);
    const terms = row.map(
      (value, i) =>
        (value - mean(rows.map((one) => one[i] ?? 0))) * (parameters.weights[0]?.[i]?.[0] ?? 0) * prepared.unit[1],
    );
    return {
      values: prepared.columns.map((_, j) => total(terms.filter((_, i) => owner[i] === j))),
      base: mean(answer(rows).map((one) => one[output] ?? NaN)),
      count: few.length,
      method: "coefficients times differences from the mean, since the model is a weighted sum",
    };
  }
  const most = Math.min(
    Math.max(Math.floor(WORK / (countOf(parameters) + MIXING * row.length)), FEWEST_ANSWERS),
    MOST_ANSWERS,
  );
  if (WALKS * p * row.length > MOST_CELLS) return null;
  const affordable = Math.floor(most / 2 ** Math.min(p, MOST_EXACT));
  const chosen = background(few, Math.min(Math.max(affordable, FEWEST), MOST_BACKGROUND));
  if (p > MOST_EXACT || 2 ** p * chosen.length > most) {
    const rows = few.map((one) => prepared.X[one] ?? []);
    const walks = Math.floor((3 * most) / (10 * p));
    let pairs = Math.min(Math.max(walks, FEWEST_PAIRS), MOST_PAIRS);
    if (pairs > rows.length) pairs -= pairs % rows.length; // all background rows equally often
    const drawn = sampled(answer, row, rows, owner, pairs);
    return {
      values: drawn.values.map((own) => own[output] ?? NaN),
      errors: drawn.errors.map((own) => own[output] ?? NaN),
      base: mean(answer(rows).map((one) => one[output] ?? NaN)),
      count: rows.length,
      method: `sampling ${grouped(2 * pairs)} orders`,
    };
  }
  const rows = chosen.map((one) => prepared.X[one] ?? []);
  const worth = Array.from({ length: 2 ** p }, (_, set) =>
    mean(
      answer(rows.map((other) => row.map((value, i) => ((set >> (owner[i] ?? 0)) & 1 ? value : (other[i] ?? 0))))).map(
        (one) => one[output] ?? NaN,
      ),
    ),
  );
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const size = (set: number): number => (set ? (set & 1) + size(set >> 1) : 0);
  const values = prepared.columns.map((_, j) =>
    total(
      worth.map((value, set) => {
        if ((set >> j) & 1) return 0;
        const s = size(set);
        return ((factorial(s) * factorial(p - s - 1)) / factorial(p)) * ((worth[set | (1 << j)] ?? NaN) - value);
      }),
    ),
  );
  return {
    values,
    base: worth[0] ?? NaN,
    count: chosen.length,
    method: `evaluating all ${grouped(2 ** p)} sets of columns`,
  };
}
