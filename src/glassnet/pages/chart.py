"""The parts that all charts share: the SVG frame with axes, a legend, marks, and the numbers as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from glassnet.pages.axis import Axis, tick_texts
from glassnet.pages.markup import Markup, tag, text

STYLES = (
    "ink", "muted", "accent", "1", "2", "3", "4", "positive", "negative", *(f"class-{n}" for n in range(1, 11)),
)  # fmt: skip
"""Names of the mark colors; ``1`` to ``4`` are for series, ``class-1`` to ``class-10`` for more of them and classes."""


class Chart(Protocol):
    """Something that can be drawn in a page and listed as a table."""

    def draw(self, summary: str) -> Markup:
        """The chart with its legend; `summary` is the text alternative."""
        ...

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """Column names and rows of the numbers that are drawn."""
        ...


@dataclass(frozen=True)
class Frame:
    """The box of a chart with two axes.

    Parameters
    ----------
    x_range, y_range : pair of float
    x_label, y_label : str
    log_x, log_y : bool
    width, height : float
        Size in SVG units; the page scales it.
    """

    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_label: str
    y_label: str
    log_x: bool = False
    log_y: bool = False
    width: float = 640.0
    height: float = 360.0

    left, right, top, bottom = 58.0, 18.0, 34.0, 52.0

    @property
    def x(self) -> Axis:
        """The horizontal axis."""
        return Axis(*self.x_range, self.left, self.width - self.right, self.log_x)

    @property
    def y(self) -> Axis:
        """The vertical axis, upward."""
        return Axis(*self.y_range, self.height - self.bottom, self.top, self.log_y)

    def axes(self, *, grid: bool = True) -> Markup:
        """Grid lines, tick labels and the two names, written horizontally."""
        x, y = self.x, self.y
        parts: list[Markup] = []
        y_ticks = y.ticks(5)
        for tick, written in zip(y_ticks, tick_texts(y_ticks, log=self.log_y), strict=True):
            at = y(tick)
            if grid:
                parts.append(line(x.start, at, x.end, at, "grid"))
            parts.append(words(x.start - 9, at, written, "tick", anchor="end", dy="0.34em"))
        x_ticks = x.ticks(max(2, round((x.end - x.start) / 95)))
        for tick, written in zip(x_ticks, tick_texts(x_ticks, log=self.log_x), strict=True):
            parts.append(line(x(tick), y.start, x(tick), y.start + 5, "base"))
            parts.append(words(x(tick), y.start + 9, written, "tick", anchor="middle", dy="0.85em"))
        parts.append(line(x.start, y.start, x.end, y.start, "base"))
        parts.append(words(4, 15, self.y_label + (" (logarithmic)" if self.log_y else ""), "axis-label"))
        parts.append(
            words(
                x.end,
                self.height - 5,
                self.x_label + (" (logarithmic)" if self.log_x else ""),
                "axis-label",
                anchor="end",
            )
        )
        return text(parts)

    def clip(self, content: Sequence[Markup]) -> Markup:
        """Content in pixels, cut off at the box of the axes."""
        x0, y0 = self.left, self.top
        w, h = self.width - self.left - self.right, self.height - self.top - self.bottom
        return tag(
            "svg", content, x=x0, y=y0, width=_px(w), height=_px(h), viewBox=f"{_px(x0)} {_px(y0)} {_px(w)} {_px(h)}"
        )


def svg(content: Sequence[Markup], width: float, height: float, summary: str, size: str = "") -> Markup:
    """The outer SVG element with its text alternative."""
    return tag(
        "svg", content, xmlns="http://www.w3.org/2000/svg", class_=f"chart {size}".strip(), role="img",
        viewBox=f"0 0 {_px(width)} {_px(height)}", aria_label=summary,
    )  # fmt: skip


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    """A straight line."""
    return tag("line", x1=_px(x1), y1=_px(y1), x2=_px(x2), y2=_px(y2), class_=style)


def words(x: float, y: float, content: str, style: str = "", *, anchor: str = "start", dy: str | None = None) -> Markup:
    """A text."""
    return tag("text", content, x=_px(x), y=_px(y), class_=style or None, text_anchor=anchor, dy=dy)


def path(points: Sequence[tuple[float, float]], style: str, *, closed: bool = False) -> Markup:
    """A polyline through pixel positions."""
    written = "L".join(f"{_px(x)} {_px(y)}" for x, y in points)
    return tag("path", d=f"M{written}{'Z' if closed else ''}", class_=style)


_OUTLINES = (
    ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    ((0, -1.35), (1.35, 0), (0, 1.35), (-1.35, 0)),
    ((0, -1.25), (1.2, 1), (-1.2, 1)),
    ((0, 1.25), (1.2, -1), (-1.2, -1)),
    ((-0.5, -1.4), (0.5, -1.4), (0.5, -0.5), (1.4, -0.5), (1.4, 0.5), (0.5, 0.5), (0.5, 1.4), (-0.5, 1.4), (-0.5, 0.5),
     (-1.4, 0.5), (-1.4, -0.5), (-0.5, -0.5)),
    ((-1.25, -1.25), (1.25, -1.25), (0.4, 0), (1.25, 1.25), (-1.25, 1.25), (-0.4, 0)),
)  # fmt: skip
"""Square, diamond, triangle up, triangle down, cross and hourglass, for a radius of 1."""


def dot(x: float, y: float, style: str, *, shape: int = 0, radius: float = 5.0, title: str = "") -> Markup:
    """A mark by `shape`, so that groups differ without color: a circle, or one of `_OUTLINES`."""
    label = tag("title", title) if title else Markup("")
    r = radius
    kind = shape % (len(_OUTLINES) + 1)
    if kind == 0:
        return tag("circle", label, cx=_px(x), cy=_px(y), r=_px(r), class_=f"dot {style}")
    outline = "L".join(f"{_px(x + r * dx)} {_px(y + r * dy)}" for dx, dy in _OUTLINES[kind - 1])
    return tag("path", label, d=f"M{outline}Z", class_=f"dot {style}")


def legend(entries: Sequence[tuple[Markup, str]]) -> Markup:
    """Swatch and name of each entry, wrapping at any width."""
    items = [
        tag("li", tag("svg", mark, viewBox="0 0 28 12", aria_hidden="true"), tag("span", name))
        for mark, name in entries
    ]
    return tag("ul", items, class_="legend")


def _px(value: float) -> str:
    """A pixel position with at most one decimal."""
    return f"{float(value):.1f}".removesuffix(".0")
