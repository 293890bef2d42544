"""The predictions for patients: a risk each, and a survival curve each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.baseline import Baseline
from glassnet.survival.curves import Curve
from glassnet.survival.times import Floats


class Predicted(Protocol):
    """Risks and survival curves of some rows."""

    @property
    def risk(self) -> Floats:
        """Larger for those whose event is expected earlier, (n,)."""

    def alive(self, times: Floats) -> Floats:
        """The share without the event at times, (n, times)."""

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at a time of its own, (n,)."""

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Those of some of the rows."""


@dataclass(frozen=True)
class Proportional:
    """Risks that multiply one baseline hazard, as after Cox's loss."""

    risk: Floats
    baseline: Baseline

    def alive(self, times: Floats) -> Floats:
        """The share without the event at times."""
        return self.baseline.alive(self.risk, times)

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at a time of its own."""
        return self.baseline.alive_at_own(self.risk, time)

    def median(self) -> Floats:
        """The first time at which a row's share is at or below 1/2; infinite where it stays above."""
        return self.baseline.median(self.risk)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Those of some of the rows."""
        return replace(self, risk=self.risk[rows])


@dataclass(frozen=True)
class Alike:
    """The same curve for every row: what is known without looking at them."""

    curve: Curve
    rows: int

    @property
    def risk(self) -> Floats:
        """Nobody stands out."""
        return np.zeros(self.rows)

    def alive(self, times: Floats) -> Floats:
        """The share without the event at times."""
        return np.tile(self.curve.at(times), (self.rows, 1))

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at a time of its own."""
        return self.curve.at(time)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Those of some of the rows."""
        return replace(self, rows=len(rows))


@dataclass(frozen=True)
class Steps:
    """A step curve for each row, as forests give them: `values` from each of `times` on, (n, k); 1 before the first."""

    risk: Floats
    times: Floats
    values: Floats

    def alive(self, times: Floats) -> Floats:
        """The share without the event at times."""
        return np.column_stack([np.ones(len(self.values)), self.values])[:, np.searchsorted(self.times, times, "right")]

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at a time of its own."""
        place = np.searchsorted(self.times, time, "right")
        return np.column_stack([np.ones(len(self.values)), self.values])[np.arange(len(time)), place]

    def take(self, rows: NDArray[np.intp]) -> Self:
        """Those of some of the rows."""
        return replace(self, risk=self.risk[rows], values=self.values[rows])
