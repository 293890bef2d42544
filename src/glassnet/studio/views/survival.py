"""Times to an event as pictures: curves of risk groups, the pinned patient's curve, and what pulls at its risk."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.estimators.tables.hazards import Curves, Hazards
from glassnet.evaluate.survival.survival import RISK_GROUPS
from glassnet.plain import finite
from glassnet.studio.contract.views.survival import IntervalPart, PatientCurve, RiskShare, SurvivalCurve, SurvivalView
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.data.preparation.timed import hazards_now
from glassnet.studio.run.run import Run
from glassnet.studio.views.paint import raw_of
from glassnet.studio.views.view import position as position_of
from glassnet.survival import SeveralCauses, Times, aalen_johansen, concordance, kaplan_meier, log_rank
from glassnet.tables.outcome import TimeToEvent

_TIMES = 5
_MOST_SHARES = 12
_MOST_STEPS = 400
_SMOOTH = 120  # places of a curve without steps
_FEWEST_ROWS = 15  # below, groups would be of a few rows each


def survival_view(run: Run, row: int | None, cause: int = 0) -> SurvivalView:
    """The curves of now, and those of a row of the table; of competing causes those of one."""
    preparation = run.preparation
    outcome = preparation.schema.outcome
    if not isinstance(outcome, TimeToEvent):
        raise ConfigurationError(
            "This run predicts no time to an event. On the data page, choose the column of times as the target and the "
            "column that says whether it happened as the event."
        )
    causes = list(outcome.events)
    if cause >= len(causes):
        raise ConfigurationError(f"cause={cause} must be a whole number from 0 to {len(causes) - 1}.")
    with run.still() as machine:
        position, (weights, biases) = run.position(), machine.parameters()
        coming = preparation.train[run.course.rows(min(machine.step, run.course.n_steps - 1))]
    part = "test" if len(preparation.test) else "train"
    rows = preparation.test if len(preparation.test) else preparation.train
    judged = _Judged(Times.of_truth(preparation.truth[rows]), cause + 1 if len(causes) > 1 else None)
    last = float(preparation.truth[:, 0].max())
    at = [last * k / (_TIMES - 1) for k in range(_TIMES)]
    raw = raw_of(preparation, weights, biases, preparation.X)
    known = bool(np.isfinite(raw).all())
    message = "" if known else "The network's answers are not finite: go back, or start with a smaller learning rate."
    groups: list[SurvivalCurve] = []
    separated, ordered, patient = "", math.nan, None
    if known:
        hazards = hazards_now(preparation, weights, biases)
        assert hazards is not None
        risk = hazards.risk(raw[rows])
        risk = np.asarray(risk if risk.ndim == 1 else risk[:, cause])
        place = _thirds(risk) if len(rows) >= _FEWEST_ROWS else np.zeros(len(rows), dtype=np.int64)
        if len(rows) >= _FEWEST_ROWS:
            groups = [judged.curve(name, place == k, at) for k, name in enumerate(RISK_GROUPS) if (place == k).any()]
        own = judged.own
        if len(groups) > 1 and own.n_events:
            separated = log_rank(own, np.unique(place, return_inverse=True)[1]).in_words(len(groups))
        ordered = judged.concordance(risk)
        if row is not None:
            patient = _patient(preparation, hazards, raw, row, cause, coming)
    return SurvivalView(
        position, part, outcome.duration, causes[cause], causes, cause, last, at,
        judged.curve("all rows", np.ones(len(rows), dtype=bool), at), groups, separated,
        finite(ordered), patient, message,
    )  # fmt: skip


@dataclass(frozen=True)
class _Judged:
    """The times of the rows that are judged, and the competing cause that is looked at, counted from 1."""

    times: Times
    cause: int | None

    @property
    def own(self) -> Times:
        """The times with that cause alone as the event."""
        return self.times if self.cause is None else self.times.of_cause(self.cause)

    def concordance(self, risk: Floats) -> float:
        """How often the row of higher risk has it earlier; not a number where no row has it."""
        if not self.own.n_events:
            return math.nan
        return float(concordance(self.times if self.cause is None else self.times.awaiting(self.cause), risk)[0])

    def curve(self, name: str, mine: NDArray[np.bool_], at: list[float]) -> SurvivalCurve:
        """The curve of some rows: Kaplan-Meier, of a competing cause its cumulative incidence."""
        times, own = self.times.take(mine), self.own.take(mine)
        curve = kaplan_meier(times) if self.cause is None else aalen_johansen(times, self.cause)
        median = curve.median
        kept = _spread(len(curve.time))
        time, share, low, high = (
            np.nan_to_num(part[kept], nan=0.0).tolist() for part in (curve.time, curve.value, curve.low, curve.high)
        )
        half = finite(median)
        at_risk = [int(n) for n in curve.at_risk_at(at)]
        return SurvivalCurve(name, len(times), own.n_events, time, share, low, high, at_risk, half)


def _thirds(risk: Floats) -> np.ndarray:
    """Which third of rising risk each row belongs to; rows of one risk stay together."""
    return np.searchsorted(np.quantile(risk, [1 / 3, 2 / 3]), risk, "left")


def _spread(count: int) -> np.ndarray:
    """At most so many steps as a picture can show, the last among them."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, _MOST_STEPS)).astype(np.int64))


