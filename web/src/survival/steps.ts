// The paths of curves over time: steps of what was counted, and what is said at any time.
import type { Frame } from "../chart/frame";

/** A step curve that begins at `start`. */
export function stepPath(
  f: Frame,
  time: readonly number[],
  share: readonly number[],
  last: number,
  start: number,
): string {
  let path = `M${f.x(0)} ${f.y(start)}`;
  time.forEach((at, k) => (path += `H${f.x(at)}V${f.y(share[k] ?? 0)}`));
  return `${path}H${f.x(last)}`;
}

/** A curve through its places, from `start` on. */
export function smoothPath(f: Frame, time: readonly number[], share: readonly number[], start: number): string {
  const places = time.map((at, k) => `L${f.x(at)} ${f.y(share[k] ?? 0)}`);
  return `M${f.x(0)} ${f.y(start)}${places.join("")}`;
}
