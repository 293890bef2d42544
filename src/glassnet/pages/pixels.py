"""A small gray image, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.pages.chart import svg
from glassnet.pages.markup import Markup, tag


@dataclass(frozen=True)
class Pixels:
    """An image as a grid of squares, darker for larger values.

    Parameters
    ----------
    values : sequence of sequence of float
        Rows from top to bottom.

    Examples
    --------
    >>> Pixels([[0, 1], [1, 0]]).draw("A diagonal.").count("<rect")
    3
    """

    values: Sequence[Sequence[float]]

    def draw(self, summary: str) -> Markup:
        """The image on a frame."""
        size = 12.0
        largest = max((value for row in self.values for value in row), default=1.0) or 1.0
        width, height = size * max(map(len, self.values)), size * len(self.values)
        squares = [
            tag("rect", x=size * i, y=size * j, width=size + 0.3, height=size + 0.3, class_="pixel",
                fill_opacity=f"{value / largest:.3f}")
            for j, row in enumerate(self.values) for i, value in enumerate(row) if value
        ]  # fmt: skip
        frame = tag("rect", x=0, y=0, width=width, height=height, class_="node input")
        return svg([*squares, frame], width, height, summary, "image")

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """One row per row of pixels."""
        return ["row", *(str(i) for i in range(len(self.values[0])))], [
            [str(j), *row] for j, row in enumerate(self.values)
        ]
