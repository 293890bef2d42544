"""How good predictions of times to an event are: order, error and calibration, with intervals by patients or groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError
from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.survival.brier import brier, grid, integrated
from glassnet.survival.calibration import HorizonGroup, at_horizon, distribution_test, observed_over_expected
from glassnet.survival.censoring import Censoring
from glassnet.survival.concordance import concordance, uno_concordance
from glassnet.survival.curves import Curve, kaplan_meier
from glassnet.survival.log_rank import LogRank, log_rank
from glassnet.survival.predicted import Predicted
from glassnet.survival.times import Floats, Times

RISK_GROUPS = ("low risk", "middle risk", "high risk")
_HORIZONS = (0.25, 0.5, 0.75)  # of the events
_DRAWS = 300


@dataclass(frozen=True)
class SurvivalCase:
    """What a measure looks at: the times of the judged rows, what was said of them, and the censoring weights."""

    times: Times
    predicted: Predicted
    censoring: Censoring
    grid: Floats
    alive: Floats
    """The predicted share alive at the grid, (n, grid)."""


@dataclass(frozen=True)
class SurvivalMeasure:
    """One measure: its name, what it means, its ideal, whether larger is better, and its value for each draw."""

    name: str
    summary: str
    ideal: float
    larger_is_better: bool
    value: Callable[[SurvivalCase, Floats], Floats]


SURVIVAL_MEASURES = (
    SurvivalMeasure(
        "concordance (Harrell)",
        "Of two patients of whom one is known to have had the event first, how often that one had the higher predicted "
        "risk: 0.5 is chance. It says nothing of how large the risks are.",
        1.0, True, lambda case, drawn: concordance(case.times, case.predicted.risk, drawn),
    ),
    SurvivalMeasure(
        "concordance (Uno)",
        "The same with pairs weighted by how likely they were to be seen, so that it does not depend on how long "
        "patients were watched.",
        1.0, True, lambda case, drawn: uno_concordance(case.times, case.predicted.risk, case.censoring, drawn),
    ),
    SurvivalMeasure(
        "integrated Brier score",
        "The mean over time of the squared distance between the predicted share alive and who was alive. 0 is perfect; "
        "saying 1/2 always gives 0.25.",
        0.0, False,
        lambda case, drawn: integrated(brier(case.times, case.alive, case.grid, case.censoring, drawn), case.grid),
    ),
)  # fmt: skip


@dataclass(frozen=True)
class Measured:
    """A measure with its interval; NaN ends where no draw defines it."""

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
        Of rising predicted risk.
    ratio : Measured
        Events seen over events predicted.
    brier : Measured
    """

    time: float
    groups: tuple[HorizonGroup, ...]
    ratio: Measured
    brier: Measured


@dataclass(frozen=True)
class RiskGroup:
    """Patients of like predicted risk, and their Kaplan-Meier curve."""

    name: str
    rows: NDArray[np.intp]
    curve: Curve


