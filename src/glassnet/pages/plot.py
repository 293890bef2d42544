"""Line and point charts: loss curves, fitted curves through data, paths of weights."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from glassnet.pages.axis import spread
from glassnet.pages.chart import Frame, dot, legend, line, path, svg, words
from glassnet.pages.markup import Markup, text

_FORMS = {"dashed": " dashed", "dotted": " dotted", "thin": " thin"}

Form = Literal["line", "dashed", "dotted", "points", "line+points", "dots", "thin"]


@dataclass(frozen=True)
class Series:
    """Values to draw together.

    Parameters
    ----------
    name : str
        Written in the legend and the table; an empty name stays out of the legend.
    x, y : sequence of float
        Of one length; values that are not finite interrupt a line.
    form : {"line", "dashed", "dotted", "points", "line+points", "dots", "thin"}
        ``dots`` are many points, and ``thin`` lines one of many, so faint that they show where they are dense.
    style : str
        One of `chart.STYLES`.
    labels : sequence of str, optional
        Written beside the points.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]
    form: Form = "line"
    style: str = "1"
    labels: Sequence[str] = ()
    shape: int = 0


@dataclass(frozen=True)
class Plot:
    """Series over two axes.

    Parameters
    ----------
    series : sequence of Series
    x_label, y_label : str
    log_x, log_y : bool
    x_range, y_range : pair of float, optional
        By default what the data need, with a margin.
    rules : sequence of (float, str)
        Vertical lines with a name, for example a stability limit.
    rug : sequence of float
        Where rows lie on the horizontal axis: a short line each, at the bottom.
    levels : sequence of (float, str)
        Horizontal lines with a name, for example the smallest loss.
    listed : (head, rows), optional
        What the table of numbers holds, where a list of all marks would tell nobody anything.

    Examples
    --------
    >>> plot = Plot([Series("loss", [0, 1], [14.55, 9.8])], "step", "loss")
    >>> plot.draw("The loss falls.").startswith("<svg")
    True
    """

    series: Sequence[Series]
    x_label: str
    y_label: str
    log_x: bool = False
    log_y: bool = False
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    rules: Sequence[tuple[float, str]] = ()
    levels: Sequence[tuple[float, str]] = ()
    width: float = 640.0
    height: float = 360.0
    rug: Sequence[float] = ()
    listed: tuple[Sequence[str], Sequence[Sequence[str | float]]] | None = None

    def ranges(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The data ranges of the two axes."""
        xs = [v for s in self.series for v in s.x] + [at for at, _ in self.rules]
        ys = [v for s in self.series for v in s.y] + [at for at, _ in self.levels]
        return (
            self.x_range or spread(xs, margin=0.03, log=self.log_x),
            self.y_range or spread(ys, margin=0.07, log=self.log_y),
        )

    def _free_on_the_right(self, at: float, frame: Frame) -> bool:
        """Whether a level's name is as free of curves at its right end as at its left one."""
        x = frame.x
        near = {False: math.inf, True: math.inf}
        for series in self.series:
            for a, b in zip(series.x, series.y, strict=True):
                share = (x(a) - x.start) / (x.end - x.start) if math.isfinite(a) else 0.5
                if math.isfinite(b) and not 1 / 3 < share < 2 / 3:
                    near[share > 0.5] = min(near[share > 0.5], abs(b - at))
        return near[True] >= near[False]

    def draw(self, summary: str) -> Markup:
        """The chart and, above it, the legend."""
        x_range, y_range = self.ranges()
        frame = Frame(x_range, y_range, self.x_label, self.y_label, self.log_x, self.log_y, self.width, self.height)
        x, y = frame.x, frame.y
        lines: list[Markup] = []
        marks: list[Markup] = []
        for at, name in self.levels:
            lines.append(line(x.start, y(at), x.end, y(at), "base dashed"))
            right = self._free_on_the_right(at, frame)
            marks.append(
                words(
                    x.end - 4 if right else x.start + 4,
                    y(at) - 6,
                    name,
                    "tick halo",
                    anchor="end" if right else "start",
                )
            )
        for at, name in self.rules:
            lines.append(line(x(at), y.start, x(at), y.end, "base dashed"))
            flip = x(at) > (x.start + x.end) / 2
            marks.append(
                words(x(at) + (-6 if flip else 6), y.end + 11, name, "tick halo", anchor="end" if flip else "start")
            )
        for series in self.series:
            placed = [
                (x(a), y(b)) if math.isfinite(a) and math.isfinite(b) and (b > 0 or not self.log_y) else None
                for a, b in zip(series.x, series.y, strict=True)
            ]
            if series.form == "dots":
                lines += [dot(*place, f"dense s-{series.style}", radius=2.0) for place in placed if place is not None]
                continue
            if series.form != "points":
                extra = _FORMS.get(series.form, "")
                lines += [path(run, f"curve s-{series.style}{extra}") for run in _runs(placed)]
            marks += self._points(series, placed, frame)
        lines += [line(x(at), y.start, x(at), y.start - 7, "rug") for at in self.rug]
        content = [frame.axes(), frame.clip(lines), *marks]
        return text([self._legend(), svg(content, self.width, self.height, summary)])

    def _points(self, series: Series, placed: Sequence[tuple[float, float] | None], frame: Frame) -> list[Markup]:
        """The point marks of a series that lie inside the box, with their labels."""
        drawn = []
        inside_x, inside_y = sorted((frame.x.start, frame.x.end)), sorted((frame.y.start, frame.y.end))
        for index, place in enumerate(placed):
            if place is None or not (inside_x[0] - 1 <= place[0] <= inside_x[1] + 1) \
                    or not (inside_y[0] - 1 <= place[1] <= inside_y[1] + 1):  # fmt: skip
                continue
            if "points" in series.form:
                radius = 5.5 if series.form == "points" else 3.5 if len(placed) <= 30 else 2.0
                drawn.append(dot(*place, f"s-{series.style}", shape=series.shape, radius=radius))
            if index < len(series.labels) and series.labels[index]:
                flip = place[0] + 10 + 7 * len(series.labels[index]) > frame.x.end + 14
                at = place[0] + (-10 if flip else 10)
                drawn.append(words(at, place[1] - 9, series.labels[index], "halo", anchor="end" if flip else "start"))
        return drawn

    def _legend(self) -> Markup:
        """The legend, when there is more than one named series."""
        named = [series for series in self.series if series.name]
        if len(named) < 2:
            return Markup("")
        entries = []
        for series in named:
            extra = _FORMS.get(series.form, "")
            mark = [] if series.form in ("points", "dots") else [line(0, 6, 28, 6, f"curve s-{series.style}{extra}")]
            if series.form == "dots":
                mark = [dot(at, 6, f"dense s-{series.style}", radius=2.0) for at in (8, 14, 20)]
            if "points" in series.form:
                mark.append(dot(14, 6, f"s-{series.style}", shape=series.shape, radius=4.5))
            entries.append((text(mark), series.name))
        return legend(entries)

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """All series below one another: series, x, y; or what is listed in their place."""
        if self.listed is not None:
            return list(self.listed[0]), [list(row) for row in self.listed[1]]
        head = ["series", self.x_label, self.y_label]
        return head, [[s.name or s.form, a, b] for s in self.series for a, b in zip(s.x, s.y, strict=True)]


def _runs(placed: Sequence[tuple[float, float] | None]) -> list[list[tuple[float, float]]]:
    """The unbroken stretches of a line."""
    runs: list[list[tuple[float, float]]] = [[]]
    for place in placed:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if len(run) > 1]
