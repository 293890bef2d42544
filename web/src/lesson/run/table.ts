// From a table, a choice of columns and settings to what a network trains on: the same split and constants as Python's.
import type { ColumnChoice, Settings } from "../../contract";
import type { Matrix, Vector } from "../../reference/network";
import { total } from "../../reference/network";
import { permutation, PURPOSE, uniform } from "../../reference/random";
import { Refused, type Loss } from "../../reference/registry";
import { exact, general, short } from "../../reference/text";
import type { InputStep } from "../../reference/trace";
import { findCopies, type Copies } from "./copies";
import type { LessonColumn, LessonData } from "../document";

export type Part = "train" | "validation" | "test";
const MOST_LEVELS = 1000;
const FEWEST_ROWS = 2;

/** A whole number nearest to a share of rows, halves to the even one. */
function nearest(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}

/** Divide rows at random into parts, or groups of rows; with classes, every part gets its share of every class. */
export function split(
  n_rows: number,
  classes: readonly number[] | null,
  settings: Settings,
  groups: readonly number[] | null = null,
): Record<Part, number[]> {
  if (!groups) return divided(n_rows, classes, settings, "row");
  const count = Math.max(...groups) + 1;
  const parts = divided(count, classes && classesOf(groups, count, classes), settings, "group");
  const rows = (part: readonly number[]): number[] => {
    const chosen = new Set(part);
    return Array.from({ length: n_rows }, (_, row) => row).filter((row) => chosen.has(groups[row] ?? -1));
  };
  return { train: rows(parts.train), validation: rows(parts.validation), test: rows(parts.test) };
}

/** The class of each group: its most frequent one, the first of several. */
function classesOf(groups: readonly number[], count: number, classes: readonly number[]): number[] {
  const counts = Array.from({ length: count }, () => new Array<number>(Math.max(...classes) + 1).fill(0));
  groups.forEach((group, row) => {
    const own = counts[group] ?? [];
    own[classes[row] ?? 0] = (own[classes[row] ?? 0] ?? 0) + 1;
  });
  return counts.map((own) => own.indexOf(Math.max(...own)));
}

function divided(
  n_rows: number,
  classes: readonly number[] | null,
  { test_share, validation_share, seed }: Settings,
  what: "row" | "group",
): Record<Part, number[]> {
  const shares = [test_share, validation_share];
  const counts = shares.map((share) => (share > 0 ? Math.max(1, nearest(share * n_rows)) : 0));
  if (total(counts) >= n_rows)
    throw new Refused(
      `${n_rows} ${what}s cannot be split into ${counts[0]} test and ${counts[1]} validation ${what}s: no ${what} is left for training. Use smaller shares or more ${what}s.`,
    );
  let free = permutation({ seed, purpose: PURPOSE.split }, n_rows);
  if (classes) {
    const size = (code: number): number => classes.filter((one) => one === code).length;
    const code = (row: number): number => classes[row] ?? 0;
    free = free.toSorted((a, b) => code(a) - code(b)).filter((row) => size(code(row)) > 1);
  }
  const parts = counts.map((wanted, number) => {
    const count = Math.min(wanted, Math.max(0, free.length - 1));
    const start = uniform({ seed, purpose: PURPOSE.split, part: number + 1 }, 1)[0] ?? 0;
    const places = new Set(
      Array.from({ length: count }, (_, k) => Math.floor(((k + start) * free.length) / Math.max(count, 1))),
    );
    const chosen = free.filter((_, k) => places.has(k)).toSorted((a, b) => a - b);
    free = free.filter((_, k) => !places.has(k));
    return chosen;
  });
  const taken = new Set(parts.flat());
  const [test = [], validation = []] = parts;
  return { train: Array.from({ length: n_rows }, (_, k) => k).filter((row) => !taken.has(row)), validation, test };
}

/** Mean and standard deviation (divided by n); the scale of a constant is 1. */
function centerAndScale(values: Vector): [number, number] {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return [0, 1];
  const signed = Math.max(Math.max(...values), -Math.min(...values));
  const small = values.map((value) => value / signed);
  const mean = total(small) / small.length;
  const scale = Math.sqrt(total(small.map((value) => (value - mean) ** 2)) / small.length) * signed;
  return [mean * signed, scale > 1e-12 * signed && scale > 1e-300 ? scale : 1];
}

/** A cell as it stands in the table. */
export function cellText({ cells, values, labels }: LessonColumn, row: number): string | null {
  if (cells) return cells[row] ?? null;
  const value = values[row] ?? null;
  return value === null ? null : labels.length ? (labels[value] ?? null) : exact(value);
}

/** How the reader finds a row. */
export const rowName = ({ numbers, unit }: LessonData, row: number): string =>
  `${unit} ${typeof numbers === "number" ? numbers + row : numbers[row]}`;

