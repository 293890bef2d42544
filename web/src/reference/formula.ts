// The formula language: trees that Python's registries hand over, evaluated.

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
