"""`Layout`: where each weight and bias of a plan lies in the flat arrays of a `MemberState`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine.plan import Plan
from glassnet.errors import ConfigurationError

_MULTIPLE = 16
"""Each layer begins at a multiple of this many numbers, so that it fills whole vectors."""


@dataclass(frozen=True)
class Layout:
    """The arrays layer by layer: weights, biases, and other trained parameters, then zeros up to a multiple of 16.

    Attributes
    ----------
    shapes : tuple of (shape, shape)
        Shapes of each layer's trained weights and of its biases.
    starts : tuple of int
        Where each layer begins.
    size : int
        The number of entries, including the zeros.

    Examples
    --------
    >>> layout = Layout.of(Plan([3, 4, 1], ["tanh", "identity"], "squared_error"))
    >>> layout.starts, layout.size, layout.place("weights", 0, (2, 1)), layout.place("biases", 1, (0,))
    ((0, 16), 32, 9, 20)
    """

    shapes: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]
    starts: tuple[int, ...]
    size: int

    @classmethod
    def of(cls, plan: Plan) -> Layout:
        """That of a plan.

        Raises
        ------
        ConfigurationError
            The plan has heads, whose layers are stored differently.
        """
        if plan.heads > 1:
            raise ConfigurationError(
                f"The layout is that of networks of their own, and the plan has heads={plan.heads}. Set heads=1."
            )
        shapes, starts, place = list[tuple[tuple[int, ...], tuple[int, ...]]](), list[int](), 0
        layers = zip(pairwise(plan.layer_sizes), plan.layer_connections, plan.parametrizations, plan.mixes, strict=True)
        for k, ((n_in, n_out), connected, record, mixed) in enumerate(layers):
            windowed = plan.windowed(k)
            if windowed is not None:
                shape = tuple(windowed.arrays["weights"]), tuple(windowed.arrays["biases"])
            else:
                shape = (n_in, n_out) if connected is None else (connected.n_weights,), (n_out,)
            scales, mixes = n_in if record.has_scales else 0, math.prod(shape[1]) if mixed else 0
            count = sum(map(math.prod, shape)) + scales + mixes
            shapes.append(shape)
            starts.append(place)
            place += -(-count // _MULTIPLE) * _MULTIPLE
        return cls(tuple(shapes), tuple(starts), place)

    def layers(self, flat: NDArray[Any]) -> list[tuple[NDArray[Any], NDArray[Any]]]:
        """Weights and biases of each layer, as views of one flat array (of weights, or of an optimizer's memory)."""
        views = []
        for start, (weights, biases) in zip(self.starts, self.shapes, strict=True):
            middle = start + math.prod(weights)
            end = middle + math.prod(biases)
            views.append((flat[start:middle].reshape(weights), flat[middle:end].reshape(biases)))
        return views

    def place(self, kind: str, layer: int, index: tuple[int, ...]) -> int:
        """The position of one weight or bias; layers count from 0."""
        weights, biases = self.shapes[layer]
        if kind == "weights":
            return self.starts[layer] + int(np.ravel_multi_index(index, weights))
        return self.starts[layer] + math.prod(weights) + int(np.ravel_multi_index(index, biases))
