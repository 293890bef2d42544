// Formulas for a reader: as plain text and as LaTeX, with numbers in place of names.
import { readPlace } from "../number/place";
import type { Node } from "./formula";
import { exact } from "./text";

/** How one output language writes each construct. */
export interface Style {
  /** The division is drawn with a bar, so that its parts need no brackets. */
  readonly fraction: boolean;
  number(text: string): string;
  name(symbol: string, index: string): string;
  binary(operator: string, left: string, right: string): string;
  negative(operand: string): string;
  power(base: string, exponent: string): string;
  bracket(inner: string): string;
  call(name: string, inner: readonly string[]): string;
  cases(branches: readonly (readonly [string, string])[], otherwise: string): string;
}

const OPERATORS: Record<string, string> = { "*": "·", "-": "−", "<=": "≤", ">=": "≥" };
const lowered = (digits: string): string => digits.replace(/[0-9]/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)] as string);
const raised = (digits: string): string =>
  digits.replace(/[234]/g, (digit) => ({ 2: "²", 3: "³", 4: "⁴" })[digit] as string);

export const TEXT: Style = {
  fraction: false,
  number: (text) => text,
  name: (symbol, index) => symbol + lowered(index),
  binary: (operator, left, right) => `${left} ${OPERATORS[operator] ?? operator} ${right}`,
  negative: (operand) => `−${operand}`,
  power: (base, exponent) => base + ("234".includes(exponent) ? raised(exponent) : `^(${exponent})`),
  bracket: (inner) => `(${inner})`,
  call: (name, inner) => (name === "abs" ? `|${inner[0]}|` : `${name}(${inner.join(", ")})`),
  cases: (branches, otherwise) => [...branches.map(([then, when]) => `${then} if ${when}`), otherwise].join(" else "),
};

const GREEK: Record<string, string> = {
  α: "\\alpha",
  β: "\\beta",
  γ: "\\gamma",
  δ: "\\delta",
  ε: "\\varepsilon",
  ρ: "\\rho",
  μ: "\\mu",
  η: "\\eta",
  π: "\\pi",
};
const COMPARED: Record<string, string> = { "<=": "\\le", ">=": "\\ge" };

export const LATEX: Style = {
  fraction: true,
  number: (text) => {
    const plain = text.replaceAll("−", "-");
    const scientific = /^(-?[0-9.]+)e([-+]?[0-9]+)$/.exec(plain);
    return scientific ? `${scientific[1]} \\cdot 10^{${Number(scientific[2])}}` : plain;
  },
  name: (symbol, index) => {
    const words = symbol.replaceAll("_", "\\ ");
    const written = GREEK[symbol] ?? (symbol.length > 1 ? `\\mathrm{${words}}` : symbol);
    return index ? `${written}_{${index}}` : written;
  },
  binary: (operator, left, right) => {
    if (operator === "/") return `\\frac{${left}}{${right}}`;
    if (operator === "*") return /^[-0-9]/.test(right) ? `${left} \\cdot ${right}` : `${left} \\, ${right}`;
    return `${left} ${COMPARED[operator] ?? operator} ${right}`;
  },
  negative: (operand) => `-${operand}`,
  power: (base, exponent) => `${base}^{${exponent}}`,
  bracket: (inner) => `\\left(${inner}\\right)`,
  call: (name, inner) => {
    if (name === "abs") return `\\left|${inner[0]}\\right|`;
    if (name === "sqrt") return `\\sqrt{${inner[0]}}`;
    if (name === "exp") return `e^{${inner[0]}}`;
    if (["expm1", "log1p", "erf"].includes(name)) return `\\operatorname{${name}}(${inner[0]})`;
    return `\\${name}(${inner.join(", ")})`;
  },
  cases: (branches, otherwise) => {
    const rows = branches.map(([then, when]) => `${then} & \\text{if } ${when}`);
    return `\\begin{cases}${[...rows, `${otherwise} & \\text{otherwise}`].join(" \\\\ ")}\\end{cases}`;
  },
};

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

type Names = Readonly<Record<string, string>>;
type Parts = readonly [string, ...Node[]];
const part = (node: Parts, k: number): Node => node[k] as Node;

/** Split `beta_1` into its symbol and index. */
function symbol(name: string): [string, string] {
  if (name in SYMBOLS) return [SYMBOLS[name] as string, ""];
  const cut = name.lastIndexOf("_");
  const [head, index] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  return head && (/^\d+$/.test(index) || head in SYMBOLS) ? [SYMBOLS[head] ?? head, index] : [name, ""];
}

/** A formula for a reader; `names` are written in place of names, negative numbers get their brackets. */
export const written = (node: Node, names: Names = {}, style = TEXT): string => write(node, names, style, LOOSE);

function write(node: Node, names: Names, style: Style, outer: number): string {
  const [text, precedence] = bare(node, names, style);
  return precedence < outer ? style.bracket(text) : text;
}

