"""Charts as images for files that cannot show SVG, drawn by matplotlib in the colors of the pages."""

from __future__ import annotations

import io
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.pages import Bars, Chart, Pixels, Plot, Raster
from glassnet.pages.bars import shorten
from glassnet.pages.number import number_text
from glassnet.pages.pixels import FAINT
from glassnet.pages.tokens import LIGHT

_DPI = 200
_COLORS = {
    "ink": LIGHT["ink"], "muted": LIGHT["line-strong"], "accent": LIGHT["accent"], "positive": LIGHT["positive"],
    "negative": LIGHT["negative"], **{str(k): LIGHT[f"series-{k}"] for k in range(1, 5)},
}  # fmt: skip
_LINES = {
    "line": ("-", 1.8, 1.0), "line+points": ("-", 1.8, 1.0), "dashed": ("--", 1.3, 1.0), "dotted": (":", 1.3, 1.0),
    "thin": ("-", 0.5, 0.35),
}  # fmt: skip
_MARKERS = "osD^"


def drawn(panels: Sequence[tuple[str, Chart]]) -> bytes:
    """Charts side by side, at most two in a row, or three pictures, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    across = min(3 if all(isinstance(chart, (Pixels, Raster)) for _, chart in panels) else 2, len(panels))
    down = -(-len(panels) // across)
    tallest = max(_inches(chart, across) for _, chart in panels)
    figure = Figure(figsize=(7.0, down * tallest), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (title, chart) in enumerate(panels, start=1):
        axes = figure.add_subplot(down, across, place)
        _dress(axes, title)
        if isinstance(chart, Plot):
            _plot(axes, chart)
        elif isinstance(chart, Bars):
            _bars(axes, chart)
        elif isinstance(chart, (Pixels, Raster)):
            _image(axes, chart)
        else:
            raise ConfigurationError(f"A {type(chart).__name__} cannot be drawn as an image; give a Plot or Bars.")
    file = io.BytesIO()
    with warnings.catch_warnings():  # a letter that the font lacks becomes a box, without a warning
        warnings.simplefilter("ignore", UserWarning)
        figure.savefig(file, format="png", dpi=_DPI, metadata={"Software": None})
    return file.getvalue()


def _inches(chart: Chart, across: int) -> float:
    """The height of a chart of the given width."""
    if isinstance(chart, Bars):
        return max(1.4, 0.5 + 0.24 * len(chart.names))
    return {1: 3.6, 2: 2.9}.get(across, 2.6)


def _dress(axes: Any, title: str) -> None:
    """Plain axes with a title."""
    axes.set_title(_literal(title), fontsize=9, loc="left", fontweight="bold", color=LIGHT["ink"])
    axes.tick_params(labelsize=7.5, colors=LIGHT["muted"], length=2.5)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(LIGHT["line-strong"])


def _plot(axes: Any, plot: Plot) -> None:
    """Series over two axes."""
    (left, right), (low, high) = plot.ranges()
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    if plot.log_x:
        axes.set_xscale("log")
    if plot.log_y:
        axes.set_yscale("log")
    axes.grid(axis="y", color=LIGHT["line"], linewidth=0.6)
    axes.set_xlabel(_literal(plot.x_label), fontsize=8, color=LIGHT["muted"])
    axes.set_ylabel(_literal(plot.y_label), fontsize=8, color=LIGHT["muted"])
    for series in plot.series:
        color, label = _COLORS[series.style], _literal(series.name) or None
        if series.form in _LINES:
            style, width, alpha = _LINES[series.form]
            axes.plot(series.x, series.y, style, color=color, linewidth=width, alpha=alpha, label=label)
        if series.form == "dots":
            axes.scatter(series.x, series.y, s=6, color=color, alpha=0.5, linewidths=0, label=label)
        elif "points" in series.form:
            axes.scatter(
                series.x, series.y, s=14, color=color, marker=_MARKERS[series.shape % 4],
                label=label if series.form == "points" else None, zorder=3,
            )  # fmt: skip
        for x, y, words in zip(series.x, series.y, series.labels, strict=False):
            axes.annotate(_literal(words), (x, y), fontsize=7, xytext=(4, 4), textcoords="offset points")
    for at, words in plot.levels:
        axes.axhline(at, color=LIGHT["line-strong"], linestyle="--", linewidth=0.8)
        axes.annotate(_literal(words), (right, at), fontsize=7, ha="right", va="bottom", color=LIGHT["muted"])
    for at, words in plot.rules:
        axes.axvline(at, color=LIGHT["line-strong"], linestyle="--", linewidth=0.8)
        axes.annotate(_literal(words), (at, high), fontsize=7, va="top", color=LIGHT["muted"])
    for at in plot.rug:
        axes.axvline(at, 0, 0.025, color=LIGHT["muted"], linewidth=0.5, alpha=0.5)
    if sum(bool(series.name) for series in plot.series) > 1:
        axes.legend(fontsize=6.5, framealpha=0.7, edgecolor="none", labelcolor=LIGHT["muted"], handlelength=1.8)


def _image(axes: Any, chart: Pixels | Raster) -> None:
    """A gray image, or two colors around zero with a minus sign in negative squares."""
    from matplotlib.colors import LinearSegmentedColormap

    axes.set_xticks([])
    axes.set_yticks([])
    if not chart.signed:
        axes.imshow(chart.values, cmap="gray" if isinstance(chart, Raster) else "gray_r")
    else:
        colors = LinearSegmentedColormap.from_list("signs", [LIGHT["negative"], LIGHT["surface"], LIGHT["positive"]])
        scale = chart.scale if isinstance(chart, Pixels) else None
        largest = scale or max(abs(value) for row in chart.values for value in row) or 1.0
        axes.imshow(chart.values, cmap=colors, vmin=-largest, vmax=largest)
        low = [(x, y) for y, row in enumerate(chart.values) for x, value in enumerate(row) if value < -FAINT * largest]
        if low:
            axes.scatter(*zip(*low, strict=True), marker="_", s=5, linewidths=0.5, color=LIGHT["ink"])
    if isinstance(chart, Raster) and chart.outlined is not None and not np.all(chart.outlined):
        fine = np.kron(np.asarray(chart.outlined, dtype=float), np.ones((10, 10)))  # keeps corners sharp
        height, width = np.shape(chart.outlined)
        extent = (-0.5, width - 0.5, height - 0.5, -0.5)
        axes.contour(fine, [0.5], colors=LIGHT["accent"], linewidths=1.2, extent=extent)


def _bars(axes: Any, bars: Bars) -> None:
    """Horizontal bars to both sides of zero, the first on top."""
    places = range(len(bars.names))
    signed = [
        _COLORS["negative" if value < 0 else "positive"] if bars.signed else _COLORS["4"] for value in bars.values
    ]
    axes.barh(places, bars.values, color=signed, height=0.7)
    reached = list(bars.values)
    if bars.marks is not None:
        axes.scatter(bars.marks, places, s=16, marker="D", color=_COLORS["2"], zorder=3)
        reached = [max(value, mark) if mark == mark else value for value, mark in zip(reached, bars.marks, strict=True)]
    if bars.ends is not None:
        for place, (low, high) in zip(places, bars.ends, strict=True):
            axes.plot([low, high], [place, place], color=LIGHT["ink"], linewidth=1)
        reached = [max(value, high) for value, (_, high) in zip(reached, bars.ends, strict=True)]
    for place, value, end in zip(places, bars.values, reached, strict=True):
        axes.annotate(
            number_text(value, bars.digits), (max(end, 0.0), place), fontsize=7, va="center", xytext=(3, 0),
            textcoords="offset points", color=LIGHT["ink"],
        )  # fmt: skip
    axes.set_yticks(list(places), [_literal(shorten(name, 190)) for name in bars.names], fontsize=7.5)
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(_literal(bars.value_label), fontsize=8, color=LIGHT["muted"])
    axes.axvline(0, color=LIGHT["line-strong"], linewidth=0.8)


def _literal(words: str) -> str:
    """Text with escaped dollar signs, which would begin a formula."""
    return words.replace("$", r"\$")
