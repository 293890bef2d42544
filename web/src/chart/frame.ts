// The inside of a chart: data ranges to pixels, and round ticks.
import { scaleLinear, scaleLog } from "d3-scale";

import { fixedText, numberText } from "../number/number";

export interface Axis {
  (value: number): number;
  readonly ticks: readonly number[];
  readonly texts: readonly string[];
  readonly domain: readonly [number, number];
  invert(pixel: number): number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly x: Axis;
  readonly y: Axis;
}

export interface FrameOptions {
  width: number;
  height: number;
  x: readonly [number, number];
  y: readonly [number, number];
  logY?: boolean;
  /** The horizontal axis counts something: whole ticks only. */
  counts?: boolean;
  /** Whether an axis counts days since 1970 and is labeled with dates. */
  dates?: { readonly x: boolean; readonly y: boolean };
  margin?: { left?: number; right?: number; top?: number; bottom?: number };
}

const MARGIN = { left: 44, right: 18, top: 10, bottom: 36 };

export function frame({
  width,
  height,
  x,
  y,
  logY = false,
  counts = false,
  dates = { x: false, y: false },
  margin = {},
}: FrameOptions): Frame {
  const { left, right, top, bottom } = { ...MARGIN, ...margin };
  const inner = { left, right: Math.max(left + 10, width - right), top, bottom: Math.max(top + 10, height - bottom) };
  return {
    width,
    height,
    ...inner,
    x: axis(
      x,
      [inner.left, inner.right],
      Math.max(2, Math.round((inner.right - inner.left) / (dates.x ? 90 : 75))),
      false,
      counts || dates.x,
      dates.x,
    ),
    y: axis(
      y,
      [inner.bottom, inner.top],
      Math.max(2, Math.round((inner.bottom - inner.top) / 42)),
      logY,
      dates.y,
      dates.y,
    ),
  };
}

function axis(
  domain: readonly [number, number],
  range: [number, number],
  count: number,
  log: boolean,
  whole = false,
  dates = false,
): Axis {
  const scale = (log ? scaleLog() : scaleLinear()).domain(domain).range(range);
  const ticks = log
    ? logTicks(domain, count)
    : dates
      ? dayTicks(domain, count)
      : scale.ticks(count).filter((tick) => !whole || Number.isInteger(tick));
  return Object.assign((value: number) => pixel(scale(value)), {
    ticks,
    texts: log ? ticks.map((tick) => numberText(tick, 3)) : dates ? dayTexts(ticks) : tickTexts(ticks),
    domain,
    invert: (pixel: number) => scale.invert(pixel),
  });
}

/** A day, counted from 1970-01-01, as a date; a count too large for one as a number. */
export function dayText(day: number): string {
  const date = new Date(Math.round(day) * DAY);
  return Number.isNaN(date.getTime()) ? numberText(day) : date.toISOString().slice(0, 10);
}

const DAY = 86_400_000;
/** The steps between ticks of dates: days; months of which the first day is a tick; years. */
const DAYS = [1, 2, 7, 14];
const MONTHS = [1, 3, 6, 12, 24, 60, 120, 240, 600, 1200];

/** About `count` days at which a month, a quarter or a year begins; in little time every so many days. */
function dayTicks([low, high]: readonly [number, number], count: number): number[] {
  const [first, last] = [new Date(low * DAY), new Date(high * DAY)];
  if (Number.isNaN(first.getTime()) || Number.isNaN(last.getTime())) return [];
  const step = DAYS.find((days) => (high - low) / days <= count + 1);
  if (step)
    return Array.from({ length: count + 2 }, (_, k) => (Math.ceil(low / step) + k) * step).filter((day) => day <= high);
  const month = (date: Date): number => 12 * date.getUTCFullYear() + date.getUTCMonth();
  const fits = (one: number): boolean => (month(last) - month(first)) / one <= (one % 12 ? count : 2 * count); // years are short
  const months = MONTHS.find(fits) ?? 1200;
  const found: number[] = [];
  for (let at = Math.ceil(month(first) / months) * months; at <= month(last); at += months) {
    const day = Date.UTC(Math.floor(at / 12), at % 12) / DAY;
    if (low <= day && day <= high) found.push(day);
  }
  return found;
}

/** Ticks of dates, as short as they can be: years, months, or days. */
function dayTexts(ticks: readonly number[]): string[] {
  const texts = ticks.map(dayText);
  const cut = texts.every((text) => text.endsWith("-01-01")) ? 6 : texts.every((text) => text.endsWith("-01")) ? 3 : 0;
  return texts.map((text) => text.slice(0, text.length - cut));
}

/** Powers of ten, thinned or joined by 2 and 5 so that about `count` remain. */
function logTicks([low, high]: readonly [number, number], count: number): number[] {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const stride = Math.max(1, Math.round((last - first) / count));
  const multiples = last - first <= 2 ? [1, 2, 5] : [1];
  const found: number[] = [];
  for (let power = Math.ceil(first / stride) * stride; power <= last; power += stride) {
    for (const multiple of multiples) found.push(Number(`${multiple}e${power}`));
  }
  return found.filter((tick) => low * 0.999 <= tick && tick <= high * 1.001);
}

/** The ticks as text with one count of decimals for all. */
export function tickTexts(ticks: readonly number[]): string[] {
  const step = Math.min(...ticks.slice(1).map((tick, k) => tick - (ticks[k] ?? 0)), Infinity);
  const largest = Math.max(...ticks.map(Math.abs), 0);
  if (!Number.isFinite(step) || largest >= 1e6 || step < 1e-4) return ticks.map((tick) => numberText(tick, 3));
  const count = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return ticks.map((tick) => fixedText(tick, count));
}

/** A range that holds all finite values with a margin on both sides. */
export function spread(values: Iterable<number>, margin = 0.06, log = false): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return log ? [0.1, 1] : [0, 1];
  if (log) {
    const factor = high > low ? (high / low) ** margin : 2;
    return [low / factor, high * factor];
  }
  const room = high > low ? (high - low) * margin : Math.max(Math.abs(low), 1) * 0.5;
  return [low - room, high + room];
}

/** No mark lies farther out than this, so that a runaway number is still one that SVG can draw. */
const FARTHEST = 1e5;
export const pixel = (value: number): number => Math.max(-FARTHEST, Math.min(FARTHEST, value));

/** An SVG path through points; a point that is not a number breaks the line. */
export function linePath(points: Iterable<readonly [number, number]>): string {
  let path = "";
  let open = false;
  for (const [x, y] of points) {
    const drawn = !Number.isNaN(x) && !Number.isNaN(y);
    if (drawn) path += `${open ? "L" : "M"}${pixel(x).toFixed(1)} ${pixel(y).toFixed(1)}`;
    open = drawn;
  }
  return path;
}
