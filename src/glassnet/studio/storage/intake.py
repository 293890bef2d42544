"""Images of one's own on their way into the studio: read in a thread, which says how far it is and can be stopped."""

from __future__ import annotations

import threading
import time
import traceback
from pathlib import Path

from glassnet.errors import ConfigurationError, GlassnetError
from glassnet.studio.contract.data import IntakeState
from glassnet.studio.storage.shelf import Shelf, clean_name
from glassnet.tables.door import for_the_page

_SAY_EVERY = 0.1
"""Seconds between two words on how far it is."""


class _CanceledError(Exception):
    """A person does not want the images any more."""


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
        self._lock, self._stop, self._last_report = threading.Lock(), threading.Event(), 0.0
        self._thread: threading.Thread | None = None

    def start(self, path: Path, name: str) -> IntakeState:
        """Begin with an uploaded file, which is ours from now on.

        Raises
        ------
        ConfigurationError
            While another file is read.
        """
        name = clean_name(name)
        with self._lock:
            if self.state.status == "running":
                path.unlink(missing_ok=True)
                raise ConfigurationError(f"{self.state.name} is being read. Wait for it, or cancel it first.")
            self._stop.clear()
            self.state = IntakeState("running", name, "Reading")
        self._thread = threading.Thread(target=self._work, args=(path, name), daemon=True, name="images")
        self._thread.start()
        return self.state

    def cancel(self) -> IntakeState:
        """Stop at the next image; nothing of the file is kept."""
        self._stop.set()
        return self.state

    def close(self) -> None:
        """Stop, and wait until nothing of it is left."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(10)

    def _work(self, path: Path, name: str) -> None:
        """Read the file; what goes wrong is said."""
        try:
            summary = self.shelf.add_images(path, name, self._progress)
            self.state = IntakeState("ready", name, data=summary.id)
        except _CanceledError:
            self.state = IntakeState("canceled", name)
        except GlassnetError as error:
            self.state = IntakeState("failed", name, message=for_the_page(str(error)))
        except MemoryError:
            self.state = IntakeState("failed", name, message="Not enough memory. Give fewer or smaller images.")
        except Exception as error:  # it must not end in silence
            traceback.print_exception(error)
            message = f"A bug in glassnet: {type(error).__name__}. Please report it."
            self.state = IntakeState("failed", name, message=message)

    def _progress(self, doing: str, done: int, total: int | None) -> None:
        """Say how far it is."""
        if self._stop.is_set():
            raise _CanceledError
        moment = time.monotonic()
        if moment >= self._last_report + _SAY_EVERY:
            self._last_report = moment
            self.state = IntakeState("running", self.state.name, doing, done, total)
