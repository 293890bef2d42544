// The formula language: trees that Python's registries hand over, evaluated, and written as plain text.
import { exact } from "./text";

/** A number, a name, or an operator (or function) with its parts; `["pi"]`, `["neg", x]`, `["where", condition, a, b]`. */
export type Node = number | string | readonly [string, ...Node[]];
export type Values = Record<string, number>;
export type Program = (values: Values) => number;

/** The error function, by a series whose terms all have one sign. */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size >= 6) return Math.sign(x);
  let [term, total] = [size, size];
  for (let n = 1; term > 1e-17 * total; n++) {
    term *= (2 * size * size) / (2 * n + 1);
    total += term;
  }
  return Math.sign(x) * (2 / Math.sqrt(Math.PI)) * Math.exp(-size * size) * total;
}

const FUNCTIONS: Record<string, (...parts: number[]) => number> = {
  "+": (a = 0, b = 0) => a + b,
  "-": (a = 0, b = 0) => a - b,
  "*": (a = 0, b = 0) => a * b,
  "/": (a = 0, b = 0) => a / b,
  neg: (a = 0) => -a,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  erf,
  sqrt: Math.sqrt,
  abs: Math.abs,
  sin: Math.sin,
  cos: Math.cos,
  max: Math.max,
  min: Math.min,
  power: Math.pow,
};
const COMPARISONS: Record<string, (a: number, b: number) => boolean> = {
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

type Parts = readonly [string, ...Node[]];
const part = (node: Parts, k: number): Node => node[k] as Node;

/** A condition as a function. */
function condition(node: Parts): (values: Values) => boolean {
  const [left, right] = [program(part(node, 1)), program(part(node, 2))];
  const holds = COMPARISONS[node[0]] as (a: number, b: number) => boolean;
  return (values) => holds(left(values), right(values));
}

/** A formula as a function of the values of its names. */
export function program(node: Node): Program {
  if (typeof node === "number") return () => node;
  if (typeof node === "string") return (values) => values[node] as number;
  const name = node[0];
  if (name === "pi") return () => Math.PI;
  if (name === "where") {
    const holds = condition(part(node, 1) as Parts);
    const [yes, no] = [program(part(node, 2)), program(part(node, 3))];
    return (values) => (holds(values) ? yes(values) : no(values));
  }
  const first = program(part(node, 1));
  if (name === "**") {
    const count = part(node, 2) as number;
    return (values) => {
      const base = first(values);
      let product = base;
      for (let k = 1; k < count; k++) product *= base;
      return product;
    };
  }
  const act = FUNCTIONS[name] as (...parts: number[]) => number;
  if (node.length === 2) return (values) => act(first(values));
  const second = program(part(node, 2));
  return (values) => act(first(values), second(values));
}

export const evaluate = (node: Node, values: Values): number => program(node)(values);

/** The names that a formula mentions. */
export function namesIn(node: Node, found = new Set<string>()): Set<string> {
  if (typeof node === "string") found.add(node);
  else if (typeof node !== "number") for (const one of node.slice(1)) namesIn(one as Node, found);
  return found;
}

/** The formula with each `where` replaced by the branch that its condition takes. */
export function resolved(node: Node, values: Values): Node {
  if (typeof node !== "object") return node;
  if (node[0] === "where") return resolved(part(node, condition(part(node, 1) as Parts)(values) ? 2 : 3), values);
  return [node[0], ...node.slice(1).map((one) => resolved(one as Node, values))];
}

/** Take a leading literal factor out of a formula: `2 * (f - y)` -> 2 and `f - y`. */
export function splitConstant(node: Node): [number, Node] {
  if (typeof node === "object" && node[0] === "*" && typeof node[1] === "number") return [node[1], part(node, 2)];
  return [1, node];
}

/** A product of formulas, from left to right. */
export const product = (...parts: readonly Node[]): Node => parts.reduce((left, right) => ["*", left, right]);

// ---- plain text -----------------------------------------------------------------------------------------------------

const SYMBOLS: Record<string, string> = {
  alpha: "α",
  beta: "β",
  gamma: "γ",
  delta: "δ",
  epsilon: "ε",
  rho: "ρ",
  mu: "μ",
  learning_rate: "η",
  pi: "π",
};
const OPERATORS: Record<string, string> = { "*": "·", "-": "−", "<=": "≤", ">=": "≥" };
const [LOOSE, COMPARE, SUM, PRODUCT, POWER, ATOM] = [0, 1, 2, 3, 4, 5] as const;
const PRECEDENCE: Record<string, number> = {
  "<": COMPARE,
  "<=": COMPARE,
  ">": COMPARE,
  ">=": COMPARE,
  "+": SUM,
  "-": SUM,
  neg: SUM,
  "*": PRODUCT,
  "/": PRODUCT,
  "**": POWER,
};
const lowered = (digits: string): string => digits.replace(/[0-9]/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)] as string);
const raised = (digits: string): string =>
  digits.replace(/[234]/g, (digit) => ({ 2: "²", 3: "³", 4: "⁴" })[digit] as string);
