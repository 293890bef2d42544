// How a link looks, and where it runs: the rules of src/glassnet/pages/network_drawing.py, with which a test compares them.

/** How far the ends of a link run level, as a share of the way across. */
export const BEND = 0.42;
/** With more links between two columns, they are thin. */
const MANY = 60;

/** The style of a link by the sign of its weight. */
export const linkStyle = (weight: number): string =>
  weight === 0 ? "s-muted dotted" : weight > 0 ? "s-positive" : "s-negative dashed";

/** The width of a link in pixels by its share of the strongest; `count` links are between its columns. */
export const linkWidth = (share: number, count: number): number =>
  count <= MANY ? 1.2 + 5 * share : 0.5 + 3.5 * share;

export const linkOpacity = (share: number, count: number): number =>
  count <= MANY ? 0.35 + 0.65 * Math.min(1, 2 * share) : 0.12 + 0.88 * share;

export const isFaint = (count: number): boolean => count > MANY;

/** How strong a link is drawn, from 0 to 1: beside the largest of its layer, or by its weight alone (0.5 is half). */
export function linkShare(weight: number, largest: number | null): number {
  const size = Math.abs(weight);
  if (!Number.isFinite(size)) return 1;
  return largest === null ? size / (0.5 + size) : size / largest;
}

/** A link as a smooth curve from the right of one unit to the left of the next. */
export function linkPath(x1: number, y1: number, x2: number, y2: number): string {
  const bend = (x2 - x1) * BEND;
  return `M${x1.toFixed(1)} ${y1.toFixed(1)}C${(x1 + bend).toFixed(1)} ${y1.toFixed(1)} ${(x2 - bend).toFixed(1)} ${y2.toFixed(1)} ${x2.toFixed(1)} ${y2.toFixed(1)}`;
}

/** The point of a link a share `at` along it. */
export function onLink(x1: number, y1: number, x2: number, y2: number, at: number): [number, number] {
  const bend = (x2 - x1) * BEND;
  const u = 1 - at;
  const [a, b, c, d] = [u ** 3, 3 * u * u * at, 3 * u * at * at, at ** 3];
  return [a * x1 + b * (x1 + bend) + c * (x2 - bend) + d * x2, (a + b) * y1 + (c + d) * y2];
}

/** How far along a link one is at a share of the way across: the same for all links between two columns. */
export function alongAt(across: number): number {
  let at = across;
  for (let k = 0; k < 4; k++) {
    const [x] = onLink(0, 0, 1, 0, at);
    const slope = (onLink(0, 0, 1, 0, at + 1e-4)[0] - x) / 1e-4;
    at -= (x - across) / slope;
  }
  return at;
}
