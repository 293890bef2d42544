"""The performance section: measures, other models, decisions, calibration and net benefit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from glassnet.evaluate import MEASURES, CalibrationCurve, OutcomeMeasures
from glassnet.pages import Plot, Series
from glassnet.report.document import Block, Folded, Grid, Panel, Picture, Prose
from glassnet.report.study.sections.over_time import over_time

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_RUG = 60
_STYLES = ("muted", "2", "3", "1", "ink")
WIDTH, HEIGHT = 420, 340


def performance(study: Study) -> tuple[str, list[Block]]:
    """Performance on the test rows."""
    result, blocks = study.performance, list[Block]()
    blocks += apparent(study)
    measured = result.rows()
    head = ["measure", *(judged.outcome for judged in result.outcomes)]
    if len(result.outcomes) == 1 and result.rivals:
        head = ["measure", "network", *result.rivals]
        caption = (
            f"Measures for {_outcome_name(study, result.outcomes[0])}, also for other models with such predictions."
        )
        blocks.append(Grid(head, held(result.beside(0)), caption))
    else:
        blocks.append(Grid(head, held(measured), f"Measures for {study.target}."))
        for k in (range(len(result.outcomes)) if study.of_times else [-1]) if result.rivals else ():
            caption = f"{result.outcomes[k].outcome}, compared with other models that make such predictions."
            blocks.append(Grid(["measure", "network", *result.rivals], held(result.beside(k)), caption))
    blocks += undefined(measured)
    blocks.append(meanings(row[0] for row in measured))
    if study.comparison is not None:
        header, rows = study.comparison.header, held(study.comparison.rows())
        blocks.append(Grid(header, rows, "Comparison with other models on the same rows."))
        blocks.append(Prose(study.comparison.verdict, plain=True))
    for k, judged in enumerate(result.outcomes):
        blocks += _decisions(study, judged)
        panels = []
        others = {name: own[k] for name, own in result.rivals.items()}
        if judged.calibration is not None:
            panels.append(_calibration(judged.outcome, judged.calibration, others))
        if judged.decision is not None:
            panels.append(_net_benefit(judged, result.n_rows, others))
        if panels:
            caption = (
                "Left: the observed proportion with the outcome at each predicted probability, with its confidence "
                "band (dashed) and the line of perfect calibration (dotted); ticks mark rows. Right: the net benefit "
                "of acting at or above each threshold, with its confidence band (dashed), and that of treating all and "
                "of treating none."
            )
            if judged.horizon is not None:
                caption += (
                    f" The outcome is the event by {judged.horizon:g}; rows censored earlier are represented by those "
                    "followed that long."
                )
            blocks.append(Picture(panels, f"{_outcome_name(study, judged)}.", caption))
    for each in study.survival:
        blocks += over_time(each)
    return _interval_note(study), blocks


def apparent(study: Study) -> list[Block]:
    """A warning if the test rows are the training rows."""
    if not study.apparent:
        return []
    return [
        Prose(
            "**The model was trained on these rows.** The results in this section are apparent and too optimistic. "
            "Internal validation estimates the performance on new rows of the same kind."
        )
    ]


def held(rows: Iterable[Sequence[str]]) -> list[list[str]]:
    """Texts whose intervals cannot break across lines."""
    return [[cell.replace(", ", ",\N{NO-BREAK SPACE}") if cell.endswith("]") else cell for cell in row] for row in rows]


def undefined(rows: Iterable[Sequence[str]]) -> list[Block]:
    """The reasons why some measures have no value."""
    why = [
        f"{row[0]} ({MEASURES[row[0]].undefined})"
        for row in rows
        if "not defined" in row and MEASURES[row[0]].undefined
    ]
    return [Prose(f"Not defined on these rows: {'; '.join(why)}.", plain=True)] if why else []


def meanings(names: Iterable[str]) -> Folded:
    """The meanings of measures, in a collapsible block."""
    rows = [[name, MEASURES[name].formula, MEASURES[name].summary] for name in names]
    return Folded("What each measure means", [Grid(["measure", "formula", "what it means"], rows)])


def _outcome_name(study: Study, judged: OutcomeMeasures) -> str:
    """The outcome in words."""
    if study.of_amounts or study.of_times:
        return study.target if study.of_amounts else judged.outcome
    return f"{study.target} = {judged.outcome}"


def _interval_note(study: Study) -> str:
    """How intervals were computed."""
    result = study.performance
    what = "rows" if result.n_drawn == result.n_rows else "groups of rows"
    over = " Concordance and measures over time use all times; the others use the event by the horizon."
    kind = "training" if study.apparent else "test"
    drawn = f"{result.n_draws:,} bootstrap draws of the {result.n_drawn:,} {kind} {what}"
    return f"With {100 * result.coverage:g} % intervals from {drawn}.{over if study.of_times else ''}"


def _decisions(study: Study, judged: OutcomeMeasures) -> list[Block]:
    """The measures at each threshold."""
    if not judged.at_thresholds:
        return []
    at = list(judged.at_thresholds)
    names = [each.metric for each in judged.at_thresholds[at[0]]]
    texts = [{each.metric: each.text() for each in judged.at_thresholds[t]} for t in at]
    rows = [[name, *(own[name] for own in texts)] for name in names]
    head = ["measure", *(f"threshold {100 * t:.4g} %" for t in at)]
    own = f" The model's own threshold: {study.threshold}." if study.threshold else ""
    caption = f"Classification as {_outcome_name(study, judged)} at or above a threshold.{own}"
    return [Grid(head, held(rows), caption), meanings(names)]


def _calibration(outcome: str, curve: CalibrationCurve, others: dict[str, OutcomeMeasures]) -> Panel:
    """The flexible calibration curves."""
    probability = curve.probability.tolist()
    series = [
        Series("network", probability, curve.observed.tolist(), "line", "accent"),
        Series("confidence band", probability, curve.low.tolist(), "dashed", "accent"),
        Series("", probability, curve.high.tolist(), "dashed", "accent"),
        Series("perfect", [0.0, 1.0], [0.0, 1.0], "dotted", "muted"),
    ]
    there = {name: each.calibration for name, each in others.items() if each.calibration is not None}
    # not one probability for all
    varied = {name: own for name, own in there.items() if own.probability[-1] > own.probability[0]}
    series += [
        Series(name, own.probability.tolist(), own.observed.tolist(), "line", style)
        for (name, own), style in zip(varied.items(), _STYLES[1:], strict=False)
    ]
    counts = (curve.with_outcome + curve.without).round().astype(int)
    middles = (curve.edges[:-1] + curve.edges[1:]) / 2
    rug = np.repeat(middles, np.ceil(_RUG * counts / max(counts.sum(), 1)).astype(int))
    width = curve.edges[1] - curve.edges[0]
    rug = rug + (np.arange(len(rug)) % 7 - 3) / 8 * width  # spread each bin, so that crowded ones look dense
    chart = Plot(
        series, "predicted probability", "observed proportion", x_range=(0.0, 1.0), y_range=(0.0, 1.0),
        rug=np.clip(rug, 0, 1).tolist(), width=WIDTH, height=HEIGHT,
    )  # fmt: skip
    middle = len(probability) // 2
    at, observed = probability[middle], curve.observed[middle]
    sentence = f"Calibration of {outcome}: at a predicted {at:.2f}, {observed:.2f} was observed."
    return Panel(chart, sentence, "Calibration")


def _net_benefit(judged: OutcomeMeasures, n_rows: int, others: dict[str, OutcomeMeasures]) -> Panel:
    """The decision curves."""
    curve = judged.decision
    assert curve is not None
    at, share = curve.thresholds.tolist(), judged.n_with / max(n_rows, 1)
    lowest = -0.25 * max(share, 0.05)
    series = [
        Series("network", at, curve.model.tolist(), "line", "accent"),
        Series("confidence band", at, curve.low.tolist(), "dashed", "accent"),
        Series("", at, curve.high.tolist(), "dashed", "accent"),
    ]
    several = {name: each.decision for name, each in others.items() if each.decision is not None}
    # not one probability for all
    varied = {name: own for name, own in several.items() if others[name]["AUC"].value != 0.5}
    series += [
        Series(name, at, np.where(own.model >= lowest * 2, own.model, np.nan).tolist(), "line", style)
        for (name, own), style in zip(varied.items(), _STYLES[1:], strict=False)
    ]
    series += [
        Series("treat all", at, np.where(curve.treat_all >= lowest * 2, curve.treat_all, np.nan).tolist(), "line", "4"),
        Series("treat none", [at[0], at[-1]], [0.0, 0.0], "dotted", "muted"),
    ]
    top = float(np.nanmax([curve.high.max(), curve.treat_all[0], 0.02])) * 1.05
    chart = Plot(
        series, "threshold", "net benefit", x_range=(0.0, 1.0), y_range=(lowest, top), width=WIDTH, height=HEIGHT
    )  # fmt: skip
    better = 100 * np.mean(curve.model > np.maximum(curve.treat_all, 0))
    sentence = f"Net benefit of {judged.outcome}: above treating all and none at {better:.0f} % of thresholds."
    return Panel(chart, sentence, "Net benefit")
