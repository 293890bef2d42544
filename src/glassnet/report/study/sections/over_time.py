"""Times to an event: Kaplan-Meier curves of risk groups with numbers at risk, and calibration at horizons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.evaluate.survival.page import steps_of
from glassnet.pages import Plot, Series
from glassnet.report.document import Block, Grid, Panel, Picture, Prose

if TYPE_CHECKING:
    from glassnet.evaluate import SurvivalPerformance
    from glassnet.evaluate.survival.survival import Estimate, Horizon

_AT_RISK_TIMES = 6
_FORMS = ("line", "dashed", "dotted")
_WIDTH, _HEIGHT = 420, 340


def over_time(judged: SurvivalPerformance) -> list[Block]:
    """Risk groups, then each horizon."""
    return [*_groups(judged), *_horizons(judged)]


def _groups(judged: SurvivalPerformance) -> list[Block]:
    """The curves, the numbers at risk, and the log-rank test."""
    last = float(judged.times.time.max())
    series = [
        Series(group.name, *steps_of(group.curve), _FORMS[k], str(k + 1))  # type: ignore[arg-type]
        for k, group in enumerate(judged.groups)
    ]
    series.append(Series("all", *steps_of(judged.whole), "line", "ink"))
    plot = Plot(
        series, "time", judged.quantity, x_range=(0.0, last), y_range=(0.0, 1.02), height=_HEIGHT,
        listed=_curve_table(judged),
    )  # fmt: skip
    summary = f"{_curves(judged)} of {len(judged.groups)} groups of increasing predicted risk, and of all rows."
    caption = f"{_curves(judged)} for thirds of increasing predicted risk: the {judged.quantity}."
    at = [last * k / (_AT_RISK_TIMES - 1) for k in range(_AT_RISK_TIMES)]
    head = ["at risk", *(f"{time:.4g}" for time in at), "events", "median"]
    named = [(group.name, group.curve) for group in judged.groups] + [("all", judged.whole)]
    rows = [
        [name, *map(str, curve.at_risk_at(at)), f"{curve.events.sum():.0f}",
         f"{curve.median:g}" if np.isfinite(curve.median) else "–"]
        for name, curve in named
    ]  # fmt: skip
    blocks: list[Block] = [
        Picture([Panel(plot, summary)], f"Risk groups{_cause_name(judged)}.", caption),
        Grid(
            head,
            rows,
            f"Numbers at risk in each group, and the time by which half of it have had {judged.event}.",
        ),
    ]
    if len(judged.groups) > 1:
        blocks.append(Prose(judged.test.in_words(len(judged.groups)), plain=True))
    return blocks


def _curve_table(judged: SurvivalPerformance) -> tuple[list[str], list[list[str | float]]]:
    """The curve of each group with its interval, at some times."""
    last = float(judged.times.time.max())
    head = ["time", *(f"{group.name} [95 % interval]" for group in judged.groups), "all [95 % interval]"]
    curves = [*(group.curve for group in judged.groups), judged.whole]
    rows: list[list[str | float]] = []
    for time in np.linspace(0, last, 13)[1:]:
        cells: list[str | float] = [float(time)]
        for curve in curves:
            low, high = curve.interval_at(float(time))
            cells.append(f"{float(curve.at(float(time))):.3f} [{float(low):.3f}, {float(high):.3f}]")
        rows.append(cells)
    return head, rows


def _horizons(judged: SurvivalPerformance) -> list[Block]:
    """Predicted and observed events at each horizon."""
    rows = [[f"{h.time:g}", _text(h.ratio, 2), _text(h.auc, 3), _text(h.brier, 3)] for h in judged.horizons]
    distribution = [_distribution(judged)] if judged.cause is None else []
    panels = [_calibration(horizon) for horizon in judged.horizons]
    head = ["by", "rows", "events", "predicted", "seen", "95 % interval"]
    groups = [
        [f"{h.time:g}", str(g.rows), str(g.events), f"{g.predicted:.3f}",
         f"{g.observed:.3f}" if np.isfinite(g.observed) else "–",
         f"{g.low:.3f} to {g.high:.3f}" if np.isfinite(g.observed) else "–"]
        for h in judged.horizons for g in h.groups
    ]  # fmt: skip
    return [
        Grid(["by", "observed / predicted events", "AUC", "Brier score"], rows,
             f"At each horizon{_cause_name(judged)}."),
        Picture(panels, f"Calibration at horizons{_cause_name(judged)}.", (
            "For groups with similar predictions, the predicted risk of the event by a time, and the observed risk "
            f"({'Kaplan-Meier' if judged.cause is None else 'Aalen-Johansen'} estimate). Points on the dotted line are "
            "perfectly calibrated.")),
        Grid(head, groups, f"Calibration at horizons{_cause_name(judged)}: fifths of increasing predicted risk."),
        *distribution,
        *(Prose(note, plain=True) for note in judged.notes),
    ]  # fmt: skip


def _distribution(judged: SurvivalPerformance) -> Prose:
    """Whether the curves are calibrated over the whole follow-up."""
    right = "There is no sign of miscalibration" if judged.distribution_p >= 0.05 else "The curves are not calibrated"
    return Prose(f"{right} over the whole follow-up (D-calibration, p = {judged.distribution_p:.3g}).", plain=True)


def _curves(judged: SurvivalPerformance) -> str:
    """The kind of the curves."""
    return "Kaplan-Meier curves" if judged.cause is None else "Cumulative incidences"


def _cause_name(judged: SurvivalPerformance) -> str:
    """The name of the cause, if causes compete."""
    return "" if judged.cause is None else f", {judged.event}"


def _calibration(horizon: Horizon) -> Panel:
    """Observed against predicted risk."""
    seen = [group for group in horizon.groups if np.isfinite(group.observed)]
    series = [
        Series("right", [0.0, 1.0], [0.0, 1.0], "dotted", "muted"),
        *(
            Series("" if k else "95 % interval", [g.predicted] * 2, [g.low, g.high], "line", "2")
            for k, g in enumerate(seen)
        ),
        Series("groups", [g.predicted for g in seen], [g.observed for g in seen], "line+points", "accent"),
    ]
    chart = Plot(
        series, "predicted risk", "observed risk", x_range=(0.0, 1.0), y_range=(0.0, 1.0), width=_WIDTH,
        height=_HEIGHT,
        listed=(["predicted", "seen", "from", "to"], [[g.predicted, g.observed, g.low, g.high] for g in seen]),
    )  # fmt: skip
    ratio = horizon.ratio.value
    summary = f"By {horizon.time:g}, {ratio:.2f} times as many events were observed as predicted."
    return Panel(chart, summary, f"By {horizon.time:g}")


def _text(measured: Estimate, digits: int) -> str:
    """A value with its interval."""
    if not np.isfinite(measured.value):
        return "–"
    ends = f"{measured.low:.{digits}f},\N{NO-BREAK SPACE}{measured.high:.{digits}f}"
    return f"{measured.value:.{digits}f} [{ends}]"
