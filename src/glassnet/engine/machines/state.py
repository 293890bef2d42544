"""`MemberState`: one network between two steps, as named arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class MemberState(NamedTuple):
    """The state from which a member resumes elsewhere, bit for bit, on every machine and any number of threads.

    Attributes
    ----------
    arrays : array of float, shape (1 + states of the optimizer + kept best, n_parameters)
        Weights and biases, the optimizer's memory of each, and with ``restore_best`` in the plan, the weights
        of the best epoch.
    counters : array of int64
        Epoch, row in it, step, epochs without improvement, best epoch, reason for stopping, and of a divergence cause,
        layer, step and epoch. Where the training resumed from an earlier one, two more: the step and epoch of that one.
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
    def step(self) -> int:
        """Steps done."""
        return int(self.counters[2])
