// The operations of a step as a reader takes them in: five parts, and within a part row by row.
import type { Operation } from "../contract";

export interface Part {
  readonly name: string;
  readonly title: string;
  readonly says: string;
  readonly operations: readonly Operation[];
}

const PARTS: readonly (Omit<Part, "operations"> & { holds: (operation: Operation) => boolean })[] = [
  {
    name: "forward",
    title: "Forward",
    says: "Row by row: each neuron adds up its inputs, then bends the sum",
    holds: ({ phase, row }) => phase === "inputs" || phase === "forward" || (phase === "loss" && row !== null),
  },
  {
    name: "loss",
    title: "Loss",
    says: "How wrong the predictions are, as one number",
    holds: ({ phase, row }) => phase === "loss" && row === null,
  },
  {
    name: "backward",
    title: "Backward",
    says: "How the loss responds to each neuron",
    holds: ({ phase }) => phase === "backward",
  },
  {
    name: "gradient",
    title: "Chain rule",
    says: "How the loss responds to each weight",
    holds: ({ phase }) => phase === "gradient",
  },
  {
    name: "update",
    title: "Update",
    says: "Each weight moves against its slope",
    holds: ({ phase }) => phase === "update",
  },
];

export function parts(operations: readonly Operation[]): Part[] {
  return PARTS.map(({ holds, ...part }) => ({ ...part, operations: operations.filter(holds) })).filter(
    (part) => part.operations.length > 0,
  );
}

export function rowsOf(operations: readonly Operation[]): { row: number | null; operations: Operation[] }[] {
  const groups: { row: number | null; operations: Operation[] }[] = [];
  for (const operation of operations) {
    const last = groups[groups.length - 1];
    if (last && last.row === operation.row) last.operations.push(operation);
    else groups.push({ row: operation.row, operations: [operation] });
  }
  return groups;
}
