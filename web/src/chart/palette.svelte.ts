// The tokens' colors as numbers, for what is painted pixel by pixel; follows light and dark.
export type Rgb = readonly [number, number, number];

class Palette {
  #version = $state(0);

  constructor() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.refresh());
    new MutationObserver(() => this.refresh()).observe(document.documentElement, { attributeFilter: ["data-theme"] });
  }

  refresh(): void {
    this.#version += 1;
  }

  /** The colors of nothing, plus and minus. */
  readonly signs = $derived.by(() => {
    void this.#version;
    return { surface: this.#color("surface"), positive: this.#color("positive"), negative: this.#color("negative") };
  });

  #color(token: string): Rgb {
    const text = getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
    const long = text.length === 4 ? text.replace(/[0-9a-f]/gi, "$&$&") : text;
    const part = (start: number): number => parseInt(long.slice(start, start + 2), 16) || 0;
    return [part(1), part(3), part(5)];
  }
}

export const palette = new Palette();

/** Paint a pixel with a color between two. */
export function paint(pixels: Uint8ClampedArray, at: number, from: Rgb, to: Rgb, share: number): void {
  for (let k = 0; k < 3; k++) pixels[at + k] = (from[k] ?? 0) + ((to[k] ?? 0) - (from[k] ?? 0)) * share;
  pixels[at + 3] = 255;
}
