// Which numbers are lit: the one that is pointed at, and those that it comes from. Names are the trace's own; a unit is lit, too, by
// its place.
export const unitName = (layer: number, unit: number): string => `unit ${layer}:${unit}`;

class Highlight {
  /** The unit that is pointed at: links that do not touch it step back. */
  through = $state.raw<string | null>(null);
  names = $state.raw<ReadonlySet<string>>(new Set());

  point(...names: readonly (string | null | undefined)[]): void {
    const lit = new Set(names.filter((name): name is string => Boolean(name)));
    const same = lit.size === this.names.size && [...lit].every((name) => this.names.has(name));
    if (!same) this.names = lit; // of a run that plays the same are told again and again
  }

  clear(): void {
    if (this.names.size > 0) this.names = new Set();
  }

  has(name: string | null | undefined): boolean {
    return name !== null && name !== undefined && this.names.has(name);
  }
}

export const highlight = new Highlight();
