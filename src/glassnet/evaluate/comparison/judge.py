"""`Judge`: every measure of an outcome, with bootstrap intervals over rows or groups, as `OutcomeMeasures`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.sampling.bootstrap import interval, row_counts, wilson
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate.comparison.comparison import Estimate
from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.clinical_curve import CalibrationCurve, DecisionCurve, calibration_curve, decision_curve
from glassnet.evaluate.metrics.measure import Measure, measures_for, measures_of
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.formulas import Parameter

COVERAGE = Parameter("coverage", 0.95, "share of the draws inside an interval", 0.0, 1.0, True, True)
DECIDED = measures_for("decision", "threshold")
MACRO = "mean of the classes"


@dataclass(frozen=True, eq=False)
class OutcomeMeasures:
    """The measures of one outcome.

    Attributes
    ----------
    outcome : str
        The class, or the target for amounts.
    n_with : float
        The weight of rows with the outcome.
    measured : tuple of Estimate
    at_thresholds : dict of float to tuple of Estimate
        For two classes: the measures of classifying rows as positive at or above each threshold.
    calibration : CalibrationCurve or None
    decision : DecisionCurve or None
    horizon : float or None
        For times to an event: the time at which probabilities are evaluated.
    """

    outcome: str
    n_with: float
    measured: tuple[Estimate, ...]
    at_thresholds: dict[float, tuple[Estimate, ...]] = field(default_factory=dict)
    calibration: CalibrationCurve | None = None
    decision: DecisionCurve | None = None
    horizon: float | None = None

    def __getitem__(self, measure: str) -> Estimate:
        """One measure by its name."""
        known = {each.metric: each for each in self.measured}
        if measure not in known:
            raise ConfigurationError(f"There is no measure {measure!r} here. {nearest(measure, known)}")
        return known[measure]


@dataclass(frozen=True)
class Judge:
    """How rows are weighted and resampled.

    Attributes
    ----------
    weights : array of float64, shape (n_rows,)
    groups : Groups or None
        Groups that are resampled as a whole.
    n_draws, seed : int
    coverage : float
    """

    weights: Floats
    groups: Groups | None
    n_draws: int
    seed: int
    coverage: float

    def draws(self) -> Iterable[Floats]:
        """The number of times that each row is in each draw, in blocks."""
        return row_counts(len(self.weights), self.n_draws, self.seed, self.groups)

    def take(self, rows: np.ndarray) -> Judge:
        """The judge for a subset of the rows."""
        groups = None if self.groups is None else self.groups.take(rows)
        return replace(self, weights=self.weights[rows], groups=groups)

    def outcomes(
        self, several: Mapping[str, Cases], thresholds: tuple[float, ...] = (), *, curves: bool = True
    ) -> tuple[OutcomeMeasures, ...]:
        """The measures of each outcome, and for several classes their mean."""
        outcomes = [self.outcome(name, cases, thresholds, curves=curves) for name, cases in several.items()]
        if len(outcomes) < 2 or any(isinstance(cases, TimeCases) for cases in several.values()):
            return tuple(outcomes)
        return (*outcomes, self.macro(list(several.values())))

    def outcome(
        self, name: str, cases: Cases, thresholds: tuple[float, ...] = (), *, curves: bool = True
    ) -> OutcomeMeasures:
        """Every measure and curve of one outcome."""
        measured = self.measure(measures_of(cases), cases)
        if cases.are_amounts:
            return OutcomeMeasures(name, float(self.weights.sum()), measured)
        at = {t: self.measure(DECIDED, cases.at(t)) for t in thresholds}
        n_with = float(self.weights @ cases.truth)
        horizon = cases.horizon if isinstance(cases, TimeCases) else None
        if not curves:
            return OutcomeMeasures(name, n_with, measured, at, horizon=horizon)
        return OutcomeMeasures(
            name, n_with, measured, at,
            calibration_curve(cases, self.weights, self.draws(), self.coverage),
            decision_curve(cases, self.weights, self.draws(), self.coverage), horizon,
        )  # fmt: skip

    def measure(self, measures: Sequence[Measure], cases: Cases) -> tuple[Estimate, ...]:
        """The measures on the rows, with bootstrap intervals."""
        once = self.weights[None]
        plain = {m.name: float(m.value(cases, once)[0]) for m in measures}
        blocks: dict[str, list[Floats]] = {m.name: [] for m in measures}
        for drawn in self.draws():
            weights = drawn * self.weights
            for m in measures:
                blocks[m.name].append(m.value(cases, weights))
        return tuple(self._with_ends(m, cases, plain[m.name], np.concatenate(blocks[m.name])) for m in measures)

    def _with_ends(self, measure: Measure, cases: Cases, value: float, drawn: Floats) -> Estimate:
        """A value with its interval: Wilson's if all draws of a proportion are 0, or all are 1."""
        if not np.isfinite(value):
            return Estimate(measure.name, None, None, None)
        ends = self._ends(drawn)
        if measure.share_of is not None and ends == (value, value) and value in (0.0, 1.0):
            rows = np.flatnonzero(measure.share_of(cases))
            count = len(rows) if self.groups is None else len(np.unique(self.groups.of_row[rows]))
            ends = wilson(value, count, self.coverage)
        return Estimate(measure.name, value, *(ends or (None, None)))

    def _ends(self, drawn: Floats) -> tuple[float, float] | None:
        """The ends of an interval, or None if too many draws have no value."""
        unknown = float(np.mean(~np.isfinite(drawn)))
        return None if unknown > (1 - self.coverage) / 2 else interval(drawn, self.coverage)

    def macro(self, several: Sequence[Cases]) -> OutcomeMeasures:
        """The mean of each measure over the classes, which is undefined if it is for one of them."""
        measures = measures_for("decision", "probability")
        once = self.weights[None]

        def means(weights: Floats) -> dict[str, Floats]:
            return {m.name: np.mean([m.value(cases, weights) for cases in several], axis=0) for m in measures}

        plain = means(once)
        blocks = [means(drawn * self.weights) for drawn in self.draws()]
        measured = []
        for m in measures:
            value = float(plain[m.name][0])
            ends = self._ends(np.concatenate([block[m.name] for block in blocks]))
            there = np.isfinite(value)
            measured.append(Estimate(m.name, value if there else None, *((there and ends) or (None, None))))
        return OutcomeMeasures(MACRO, float(self.weights.sum()), tuple(measured))
