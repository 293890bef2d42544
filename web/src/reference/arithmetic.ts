// Arithmetic that is shown: formulas with the numbers of a step plugged in, with as many digits as make the line true.
import type { EquationLine, Token } from "../contract";
import { evaluate, product as times, resolved, type Node, type Values } from "./formula";
import { rounded, setting, shown } from "./text";
import { isSum, LATEX, latexName, TEXT, written, type Style } from "./written";

const MOST_DIGITS = 17;
const MARK = 0xe000;
const MARKED = /([−-]?(?:[0-9.]+(?:e[−-]?[0-9]+)?|inf|nan))\ue000([\ue001-\uf8ff])/gu;

/** A formula with values; `settings` are hyperparameters, which stay exact; `sources` say where values come from. */
export interface Piece {
  readonly formula: Node;
  readonly values: Values;
  readonly settings: readonly string[];
  readonly sources: Readonly<Record<string, string>>;
}

export const piece = (
  formula: Node,
  values: Values,
  settings: readonly string[] = [],
  sources: Readonly<Record<string, string>> = {},
): Piece => ({ formula: resolved(formula, values), values, settings, sources });

/** A named number. */
export interface Factor {
  readonly name: string;
  readonly value: number;
}

/** A plain product of numbers. */
export function productOf(factors: readonly Factor[]): Piece {
  const names = factors.map((_, k) => `s${k}`);
  const pick = <T>(of: (factor: Factor) => T): Record<string, T> =>
    Object.fromEntries(factors.map((factor, k) => [`s${k}`, of(factor)]));
  return piece(
    times(...names),
    pick((one) => one.value),
    [],
    pick((one) => one.name),
  );
}

/** A piece times further numbers. */
export function withFactors(one: Piece, factors: readonly Factor[]): Piece {
  if (factors.length === 0) return one;
  const more = productOf(factors);
  return piece(times(one.formula, ...Object.keys(more.values)), { ...one.values, ...more.values }, one.settings, {
    ...one.sources,
    ...more.sources,
  });
}

function texts({ values, settings }: Piece, digits: number): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      settings.includes(name) ? setting(value, digits) : rounded(value, digits),
    ]),
  );
}

const read = (text: string): number => (text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text));

function evaluated(one: Piece, digits: number): number {
  const values = Object.fromEntries(Object.entries(texts(one, digits)).map(([name, text]) => [name, read(text)]));
  return evaluate(one.formula, values);
}

type Marker = (text: string, value: number, source: string) => string;
const plain: Marker = (text) => text;

/** `numerator / denominator · [piece + piece + … ] · suffix = total`. */
export class Arithmetic {
  readonly omitted: number;
  readonly numerator: number;
  readonly denominator: number;
  readonly suffix: Factor;
  readonly digits: number;
  #used = 0;

  constructor(
    readonly pieces: readonly Piece[],
    readonly total: number,
    digits: number,
    more: { omitted?: number; numerator?: number; denominator?: number; suffix?: Factor | null } = {},
  ) {
    this.digits = digits;
    this.omitted = more.omitted ?? 0;
    this.numerator = more.numerator ?? 1;
    this.denominator = more.denominator ?? 1;
    this.suffix = more.suffix ?? { name: "", value: 1 };
  }

