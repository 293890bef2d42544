// The loss curves of a run, which come in parts.
import type { Curves } from "../contract";

export const NO_CURVES: Curves = { first: 0, step: [], data: [], l1: [], l2: [], total: [], validation: [] };

/** Points that a page has, and those that came now. */
export function joined(old: Curves, more: Curves): Curves {
  const { first } = more;
  if (first === 0) return more;
  if (more.step.length === 0) return old;
  const both = <T>(before: readonly T[], after: readonly T[]): T[] => [...before.slice(0, first), ...after];
  return {
    first: 0,
    step: both(old.step, more.step),
    data: both(old.data, more.data),
    l1: both(old.l1, more.l1),
    l2: both(old.l2, more.l2),
    total: both(old.total, more.total),
    validation: both(old.validation, more.validation),
  };
}
