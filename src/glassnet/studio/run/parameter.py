"""Names of weights and biases: ``W1[0,2]`` and ``b1[0]``, layers from 1."""

from __future__ import annotations

import re
from dataclasses import dataclass

from glassnet.errors import ConfigurationError

_NAME = re.compile(r"(?P<kind>[Wb])(?P<layer>\d{1,4})\[(?P<first>\d{1,9})(?:,(?P<second>\d{1,9}))?\]\Z")


@dataclass(frozen=True)
class Place:
    """Where a parameter stands; `layer` counts from 0."""

    name: str
    kind: str
    layer: int
    index: tuple[int, ...]


def locate(name: str, sizes: tuple[int, ...]) -> Place:
    """The place of a name in a network with these layer sizes; `ConfigurationError` when it has none.

    Examples
    --------
    >>> locate("W1[0,2]", (2, 3, 1)).index, locate("b2[0]", (2, 3, 1)).layer
    ((0, 2), 1)
    """
    match = _NAME.match(name)
    if match:
        layer, weight = int(match["layer"]) - 1, match["kind"] == "W"
        index = (int(match["first"]),) + ((int(match["second"]),) if match["second"] else ())
        if 0 <= layer < len(sizes) - 1:
            shape = (sizes[layer], sizes[layer + 1]) if weight else (sizes[layer + 1],)
            if len(index) == len(shape) and all(i < n for i, n in zip(index, shape, strict=True)):
                return Place(name, "weights" if weight else "biases", layer, index)
    raise ConfigurationError(
        f"There is no parameter {name[:40]!r} in a network with layers of sizes {'-'.join(map(str, sizes))}. "
        "Write W1[0,0] for a weight and b1[0] for a bias (layers from 1, the rest from 0)."
    )
