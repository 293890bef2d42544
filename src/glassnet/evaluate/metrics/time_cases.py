"""`TimeCases`: predictions of times to an event, and the status of each row at one horizon.

By a horizon an event has happened or not, so all measures of probabilities apply there. Rows censored earlier have an
unknown status; rows followed that long stand in for them, with inverse probability of censoring weights. Decisions by a
threshold are evaluated by Kaplan-Meier among the rows classified as positive and among the others, as Vickers et al.
(2008) do for decision curves.
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
    """Rows with their times and predictions.

    `truth` and `prediction` are for the horizon: whether the event is known to have happened by then, and its risk.

    Parameters
    ----------
    times : Times
    predicted : Predicted
        Risks and curves.
    horizon : float
    censoring : Censoring
        The censoring distribution, estimated from the test rows.
    grid : array of float64
        Times for integrating Brier scores.
    cause : int or None
        With competing causes, the cause that is evaluated; a row with another cause first never has it.

    Examples
    --------
    >>> from glassnet.survival import Baseline, Proportional
    >>> times, risk = Times.read([(1.0, 1), (2.0, 0), (3.0, 1), (4.0, 0)]), np.array([1.0, 0.0, 0.0, -1.0])
    >>> cases = TimeCases.by(times, Proportional(risk, Baseline.of(times, risk)), 3.0)
    >>> cases.truth.tolist(), cases.known_weights(np.ones((1, 4))).round(2).tolist()
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
        """The cases at a horizon; with competing causes, `predicted` is for the cause that is evaluated."""
        watched = Censoring.of(times) if censoring is None else censoring
        probability = 1.0 - predicted.alive(np.array([horizon]))[:, 0]
        happened = (times.happened if cause is None else times.event == cause) & (times.time <= horizon)
        return cls(
            happened, probability, times=times, predicted=predicted, horizon=float(horizon), censoring=watched,
            grid=grid(times if cause is None else times.of_cause(cause), watched), cause=cause,
        )  # fmt: skip

    def take(self, rows: np.ndarray) -> Self:
        """A subset of the rows, with the censoring distribution of all rows."""
        positive = None if self.positive is None else self.positive[rows]
        return replace(
            self, truth=self.truth[rows], prediction=self.prediction[rows], positive=positive,
            times=self.times.take(rows), predicted=self.predicted.take(rows), _memo={},
        )  # fmt: skip

    def rotate(self, step: int) -> Self:
        """The cases with predictions shifted by `step` rows."""
        rows = (np.arange(len(self)) + step) % len(self)
        positive = None if self.positive is None else self.positive[rows]
        return replace(
            self, prediction=self.prediction[rows], positive=positive, predicted=self.predicted.take(rows), _memo={}
        )

    def known_weights(self, weights: Floats) -> Floats:
        """Weights times the inverse probability of censoring weights; 0 for rows censored before the horizon."""
        return weights * self._watching

    @cached_property
    def _watching(self) -> Floats:
        """The weight of each row at the horizon, which accounts for censored rows."""
        return self.censoring.weights_at(self.times, self.horizon)

    def happened_among(self, weights: Floats) -> Floats:
        """The risk of the event by the horizon; NaN if no row counts."""
        share = self.shares(weights, np.array([self.horizon]))[:, 0]
        return np.where(weights.sum(axis=1) > 0, share, np.nan)

    def shares(self, weights: Floats, at: Floats) -> Floats:
        """The risk of the event at times, by Kaplan-Meier, or by Aalen-Johansen with competing causes."""
        if self.cause is None:
            return 1.0 - survival_draws(self.times, weights, at)
        return incidence_draws(self.times, weights, at, self.cause)

    @property
    def ordered(self) -> Times:
        """Times by which pairs of rows are ordered."""
        return self.times if self.cause is None else self.times.awaiting(self.cause)

    def share(self, weights: Floats) -> Floats:
        """The risk of the event by the horizon."""
        return self.happened_among(weights)

    def cells(self, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """Expected numbers of true and false positives and of true and false negatives."""
        inside, outside = weights * self.is_positive, weights * ~self.is_positive
        yes, no = (np.nan_to_num(self.happened_among(each)) for each in (inside, outside))
        positive, negative = inside.sum(axis=1), outside.sum(axis=1)
        return positive * yes, positive * (1 - yes), negative * (1 - no), negative * no

    def net_benefits(self, weights: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
        """Net benefit of treating rows at or above each threshold, and of treating all, (draws, points)."""
        odds, total = thresholds / (1 - thresholds), weights.sum(axis=1)
        benefits = np.zeros((len(weights), len(thresholds)))
        above = self.prediction[:, None] >= thresholds
        happened, share = benefits[:, 0], benefits[:, 0]
        for k in range(len(thresholds)):
            if k == 0 or (above[:, k] != above[:, k - 1]).any():
                mine = weights * above[:, k]
                happened, share = np.nan_to_num(self.happened_among(mine)), mine.sum(axis=1) / total
            benefits[:, k] = share * (happened - odds[k] * (1 - happened))
        of_all = self.happened_among(weights)[:, None]
        return benefits, of_all - odds * (1 - of_all)

    @cached_property
    def alive(self) -> Floats:
        """The predicted event-free probability at the grid, (n, grid)."""
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
    scores: Floats = own.memo(
        "Brier scores", weights, lambda: brier(own.times, own.alive, own.grid, own.censoring, weights, own.cause)
    )
    return integrated(scores, own.grid)


def scaled_integrated_brier(cases: Cases, weights: Floats) -> Floats:
    """The gain over predicting the Kaplan-Meier curve of the test rows for everybody."""
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
    """The slope of the log hazard on the predicted one."""
    own = _of_times(cases)
    if own.cause is not None:
        return hazard_slopes(own.times.of_cause(own.cause), own.predicted.risk, weights)
    with np.errstate(divide="ignore"):
        log_hazard = np.log(-np.log(own.predicted.alive(np.array([own.horizon]))[:, 0]))
    return hazard_slopes(own.times, log_hazard, weights)


def _of_times(cases: Cases) -> TimeCases:
    """The cases, which the caller knows to be `TimeCases`."""
    assert isinstance(cases, TimeCases)
    return cases
