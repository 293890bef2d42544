// What a page that stands alone holds: `glassnet.network.trace.views.drawing` writes it.
import type { LayerWeights, TracedLayer, TracedStep } from "../contract";
import type { Opening } from "../inspect/opening";

export interface Shown {
  readonly sizes: readonly number[];
  readonly activations: readonly string[];
  readonly layers: readonly LayerWeights[];
  readonly feature_names: readonly string[];
  readonly target_names: readonly string[];
  readonly row_names: readonly string[];
  /** The numbers of some rows; null for a network without data. */
  readonly step:
    | (Pick<TracedStep, "X" | "y" | "n_rows" | "loss"> & {
        readonly forward: readonly Pick<TracedLayer, "z" | "a">[];
      })
    | null;
  /** What can be opened, by name. */
  readonly cards: Readonly<Record<string, Opening>>;
}
