// Light, dark, or what the system says; remembered in this browser.
export type Theme = "system" | "light" | "dark";

const KEY = "glassnet-theme";

class ThemeChoice {
  value = $state<Theme>(stored());

  choose(theme: Theme): void {
    this.value = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // A browser that keeps nothing still shows the theme.
    }
    this.apply();
  }

  apply(): void {
    if (this.value === "system") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = this.value;
  }
}

function stored(): Theme {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

export const theme = new ThemeChoice();
