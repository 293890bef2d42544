"""Predictions for patients: a risk and a survival curve each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.baseline import Baseline
from glassnet.survival.curves import Curve
from glassnet.survival.times import Floats


class Predicted(Protocol):
    """Risks and survival curves of rows."""

    @property
    def risk(self) -> Floats:
        """Larger for those whose event is expected earlier, (n,)."""

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times, (n, times)."""

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time, (n,)."""

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""


@dataclass(frozen=True)
class Proportional:
    """Proportional hazards with a common baseline, as after training with the Cox loss."""

    risk: Floats
    baseline: Baseline

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times."""
        return self.baseline.alive(self.risk, times)

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time."""
        return self.baseline.alive_at_own(self.risk, time)

    def median(self) -> Floats:
        """The median survival time: when the probability reaches 1/2; infinite if it stays above."""
        return self.baseline.median(self.risk)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risk=self.risk[rows])


@dataclass(frozen=True)
class Alike:
    """The same curve for every row: the baseline without inputs."""

    curve: Curve
    rows: int

    @property
    def risk(self) -> Floats:
        """Equal risks for all rows."""
        return np.zeros(self.rows)

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times."""
        return np.tile(self.curve.at(times), (self.rows, 1))

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time."""
        return self.curve.at(time)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, rows=len(rows))


@dataclass(frozen=True)
class Steps:
    """Step curves, as from a random survival forest: `values` (n, k) from each of `times` on, 1 before the first."""

    risk: Floats
    times: Floats
    values: Floats

    def alive(self, times: Floats) -> Floats:
        """The event-free probability at times."""
        return np.column_stack([np.ones(len(self.values)), self.values])[:, np.searchsorted(self.times, times, "right")]

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time."""
        place = np.searchsorted(self.times, time, "right")
        return np.column_stack([np.ones(len(self.values)), self.values])[np.arange(len(time)), place]

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risk=self.risk[rows], values=self.values[rows])