export const bracket = (text: string): string => `(${text})`;

function symbol(name: string): string {
  if (name in SYMBOLS) return SYMBOLS[name] as string;
  const cut = name.lastIndexOf("_");
  const [head, index] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  if (head && (/^\d+$/.test(index) || head in SYMBOLS)) return (SYMBOLS[head] ?? head) + lowered(index);
  return name;
}

const power = (base: string, exponent: string): string =>
  base + ("234".includes(exponent) ? raised(exponent) : `^(${exponent})`);

/** A formula as text; `names` are written in place of names, negative numbers get their brackets. */
export const written = (node: Node, names: Readonly<Record<string, string>> = {}): string => write(node, names, LOOSE);

function write(node: Node, names: Readonly<Record<string, string>>, outer: number): string {
  const [text, precedence] = bare(node, names);
  return precedence < outer ? bracket(text) : text;
}

function bare(node: Node, names: Readonly<Record<string, string>>): [string, number] {
  if (typeof node === "number") return [exact(node), ATOM];
  if (typeof node === "string") {
    const plugged = names[node]?.replaceAll("-", "−");
    return plugged === undefined ? [symbol(node), ATOM] : [plugged, plugged.startsWith("−") ? LOOSE : ATOM];
  }
  const name = node[0];
  const at = (k: number, around: number): string => write(part(node, k), names, around);
  if (name === "pi") return ["π", ATOM];
  if (name === "neg") return [`−${at(1, PRODUCT)}`, SUM];
  if (name === "**") return [power(at(1, ATOM), at(2, LOOSE)), POWER];
  if (name === "power") return [power(at(1, ATOM), at(2, LOOSE)), POWER];
  if (name === "where") return [cases(node, names), LOOSE];
  const own = PRECEDENCE[name];
  if (own === undefined) {
    const inner = node.slice(1).map((one) => write(one as Node, names, LOOSE));
    return [name === "abs" ? `|${inner[0]}|` : `${name}(${inner.join(", ")})`, name === "exp" ? POWER : ATOM];
  }
  const tighter = name === "-" || name === "/" || own === COMPARE ? own + 1 : own;
  const right = part(node, 2);
  const second = write(right, names, tighter);
  const negative = typeof right === "object" && right[0] === "neg" && own === SUM;
  return [
    `${at(1, own === COMPARE ? SUM : own)} ${OPERATORS[name] ?? name} ${negative ? bracket(second) : second}`,
    own,
  ];
}

function cases(node: Parts, names: Readonly<Record<string, string>>): string {
  const branches: string[] = [];
  let rest: Node = node;
  while (typeof rest === "object" && rest[0] === "where") {
    branches.push(`${write(part(rest, 2), names, COMPARE)} if ${write(part(rest, 1), names, LOOSE)}`);
    rest = part(rest, 3);
  }
  return [...branches, write(rest, names, LOOSE)].join(" else ");
}

/** Whether a term needs brackets next to others: a sum, or a negated product. */
export function isSum(node: Node, text: string): boolean {
  if (typeof node === "object") return ["+", "-", "neg"].includes(node[0]);
  return typeof node === "number" && /^[-−]/.test(text);
}
