"""Heads: networks that share a body, each with its own input scales and last layer.

Head ``h`` is the network ``W1 = factor * s_h[:, None] * V1``, the layers between as all have them, and a last layer
that only it has. The prediction of all is the mean of theirs, and so is the loss that training makes small: TabM-mini
of Gorishniy, Kotelnikov and Babenko (2025). What makes the heads differ is where their scales and last layers start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, nearest
from glassnet.formulas.randomness import Purpose, normal, words

SCALE_STARTS = ("ones", "random_signs", "normal")
"""Where the scales of a layer's inputs may start."""


def start_scales(start: str, n_in: int, *, seed: int, member: Any = 0, layer: int = 0) -> NDArray[np.float64]:
    """The first scales of a layer's inputs, shape (n_in,); an array of members adds a leading axis.

    Parameters
    ----------
    start : {"ones", "random_signs", "normal"}
    n_in : int
    seed : int
    member : int or array of int
        Of heads: the id of the population's member times the number of heads, plus the head.
    layer : int

    Raises
    ------
    ConfigurationError

    Examples
    --------
    >>> start_scales("random_signs", 4, seed=0, member=np.arange(2)).tolist()
    [[-1.0, -1.0, -1.0, 1.0], [-1.0, -1.0, 1.0, -1.0]]
    """
    if start not in SCALE_STARTS:
        raise ConfigurationError(f"Unknown start of scales {start!r}. {nearest(str(start), SCALE_STARTS)}")
    if start == "ones":
        return np.ones((*np.shape(member), n_in))
    if start == "normal":
        return normal(seed, Purpose.SCALES, n_in, member=member, part=layer)
    drawn = words(seed, Purpose.SCALES, n_in, member=member, part=layer)
    return np.where(drawn < np.uint32(2**31), 1.0, -1.0)


def head_members(ids: Any, heads: int) -> NDArray[np.uint64]:
    """The members that the random numbers of each head are for, shape (ids, heads)."""
    first = np.asarray(ids, dtype=np.uint64)[:, None] * np.uint64(heads)
    if first.max() + np.uint64(heads) > np.uint64(2**32):
        raise ConfigurationError(f"A member's id times its heads ({int(first.max())}) must stay below 2**32.")
    members: NDArray[np.uint64] = np.add(first, np.arange(heads, dtype=np.uint64), dtype=np.uint64)
    return members
