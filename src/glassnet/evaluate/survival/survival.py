"""Performance of survival predictions: discrimination, error and calibration, with intervals by patients or groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate.metrics.measure import MEASURES
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.plain import plain_json
from glassnet.survival.calibration import HorizonGroup, at_horizon, distribution_test, observed_over_expected
from glassnet.survival.censoring import Censoring
from glassnet.survival.competing import SeveralCauses
from glassnet.survival.curves import Curve, aalen_johansen, kaplan_meier
from glassnet.survival.log_rank import LogRank, log_rank
from glassnet.survival.predicted import Predicted
from glassnet.survival.times import Floats, Times

RISK_GROUPS = ("low risk", "middle risk", "high risk")
_HORIZONS = (0.25, 0.5, 0.75)  # fractions of the events
_DRAWS = 300


SURVIVAL_MEASURES = tuple(
    MEASURES[name] for name in ("concordance (Harrell)", "concordance (Uno)", "integrated Brier score")
)
"""The measures over the whole follow-up."""
_AT_HORIZONS = ("Brier score", "AUC")


@dataclass(frozen=True)
class Estimate:
    """A measure with its interval, whose ends are NaN if no draw defines it."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Horizon:
    """Calibration at one horizon.

    Attributes
    ----------
    time : float
    groups : tuple of HorizonGroup
        Groups of increasing predicted risk.
    ratio : Estimate
        The ratio of observed to predicted events.
    brier, auc : Estimate
    """

    time: float
    groups: tuple[HorizonGroup, ...]
    ratio: Estimate
    brier: Estimate
    auc: Estimate


@dataclass(frozen=True)
class RiskGroup:
    """Patients with similar predicted risk, and their Kaplan-Meier curve."""

    name: str
    rows: NDArray[np.intp]
    curve: Curve


@dataclass(frozen=True)
class SurvivalPerformance:
    """The performance of survival predictions.

    Attributes
    ----------
    times : Times
    measures : tuple of Estimate
        Measures in the order of `SURVIVAL_MEASURES`.
    horizons : tuple of Horizon
    distribution_p : float
        The p-value of D-calibration, which is small if the curves are not calibrated over the whole follow-up.
    groups : tuple of RiskGroup
        Thirds by predicted risk; fewer groups if many rows have the same risk.
    test : LogRank
        The test for a difference between these groups.
    whole : Curve
        The Kaplan-Meier curve of all rows, or the cumulative incidence of a cause.
    censoring : Censoring
    coverage : float
    notes : tuple of str
    event : str
        The name of the event.
    cause : int or None
        With competing causes, the evaluated cause; curves are then cumulative incidences, without D-calibration.
    """

    times: Times
    measures: tuple[Estimate, ...]
    horizons: tuple[Horizon, ...]
    distribution_p: float
    groups: tuple[RiskGroup, ...]
    test: LogRank
    whole: Curve
    censoring: Censoring
    coverage: float
    notes: tuple[str, ...]
    event: str = "the event"
    cause: int | None = None

    @property
    def quantity(self) -> str:
        """The quantity of the curves."""
        return f"probability without {self.event}" if self.cause is None else f"cumulative incidence of {self.event}"

    def __getitem__(self, name: str) -> Estimate:
        return next(measured for measured in self.measures if measured.name == name)

    def html(self) -> str:
        """All results as a self-contained page with curves."""
        from glassnet.evaluate.survival.page import page_of

        return page_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        from dataclasses import asdict

        whole = self.whole
        return dict(plain_json({
            "rows": len(self.times), "events": self.times.n_events, "coverage": self.coverage,
            "measures": {m.name: {"value": m.value, "low": m.low, "high": m.high} for m in self.measures},
            "horizons": [
                {"time": h.time, "groups": [asdict(g) for g in h.groups],
                 "observed_over_expected": h.ratio.value, "low": h.ratio.low, "high": h.ratio.high,
                 "brier": h.brier.value, "auc": h.auc.value}
                for h in self.horizons
            ],
            "event": self.event, "cause": self.cause, "distribution_p": self.distribution_p,
            "log_rank_p": self.test.p,
            "groups": [
                {"name": g.name, "rows": len(g.rows), "time": g.curve.time, "alive": g.curve.value,
                 "low": g.curve.low, "high": g.curve.high, "at_risk": g.curve.at_risk}
                for g in self.groups
            ],
            "kaplan_meier": {"time": whole.time, "alive": whole.value, "at_risk": whole.at_risk},
            "weights": {"horizon": self.censoring.horizon, "largest": self.censoring.largest_weight,
                        "events_beyond": self.censoring.beyond, "note": self.censoring.note},
            "notes": list(self.notes),
        }))  # fmt: skip


