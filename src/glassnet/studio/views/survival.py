"""Times to an event as pictures: Kaplan-Meier of risk groups, the pinned patient's curve, and its shares."""

from __future__ import annotations

import math

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators.tables.hazards import Curves, Hazards, times_of
from glassnet.evaluate.survival.survival import RISK_GROUPS
from glassnet.studio.contract.survival import PatientCurve, RiskShare, SurvivalCurve, SurvivalView
from glassnet.studio.data.preparation import Floats, Prepared
from glassnet.studio.data.timed import hazards_now
from glassnet.studio.run.run import Run
from glassnet.studio.views.paint import raw_of
from glassnet.studio.views.view import position as position_of
from glassnet.survival import SeveralCauses, Times, concordance, kaplan_meier, log_rank
from glassnet.tables.outcome import TimeToEvent

_TIMES = 5
_MOST_SHARES = 12
_MOST_STEPS = 400
_FEWEST_ROWS = 15  # below, groups would be of a few rows each


def survival_view(run: Run, row: int | None) -> SurvivalView:
    """The curves of now, and those of a row of the table."""
    prepared = run.prepared
    outcome = prepared.schema.outcome
    if not isinstance(outcome, TimeToEvent):
        raise ConfigurationError(
            "This run predicts no time to an event. On the data page, choose the column of times as the target and the "
            "column that says whether it happened as the event."
        )
    with run.still() as machine:
        position, (weights, biases) = run.position(), machine.parameters()
        coming = prepared.train[run.course.rows(min(machine.step, run.course.n_steps - 1))]
    part = "test" if len(prepared.test) else "train"
    rows = prepared.test if len(prepared.test) else prepared.train
    times, last = times_of(prepared.truth[rows]), float(prepared.truth[:, 0].max())
    at = [last * k / (_TIMES - 1) for k in range(_TIMES)]
    every = Times(prepared.truth[:, 0], prepared.truth[:, 1].astype(np.int64))
    raw = raw_of(prepared, weights, biases, prepared.X)
    known = bool(np.isfinite(raw).all())
    message = "" if known else "The network's answers are not finite: go back, or start with a smaller learning rate."
    groups: list[SurvivalCurve] = []
    separated, ordered, patient = "", None, None
    if known:
        hazards = hazards_now(prepared, weights, biases)
        assert hazards is not None
        risk = np.asarray(hazards.risk(raw[rows]))
        place = _thirds(risk) if len(rows) >= _FEWEST_ROWS else np.zeros(len(rows), dtype=np.int64)
        groups = (
            []
            if len(rows) < _FEWEST_ROWS
            else [_curve(name, times.take(place == k), at) for k, name in enumerate(RISK_GROUPS) if (place == k).any()]
        )
        if len(groups) > 1 and times.n_events:
            separated = log_rank(times, np.unique(place, return_inverse=True)[1]).in_words(len(groups))
        ordered = float(concordance(times, risk)[0]) if times.n_events else math.nan
        if row is not None:
            patient = _patient(prepared, hazards, raw, every, row, coming)
    return SurvivalView(
        position, part, outcome.duration, outcome.event.name, last, at, _curve("all rows", times, at), groups,
        separated, None if ordered is None or not math.isfinite(ordered) else ordered, patient, message,
    )  # fmt: skip


def _thirds(risk: Floats) -> np.ndarray:
    """Which third of rising risk each row belongs to; rows of one risk stay together."""
    return np.searchsorted(np.quantile(risk, [1 / 3, 2 / 3]), risk, "left")


def _curve(name: str, times: Times, at: list[float]) -> SurvivalCurve:
    """Kaplan-Meier of some rows."""
    curve = kaplan_meier(times)
    median = float(curve.median)
    kept = _spread(len(curve.time))
    time, share, low, high = (
        np.nan_to_num(part[kept], nan=0.0).tolist() for part in (curve.time, curve.value, curve.low, curve.high)
    )
    at_risk = [int(n) for n in curve.at_risk_at(at)]
    half = median if math.isfinite(median) else None
    return SurvivalCurve(name, len(times), times.n_events, time, share, low, high, at_risk, half)


def _spread(count: int) -> np.ndarray:
    """At most so many steps as a picture can show, the last among them."""
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, _MOST_STEPS)).astype(np.int64))


def _patient(
    prepared: Prepared, hazards: Hazards, raw: Floats, times: Times, row: int, coming: np.ndarray
) -> PatientCurve:
    """One row: its curve, and its part in the risk sets of the training rows."""
    place = position_of(prepared, row)
    curves: Curves = hazards.curves(raw[place : place + 1])
    assert not isinstance(curves, SeveralCauses)
    kept = hazards.known[_spread(len(hazards.known))]
    median, seen, happened = float(curves.median()[0]), float(times.time[place]), bool(times.happened[place])
    ending = f"event at {seen:g}" if happened else f"no event, last seen at {seen:g}"
    shares, n_sets, total, slope = _shares(prepared, raw, place, coming)
    return PatientCurve(
        row, prepared.table.row_name(place), ending, seen, happened, float(curves.risk[0]), kept.tolist(),
        curves.alive(kept)[0].tolist(), median if math.isfinite(median) else None, shares, n_sets, total, slope,
    )  # fmt: skip


def _shares(
    prepared: Prepared, raw: Floats, place: int, coming: np.ndarray
) -> tuple[list[RiskShare], int, float | None, float | None]:
    """The risk sets that the row stands in, the first events first; and the slope along its output."""
    train = prepared.train
    own = np.flatnonzero(train == place)
    if not len(own):
        return [], 0, None, None
    me = int(own[0])
    likelihood = prepared.loss.coupled(raw[train], prepared.y[train])
    time, event = prepared.y[train, 0], prepared.y[train, 1] > 0
    sets = np.flatnonzero(event & (time <= time[me]))
    sets = sets[np.argsort(time[sets], kind="stable")]
    each = [float(likelihood.share(int(e), me)) for e in sets]  # type: ignore[attr-defined]
    inside = {int(r): k for k, r in enumerate(coming)}
    listed = [
        RiskShare(
            prepared.table.row_name(int(train[e])), float(time[e]), int((time >= time[e]).sum()), share, int(e) == me,
            f"share[{inside[int(train[e])]},{inside[place]}]" if {int(train[e]), place} <= inside.keys() else "",
        )
        for e, share in list(zip(sets, each, strict=True))[:_MOST_SHARES]
    ]  # fmt: skip
    return listed, len(sets), float(sum(each)), float(likelihood.slopes[me, 0])
