// One axis for every score of a kind, so that they can be compared by eye.
import type { Score } from "../contract";

/** Whether more is better. */
export const rises = (metric: string): boolean => !/loss|error|brier|deviance|mae|rmse|mse/i.test(metric);

/** Whether a score is a share of which more is better: those have one axis. */
export const isShare = ({ metric, value, low, high }: Score): boolean =>
  rises(metric) && [value, low, high].every((one) => one === null || (one >= 0 && one <= 1));

/** The range that holds all scores and intervals; shares end at 1. */
export function axisOf(scores: readonly Score[]): readonly [number, number] {
  const values = scores
    .flatMap(({ value, low, high }) => [value, low, high])
    .filter((value): value is number => value !== null);
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const share = low >= 0 && high <= 1;
  const room = (high - low) * 0.08 || 0.05;
  const round = 10 ** Math.floor(Math.log10(Math.max(1e-12, high - low + 2 * room)));
  const least = Math.floor((low - room) / round) * round;
  const most = Math.ceil((high + room) / round) * round;
  return share ? [Math.max(0, least), Math.min(1, most)] : [least, most];
}
