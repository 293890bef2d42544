// A run as it is now, for the page.
import type { Frame } from "../../contract";
import { arithmetic, MOST_SHOWN, openStep, viewOf } from "../views/opened";
import { paint } from "../views/pictures";
import type { Run } from "./run";
import type { View } from "../views/view";

const [DIGITS, TERMS, MOST_OPERATIONS] = [5, 6, 40] as const;
/** Rows of a batch times weights, up to which a frame holds the opened step. */
const MOST_PRODUCTS = 10_000;

/** The run as it is now; `first` points of the curves are known. */
export function frameOf(id: string, run: Run, view: View, first: number): Frame {
  const { stage, journey } = run;
  const { parameters } = journey.state;
  const batch = stage.course.size(Math.min(run.step, stage.course.steps - 1));
  const count = parameters.weights.reduce((sum, w) => sum + w.length * (w[0]?.length ?? 0), 0);
  const step = batch * count <= MOST_PRODUCTS ? openStep(run, -1) : null;
  return {
    run: id,
    revision: run.revision,
    sequence: run.sequence,
    status: run.status,
    position: run.position(),
    losses: run.losses(),
    curves: run.curves(first),
    layers: parameters.weights.map((weights, k) => {
      const sizes = weights.flat().map(Math.abs);
      return {
        weights,
        biases: parameters.biases[k] ?? [],
        links: [],
        size: sizes.reduce((sum, size) => sum + size, 0) / (sizes.length || 1),
      };
    }),
    picture: paint(stage, parameters, view),
    opened: step && {
      step: viewOf(step, MOST_SHOWN),
      operations: arithmetic(step, MOST_OPERATIONS, { digits: DIGITS, terms: TERMS }),
    },
    message: run.message,
    maps: null,
  };
}