/** One column with the constants that it learned from the training rows. */
export class Column {
  readonly center: number = 0;
  readonly scale: number = 1;
  readonly low: number = 0;
  readonly high: number = 0;
  readonly missing: boolean;
  /** Levels with an input of their own, as positions among the labels, and the share of training rows of each. */
  readonly levels: readonly number[];
  readonly shares: readonly number[];
  readonly pooled: boolean;
  readonly features: readonly string[];

  constructor(
    readonly of: LessonColumn,
    train: readonly number[],
    readonly scaled: boolean,
  ) {
    const cells = train.map((row) => of.values[row] ?? null);
    const known = cells.filter((value) => value !== null);
    this.missing = known.length < cells.length;
    this.levels = [];
    this.shares = [];
    this.pooled = false;
    if (this.numeric) {
      if (scaled && known.length) [this.center, this.scale] = centerAndScale(known);
      if (known.length) [this.low, this.high] = [Math.min(...known), Math.max(...known)];
      this.features = [of.name];
    } else {
      const counts = of.labels.map((label, code) => ({
        label,
        code,
        count: known.filter((one) => one === code).length,
      }));
      const present = counts
        .filter(({ count }) => count > 0)
        .toSorted((a, b) => b.count - a.count || (a.label < b.label ? -1 : 1));
      const kept =
        of.kind === "yes_no" ? counts : present.filter(({ count }) => count >= FEWEST_ROWS).slice(0, MOST_LEVELS);
      this.levels = kept.map(({ code }) => code);
      this.shares = kept.map(({ count }) => count / (known.length || 1));
      this.pooled = of.kind === "category" && present.length > kept.length;
      const named = this.levels.map((code) => `${of.name} = ${of.labels[code]}`);
      this.features =
        of.kind === "yes_no" ? named.slice(1) : [...named, ...(this.pooled ? [`${of.name} = (other)`] : [])];
    }
    if (this.missing) this.features = [...this.features, `${of.name} missing`];
  }

  get name(): string {
    return this.of.name;
  }

  get numeric(): boolean {
    return this.of.kind === "number" || this.of.kind === "integer";
  }

  /** Labels with an input of their own that training has seen. */
  get labels(): string[] {
    return this.levels.flatMap((code, k) => (this.shares[k] ? [this.of.labels[code] ?? ""] : []));
  }

  /** The inputs that a value makes; null is a missing cell. */
  encode(value: number | null): Vector {
    const gone = this.missing ? [value === null ? 1 : 0] : [];
    if (this.numeric) return [((value ?? this.center) - this.center) / this.scale, ...gone];
    if (this.of.kind === "yes_no")
      return [value === null || !this.shares[value] ? (this.shares[1] ?? 0) : value, ...gone];
    const place = value === null ? -1 : this.levels.indexOf(value);
    const other = this.pooled ? [value !== null && place < 0 ? 1 : 0] : [];
    const average = (value === null && !this.missing) || (value !== null && place < 0 && !this.pooled);
    return [...this.levels.map((_, k) => (average ? (this.shares[k] ?? 0) : k === place ? 1 : 0)), ...other, ...gone];
  }

  cell(row: number): string | null {
    return cellText(this.of, row);
  }

  /** How the cell of a row became inputs. */
  steps(row: number): InputStep[] {
    const cell = this.cell(row);
    return this.encode(this.of.values[row] ?? null).map((value, k) => ({
      feature: this.features[k] ?? "",
      raw: cell ?? "missing",
      value,
      formula: this.#formula(this.of.values[row] ?? null, cell, k, value),
    }));
  }

  #formula(number: number | null, cell: string | null, k: number, value: number): string {
    if (this.missing && k === this.features.length - 1)
      return value ? "1 because the cell is missing" : "0 because the cell is present";
    if (this.numeric) {
      if (!this.scaled) return number === null ? "0 in place of the missing cell" : short(number);
      const sign = this.center >= 0 ? `− ${short(this.center)}` : `+ ${short(-this.center)}`;
      const why = number === null ? ", the training mean in place of the missing cell" : "";
      return `(${short(number ?? this.center)} ${sign}) / ${short(this.scale)}${why}`;
    }
    if ([-1, 0, 1].includes(value))
      return `${general(value)} because the cell is ${cell === null ? "missing" : quoted(cell)}`;
    const why = cell === null ? "missing" : `${quoted(cell)}, not seen in training`;
    return `${short(value)}, the training share of ${quoted((this.features[k] ?? "").slice(this.name.length + 3))}, because the cell is ${why}`;
  }
}

/** A cell in quotes, as Python writes it. */
export function quoted(text: string): string {
  const cut = text.length <= 40 ? text : `${text.slice(0, 37)}...`;
  const escaped = cut.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\t", "\\t");
  return escaped.includes("'") && !escaped.includes('"') ? `"${escaped}"` : `'${escaped.replaceAll("'", "\\'")}'`;
}

