"""Progress and history of a training."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Progress:
    """The state of a running training, handed to callbacks after each epoch, or to `progress` several times a second.

    For several networks, it holds the mean over those that are still training.

    Attributes
    ----------
    epoch, epochs : int
        Epochs done, and the maximum.
    training_loss : float
        Mean loss of the latest epoch.
    validation_loss : float or None
        Loss on the validation rows; None without such rows, and when their score is monitored instead.
    best_epoch : int
        The best epoch so far by the monitored quantity, counted from 1; with several networks, that of the first.
    seconds : float
        Since the training began.
    validation_score : float or None
        Accuracy or R2 on the validation rows, if that is monitored.
    """

    epoch: int
    epochs: int
    training_loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float
    validation_score: float | None = None


def call_back(callbacks: Iterable[Callable[[Progress], object]], progress: Progress) -> bool:
    """Call every function; return True if any of them returned False, which requests a stop."""
    return False in [callback(progress) is not False for callback in callbacks]


@dataclass(frozen=True)
class History:
    """The history of a training.

    Attributes
    ----------
    training_loss, validation_loss : array of float, shape (epochs done,)
        `validation_loss` is empty without validation rows; it holds scores if a score chose the epoch.
    best_epoch : int
        The epoch whose weights were kept, counted from 1.
    epochs : int
        The maximum number of epochs.
    stop_reason : str
        ``"plateau"``, ``"all_epochs"``, ``"interrupted"`` or ``"time_budget"``.
    seconds : float
    n_training_rows, n_validation_rows : int
    validation_rows : array of int64, shape (n_validation_rows,)
        Positions of the validation rows among the rows of the training table that have a target.
    chosen_by : {"validation_loss", "validation_score"}
        The quantity that chose the epoch: the loss, or the score (accuracy, or R2 for numbers).
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
        """The number of epochs done."""
        return len(self.training_loss)
