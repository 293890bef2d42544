"""Names of weights and biases: ``W1[0,2]``, of a convolution ``W1[0,2,1,1]``, and ``b1[0]``; layers from 1."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.errors import ConfigurationError
from glassnet.layers import LayerSpec, sizes_text

_NAME = re.compile(r"(?P<kind>[Wb])(?P<layer>\d{1,4})\[(?P<index>\d{1,9}(?:,\d{1,9}){0,3})\]\Z")


@dataclass(frozen=True)
class Place:
    """Where a parameter stands; `layer` counts from 0."""

    name: str
    kind: str
    layer: int
    index: tuple[int, ...]


def locate(name: str, layers: Sequence[LayerSpec]) -> Place:
    """The place of a name in a network of these layers; `ConfigurationError` when it has none.

    Examples
    --------
    >>> from glassnet.layers import Convolution, Dense, stacked
    >>> layers = stacked([Convolution(3, 2), Dense(1)], (4, 4, 1))
    >>> locate("W1[0,0,1,1]", layers).index, locate("b2[0]", layers).layer
    ((0, 0, 1, 1), 1)
    """
    match = _NAME.match(name)
    if match:
        layer, kind = int(match["layer"]) - 1, "weights" if match["kind"] == "W" else "biases"
        index = tuple(int(number) for number in match["index"].split(","))
        if 0 <= layer < len(layers):
            shape = layers[layer].arrays[kind]
            if len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True)):
                return Place(name, kind, layer, index)
    raise ConfigurationError(
        f"There is no parameter {name[:40]!r} in a network with layers of sizes {sizes_text(layers)}. "
        "Write W1[0,0] for a weight and b1[0] for a bias (layers from 1, the rest from 0)."
    )
