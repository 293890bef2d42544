"""Metrics: accuracy, AUC and log loss for classes, R2 and RMSE for numbers, for many weightings of the rows.

A metric takes row weights of shape (draws, n) and returns one value per draw; all ones give the plain score. If a score
is undefined (an AUC with one class, an R2 of equal targets), the value is NaN.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.survival import Censoring, Times, concordance_of_causes
from glassnet.survival.brier import brier, grid, integrated
from glassnet.tables.outcome import Answer, outcomes

_SMALLEST = float(np.finfo(np.float64).eps)
"""A probability of 0 counts as this, as in scikit-learn, so that a single row cannot make the log loss infinite."""


@dataclass(frozen=True)
class Metric:
    """One score.

    Attributes
    ----------
    name : str
    larger_is_better : bool
    measure : callable
        ``measure(truth (n,), answer, weights (draws, n)) -> (draws,)``.
    undefined : str
        Why the value may be undefined.
    unit, factor : str, float
        For display, a difference is multiplied by the factor and followed by the unit.
    two_classes : bool
        Whether the metric is only for two classes.
    share_of : callable or None
        ``share_of(truth) -> rows`` for a score that is a proportion of rows or of pairs of rows: the number of rows for
        its interval if it is 0 or 1 and all bootstrap draws agree.
    decides : bool
        Whether the verdict uses it.
    quick : callable or None
        Returns small models that show whether a single column reaches the best score; None if this is not examined.
    """

    name: str
    larger_is_better: bool
    measure: Callable[[np.ndarray, Answer, np.ndarray], np.ndarray]
    undefined: str = ""
    unit: str = ""
    factor: float = 1.0
    two_classes: bool = False
    share_of: Callable[[np.ndarray], np.ndarray] | None = None
    decides: bool = False
    quick: Callable[[], list[Any]] | None = None


def _accuracy(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """The proportion of correctly classified rows."""
    return np.asarray(weights @ (answer.predicted == truth).astype(np.float64) / weights.sum(axis=1))


def _auc(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """The probability that a row of the second class has the larger margin; equal margins count one half."""
    is_yes = truth[answer.order] == 1
    yes_rows, no_rows = answer.order[is_yes], answer.order[~is_yes]
    before = np.r_[0, np.cumsum(~is_yes)]  # rows of the other class up to each place
    first, last = (np.flatnonzero(is_yes),) * 2 if answer.ties is None else (each[is_yes] for each in answer.ties)
    first, last = before[first], before[last]
    values = np.empty(len(weights))
    for draw, of_row in enumerate(weights):
        yes, below = of_row[yes_rows], np.concatenate([[0.0], np.cumsum(of_row[no_rows])])
        credit = below[first] if answer.ties is None else (below[first] + below[last]) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            values[draw] = yes @ credit / (yes.sum() * below[-1])
    return values


def _log_loss(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """The mean of minus the log of the predicted probability of each row's true class."""
    if answer.probability is None:
        return np.full(len(weights), np.nan)
    given = np.maximum(answer.probability[np.arange(len(truth)), truth], _SMALLEST)
    return np.asarray(weights @ -np.log(given) / weights.sum(axis=1))


def _every_row(truth: np.ndarray) -> np.ndarray:
    """All rows."""
    return np.arange(len(truth))


def _rarer_class(truth: np.ndarray) -> np.ndarray:
    """The rows of the rarer of two classes, whose number limits the precision of an AUC."""
    return np.flatnonzero(truth == np.bincount(truth, minlength=2).argmin())


def _r2(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """One minus the sum of squared errors over the sum of squared deviations from the mean."""
    centered, total = truth - truth.mean(), weights.sum(axis=1)
    errors = weights @ (truth - answer.predicted) ** 2
    spread = weights @ centered**2 - (weights @ centered) ** 2 / total
    constant = spread <= 1e-12 * np.maximum(weights @ centered**2, np.finfo(float).tiny)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(constant, np.nan, 1 - errors / spread)


def _rmse(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """The root mean squared error, in the target's unit."""
    return np.asarray(np.sqrt(weights @ (truth - answer.predicted) ** 2 / weights.sum(axis=1)))


def _concordance(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """Harrell's concordance, averaged over causes."""
    return concordance_of_causes(truth, answer.predicted, weights)


def _brier(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """The integrated Brier score over the times that can be weighted, averaged over causes."""
    times = Times.of_truth(truth)
    if answer.curves is None or not times.n_events:
        return np.full(len(weights), np.nan)
    censoring = Censoring.of(times)
    at = grid(times, censoring)
    if not hasattr(answer.curves, "of_cause"):
        return integrated(brier(times, answer.curves.alive(at), at, censoring, weights), at)
    each = [
        integrated(brier(times, answer.curves.of_cause(k).alive(at), at, censoring, weights, k), at)
        for k in range(1, answer.predicted.shape[1] + 1)
    ]
    return np.asarray(np.mean(each, axis=0))


def _quick_classifiers() -> list[Any]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.tree import DecisionTreeClassifier

    return [DecisionTreeClassifier(max_leaf_nodes=16, random_state=0), LogisticRegression(C=1e4, max_iter=500)]


def _quick_regressors() -> list[Any]:
    from sklearn.linear_model import LinearRegression
    from sklearn.tree import DecisionTreeRegressor

    return [DecisionTreeRegressor(max_leaf_nodes=64, random_state=0), LinearRegression()]


_ONE_CLASS = "the test rows hold only one class, so the AUC is not defined"
METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(
            "accuracy", True, _accuracy, unit=" accuracy points", factor=100.0, share_of=_every_row, decides=True,
            quick=_quick_classifiers,
        ),
        Metric("AUC", True, _auc, _ONE_CLASS, two_classes=True, share_of=_rarer_class),
        Metric("log loss", False, _log_loss, "it gives no probabilities", decides=True),
        Metric("R2", True, _r2, "the test rows all have the same target, so R2 is not defined", " R2",
               decides=True, quick=_quick_regressors),
        Metric("RMSE", False, _rmse, unit=" RMSE"),
        Metric("concordance", True, _concordance, "no two test rows can be compared", " concordance", decides=True),
        Metric("Brier score", False, _brier, "no test row has an event", decides=True),
    )
}  # fmt: skip
"""Every metric by its name; an outcome defines which of them apply."""


def metrics_for(task: str, n_classes: int) -> tuple[Metric, ...]:
    """The metrics of a task."""
    own = (METRICS[name] for name in outcomes[task].metrics)
    return tuple(m for m in own if n_classes == 2 or not m.two_classes)


def deciding(metrics: Sequence[Metric]) -> tuple[Metric, ...]:
    """The metrics of the verdict, strictest first: a proper score before the accuracy."""
    return tuple(sorted((m for m in metrics if m.decides), key=lambda m: m.share_of is not None))
