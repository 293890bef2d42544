"""Aims of a decision threshold, each with a record in `AIMS`, and the best threshold for an aim."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError
from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.formulas import Parameter
from glassnet.formulas.registry import Registry, WithParameters

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Aim(WithParameters):
    """The aim of a decision threshold.

    Parameters
    ----------
    name, summary : str
    worth : callable
        ``worth(sensitivity, specificity, share of outcomes, parameter) -> value``, the larger the better, for every
        candidate threshold; in case of ties, the largest threshold is used.
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


def _f1(sensitivity: Floats, specificity: Floats, share: Floats, _: float) -> Floats:
    true_positives = sensitivity * share
    return 2 * true_positives / (true_positives + share + (1 - specificity) * (1 - share))


_LEAST = Parameter("at_least", 0.95, "the share that must be reached", 0.0, 1.0, open_low=True)
AIMS: Registry[Aim] = Registry("aim")
"""Every aim by its name."""

for _aim in (
    Aim("youden", "the largest sum of sensitivity and specificity", _youden),
    Aim(
        "cost", "the smallest cost, where a false negative costs a multiple of a false positive", _cost,
        (Parameter("missed_case", 5.0, "cost of a false negative relative to a false positive", 0.0, open_low=True),),
    ),
    Aim("sensitivity", "the best specificity at a given sensitivity", _sensitive, (_LEAST,)),
    Aim("specificity", "the best sensitivity at a given specificity", _specific, (_LEAST,)),
    Aim("f1", "the largest F1, the harmonic mean of sensitivity and positive predictive value", _f1),
):  # fmt: skip
    AIMS.register(_aim)


@dataclass(frozen=True)
class ChosenThreshold:
    """A threshold and its performance on the rows that it was chosen on.

    Attributes
    ----------
    threshold : float
        Rows with this probability or more are called positive.
    low, high : float
        Its interval over bootstrap samples of the rows.
    aim : str
    sensitivity, specificity : float
        On the rows that it was chosen on, which is optimistic.
    """

    threshold: float
    low: float
    high: float
    aim: str
    sensitivity: float
    specificity: float


def best_threshold(
    aim: Aim, truth: NDArray[np.bool_], probability: Floats, weights: Floats, groups: Groups | None = None, *,
    draws: int = 1000, coverage: float = 0.95, seed: int = 0,
) -> ChosenThreshold:  # fmt: skip
    """The best threshold for an aim on these rows, midway between two predicted probabilities.

    Parameters
    ----------
    aim : Aim
    truth : array of bool, shape (n,)
        Whether the outcome happened.
    probability, weights : arrays of float64, shape (n,)
        The predicted probability of it, and the weight of each row.
    groups : Groups, optional
        Drawn whole for the interval.
    draws : int
    coverage : float
    seed : int

    Raises
    ------
    DataError
        When only one class is there.
    """
    if len(np.unique(truth[weights > 0])) < 2:
        raise DataError(
            "There is only one class, so no threshold can be chosen. Give rows with and without the outcome."
        )
    plain, reached = _best(aim, truth, probability, weights[None])
    drawn: Iterable[Floats] = row_counts(len(truth), affordable_draws(len(truth), draws), seed, groups)
    all_drawn = np.concatenate([_best(aim, truth, probability, block * weights)[0] for block in drawn])
    low, high = interval(all_drawn, coverage) or (float("nan"), float("nan"))
    return ChosenThreshold(float(plain[0]), low, high, aim.spec, *(float(part[0]) for part in reached))


def _best(
    aim: Aim, truth: NDArray[np.bool_], probability: Floats, weights: Floats
) -> tuple[Floats, tuple[Floats, Floats]]:
    """The best threshold of each draw, with its sensitivity and specificity."""
    order = np.argsort(-probability, kind="stable")
    probability, truth, weights = probability[order], truth[order], weights[:, order]
    starts = np.flatnonzero(np.r_[True, probability[1:] != probability[:-1]])
    nobody = np.zeros((len(weights), 1))
    tp = np.concatenate([nobody, np.cumsum(np.add.reduceat(weights * truth, starts, axis=1), axis=1)], axis=1)
    fp = np.concatenate([nobody, np.cumsum(np.add.reduceat(weights * ~truth, starts, axis=1), axis=1)], axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        sensitivity, specificity = tp / tp[:, -1:], 1 - fp / fp[:, -1:]
        share = tp[:, -1:] / (tp[:, -1:] + fp[:, -1:])
        worth = aim.worth(sensitivity, specificity, share, next(iter(aim.values.values()), 0.0))
    usable = np.isfinite(sensitivity).all(axis=1) & np.isfinite(specificity).all(axis=1)
    levels = probability[starts]
    between = (levels[:-1] + levels[1:]) / 2
    cuts = np.r_[(levels[0] + 1) / 2 if levels[0] < 1 else np.nextafter(1.0, 2.0), between, levels[-1]]
    best = np.where(usable, np.argmax(np.where(np.isnan(worth), -np.inf, worth), axis=1), 0)
    rows = np.arange(len(weights))
    return np.where(usable, cuts[best], np.nan), (sensitivity[rows, best], specificity[rows, best])