def survival_performance(
    times: Times,
    predicted: Predicted,
    *,
    training: Times | None = None,
    horizons: Sequence[float] | None = None,
    groups: Groups | None = None,
    coverage: float = 0.95,
    draws: int = _DRAWS,
    seed: int = 0,
    cause: int | None = None,
    event: str = "the event",
) -> SurvivalPerformance:
    """Evaluate predictions of times to an event.

    Parameters
    ----------
    times : Times
        Times of the test rows.
    predicted : Predicted
        Their predicted risks and curves; with competing causes, those of the evaluated cause, such as
        ``model.predict_curves(rows).of_cause(1)``.
    training : Times, optional
        Times for estimating the censoring distribution; the test rows by default. Test rows are evaluated up to the
        longest follow-up of these patients.
    horizons : sequence of float, optional
        Times at which calibration is assessed; by default the times by which 1/4, 1/2 and 3/4 of the events have
        happened.
    groups : Groups, optional
        Rows that belong together, such as those of one patient, and are resampled together for the intervals.
    coverage : float
    draws, seed : int
        The number of bootstrap draws and their seed.
    cause : int, optional
        With competing causes, the code in `times` of the evaluated cause. Observed risks are then Aalen-Johansen
        estimates, and patients with another cause never have this one.
    event : str
        The name of the event.

    Raises
    ------
    DataError
        When no row has an event.

    Examples
    --------
    >>> from glassnet.survival.baseline import Baseline
    >>> from glassnet.survival.predicted import Proportional
    >>> rng = np.random.default_rng(0)
    >>> risk = rng.normal(size=200)
    >>> times = Times.of(rng.exponential(np.exp(-risk)), rng.uniform(size=200) < 0.7)
    >>> found = survival_performance(times, Proportional(risk, Baseline.of(times, risk)), draws=50)
    >>> round(found["concordance (Harrell)"].value, 2), found.distribution_p > 0.05
    (0.7, True)
    """
    if isinstance(predicted, SeveralCauses):
        raise ConfigurationError(
            "These are risks of competing causes. Evaluate one of them, such as survival_performance(times, "
            "curves.of_cause(1), cause=1), or all by performances_over_time."
        )
    own_times = times if cause is None else times.of_cause(cause)
    if not own_times.n_events:
        raise DataError(
            f"None of the {len(times)} rows has {event}, so nothing can be evaluated. Use rows of which some have it."
        )
    censoring = Censoring.of(times if training is None else training, times)
    chosen = _horizons(own_times, censoring) if horizons is None else np.unique(np.asarray(horizons, dtype=np.float64))
    by = [TimeCases.by(times, predicted, float(horizon), censoring, cause) for horizon in chosen]

    def values(drawn: Floats) -> Floats:
        """All quantities for each draw, one column each."""
        columns = [measure.value(by[0], drawn) for measure in SURVIVAL_MEASURES]
        for cases in by:
            columns.append(observed_over_expected(times, 1.0 - cases.prediction, cases.horizon, drawn, cause))
            known = cases.horizon <= censoring.horizon
            columns += [
                MEASURES[name].value(cases, drawn) if known else np.full(len(drawn), np.nan) for name in _AT_HORIZONS
            ]
        return np.column_stack(columns)

    plain = values(np.ones((1, len(times))))[0]
    n_draws = affordable_draws(len(times), draws)
    drawn = np.concatenate([values(block) for block in row_counts(len(times), n_draws, seed, groups)])
    ends = [interval(column, coverage) or (np.nan, np.nan) for column in drawn.T]
    measured = [Estimate("", float(value), *map(float, end)) for value, end in zip(plain, ends, strict=True)]
    first, each = len(SURVIVAL_MEASURES), 1 + len(_AT_HORIZONS)
    results = tuple(_rename(m, measure.name) for m, measure in zip(measured, SURVIVAL_MEASURES, strict=False))
    at_horizons = []
    for k, cases in enumerate(by):
        own = measured[first + each * k : first + each * (k + 1)]
        named = map(_rename, own, ("observed over expected", *_AT_HORIZONS))
        at_horizons.append(
            Horizon(cases.horizon, at_horizon(times, 1.0 - cases.prediction, cases.horizon, cause=cause), *named)
        )
    own_p = distribution_test(times, predicted.alive_at_own(times.time)) if cause is None else float("nan")
    parts = _risk_groups(times, predicted.risk, cause)
    place = np.empty(len(times), dtype=np.int64)
    for number, part in enumerate(parts):
        place[part.rows] = number
    return SurvivalPerformance(
        times, results, tuple(at_horizons), own_p, parts, log_rank(own_times, place), _curve(times, cause, coverage),
        censoring, coverage, _notes(times, censoring, chosen), event, cause,
    )  # fmt: skip


