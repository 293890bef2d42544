"""Weights and biases of a run by their names: ``W1[0,2]``, of a convolution ``W1[0,2,1,1]``, and ``b1[0]``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.errors import ConfigurationError
from glassnet.layers import LayerSpec, Place, sizes_text


@dataclass(frozen=True)
class Parameter:
    """Where a parameter stands; `layer` counts from 0."""

    name: str
    kind: str
    layer: int
    index: tuple[int, ...]


def locate(name: str, layers: Sequence[LayerSpec]) -> Parameter:
    """The parameter of a name in a network of these layers; `ConfigurationError` when it has none.

    Examples
    --------
    >>> from glassnet.layers import Convolution, Dense, stacked
    >>> layers = stacked([Convolution(3, 2), Dense(1)], (4, 4, 1))
    >>> locate("W1[0,0,1,1]", layers).index, locate("b2[0]", layers).layer
    ((0, 0, 1, 1), 1)
    """
    place = Place.read(name)
    if place is not None and not place.role and place.letter in ("W", "b") and 0 < place.layer <= len(layers):
        index, layer, kind = place.numbers, place.layer - 1, "weights" if place.letter == "W" else "biases"
        shape = layers[layer].arrays[kind]
        if len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True)):
            return Parameter(str(place), kind, layer, index)
    raise ConfigurationError(
        f"There is no parameter {name[:40]!r} in a network with layers of sizes {sizes_text(layers)}. "
        "Write W1[0,0] for a weight and b1[0] for a bias (layers from 1, the rest from 0)."
    )
