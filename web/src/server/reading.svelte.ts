// One thing read from the server again and again: the newest question wins, and at most one is on its way.
import { sentence } from "./api";

let readers = 0;

/** The page says while it reads or is about to, so that whoever drives it knows when it rests. */
function mark(change: 1 | -1): void {
  readers += change;
  document.documentElement.toggleAttribute("data-reading", readers > 0);
}

export class Reading<T> {
  value = $state.raw<T | null>(null);
  fault = $state("");
  loading = $state(false);
  /** Milliseconds until the last answer. */
  took = 0;
  #started = 0;
  #next: ((signal: AbortSignal) => Promise<T>) | null = null;
  #busy: AbortController | null = null;
  #working = false;

  /** `pace`: the least time from question to question, in milliseconds, so that a fast training is not slowed by its page. */
  constructor(public pace = 150) {}

  /** Ask. While an answer is on its way only the last question is kept. */
  ask(question: (signal: AbortSignal) => Promise<T>): void {
    this.#next = question;
    if (!this.#working) void this.#work();
  }

  clear(): void {
    this.#next = null;
    this.#busy?.abort();
    this.value = null;
    this.fault = "";
  }

  async #work(): Promise<void> {
    this.#working = true;
    mark(1);
    while (this.#next) {
      const rest = this.#started + this.pace - Date.now();
      if (rest > 0) {
        await new Promise((done) => setTimeout(done, rest));
        continue;
      }
      this.#started = Date.now();
      const question = this.#next;
      this.#next = null;
      const controller = new AbortController();
      this.#busy = controller;
      this.loading = true;
      try {
        const value = await question(controller.signal);
        this.took = Date.now() - this.#started;
        if (!controller.signal.aborted) {
          this.value = value;
          this.fault = "";
        }
      } catch (error) {
        if (!controller.signal.aborted) this.fault = sentence(error);
      }
    }
    this.#busy = null;
    this.#working = false;
    this.loading = false;
    mark(-1);
  }
}
