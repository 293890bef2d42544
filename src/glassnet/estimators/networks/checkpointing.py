"""Checkpoints while a training runs: written every this many epochs, continued from when they are there."""

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
    """Where a training writes its state, and how often.

    Parameters
    ----------
    path : path
    every : int
        Epochs between two checkpoints, counted per network.
    identity : dict of str to str
        What the training is, from `glassnet.files.identity_of`.
    rows : list of int
        How many rows each network trains on.
    """

    path: str | os.PathLike[str]
    every: int
    identity: dict[str, str]
    rows: list[int]
    written: float = field(default=0.0, init=False)
    warned: bool = field(default=False, init=False)

    def resume(self, training: Machine) -> bool:
        """Continue from the checkpoint; False when there is none."""
        state = read_checkpoint(self.path, self.identity, self.rows, training.plan.epochs)
        if state is None:
            return False
        training.restore(state)
        self.written = self._epochs(training)
        return True

    def after_slice(self, training: Machine, *, now: bool = False) -> None:
        """Write a checkpoint when enough epochs have passed, or `now`."""
        epochs = self._epochs(training)
        if now or epochs >= self.written + self.every:
            self.written = epochs
            try:
                write_checkpoint(self.path, training.save(), self.identity)
            except FileError as error:
                self._warn(error)

    def _warn(self, error: FileError) -> None:
        """Say once that a checkpoint is missing; the training is worth more than its checkpoints."""
        if not self.warned:
            self.warned = True
            warnings.warn(f"The training continues without this checkpoint. {error}", stacklevel=2)

    @staticmethod
    def _epochs(training: Machine) -> float:
        """Epochs done per network."""
        progress = training.progress
        return progress.epochs / progress.members
