// What a page that needs no server holds: `glassnet.studio.lesson` writes it.
import type { Catalog, Column, DataSet, Lab, Settings } from "../contract";
import { Refused, type Registry } from "../reference/registry";

/** A column that enters the network, or the target: numbers, or the position of each cell among the labels. */
export interface LessonColumn {
  readonly name: string;
  readonly kind: "number" | "integer" | "yes_no" | "category";
  /** Null where a cell is missing. */
  readonly values: readonly (number | null)[];
  /** The labels of a column of levels; of yes and no in this order: no, yes. */
  readonly labels: readonly string[];
  /** Cells as they stand in the table, where they are not the shortest text of their number. */
  readonly cells: readonly (string | null)[] | null;
}

/** A table; rows without a target stay behind. */
export interface LessonData {
  readonly data: DataSet;
  readonly columns: readonly LessonColumn[];
  readonly target: LessonColumn;
  /** Each column as it is shown when it enters the network, and when it is left out. */
  readonly roles: Readonly<Record<string, { readonly input: Column; readonly left_out?: Column }>>;
  /** `line`, `row` or `case`; and the number of the first row, where rows count on from there. */
  readonly unit: string;
  readonly numbers: number | readonly number[];
  /** The network that is proposed for one input of the network, for two, ... */
  readonly proposals: readonly Settings[];
}

export interface LessonDocument {
  readonly format: 1;
  /** Of the content: what is kept in the browser belongs to it. */
  readonly id: string;
  readonly title: string;
  readonly registry: Registry;
  readonly catalog: Catalog;
  readonly data: readonly LessonData[];
  /** The run that the page opens; else the chapter of the lecture. */
  readonly lab: Lab | null;
  readonly chapter: number;
  readonly hidden: readonly string[];
}

/** The document of a page, or why it cannot be one: somebody may have edited the file, or only a part of it arrived. */
export function readDocument(text: string): LessonDocument {
  let found: LessonDocument;
  try {
    found = JSON.parse(text) as LessonDocument;
  } catch {
    throw new Refused("What the page holds cannot be read: a part of the file is missing, or was changed by hand.");
  }
  if (found?.format !== 1 || !Array.isArray(found.data) || found.data.length === 0)
    throw new Refused("The page holds no table.");
  for (const one of found.data) checkTable(one);
  return found;
}

function checkTable({ data, columns, target }: LessonData): void {
  const name = data?.summary?.name ?? "";
  if (!Array.isArray(columns) || columns.length === 0 || !target)
    throw new Refused(`The table ${name} lacks its columns or its target.`);
  const rows = target.values?.length ?? 0;
  if (rows < 2) throw new Refused(`The table ${name} has ${rows} rows; learning needs at least 2.`);
  for (const column of [...columns, target]) {
    const { values, labels, kind } = column;
    const where = `The column ${column.name} of the table ${name}`;
    if (!Array.isArray(values) || values.length !== rows)
      throw new Refused(`${where} has ${values?.length ?? "no"} cells, and the target has ${rows}.`);
    const levels = kind === "yes_no" || kind === "category";
    const bad = values.findIndex((value: unknown) =>
      value === null
        ? column === target
        : typeof value !== "number" || !Number.isFinite(value) || (levels && labels?.[value] === undefined),
    );
    if (bad >= 0)
      throw new Refused(`${where} holds ${JSON.stringify(values[bad])} in row ${bad + 1}, which is no cell of it.`);
  }
}
