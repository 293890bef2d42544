"""The rows that features sum over: pixels, bins, cells of a matrix, runs, zones, with the pixels behind each row.

Every feature is ``whole(S)`` with ``S`` the sum of ``each`` over rows that belong together (a group: one matrix of one
direction, one slice, one image), averaged over the groups of an image. The rows of all images lie below one another,
each with the number of its group, so images with masks of any size are summed in one pass, and the value of an image
does not depend on its neighbors, not even in its last bit: each sum runs over its own rows in their order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.numpy import evaluate

Array = NDArray[Any]


SOURCES: dict[str, Callable[[Any, str], dict[str, Rows]]] = {}
"""Family -> what makes its rows from a region and an aggregation."""


@dataclass(frozen=True)
class Members:
    """The pixels behind rows, one line per pixel.

    Parameters
    ----------
    row : array of int
        The row.
    item : array of int
        Which pair, run or zone of the row the pixel belongs to.
    pixel : array of int
        The flat index of the pixel in its image.
    """

    row: Array
    item: Array
    pixel: Array


@dataclass(frozen=True)
class Rows:
    """A table to sum over.

    Parameters
    ----------
    kind : str
        What a row is: ``"pixel"``, ``"gray-level pair"``, ...
    columns : mapping of str to array, shape (rows,)
        The names that `each` may use.
    owner : array of int, shape (rows,)
        The group of each row.
    constants : mapping of str to array, shape (groups,)
        The names that `each` and `whole` may use, one number per group.
    slot : array of int, shape (groups,)
        Image number times `keys` plus key of each group.
    n_images : int
    keys : int
        How many features of one formula share the rows (the bins of a histogram of gradients).
    labels : sequence of str
        What a group is, where an image has several.
    members : callable
        The pixels behind the rows; computed on demand, for one image.
    context : tuple of str
        Columns that a reader wants to see even where a formula does not use them.
    """

    kind: str
    columns: Mapping[str, Array]
    owner: Array
    constants: Mapping[str, Array]
    slot: Array
    n_images: int
    members: Callable[[], Members]
    keys: int = 1
    labels: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    _spread: dict[str, Array] = field(default_factory=dict, init=False, repr=False)
    _sums: dict[str, Array] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def _starts(self) -> Array | None:
        """Where each group begins, when the groups lie one after the other and none is empty."""
        starts = np.flatnonzero(np.diff(self.owner, prepend=-1))
        in_order = len(starts) == len(self.slot) and bool((np.diff(self.owner) >= 0).all())
        return starts if in_order else None

    def _constant(self, name: str) -> Array:
        """A constant for each row."""
        if name not in self._spread:
            self._spread[name] = self.constants[name][self.owner]
        return self._spread[name]

    def terms(self, each: Expression) -> Array:
        """The term of each row, shape (rows,)."""
        names = {name: self.columns[name] for name in each.names if name in self.columns}
        names |= {name: self._constant(name) for name in each.names if name not in names}
        return np.broadcast_to(evaluate(each, names), self.owner.shape)

    def sums(self, each: Expression) -> Array:
        """The sum of what the rows of each group add, shape (groups,)."""
        if each.source not in self._sums:
            terms = self.terms(each)
            if self._starts is not None and len(terms):
                self._sums[each.source] = np.add.reduceat(terms, self._starts)
            else:
                self._sums[each.source] = np.bincount(self.owner, terms, minlength=len(self.slot))
        return self._sums[each.source]

    def wholes(self, sums: Array, whole: Expression) -> Array:
        """The value of each group, shape (groups,)."""
        names = {name: self.constants[name] for name in whole.names if name != "S"}
        return np.broadcast_to(evaluate(whole, names | {"S": sums}), sums.shape)

    def values(self, each: Expression, whole: Expression) -> Array:
        """The value of each image and key, shape (n_images, keys); NaN where no group has one."""
        return self.averaged(self.wholes(self.sums(each), whole))

    def averaged(self, wholes: Array) -> Array:
        """The mean over the groups of each image and key; groups without a value do not count."""
        known = np.isfinite(wholes)
        size = self.n_images * self.keys
        counts = np.bincount(self.slot[known], minlength=size)
        with np.errstate(invalid="ignore"):
            means = np.bincount(self.slot[known], wholes[known], minlength=size) / counts
        return means.reshape(self.n_images, self.keys)


def counted(codes: Array, size: int) -> tuple[Array, Array]:
    """The distinct codes below `size`, ascending, and how often each occurs."""
    if size <= max(4 * len(codes), 1024):
        counts = np.bincount(codes, minlength=size)
        distinct = np.flatnonzero(counts)
        return distinct, counts[distinct]
    return np.unique(codes, return_counts=True)


def compressed(owner: Array) -> tuple[Array, Array]:
    """The groups that have rows, ascending, and each row's place among them."""
    present, place = np.unique(owner, return_inverse=True)
    return present, place