  #evaluated(digits: number): number {
    const inner = this.pieces.reduce((sum, one) => sum + evaluated(one, digits), 0);
    const outer = read(setting(this.numerator, digits)) / read(setting(this.denominator, digits));
    return outer * inner * read(rounded(this.suffix.value, digits));
  }

  /** The fewest digits, at least those asked for, with which the written line gives the written result. */
  get #enough(): number {
    if (this.#used) return this.#used;
    const exact = this.omitted ? this.#evaluated(MOST_DIGITS) : this.total;
    this.#used = this.digits;
    if (Number.isFinite(exact)) {
      const unit = exact === 0 ? 0 : 10 ** (Math.floor(Math.log10(Math.abs(exact))) - this.digits + 1);
      while (this.#used < MOST_DIGITS && !(Math.abs(this.#evaluated(this.#used) - exact) <= unit)) this.#used++;
    }
    return this.#used;
  }

  get result(): string {
    return shown(this.total, this.digits);
  }

  /** The factor before the sum; empty for 1. */
  prefix(style: Style = TEXT, mark: Marker = plain): string {
    if (this.denominator === 1 && this.numerator === 1) return "";
    const text = (value: number): string => mark(setting(value, this.#enough), value, "reduction");
    const names =
      this.denominator === 1 ? { n: text(this.numerator) } : { n: text(this.numerator), d: text(this.denominator) };
    return written(this.denominator === 1 ? "n" : ["/", "n", "d"], names, style);
  }

  #write(style: Style, mark: Marker): string {
    const one = this.pieces.length === 1 && !this.omitted;
    const prefix = this.prefix(style, mark);
    const bare = one && !prefix && this.suffix.value === 1;
    const terms = this.pieces.map((each) => {
      const names = Object.fromEntries(
        Object.entries(texts(each, this.#enough)).map(([name, text]) => [
          name,
          mark(text, each.values[name] as number, each.sources[name] ?? ""),
        ]),
      );
      const text = written(each.formula, names, style);
      const negative = typeof each.formula === "string" && (each.values[each.formula] as number) < 0 && one && prefix;
      const inside = !bare && (isSum(each.formula, text) || negative) ? style.bracket(text) : text;
      return bare || style !== TEXT ? inside : inside.replaceAll(" · ", "·");
    });
    const minus = style === TEXT ? "−" : "-";
    let body = terms
      .slice(1)
      .reduce(
        (text, term) => text + (term.startsWith(minus) ? ` ${minus} ${term.slice(1)}` : ` + ${term}`),
        terms[0] ?? "0",
      );
    if (this.omitted) body += style === TEXT ? ` + … (${this.omitted} more)` : " + \\cdots";
    if ((prefix || this.suffix.value !== 1) && !one) body = style === TEXT ? `[${body}]` : `\\left[${body}\\right]`;
    const parts = [prefix, body].filter(Boolean);
    if (this.suffix.value !== 1) {
      const number = mark(rounded(this.suffix.value, this.#enough), this.suffix.value, this.suffix.name);
      const text = written("s", { s: number }, style);
      parts.push(this.suffix.value < 0 ? style.bracket(text) : text);
    }
    return parts.join(style === TEXT ? " · " : " \\cdot ");
  }

  /** The arithmetic in LaTeX, without its result. */
  get latex(): string {
    return this.#write(LATEX, plain);
  }

  /** The arithmetic in plain text, each number with its exact value and its source. */
  tokens(): Token[] {
    const numbers: Factor[] = [];
    const text = this.#write(TEXT, (number, value, name) => {
      if (name === "step") return number; // it may be a raised digit, which a mark would break
      numbers.push({ name, value });
      return number + String.fromCharCode(MARK, MARK + numbers.length);
    });
    const found: Token[] = [];
    let end = 0;
    for (const match of text.matchAll(MARKED)) {
      const { name, value } = numbers[(match[2]?.charCodeAt(0) ?? 0) - MARK - 1] as Factor;
      const foreign = (match[1] ?? "").startsWith("−") && !(value < 0) ? 1 : 0; // the formula's minus, not the number's
      const start = match.index + foreign;
      if (start > end) found.push({ text: text.slice(end, start), source: null, value: null });
      found.push({
        text: (match[1] ?? "").slice(foreign),
        source: name || null,
        value: Number.isFinite(value) ? value : null,
      });
      end = match.index + match[0].length;
    }
    if (end < text.length) found.push({ text: text.slice(end), source: null, value: null });
    return found;
  }
}

/** A rule in symbols, in both languages. */
export interface Rule {
  readonly text: string;
  readonly latex: string;
}

/** A formula as a rule. */
export const ruleOf = (formula: Node): Rule => ({ text: written(formula), latex: written(formula, {}, LATEX) });

/** One shown equation: `name = rule = numbers = result`. */
export interface Line {
  readonly part: string;
  readonly name: string;
  readonly rule: Rule;
  readonly arithmetic: Arithmetic;
}

export const line = (part: string, name: string, rule: Rule, arithmetic: Arithmetic): Line => ({
  part,
  name,
  rule,
  arithmetic,
});

/** The whole equation in LaTeX, aligned at the equal signs. */
function latexOf({ name, rule, arithmetic }: Line): string {
  const [mantissa = "", exponent] = arithmetic.result.replaceAll("−", "-").split("e");
  const result = exponent === undefined ? mantissa : `${mantissa} \\cdot 10^{${exponent}}`;
  const parts = [`${latexName(name)} &= ${rule.latex}`, `&= ${arithmetic.latex}`];
  if (parts[1] !== `&= ${result}`) parts.push(`&= ${result}`);
  return parts.join(" \\\\\n");
}

/** Lines as the page takes them. */
export const equations = (lines: readonly Line[]): EquationLine[] =>
  lines.map((one) => ({
    part: one.part,
    name: one.name,
    symbolic: one.rule.text,
    tokens: one.arithmetic.tokens(),
    result: one.arithmetic.result,
    value: Number.isFinite(one.arithmetic.total) ? one.arithmetic.total : null,
    omitted: one.arithmetic.omitted,
    latex: latexOf(one),
  }));
