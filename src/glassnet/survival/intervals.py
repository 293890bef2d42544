"""Hazards in time intervals: targets for the network, and the resulting survival curves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.competing import SeveralCauses
from glassnet.survival.times import Floats, Times

_FEWEST, _MOST = 4, 10
_CHUNK = 4_000_000  # numbers computed at once


@dataclass(frozen=True)
class Intervals:
    """Adjacent time intervals from 0 on; nothing is known beyond the last end.

    Attributes
    ----------
    ends : array, shape (k,)
        The ends of the intervals, positive and increasing.

    Examples
    --------
    >>> intervals = Intervals(np.array([2.0, 6.0]))
    >>> intervals.passed(np.array([1.0, 3.0, 9.0])).tolist()
    [[0.5, 0.0], [1.0, 0.25], [1.0, 1.0]]
    """

    ends: Floats

    @classmethod
    def of(cls, times: Times, count: int | None = None) -> Self:
        """Intervals with about equally many events of any cause; the last one ends at the last event.

        Without a `count`, their number is the square root of the number of events, but at least 4 and at most 10.
        """
        events = times.time[times.happened]
        wanted = int(np.clip(round(np.sqrt(len(events))), _FEWEST, _MOST)) if count is None else count
        shares = np.arange(1, wanted + 1) / wanted
        return cls(np.unique(np.quantile(events, shares, method="inverted_cdf")).astype(np.float64))

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def widths(self) -> Floats:
        """The length of each interval."""
        return np.diff(self.ends, prepend=0.0)

    def passed(self, times: Floats) -> Floats:
        """The fraction of each interval that has passed at times, (times, k)."""
        return np.clip((np.asarray(times)[:, None] - (self.ends - self.widths)) / self.widths, 0.0, 1.0)

    def _had(self, times: Times) -> NDArray[np.bool_]:
        """The interval in which each row has its event, (n, k)."""
        inside = (times.time[:, None] > self.ends - self.widths) & (times.time[:, None] <= self.ends)
        return np.asarray(inside & times.happened[:, None])

    def chances(self, times: Times) -> Floats:
        """Targets for the loss `hazard`, (n, k): 1 for the event, 0 if survived, -1 if not at risk.

        A row censored in the second half of an interval counts as having survived it (Gensheimer and Narasimhan 2019).

        Examples
        --------
        >>> times = Times.read([(1.5, 1), (3.0, 0), (5.0, 0), (6.0, 1)])
        >>> Intervals(np.array([2.0, 6.0])).chances(times).tolist()
        [[1.0, -1.0], [0.0, -1.0], [0.0, 0.0], [0.0, 1.0]]
        """
        return np.where(self._had(times), 1.0, np.where(self.passed(times.time) >= 0.5, 0.0, -1.0))

    def exposures(self, times: Times) -> Floats:
        """Targets for the loss `piecewise_exponential`, (n, k): the fraction of the interval at risk, negative with the
        event.

        Examples
        --------
        >>> times = Times.read([(1.5, 1), (3.0, 0), (6.0, 1)])
        >>> Intervals(np.array([2.0, 6.0])).exposures(times).tolist()
        [[-0.75, 0.0], [1.0, 0.25], [1.0, -1.0]]
        """
        return self.passed(times.time) * np.where(self._had(times), -1.0, 1.0)

    def median(self, hazards: Floats) -> Floats:
        """The median survival times for cumulative hazards of intervals, (n, k); infinite if not reached."""
        sums = np.cumsum(hazards, axis=1)
        reached = sums >= np.log(2.0)
        place = reached.argmax(axis=1)
        rows = np.arange(len(hazards))
        with np.errstate(invalid="ignore", divide="ignore"):
            share = 1 - (sums[rows, place] - np.log(2.0)) / hazards[rows, place]
        share = np.where(np.isinf(hazards[rows, place]), 0.0, share)
        median = self.ends[place] - self.widths[place] * (1 - share)
        return np.where(reached.any(axis=1), median, np.inf)


@dataclass(frozen=True)
class Piecewise:
    """Curves of rows whose hazard is constant within each interval: ``S(t) = exp(-sum_k hazard_k passed_k(t))``.

    Attributes
    ----------
    risk : array, shape (n,)
    hazards : array, shape (n, k)
        The cumulative hazard over each whole interval.
    intervals : Intervals

    Examples
    --------
    >>> curves = Piecewise(np.zeros(1), np.log([[2.0, 4.0]]), Intervals(np.array([2.0, 6.0])))
    >>> curves.alive(np.array([2.0, 4.0, 6.0])).round(4).tolist(), float(curves.median()[0])
    ([[0.5, 0.25, 0.125]], 2.0)
    """

    risk: Floats
    hazards: Floats
    intervals: Intervals

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times, (n, times)."""
        return np.asarray(np.exp(-_products(self.hazards, self.intervals.passed(times))))

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time, (n,)."""
        passed = self.intervals.passed(time)
        return np.asarray(np.exp(-np.where(passed > 0, self.hazards * passed, 0.0).sum(axis=1)))

    def median(self) -> Floats:
        """The median survival time of each row; infinite if not reached."""
        return self.intervals.median(self.hazards)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risk=self.risk[rows], hazards=self.hazards[rows])


@dataclass(frozen=True)
class PiecewiseCompeting(SeveralCauses):
    """Curves of rows with a piecewise constant hazard for each of several causes.

    Within an interval, events are divided among the causes in proportion to their hazards.

    Attributes
    ----------
    risks : array, shape (n, causes)
    hazards : array, shape (n, causes, k)
    intervals : Intervals

    Examples
    --------
    >>> hazards = np.array([[[0.1, 0.2], [0.3, 0.2]]])
    >>> curves = PiecewiseCompeting(np.zeros((1, 2)), hazards, Intervals(np.array([2.0, 6.0])))
    >>> at = np.array([1.0, 6.0])
    >>> curves.incidence(at).round(4)[0].tolist()
    [[0.0453, 0.136], [0.1929, 0.3578]]
    >>> bool(np.allclose(curves.incidence(at).sum(axis=2) + curves.alive(at), 1))
    True
    """

    risks: Floats
    hazards: Floats
    intervals: Intervals

    def incidence(self, times: Floats) -> Floats:
        """The cumulative incidence of each cause at times, (n, times, causes)."""
        summed = self.hazards.sum(axis=1)
        before = np.exp(-(np.cumsum(summed, axis=1) - summed))
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = np.where(summed[:, None] > 0, self.hazards / summed[:, None], 0.0)
        passed = self.intervals.passed(times)
        incidence = np.empty((len(summed), len(passed), self.hazards.shape[1]))
        rows = max(1, _CHUNK // max(1, passed.size))
        for start in range(0, len(summed), rows):
            own = slice(start, start + rows)
            taken = before[own, None] * -np.expm1(-summed[own, None] * passed)  # (rows, times, k)
            incidence[own] = np.einsum("ntk,nck->ntc", taken, shares[own])
        return incidence

    def alive(self, times: Floats) -> Floats:
        """The event-free probability (no event of any cause) at times, (n, times)."""
        return np.asarray(np.exp(-_products(self.hazards.sum(axis=1), self.intervals.passed(times))))

    def median(self) -> Floats:
        """The median event-free time of each row; infinite if not reached."""
        return self.intervals.median(self.hazards.sum(axis=1))

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risks=self.risks[rows], hazards=self.hazards[rows])


def _products(hazards: Floats, passed: Floats) -> Floats:
    """``hazards @ passed.T``, in which intervals that have not begun count as 0, even with an infinite hazard."""
    return np.asarray(np.minimum(hazards, 1e300) @ passed.T)
