// Which rows each step takes, and with what learning rate, from the step's number alone.
import { evaluate } from "./formula";
import { permutation, PURPOSE } from "./random";
import { resolve, type Registry } from "./registry";

export interface CourseSettings {
  readonly batch_size: number | null;
  readonly epochs: number;
  readonly shuffle: boolean;
  readonly schedule: string;
  readonly seed: number;
}

/** The course of one stretch of a run; `offset` is how many steps of its own numbering lie before the run's step 0. */
export class Course {
  readonly size_of_batch: number;
  readonly batches: number;
  #order: { readonly epoch: number; readonly rows: readonly number[] } | null = null;

  constructor(
    readonly registry: Registry,
    readonly n_rows: number,
    readonly settings: CourseSettings,
    readonly offset = 0,
  ) {
    this.size_of_batch = Math.min(settings.batch_size ?? n_rows, n_rows);
    this.batches = Math.ceil(n_rows / this.size_of_batch);
  }

  get steps(): number {
    return this.settings.epochs * this.batches - this.offset;
  }

  epoch(step: number): number {
    return Math.floor((step + this.offset) / this.batches);
  }

  /** The place of a step in its epoch. */
  batch(step: number): number {
    return (step + this.offset) % this.batches;
  }

  /** The step with which an epoch begins. */
  begin(epoch: number): number {
    return epoch * this.batches - this.offset;
  }

  size(step: number): number {
    return Math.min(this.size_of_batch, this.n_rows - this.batch(step) * this.size_of_batch);
  }

  /** The rows of a step, in order. */
  rows(step: number): readonly number[] {
    const epoch = this.epoch(step);
    const shuffled = this.settings.shuffle && this.size_of_batch < this.n_rows;
    if (this.#order?.epoch !== epoch)
      this.#order = {
        epoch,
        rows: shuffled
          ? permutation({ seed: this.settings.seed, purpose: PURPOSE.shuffle, epoch }, this.n_rows)
          : Array.from({ length: this.n_rows }, (_, k) => k),
      };
    const start = this.batch(step) * this.size_of_batch;
    return this.#order.rows.slice(start, start + this.size_of_batch);
  }

  /** The schedule's factor on the learning rate of a step. */
  factor(step: number): number {
    const { record, values } = resolve(this.registry.schedules, this.settings.schedule, "schedule");
    const own = step + this.offset;
    const samples = Math.floor(own / this.batches) * this.n_rows;
    return evaluate(record.factor, { ...values, step: own, steps: this.settings.epochs * this.batches, samples });
  }
}