function bare(node: Node, names: Names, style: Style): [string, number] {
  if (typeof node === "number") return [style.number(exact(node)), ATOM];
  if (typeof node === "string") {
    const plugged = names[node]?.replaceAll("-", "−");
    if (plugged === undefined) return [style.name(...symbol(node)), ATOM];
    return [style.number(plugged), plugged.startsWith("−") ? LOOSE : ATOM];
  }
  const name = node[0];
  const at = (k: number, around: number): string => write(part(node, k), names, style, around);
  if (name === "pi") return [style.name("π", ""), ATOM];
  if (name === "neg") return [style.negative(at(1, PRODUCT)), SUM];
  if (name === "**" || name === "power") return [style.power(at(1, ATOM), at(2, LOOSE)), POWER];
  if (name === "where") return [cases(node, names, style), LOOSE];
  const own = PRECEDENCE[name];
  if (own === undefined) {
    const inner = node.slice(1).map((one) => write(one as Node, names, style, LOOSE));
    return [style.call(name, inner), name === "exp" ? POWER : ATOM];
  }
  if (name === "/" && style.fraction) return [style.binary("/", at(1, LOOSE), at(2, LOOSE)), own];
  const tighter = name === "-" || name === "/" || own === COMPARE ? own + 1 : own;
  const [right, second] = [part(node, 2), at(2, tighter)];
  const negative = typeof right === "object" && right[0] === "neg" && own === SUM;
  return [style.binary(name, at(1, own === COMPARE ? SUM : own), negative ? style.bracket(second) : second), own];
}

/** A choice; one that stands in the else of another joins it as a further branch. */
function cases(node: Parts, names: Names, style: Style): string {
  const branches: [string, string][] = [];
  let rest: Node = node;
  while (typeof rest === "object" && rest[0] === "where") {
    const then = write(part(rest, 2), names, style, style.fraction ? LOOSE : COMPARE);
    branches.push([then, write(part(rest, 1), names, style, LOOSE)]);
    rest = part(rest, 3);
  }
  return style.cases(branches, write(rest, names, style, LOOSE));
}

/** Whether a term needs brackets next to others: a sum, or a negated product. */
export function isSum(node: Node, text: string): boolean {
  if (typeof node === "object") return ["+", "-", "neg"].includes(node[0]);
  return typeof node === "number" && /^[-−]/.test(text);
}

// ---- names of a step's numbers --------------------------------------------------------------------------------------

const WRITTEN: Record<string, string> = { "…": "\\cdots", δ: "\\delta", ℓ: "\\ell" };

/** A quantity's name in LaTeX. */
export function latexName(name: string): string {
  if (name.startsWith("new ")) {
    const inner = name.slice(4);
    return /^\w+$/.test(inner) ? `${latexName(inner)}^{\\text{new}}` : `\\text{new }${latexName(inner)}`;
  }
  const [top = "", bottom] = name.split("/d");
  if (bottom !== undefined) return `\\frac{\\partial ${latexName(top.slice(1))}}{\\partial ${latexName(bottom)}}`;
  const slope = /^(\w+)'\((.+)\)$/.exec(name);
  if (slope) return `\\mathrm{${slope[1]?.replaceAll("_", "\\_")}}'\\left(${latexName(slope[2] ?? "")}\\right)`;
  const place = readPlace(name);
  if (place?.role === "") {
    const { letter, layer, index } = place;
    return `${WRITTEN[letter] ?? letter}${layer ? `^{(${layer})}` : ""}_{${index.join(",")}}`;
  }
  if (name.includes(" ")) return `\\text{${name}}`;
  const cut = name.lastIndexOf("_");
  const [head, index] = [name.slice(0, Math.max(0, cut)), name.slice(cut + 1)];
  if (head.length === 1 && index.length === 1) return `${head}_{${index}}`;
  if (head && /^\d+$/.test(index)) return `\\mathrm{${head}}_{${index}}`;
  return name.length === 1 ? name : `\\mathrm{${name}}`.replaceAll("_", "\\_");
}

/** A rule such as `Σ_i x[0,i] · W1[i,2] + b1[2]` in LaTeX. */
export function latexRule(rule: string): string {
  const terms = rule.split(" + ").map((whole) => {
    const over = /^Σ_(\S+) /.exec(whole);
    const term = over ? whole.slice(over[0].length) : whole;
    const letters = over?.[1] ?? "";
    const head = over ? (letters.length === 1 ? `\\sum_${letters} ` : `\\sum_{${letters}} `) : "";
    return (
      head +
      term
        .split(" · ")
        .map((one) => WRITTEN[one] ?? latexName(one))
        .join(" \\, ")
    );
  });
  return terms.join(" + ");
}

const SPECIAL: Record<string, string> = {
  "\\": "\\textbackslash{}",
  "{": "\\{",
  "}": "\\}",
  _: "\\_",
  "%": "\\%",
  "&": "\\&",
  "#": "\\#",
  $: "\\$",
  "^": "\\textasciicircum{}",
  "~": "\\textasciitilde{}",
  "…": "\\dots{}",
  "−": "$-$",
  "→": "$\\to$",
};

/** Plain text that LaTeX sets as it stands. */
export const escaped = (text: string): string => [...text].map((letter) => SPECIAL[letter] ?? letter).join("");
