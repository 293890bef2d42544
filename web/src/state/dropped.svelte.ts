// What is dropped anywhere on the page; the data page reads it.
import { dropped as inside, given, type Given } from "./bundle";

class Dropped {
  content = $state.raw<Given | { kind: "table"; content: string; name: string } | null>(null);
  over = $state(false);

  /** Whether there is something to read; folders are walked through before it is there. */
  take(event: DragEvent): boolean {
    event.preventDefault();
    this.over = false;
    const transfer = event.dataTransfer;
    if (!transfer) return false;
    const text = transfer.getData("text/plain");
    if (transfer.files.length > 0) {
      void inside(transfer).then((found) => (this.content = given(found)));
      return true;
    }
    if (text) this.content = { kind: "table", content: text, name: "dropped table" };
    return this.content !== null;
  }
}

export const dropped = new Dropped();
