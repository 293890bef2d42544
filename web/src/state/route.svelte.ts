// Which of the pages is shown; it lives in the address, so the browser's back button works.
export const PAGES = { network: "Network", data: "Data", compare: "Compare", take: "Take away" } as const;
type Listed = keyof typeof PAGES;
/** The laboratory is reached from the data. */
export type Page = Listed | "laboratory";

class Route {
  page = $state<Page>("network");
  /** A lab that came with the link, still packed. */
  packed = $state<string | null>(null);

  /** The entry in the list of pages that the page belongs to. */
  get section(): Listed {
    return this.page === "laboratory" ? "data" : this.page;
  }

  start(): () => void {
    const read = (): void => {
      const hash = location.hash.replace(/^#\/?/, "");
      if (hash.startsWith("lab=")) {
        this.packed = hash.slice(4);
        history.replaceState(null, "", "#/network");
        this.page = "network";
      } else {
        this.page = hash in PAGES || hash === "laboratory" ? (hash as Page) : "network";
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
