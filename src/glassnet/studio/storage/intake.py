"""Images of one's own on their way into the studio: read in a thread, which says how far it is and can be stopped."""

from __future__ import annotations

import time
from pathlib import Path

from glassnet.errors import ConfigurationError
from glassnet.studio.contract.data import IntakeState
from glassnet.studio.job import End, Job
from glassnet.studio.storage.shelf import Shelf, clean_name

_SAY_EVERY = 0.1
"""Seconds between two words on how far it is."""


class Intake:
    """Reads one file of images at a time.

    Parameters
    ----------
    shelf : Shelf

    Attributes
    ----------
    state : IntakeState
        How the last one goes, or went.
    """

    def __init__(self, shelf: Shelf) -> None:
        self.shelf, self.state = shelf, IntakeState("none")
        self._job, self._last_report = Job("images", "Give fewer or smaller images."), 0.0

    def start(self, path: Path, name: str) -> IntakeState:
        """Begin with an uploaded file, which is ours from now on.

        Raises
        ------
        ConfigurationError
            While another file is read.
        """
        name = clean_name(name)
        with self._job.lock:
            if self.state.status == "running":
                path.unlink(missing_ok=True)
                raise ConfigurationError(f"{self.state.name} is being read. Wait for it, or cancel it first.")
            self.state = IntakeState("running", name, "Reading")
            self._job.start(lambda: self._work(path, name), self._ended)
        return self.state

    def cancel(self) -> IntakeState:
        """Stop at the next image; nothing of the file is kept."""
        self._job.stop()
        return self.state

    def close(self) -> None:
        """Stop, and wait until nothing of it is left."""
        self._job.close()

    def _work(self, path: Path, name: str) -> None:
        """Read the file."""
        summary = self.shelf.add_images(path, name, self._progress)
        self.state = IntakeState("ready", name, data=summary.id)

    def _ended(self, status: End, message: str) -> None:
        """Say that nothing came of it, and why."""
        self.state = IntakeState(status, self.state.name, message=message)

    def _progress(self, doing: str, done: int, total: int | None) -> None:
        """Say how far it is."""
        self._job.check()
        moment = time.monotonic()
        if moment >= self._last_report + _SAY_EVERY:
            self._last_report = moment
            self.state = IntakeState("running", self.state.name, doing, done, total)
