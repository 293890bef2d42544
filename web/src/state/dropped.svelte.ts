// A table dropped anywhere on the page; the data page reads it.
class Dropped {
  content = $state.raw<{ content: Blob | string; name: string } | null>(null);
  over = $state(false);

  take(event: DragEvent): boolean {
    event.preventDefault();
    this.over = false;
    const file = event.dataTransfer?.files[0];
    const text = event.dataTransfer?.getData("text/plain");
    if (file) this.content = { content: file, name: file.name };
    else if (text) this.content = { content: text, name: "dropped table" };
    return this.content !== null;
  }
}

export const dropped = new Dropped();
