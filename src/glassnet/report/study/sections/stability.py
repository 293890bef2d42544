"""The stability section: predictions of refits compared with those of the model (Riley and Collins 2023)."""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from glassnet.evaluate import Instability
from glassnet.evaluate.validation.instability import Curves
from glassnet.pages import Plot, Series
from glassnet.report.document import Block, Grid, Panel, Picture
from glassnet.report.study.sections.performance import HEIGHT, WIDTH

if TYPE_CHECKING:
    from glassnet.report.study.study import Study

_DOTS, _CURVES, _ROWS, _POINTS = 1500, 40, 200, 61
_NEAR = 0.04
"""Rows are averaged with those within about this fraction of the range of predictions."""


def stability(study: Study) -> tuple[str, list[Block]] | None:
    """The plots of each outcome."""
    if study.validation is None:
        return None
    blocks: list[Block] = []
    for each in study.validation.outcomes:
        if each.instability is not None:
            blocks += _of_outcome(study, each.outcome, each.instability)
    opening = (
        "How would the predictions differ if the model had been trained on other rows of the same kind? Each of the "
        f"{study.validation.n_refits} refits made a prediction for every training row."
    )
    return opening, blocks


def _of_outcome(study: Study, outcome: str, instability: Instability) -> list[Block]:
    """Predictions and errors by row, then calibration, classification and net benefit."""
    amounts = instability.calibration is None and not instability.changed
    title = outcome if study.of_times else study.target if amounts else f"{study.target} = {outcome}"
    rows = [
        ["mean absolute difference of refits from the model (MAPE)", f"{instability.mean_error:.4g}"],
        ["largest for a single row", f"{instability.largest_error:.4g}"],
        [
            f"mean width of the {100 * instability.coverage:g} % range of a row",
            f"{np.mean(instability.high - instability.low):.4g}",
        ],
    ]
    for name, share in instability.changed.items():
        share_text = f"{100 * share.mean():.1f} % (for a single row up to {100 * share.max():.0f} %)"
        rows.append([f"proportion of refits that classify differently, {name}", share_text])
    caption = (
        "Left: predictions of refits (dots, a subset) against those of the model, with the range of "
        f"{100 * instability.coverage:g} % of the refits (dashed); on the dotted line they agree. Right: the mean "
        "absolute difference for each row."
    )
    blocks: list[Block] = [
        Grid(["over the training rows", "value"], rows, f"Stability of {title}."),
        Picture([_predictions(instability, amounts), _errors(instability, amounts)], f"{title}: predictions.", caption),
    ]
    if instability.calibration is not None and instability.decision is not None:
        caption = (
            "Thin lines are refits, each evaluated on all training rows; dashed lines are the range of "
            f"{100 * instability.coverage:g} % of them; the thick line is the model."
        )
        panels = [
            _many(
                "Calibration",
                instability.calibration,
                instability.coverage,
                ("predicted probability", "observed proportion"),
                0.0,
            ),
            _many("Net benefit", instability.decision, instability.coverage, ("threshold", "net benefit"), -0.05),
        ]
        blocks.append(Picture(panels, f"{title}: calibration and net benefit.", caption))
    if instability.changed:
        caption = "For each row, the proportion of refits that classify it differently from the model."
        blocks.append(Picture([_calls(instability)], f"{title}: classification.", caption))
    return blocks


def _row_table(instability: Instability) -> tuple[list[str], list[list[str | float]]]:
    """Rows evenly over the model's predictions: prediction, range of refits, and mean difference."""
    order = np.argsort(instability.prediction, kind="stable")
    order = order[np.unique(np.linspace(0, len(order) - 1, min(len(order), _ROWS)).astype(int))]
    head = ["training row", "model", "refits from", "to", "mean difference"]
    return head, [
        [
            str(k + 1),
            float(instability.prediction[k]),
            float(instability.low[k]),
            float(instability.high[k]),
            float(instability.error[k]),
        ]
        for k in order
    ]


