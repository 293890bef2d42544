"""Predictions of a stratified model: each row has the baseline hazard of its stratum."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.baseline import Baseline
from glassnet.survival.competing import Competing, SeveralCauses
from glassnet.survival.curves import Curve
from glassnet.survival.predicted import Alike, Predicted, Proportional
from glassnet.survival.times import Floats


def _each_stratum(stratum: NDArray[np.int64], of: Callable[[int, NDArray[np.intp]], Floats]) -> Floats:
    """The values of `of` for the rows of each stratum, put together in the order of the rows."""
    order, parts = [], []
    for layer in np.unique(stratum):
        rows = np.flatnonzero(stratum == layer)
        order.append(rows)
        parts.append(of(int(layer), rows))
    return np.concatenate(parts)[np.argsort(np.concatenate(order))]


@dataclass(frozen=True)
class Stratified:
    """Proportional hazards within each stratum, with a baseline for each.

    Attributes
    ----------
    risk : array, shape (n,)
    stratum : array of int, shape (n,)
    baselines : tuple of Baseline

    Examples
    --------
    >>> fast, slow = Baseline(np.array([1.0]), np.log([1.0])), Baseline(np.array([2.0]), np.log([0.5]))
    >>> Stratified(np.zeros(2), np.array([1, 0]), (fast, slow)).alive(np.array([1.0, 2.0])).round(3).tolist()
    [[1.0, 0.607], [0.368, 0.368]]
    """

    risk: Floats
    stratum: NDArray[np.int64]
    baselines: tuple[Baseline, ...]

    def _part(self, layer: int, rows: NDArray[np.intp]) -> Proportional:
        """The predictions for rows of one stratum."""
        return Proportional(self.risk[rows], self.baselines[layer])

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times."""
        return _each_stratum(self.stratum, lambda layer, rows: self._part(layer, rows).alive(times))

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time."""
        return _each_stratum(self.stratum, lambda layer, rows: self._part(layer, rows).alive_at_own(time[rows]))

    def median(self) -> Floats:
        """The median survival time: when the probability reaches 1/2; infinite if it stays above."""
        return _each_stratum(self.stratum, lambda layer, rows: self._part(layer, rows).median())

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risk=self.risk[rows], stratum=self.stratum[rows])


@dataclass(frozen=True)
class StratifiedCompeting(SeveralCauses):
    """Proportional hazards for each cause within each stratum, with a baseline for each cause and stratum.

    Attributes
    ----------
    risks : array, shape (n, causes)
    stratum : array of int, shape (n,)
    baselines : tuple of tuple of Baseline
        For each stratum, those of the causes.
    """

    risks: Floats
    stratum: NDArray[np.int64]
    baselines: tuple[tuple[Baseline, ...], ...]

    def _part(self, layer: int, rows: NDArray[np.intp]) -> Competing:
        """The predictions for rows of one stratum."""
        return Competing(self.risks[rows], self.baselines[layer])

    def incidence(self, times: Floats) -> Floats:
        """The cumulative incidence of each cause at times, (n, times, causes)."""
        return _each_stratum(self.stratum, lambda layer, rows: self._part(layer, rows).incidence(times))

    def alive(self, times: Floats) -> Floats:
        """The event-free probability (no event of any cause) at times, (n, times)."""
        return _each_stratum(self.stratum, lambda layer, rows: self._part(layer, rows).alive(times))

    def median(self) -> Floats:
        """The median event-free time: when the event-free probability reaches 1/2; infinite if it stays above."""
        return _each_stratum(self.stratum, lambda layer, rows: self._part(layer, rows).median())

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risks=self.risks[rows], stratum=self.stratum[rows])


@dataclass(frozen=True)
class AlikeInStratum:
    """The same curve for every row of a stratum: the baselines without inputs."""

    curves: tuple[Curve, ...]
    stratum: NDArray[np.int64]

    @property
    def risk(self) -> Floats:
        """Equal risks for all rows, which are compared only within their stratum."""
        return np.zeros(len(self.stratum))

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times."""
        return _each_stratum(self.stratum, lambda layer, rows: Alike(self.curves[layer], len(rows)).alive(times))

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time."""
        return _each_stratum(self.stratum, lambda layer, rows: self.curves[layer].at(time[rows]))

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, stratum=self.stratum[rows])


@dataclass(frozen=True)
class EverybodysInStratum:
    """The same cumulative incidences for every row of a stratum."""

    curves: tuple[tuple[Curve, ...], ...]
    stratum: NDArray[np.int64]

    def of_cause(self, cause: int) -> Predicted:
        """The predictions for one cause, numbered from 1."""
        own = (each[cause - 1] for each in self.curves)
        turned = (replace(one, value=1 - one.value, low=1 - one.high, high=1 - one.low, start=1.0) for one in own)
        return AlikeInStratum(tuple(turned), self.stratum)
