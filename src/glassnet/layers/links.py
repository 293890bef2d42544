"""Links: what a layer adds up, term by term; the source of every sum, chain rule and drawing of a layer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.layers.arrays import Array, Integers

NO_WEIGHT = -1
"""Stands in the place of a weight where a link has none, as in pooling."""


@dataclass(frozen=True)
class Links:
    """Terms of pre-activations: ``z[units] += shares * weights * a[inputs]``.

    Attributes
    ----------
    units, inputs : array of int, shape (n_links,)
        Which number of what leaves the layer, and which of what enters it.
    weights : array of int, shape (n_links,)
        The flat place of the weight in the layer's weights, or `NO_WEIGHT`.
    shares : array, shape (n_links,)
        A constant factor, such as 1/4 for the mean of four numbers.

    Examples
    --------
    >>> Links.of(0, inputs=[2, 5], weights=[0, 1])
    Links(units=array([0, 0]), inputs=array([2, 5]), weights=array([0, 1]), shares=array([1., 1.]))
    """

    units: Integers
    inputs: Integers
    weights: Integers
    shares: Array

    @classmethod
    def of(
        cls, units: ArrayLike, *, inputs: ArrayLike, weights: ArrayLike = NO_WEIGHT, shares: ArrayLike = 1.0
    ) -> Links:
        """Links of equal number from arrays, or from numbers that hold for all."""
        arrays = np.broadcast_arrays(np.asarray(units), np.asarray(inputs), np.asarray(weights), np.asarray(shares))
        whole = [np.atleast_1d(part).astype(np.intp) for part in arrays[:3]]
        return cls(whole[0], whole[1], whole[2], np.atleast_1d(arrays[3]).astype(np.float64))

    @classmethod
    def joined(cls, parts: Iterable[Links]) -> Links:
        """All links of several in order."""
        columns = zip(*((p.units, p.inputs, p.weights, p.shares) for p in parts), strict=True)
        units, inputs, weights, shares = (np.concatenate(column) for column in columns)
        return cls(units, inputs, weights, shares)

    def __len__(self) -> int:
        return len(self.units)

    def __getitem__(self, kept: Any) -> Links:
        """Some of the links, by a mask, a slice or places."""
        return Links(self.units[kept], self.inputs[kept], self.weights[kept], self.shares[kept])

    def factors(self, weights: Array) -> Array:
        """The weight of each link times its share, shape (n_links,)."""
        if not weights.size:
            return self.shares
        return np.where(self.weights == NO_WEIGHT, 1.0, weights.ravel()[self.weights]) * self.shares
