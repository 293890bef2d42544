"""Weights and biases of a run by their names, ``W1[0,2]`` and ``b1[0]``, as they may be set by hand."""

from __future__ import annotations

from dataclasses import dataclass

from glassnet.errors import ConfigurationError
from glassnet.layers import Place


@dataclass(frozen=True)
class Parameter:
    """Where a parameter stands; `layer` counts from 0."""

    name: str
    kind: str
    layer: int
    index: tuple[int, ...]


def locate(name: str, sizes: tuple[int, ...]) -> Parameter:
    """The parameter of a name in a network with these layer sizes; `ConfigurationError` when it has none.

    Examples
    --------
    >>> locate("W1[0,2]", (2, 3, 1)).index, locate("b2[0]", (2, 3, 1)).layer
    ((0, 2), 1)
    """
    place = Place.read(name)
    if place is not None and not place.role and place.letter in ("W", "b") and 0 < place.layer < len(sizes):
        index, layer, weight = place.numbers, place.layer - 1, place.letter == "W"
        shape = (sizes[layer], sizes[layer + 1]) if weight else (sizes[layer + 1],)
        if len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True)):
            return Parameter(str(place), "weights" if weight else "biases", layer, index)
    raise ConfigurationError(
        f"There is no parameter {name[:40]!r} in a network with layers of sizes {'-'.join(map(str, sizes))}. "
        "Write W1[0,0] for a weight and b1[0] for a bias (layers from 1, the rest from 0)."
    )