/** What a run trains on. Rows are those with a target. */
export class Prepared {
  readonly columns: readonly Column[];
  readonly X: Matrix;
  readonly y: Matrix;
  readonly truth: Vector;
  readonly copies: Copies | null;
  readonly parts: Record<Part, number[]>;
  readonly partOf: readonly Part[];
  readonly unit: readonly [number, number];
  readonly classes: readonly string[];

  constructor(
    readonly source: LessonData,
    readonly choice: ColumnChoice,
    readonly settings: Settings,
    readonly loss: Loss,
  ) {
    const { target, columns } = source;
    const own = source.data.understanding.choice;
    if (
      choice.target !== own.target ||
      (choice.task && own.task && choice.task !== own.task) ||
      choice.groups ||
      choice.null_strings.length
    )
      throw new Refused("In this page the target and the reading of the columns are fixed; the studio changes them.");
    for (const [name, kind] of Object.entries(choice.kinds))
      if (kind !== "left_out" && own.kinds[name] !== kind && columns.find((one) => one.name === name)?.kind !== kind)
        throw new Refused(`In this page a column can be left out, not read in another way (${name}).`);
    this.classes = target.labels;
    this.truth = target.values.map((value) => value ?? NaN);
    if (this.truth.length < 2) throw new Refused(`${this.truth.length} rows have a target; learning needs at least 2.`);
    const used = columns.filter((one) => choice.kinds[one.name] !== "left_out");
    this.copies = findCopies(used.map((one) => one.values));
    this.parts = split(this.truth.length, this.classes.length ? this.truth : null, settings, this.copies?.groups);
    const names: Part[] = this.truth.map(() => "train");
    for (const part of ["validation", "test"] as const) for (const row of this.parts[part]) names[row] = part;
    this.partOf = names;
    this.columns = used.map((one) => new Column(one, this.parts.train, settings.scale_inputs));
    if (this.features.length === 0)
      throw new Refused("The training rows leave no input column. Use a smaller test share, or other columns.");
    this.X = this.truth.map((_, row) => this.columns.flatMap((column) => column.encode(column.of.values[row] ?? null)));
    const scaled = settings.scale_target && !this.classes.length;
    this.unit = scaled ? centerAndScale(this.parts.train.map((row) => this.truth[row] ?? NaN)) : [0, 1];
    this.y = this.#targets();
  }

  #targets(): Matrix {
    const [center, scale] = this.unit;
    const { task, link, low, high, open } = this.loss.record;
    if (!this.classes.length && task !== "regression")
      throw new Refused(`The loss ${this.loss.name} is for classes, and the target is a number.`);
    if (this.classes.length && task === "regression")
      throw new Refused(`The loss ${this.loss.name} is for numbers, and the target has classes.`);
    if (this.classes.length > 2 && task === "binary")
      throw new Refused(
        `The loss '${this.loss.name}' knows two classes, the target has ${this.classes.length}. Choose softmax_cross_entropy.`,
      );
    const y = this.truth.map((value) => {
      if (!this.classes.length) return [(value - center) / scale];
      if (task === "multiclass") return this.classes.map((_, k) => (k === value ? 1 : 0));
      return [link === "sign" ? 2 * value - 1 : value];
    });
    y.forEach((row, r) =>
      row.forEach((value, k) => {
        const above = low === null || (open ? value > low : value >= low);
        if (above && (high === null || value <= high)) return;
        const domain = `${open || low === null ? "(" : "["}${low === null ? "-inf" : general(low)}, ${high === null ? "inf)" : `${general(high)}]`}`;
        throw new Refused(
          `The loss '${this.loss.name}' needs targets in ${domain}, but y[${r}, ${k}] is ${general(value)}. Choose another loss or transform the target.`,
        );
      }),
    );
    return y;
  }

  get features(): string[] {
    return this.columns.flatMap((column) => column.features);
  }

  get targets(): string[] {
    const { name, labels } = this.source.target;
    const width = this.y[0]?.length ?? 1;
    if (labels.length) return (width === 1 ? labels.slice(1) : labels).map((label) => `${name} = ${label}`);
    return [this.settings.scale_target ? `${name} (standardized)` : name];
  }

  rowName(row: number): string {
    return rowName(this.source, row);
  }

  /** A row that there is. */
  position(row: number): number {
    if (!(row in this.truth)) throw new Refused(`Row ${row} is not in the table.`);
    return row;
  }

  /** The first input of a column. */
  inputOf(column: Column): number {
    return total(this.columns.slice(0, this.columns.indexOf(column)).map((one) => one.features.length));
  }

  /** Values of predictions after the link: a number in the target's unit, or a share per class. */
  values(predictions: Matrix): Matrix {
    const [center, scale] = this.unit;
    return predictions.map((row) => {
      if (!this.classes.length) return [(row[0] ?? NaN) * scale + center];
      if (row.length > 1) return row;
      const chance = this.loss.record.link === "sign" ? ((row[0] ?? NaN) + 1) / 2 : (row[0] ?? NaN);
      return [1 - chance, chance];
    });
  }
}
