// The trace as it crosses the wire: `Trace.to_json()`.
import type { TraceView } from "../contract";

/** A number, or one of the three texts for floats that JSON lacks. */
export type Wire = number | string;

export interface TraceDocument {
  readonly layer_sizes: readonly number[];
  readonly n_rows: number;
  readonly rows_shown: number;
  readonly feature_names: readonly string[];
  readonly target_names: readonly string[];
  readonly row_names: readonly string[];
  readonly inputs: readonly (readonly { feature: string; raw: string; value: Wire; formula: string }[])[];
  readonly X: readonly (readonly Wire[])[];
  readonly y: readonly (readonly Wire[])[];
  readonly forward: readonly {
    readonly layer: number;
    readonly activation: string;
    readonly formula: string;
    readonly z: readonly (readonly Wire[])[];
    readonly a: readonly (readonly Wire[])[];
  }[];
  readonly loss: {
    readonly loss: string;
    readonly reduction: string;
    readonly prediction: readonly (readonly Wire[])[];
    readonly row_losses: readonly Wire[];
    readonly data: Wire;
    readonly total: Wire;
    readonly after_update: Wire;
    readonly penalties: readonly { name: string; strength: Wire; value: Wire }[];
  };
}

export const documentOf = (view: TraceView): TraceDocument => view.trace as unknown as TraceDocument;
