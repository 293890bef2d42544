"""The choice of a threshold by a named aim, on given rows: `AIMS` has a record for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.estimators.bootstrap import affordable_draws, interval, row_counts
from glassnet.estimators.row_groups import Groups
from glassnet.evaluate.cases import Cases, Floats, check_weights
from glassnet.formulas import Parameter
from glassnet.formulas.registry import Registry, WithParameters


@dataclass(frozen=True)
class Aim(WithParameters):
    """What a threshold shall reach.

    Parameters
    ----------
    name, summary : str
    worth : callable
        ``worth(sensitivity, specificity, share of outcomes, parameter) -> value``, the larger the better, for every
        candidate threshold; of equal ones the largest threshold is taken.
    parameters : tuple of Parameter
    """

    name: str
    summary: str
    worth: Callable[[Floats, Floats, Floats, float], Floats]
    parameters: tuple[Parameter, ...] = ()


def _youden(sensitivity: Floats, specificity: Floats, _share: Floats, _: float) -> Floats:
    return sensitivity + specificity


def _cost(sensitivity: Floats, specificity: Floats, share: Floats, missed: float) -> Floats:
    return -(missed * share * (1 - sensitivity) + (1 - share) * (1 - specificity))


def _sensitive(sensitivity: Floats, specificity: Floats, _share: Floats, least: float) -> Floats:
    return np.where(sensitivity >= least - 1e-12, specificity, -np.inf)


def _specific(sensitivity: Floats, specificity: Floats, _share: Floats, least: float) -> Floats:
    return np.where(specificity >= least - 1e-12, sensitivity, -np.inf)


_LEAST = Parameter("at_least", 0.95, "the share that must be reached", 0.0, 1.0, open_low=True)
AIMS: Registry[Aim] = Registry("aim")
"""Every aim by its name."""

for _aim in (
    Aim("youden", "the largest sum of sensitivity and specificity", _youden),
    Aim(
        "cost", "the smallest cost, where a missed case costs so many times what a false alarm costs", _cost,
        (Parameter("missed_case", 5.0, "cost of a missed case, that of a false alarm being 1", 0.0, open_low=True),),
    ),
    Aim("sensitivity", "the best specificity with a sensitivity of at least so much", _sensitive, (_LEAST,)),
    Aim("specificity", "the best sensitivity with a specificity of at least so much", _specific, (_LEAST,)),
):  # fmt: skip
    AIMS.register(_aim)


@dataclass(frozen=True)
class ChosenThreshold:
    """A threshold and what it reaches on the rows that it was chosen on.

    Attributes
    ----------
    threshold : float
        Rows with this probability or more are called positive.
    low, high : float
        Where the threshold lies when rows are drawn anew.
    aim : str
    sensitivity, specificity : float
        On the rows that it was chosen on, where they look better than on new ones.
    """

    threshold: float
    low: float
    high: float
    aim: str
    sensitivity: float
    specificity: float


def choose_threshold(
    truth: Any, probability: Any, aim: str | Aim = "youden", *, weights: Any = None, groups: Any = None,
    draws: int = 1000, coverage: float = 0.95, seed: int = 0,
) -> ChosenThreshold:  # fmt: skip
    """The threshold that serves an aim best on these rows.

    It lies midway between two probabilities that were said. Choose it on rows of the training, such as those that each
    network left out, and judge it on others: on the rows that chose it, it looks better than it is.

    Parameters
    ----------
    truth : array-like of shape (n,)
        1 where the outcome happened, else 0.
    probability : array-like of shape (n,)
    aim : str or Aim
        "youden", "cost(missed_case=5)", "sensitivity(at_least=0.95)", "specificity(at_least=0.9)"; see `AIMS`.
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
    record, cases = AIMS.resolve(aim), Cases.of(truth, probability)
    own = check_weights(weights, len(cases))
    if len(np.unique(cases.truth[own > 0])) < 2:
        raise DataError(
            "Only one class is there, so no threshold can be chosen. Give rows with and without the outcome."
        )
    together = None if groups is None else Groups.of(groups, len(cases))
    plain, reached = _best(record, cases, own[None])
    drawn: Iterable[Floats] = row_counts(len(cases), affordable_draws(len(cases), draws), seed, together)
    all_drawn = np.concatenate([_best(record, cases, block * own)[0] for block in drawn])
    low, high = interval(all_drawn, coverage) or (float("nan"), float("nan"))
    return ChosenThreshold(float(plain[0]), low, high, record.spec, *(float(part[0]) for part in reached))


def _best(aim: Aim, cases: Cases, weights: Floats) -> tuple[Floats, tuple[Floats, Floats]]:
    """The best threshold of each draw, with its sensitivity and specificity."""
    order = np.argsort(-cases.said, kind="stable")
    said, truth, weights = cases.said[order], cases.truth[order], weights[:, order]
    starts = np.flatnonzero(np.r_[True, said[1:] != said[:-1]])
    nobody = np.zeros((len(weights), 1))
    tp = np.concatenate([nobody, np.cumsum(np.add.reduceat(weights * truth, starts, axis=1), axis=1)], axis=1)
    fp = np.concatenate([nobody, np.cumsum(np.add.reduceat(weights * ~truth, starts, axis=1), axis=1)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity, specificity = tp / tp[:, -1:], 1 - fp / fp[:, -1:]
        share = tp[:, -1:] / (tp[:, -1:] + fp[:, -1:])
    parameter = next(iter(aim.values.values()), 0.0)
    worth = aim.worth(sensitivity, specificity, share, parameter)
    usable = np.isfinite(sensitivity).all(axis=1) & np.isfinite(specificity).all(axis=1)
    levels = said[starts]
    between = (levels[:-1] + levels[1:]) / 2
    cuts = np.r_[(levels[0] + 1) / 2 if levels[0] < 1 else np.nextafter(1.0, 2.0), between, levels[-1]]
    best = np.where(usable, np.argmax(np.where(np.isnan(worth), -np.inf, worth), axis=1), 0)
    rows = np.arange(len(weights))
    return np.where(usable, cuts[best], np.nan), (sensitivity[rows, best], specificity[rows, best])
