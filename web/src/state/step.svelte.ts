// The step that comes next, as the trace holds it, and the same for the pinned row alone. A small step comes with the frame,
// so that all on the page is of one moment; a large one is read by itself and says of which moment it is.
import type { AllOperations, OperationWithLines, Position, TracedStep, TraceView } from "../contract";
import { get, inRun } from "../server/api";
import { lab } from "./lab.svelte";
import { Reading } from "../server/reading.svelte";
import { fromWire } from "../number/number";

/** As many as are walked through one by one. */
const MOST_ROWS = 8;
/** Of a large step, the least time between two readings, in milliseconds. */
const PACE = 300;
/** Of a step on images while it plays, and from when on it is not read before the run rests: frames would wait for it. */
const SLOW = 2000;
const LONG = 250;

class Step {
  #whole = new Reading<TraceView>(PACE);
  #single = new Reading<TraceView>(PACE);
  #lines = new Reading<AllOperations>();

  /** Read what the frame does not hold. */
  read(): void {
    const run = lab.run;
    if (!run || !lab.frame) return;
    const row = lab.pinned;
    const playing = lab.frame.maps !== null && lab.playing;
    this.#whole.pace = playing ? SLOW : PACE;
    if (!lab.frame.opened && !(playing && this.#whole.took > LONG))
      this.#whole.ask((signal) => get<TraceView>(inRun(run.id, "trace"), { rows: MOST_ROWS }, signal));
    if (!lab.frame.opened?.step.rows.includes(row) && !playing)
      this.#single.ask((signal) => get<TraceView>(inRun(run.id, "trace"), { row }, signal));
  }

  /** Read the arithmetic of a step of few operations that did not come with the frame. */
  readLines(most: number): void {
    const run = lab.run;
    if (!run || lab.frame?.opened || (lab.playing && lab.frame?.maps && this.#whole.took > LONG)) return;
    this.#lines.ask((signal) => get<AllOperations>(inRun(run.id, "operations"), { most, terms: 6 }, signal));
  }

  get whole(): TraceView | null {
    return lab.frame?.opened?.step ?? this.#whole.value;
  }

  get fault(): string {
    return lab.frame?.opened ? "" : this.#whole.fault;
  }

  get lines(): readonly OperationWithLines[] {
    return lab.frame?.opened?.operations ?? this.#lines.value?.operations ?? [];
  }

  /** Where the run stood when this step was opened. */
  get position(): Position | null {
    return this.whole?.position ?? lab.position;
  }

  /** The pinned row's place in the batch, or -1. */
  get place(): number {
    return this.whole?.rows.indexOf(lab.pinned) ?? -1;
  }

  get traced(): TracedStep | null {
    return this.whole?.trace ?? null;
  }

  /** The step that holds the pinned row, and the row's place in it. */
  get pinned(): { traced: TracedStep; row: number } | null {
    if (this.place >= 0 && this.traced && this.place < this.traced.rows_shown)
      return { traced: this.traced, row: this.place };
    return this.#single.value ? { traced: this.#single.value.trace, row: 0 } : null;
  }

  /** The number of a unit for the pinned row: an input as the network sees it, an activation, of classes the shares. */
  unitValue(layer: number, unit: number): number | null {
    const here = this.pinned;
    if (!here) return null;
    const { traced, row } = here;
    const held = layer === 0 ? traced.X : this.#predicts(layer) ? traced.loss.prediction : traced.forward[layer - 1]?.a;
    const found = held?.[row]?.[unit];
    return found === undefined ? null : this.#inUnit(layer, fromWire(found));
  }

  /** An output in the table's unit, where the target is scaled. */
  #inUnit(layer: number, value: number): number {
    const unit = this.#isOutput(layer) ? lab.run?.target_unit : null;
    return unit ? unit.center + unit.scale * value : value;
  }

  /** The trace's name of a unit's number, while the pinned row is in the batch. */
  unitSource(layer: number, unit: number): string | null {
    if (this.place < 0) return null;
    if (layer === 0) return `x[${this.place},${unit}]`;
    if (this.#isOutput(layer) && lab.run?.target_unit) return null; // what is shown is in the table's unit, the trace's number is not
    return this.#predicts(layer) ? `p[${this.place},${unit}]` : `a${layer}[${this.place},${unit}]`;
  }

  #isOutput(layer: number): boolean {
    return layer === (lab.run?.layer_sizes.length ?? 0) - 1;
  }

  #predicts(layer: number): boolean {
    return this.#isOutput(layer) && (lab.run?.classes.length ?? 0) > 0;
  }

  target(unit: number): number | null {
    const here = this.pinned;
    const found = here?.traced.y[here.row]?.[unit];
    return found === undefined ? null : this.#inUnit((lab.run?.layer_sizes.length ?? 0) - 1, fromWire(found));
  }
}

export const step = new Step();
