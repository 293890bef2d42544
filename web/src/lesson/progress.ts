// What was done in this page, kept in this browser; one that keeps nothing, as in a private window, still teaches.
import type { Lab } from "../contract";

export class Progress {
  readonly #key: string;

  constructor(id: string) {
    this.#key = `glassnet-lesson-${id}`;
  }

  read(): Lab | null {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "null") as Lab | null;
    } catch {
      return null;
    }
  }

  write(lab: Lab): void {
    try {
      localStorage.setItem(this.#key, JSON.stringify(lab));
    } catch {
      // nothing is kept here
    }
  }

  forget(): void {
    try {
      localStorage.removeItem(this.#key);
    } catch {
      // nothing was kept here
    }
  }
}
