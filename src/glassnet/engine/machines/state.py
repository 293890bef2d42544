"""`MemberState`: one network between two steps, as named arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

STOPS = ("running", "all_epochs", "plateau", "diverged")
"""Reasons for stopping, in the engine's order."""
CAUSES = ("none", "loss", "gradient", "weights")
"""Causes of a divergence, in the engine's order."""


class Counters(NamedTuple):
    """The counters of a member, in the engine's order.

    Attributes
    ----------
    epoch, row, step : int
        Epochs done, rows done in the epoch under way, and steps done.
    stalled : int
        Epochs without improvement.
    best_epoch : int
    stop : int
        Position in `STOPS`.
    cause, layer, bad_step, bad_epoch : int
        Of a divergence the position in `CAUSES`, the layer (-1 for none), step and epoch.
    """

    epoch: int
    row: int
    step: int
    stalled: int = 0
    best_epoch: int = 0
    stop: int = 0
    cause: int = 0
    layer: int = -1
    bad_step: int = 0
    bad_epoch: int = 0


class MemberState(NamedTuple):
    """The state from which a member resumes elsewhere, bit for bit, on every machine and any number of threads.

    Attributes
    ----------
    arrays : array of float, shape (1 + states of the optimizer + kept best, n_parameters)
        Weights and biases, the optimizer's memory of each, and with ``restore_best`` in the plan, the weights
        of the best epoch.
    counters : array of int64
        `Counters`. Where the training resumed from an earlier one, two more: the step and epoch of that one.
    numbers : array of float64
        Learning rate, that of the last step, sum of the epoch's losses, best value monitored, of a divergence learning
        rate and largest input, and a mark of the plan.
    loss_curve, validation_curve : array of float64
        One entry per epoch.
    """

    arrays: NDArray[Any]
    counters: NDArray[np.int64]
    numbers: NDArray[np.float64]
    loss_curve: NDArray[np.float64]
    validation_curve: NDArray[np.float64]

    @property
    def position(self) -> Counters:
        """The counters by name."""
        return Counters(*self.counters[: len(Counters._fields)].tolist())

    @property
    def step(self) -> int:
        """Steps done."""
        return self.position.step

    @property
    def earlier(self) -> tuple[int, ...]:
        """Step and epoch of the training that this one resumed from; empty if there is none."""
        return tuple(self.counters[len(Counters._fields) :].tolist())

    def at(self, count: Counters, earlier: tuple[int, ...] = ()) -> MemberState:
        """The same state with other counters."""
        return self._replace(counters=np.array([*count, *earlier], dtype=np.int64))
