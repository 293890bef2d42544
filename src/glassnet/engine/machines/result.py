"""The result of a training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PopulationProgress:
    """The progress of a training, as sums over members."""

    finished: int
    members: int
    epochs: int
    steps: int
    loss: float


@dataclass(frozen=True)
class Divergence:
    """Why a member diverged: what was not finite, and where.

    `layer` counts from 0 (-1 when only the loss was not finite); `step` and `epoch` count from 0. `advice` is that of
    the readable network, if that trained.
    """

    member: int
    cause: str
    layer: int
    step: int
    epoch: int
    learning_rate: float
    largest_input: float
    advice: str = ""

    @property
    def message(self) -> str:
        """One sentence."""
        where = f" of layer {self.layer + 1}" if self.layer >= 0 else ""
        return (
            f"Member {self.member}: the {self.cause}{where} stopped being finite in step {self.step + 1} "
            f"(epoch {self.epoch + 1}) at learning_rate={self.learning_rate:g}; "
            f"the largest input was {self.largest_input:g}."
        )


@dataclass(frozen=True)
class TrainingResult:
    """The trained members.

    Attributes
    ----------
    weights, biases : list of array
        Per layer, shapes (members, n_in, n_out) and (members, n_out), in the plan's precision. In a plan with heads
        each head counts as a network: (members * heads, ...), the heads of a member one after another, and likewise
        the scales; what follows is one per member.
    scales : list of array
        Per layer, the trained scales of its inputs, shape (members, n_in), or (members, 0) for a parametrization
        without any. They are part of the weights already.
    mixes : list of array
        Per layer, the share of its activation that each neuron takes, shape (members, n_out), or (members, 0) for a
        layer whose activation acts as it is.
    loss_curve, validation_curve : list of array
        Per member, one entry per epoch.
    n_epochs, n_steps, best_epoch : array of int, shape (members,)
        `best_epoch` counts from 1; 0 when nothing was monitored.
    best_loss : array of float, shape (members,)
        Best value of the monitored loss or score; NaN without monitoring.
    learning_rate : array of float, shape (members,)
        Of the last step.
    stop_reason : list of str
        "all_epochs", "plateau", "diverged" or, before the end, "running".
    divergence : list of Divergence or None
    """

    weights: list[NDArray[Any]]
    biases: list[NDArray[Any]]
    scales: list[NDArray[Any]]
    mixes: list[NDArray[Any]]
    loss_curve: list[NDArray[np.float64]]
    validation_curve: list[NDArray[np.float64]]
    n_epochs: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    best_epoch: NDArray[np.int64]
    best_loss: NDArray[np.float64]
    learning_rate: NDArray[np.float64]
    stop_reason: list[str]
    divergence: list[Divergence | None]
