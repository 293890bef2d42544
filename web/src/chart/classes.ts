// The colors of classes: ten that stay apart for every kind of color vision; more classes share them with other forms.

export const CLASS_COLORS = 10;

const FORMS = ["dot", "square", "cross"] as const;

export const classStyle = (k: number): string => `c-${(k % CLASS_COLORS) + 1}`;

/** Neighbors have different forms, too. */
export const classForm = (k: number): (typeof FORMS)[number] => FORMS[(k + Math.floor(k / CLASS_COLORS)) % 3] ?? "dot";

/** Counts by class as many as there are colors: of more classes the largest, the rest together as the last. */
export function grouped<T extends { readonly label: string; readonly counts: readonly number[] }>(
  classes: readonly T[],
): readonly { readonly label: string; readonly counts: readonly number[] }[] {
  if (classes.length <= CLASS_COLORS) return classes;
  const size = (one: T): number => one.counts.reduce((sum, count) => sum + count, 0);
  const kept = new Set([...classes].sort((a, b) => size(b) - size(a)).slice(0, CLASS_COLORS - 1));
  const rest = classes.filter((one) => !kept.has(one));
  const counts = (rest[0]?.counts ?? []).map((_, bin) => rest.reduce((sum, one) => sum + (one.counts[bin] ?? 0), 0));
  return [...classes.filter((one) => kept.has(one)), { label: `${rest.length} other classes`, counts }];
}
