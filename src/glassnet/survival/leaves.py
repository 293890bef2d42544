"""Curves from trees: Kaplan and Meier's in each leaf, and the mean of those of the leaves that a row falls into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.competing import SeveralCauses, divided
from glassnet.survival.times import Floats, Times

_CHUNK = 2_000_000  # numbers that are computed together
_NOBODY = 1e-12  # a share so small counts as this, so that its logarithm is finite

Places = NDArray[np.intp]


@dataclass(frozen=True)
class LeafCurves:
    """A curve for each leaf, with a step at each event time of the rows in it.

    Attributes
    ----------
    start : array of int, shape (n_leaves + 1,)
        The steps of leaf k are those from ``start[k]`` on and before ``start[k + 1]``.
    time : array, shape (n_steps,)
        When each step is, in order within a leaf.
    hazard : array, shape (n_steps,)
        The share of those at risk who have the event then: what Nelson and Aalen add up.

    Examples
    --------
    Two rows in each of two leaves, and a row that falls into both:

    >>> times = Times.read([(1.0, 1), (2.0, 0), (1.0, 0), (3.0, 1)])
    >>> curves = LeafCurves.of(np.array([0, 0, 1, 1]), times, np.ones(4), 2)
    >>> curves.hazard.tolist(), curves.alive(np.array([[0, 1]]), np.array([0.5, 1.0, 3.0])).tolist()
    ([0.5, 1.0], [[1.0, 0.75, 0.25]])
    """

    start: Places
    time: Floats
    hazard: Floats

    @classmethod
    def of(cls, leaf: Places, times: Times, weights: Floats, n_leaves: int) -> Self:
        """The curves of rows that lie in leaves and count so often."""
        order = np.lexsort((times.time, leaf))
        leaf, time, weight = leaf[order], times.time[order], weights[order]
        first = np.flatnonzero((np.diff(leaf, prepend=-1) != 0) | (np.diff(time, prepend=-1.0) != 0))
        here = np.add.reduceat(weight, first)
        events = np.add.reduceat(weight * times.happened[order], first)
        leaf, time = leaf[first], time[first]
        gone = np.cumsum(here) - here
        at_risk = np.bincount(leaf, here, n_leaves)[leaf] - (gone - gone[np.searchsorted(leaf, leaf)])
        steps = events > 0
        start = np.searchsorted(leaf[steps], np.arange(n_leaves + 1))
        return cls(start, time[steps], events[steps] / at_risk[steps])

    @classmethod
    def joined(cls, parts: Sequence[LeafCurves]) -> Self:
        """The leaves of several trees, numbered one after the other."""
        before = np.cumsum([0, *(len(part.time) for part in parts)])
        starts = [part.start[:-1] + offset for part, offset in zip(parts, before, strict=False)]
        return cls(
            np.concatenate([*starts, before[-1:]]),
            np.concatenate([part.time for part in parts]),
            np.concatenate([part.hazard for part in parts]),
        )

    @property
    def leaf(self) -> Places:
        """The leaf of each step."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))

    @cached_property
    def drop(self) -> Floats:
        """By how much Kaplan and Meier's curve of its leaf falls at each step."""
        # where all have the event the curve ends, so what follows in the product belongs to other leaves
        logs = np.log1p(-np.where(self.hazard < 1, self.hazard, 0.0))
        before = np.concatenate([[0.0], np.cumsum(logs)])
        return np.asarray(np.exp(before[:-1] - before[self.start[self.leaf]]) * self.hazard)

    def expected(self, time: Floats, weights: Floats) -> Floats:
        """How many of some rows with these times would have had the event, were all of them in a leaf, (n_leaves,).

        This is Ishwaran's mortality: the cumulative hazard summed over the times.
        """
        order = np.argsort(time)
        since = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
        own = self.hazard * since[np.searchsorted(time[order], self.time, "left")]
        return np.asarray(np.bincount(self.leaf, own, len(self.start) - 1), dtype=np.float64)

    def alive(self, leaves: Places, times: Floats) -> Floats:
        """The mean share without the event of rows at times, (n, times), from their leaves (n, trees)."""
        grid, back = np.unique(times, return_inverse=True)
        place = np.searchsorted(grid, self.time, "left")
        found = np.zeros((len(leaves), len(grid)))
        width = len(grid) + 1  # the last column holds what comes after all times
        for own, row, step in self._steps(leaves, width):
            drops = np.bincount(row * width + place[step], self.drop[step], (own.stop - own.start) * width)
            found[own] = np.cumsum(drops.reshape(-1, width)[:, :-1], axis=1)
        return np.asarray(1.0 - found[:, back] / leaves.shape[1])

    def alive_at_own(self, leaves: Places, time: Floats) -> Floats:
        """The same for each row at a time of its own, (n,)."""
        found = np.zeros(len(leaves))
        for own, row, step in self._steps(leaves, 1):
            past = self.time[step] <= time[own][row]
            found[own] = np.bincount(row[past], self.drop[step][past], own.stop - own.start)
        return np.asarray(1.0 - found / leaves.shape[1])

    def _steps(self, leaves: Places, width: int) -> Iterator[tuple[slice, Places, Places]]:
        """Some rows at a time: which, and for each step of each of their leaves its row among them and its place."""
        counts = np.diff(self.start)[leaves]
        rows = max(1, _CHUNK // (width + int(counts.sum() / max(1, len(leaves)))))
        for begin in range(0, len(leaves), rows):
            own = slice(begin, min(begin + rows, len(leaves)))
            many, first = counts[own].ravel(), self.start[leaves[own]].ravel()
            ends = np.cumsum(many)
            step = np.arange(ends[-1]) + np.repeat(first - (ends - many), many)
            yield own, np.repeat(np.arange(own.stop - own.start), counts[own].sum(axis=1)), step


@dataclass(frozen=True)
class Grown:
    """Risks and curves of rows from the leaves that they fall into.

    Attributes
    ----------
    risk : array, shape (n,)
    curves : LeafCurves
    leaves : array of int, shape (n, trees)
    """

    risk: Floats
    curves: LeafCurves
    leaves: Places

    def alive(self, times: Floats) -> Floats:
        """The share without the event at times, (n, times)."""
        return self.curves.alive(self.leaves, times)

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at a time of its own, (n,)."""
        return self.curves.alive_at_own(self.leaves, time)

    def take(self, rows: Places) -> Self:
        """Those of some of the rows."""
        return replace(self, risk=self.risk[rows], leaves=self.leaves[rows])


@dataclass(frozen=True)
class GrownCompeting(SeveralCauses):
    """The same from trees for the hazard of each of several causes, who had another cause counting as lost.

    Attributes
    ----------
    risks : array, shape (n, causes)
    curves : tuple of LeafCurves
        Of each cause.
    leaves : tuple of array of int, shape (n, trees)
        In the trees of each cause.
    """

    risks: Floats
    curves: tuple[LeafCurves, ...]
    leaves: tuple[Places, ...]

    @property
    def _grid(self) -> Floats:
        """The event times of all causes."""
        return np.unique(np.concatenate([own.time for own in self.curves]))

    def _hazards(self, rows: slice, times: Floats) -> Floats:
        """The cumulative hazard of each cause, (causes, n, times)."""
        alive = [own.alive(leaves[rows], times) for own, leaves in zip(self.curves, self.leaves, strict=True)]
        return np.asarray(-np.log(np.maximum(alive, _NOBODY)))

    def incidence(self, times: Floats) -> Floats:
        """The share that has had each cause at times, (n, times, causes)."""
        grid = self._grid
        place = np.searchsorted(grid, times, "right")
        shares = np.zeros((len(self.risks), len(times), len(self.curves)))
        rows = max(1, _CHUNK // max(1, len(grid)))
        for begin in range(0, len(self.risks), rows):
            own = slice(begin, begin + rows)
            shares[own] = divided(np.diff(self._hazards(own, grid), prepend=0.0))[:, place]
        return shares

    def alive(self, times: Floats) -> Floats:
        """The share without an event of any cause at times, (n, times)."""
        return np.asarray(np.exp(-self._hazards(slice(None), times).sum(axis=0)))

    def median(self) -> Floats:
        """The first time at which a row's share without any event is at or below 1/2; infinite where it stays above."""
        grid = self._grid
        below = self.alive(grid) <= 0.5
        return np.where(below.any(axis=1), grid[below.argmax(axis=1)], np.inf)

    def take(self, rows: Places) -> Self:
        """Those of some of the rows."""
        return replace(self, risks=self.risks[rows], leaves=tuple(each[rows] for each in self.leaves))
