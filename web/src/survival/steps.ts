// The path of a step curve that begins at 1.
import type { Frame } from "../chart/frame";

export function stepPath(f: Frame, time: readonly number[], share: readonly number[], last: number): string {
  let path = `M${f.x(0)} ${f.y(1)}`;
  time.forEach((at, k) => (path += `H${f.x(at)}V${f.y(share[k] ?? 0)}`));
  return `${path}H${f.x(last)}`;
}
