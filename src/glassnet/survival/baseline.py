"""Breslow's cumulative baseline hazard of the Cox model, which turns relative risks into survival curves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.survival.times import Floats, Times


@dataclass(frozen=True)
class Baseline:
    """``S(t | row) = exp(-H(t) exp(risk))`` with the step function H.

    Attributes
    ----------
    time : array, shape (k,)
        The distinct event times of the rows used for the estimate.
    log_hazard : array, shape (k,)
        The logarithm of H from each of these times on, since risks are only known up to a constant, which may be large.

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 0), (3.0, 1)])
    >>> baseline = Baseline.of(times, np.zeros(3))
    >>> baseline.at(baseline.time).round(4).tolist()
    [0.3333, 1.3333]
    >>> baseline.alive(np.array([0.0, 1.0]), np.array([0.5, 1.0])).round(3).tolist()
    [[1.0, 0.717], [1.0, 0.404]]
    """

    time: Floats
    log_hazard: Floats

    @classmethod
    def of(cls, times: Times, risk: Floats, weights: Floats | None = None) -> Baseline:
        """The baseline estimated from rows and their risks (logarithms of relative hazards)."""
        each = np.ones(len(times)) if weights is None else weights
        distinct, place = np.unique(times.time, return_inverse=True)
        top = float(np.max(risk)) if len(risk) else 0.0  # so that no exponential overflows
        size = np.bincount(place, each * np.exp(risk - top), len(distinct))
        at_risk = size[::-1].cumsum()[::-1]
        events = np.bincount(place, each * times.happened, len(distinct))
        kept = (events > 0) & (at_risk > 0)
        return cls(distinct[kept], np.log(np.cumsum(events[kept] / at_risk[kept])) - top)

    def _log_at(self, times: Floats) -> Floats:
        """The logarithm of H at times."""
        return np.asarray(np.concatenate([[-np.inf], self.log_hazard])[np.searchsorted(self.time, times, "right")])

    def at(self, times: Floats) -> Floats:
        """H at times."""
        return np.asarray(np.exp(self._log_at(times)))

    def alive(self, risk: Floats, times: Floats) -> Floats:
        """The survival probability of each row at times, (n, times)."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-np.exp(risk[:, None] + self._log_at(times))))

    def alive_at_own(self, risk: Floats, time: Floats) -> Floats:
        """The survival probability of each row at its own time, (n,)."""
        with np.errstate(over="ignore"):
            return np.asarray(np.exp(-np.exp(risk + self._log_at(time))))

    def median(self, risk: Floats) -> Floats:
        """The median survival time of each row: the first time with a survival probability of at most 1/2, or inf."""
        place = np.searchsorted(self.log_hazard, np.log(np.log(2.0)) - risk - 1e-12, "left")
        return np.asarray(np.concatenate([self.time, [np.inf]])[place])
