// The tokens' colours as numbers, for what is painted pixel by pixel; follows light and dark.
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

  color(token: string): Rgb {
    void this.#version;
    const text = getComputedStyle(document.documentElement).getPropertyValue(`--${token}`).trim();
    const long = text.length === 4 ? text.replace(/[0-9a-f]/gi, "$&$&") : text;
    const part = (start: number): number => parseInt(long.slice(start, start + 2), 16) || 0;
    return [part(1), part(3), part(5)];
  }
}

export const palette = new Palette();

export function mix(from: Rgb, to: Rgb, share: number): Rgb {
  const at = (k: 0 | 1 | 2): number => from[k] + (to[k] - from[k]) * share;
  return [at(0), at(1), at(2)];
}
