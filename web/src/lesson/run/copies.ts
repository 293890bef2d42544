// Rows that are copies of each other stay in one part of the split: the same rule as Python's `find_copies`.
import { total } from "../../reference/network";

const [MOST_COLUMNS, FEWEST_SHARE, FEWEST_DIFFERENT, EXPLAINED] = [64, 0.01, 10, 2] as const;
const [LARGE_SHARE, LARGE_ROWS, NEAR_SHARE, DOMINANT_SHARE] = [0.05, 20, 0.01, 0.25] as const;

export interface Copies {
  /** The group of each row, numbered as they first appear. */
  readonly groups: readonly number[];
  /** In the server's words. */
  readonly note: string;
}

function grouped(keys: readonly string[]): { groups: number[]; sizes: number[] } {
  const numbers = new Map<string, number>();
  const groups = keys.map((key) => numbers.get(key) ?? numbers.set(key, numbers.size).size - 1);
  const sizes = new Array<number>(numbers.size).fill(0);
  for (const group of groups) sizes[group] = (sizes[group] ?? 0) + 1;
  return { groups, sizes };
}

const pairsIn = (sizes: readonly number[]): number => total(sizes.map((size) => (size * (size - 1)) / 2));

/** Copied rows; null where there are none, or where few coarse columns make rows alike. `columns` holds a cell per row. */
export function findCopies(columns: readonly (readonly (number | null)[])[]): Copies | null {
  const n_rows = columns[0]?.length ?? 0;
  const without = (left: number): string[] =>
    Array.from({ length: n_rows }, (_, row) =>
      columns.map((cells, k) => (k === left ? "" : String(cells[row]))).join(),
    );
  const { groups, sizes } = grouped(without(-1));
  const pairs = pairsIn(sizes);
  const alike = total(sizes.filter((size) => size > 1));
  if (alike < Math.max(3, FEWEST_SHARE * n_rows)) return null;
  const everyPair = (n_rows * (n_rows - 1)) / 2;
  const [last, count] = [columns.length - 1, Math.min(columns.length, MOST_COLUMNS)];
  const taken = new Set(
    Array.from({ length: count }, (_, k) => (count > 1 ? Math.trunc(k * (last / (count - 1))) : 0)),
  );
  let [chance, near, odds] = [1, 0, 0];
  for (const k of taken) {
    const agree = pairsIn(grouped((columns[k] ?? []).map(String)).sizes) / everyPair;
    chance *= agree;
    odds += agree > 0 ? (1 - agree) / agree : everyPair;
    near += pairsIn(grouped(without(k)).sizes) - pairs;
  }
  const scale = columns.length / taken.size;
  const explained = Math.max(everyPair * chance ** scale, odds > 0 ? near / odds : everyPair);
  const largest = Math.max(...sizes);
  const byNature =
    pairs <= EXPLAINED * explained ||
    (largest > Math.max(LARGE_ROWS, LARGE_SHARE * n_rows) && near * scale >= NEAR_SHARE * pairs) ||
    largest > DOMINANT_SHARE * n_rows ||
    sizes.length < FEWEST_DIFFERENT;
  if (byNature) return null;
  const say = (number: number): string => number.toLocaleString("en-US");
  return {
    groups,
    note: `${say(alike)} of ${say(n_rows)} rows are copies: only ${say(sizes.length)} are different in their inputs, and copies stay on one side of every split.`,
  };
}
