// Tables as CSV.
export type Cell = string | number;

/** Texts in quotes, so that no spreadsheet takes one for a formula that begins a cell. */
export function csvOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const cell = (value: Cell): string =>
    typeof value === "number"
      ? String(value)
      : `"${(/^[=+\-@]/.test(value) && Number.isNaN(Number(value)) ? `'${value}` : value).replaceAll('"', '""')}"`;
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\n");
}

/** A table as it stands on the page; numbers with all their digits where the page holds them. */
export function csvOfTable(table: HTMLTableElement): string {
  const [head = [], ...rows] = [...table.rows]
    .filter((row) => row.closest("[aria-hidden=true]") === null)
    .map((row) => [...row.cells].flatMap((cell) => [cellOf(cell), ...Array<Cell>(cell.colSpan - 1).fill("")]));
  return csvOf(head.map(String), rows);
}

function cellOf(cell: HTMLTableCellElement): Cell {
  const held = cell.querySelector<HTMLElement>("[data-value]")?.dataset["value"] ?? cell.dataset["value"];
  if (held !== undefined && held !== "" && Number.isFinite(Number(held))) return Number(held);
  const field = cell.querySelector<HTMLInputElement>("input[type=text], input:not([type])");
  const copy = cell.cloneNode(true) as HTMLElement;
  for (const heard of copy.querySelectorAll(".only-heard, [data-unsaved]")) heard.remove();
  const text = (field?.value ?? copy.textContent ?? "").replaceAll(/\s+/g, " ").trim();
  const plain = text.replaceAll("−", "-");
  return plain !== "" && Number.isFinite(Number(plain)) ? Number(plain) : text;
}
