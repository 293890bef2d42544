// Which of the pages is shown; it lives in the address, so the browser's back button works.
export const PAGES = { network: "Network", data: "Data", compare: "Compare", take: "Take away" } as const;
export type Page = keyof typeof PAGES;

class Route {
  page = $state<Page>("network");
  /** A lab that came with the link, still packed. */
  packed = $state<string | null>(null);

  start(): () => void {
    const read = (): void => {
      const hash = location.hash.replace(/^#\/?/, "");
      if (hash.startsWith("lab=")) {
        this.packed = hash.slice(4);
        history.replaceState(null, "", "#/network");
        this.page = "network";
      } else {
        this.page = hash in PAGES ? (hash as Page) : "network";
      }
    };
    read();
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }

  go(page: Page): void {
    location.hash = `#/${page}`;
  }
}

export const route = new Route();
