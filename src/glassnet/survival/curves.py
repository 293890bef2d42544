"""Kaplan-Meier, Nelson-Aalen and Aalen-Johansen curves of a group of patients, with numbers at risk.

At tied times, events come before censoring: a patient last seen on the day of an event was still at risk on that day.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.times import Floats, Times


@dataclass(frozen=True)
class Curve:
    """A step function that has `value` from each `time` until the next.

    Attributes
    ----------
    time : array, shape (k,)
        The distinct times of events and censoring, in order.
    value, low, high : array, shape (k,)
        The estimate and its interval.
    at_risk, events : array, shape (k,)
        The numbers at risk just before each time, and of events at it.
    start : float
        The value before the first time: 1 for survival, 0 for cumulative quantities.
    """

    time: Floats
    value: Floats
    low: Floats
    high: Floats
    at_risk: Floats
    events: Floats
    start: float

    def at(self, times: float | Sequence[float] | Floats, *, before: bool = False) -> Floats:
        """The value at times, or just before them."""
        return self._step(self.value, times, before)

    def interval_at(self, times: float | Sequence[float] | Floats) -> tuple[Floats, Floats]:
        """The interval at times."""
        return self._step(self.low, times, False), self._step(self.high, times, False)

    def _step(self, values: Floats, times: float | Sequence[float] | Floats, before: bool) -> Floats:
        """Values of the step curve."""
        place = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), "left" if before else "right")
        return np.asarray(np.concatenate([[self.start], values])[place])

    def at_risk_at(self, times: Sequence[float] | Floats) -> NDArray[np.int64]:
        """The numbers at risk at each time, for the table under a curve."""
        place = np.searchsorted(self.time, np.asarray(times, dtype=np.float64), "left")
        return np.concatenate([self.at_risk, [0.0]])[place].astype(np.int64)

    @property
    def median(self) -> float:
        """The first time at which half have had the event; infinite if that is not reached."""
        below = np.flatnonzero(self.value <= 0.5 if self.start == 1.0 else self.value >= 0.5)
        return float(self.time[below[0]]) if len(below) else math.inf

    @property
    def steps(self) -> NDArray[np.bool_]:
        """The times at which the value changes."""
        return self.events > 0


def table(times: Times, weights: Floats | None = None) -> tuple[Floats, Floats, Floats, Floats]:
    """Distinct times, with the numbers at risk, of events and of censored patients at each.

    With `weights` of shape (draws, n) the counts have the shape (draws, k).
    """
    each = np.ones((1, len(times))) if weights is None else np.atleast_2d(weights)
    distinct, place = np.unique(times.time, return_inverse=True)
    order = np.argsort(place, kind="stable")
    starts = np.searchsorted(place[order], np.arange(len(distinct)))
    here = np.add.reduceat(each[:, order], starts, axis=1)
    events = np.add.reduceat((each * times.happened)[:, order], starts, axis=1)
    at_risk = here[:, ::-1].cumsum(axis=1)[:, ::-1]
    counts = at_risk, events, here - events
    return (distinct, *(c[0] if weights is None or np.ndim(weights) == 1 else c for c in counts))  # type: ignore[return-value]


def kaplan_meier(times: Times, *, coverage: float = 0.95) -> Curve:
    """The Kaplan-Meier estimate of survival, with log-log intervals.

    Examples
    --------
    >>> curve = kaplan_meier(Times.read([(1.0, 1), (2.0, 0), (3.0, 1), (4.0, 0)]))
    >>> curve.value.round(3).tolist(), curve.at_risk.tolist(), curve.median
    ([0.75, 0.75, 0.375, 0.375], [4.0, 3.0, 2.0, 1.0], 3.0)
    """
    time, at_risk, events, _ = table(times)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(np.cumprod(1.0 - events / at_risk), dtype=np.float64)
        spread = np.sqrt(np.cumsum(events / (at_risk * (at_risk - events)))) / np.abs(np.log(value))
        z = NormalDist().inv_cdf(0.5 + coverage / 2)
        low, high = (value ** np.exp(sign * z * spread) for sign in (1.0, -1.0))
    flat = (value == 1) | (value == 0)  # nobody or everybody so far: there is no interval
    return Curve(time, value, np.where(flat, value, low), np.where(flat, value, high), at_risk, events, 1.0)


def survival_draws(times: Times, weights: Floats, at: Floats) -> Floats:
    """Kaplan-Meier estimates at times for each draw of the rows, (draws, times); `weights` are the draw counts."""
    time, at_risk, events, _ = table(times, np.atleast_2d(weights))
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.cumprod(np.where(at_risk > 0, 1.0 - events / at_risk, 1.0), axis=1)
    place = np.searchsorted(time, at, "right")
    return np.asarray(np.column_stack([np.ones(len(value)), value])[:, place])


def incidence_draws(times: Times, weights: Floats, at: Floats, cause: int) -> Floats:
    """The cumulative incidence of a cause at times for each draw of the rows, (draws, times)."""
    drawn = np.atleast_2d(weights)
    time, at_risk, events, _ = table(times, drawn)
    mine = table(times.of_cause(cause), drawn)[2]
    with np.errstate(divide="ignore", invalid="ignore"):
        alive = np.cumprod(np.where(at_risk > 0, 1.0 - events / at_risk, 1.0), axis=1)
        share = np.where(at_risk > 0, mine / at_risk, 0.0)
    before = np.column_stack([np.ones(len(alive)), alive[:, :-1]])
    value = np.cumsum(before * share, axis=1)
    return np.asarray(np.column_stack([np.zeros(len(value)), value])[:, np.searchsorted(time, at, "right")])


def nelson_aalen(times: Times, *, coverage: float = 0.95) -> Curve:
    """The Nelson-Aalen estimate of the cumulative hazard: the sum of events / at risk over the event times.

    Examples
    --------
    >>> nelson_aalen(Times.read([(1.0, 1), (2.0, 0), (3.0, 1), (4.0, 0)])).value.tolist()
    [0.25, 0.25, 0.75, 0.75]
    """
    time, at_risk, events, _ = table(times)
    value, variance = np.cumsum(events / at_risk), np.cumsum(events / at_risk**2)
    z = NormalDist().inv_cdf(0.5 + coverage / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.exp(z * np.sqrt(variance) / value)
    low, high = np.where(value > 0, value / factor, 0.0), np.where(value > 0, value * factor, 0.0)
    return Curve(time, value, low, high, at_risk, events, 0.0)


def aalen_johansen(times: Times, cause: int = 1, *, coverage: float = 0.95) -> Curve:
    """The Aalen-Johansen estimate of the cumulative incidence of one cause in the presence of others.

    One minus the Kaplan-Meier estimate for a cause treats other causes as censoring, and is too large.

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 2), (3.0, 1), (4.0, 0)], causes=True)
    >>> aalen_johansen(times, 1).value.tolist(), aalen_johansen(times, 2).value.tolist()
    ([0.25, 0.25, 0.5, 0.5], [0.0, 0.25, 0.25, 0.25])
    """
    time, at_risk, events, _ = table(times)
    mine = table(times.of_cause(cause))[2]
    alive = np.concatenate([[1.0], np.cumprod(1.0 - events / at_risk)[:-1]])
    value = np.cumsum(alive * mine / at_risk)
    spread = np.sqrt(_aalen_johansen_variance(value, alive, at_risk, events, mine))
    z = NormalDist().inv_cdf(0.5 + coverage / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        width = z * spread / (value * np.log(value))
        low, high = (value ** np.exp(sign * width) for sign in (-1.0, 1.0))
    inside = (value > 0) & (value < 1)
    return Curve(time, value, np.where(inside, low, value), np.where(inside, high, value), at_risk, mine, 0.0)


def _aalen_johansen_variance(value: Floats, alive: Floats, at_risk: Floats, events: Floats, mine: Floats) -> Floats:
    """The variance of a cumulative incidence at each time, by the delta method (Marubini and Valsecchi 1995)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        all_causes = np.where(at_risk > events, events / (at_risk * (at_risk - events)), 0.0)
    one = alive**2 * mine * (at_risk - mine) / at_risk**3
    both = alive * mine / at_risk**2
    # sum over j of (F_k - F_j)^2 a_j + b_j - 2 (F_k - F_j) c_j, in running sums
    a, af, aff = (np.cumsum(all_causes * value**p) for p in (0, 1, 2))
    b, c, cf = np.cumsum(one), np.cumsum(both), np.cumsum(both * value)
    return np.asarray(np.maximum(0.0, value**2 * a - 2 * value * af + aff + b - 2 * (value * c - cf)))
