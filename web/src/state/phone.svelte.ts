// Whether the page is as narrow as a phone held upright: the drawing stays, the rest comes in sheets.
import { MediaQuery } from "svelte/reactivity";

export const phone = new MediaQuery("(max-width: 39.99rem) and (min-height: 30rem)", false);

export type SheetName = "numbers" | "charts" | "settings";

class Sheets {
  open = $state<SheetName | null>(null);

  toggle(name: SheetName): void {
    this.open = this.open === name ? null : name;
  }
}

export const sheets = new Sheets();
