"""Bootstrap over test rows: how much a score would vary with other rows of the same kind (Efron 1979).

Draw ``d`` takes as many rows as there are, with replacement; the row numbers come from the counter-based generator at
address (seed, bootstrap, member d), so every model is evaluated on the same draws and the intervals have the same bits
on every machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from glassnet.engine.random_numbers import words
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.formulas.randomness import Purpose

_WORDS_AT_ONCE = 2**19
_MOST_WORDS = 2**25
FEWEST_DRAWS = 200


def affordable_draws(n_rows: int, draws: int) -> int:
    """The number of draws, lowered for very long tables, whose intervals need fewer."""
    return max(min(draws, FEWEST_DRAWS), min(draws, _MOST_WORDS // max(n_rows, 1)))


def row_counts(n_rows: int, draws: int, seed: int, groups: Groups | None = None) -> Iterator[np.ndarray]:
    """How often each row is in each draw, in blocks of shape (some draws, n_rows), as float64.

    Groups are drawn whole, because rows of one patient carry less information than as many patients.
    """
    if groups is not None:
        yield from (block[:, groups.of_row] for block in row_counts(len(groups), draws, seed))
        return
    block = max(1, _WORDS_AT_ONCE // max(n_rows, 1))
    for first in range(0, draws, block):
        counts = np.empty((min(block, draws - first), n_rows))
        for place, row in enumerate(counts):
            drawn = words(seed, Purpose.BOOTSTRAP, n_rows, member=first + place).astype(np.uint64)
            row[:] = np.bincount(((drawn * np.uint64(n_rows)) >> np.uint64(32)).view(np.int64), minlength=n_rows)
        yield counts


def interval(values: np.ndarray, coverage: float) -> tuple[float, float] | None:
    """The central share `coverage` of bootstrap values; None when none of them is defined.

    Examples
    --------
    >>> interval(np.arange(101.0), 0.5)
    (25.0, 75.0)
    """
    defined = values[np.isfinite(values)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [(1 - coverage) / 2, (1 + coverage) / 2])
    return float(low), float(high)


def wilson(share: float, n: int, coverage: float) -> tuple[float, float]:
    """The interval of a share of `n` rows (Wilson 1927), which has a positive width even if the share is 0 or 1.

    Examples
    --------
    >>> low, high = wilson(1.0, 119, 0.95)
    >>> round(low, 3), high
    (0.969, 1.0)
    """
    from scipy.special import ndtri

    z2 = float(ndtri((1 + coverage) / 2)) ** 2
    middle, width = share + z2 / (2 * n), np.sqrt(z2 * (share * (1 - share) + z2 / (4 * n)) / n)
    low, high = (middle - width) / (1 + z2 / n), (middle + width) / (1 + z2 / n)
    return (0.0 if share == 0 else float(low)), (1.0 if share == 1 else float(high))


class ScoreInterval(NamedTuple):
    """A score with the ends of its interval; the ends are NaN if no draw has a score."""

    score: float
    low: float
    high: float


def bootstrap_score(
    score_of: Callable[[np.ndarray, np.ndarray, np.ndarray | None], float], truth: np.ndarray, predicted: np.ndarray,
    coverage: float, draws: int, seed: int, row_weights: np.ndarray | None = None, groups: Groups | None = None,
    *, is_share: bool = False,
) -> ScoreInterval:  # fmt: skip
    """The score of predictions, and its interval from bootstrapped rows, or groups of them.

    The interval of a share of rows keeps a positive width even if all draws agree on 0 or 1.
    """
    counts = row_counts(len(truth), affordable_draws(len(truth), draws), seed, groups)
    factor = 1.0 if row_weights is None else row_weights
    drawn = np.array([score_of(truth, predicted, factor * weights) for block in counts for weights in block])
    low, high = interval(drawn, coverage) or (float("nan"), float("nan"))
    score = score_of(truth, predicted, row_weights)
    if is_share and low == high == score and score in (0.0, 1.0):
        low, high = wilson(score, len(truth) if groups is None else len(groups), coverage)
    return ScoreInterval(score, low, high)
