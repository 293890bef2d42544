// The column of events in a choice of columns: `died`, or `status=2` where one of its cells is the event.
import type { Column, ColumnChoice } from "../contract";

/** Whether a column is that of events. */
export function isEvent(choice: ColumnChoice, name: string): boolean {
  return choice.event === name || (choice.event ?? "").startsWith(`${name}=`);
}

/** The choice with a column as that of events, or with none. */
export function withEvent(choice: ColumnChoice, column: Column | null): ColumnChoice {
  if (column === null) return { ...choice, event: null, task: null };
  const kinds = Object.fromEntries(Object.entries(choice.kinds).filter(([name]) => name !== column.name));
  const target = choice.target === column.name ? null : choice.target;
  return { ...choice, kinds, target, event: column.name, task: "survival" };
}
