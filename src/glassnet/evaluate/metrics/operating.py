"""The choice of a threshold by a named aim, on given rows."""

from __future__ import annotations

from typing import Any

from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.tables.classes.aim import AIMS, Aim, ChosenThreshold, best_threshold
from glassnet.evaluate.metrics.cases import Cases, check_weights


def choose_threshold(
    truth: Any, probability: Any, aim: str | Aim = "youden", *, weights: Any = None, groups: Any = None,
    draws: int = 1000, coverage: float = 0.95, seed: int = 0,
) -> ChosenThreshold:  # fmt: skip
    """The threshold that serves an aim best on these rows.

    It lies midway between two probabilities that were said. Choose it on rows of the training, such as those that each
    network left out (``GlassClassifier(threshold="youden")`` does), and judge it on others: on the rows that chose it,
    it looks better than it is.

    Parameters
    ----------
    truth : array-like of shape (n,)
        1 where the outcome happened, else 0.
    probability : array-like of shape (n,)
    aim : str or Aim
        "youden", "cost(missed_case=5)", "sensitivity(at_least=0.95)", "specificity(at_least=0.9)", "f1"; see `AIMS`.
    weights : array-like of shape (n,), optional
    groups : array-like of shape (n,), optional
        Drawn whole for the interval.
    draws : int
    coverage : float
    seed : int

    Returns
    -------
    ChosenThreshold

    Raises
    ------
    DataError
        When only one class is there.

    Examples
    --------
    >>> chosen = choose_threshold([0, 0, 1, 0, 1, 1], [0.1, 0.2, 0.4, 0.5, 0.7, 0.9], "sensitivity(at_least=1)")
    >>> round(chosen.threshold, 3), chosen.sensitivity, round(chosen.specificity, 3)
    (0.3, 1.0, 0.667)
    """
    cases = Cases.of(truth, probability)
    together = None if groups is None else Groups.of(groups, len(cases))
    return best_threshold(
        AIMS.resolve(aim), cases.truth, cases.prediction, check_weights(weights, len(cases)), together,
        draws=draws, coverage=coverage, seed=seed,
    )  # fmt: skip
