"""The drawing of a network: inputs, layers and neurons; links as wide as their weight, dashed when negative.

Links look and run as in the studio, ``web/src/network/link.ts``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.errors import ConfigurationError
from glassnet.pages.bars import shorten
from glassnet.pages.chart import legend, line, svg, words
from glassnet.pages.markup import Markup, tag, text
from glassnet.pages.number import number_text

_PILL_WIDTH, _PILL_HEIGHT = 66.0, 26.0
_FEW_LINKS, _MANY_LINKS = 12, 60
BEND = 0.42
"""How far the ends of a link run level, as a share of the way across."""


@dataclass(frozen=True)
class Unit:
    """An input or a neuron: its name, its value for the drawn row, its bias."""

    name: str
    value: float | None = None
    bias: float | None = None


@dataclass(frozen=True)
class NetworkDrawing:
    """A dense network with the numbers of one row.

    Parameters
    ----------
    layers : sequence of sequence of Unit
        The inputs first.
    weights : sequence of sequence of sequence of float
        Between neighboring layers, ``weights[k][i][j]`` from unit i to unit j.
    digits : int, default 3

    Raises
    ------
    ConfigurationError
        When the weights do not fit the layers.

    Examples
    --------
    >>> drawing = NetworkDrawing([[Unit("tumor", 0.5)], [Unit("survival", 0.015, 0.01)]], [[[0.01]]])
    >>> "0.015" in drawing.draw("One neuron.")
    True
    """

    layers: Sequence[Sequence[Unit]]
    weights: Sequence[Sequence[Sequence[float]]]
    digits: int = 3
    width: float = 760.0

    def __post_init__(self) -> None:
        shapes = [(len(matrix), len(matrix[0]) if matrix else 0) for matrix in self.weights]
        wanted = [(len(a), len(b)) for a, b in zip(self.layers, self.layers[1:], strict=False)]
        if shapes != wanted:
            raise ConfigurationError(f"The drawing needs weights of shapes {wanted}, not {shapes}.")

    def draw(self, summary: str) -> Markup:
        """The drawing with its key."""
        tallest = max(len(layer) for layer in self.layers)
        gap = 76.0 if tallest <= 4 else 58.0 if tallest <= 8 else 33.0
        height = gap * tallest + 24.0
        places = self._places(gap, height)
        links, written = self._links(places)
        units = [
            self._unit(unit, place, index, last=index == len(self.layers) - 1, roomy=gap > 40)
            for index, (layer, spots) in enumerate(zip(self.layers, places, strict=True))
            for unit, place in zip(layer, spots, strict=True)
        ]
        key = legend(
            [(line(0, 6, 28, 6, "link s-positive key"), "positive weight"),
             (line(0, 6, 28, 6, "link dashed s-negative key"), "negative weight (dashed)"),
             (Markup(line(0, 6, 12, 6, "link s-ink") + tag("path", d="M14 6H28", class_="link s-ink thick")), "wider = larger")]  # noqa: E501
        )  # fmt: skip
        return text(
            [key, tag("div", svg([*links, *units, *written], self.width, height, summary, "wide"), class_="drawing")]
        )

    def _places(self, gap: float, height: float) -> list[list[tuple[float, float]]]:
        """The center of each unit; names need room at both ends."""
        left = 26 + _PILL_WIDTH / 2 + min(170.0, 7.3 * max(len(unit.name) for unit in self.layers[0]))
        right = self.width - _PILL_WIDTH / 2 - 16 - min(150.0, 7.3 * max(len(unit.name) for unit in self.layers[-1]))
        step = (right - left) / max(1, len(self.layers) - 1)
        return [
            [(left + step * index, height / 2 + gap * (k - (len(layer) - 1) / 2)) for k in range(len(layer))]
            for index, layer in enumerate(self.layers)
        ]

    def _links(self, places: Sequence[Sequence[tuple[float, float]]]) -> tuple[list[Markup], list[Markup]]:
        """The links, thin ones first, and the weights written on them where there is room."""
        drawn: list[tuple[float, Markup]] = []
        written: list[Markup] = []
        for k, matrix in enumerate(self.weights):
            count = sum(len(row) for row in matrix)
            largest = max((abs(w) for row in matrix for w in row), default=0.0) or 1.0
            for i, row in enumerate(matrix):
                for j, weight in enumerate(row):
                    (x1, y1), (x2, y2) = places[k][i], places[k + 1][j]
                    x1, x2 = x1 + _PILL_WIDTH / 2, x2 - _PILL_WIDTH / 2
                    share = abs(weight) / largest
                    mark = tag(
                        "path", tag("title", f"{self.layers[k][i].name} → {self.layers[k + 1][j].name}: {number_text(weight, 6)}"),  # noqa: E501
                        d=link_path(x1, y1, x2, y2), class_=f"link {link_style(weight)}",
                        stroke_width=f"{link_width(share, count):.2f}",
                        stroke_opacity=f"{link_opacity(share, count):.2f}",
                    )  # fmt: skip
                    drawn.append((share, mark))
                    if count <= _FEW_LINKS and weight:
                        at = (
                            0.5
                            if len(row) == 1 and len(matrix) == 1
                            else (0.24 if len(matrix) > len(row) else 0.3 if j % 2 == 0 else 0.68)
                        )
                        x, y = on_link(x1, y1, x2, y2, at)
                        style = f"named halo s-{'positive' if weight >= 0 else 'negative'}"
                        written.append(words(x, y - 7, number_text(weight, self.digits), style, anchor="middle"))
        return [mark for _, mark in sorted(drawn, key=lambda pair: pair[0])], written

    def _unit(self, unit: Unit, place: tuple[float, float], layer: int, *, last: bool, roomy: bool) -> Markup:
        """One unit: a pill with its value, its name outside, its bias below."""
        x, y = place
        parts = [
            tag("rect", x=f"{x - _PILL_WIDTH / 2:.1f}", y=f"{y - _PILL_HEIGHT / 2:.1f}", width=_PILL_WIDTH,
                height=_PILL_HEIGHT, rx=6 if layer == 0 else _PILL_HEIGHT / 2,
                class_="node input" if layer == 0 else "node")
        ]  # fmt: skip
        if unit.value is not None:
            parts.append(words(x, y, number_text(unit.value, self.digits), anchor="middle", dy="0.34em"))
        name = shorten(unit.name, 172 if layer == 0 else 152)
        if layer == 0:
            parts.append(words(x - _PILL_WIDTH / 2 - 8, y, name, anchor="end", dy="0.34em"))
        elif last:
            parts.append(words(x + _PILL_WIDTH / 2 + 8, y, name, dy="0.34em"))
        elif roomy:
            parts.append(words(x, y - _PILL_HEIGHT / 2 - 6, name, "tick halo", anchor="middle"))
        if unit.bias is not None and roomy:
            bias = f"b = {number_text(unit.bias, self.digits)}"
            parts.append(words(x, y + _PILL_HEIGHT / 2 + 14, bias, "tick halo", anchor="middle"))
        label = unit.name if unit.value is None else f"{unit.name}: {number_text(unit.value, 6)}"
        return tag("g", tag("title", label), parts)

    def rows(self) -> tuple[list[str], list[list[str | float]]]:
        """Every weight and bias: from, to, value."""
        rows: list[list[str | float]] = []
        for k, matrix in enumerate(self.weights):
            for j, unit in enumerate(self.layers[k + 1]):
                rows += [[source.name, unit.name, matrix[i][j]] for i, source in enumerate(self.layers[k])]
                if unit.bias is not None:
                    rows.append(["bias", unit.name, unit.bias])
        return ["from", "to", "weight"], rows


def link_style(weight: float) -> str:
    """The style of a link by the sign of its weight."""
    if weight == 0:
        return "s-muted dotted"
    return "s-positive" if weight > 0 else "s-negative dashed"


def link_width(share: float, count: int) -> float:
    """The width of a link in pixels by its share of the strongest; `count` links are between its columns."""
    return 1.2 + 5.0 * share if count <= _MANY_LINKS else 0.5 + 3.5 * share


def link_opacity(share: float, count: int) -> float:
    """The opacity of a link, likewise."""
    return 0.35 + 0.65 * min(1.0, 2.0 * share) if count <= _MANY_LINKS else 0.12 + 0.88 * share


def link_path(x1: float, y1: float, x2: float, y2: float) -> str:
    """A link as a smooth curve from the right of one unit to the left of the next."""
    bend = (x2 - x1) * BEND
    return f"M{x1:.1f} {y1:.1f}C{x1 + bend:.1f} {y1:.1f} {x2 - bend:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"


def on_link(x1: float, y1: float, x2: float, y2: float, at: float) -> tuple[float, float]:
    """The point of a link a share `at` along it."""
    u, bend = 1 - at, (x2 - x1) * BEND
    a, b, c, d = u**3, 3 * u * u * at, 3 * u * at * at, at**3
    return a * x1 + b * (x1 + bend) + c * (x2 - bend) + d * x2, (a + b) * y1 + (c + d) * y2
