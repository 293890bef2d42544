"""The study report as a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.evaluate import MEASURES, CalibrationCurve, DecisionCurve, Judged
from glassnet.explanation import Effect
from glassnet.explanation.question import on_scale
from glassnet.pages import (
    Bars,
    Chart,
    Markup,
    Part,
    Plot,
    Series,
    figure,
    figure_of_panels,
    folded,
    page,
    paragraph,
    table,
)
from glassnet.tables.number_text import short_number
from glassnet.tables.outcome import outcomes

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_IMPORTANT, _RUG, _PAIRS, _UNFOLDED = 15, 60, 5, 15


def page_of(study: Study) -> str:
    """The whole page."""
    sections = [
        ("Patients", _patients(study), study.flow.how),
        (
            "The model written out",
            _written(study),
            "Every constant that a reader needs, and one row worked through it.",
        ),
        ("Performance", _performance(study), _drawn(study)),
        ("What the model uses", _uses(study), "On the rows that judge."),
        ("Sample size", _sample_size(study), None),
        ("Limits", [paragraph(limit) for limit in study.limits], None),
    ]
    parts = [
        Part(title, body, opening=opening, mark=str(k))
        for k, (title, body, opening) in enumerate(sections, start=1)
        if body
    ]
    first = study.performance.outcomes[0]
    leading = [each for each in first.measured if each.metric in ("AUC", "Brier score", "R2", "MAE")]
    lead = f"{study.performance.n_rows:,} rows judge the model: {', '.join(f'{m.metric} {m.text()}' for m in leading)}."
    footer = f"Recipe {study.recipe}. Training rows: sha256 {study.fingerprint}."
    return page(f"Study report: {study.target}", parts, lead=lead, kicker="glassnet", footer=footer)


def _drawn(study: Study) -> str:
    """How intervals were made."""
    found = study.performance
    what = "rows" if found.n_drawn == found.n_rows else "groups of rows"
    drawn = f"{found.n_draws:,} draws of the {found.n_drawn:,} {what} that judge"
    return f"With {100 * found.coverage:g} % intervals from {drawn}."


def _patients(study: Study) -> list[Markup]:
    """The flow, and table one."""
    flow = table(
        ["rows", "number"], [[what, f"{count:,}"] for what, count in study.flow.steps], caption="Flow of rows."
    )
    one = study.table_one
    head = ["column", "", *(f"{name} ({count:,})" for name, count in one.groups)]
    rows = [[name, what, *texts] for name, what, texts in one.rows]
    caption = "Table one: median and quartiles, or counts and shares, of each part and, in the first, each outcome."
    return [flow, table(head, rows, caption=caption)]


def _written(study: Study) -> list[Markup]:
    """Inputs with their constants; coefficients or layers; the worked row."""
    written = study.written
    if written.intercept is not None and written.total is not None:
        rows = [
            [name, cell, formula, short_number(value), short_number(own), short_number(value * own)]
            for (name, cell, formula, value), own in zip(written.inputs, written.coefficients, strict=True)
        ]
        head = ["input", "cell", "how it becomes the input", "input x", "coefficient b", "b x"]
        foot = ["sum with the intercept", "", "", "", short_number(written.intercept), short_number(written.total)]
        link = (
            ""
            if written.scale == study.target
            else f" The probability is 1 / (1 + exp(−{short_number(written.total)}))."
        )
        caption = f"{written.row}: the {written.scale} is the intercept and the sum of b x.{link}"
        return [table(head, rows, caption=caption, foot=foot), paragraph(f"The model's own answer: {written.answer}.")]
    rows = [[name, cell, formula, short_number(value)] for name, cell, formula, value in written.inputs]
    inputs = table(
        ["input", "cell", "how it becomes the input", "input"],
        rows,
        caption=f"The inputs of the network, for {written.row}.",
    )
    if len(rows) > _UNFOLDED:
        inputs = folded(f"The {len(rows)} inputs of the network, for {written.row}", inputs)
    several = len(written.networks) > 1
    outputs = [
        [str(k), words, ", ".join(short_number(value) for value in values)]
        for k, (words, values) in enumerate(written.networks, start=1)
    ]
    caption = (
        f"{'Each network' if several else 'The network'}: its layers, and its output for {written.row} before the link."
    )
    how = "The answer is the mean of the networks' answers: " if several else "The model's answer: "
    return [
        inputs,
        table(["network", "layers", "raw output"], outputs, caption=caption),
        paragraph(f"{how}{written.answer}."),
        paragraph(
            "The weights fill pages: glassnet export MODEL --to python writes them as one page of NumPy that "
            "predicts, and "
            "glassnet trace opens every sum."
        ),
    ]  # fmt: skip


def _performance(study: Study) -> list[Markup]:
    """Measures, the models beside it, decisions, calibration and net benefit."""
    found, blocks = study.performance, list[Markup]()
    names = [judged.outcome for judged in found.outcomes]
    measured = found.rows()
    blocks.append(table(["measure", *names], measured, caption=f"Measures of {study.target}."))
    meanings = [[row[0], MEASURES[row[0]].formula, MEASURES[row[0]].summary] for row in measured]
    blocks.append(folded("What each measure means", table(["measure", "formula", "what it means"], meanings)))
    if study.comparison is not None:
        blocks.append(
            table(study.comparison.header, study.comparison.rows(), caption="Beside other models on the same rows.")
        )
        blocks.append(paragraph(study.comparison.verdict))
    for judged in found.outcomes:
        blocks += _decisions(study, judged)
        panels = []
        if judged.calibration is not None:
            panels.append(_calibration(judged.outcome, judged.calibration))
        if judged.decision is not None:
            panels.append(_net_benefit(judged.outcome, judged.decision, judged.n_with / max(found.n_rows, 1)))
        if panels:
            caption = (
                "Left: how often the outcome happens where a probability was said, with its band (dashed) and the "
                "line of "
                "perfect calibration (dotted); short lines where rows lie. Right: net benefit of acting from each "
                "threshold "
                "on, with its band (dashed), of treating all and of treating none."
            )
            blocks.append(figure_of_panels(panels, title=f"{study.target} = {judged.outcome}.", caption=caption))
    return blocks


def _decisions(study: Study, judged: Judged) -> list[Markup]:
    """The measures at each threshold."""
    if not judged.at_thresholds:
        return []
    at = list(judged.at_thresholds)
    names = [each.metric for each in judged.at_thresholds[at[0]]]
    texts = [{each.metric: each.text() for each in judged.at_thresholds[t]} for t in at]
    rows = [[name, *(own[name] for own in texts)] for name in names]
    meanings = [[name, MEASURES[name].formula, MEASURES[name].summary] for name in names]
    head = ["measure", *(f"from {100 * t:.4g} %" for t in at)]
    own = f" The model's own threshold: {study.threshold}." if study.threshold else ""
    return [
        table(head, rows, caption=f"Calling {study.target} = {judged.outcome} from a threshold on.{own}"),
        folded("What each measure means", table(["measure", "formula", "what it means"], meanings)),
    ]


def _calibration(outcome: str, curve: CalibrationCurve) -> tuple[str, Chart, str]:
    """The flexible calibration curve."""
    said = curve.said.tolist()
    series = [
        Series("flexible curve", said, curve.happens.tolist(), "line", "accent"),
        Series("band", said, curve.low.tolist(), "dashed", "accent"),
        Series("", said, curve.high.tolist(), "dashed", "accent"),
        Series("perfect", [0.0, 1.0], [0.0, 1.0], "dotted", "muted"),
    ]
    counts = (curve.with_outcome + curve.without).round().astype(int)
    middles = (curve.edges[:-1] + curve.edges[1:]) / 2
    rug = np.repeat(middles, np.ceil(_RUG * counts / max(counts.sum(), 1)).astype(int))
    width = curve.edges[1] - curve.edges[0]
    rug = rug + (np.arange(len(rug)) % 7 - 3) / 8 * width  # bins side by side, so that crowded ones look dense
    chart = Plot(
        series, "probability said", "share with the outcome", x_range=(0.0, 1.0), y_range=(0.0, 1.0),
        rug=np.clip(rug, 0, 1).tolist(), width=420, height=340,
    )  # fmt: skip
    middle = len(said) // 2
    told = f"Calibration of {outcome}: where {said[middle]:.2f} was said, {curve.happens[middle]:.2f} happened."
    return "Calibration", chart, told


def _net_benefit(outcome: str, curve: DecisionCurve, share: float) -> tuple[str, Chart, str]:
    """The decision curve."""
    at = curve.thresholds.tolist()
    lowest = -0.25 * max(share, 0.05)
    series = [
        Series("model", at, curve.model.tolist(), "line", "accent"),
        Series("band", at, curve.low.tolist(), "dashed", "accent"),
        Series("", at, curve.high.tolist(), "dashed", "accent"),
        Series("treat all", at, np.where(curve.treat_all >= lowest * 2, curve.treat_all, np.nan).tolist(), "line", "2"),
        Series("treat none", [at[0], at[-1]], [0.0, 0.0], "line", "muted"),
    ]
    top = float(np.nanmax([curve.high.max(), curve.treat_all[0], 0.02])) * 1.05
    chart = Plot(
        series, "threshold", "net benefit", x_range=(0.0, 1.0), y_range=(lowest, top), width=420, height=340
    )  # fmt: skip
    better = np.mean(curve.model > np.maximum(curve.treat_all, 0))
    return (
        "Net benefit",
        chart,
        f"Net benefit of {outcome}: above treating all and none at {100 * better:.0f} % of thresholds.",
    )


def _uses(study: Study) -> list[Markup]:
    """Importance, effects and pairs."""
    found = study.importance
    count = min(_IMPORTANT, len(found.names))
    ends = list(zip(found.low[:count].tolist(), found.high[:count].tolist(), strict=True))
    change = "grows" if found.measure == "log loss" else "falls"
    bars = Bars(
        list(found.names[:count]), found.values[:count].tolist(), "column", f"change of the {found.measure}", digits=2,
        signed=False, ends=ends, width=640,
    )  # fmt: skip
    caption = (
        f"By how much the {found.measure} {change} when a column's values are given to other rows; lines are intervals."
    )
    blocks = [figure(bars, f"Importance of columns; {found.names[0]} leads.", title="Importance.", caption=caption)]
    panels = [_effect(study, each) for each in study.effects]
    if panels:
        caption = (
            "How the answer moves with the leading columns: the mean over the rows that judge (partial dependence), "
            "and "
            "accumulated local effects (dashed), which ask only about rows that there are. Short lines: where rows lie."
        )
        blocks.append(figure_of_panels(panels, title="Effects.", caption=caption))
    if study.pairs:
        rows = [[f"{p.first} and {p.second}", f"{p.strength:.3g}", f"{p.share:.2f}"] for p in study.pairs[:_PAIRS]]
        caption = (
            "Pairs of the leading columns whose joint effect is not the sum of their own: by how much on average, "
            "and as a "
            "share of the joint effect (Friedman's H)."
        )
        blocks.append(table(["pair", "strength", "H"], rows, caption=caption))
    return blocks


def _effect(study: Study, effect: Effect) -> tuple[str, Chart, str]:
    """One column's effect on the outcome."""
    k = study.outcome
    label = on_scale(outcomes[study.task].scales[0], effect.outputs[k])
    mean = effect.mean[:, k]
    told = f"{label} from {mean.min():.3g} to {mean.max():.3g} as {effect.column} changes."
    if effect.at is None or len(effect.at) < 2:
        return (
            effect.column,
            Bars(list(effect.texts), mean.tolist(), effect.column, label, digits=3, signed=False),
            told,
        )
    series = [Series("mean", effect.at.tolist(), mean.tolist(), "line", "accent")]
    if effect.local is not None and effect.edges is not None:
        local = effect.local[:, k] + float(mean.mean())
        series.append(Series("accumulated local effects", effect.edges.tolist(), local.tolist(), "dashed", "2"))
    # the values that were tried lie at even shares of the rows, so they show where rows are
    return effect.column, Plot(series, effect.column, label, rug=effect.at.tolist(), width=420, height=280), told


def _sample_size(study: Study) -> list[Markup]:
    """Riley's criteria."""
    needed = study.sample_size
    if needed is None or study.n_train is None:
        return []
    rows = [
        ["expected shrinkage of at least 0.9", f"{needed.shrinkage:,}"],
        ["optimism of R2 of at most 0.05", f"{needed.optimism:,}"],
        ["share of outcomes to within 0.05", f"{needed.precision:,}"],
        ["all three", f"{needed.needed:,}"],
        ["training rows that there were", f"{study.n_train:,}"],
    ]
    caption = (
        f"Rows that Riley's criteria ask for: {needed.n_parameters} parameters, {100 * needed.share:.1f} % with the "
        f"outcome, "
        f"and a Cox and Snell R2 of {needed.r2:.3f}, which is 15 % of the largest."
    )
    return [
        table(["criterion", "rows"], rows, caption=caption),
        paragraph(
            "The criteria are made for regressions with so many parameters. A network with hidden layers has more "
            "freedom "
            "and needs more rows; what it has learned from these is judged above."
        ),
    ]  # fmt: skip
