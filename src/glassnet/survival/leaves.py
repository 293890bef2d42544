"""Survival curves from trees: a Kaplan-Meier curve in each leaf, averaged over the leaves a row falls into."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.competing import SeveralCauses, divided
from glassnet.survival.times import Floats, Times

_CHUNK = 2_000_000  # numbers computed at once
_NOBODY = 1e-12  # smaller probabilities are raised to this, so that their logarithms are finite

Places = NDArray[np.intp]


@dataclass(frozen=True)
class LeafCurves:
    """A survival curve for each leaf, with a step at each event time of its rows.

    Attributes
    ----------
    start : array of int, shape (n_leaves + 1,)
        The steps of leaf k are those from ``start[k]`` on and before ``start[k + 1]``.
    time : array, shape (n_steps,)
        Of each step, ascending within a leaf.
    hazard : array, shape (n_steps,)
        Events over rows at risk at each step: the increments of the Nelson-Aalen estimate.

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
        """The curves of the leaves of weighted rows."""
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
        """The leaves of several trees, numbered consecutively."""
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
        """The drop of the Kaplan-Meier curve at each step."""
        # a hazard of 1 ends the curve of its leaf, so it is not a factor of any later step
        logs = np.log1p(-np.where(self.hazard < 1, self.hazard, 0.0))
        before = np.concatenate([[0.0], np.cumsum(logs)])
        return np.asarray(np.exp(before[:-1] - before[self.start[self.leaf]]) * self.hazard)

    def expected(self, time: Floats, weights: Floats) -> Floats:
        """The expected number of events in each leaf if all rows with these times had its hazard, (n_leaves,).

        This is Ishwaran's mortality: the cumulative hazard summed over the times.
        """
        order = np.argsort(time)
        since = np.append(np.cumsum(weights[order][::-1])[::-1], 0.0)
        own = self.hazard * since[np.searchsorted(time[order], self.time, "left")]
        return np.asarray(np.bincount(self.leaf, own, len(self.start) - 1), dtype=np.float64)

    def alive(self, leaves: Places, times: Floats) -> Floats:
        """The event-free probability of rows at times, (n, times), averaged over their leaves (n, trees)."""
        grid, back = np.unique(times, return_inverse=True)
        place = np.searchsorted(grid, self.time, "left")
        hazard = np.zeros((len(leaves), len(grid)))
        width = len(grid) + 1  # the last column collects the steps after all times
        for own, row, step in self._steps(leaves, width):
            drops = np.bincount(row * width + place[step], self.drop[step], (own.stop - own.start) * width)
            hazard[own] = np.cumsum(drops.reshape(-1, width)[:, :-1], axis=1)
        return np.asarray(1.0 - hazard[:, back] / leaves.shape[1])

    def alive_at_own(self, leaves: Places, time: Floats) -> Floats:
        """The same for each row at its own time, (n,)."""
        hazard = np.zeros(len(leaves))
        for own, row, step in self._steps(leaves, 1):
            past = self.time[step] <= time[own][row]
            hazard[own] = np.bincount(row[past], self.drop[step][past], own.stop - own.start)
        return np.asarray(1.0 - hazard / leaves.shape[1])

    def _steps(self, leaves: Places, width: int) -> Iterator[tuple[slice, Places, Places]]:
        """Blocks of rows: their slice, and for each step of each of their leaves the row in the block and the step."""
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
    """Risks and survival curves of rows from the leaves they fall into.

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
        """The event-free probability at times, (n, times)."""
        return self.curves.alive(self.leaves, times)

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time, (n,)."""
        return self.curves.alive_at_own(self.leaves, time)

    def take(self, rows: Places) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risk=self.risk[rows], leaves=self.leaves[rows])


@dataclass(frozen=True)
class GrownCompeting(SeveralCauses):
    """The same for competing causes: trees for the hazard of each cause, with events of other causes as censoring.

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
        """The cumulative incidence of each cause at times, (n, times, causes)."""
        grid = self._grid
        place = np.searchsorted(grid, times, "right")
        shares = np.zeros((len(self.risks), len(times), len(self.curves)))
        rows = max(1, _CHUNK // max(1, len(grid)))
        for begin in range(0, len(self.risks), rows):
            own = slice(begin, begin + rows)
            shares[own] = divided(np.diff(self._hazards(own, grid), prepend=0.0))[:, place]
        return shares

    def alive(self, times: Floats) -> Floats:
        """The event-free probability (no event of any cause) at times, (n, times)."""
        return np.asarray(np.exp(-self._hazards(slice(None), times).sum(axis=0)))

    def median(self) -> Floats:
        """The median event-free time: when the event-free probability reaches 1/2; infinite if it stays above."""
        grid = self._grid
        below = self.alive(grid) <= 0.5
        return np.where(below.any(axis=1), grid[below.argmax(axis=1)], np.inf)

    def take(self, rows: Places) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risks=self.risks[rows], leaves=tuple(each[rows] for each in self.leaves))
