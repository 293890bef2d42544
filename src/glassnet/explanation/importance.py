"""`importance`: how much worse a model performs when the values of a column are shuffled (Breiman 2001)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.estimators.networks.parameters import check_count
from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts
from glassnet.evaluate.metrics.cases import SMALLEST
from glassnet.explanation.question import Floats, Question, background_rows
from glassnet.formulas import Parameter
from glassnet.formulas.randomness import Purpose, check_seed, words
from glassnet.survival import Times, concordance_of_rows

_COVERAGE = Parameter("coverage", 0.95, "share of the draws inside an interval", 0.0, 1.0, True, True)
MOST_ROWS, MOST_TIMES = 5000, 2000
"""The largest numbers of rows, in general and where pairs of rows are compared."""


@dataclass(frozen=True, eq=False)
class Importance:
    """How much worse the model performs without the information in each column.

    Attributes
    ----------
    names : tuple of str
        The columns in order of decreasing importance.
    measure : str
        The measure of performance: "log loss" (values are increases), "R2" or "concordance" (values are decreases).
    values, low, high : array of float64, shape (columns,)
        The mean change, and the ends of its interval over rows or groups.
    n_rows, repeats : int
    """

    names: tuple[str, ...]
    measure: str
    values: Floats
    low: Floats
    high: Floats
    n_rows: int
    repeats: int


def importance(
    model: Any, X: Any, y: Any = None, *, weights: Any = None, groups: Any = None, repeats: int = 5, draws: int = 1000,
    coverage: float = 0.95, seed: int = 0,
) -> Importance:  # fmt: skip
    """Permutation importance of every column of a table, with intervals.

    Columns with the same information can replace each other, so that each looks less important than both together. On
    test rows, importance shows what helps on new data; on training rows it also includes what was memorized.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    X : Table, data frame, array, dict of columns, or path
        Rows with the target, unless `y` is given. If there are more than 5000, 5000 are sampled (2000 for times to an
        event).
    y : array-like, optional
    weights, groups : str or array-like, optional
        The weight of each row, and which rows belong together.
    repeats : int
        The number of times that each column is shuffled.
    draws, coverage, seed
        Bootstrap draws, coverage and seed of the intervals.

    Returns
    -------
    Importance

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_iris(as_frame=True).frame
    >>> found = importance(GlassClassifier().fit(frame[::2], target="target"), frame[1::2])
    >>> found.names[0].startswith("petal"), found.measure
    (True, 'log loss')
    """
    seed, coverage = check_seed(seed), _COVERAGE.check(coverage, "importance")
    check_count("importance", "repeats", repeats)
    check_count("importance", "draws", draws)
    question = Question.of(model)
    known = model._target_rows(X, y, weights, groups)
    timed = known.truth.ndim == 2
    chosen = background_rows(len(known.truth), MOST_TIMES if timed else MOST_ROWS, seed)
    truth = known.truth[chosen]
    own = np.ones(len(chosen)) if known.weights is None else known.weights[chosen]
    together = None if known.groups is None else known.groups.take(chosen)
    matrix = question.matrix(known.table.take(chosen))
    score = _of_times if timed else _losses
    plain = score(question, matrix, truth, own)
    worse = np.zeros((len(question.names), len(truth)))
    for j, part in enumerate(question.slices):
        for repeat in range(repeats):
            order = np.argsort(
                words(seed, Purpose.EXPLANATION, len(truth), epoch=3, member=repeat, part=j), kind="stable"
            )
            shuffled = matrix.copy()
            shuffled[:, part] = matrix[order, part]
            worse[j] += (score(question, shuffled, truth, own) - plain) / repeats

    def means(counts: Floats) -> Floats:
        share = counts * own
        total = share.sum(axis=1, keepdims=True)
        changes = share @ worse.T / total
        if question.has_classes or timed:
            return np.asarray(changes)
        away = truth - truth.mean()
        variance = (share @ away**2)[:, None] / total - ((share @ away)[:, None] / total) ** 2
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(variance > 0, changes / variance, np.nan)

    values = means(np.ones((1, len(truth))))[0]
    blocks = row_counts(len(truth), affordable_draws(len(truth), draws), seed, together)
    drawn = np.concatenate([means(block) for block in blocks])
    ends = np.array([interval(column, coverage) or (np.nan, np.nan) for column in drawn.T])
    order = np.argsort(-np.nan_to_num(values), kind="stable")
    measure = "concordance" if timed else "log loss" if question.has_classes else "R2"
    return Importance(
        tuple(question.names[j] for j in order), measure, values[order], ends[order, 0], ends[order, 1], len(truth),
        repeats,
    )  # fmt: skip


def _losses(question: Question, matrix: Any, truth: Any, _: Floats) -> Floats:
    """The loss of each row: minus the log probability of its class, or the squared error."""
    answers = question.answer(matrix)
    if not question.has_classes:
        return np.asarray((answers[:, 0] - truth) ** 2)
    return np.asarray(-np.log(np.maximum(answers[np.arange(len(truth)), truth], SMALLEST)))


def _of_times(question: Question, matrix: Any, truth: Any, weights: Floats) -> Floats:
    """The loss of concordance by row; its mean is one minus the concordance, and its spread gives the standard error.

    A concordance is a mean over pairs. A row's own pairs count twice, since each pair has two rows; the number of its
    pairs is treated separately from the number ordered correctly (the infinitesimal jackknife of a ratio).
    """
    times, answers = Times.of_truth(truth), question.answer(matrix)
    if answers.shape[1] == 1:
        return _of_pairs(times, answers[:, 0], weights)
    each = [_of_pairs(times.awaiting(k + 1), risk, weights) for k, risk in enumerate(answers.T)]
    return np.asarray(np.mean(each, axis=0))


def _of_pairs(times: Times, risk: Floats, weights: Floats) -> Floats:
    """The same for one event or cause."""
    right, pairs = concordance_of_rows(times, risk, weights)
    total = float(weights @ pairs)
    if total == 0:
        return np.full(len(times), np.nan)
    value, scale = float(weights @ right) / total, float(weights.sum()) / total
    return np.asarray(1.0 - (2 * scale * (right - value * pairs) + value))
