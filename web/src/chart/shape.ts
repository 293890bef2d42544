// The marks of many series: with each color a shape, the same ones as in the pages that the commands write.
/** Around a point, for a radius of 1: square, diamond, triangle up, triangle down, cross and hourglass. */
const OUTLINES = [
  "-1,-1 1,-1 1,1 -1,1",
  "0,-1.35 1.35,0 0,1.35 -1.35,0",
  "0,-1.25 1.2,1 -1.2,1",
  "0,1.25 1.2,-1 -1.2,-1",
  "-.5,-1.4 .5,-1.4 .5,-.5 1.4,-.5 1.4,.5 .5,.5 .5,1.4 -.5,1.4 -.5,.5 -1.4,.5 -1.4,-.5 -.5,-.5",
  "-1.25,-1.25 1.25,-1.25 .4,0 1.25,1.25 -1.25,1.25 -.4,0",
].map((points) => points.split(" ").map((point) => point.split(",").map(Number) as [number, number]));

/** The path of mark `k` around a point; the first one is a circle. */
export function shapePath(k: number, x: number, y: number, radius: number): string {
  const outline = OUTLINES[(k % (OUTLINES.length + 1)) - 1];
  if (!outline) {
    const half = `a${radius} ${radius} 0 1 0`;
    return `M${x - radius} ${y}${half} ${2 * radius} 0${half} ${-2 * radius} 0Z`;
  }
  return `M${outline.map(([dx, dy]) => `${(x + radius * dx).toFixed(1)} ${(y + radius * dy).toFixed(1)}`).join("L")}Z`;
}
