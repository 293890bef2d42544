"""Checkpoints during training: written at intervals of epochs, and resumed from if they exist."""

from __future__ import annotations

import os
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from glassnet.errors import FileError
from glassnet.files import read_checkpoint, write_checkpoint

if TYPE_CHECKING:
    from glassnet.engine import Machine


@dataclass
class Checkpoints:
    """The file to which a training saves its state, and how often.

    Parameters
    ----------
    path : path
    every : int
        Epochs between two checkpoints, counted per network.
    identity : dict of str to str
        The identity of the training, from `glassnet.files.identity_of`.
    rows : list of int
        The number of training rows of each network.
    """

    path: str | os.PathLike[str]
    every: int
    identity: dict[str, str]
    rows: list[int]
    written: float = field(default=0.0, init=False)
    warned: bool = field(default=False, init=False)

    def resume(self, training: Machine) -> bool:
        """Resume from the checkpoint; return False if there is none."""
        state = read_checkpoint(self.path, self.identity, self.rows, training.plan.epochs)
        if state is None:
            return False
        training.restore(state)
        self.written = self._epochs(training)
        return True

    def after_slice(self, training: Machine, *, now: bool = False) -> None:
        """Write a checkpoint if enough epochs have passed, or if `now`."""
        epochs = self._epochs(training)
        if now or epochs >= self.written + self.every:
            self.written = epochs
            try:
                write_checkpoint(self.path, training.save(), self.identity)
            except FileError as error:
                self._warn(error)

    def _warn(self, error: FileError) -> None:
        """Warn once that a checkpoint could not be written; the training is worth more and continues."""
        if not self.warned:
            self.warned = True
            warnings.warn(f"The training continues without this checkpoint. {error}", stacklevel=2)

    @staticmethod
    def _epochs(training: Machine) -> float:
        """Epochs done per network."""
        progress = training.progress
        return progress.epochs / progress.members
