"""Filled contour maps: a loss over two parameters, a prediction over two inputs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.errors import ConfigurationError
from glassnet.pages.axis import tick_texts
from glassnet.pages.chart import Frame, legend, path, svg
from glassnet.pages.markup import Markup, tag, text
from glassnet.pages.number import number_text
from glassnet.pages.plot import Series, _runs
from glassnet.pages.tokens import RAMP_STEPS


@dataclass(frozen=True)
class Surface:
    """Heights over a grid as bands of color, with lines and points on top.

    Parameters
    ----------
    x, y : sequence of float
        Grid positions, rising.
    heights : sequence of sequence of float
        One row per `y`, one entry per `x`.
    levels : sequence of float
        Borders between the bands, rising, at most `RAMP_STEPS` - 1.
    x_label, y_label, height_label : str
    series : sequence of Series
        Paths and points to draw on top.
    boundary : float, optional
        A height to mark with a strong line, for example the border between two classes.
    diverging : bool, default False
        Colors for negative (below the middle level) and positive instead of one ramp.

    Raises
    ------
    ConfigurationError
        When the heights do not fit the grid or there are too many levels.

    Examples
    --------
    >>> map_ = Surface([0, 1], [0, 1], [[0, 1], [1, 2]], [0.5, 1.5], "W", "b", "loss")
    >>> map_.draw("The loss rises to the upper right.").count("<svg") > 0
    True
    """

    x: Sequence[float]
    y: Sequence[float]
    heights: Sequence[Sequence[float]]
    levels: Sequence[float]
    x_label: str
    y_label: str
    height_label: str
    series: Sequence[Series] = ()
    boundary: float | None = None
    diverging: bool = False
    width: float = 640.0
    height: float = 440.0

    def __post_init__(self) -> None:
        if len(self.heights) != len(self.y) or any(len(row) != len(self.x) for row in self.heights):
            raise ConfigurationError(f"A surface needs {len(self.y)} rows of {len(self.x)} heights.")
        if not 1 <= len(self.levels) <= RAMP_STEPS - 1:
            raise ConfigurationError(f"A surface takes 1 to {RAMP_STEPS - 1} levels, not {len(self.levels)}.")

    def draw(self, summary: str) -> Markup:
        """The map and, above it, its scale and the names of the series."""
        frame = Frame(
            (self.x[0], self.x[-1]), (self.y[0], self.y[-1]), self.x_label, self.y_label,
            width=self.width, height=self.height,
        )  # fmt: skip
        x, y = frame.x, frame.y
        px, py = [x(v) for v in self.x], [y(v) for v in self.y]
        bands: list[Markup] = [
            tag("rect", x=f"{x.start:.1f}", y=f"{y.end:.1f}", width=f"{x.end - x.start:.1f}",
                height=f"{y.start - y.end:.1f}", class_=self._color(0))
        ]  # fmt: skip
        for index, level in enumerate(self.levels):
            outline = region(self.heights, px, py, level)
            if outline:
                bands.append(tag("path", d=outline, class_=self._color(index + 1)))
            bands.append(tag("path", d=isoline(self.heights, px, py, level), class_="isoline"))
        if self.boundary is not None:
            bands.append(tag("path", d=isoline(self.heights, px, py, self.boundary), class_="boundary"))
        marks: list[Markup] = []
        for series in self.series:
            placed: list[tuple[float, float] | None] = [(x(a), y(b)) for a, b in zip(series.x, series.y, strict=True)]
            if series.form != "points":
                extra = {"dashed": " dashed", "dotted": " dotted"}.get(series.form, "")
                marks += [path(run, f"curve s-{series.style}{extra}") for run in _runs(placed)]
            marks += _marks(series, placed, frame)
        content = [frame.clip(bands), frame.axes(grid=False), frame.clip(marks)]
        return text([self._legend(), svg(content, self.width, self.height, summary)])

    def _color(self, band: int) -> str:
        """The class of a band: the bands share the ramp evenly."""
        bands = len(self.levels)
        step = round(band * (RAMP_STEPS - 1) / bands)
        return f"{'diverging' if self.diverging else 'ramp'}-{step}"

    def _legend(self) -> Markup:
        """The legend of the bands and the series."""
        from glassnet.pages.chart import dot, line

        texts = tick_texts(self.levels) if not self.diverging else [number_text(v, 3) for v in self.levels]
        entries = [(tag("rect", width=28, height=12, class_=self._color(0)), f"{self.height_label} below {texts[0]}")]
        entries.append((tag("rect", width=28, height=12, class_=self._color(len(self.levels))), f"above {texts[-1]}"))
        for series in self.series:
            if series.name:
                mark = [] if series.form == "points" else [line(0, 6, 28, 6, f"curve s-{series.style}")]
                if "points" in series.form:
                    mark.append(dot(14, 6, f"s-{series.style}", shape=series.shape, radius=4.5))
                entries.append((text(mark), series.name))
        if self.boundary is not None:
            entries.append((line(0, 6, 28, 6, "boundary"), f"{self.height_label} = {number_text(self.boundary, 3)}"))
        return legend(entries)

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """The drawn points and, for the surface, a coarse grid of at most 6 by 6 heights."""
        head = ["what", self.x_label, self.y_label, self.height_label]
        rows: list[list[str | float]] = [
            [s.name or s.form, a, b, ""] for s in self.series for a, b in zip(s.x, s.y, strict=True)
        ]
        for j in _coarse(len(self.y)):
            rows += [["grid", self.x[i], self.y[j], self.heights[j][i]] for i in _coarse(len(self.x))]
        return head, rows


def region(heights: Sequence[Sequence[float]], px: Sequence[float], py: Sequence[float], level: float) -> str:
    """Path of the area at or above a level: whole cells joined to runs, border cells cut along the level."""
    pieces: list[str] = []
    for j in range(len(py) - 1):
        run: int | None = None
        for i in range(len(px)):
            whole = i < len(px) - 1 and all(h >= level for h in _corners(heights, i, j))
            if whole and run is None:
                run = i
            if not whole and run is not None:
                pieces.append(_polygon([(px[run], py[j]), (px[i], py[j]), (px[i], py[j + 1]), (px[run], py[j + 1])]))
                run = None
            if not whole and i < len(px) - 1 and any(h >= level for h in _corners(heights, i, j)):
                pieces.append(_polygon(_cut(heights, px, py, i, j, level)))
    return "".join(pieces)


def isoline(heights: Sequence[Sequence[float]], px: Sequence[float], py: Sequence[float], level: float) -> str:
    """Path of the line where the height equals a level, by marching squares."""
    pieces = []
    for j in range(len(py) - 1):
        for i in range(len(px) - 1):
            around = _crossings(heights, px, py, i, j, level)
            for (x1, y1), (x2, y2) in zip(around[::2], around[1::2], strict=False):
                pieces.append(f"M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}")
    return "".join(pieces)


def _corners(heights: Sequence[Sequence[float]], i: int, j: int) -> tuple[float, float, float, float]:
    """Heights around a cell, in drawing order."""
    return heights[j][i], heights[j][i + 1], heights[j + 1][i + 1], heights[j + 1][i]


def _edges(
    heights: Sequence[Sequence[float]], px: Sequence[float], py: Sequence[float], i: int, j: int
) -> list[tuple[float, float, float, float, float, float]]:
    """The four sides of a cell as start position, end position, start height, end height."""
    places = [(px[i], py[j]), (px[i + 1], py[j]), (px[i + 1], py[j + 1]), (px[i], py[j + 1])]
    values = _corners(heights, i, j)
    return [(*places[k], *places[(k + 1) % 4], values[k], values[(k + 1) % 4]) for k in range(4)]


def _crossings(
    heights: Sequence[Sequence[float]], px: Sequence[float], py: Sequence[float], i: int, j: int, level: float
) -> list[tuple[float, float]]:
    """Where the level crosses the sides of a cell."""
    crossings = []
    for x1, y1, x2, y2, a, b in _edges(heights, px, py, i, j):
        if (a >= level) != (b >= level):
            share = (level - a) / (b - a)
            crossings.append((x1 + share * (x2 - x1), y1 + share * (y2 - y1)))
    return crossings


def _cut(
    heights: Sequence[Sequence[float]], px: Sequence[float], py: Sequence[float], i: int, j: int, level: float
) -> list[tuple[float, float]]:
    """The part of a cell at or above the level."""
    kept = []
    for x1, y1, x2, y2, a, b in _edges(heights, px, py, i, j):
        if a >= level:
            kept.append((x1, y1))
        if (a >= level) != (b >= level):
            share = (level - a) / (b - a)
            kept.append((x1 + share * (x2 - x1), y1 + share * (y2 - y1)))
    return kept


def _polygon(points: Sequence[tuple[float, float]]) -> str:
    """A closed path."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _coarse(count: int, most: int = 6) -> list[int]:
    """At most `most` evenly spread indices, first and last included."""
    if count <= most:
        return list(range(count))
    return sorted({round(k * (count - 1) / (most - 1)) for k in range(most)})


def _marks(series: Series, placed: Sequence[tuple[float, float] | None], frame: Frame) -> list[Markup]:
    """Points of a series with their labels."""
    from glassnet.pages.plot import Plot

    return Plot([series], "", "")._points(series, placed, frame)


def even(low: float, high: float, count: int) -> list[float]:
    """Evenly spaced grid positions, both ends included.

    Examples
    --------
    >>> even(0.0, 1.0, 3)
    [0.0, 0.5, 1.0]
    """
    return [low + (high - low) * k / (count - 1) for k in range(count)]


def geometric(low: float, high: float, count: int) -> list[float]:
    """Levels in equal ratios, both ends included, for heights that span powers of ten.

    Examples
    --------
    >>> [round(v, 6) for v in geometric(1.0, 100.0, 3)]
    [1.0, 10.0, 100.0]
    """
    return [math.exp(v) for v in even(math.log(low), math.log(high), count)]
