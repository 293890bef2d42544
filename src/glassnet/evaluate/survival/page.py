"""A page on survival predictions: curves of risk groups, numbers at risk, measures, calibration and notes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.evaluate.metrics.measure import MEASURES
from glassnet.pages import Markup, Part, Plot, Series, figure, fixed_text, page, paragraph, table
from glassnet.survival.curves import Curve

if TYPE_CHECKING:
    from glassnet.evaluate.survival.survival import SurvivalPerformance

_AT_RISK_TIMES = 6
_FORMS = ("line", "dashed", "dotted")


def page_of(performance: SurvivalPerformance) -> str:
    """The whole page."""
    times = performance.times
    lead = f"{len(times)} test rows, {times.n_events} with the event."
    parts = [
        Part("Risk groups", _groups(performance), opening=(
            f"Rows in three groups of increasing predicted risk, and the outcome of each ({_by(performance)}). If the "
            "predictions are good, the curves are far apart.")),
        Part("Measures", _measures(performance)),
        Part("Calibration", _calibration(performance), opening=(
            "For rows with similar predictions: the predicted and the observed risk of the event by a time. Points on "
            "the diagonal are perfectly calibrated.")),
        Part("Notes", [paragraph(note) for note in performance.notes]),
    ]  # fmt: skip
    return page("Survival", parts, lead=lead, kicker="performance", contents=False)


def _by(performance: SurvivalPerformance) -> str:
    """The estimator of the curves."""
    return "Kaplan-Meier" if performance.cause is None else "Aalen-Johansen cumulative incidence"


def steps_of(curve: Curve, last: float | None = None) -> tuple[list[float], list[float]]:
    """The corners of a step curve."""
    x, y = [0.0], [curve.start]
    for time, value in zip(curve.time, curve.value, strict=True):
        x += [float(time), float(time)]
        y += [y[-1], float(value)]
    if last is not None and last > x[-1]:
        x, y = [*x, last], [*y, y[-1]]
    return x, y


def _groups(performance: SurvivalPerformance) -> list[Markup]:
    """The curves with numbers at risk."""
    last = float(performance.times.time.max())
    series = [
        Series(group.name, *steps_of(group.curve), _FORMS[k], str(k + 1))  # type: ignore[arg-type]
        for k, group in enumerate(performance.groups)
    ]
    series.append(Series("all", *steps_of(performance.whole), "line", "ink"))
    plot = Plot(series, "time", performance.quantity, x_range=(0.0, last), y_range=(0.0, 1.02), height=340.0)
    at = [last * k / (_AT_RISK_TIMES - 1) for k in range(_AT_RISK_TIMES)]
    head = ["at risk", *(f"{time:.4g}" for time in at), "median"]
    rows = [
        [group.name, *map(str, group.curve.at_risk_at(at)), _time(group.curve.median)] for group in performance.groups
    ] + [["all", *map(str, performance.whole.at_risk_at(at)), _time(performance.whole.median)]]
    blocks = [figure(plot, f"Curves of the groups: {performance.quantity}."), table(head, rows)]
    if len(performance.groups) > 1:
        blocks.append(paragraph(performance.test.in_words(len(performance.groups))))
    return blocks


def _time(time: float) -> str:
    """The median as text, if it was reached."""
    return f"{time:g}" if np.isfinite(time) else "–"


def _measures(performance: SurvivalPerformance) -> list[Markup]:
    """The measures with their intervals and meanings."""
    head = ["measure", "value", f"{100 * performance.coverage:g} % interval", "meaning"]
    rows = [
        [one.name, fixed_text(one.value, 3), _ends(one.low, one.high), MEASURES[one.name].summary]
        for one in performance.measures
    ]
    for horizon in performance.horizons:
        ratio, brier = horizon.ratio, horizon.brier
        rows.append([
            f"events by {horizon.time:g}, observed / predicted", fixed_text(ratio.value, 2),
            _ends(ratio.low, ratio.high, 2), "1 is perfect; above 1, more events happened than were predicted.",
        ])  # fmt: skip
        rows.append([
            f"AUC by {horizon.time:g}", fixed_text(horizon.auc.value, 3), _ends(horizon.auc.low, horizon.auc.high),
            "How often a patient with the event by then had a higher risk than a patient without it.",
        ])  # fmt: skip
        rows.append([
            f"Brier score at {horizon.time:g}", fixed_text(brier.value, 3), _ends(brier.low, brier.high),
            "The mean squared difference between the predicted event-free probability and the status.",
        ])  # fmt: skip
    if performance.cause is not None:
        return [table(head, rows)]
    right = (
        "There is no sign of miscalibration" if performance.distribution_p >= 0.05 else "The curves are not calibrated"
    )
    return [
        table(head, rows),
        paragraph(f"{right} over the whole follow-up (D-calibration, p = {performance.distribution_p:.3g})."),
    ]


def _ends(low: float, high: float, digits: int = 3) -> str:
    """An interval."""
    return f"{fixed_text(low, digits)} to {fixed_text(high, digits)}" if np.isfinite([low, high]).all() else "–"


def _calibration(performance: SurvivalPerformance) -> list[Markup]:
    """Observed against predicted risk at each horizon, as one plot and its table."""
    series = [Series("", [0.0, 1.0], [0.0, 1.0], "dotted", "ink")]
    rows = []
    for k, horizon in enumerate(performance.horizons):
        seen = [group for group in horizon.groups if np.isfinite(group.observed)]
        series.append(Series(
            f"by {horizon.time:g}", [g.predicted for g in seen], [g.observed for g in seen], "line+points", str(k + 1),
            shape=k,
        ))  # fmt: skip
        rows += [
            [f"{horizon.time:g}", str(g.rows), str(g.events), fixed_text(g.predicted, 3), fixed_text(g.observed, 3),
             _ends(g.low, g.high)]
            for g in seen
        ]  # fmt: skip
    plot = Plot(series, "predicted risk", "observed risk", x_range=(0.0, 1.0), y_range=(0.0, 1.0), height=340.0)
    head = ["by", "rows", "events", "predicted", "seen", "95 % interval"]
    return [figure(plot, "Predicted and observed risk."), table(head, rows)]
