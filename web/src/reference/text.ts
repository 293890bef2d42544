// Numbers as Python writes them: `repr`, the format `g`, and the rounding of shown arithmetic.
import { decimals, scientific } from "../number/number";

const trimmed = (text: string): string => (text.includes(".") ? text.replace(/0+$/, "").replace(/\.$/, "") : text);
const odd = (value: number): string => (Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
const withExponent = (mantissa: string, exponent: number): string =>
  `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;

/** `f"{value:.{digits}g}"`. */
export function general(value: number, digits = 6): string {
  if (!Number.isFinite(value)) return odd(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa, exponent] = scientific(value, digits);
  if (-4 <= exponent && exponent < digits) return trimmed(decimals(value, digits - 1 - exponent));
  return withExponent(trimmed(mantissa), exponent);
}

/** `repr(value)` of a float. */
export function repr(value: number): string {
  if (!Number.isFinite(value)) return odd(value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const [mantissa = "", tail = "0"] = value.toExponential().split("e");
  const exponent = Number(tail);
  if (exponent < -4 || exponent >= 16) return withExponent(mantissa, exponent);
  const text = value.toFixed(Math.max(0, mantissa.replace(/[-.]/g, "").length - 1 - exponent));
  return text.includes(".") ? text : `${text}.0`;
}

/** The shortest text that reads back as the same float, whole numbers without a point. */
export function exact(value: number): string {
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : repr(value);
}

/** A number rounded to significant digits, whole digits never dropped, with an ASCII minus. */
export function rounded(value: number, digits = 5): string {
  if (!Number.isFinite(value)) return odd(value);
  if (10 ** digits <= Math.abs(value) && Math.abs(value) < 1e15) return decimals(value, 0);
  const [mantissa = "", exponent] = general(value, digits).split("e");
  return exponent === undefined ? (mantissa === "-0" ? "0" : mantissa) : `${mantissa}e${Number(exponent)}`;
}

const minus = (text: string): string => text.replaceAll("-", "−");
/** A number for plain text, with a real minus sign. */
export const shown = (value: number, digits = 5): string => minus(rounded(value, digits));
/** A number of the table for reading. */
export const short = (value: number, digits = 6): string => minus(general(value, digits));

/** A hyperparameter: exact where it is short, else to at least 12 digits. */
export function setting(value: number, digits = 5): string {
  if (!Number.isFinite(value)) return odd(value);
  const whole = exact(value);
  return whole.length <= 14 && !whole.includes("e") ? whole : rounded(value, Math.max(12, digits));
}