def _rename(measured: Estimate, name: str) -> Estimate:
    """The same measure with another name."""
    return Estimate(name, measured.value, measured.low, measured.high)


def _horizons(times: Times, censoring: Censoring) -> Floats:
    """The times by which these fractions of the events have happened, within the range of the weights."""
    events = times.time[times.happened]
    quantiles = np.unique(np.quantile(events, _HORIZONS, method="inverted_cdf"))
    inside = quantiles[quantiles <= censoring.horizon]
    return inside if len(inside) else quantiles[:1]


def _curve(times: Times, cause: int | None, coverage: float = 0.95) -> Curve:
    """The Kaplan-Meier curve, or the cumulative incidence of a cause."""
    if cause is None:
        return kaplan_meier(times, coverage=coverage)
    return aalen_johansen(times, cause, coverage=coverage)


def _risk_groups(times: Times, risk: Floats, cause: int | None) -> tuple[RiskGroup, ...]:
    """Thirds by predicted risk."""
    edges = np.quantile(risk, [1 / 3, 2 / 3])
    place = np.searchsorted(edges, risk, "left")
    groups = [np.flatnonzero(place == g) for g in range(3)]
    return tuple(
        RiskGroup(name, rows, _curve(times.take(rows), cause))
        for name, rows in zip(RISK_GROUPS, groups, strict=True)
        if len(rows)
    )


def _notes(times: Times, censoring: Censoring, horizons: Floats) -> tuple[str, ...]:
    """Notes on the range and the data."""
    notes = [censoring.note]
    if times.stratum is not None:
        notes.append("Concordance and the log-rank test compare patients only with those of the same stratum.")
    if times.n_events == len(times):
        notes.append("Every patient had the event: nobody is censored, so no weights are needed.")
    ties = len(times) - len(np.unique(times.time))
    if ties > len(times) / 2:
        notes.append(f"{ties} of {len(times)} times are ties; the partial likelihood uses Efron's method for them.")
    late = [f"{h:g}" for h in horizons if h > censoring.horizon]
    if late:
        notes.append(f"At {', '.join(late)}, too few are still under observation for a Brier score.")
    return tuple(notes)
