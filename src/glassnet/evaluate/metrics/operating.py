"""The choice of a threshold for an aim, on given rows."""

from __future__ import annotations

from typing import Any

from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.tables.classes.aim import AIMS, Aim, ChosenThreshold, best_threshold
from glassnet.evaluate.metrics.cases import Cases, check_weights


def choose_threshold(
    truth: Any, probability: Any, aim: str | Aim = "youden", *, weights: Any = None, groups: Any = None,
    draws: int = 1000, coverage: float = 0.95, seed: int = 0,
) -> ChosenThreshold:  # fmt: skip
    """Choose the best threshold for an aim on these rows.

    It is midway between two predicted probabilities. Choose it on training rows, such as those left out by each network
    (as ``GlassClassifier(threshold="youden")`` does), and evaluate it on others, because it looks too good on the rows
    used to choose it.

    Parameters
    ----------
    truth : array-like of shape (n,)
        1 if the outcome happened, otherwise 0.
    probability : array-like of shape (n,)
    aim : str or Aim
        "youden", "cost(missed_case=5)", "sensitivity(at_least=0.95)", "specificity(at_least=0.9)", "f1"; see `AIMS`.
    weights : array-like of shape (n,), optional
    groups : array-like of shape (n,), optional
        Groups that are resampled as a whole for the interval.
    draws : int
    coverage : float
    seed : int

    Returns
    -------
    ChosenThreshold

    Raises
    ------
    DataError
        When there is only one class.

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
