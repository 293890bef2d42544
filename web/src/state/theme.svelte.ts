// Light, dark, or what the system says; remembered in this browser.
import { keep, kept } from "./kept";

export type Theme = "system" | "light" | "dark";

const KEY = "glassnet-theme";

class ThemeChoice {
  value = $state<Theme>(stored());

  choose(theme: Theme): void {
    this.value = theme;
    keep(KEY, theme);
    this.apply();
  }

  apply(): void {
    if (this.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.value;
  }
}

function stored(): Theme {
  const found = kept(KEY);
  return found === "light" || found === "dark" ? found : "system";
}

export const theme = new ThemeChoice();