def _predictions(instability: Instability, amounts: bool) -> Panel:
    """Predictions of refits against those of the model."""
    n_refits, n_rows = instability.refits.shape
    step = max(1, n_refits * n_rows // _DOTS)
    while gcd(step, n_rows) > 1:  # avoids hitting the same rows again and again
        step += 1
    flat = np.arange(0, n_refits * n_rows, step)
    x, y = instability.prediction[flat % n_rows], instability.refits.ravel()[flat]
    middles, low, high = _smooth_ends(instability)
    ends = [
        min(instability.prediction.min(), instability.refits.min()),
        max(instability.prediction.max(), instability.refits.max()),
    ]
    if not amounts:
        ends = [0.0, 1.0]
    series = [
        Series("refits", x.tolist(), y.tolist(), "dots", "4"),
        Series("range", middles, low, "dashed", "accent"),
        Series("", middles, high, "dashed", "accent"),
        Series("agreement", ends, ends, "dotted", "muted"),
    ]
    square = (float(ends[0]), float(ends[1]))
    chart = Plot(
        series, "model", "predictions of refits", x_range=square, y_range=square, width=WIDTH, height=HEIGHT,
        listed=_row_table(instability),
    )  # fmt: skip
    summary = (
        f"Predictions of refits differ from the model's by {instability.mean_error:.3g} on average, and by at most "
        f"{instability.largest_error:.3g}."
    )
    return Panel(chart, summary, "Predictions")


def _smooth_ends(instability: Instability) -> tuple[list[float], list[float], list[float]]:
    """The ends of the rows' ranges, averaged over rows with similar predictions of the model."""
    answers, low, high = instability.prediction, instability.low, instability.high
    at = np.linspace(answers.min(), answers.max(), _POINTS)
    near = np.exp(-0.5 * ((at[:, None] - answers) / (_NEAR * max(float(np.ptp(answers)), 1e-12))) ** 2) + 1e-300
    near /= near.sum(axis=1, keepdims=True)
    return at.tolist(), (near @ low).tolist(), (near @ high).tolist()


def _errors(instability: Instability, amounts: bool) -> Panel:
    """The mean absolute difference for each row."""
    places = _dots(len(instability.prediction))
    series = [Series("", instability.prediction[places].tolist(), instability.error[places].tolist(), "dots", "accent")]
    top = max(instability.largest_error * 1.05, 1e-9)
    chart = Plot(
        series, "prediction of the model", "mean difference of refits", x_range=None if amounts else (0.0, 1.0),
        y_range=(0.0, top), levels=[(instability.mean_error, f"mean {instability.mean_error:.3g}")], width=WIDTH,
        height=HEIGHT,
        listed=_row_table(instability),
    )  # fmt: skip
    return Panel(
        chart, f"Mean difference of refits from the model by row; {instability.mean_error:.3g} overall.", "MAPE"
    )


def _calls(instability: Instability) -> Panel:
    """The proportion of refits that classify each row differently."""
    places = _dots(len(instability.prediction))
    series = [
        Series(name, instability.prediction[places].tolist(), share[places].tolist(), "dots", style)
        for (name, share), style in zip(instability.changed.items(), ("accent", "2", "3", "4", "1"), strict=False)
    ]
    worst = max(float(share.max()) for share in instability.changed.values())
    chart = Plot(
        series, "prediction of the model", "refits that classify differently", x_range=(0.0, 1.0),
        y_range=(0.0, max(0.05, worst * 1.05)), height=300, listed=_call_table(instability),
    )  # fmt: skip
    means = ", ".join(f"{name} {100 * share.mean():.1f} %" for name, share in instability.changed.items())
    return Panel(chart, f"Proportion of refits that classify a row differently: {means} on average.", "Classification")


def _call_table(instability: Instability) -> tuple[list[str], list[list[str | float]]]:
    """The rows whose classification changes most."""
    worst = np.max(list(instability.changed.values()), axis=0)
    order = np.argsort(-worst, kind="stable")[:_ROWS]
    return ["training row", "model", *instability.changed], [
        [str(k + 1), float(instability.prediction[k]), *(float(share[k]) for share in instability.changed.values())]
        for k in order
    ]


def _many(title: str, curves: Curves, coverage: float, labels: tuple[str, str], lowest: float) -> Panel:
    """A curve of the model among those of refits."""
    at, (low, high) = curves.at.tolist(), curves.band(coverage)
    chosen = np.unique(np.linspace(0, len(curves.refits) - 1, min(len(curves.refits), _CURVES)).astype(int))
    visible = np.where(curves.refits >= lowest, curves.refits, np.nan)
    series = [Series("" if k else "refits", at, visible[k].tolist(), "thin", "4") for k in chosen]
    series += [
        Series("range", at, low.tolist(), "dashed", "accent"),
        Series("", at, high.tolist(), "dashed", "accent"),
        Series("model", at, curves.own.tolist(), "line", "accent"),
    ]
    if lowest == 0.0:
        series.append(Series("perfect", [0.0, 1.0], [0.0, 1.0], "dotted", "muted"))
    top = 1.0 if lowest == 0.0 else float(max(np.nanmax(high, initial=0.02), curves.own.max())) * 1.1
    listed = [[float(a), float(b), float(c), float(d)] for a, b, c, d in zip(at, curves.own, low, high, strict=True)]
    chart = Plot(
        series, *labels, x_range=(0.0, 1.0), y_range=(lowest, top), width=WIDTH, height=HEIGHT,
        listed=([labels[0], "model", "refits from", "to"], listed),
    )  # fmt: skip
    wide = high - low
    width = float(np.nanmean(wide)) if np.isfinite(wide).any() else float("nan")
    return Panel(chart, f"{title} of the model and of refits, whose range is {width:.2g} wide on average.", title)


def _dots(n_rows: int) -> NDArray[np.int64]:
    """At most `_DOTS` rows, evenly spaced."""
    return np.unique(np.linspace(0, n_rows - 1, min(n_rows, _DOTS)).astype(np.int64))
