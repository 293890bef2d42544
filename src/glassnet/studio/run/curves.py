"""The loss curves of a run: one point for the start and one for each epoch's end, thinned when there are very many."""

from __future__ import annotations

import time
from bisect import bisect_right
from dataclasses import dataclass, field

import msgspec
import numpy as np

from glassnet.plain import finite
from glassnet.studio.contract.run import Curves, Losses
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.run.journey import Journey

MOST_POINTS = 4_000
MOST_ROWS = 20_000
"""Rows that a loss is computed over; of a longer part every k-th row."""


class LossMeter:
    """Computes the losses of a machine as it is now.

    Attributes
    ----------
    seconds : float
        What the last time took.
    """

    def __init__(self, preparation: Preparation) -> None:
        self._preparation, self._objective = preparation, preparation.network().objective
        self._train, self._validation = _thin(preparation.train), _thin(preparation.validation)
        self.seconds = 0.0

    def __call__(self, machine: Journey) -> Losses:
        """Data loss, penalties, total and validation loss."""
        started = time.perf_counter()
        weights, _ = machine.parameters()
        data, l1, l2 = self._part(machine, self._train, weights)
        validation = self._part(machine, self._validation, weights)[0] if len(self._validation) else float("nan")
        self.seconds = time.perf_counter() - started
        return Losses(
            finite(data),
            finite(l1),
            finite(l2),
            finite(data + l1 + l2),
            finite(validation),
        )

    def _part(self, machine: Journey, rows: np.ndarray, weights: list[Floats]) -> tuple[float, float, float]:
        """The objective over rows; sums over a thinned part are scaled to the whole."""
        preparation = self._preparation
        with np.errstate(over="ignore", invalid="ignore"):
            raw = machine.raw_prediction(preparation.X[rows])
            value = self._objective.value(raw, preparation.y[rows], preparation.row_weights[rows], weights)
        whole = len(preparation.train) if rows is self._train else len(preparation.validation)
        factor = 1.0 if self._objective.reduction.endswith("mean") else whole / len(rows)
        return value.data * factor, value.l1, value.l2


def _thin(rows: np.ndarray) -> np.ndarray:
    """At most `MOST_ROWS` of the rows, evenly."""
    return rows if len(rows) <= MOST_ROWS else rows[:: -(-len(rows) // MOST_ROWS)]


@dataclass
class LossCurves:
    """Points by step; `generation` grows whenever points that a page has are no longer true."""

    points: list[tuple[int, Losses]] = field(default_factory=list)
    generation: int = 0
    every: int = 1

    def add(self, step: int, losses: Losses, epoch: int) -> None:
        """Add the point of an epoch's end, unless it is there or too close to the one before."""
        if (self.points and step <= self.points[-1][0]) or epoch % self.every:
            return
        self.points.append((step, losses))
        if len(self.points) > MOST_POINTS:
            self.points = self.points[::2]
            self.every *= 2
            self.generation += 1

    def cut(self, step: int) -> None:
        """Forget the points after a step."""
        kept = bisect_right(self.points, step, key=lambda point: point[0])
        if kept < len(self.points):
            del self.points[kept:]
            self.generation += 1

    def since(self, first: int) -> Curves:
        """The points from number `first` on, by column."""
        new = self.points[first:]
        return Curves(
            first, [step for step, _ in new], *([getattr(losses, name) for _, losses in new] for name in _COLUMNS)
        )

    def dump(self) -> bytes:
        """As bytes, for the store."""
        return msgspec.json.encode((self.every, self.points))

    @classmethod
    def load(cls, data: bytes) -> LossCurves:
        """From bytes."""
        every, points = msgspec.json.decode(data, type=tuple[int, list[tuple[int, Losses]]])
        return cls(points, 0, every)


_COLUMNS = ("data", "l1", "l2", "total", "validation")
