"""A small image, pixel by pixel: gray, or signed with one color for each sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.pages.chart import svg
from glassnet.pages.markup import Markup, tag
from glassnet.pages.number import number_text

_MOST_SQUARES = 200  # pixels that are drawn one by one, each with its value
_BANDS = 24
FAINT = 0.08  # of the scale, below which a square can hardly be seen


@dataclass(frozen=True)
class Pixels:
    """An image as a grid of squares, stronger for larger values.

    Parameters
    ----------
    values : sequence of sequence of float
        Rows from top to bottom.
    scale : float, optional
        The value that is drawn in full, to give several images one scale; the largest size when not given.
    signed : bool
        Draw negative values too: in a color of their own, and with a minus in each square.
    large : bool
        Draw it as large as a figure that stands with few others.

    Examples
    --------
    >>> Pixels([[0, 1], [1, 0]]).draw("A diagonal.").count("<rect")
    3
    >>> Pixels([[0, -1], [1, 0]], signed=True).draw("A diagonal.").count("<line")
    1
    """

    values: Sequence[Sequence[float]]
    scale: float | None = None
    signed: bool = False
    large: bool = False

    def draw(self, summary: str) -> Markup:
        """The image on a frame."""
        size = 12.0
        sizes = [abs(value) if self.signed else value for row in self.values for value in row]
        largest = self.scale or max(sizes, default=1.0) or 1.0
        width, height = size * max(map(len, self.values)), size * len(self.values)
        cells = [(i, j, value) for j, row in enumerate(self.values) for i, value in enumerate(row) if value]
        if self.signed and len(sizes) > _MOST_SQUARES:
            squares = self._bands(size, cells, largest)
        else:
            squares = [mark for cell in cells for mark in self._square(size, *cell, largest)]
        frame = tag("rect", x=0, y=0, width=width, height=height, class_="node input")
        return svg([*squares, frame], width, height, summary, "raster" if self.large else "image")

    def _square(self, size: float, i: int, j: int, value: float, largest: float) -> list[Markup]:
        """One pixel; a negative one of a signed image has a minus."""
        strength = f"{min(1.0, abs(value) / largest) if self.signed else value / largest:.3f}"
        x, y, side = size * i, size * j, size + 0.3
        if not self.signed:
            return [tag("rect", class_="pixel", x=x, y=y, width=side, height=side, fill_opacity=strength)]
        label = tag("title", f"{j},{i}: {number_text(value, 4)}")
        sign = f"pixel s-{'positive' if value > 0 else 'negative'}"
        square = tag("rect", label, class_=sign, x=x, y=y, width=side, height=side, fill_opacity=strength)
        if value > 0 or abs(value) < FAINT * largest:
            return [square]
        middle = size * (j + 0.5)
        return [
            square,
            tag("line", x1=size * (i + 0.3), x2=size * (i + 0.7), y1=middle, y2=middle, class_="pixel-minus"),
        ]

    def _bands(self, size: float, cells: Sequence[tuple[int, int, float]], largest: float) -> list[Markup]:
        """Many pixels in few shapes: one for each of some strengths of a sign, and one of all minuses."""
        bands: dict[tuple[str, int], list[str]] = {}
        minuses = []
        for i, j, value in cells:
            band = round(_BANDS * min(1.0, abs(value) / largest))
            sign = "positive" if value > 0 else "negative"
            bands.setdefault((sign, band), []).append(f"M{size * i:g} {size * j:g}h{size:g}v{size:g}h-{size:g}z")
            if value < 0 and abs(value) >= FAINT * largest:
                minuses.append(f"M{size * (i + 0.3):g} {size * (j + 0.5):g}h{size * 0.4:g}")
        shapes = [
            tag("path", d="".join(parts), class_=f"pixel s-{sign}", fill_opacity=f"{band / _BANDS:.3f}")
            for (sign, band), parts in bands.items()
            if band
        ]
        return [*shapes, *([tag("path", d="".join(minuses), class_="pixel-minus")] if minuses else [])]

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """One row per row of pixels."""
        return ["row", *(str(i) for i in range(len(self.values[0])))], [
            [str(j), *row] for j, row in enumerate(self.values)
        ]
