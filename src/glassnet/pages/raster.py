"""A picture in gray, or what its pixels add in two colors, drawn as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.pages.chart import svg
from glassnet.pages.markup import Markup, tag
from glassnet.pages.tokens import RAMP_STEPS


@dataclass(frozen=True)
class Raster:
    """A grid of squares: black to white, or negative to positive around zero.

    Parameters
    ----------
    values : sequence of sequence of float
        Rows from top to bottom.
    signed : bool, default False
        Draw zero as the surface of the page, and both signs in their colors.
    outlined : sequence of sequence of bool, optional
        Pixels around which a line is drawn: a mask.
    small : bool, default False
        Draw it so that several stand in a line.

    Examples
    --------
    >>> Raster([[0, 0, 1]]).draw("Dark and light.").count("<rect")
    3
    """

    values: Sequence[Sequence[float]]
    signed: bool = False
    outlined: Sequence[Sequence[bool]] | None = None
    small: bool = False

    def draw(self, summary: str) -> Markup:
        """The picture on a frame; neighbors of one tone in a row are one rectangle."""
        height, width = len(self.values), len(self.values[0])
        size = max(2.0, round(320 / max(width, height), 1))
        flat = [value for row in self.values for value in row]
        low, high = min(flat), max(flat)
        largest = max(abs(low), abs(high)) or 1.0
        drawn: list[Markup] = []
        for y, row in enumerate(self.values):
            tones = [
                round((RAMP_STEPS - 1) / 2 * (1 + value / largest)) if self.signed
                else round(255 * (value - low) / (high - low)) if high > low else 128
                for value in row
            ]  # fmt: skip
            start = 0
            for x in range(1, width + 1):
                if x == width or tones[x] != tones[start]:
                    tone = tones[start]
                    color = (
                        {"class_": f"diverging-{tone}"} if self.signed else {"fill": f"#{tone:02x}{tone:02x}{tone:02x}"}
                    )
                    wide = f"{size * (x - start) + 0.3:.1f}"
                    drawn.append(tag("rect", x=f"{size * start:.1f}", y=f"{size * y:.1f}", width=wide,
                                     height=f"{size + 0.3:.1f}", **color))  # fmt: skip
                    start = x
        frame = tag("rect", x=0, y=0, width=size * width, height=size * height, class_="node input")
        style = "image" if self.small else "raster"
        return svg([*drawn, *self._outline(size), frame], size * width, size * height, summary, style)

    def _outline(self, size: float) -> list[Markup]:
        """The border of the outlined pixels, as one path."""
        if self.outlined is None:
            return []
        inside = {(x, y) for y, row in enumerate(self.outlined) for x, marked in enumerate(row) if marked}
        sides = []
        for x, y in sorted(inside):
            for beside, start, end in (
                ((x, y - 1), (x, y), (x + 1, y)), ((x, y + 1), (x, y + 1), (x + 1, y + 1)),
                ((x - 1, y), (x, y), (x, y + 1)), ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ):  # fmt: skip
                if beside not in inside:
                    sides.append(
                        f"M{size * start[0]:.1f} {size * start[1]:.1f}L{size * end[0]:.1f} {size * end[1]:.1f}"
                    )
        return [tag("path", d="".join(sides), class_="outlined")]

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """One row per row of pixels."""
        return ["row", *(str(x) for x in range(len(self.values[0])))], [
            [str(y), *map(float, row)] for y, row in enumerate(self.values)
        ]
