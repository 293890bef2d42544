// Number -> text, digit for digit as glassnet.pages.number writes it (rounding half to even, a true minus sign).

const SUPERSCRIPT: Record<string, string> = {
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
  "-": "⁻",
};
const SMALLEST_PLAIN = -4;
const LARGEST_PLAIN = 7;

/** Whether a number may lie exactly between two roundings: only if its text with one digit more ends in 5 and is the number. */
function mayTie(value: number, longer: string): boolean {
  return /^[^e]*5(e|$)/.test(longer) && Number(longer) === value;
}

/** Digits of a decimal text cut to `kept` decimals, rounded half to even from its exact expansion. */
function halfEven(exact: string, rounded: string, kept: number): string {
  const point = exact.indexOf(".");
  const tail = exact.slice(point + 1 + kept);
  if (!/^50*$/.test(tail)) return rounded;
  const cut = kept === 0 ? exact.slice(0, point) : exact.slice(0, point + 1 + kept);
  return Number(cut[cut.length - 1]) % 2 === 0 ? cut : rounded;
}

export function decimals(value: number, count: number): string {
  const rounded = value.toFixed(count);
  return mayTie(value, value.toFixed(Math.min(100, count + 1)))
    ? halfEven(value.toFixed(Math.min(100, count + 60)), rounded, count)
    : rounded;
}

export function scientific(value: number, digits: number): [mantissa: string, exponent: number] {
  const [rounded = "", exponent = ""] = value.toExponential(digits - 1).split("e");
  if (!mayTie(value, value.toExponential(digits))) return [rounded, Number(exponent)];
  const [exact = "", plain = ""] = value.toExponential(100).split("e");
  return plain === exponent ? [halfEven(exact, rounded, digits - 1), Number(exponent)] : [rounded, Number(exponent)];
}

const trimmed = (text: string): string => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
/** A sentence of Python's with a true minus before its negative numbers. */
export const minusText = (text: string): string => text.replace(/(?<![\w.])-(?=\d)/g, "−");

const minus = (text: string): string => text.replaceAll("-", "−");

/** A number with significant digits; whole parts are never cut, trailing zeros are. */
export function numberText(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "not a number";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : "−∞";
  if (value === 0) return "0";
  const [mantissa, exponent] = scientific(value, digits);
  if (SMALLEST_PLAIN <= exponent && exponent < LARGEST_PLAIN) {
    return minus(trimmed(decimals(value, Math.max(0, digits - 1 - exponent))));
  }
  return minus(`${trimmed(mantissa)} `) + power(exponent);
}

const power = (exponent: number | string): string =>
  `× 10${[...String(exponent)].map((sign) => SUPERSCRIPT[sign]).join("")}`;

/** Arithmetic as the server writes it, with powers of ten as everywhere on the page: 1.5e−7 is 1.5 × 10⁻⁷, 12345678 is 1.2346 × 10⁷. */
export const powersText = (text: string): string =>
  text
    .replace(
      /(\d)e\+?([−-]?\d+)/g,
      (_, digit: string, exponent: string) => `${digit} ${power(exponent.replace("−", "-"))}`,
    )
    .replace(/(?<![\d.])\d{8,}(?![\d.])/g, (whole) => numberText(Number(whole), 5));

/** A number for a box with room for `letters`: with as many of 4 digits as fit, one at least. */
export function boxText(value: number, letters: number): string {
  for (let digits = 4; digits > 1; digits--) {
    const text = numberText(value, digits);
    if (text.length <= letters) return text;
  }
  return numberText(value, 1);
}

/** A number with a fixed count of decimals, for columns that line up. */
export function fixedText(value: number, count: number): string {
  if (!Number.isFinite(value)) return numberText(value);
  const text = decimals(value, count);
  return minus(/[1-9]/.test(text) ? text : text.replace("-", ""));
}

/** A column of numbers with one count of decimals, enough for `digits` of the typical entry. */
export function columnTexts(values: readonly number[], digits = 4, mostDecimals = 6): string[] {
  const sizes = values.map(Math.abs).filter((size) => size !== 0);
  if (sizes.length === 0 || !sizes.every(Number.isFinite)) return values.map((value) => numberText(value, digits));
  if (values.every((value) => Number.isInteger(value) && Math.abs(value) < 10 ** LARGEST_PLAIN)) {
    return values.map((value) => fixedText(value, 0));
  }
  const top = Math.floor(Math.log10(Math.max(...sizes)));
  const low = Math.floor(Math.log10(Math.min(...sizes)));
  if (top >= LARGEST_PLAIN || top - low > digits - 2) return values.map((value) => numberText(value, digits));
  let count = Math.min(Math.max(0, digits - 1 - top), mostDecimals);
  let texts = values.map((value) => fixedText(value, count));
  while (count > 0 && texts.every((text) => text.endsWith("0"))) {
    count -= 1;
    texts = texts.map((text) => text.slice(0, -1).replace(/\.$/, ""));
  }
  return texts;
}

/** A whole number with thin spaces between thousands. */
export function countText(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, "\u202f");
}

const LONGEST_END = 6;

/** An interval in words, its ends with the same decimals where one of them would be long. */
export function intervalText(low: number, high: number): string {
  const ends = [numberText(low, 3), numberText(high, 3)];
  const size = Math.max(Math.abs(low), Math.abs(high));
  if (ends.every((end) => end.length <= LONGEST_END) || !(size > 0 && size < 1e6)) return ends.join(" to ");
  const count = Math.min(6, Math.max(0, 3 - Math.ceil(Math.log10(size))));
  return `${fixedText(low, count)} to ${fixedText(high, count)}`;
}

/** A share as a percentage. */
export const percentText = (share: number): string => `${numberText(100 * share, 3)} %`;

/** A noun with its count: `plural(1, "row")` is "1 row". */
export const plural = (count: number, noun: string, many = `${noun}s`): string =>
  `${countText(count)} ${count === 1 ? noun : many}`;

/** The number of a JSON value; the three floats that JSON lacks come as texts. */
export function fromWire(value: number | string | null | undefined): number {
  if (typeof value === "number") return value;
  if (value === "Infinity") return Infinity;
  if (value === "-Infinity") return -Infinity;
  return NaN;
}

/** A probability, never shown as certain. */
export const probabilityText = (share: number): string =>
  share < 0.001 ? "< 0.1 %" : share > 0.999 ? "> 99.9 %" : `${fixedText(100 * share, 1)} %`;
