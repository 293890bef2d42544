"""`TimeCases`: what was said of times to an event, and what became of each row by one horizon.

By a horizon an event has happened or not, so everything that is asked of probabilities can be asked there. Of rows that
were lost before it nobody knows; those followed that long stand for them, each for one over the chance to be followed.
What is decided by a threshold is counted by Kaplan-Meier among the rows that are called and among the others, as
Vickers et al. (2008) do for decision curves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np

from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.survival import Censoring, Predicted, Times, concordance, uno_concordance
from glassnet.survival.brier import brier, grid, integrated
from glassnet.survival.calibration import hazard_slopes
from glassnet.survival.curves import incidence_draws, survival_draws


@dataclass(frozen=True, eq=False, kw_only=True)
class TimeCases(Cases):
    """Rows with their times, and what was said of them.

    `truth` and `prediction` are those of the horizon: whether the event is known to have happened by it, and its
    probability.

    Parameters
    ----------
    times : Times
    predicted : Predicted
        Risks and curves.
    horizon : float
    censoring : Censoring
        How likely rows are still watched, as estimated from the test rows.
    grid : array of float64
        Times over which Brier scores are integrated.
    cause : int or None
        Of competing causes the one that is asked about; who had another one first will never have it.

    Examples
    --------
    >>> from glassnet.survival import Baseline, Proportional
    >>> times, risk = Times.read([(1.0, 1), (2.0, 0), (3.0, 1), (4.0, 0)]), np.array([1.0, 0.0, 0.0, -1.0])
    >>> cases = TimeCases.by(times, Proportional(risk, Baseline.of(times, risk)), 3.0)
    >>> cases.truth.tolist(), cases.seen(np.ones((1, 4))).round(2).tolist()
    ([True, False, True, False], [[1.0, 0.0, 1.5, 1.5]])
    """

    times: Times
    predicted: Predicted
    horizon: float
    censoring: Censoring
    grid: Floats
    cause: int | None = None

    @classmethod
    def by(
        cls, times: Times, predicted: Predicted, horizon: float, censoring: Censoring | None = None,
        cause: int | None = None,
    ) -> Self:  # fmt: skip
        """The cases of a horizon; of competing causes `predicted` is what is said of the one that is asked about."""
        watched = Censoring.of(times) if censoring is None else censoring
        probability = 1.0 - predicted.alive(np.array([horizon]))[:, 0]
        happened = (times.happened if cause is None else times.event == cause) & (times.time <= horizon)
        return cls(
            happened, probability, times=times, predicted=predicted, horizon=float(horizon), censoring=watched,
            grid=grid(times if cause is None else times.of_cause(cause), watched), cause=cause,
        )  # fmt: skip

    def take(self, rows: np.ndarray) -> Self:
        """Some of the rows; how likely they are watched stays what all rows say."""
        called = None if self.called is None else self.called[rows]
        return replace(
            self, truth=self.truth[rows], prediction=self.prediction[rows], called=called, times=self.times.take(rows),
            predicted=self.predicted.take(rows), _kept={},
        )  # fmt: skip

    def turned(self, step: int) -> Self:
        """The cases with predictions shifted by `step` rows."""
        rows = (np.arange(len(self)) + step) % len(self)
        called = None if self.called is None else self.called[rows]
        return replace(
            self, prediction=self.prediction[rows], called=called, predicted=self.predicted.take(rows), _kept={}
        )

    def seen(self, weights: Floats) -> Floats:
        """Weights over the chance to be watched; 0 for rows that were lost before the horizon."""
        return weights * self._watching

    @cached_property
    def _watching(self) -> Floats:
        """The weight of each row at the horizon, which accounts for censored rows."""
        return self.censoring.weights_at(self.times, self.horizon)

    def happened_among(self, weights: Floats) -> Floats:
        """The share with the event by the horizon; NaN where nobody counts."""
        share = self.shares(weights, np.array([self.horizon]))[:, 0]
        return np.where(weights.sum(axis=1) > 0, share, np.nan)

    def shares(self, weights: Floats, at: Floats) -> Floats:
        """The share with the event at times, by Kaplan-Meier, or by Aalen and Johansen where causes compete."""
        if self.cause is None:
            return 1.0 - survival_draws(self.times, weights, at)
        return incidence_draws(self.times, weights, at, self.cause)

    @property
    def ordered(self) -> Times:
        """Times by which pairs of rows are ordered."""
        return self.times if self.cause is None else self.times.awaiting(self.cause)

    def share(self, weights: Floats) -> Floats:
        """The share with the event by the horizon."""
        return self.happened_among(weights)

    def cells(self, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """True and false positives, and true and false negatives, expected among the called and the others."""
        inside, outside = weights * self.is_called, weights * ~self.is_called
        yes, no = (np.nan_to_num(self.happened_among(each)) for each in (inside, outside))
        positive, negative = inside.sum(axis=1), outside.sum(axis=1)
        return positive * yes, positive * (1 - yes), negative * (1 - no), negative * no

    def net_benefits(self, weights: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
        """Net benefit of calling rows from each threshold on, and of calling all, (draws, points)."""
        odds, total = thresholds / (1 - thresholds), weights.sum(axis=1)
        benefits = np.zeros((len(weights), len(thresholds)))
        called = self.prediction[:, None] >= thresholds
        happened, share = benefits[:, 0], benefits[:, 0]
        for k in range(len(thresholds)):
            if k == 0 or (called[:, k] != called[:, k - 1]).any():
                mine = weights * called[:, k]
                happened, share = np.nan_to_num(self.happened_among(mine)), mine.sum(axis=1) / total
            benefits[:, k] = share * (happened - odds[k] * (1 - happened))
        of_all = self.happened_among(weights)[:, None]
        return benefits, of_all - odds * (1 - of_all)

    @cached_property
    def alive(self) -> Floats:
        """The predicted share without the event at the grid, (n, grid)."""
        return self.predicted.alive(self.grid)


def harrell(cases: Cases, weights: Floats) -> Floats:
    """Harrell's concordance."""
    own = _of_times(cases)
    return concordance(own.ordered, own.predicted.risk, weights)


