"""What a training that is under way, or done, says about itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Progress:
    """The state of a running training, handed to a `progress` function several times a second.

    Attributes
    ----------
    epoch, epochs : int
        Epochs done, and the most there will be.
    training_loss : float
        Mean loss of the latest epoch.
    validation_loss : float or None
        Loss on the rows that choose the epoch; None when the table is too small to set rows aside.
    best_epoch : int
        The epoch with the smallest validation loss so far, counted from 1.
    seconds : float
        Since the training began.
    """

    epoch: int
    epochs: int
    training_loss: float
    validation_loss: float | None
    best_epoch: int
    seconds: float


@dataclass(frozen=True)
class History:
    """How a training went.

    Attributes
    ----------
    training_loss, validation_loss : array of float, shape (epochs done,)
        `validation_loss` is empty when no rows were set aside.
    best_epoch : int
        The epoch whose weights were kept, counted from 1.
    epochs : int
        The most there could have been.
    stop_reason : str
        ``"plateau"``, ``"all_epochs"`` or ``"interrupted"``.
    seconds : float
    n_training_rows, n_validation_rows : int
    validation_rows : array of int64, shape (n_validation_rows,)
        Positions of the rows that chose the epoch, among the rows of the training table that have a target.
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
