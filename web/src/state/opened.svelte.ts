// What is opened in the inspector, with the way back.
export type Subject =
  | { readonly kind: "step" }
  | {
      readonly kind: "number";
      readonly name: string;
      /** Of a row that the step does not take: its place in the table. */ readonly row?: number;
    }
  | { readonly kind: "neuron"; readonly layer: number; readonly index: number }
  | { readonly kind: "row"; readonly row: number };

const STEP: Subject = { kind: "step" };
const LONGEST = 30;

class Opened {
  #trail = $state.raw<readonly Subject[]>([STEP]);
  #known: ReadonlySet<string> | null = null;

  get subject(): Subject {
    return this.#trail[this.#trail.length - 1] ?? STEP;
  }

  get canGoBack(): boolean {
    return this.#trail.length > 1;
  }

  /** Let only these numbers be opened, where nobody can be asked for others. */
  restrict(names: Iterable<string>): void {
    this.#known = new Set(names);
  }

  knows(name: string): boolean {
    return this.#known === null || this.#known.has(name);
  }

  open(subject: Subject): void {
    if (subject.kind === "number" && !this.knows(subject.name)) return;
    if (same(subject, this.subject)) return;
    this.#trail = subject.kind === "step" ? [STEP] : [...this.#trail, subject].slice(-LONGEST);
  }

  back(): void {
    if (this.canGoBack) this.#trail = this.#trail.slice(0, -1);
  }

  close(): void {
    this.#trail = [STEP];
  }
}

export function same(a: Subject, b: Subject): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

export const opened = new Opened();