@dataclass(frozen=True)
class SurvivalPerformance:
    """How good the predictions of some rows are.

    Attributes
    ----------
    times : Times
    measures : tuple of Measured
        In the order of `SURVIVAL_MEASURES`.
    horizons : tuple of Horizon
    distribution_p : float
        D-calibration: small where the curves are not right over all of time.
    groups : tuple of RiskGroup
        Thirds by predicted risk; fewer where many have one risk.
    test : LogRank
        Between these groups.
    whole : Curve
        Kaplan-Meier of all rows.
    censoring : Censoring
    coverage : float
    notes : tuple of str
    """

    times: Times
    measures: tuple[Measured, ...]
    horizons: tuple[Horizon, ...]
    distribution_p: float
    groups: tuple[RiskGroup, ...]
    test: LogRank
    whole: Curve
    censoring: Censoring
    coverage: float
    notes: tuple[str, ...]

    def __getitem__(self, name: str) -> Measured:
        return next(measured for measured in self.measures if measured.name == name)

    def html(self) -> str:
        """Everything as one stand-alone page, with the curves drawn."""
        from glassnet.evaluate.survival.page import page_of

        return page_of(self)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain JSON types."""
        from dataclasses import asdict

        whole = self.whole
        return {
            "rows": len(self.times), "events": self.times.n_events, "coverage": self.coverage,
            "measures": {m.name: {"value": _plain(m.value), "low": _plain(m.low), "high": _plain(m.high)}
                         for m in self.measures},
            "horizons": [
                {"time": h.time, "groups": [{k: _plain(v) for k, v in asdict(g).items()} for g in h.groups],
                 "observed_over_expected": _plain(h.ratio.value), "low": _plain(h.ratio.low),
                 "high": _plain(h.ratio.high), "brier": _plain(h.brier.value)}
                for h in self.horizons
            ],
            "distribution_p": self.distribution_p, "log_rank_p": self.test.p,
            "groups": [
                {"name": g.name, "rows": len(g.rows), "time": g.curve.time.tolist(), "alive": g.curve.value.tolist(),
                 "low": g.curve.low.tolist(), "high": g.curve.high.tolist(), "at_risk": g.curve.at_risk.tolist()}
                for g in self.groups
            ],
            "kaplan_meier": {"time": whole.time.tolist(), "alive": whole.value.tolist(),
                             "at_risk": whole.at_risk.tolist()},
            "weights": {"horizon": self.censoring.horizon, "largest": self.censoring.largest_weight,
                        "events_beyond": self.censoring.beyond, "note": self.censoring.note},
            "notes": list(self.notes),
        }  # fmt: skip


def _plain(number: float) -> float | None:
    """A number, or None where it is not finite."""
    return float(number) if np.isfinite(number) else None


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
) -> SurvivalPerformance:
    """Measure predictions of times to an event.

    Parameters
    ----------
    times : Times
        Of rows that did not train.
    predicted : Predicted
        Their risks and curves.
    training : Times, optional
        From which the chance to be watched is estimated; the judged rows themselves when not given. A test part that
        lasts longer is judged up to where training patients were watched.
    horizons : sequence of float, optional
        When calibration is looked at; the times by which 1/4, 1/2 and 3/4 of the events have happened when not given.
    groups : Groups, optional
        Rows of one patient, drawn together for the intervals.
    coverage : float
    draws, seed : int
        Of the bootstrap.

    Raises
    ------
    DataError
        No row has an event.

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
    if not times.n_events:
        raise DataError(
            f"None of the {len(times)} rows has an event, so nothing can be judged. Judge rows of which some have it."
        )
    censoring = Censoring.of(times if training is None else training, times)
    at = grid(times, censoring)
    case = SurvivalCase(times, predicted, censoring, at, predicted.alive(at))
    chosen = _horizons(times, censoring) if horizons is None else np.unique(np.asarray(horizons, dtype=np.float64))
    alive = predicted.alive(chosen)

    def values(drawn: Floats) -> Floats:
        """All numbers of the draws, one column each."""
        columns = [measure.value(case, drawn) for measure in SURVIVAL_MEASURES]
        scores = brier(times, alive, chosen, censoring, drawn)
        for k, horizon in enumerate(chosen):
            columns += [observed_over_expected(times, alive[:, k], float(horizon), drawn), scores[:, k]]
        return np.column_stack(columns)

    plain = values(np.ones((1, len(times))))[0]
    n_draws = affordable_draws(len(times), draws)
    drawn = np.concatenate([values(block) for block in row_counts(len(times), n_draws, seed, groups)])
    ends = [interval(column, coverage) or (np.nan, np.nan) for column in drawn.T]
    measured = [Measured("", float(value), *map(float, end)) for value, end in zip(plain, ends, strict=True)]
    first = len(SURVIVAL_MEASURES)
    found = tuple(_named(m, measure.name) for m, measure in zip(measured, SURVIVAL_MEASURES, strict=False))
    at_horizons = tuple(
        Horizon(
            float(horizon), at_horizon(times, alive[:, k], float(horizon)),
            _named(measured[first + 2 * k], "observed over expected"),
            _named(measured[first + 2 * k + 1], "Brier score"),
        )
        for k, horizon in enumerate(chosen)
    )  # fmt: skip
    own_p = distribution_test(times, predicted.alive_at_own(times.time))
    parts = _risk_groups(times, predicted.risk)
    place = np.empty(len(times), dtype=np.int64)
    for number, part in enumerate(parts):
        place[part.rows] = number
    return SurvivalPerformance(
        times, found, at_horizons, own_p, parts, log_rank(times, place), kaplan_meier(times, coverage=coverage),
        censoring, coverage, _notes(times, censoring, chosen),
    )  # fmt: skip


def _named(measured: Measured, name: str) -> Measured:
    """The same under a name."""
    return Measured(name, measured.value, measured.low, measured.high)


def _horizons(times: Times, censoring: Censoring) -> Floats:
    """When so many of the events have happened, within what can be weighted."""
    events = times.time[times.happened]
    found = np.unique(np.quantile(events, _HORIZONS, method="inverted_cdf"))
    inside = found[found <= censoring.horizon]
    return inside if len(inside) else found[:1]


def _risk_groups(times: Times, risk: Floats) -> tuple[RiskGroup, ...]:
    """Thirds by predicted risk."""
    edges = np.quantile(risk, [1 / 3, 2 / 3])
    place = np.searchsorted(edges, risk, "left")
    groups = [np.flatnonzero(place == g) for g in range(3)]
    return tuple(
        RiskGroup(name, rows, kaplan_meier(times.take(rows)))
        for name, rows in zip(RISK_GROUPS, groups, strict=True)
        if len(rows)
    )


def _notes(times: Times, censoring: Censoring, horizons: Floats) -> tuple[str, ...]:
    """What a reader must know of the range and the data."""
    notes = [censoring.note]
    if times.n_events == len(times):
        notes.append("Every patient had the event: nobody is censored, so no weights are needed.")
    ties = len(times) - len(np.unique(times.time))
    if ties > len(times) / 2:
        notes.append(f"{ties} of {len(times)} times are ties; the partial likelihood treats them after Efron.")
    late = [f"{h:g}" for h in horizons if h > censoring.horizon]
    if late:
        notes.append(f"At {', '.join(late)} too few are watched for a Brier score.")
    return tuple(notes)
