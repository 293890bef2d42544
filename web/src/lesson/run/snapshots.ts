// States of a run from which any earlier step is soon reached again, evenly spread; step 0 always stays.
import type { State } from "./stage";

const MOST = 64;

export class Snapshots {
  readonly #states = new Map<number, State>();
  #spacing = 1;

  /** Keep a state if its step is one of those that are kept. */
  add(state: State, always = false): void {
    const { step } = state;
    if (!always && (step % this.#spacing !== 0 || this.#states.has(step))) return;
    this.#states.set(step, state);
    while (this.#states.size > MOST) {
      this.#spacing *= 2;
      const before = this.#states.size;
      for (const one of [...this.#states.keys()]) if (one % this.#spacing !== 0) this.#states.delete(one);
      if (this.#states.size === before)
        [...this.#states.keys()]
          .toSorted((a, b) => a - b)
          .forEach((one, k) => one > 0 && k % 2 && this.#states.delete(one));
    }
  }

  /** The last kept state at or before a step. */
  before(step: number): State {
    const near = Math.max(...[...this.#states.keys()].filter((one) => one <= step));
    return this.#states.get(near) as State;
  }

  /** Forget the states after a step. */
  cut(step: number): void {
    for (const one of [...this.#states.keys()]) if (one > step) this.#states.delete(one);
  }

  get all(): ReadonlyMap<number, State> {
    return this.#states;
  }
}
