// What a page that needs no server holds: `glassnet.studio.lesson` writes it.
import type { Catalog, Column, DataSet, Lab, Settings } from "../contract";
import type { Registry } from "../reference/registry";

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
