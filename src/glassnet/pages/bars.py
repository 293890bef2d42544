"""Horizontal bars to both sides of zero: weights, contributions, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from glassnet.pages.axis import Axis
from glassnet.pages.chart import dot, line, svg, words
from glassnet.pages.markup import Markup, tag
from glassnet.pages.number import number_text


@dataclass(frozen=True)
class Bars:
    """One bar per name, to the left for negative values and to the right for positive ones.

    Parameters
    ----------
    names : sequence of str
    values : sequence of float
    name_label, value_label : str
        What the two columns are, for the table.
    digits : int, default 4
    signed : bool, default True
        Color by sign; False draws all bars in one neutral color.
    ends : sequence of (float, float), optional
        Of the interval of each value, drawn as a thin line over its bar.
    marks : sequence of float, optional
        A second value of each name, drawn as a diamond; one that is not finite is left out.
    mark_label : str
        What the marks are, for the table.
    largest : float, optional
        Length of the axis to each side; by default the largest value. Give it to compare charts.
    smallest : float, optional
        Where the axis begins, 0 or below, if it is not as long to the left as to the right.

    Examples
    --------
    >>> "−0.87" in Bars(["tumor size"], [-0.87], "input", "weight").draw("One weight.")
    True
    """

    names: Sequence[str]
    values: Sequence[float]
    name_label: str
    value_label: str
    digits: int = 4
    signed: bool = True
    largest: float | None = None
    width: float = 420.0
    ends: Sequence[tuple[float, float]] | None = None
    marks: Sequence[float] | None = None
    mark_label: str = ""
    smallest: float | None = None

    def draw(self, summary: str) -> Markup:
        """The bars with names to the left and values at their ends."""
        row, top = 30.0, 6.0
        longest = max((len(name) for name in self.names), default=1)
        left = min(self.width * 0.42, 8 + 6.6 * longest)
        marks = [mark if isfinite(mark) else None for mark in self.marks or ()]
        reached = [*self.values, *(end for pair in self.ends or () for end in pair)]
        reached += [mark for mark in marks if mark is not None]
        largest = self.largest or max((abs(v) for v in reached), default=1.0) or 1.0
        below = any(v < 0 for v in (reached if self.signed else self.values))
        smallest = self.smallest if self.smallest is not None else -largest if below else 0.0
        negative = smallest < 0
        axis = Axis(smallest, largest, left + (52 if negative else 8), self.width - 52)
        parts: list[Markup] = []
        for index, (name, value) in enumerate(zip(self.names, self.values, strict=True)):
            middle = top + row * (index + 0.5)
            start, end = sorted((axis(0.0), axis(max(smallest, min(largest, value)))))
            style = ("s-negative" if value < 0 else "s-positive") if self.signed else "s-4"
            parts.append(words(left, middle, shorten(name, left, 6.4), anchor="end", dy="0.34em"))
            parts.append(
                tag("rect", tag("title", f"{name}: {number_text(value, 12)}"), x=f"{start:.1f}", y=f"{middle - 9:.1f}",
                    width=f"{max(end - start, 0.5):.1f}", height=18, rx=2, class_=f"bar {style}")
            )  # fmt: skip
            if self.ends is not None:
                low, high = (axis(max(smallest, min(largest, end))) for end in self.ends[index])
                parts += [line(low, middle, high, middle, style) for style in ("interval under", "interval")]
                start, end = min(start, low), max(end, high)
            if marks and (mark := marks[index]) is not None:
                place = axis(max(smallest, min(largest, mark)))
                parts.append(dot(place, middle, "s-2", shape=2, radius=4.5, title=f"{self.mark_label}: {mark:.4g}"))
                start, end = min(start, place - 4), max(end, place + 4)
            at, anchor = (end + 7, "start") if value >= 0 or not negative else (start - 7, "end")
            parts.append(words(at, middle, number_text(value, self.digits), anchor=anchor, dy="0.34em"))
        bottom = top + row * len(self.names)
        parts.append(line(axis(0.0), 0, axis(0.0), bottom + top, "base"))
        return svg(parts, self.width, bottom + top, summary, "small")

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """Names and values, and the ends of intervals or the marks where there are some."""
        if self.marks is not None:
            each = zip(self.names, self.values, self.marks, strict=True)
            return [self.name_label, self.value_label, self.mark_label], [list(row) for row in each]
        if self.ends is None:
            return [self.name_label, self.value_label], [
                list(each) for each in zip(self.names, self.values, strict=True)
            ]
        rows = zip(self.names, self.values, self.ends, strict=True)
        return [self.name_label, self.value_label, "from", "to"], [[name, value, *ends] for name, value, ends in rows]


def shorten(name: str, room: float, per_character: float = 7.2) -> str:
    """A name cut to the room in pixels, with an ellipsis; the full name stays in the table.

    Examples
    --------
    >>> shorten("mean fractal dimension", 80)
    'mean fract…'
    """
    most = max(4, int(room / per_character))
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"