def uno(cases: Cases, weights: Floats) -> Floats:
    """Uno's concordance."""
    own = _of_times(cases)
    return uno_concordance(own.ordered, own.predicted.risk, own.censoring, weights)


def integrated_brier(cases: Cases, weights: Floats) -> Floats:
    """The mean Brier score over time."""
    own = _of_times(cases)
    scores: Floats = own.kept(
        "Brier scores", weights, lambda: brier(own.times, own.alive, own.grid, own.censoring, weights, own.cause)
    )
    return integrated(scores, own.grid)


def scaled_integrated_brier(cases: Cases, weights: Floats) -> Floats:
    """The gain over giving everybody the Kaplan-Meier curve of the test rows."""
    own = _of_times(cases)
    everybody = 1.0 - own.shares(weights, own.grid)
    alike = np.full((len(weights), len(own.grid)), np.nan)
    total = weights.sum(axis=1)
    for k, horizon in enumerate(own.grid):
        if horizon > own.censoring.horizon:
            continue
        seen, dead = weights * own.censoring.weights_at(own.times, float(horizon)), own.ordered.time <= horizon
        alike[:, k] = (seen @ ~dead * (1 - everybody[:, k]) ** 2 + seen @ dead * everybody[:, k] ** 2) / total
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - integrated_brier(cases, weights) / integrated(alike, own.grid))


def slope_of_hazard(cases: Cases, weights: Floats) -> Floats:
    """The slope of the log hazard on the one that was said."""
    own = _of_times(cases)
    if own.cause is not None:
        return hazard_slopes(own.times.of_cause(own.cause), own.predicted.risk, weights)
    with np.errstate(divide="ignore"):
        log_hazard = np.log(-np.log(own.predicted.alive(np.array([own.horizon]))[:, 0]))
    return hazard_slopes(own.times, log_hazard, weights)


def _of_times(cases: Cases) -> TimeCases:
    """The cases, of which the caller knows that they are of times."""
    assert isinstance(cases, TimeCases)
    return cases
