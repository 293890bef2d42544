"""What is measured: accuracy and AUC for classes, R2 and RMSE for numbers, for many weightings of the rows at once.

A metric takes row weights of shape (draws, n) and gives one value per draw; all ones give the plain score. Where a
score is not defined (an AUC with one class, an R2 of equal targets) the value is NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Answer:
    """What a model said about the test rows.

    Attributes
    ----------
    predicted : array of shape (n,)
        Class codes, or numbers.
    margin : array of shape (n,) or None
        For two classes: larger means more likely the second class.
    """

    predicted: np.ndarray
    margin: np.ndarray | None = None


@dataclass(frozen=True)
class Metric:
    """One score.

    Attributes
    ----------
    name : str
    task : {"classification", "regression"}
    larger_is_better : bool
    measure : callable
        ``measure(truth (n,), answer, weights (draws, n)) -> (draws,)``.
    undefined : str
        Why the value may not exist.
    unit, factor : str, float
        A shown difference is multiplied by the factor and followed by the unit.
    two_classes : bool
        Only for two classes.
    """

    name: str
    task: str
    larger_is_better: bool
    measure: Callable[[np.ndarray, Answer, np.ndarray], np.ndarray]
    undefined: str = ""
    unit: str = ""
    factor: float = 1.0
    two_classes: bool = False


def _accuracy(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """Share of rows with the right class."""
    return weights @ (answer.predicted == truth).astype(np.float64) / weights.sum(axis=1)


def _auc(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """Probability that a row of the second class gets the larger margin; equal margins count one half."""
    assert answer.margin is not None
    order = np.argsort(answer.margin, kind="stable")
    margin, positive = answer.margin[order], truth[order] == 1
    starts = np.flatnonzero(np.r_[True, margin[1:] != margin[:-1]])
    weights = weights[:, order]
    yes = np.add.reduceat(weights * positive, starts, axis=1)
    no = np.add.reduceat(weights * ~positive, starts, axis=1)
    below = np.cumsum(no, axis=1) - no
    with np.errstate(invalid="ignore", divide="ignore"):
        return (yes * (below + no / 2)).sum(axis=1) / (yes.sum(axis=1) * no.sum(axis=1))


def _r2(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """One minus the squared errors over the squared distances from the mean."""
    centred, total = truth - truth.mean(), weights.sum(axis=1)
    errors = weights @ (truth - answer.predicted) ** 2
    spread = weights @ centred**2 - (weights @ centred) ** 2 / total
    constant = spread <= 1e-12 * np.maximum(weights @ centred**2, np.finfo(float).tiny)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(constant, np.nan, 1 - errors / spread)


def _rmse(truth: np.ndarray, answer: Answer, weights: np.ndarray) -> np.ndarray:
    """Root of the mean squared error, in the target's unit."""
    return np.sqrt(weights @ (truth - answer.predicted) ** 2 / weights.sum(axis=1))


METRICS: tuple[Metric, ...] = (
    Metric("accuracy", "classification", True, _accuracy, unit=" accuracy points", factor=100.0),
    Metric(
        "AUC", "classification", True, _auc, "the test rows hold only one class, so the AUC is not defined",
        two_classes=True,
    ),
    Metric("R2", "regression", True, _r2, "the test rows all have the same target, so R2 is not defined", unit=" R2"),
    Metric("RMSE", "regression", False, _rmse, unit=" RMSE"),
)  # fmt: skip


def metrics_for(task: str, n_classes: int) -> tuple[Metric, ...]:
    """The metrics of a task; the first one decides who won."""
    return tuple(m for m in METRICS if m.task == task and (n_classes == 2 or not m.two_classes))
