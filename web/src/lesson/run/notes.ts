// Remarks on a run's table: what was left out, is rare, lies outside of training, or was replaced; in the server's words.
import { short } from "../../reference/text";
import { cellText, quoted, rowName, type Column, type Prepared } from "./table";

const [MOST_ROWS, MOST_CELLS, MOST_LEVELS] = [5, 3, 5] as const;
const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function joined(parts: readonly string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

export function notesOf(prepared: Prepared): string[] {
  const { source, columns } = prepared;
  const { unit } = source;
  const sign = (row: number): string => rowName(source, row).slice(unit.length + 1);
  const named = (rows: readonly number[]): string => {
    const few = rows.slice(0, MOST_ROWS).map(sign);
    if (rows.length > MOST_ROWS) return `${unit}s ${few.join(", ")} and ${rows.length - MOST_ROWS} more`;
    return rows.length === 1 ? `${unit} ${few[0]}` : `${unit}s ${joined(few)}`;
  };
  const cells = (column: Column, rows: readonly number[]): string => {
    const few = rows
      .slice(0, MOST_CELLS)
      .map((row) => `${quoted(cellText(column.of, row) ?? "")} (${rowName(source, row)})`);
    return rows.length > MOST_CELLS ? `${few.join(", ")} and ${rows.length - MOST_CELLS} more` : joined(few);
  };
  const schema = source.columns.flatMap((of) => {
    const column = columns.find((one) => one.name === of.name);
    if (!column) return [`Column ${quoted(of.name)} is left out: declared to be left out.`];
    return [...remark(prepared, column), ...rare(prepared, column)];
  });
  const encoded = columns.map((column) => unusual(prepared, column, named, cells));
  const grave = encoded.flatMap((one) => one.grave);
  const copied = prepared.copies ? [prepared.copies.note] : [];
  return [...schema, ...grave, ...encoded.flatMap((one) => one.plain), ...copied];
}

/** What was noticed when the column was read. */
function remark({ source }: Prepared, { name, of }: Column): string[] {
  const { reason = "", suggestions = [] } = source.roles[name]?.input ?? {};
  return reason && suggestions.length === 0 ? [`Column ${quoted(name)} (${of.kind}): ${reason}.`] : [];
}

/** Levels that training has too seldom, or not at all. */
function rare({ parts }: Prepared, column: Column): string[] {
  if (column.numeric) return [];
  const { of, levels, shares, name } = column;
  const pooled = new Set(
    parts.train.map((row) => of.values[row]).filter((code) => code != null && !levels.includes(code)),
  );
  const untrained = levels.filter((_, k) => !shares[k]).map((code) => quoted(of.labels[code] ?? ""));
  const few = untrained.slice(0, MOST_LEVELS).join(", ") + (untrained.length > MOST_LEVELS ? ", ..." : "");
  return [
    ...(column.pooled ? [`Column ${quoted(name)}: ${counted(pooled.size, "rare value")} in the slot "other".`] : []),
    ...(few
      ? [
          `Column ${quoted(name)}: no training row has ${few}; such a cell counts as one never seen, since nothing was learned about it.`,
        ]
      : []),
  ];
}

/** Cells that training did not have. */
function unusual(
  { X }: Prepared,
  column: Column,
  named: (rows: readonly number[]) => string,
  cells: (column: Column, rows: readonly number[]) => string,
): { grave: string[]; plain: string[] } {
  const { of, name, low, high } = column;
  const rows = X.map((_, row) => row);
  const value = (row: number): number | null => of.values[row] ?? null;
  const start = `Column ${quoted(name)}: `;
  const plain: string[] = [];
  const grave: string[] = [];
  if (column.numeric) {
    const outside = rows.filter((row) => (value(row) ?? low) < low || (value(row) ?? high) > high);
    if (outside.length)
      plain.push(
        `${start}${counted(outside.length, "cell")} of ${rows.length} (${named(outside)}) outside the training range ${short(low)} to ${short(high)}.`,
      );
  } else {
    const known = new Set(column.levels.filter((_, k) => column.shares[k]));
    const present = rows.filter((row) => value(row) !== null);
    const unknown = present.filter((row) => !known.has(value(row) ?? -1));
    const to =
      of.kind === "yes_no" ? "the training share of yes" : column.pooled ? 'the slot "other"' : "the training average";
    if (unknown.length && unknown.length === present.length && present.length > 1) {
      const few = column.levels.slice(0, MOST_LEVELS).map((code) => quoted(of.labels[code] ?? ""));
      grave.push(
        `${start}none of its ${present.length} cells has a value that was seen in training (${few.join(", ")}${column.levels.length > MOST_LEVELS ? ", ..." : ""}): ${cells(column, unknown)}. The predictions do not use this column. Write its cells as in training.`,
      );
    } else if (unknown.length)
      plain.push(
        `${start}${counted(unknown.length, "cell")} with a value that is rare or was not seen in training: ${cells(column, unknown)}. It counts as ${to}.`,
      );
  }
  const gone = rows.filter((row) => value(row) === null);
  if (gone.length && !column.missing)
    plain.push(
      `${start}${counted(gone.length, "missing cell")} (${named(gone)}) replaced by the training average; no training row had one.`,
    );
  return { grave, plain };
}
