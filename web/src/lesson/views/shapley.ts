// Shapley values from drawn orders, as `glassnet.explanation.shapley` samples them: the same orders, the same numbers.
import { total, type Matrix, type Vector } from "../../reference/network";
import { permutation, PURPOSE } from "../../reference/random";

export interface Shapley {
  /** By column and output. */
  readonly values: Matrix;
  readonly errors: Matrix;
}

const mean = (values: Vector): number => total(values) / values.length;
const column = (matrix: Matrix, j: number): number[] => matrix.map((row) => row[j] ?? 0);
const product = (a: Vector, b: Vector): number => total(a.map((value, k) => value * (b[k] ?? 0)));
const argsort = (values: Vector): number[] =>
  [...values.keys()].sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0) || a - b);

/** The means over pairs of orders, each forward and backward from a row of its own, corrected to the known sum. */
export function sampled(
  answer: (inputs: Matrix) => Matrix,
  row: Vector,
  background: Matrix,
  owner: readonly number[],
  pairs: number,
): Shapley {
  const p = (owner.at(-1) ?? 0) + 1;
  const address = { seed: 0, purpose: PURPOSE.explanation };
  const rounds = Math.ceil(pairs / background.length);
  const from = Array.from({ length: rounds }, (_, k) =>
    permutation({ ...address, epoch: 1, member: k }, background.length),
  ).flat();
  const [end = []] = answer([row]);
  const starts = answer(background);
  const gains = Array.from({ length: pairs }, (_, k) => {
    const ranks = argsort(permutation({ ...address, member: k }, p));
    const own = from[k] ?? 0;
    const walks = [ranks, ranks.map((rank) => p - 1 - rank)].map((places) => {
      const mixed = Array.from({ length: p - 1 }, (_, step) =>
        row.map((value, i) => ((places[owner[i] ?? 0] ?? 0) <= step ? value : (background[own]?.[i] ?? 0))),
      );
      const walked = [starts[own] ?? [], ...(p > 1 ? answer(mixed) : []), end];
      return places.map((place) => end.map((_, k) => (walked[place + 1]?.[k] ?? NaN) - (walked[place]?.[k] ?? NaN)));
    });
    return (walks[0] ?? []).map((gain, j) => gain.map((value, k) => (value + (walks[1]?.[j]?.[k] ?? NaN)) / 2));
  });
  return corrected(
    gains,
    end.map((value, k) => value - mean(column(starts, k))),
  );
}

/** The means of gains (pairs, columns, outputs) whose sums over the columns are known, and their standard errors. */
function corrected(gains: readonly Matrix[], known: Vector): Shapley {
  const [pairs, p, outputs] = [gains.length, gains[0]?.length ?? 0, known.length];
  const cells = Array.from({ length: p * outputs }, (_, c) => ({ j: Math.floor(c / outputs), k: c % outputs }));
  const middle = cells.map(({ j, k }) => mean(gains.map((gain) => gain[j]?.[k] ?? NaN)));
  const away = gains.map((gain) => cells.map(({ j, k }, c) => (gain[j]?.[k] ?? NaN) - (middle[c] ?? NaN)));
  const sums = (flat: Vector): number[] =>
    known.map((_, output) => total(flat.filter((_, c) => c % outputs === output)));
  const totals = away.map(sums);
  const missing = known.map((value, k) => value - (sums(middle)[k] ?? 0));
  const largest = Math.max(...gains.flat(2).map(Math.abs), 1e-300);
  const { turned, turn } = apart(totals);
  const sizes = turned.map((own) => Math.sqrt(product(own, own)));
  const rank = sizes.filter((size) => size > 1e-10 * largest * pairs).length;
  const shaped = (flat: Vector): Matrix =>
    Array.from({ length: p }, (_, j) => flat.slice(j * outputs, (j + 1) * outputs));
  const spread = (flat: Matrix, free: number): Matrix =>
    shaped(cells.map((_, c) => Math.sqrt(total(column(flat, c).map((value) => value ** 2)) / free / pairs)));
  if (pairs < 3 * rank + 2)
    return {
      values: shaped(middle.map((value, c) => value + (missing[c % outputs] ?? 0) / p)),
      errors: spread(away, Math.max(pairs - 1, 1)),
    };
  const kept = [...sizes.keys()].filter((k) => (sizes[k] ?? 0) > 1e-8 * Math.max(...sizes));
  // What each direction of the sums says of each cell; directions are at right angles, so each stands for itself.
  const slopes = kept.map((k) => {
    const own = turned[k] ?? [];
    return cells.map((_, c) => product(own, column(away, c)) / (sizes[k] ?? 1) ** 2);
  });
  const along = kept.map((k) => product(missing, turn[k] ?? []));
  const shift = cells.map((_, c) => total(along.map((size, d) => size * (slopes[d]?.[c] ?? 0))));
  const left = away.map((flat, row) =>
    flat.map((value, c) => value - total(kept.map((k, d) => (turned[k]?.[row] ?? 0) * (slopes[d]?.[c] ?? 0)))),
  );
  const rest = missing.map((value, k) => value - (sums(shift)[k] ?? 0));
  return {
    values: shaped(middle.map((value, c) => value + (shift[c] ?? 0) + (rest[c % outputs] ?? 0) / p)),
    errors: spread(left, pairs - 1 - rank),
  };
}

/** The columns of a matrix turned until they are at right angles (one-sided Jacobi), and the directions they then have. */
function apart(matrix: Matrix): { turned: number[][]; turn: number[][] } {
  const count = matrix[0]?.length ?? 0;
  const turned = Array.from({ length: count }, (_, k) => column(matrix, k));
  const turn = turned.map((_, k) => turned.map((_, j) => (j === k ? 1 : 0)));
  for (let sweep = 0; sweep < 30; sweep++) {
    let still = true;
    for (let a = 0; a < count; a++)
      for (let b = a + 1; b < count; b++) {
        const [one, other] = [turned[a] ?? [], turned[b] ?? []];
        const [x, y, xy] = [product(one, one), product(other, other), product(one, other)];
        if (Math.abs(xy) <= 1e-15 * Math.sqrt(x * y) || xy === 0) continue;
        still = false;
        const zeta = (y - x) / (2 * xy);
        const t = (zeta < 0 ? -1 : 1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        const c = 1 / Math.hypot(1, t);
        for (const vectors of [turned, turn]) {
          const [u, v] = [vectors[a] ?? [], vectors[b] ?? []];
          vectors[a] = u.map((value, k) => c * (value - t * (v[k] ?? 0)));
          vectors[b] = v.map((value, k) => c * (value + t * (u[k] ?? 0)));
        }
      }
    if (still) break;
  }
  return { turned, turn };
}