def _patient(
    preparation: Preparation, hazards: Hazards, raw: Floats, row: int, cause: int, coming: NDArray[np.int64]
) -> PatientCurve:
    """One row: its curve, and what pulls at its risk: risk sets of the training rows, or intervals of time."""
    place = position_of(preparation, row)
    curves: Curves = hazards.curves(raw[place : place + 1], Times.of_truth(preparation.truth[[place]]).stratum)
    several, smooth = isinstance(curves, SeveralCauses), preparation.loss.scope != "batch"
    last = float(hazards.known[-1])
    kept = np.linspace(last / _SMOOTH, last, _SMOOTH) if smooth else hazards.known[_spread(len(hazards.known))]
    seen, code = float(preparation.truth[place, 0]), int(preparation.truth[place, 1])
    if isinstance(curves, SeveralCauses):
        risk, share = float(curves.risks[0, cause]), curves.incidence(kept)[0, :, cause]
    else:
        risk, share = float(curves.risk[0]), curves.alive(kept)[0]
    reached = np.flatnonzero(share >= 0.5 if several else share <= 0.5)
    median = (float(kept[reached[0]]) if len(reached) else math.inf) if several else float(curves.median()[0])
    what = hazards.causes[code - 1] if several and code else "event"
    ending = f"{what} at {seen:g}" if code else f"no event, last seen at {seen:g}"
    shares, n_sets, total, slope = ([], 0, None, None) if smooth else _shares(preparation, raw, place, cause, coming)
    return PatientCurve(
        row, preparation.table.row_name(place), ending, seen, code > 0, risk, kept.tolist(), share.tolist(),
        finite(median), shares, n_sets, total, slope, smooth,
        _intervals(preparation, raw, place, cause, coming) if smooth else [],
    )  # fmt: skip


def _intervals(
    preparation: Preparation, raw: Floats, place: int, cause: int, coming: NDArray[np.int64]
) -> list[IntervalPart]:
    """The intervals of time, with the outputs that belong to them."""
    outcome = preparation.schema.outcome
    assert isinstance(outcome, TimeToEvent)
    intervals = outcome.time_intervals
    assert intervals is not None
    first = cause * len(intervals)
    own = slice(first, first + len(intervals))
    f, y = raw[place : place + 1, own], preparation.y[place : place + 1, own]
    predicted, slope = preparation.loss.predict(f)[0], preparation.loss.raw_gradient(f, y)[0]
    passed = intervals.passed(preparation.truth[place : place + 1, 0])[0]
    chances = preparation.loss.link == "logistic"
    had = y[0] == 1 if chances else y[0] < 0
    out = y[0] < 0 if chances else y[0] == 0
    mine = np.flatnonzero(coming == place)
    return [
        IntervalPart(
            float(end - width), float(end), "event" if had[k] else "not at risk" if out[k] else "without the event",
            float(passed[k]), float(predicted[k]), float(slope[k]), f"p[{mine[0]},{first + k}]" if len(mine) else "",
        )
        for k, (end, width) in enumerate(zip(intervals.ends, intervals.widths, strict=True))
    ]  # fmt: skip


def _shares(
    preparation: Preparation, raw: Floats, place: int, cause: int, coming: NDArray[np.int64]
) -> tuple[list[RiskShare], int, float | None, float | None]:
    """The risk sets that the row stands in, the first events first; and the slope along its output."""
    train = preparation.train
    own = np.flatnonzero(train == place)
    if not len(own):
        return [], 0, None, None
    me = int(own[0])
    likelihood = preparation.loss.coupled(raw[train], preparation.y[train])
    time, code, layer = preparation.y[train].T
    own_layer = layer == layer[me]
    event = own_layer & (code == cause + 1 if raw.shape[1] > 1 else code > 0)
    sets = np.flatnonzero(event & (time <= time[me]))
    sets = sets[np.argsort(time[sets], kind="stable")]
    each = [float(likelihood.share(int(e), me)) for e in sets]  # type: ignore[attr-defined]
    inside = {int(r): k for k, r in enumerate(coming)}
    listed = [
        RiskShare(
            preparation.table.row_name(int(train[e])), float(time[e]), int((own_layer & (time >= time[e])).sum()),
            share,
            int(e) == me,
            f"share[{inside[int(train[e])]},{inside[place]}]" if {int(train[e]), place} <= inside.keys() else "",
        )
        for e, share in list(zip(sets, each, strict=True))[:_MOST_SHARES]
    ]  # fmt: skip
    return listed, len(sets), float(sum(each)), float(likelihood.slopes[me, cause])
