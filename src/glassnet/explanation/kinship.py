"""An order of the levels of a category in which neighboring levels have similar rows (Apley and Zhu 2020).

The distance of two levels is that between the distributions of all other inputs among their rows, and the order is
given by the first axis of a scaling of these distances.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glassnet.explanation.question import Floats, Matrix

_MARKS = 32
"""The number of points at which the distributions of an input are compared."""


def ordered(codes: NDArray[np.int64], n_levels: int, others: Matrix) -> NDArray[np.int64]:
    """The levels that occur, ordered so that neighbors are similar.

    Parameters
    ----------
    codes : array of int, shape (rows,)
        The level of each row; negative if it has none.
    n_levels : int
    others : array, shape (rows, inputs)
        The inputs of the other columns.

    Returns
    -------
    array of int
        Levels with rows; of the two ends, the one with fewer rows comes first.

    Examples
    --------
    >>> codes, size = np.repeat([0, 1, 2], 20), np.repeat([10.0, 0.0, 5.0], 20) + np.tile(np.arange(20), 3)
    >>> ordered(codes, 3, size[:, None]).tolist()
    [0, 2, 1]
    """
    there = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=n_levels))
    if len(there) < 3:
        return there
    distances = _distances([others[codes == level] for level in there], others[codes >= 0])
    axis = _first_axis(distances)
    order = there[np.argsort(axis, kind="stable")]
    counts = np.bincount(codes[codes >= 0], minlength=n_levels)
    ends = order[0], order[-1]  # gives the axis a direction
    return order if (counts[ends[0]], ends[0]) <= (counts[ends[1]], ends[1]) else order[::-1]


def _distances(parts: Sequence[Matrix], pooled: Matrix) -> Floats:
    """The Kolmogorov-Smirnov distance of each pair of levels, summed over inputs."""
    total = np.zeros((len(parts), len(parts)))
    for k in range(pooled.shape[1]):
        marks = np.unique(np.quantile(pooled[:, k], np.linspace(0, 1, _MARKS), method="closest_observation"))
        shares = np.stack([np.searchsorted(np.sort(part[:, k]), marks, side="right") / len(part) for part in parts])
        total += np.abs(shares[:, None] - shares[None]).max(axis=2)
    return total


def _first_axis(distances: Floats) -> Floats:
    """Classical scaling to one dimension (Torgerson 1952)."""
    squared = distances**2
    centered = squared - squared.mean(axis=0) - squared.mean(axis=1)[:, None] + squared.mean()
    return np.asarray(np.linalg.eigh(-centered / 2)[1][:, -1])
