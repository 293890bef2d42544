"""Shapley values of a function of columns, against background rows (interventional; Lundberg and Lee 2017).

The value of a set of columns is the mean prediction with their values taken from the explained row and all others from
a background row. The Shapley value of a column is what it adds to such a set, averaged over all orders of the columns.
For few columns, every set is evaluated. Otherwise orders are sampled, each used forward and backward (antithetic;
Mitchell et al. 2022) with its own background row. Since the sum of the values of all columns is known, the means are
corrected by regression on that sum, which makes the sum exact and reduces the error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import factorial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.randomness import Purpose, permutation

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Answer = Callable[[Matrix], Floats]
_ROWS_AT_ONCE = 1 << 15


class Shapley(NamedTuple):
    """Values of shape (rows, columns, outputs) and their standard errors, which are 0 if the values are exact."""

    values: Floats
    errors: Floats


class Sampling(NamedTuple):
    """Orders and background rows of the walks; `ranks` (pairs, columns) is the place of each column in the order."""

    ranks: NDArray[np.int64]
    rows: NDArray[np.int64]


def linear_values(
    rows: Matrix, background: Matrix, coefficients: Floats, column_of_input: NDArray[np.int64]
) -> Shapley:
    """Shapley values of a weighted sum of inputs: coefficient times difference from the background mean, by column."""
    away = rows.astype(np.float64) - background.astype(np.float64).mean(axis=0)
    terms = away[:, :, None] * coefficients
    starts = np.flatnonzero(np.r_[True, np.diff(column_of_input) > 0])
    values = np.add.reduceat(terms, starts, axis=1)
    return Shapley(values, np.zeros_like(values))


def exact_values(answer: Answer, rows: Matrix, background: Matrix, column_of_input: NDArray[np.int64]) -> Shapley:
    """Exact values, from ``2**columns * background`` predictions for each row."""
    p = int(column_of_input[-1]) + 1
    sets = np.arange(2**p)
    members = (sets[:, None] >> np.arange(p)) & 1 == 1
    sizes = members.sum(axis=1)
    weight = np.array([factorial(s) * factorial(p - s - 1) / factorial(p) for s in range(p)])
    of_input = members[:, column_of_input]
    block = max(1, _ROWS_AT_ONCE // len(background))
    values = []
    for row in rows:
        worth = []
        for first in range(0, len(sets), block):
            own = of_input[first : first + block]
            mixed = np.where(own[:, None, :], row, background)
            answers = answer(mixed.reshape(-1, len(row)))
            worth.append(answers.reshape(len(own), len(background), -1).mean(axis=1))
        of_set = np.concatenate(worth)
        values.append([
            (weight[sizes[without], None] * (of_set[without | (1 << j)] - of_set[without])).sum(axis=0)
            for j in range(p) for without in [sets[~members[:, j]]]
        ])  # fmt: skip
    averages = np.array(values)
    return Shapley(averages, np.zeros_like(averages))


@lru_cache(maxsize=16)
def draw_sampling(n_columns: int, n_background: int, pairs: int, seed: int) -> Sampling:
    """Pairs of orders with a background row each; a row is reused only after all have been used.

    They are cached: drawing them costs as much as predictions of a small model, and every explained row uses the same.
    """
    orders = [permutation(seed, Purpose.EXPLANATION, n_columns, member=k) for k in range(pairs)]
    rounds = -(-pairs // n_background)
    rows = [permutation(seed, Purpose.EXPLANATION, n_background, epoch=1, member=k) for k in range(rounds)]
    return Sampling(np.argsort(orders, axis=1), np.concatenate(rows)[:pairs])


def sampled_values(
    answer: Answer, rows: Matrix, background: Matrix, column_of_input: NDArray[np.int64], sampling: Sampling
) -> Shapley:
    """Means over sampled orders, corrected so that they have the known sum.

    Predictions are made for all background rows, so the sum is that of the whole background. Each pair of walks costs
    ``2 * (columns - 1)`` predictions per row.
    """
    pairs, p = sampling.ranks.shape
    to_rows, to_background = answer(rows), answer(background)
    n_outputs = to_rows.shape[1]
    both = np.stack([sampling.ranks, p - 1 - sampling.ranks], axis=1).reshape(2 * pairs, p)
    steps = np.arange(1, p)
    taken = (both[:, None, :] < steps[:, None])[:, :, column_of_input]  # (walks, p - 1, inputs)
    others = np.repeat(background[sampling.rows], 2, axis=0)[:, None, :]
    starts = np.repeat(to_background[sampling.rows], 2, axis=0)
    order = np.argsort(both, axis=1)
    known = to_rows - to_background.mean(axis=0)
    values, errors = np.empty((len(rows), p, n_outputs)), np.empty((len(rows), p, n_outputs))
    for k, row in enumerate(rows):
        mixed = np.where(taken, row, others).reshape(-1, rows.shape[1])
        inner = answer(mixed).reshape(2 * pairs, p - 1, n_outputs) if p > 1 else np.empty((2 * pairs, 0, n_outputs))
        ends = np.broadcast_to(to_rows[k], (2 * pairs, 1, n_outputs))
        walked = np.diff(np.concatenate([starts[:, None], inner, ends], axis=1), axis=1)
        gains = np.empty_like(walked)
        np.put_along_axis(gains, np.broadcast_to(order[:, :, None], walked.shape), walked, axis=1)
        values[k], errors[k] = _correct(gains.reshape(pairs, 2, p, n_outputs).mean(axis=1), known[k])
    return Shapley(values, errors)


def _correct(gains: Floats, known: Floats) -> tuple[Floats, Floats]:
    """The means of gains (pairs, columns, outputs) with known sums over columns, and their standard errors.

    Each gain is regressed on the sums of all outputs, so that relations between outputs (probabilities sum to 1) also
    hold for their contributions; if there are too few pairs, the difference is divided evenly.
    """
    pairs, p, n_outputs = gains.shape
    mean = gains.mean(axis=0)
    away = gains - mean
    totals = away.sum(axis=1)
    missing = known - mean.sum(axis=0)
    rank = int(np.linalg.matrix_rank(totals, tol=1e-10 * max(float(np.abs(gains).max()), 1e-300) * pairs))
    if pairs < 3 * rank + 2:
        return mean + missing / p, np.sqrt((away**2).sum(axis=0) / max(pairs - 1, 1) / pairs)
    flat = away.reshape(pairs, p * n_outputs)
    slopes = np.linalg.pinv(totals, rcond=1e-8) @ flat
    shift = (missing @ slopes).reshape(p, n_outputs)
    left = (flat - totals @ slopes).reshape(pairs, p, n_outputs)
    rest = missing - shift.sum(axis=0)  # nonzero if the sums do not vary among the sampled pairs
    return mean + shift + rest / p, np.sqrt((left**2).sum(axis=0) / (pairs - 1 - rank) / pairs)
