"""Reports on a training that is under way, or done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Progress:
    """The state of a running training, handed to callbacks after each epoch, or to `progress` several times a second.

    Of several networks it holds the mean over those that are still training.

    Attributes
    ----------
    epoch, epochs : int
        Epochs done, and the most there will be.
    training_loss : float
        Mean loss of the latest epoch.
    validation_loss : float or None
        Loss on the rows that choose the epoch; None without such rows, and when their score is monitored instead.
    best_epoch : int
        The best epoch so far by what is monitored, counted from 1; with several networks, that of the first of them.
    seconds : float
        Since the training began.
    validation_score : float or None
        Accuracy or R2 on the rows that choose the epoch, when that is monitored.
    """

    epoch: int
    epochs: int
    training_loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float
    validation_score: float | None = None


def call_back(callbacks: Iterable[Callable[[Progress], object]], progress: Progress) -> bool:
    """Call every function; True when any of them returned False, which asks to stop."""
    return False in [callback(progress) is not False for callback in callbacks]


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes
    ----------
    training_loss, validation_loss : array of float, shape (epochs done,)
        `validation_loss` is empty when no rows were set aside; it holds scores where a score chose the epoch.
    best_epoch : int
        The epoch whose weights were kept, counted from 1.
    epochs : int
        The most there could have been.
    stop_reason : str
        ``"plateau"``, ``"all_epochs"``, ``"interrupted"`` or ``"time_budget"``.
    seconds : float
    n_training_rows, n_validation_rows : int
    validation_rows : array of int64, shape (n_validation_rows,)
        Positions of the rows that chose the epoch, among the rows of the training table that have a target.
    chosen_by : {"validation_loss", "validation_score"}
        What chose the epoch: the loss, or the share of rows with the right class (R2 for numbers).
    """

    training_loss: np.ndarray
    validation_loss: np.ndarray
    best_epoch: int
    epochs: int
    stop_reason: str
    seconds: float
    n_training_rows: int
    n_validation_rows: int
    validation_rows: np.ndarray
    chosen_by: str = "validation_loss"

    @property
    def epochs_done(self) -> int:
        """How many epochs there were."""
        return len(self.training_loss)
