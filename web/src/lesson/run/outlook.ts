// Where a run is heading: read off its loss curve, and off the curvature at its start.
import type { StabilityLimit } from "../../contract";
import { countOf, stability, verdict } from "../../reference/stability";
import type { Stage } from "./stage";

const POINTS = 10;
const [STILL, AWAY, MOST_PARAMETERS] = [1e-9, 1e9, 60] as const;

/** Whether the loss has stood still over the last epochs, or has risen in each and is a billion times what it was. */
export function outlook(losses: readonly (number | null)[]): "arrived" | "diverged" | "onward" {
  const known = losses.slice(-POINTS - 1).filter((value) => value !== null);
  if (known.length !== POINTS + 1) return "onward";
  const size = Math.max(...known.map(Math.abs));
  if (Math.max(...known) - Math.min(...known) <= STILL * size) return "arrived";
  const start = losses[0] ?? null;
  const rising = known.every((value, k) => k === 0 || (known[k - 1] as number) < value);
  return start !== null && rising && (known.at(-1) as number) > AWAY * Math.max(start, 1e-12) ? "diverged" : "onward";
}

/** The largest learning rate of gradient descent that does not diverge, where it is cheap and means something. */
export function limitOf({ optimizer, model, settings, X, y, start }: Stage): StabilityLimit | null {
  if (optimizer.name !== "gradient_descent" || countOf(start.parameters) > MOST_PARAMETERS) return null;
  const found = stability(model, start.parameters, X, y);
  return {
    largest_learning_rate: found.limit,
    exact: found.exact,
    explanation: found.explanation,
    verdict: verdict(found, settings.learning_rate),
    diverges: found.limit === null ? null : settings.learning_rate > found.limit,
  };
}
