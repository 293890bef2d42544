// One thing read from the server again and again: the newest question wins, and at most one is on its way.
import { sentence } from "./api";

export class Reading<T> {
  value = $state.raw<T | null>(null);
  fault = $state("");
  loading = $state(false);
  #next: ((signal: AbortSignal) => Promise<T>) | null = null;
  #busy: AbortController | null = null;

  /** Ask. While an answer is on its way only the last question is kept. */
  ask(question: (signal: AbortSignal) => Promise<T>): void {
    this.#next = question;
    if (!this.#busy) void this.#work();
  }

  clear(): void {
    this.#next = null;
    this.#busy?.abort();
    this.value = null;
    this.fault = "";
  }

  async #work(): Promise<void> {
    while (this.#next) {
      const question = this.#next;
      this.#next = null;
      const controller = new AbortController();
      this.#busy = controller;
      this.loading = true;
      try {
        const value = await question(controller.signal);
        if (!controller.signal.aborted) {
          this.value = value;
          this.fault = "";
        }
      } catch (error) {
        if (!controller.signal.aborted) this.fault = sentence(error);
      }
    }
    this.#busy = null;
    this.loading = false;
  }
}
