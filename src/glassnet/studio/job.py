"""Long work in a thread of its own, which a person can stop, and whose end is always said."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Literal

from glassnet.errors import GlassnetError
from glassnet.tables.door import for_the_page

End = Literal["canceled", "failed"]
_PATIENCE = 10.0
"""Seconds to wait for the end when the studio closes."""


class StoppedError(Exception):
    """A person has asked to stop."""


class Job:
    """Does one thing at a time.

    Parameters
    ----------
    name : str
        The name of its thread.
    less : str
        A sentence on what needs less memory.

    Attributes
    ----------
    lock : threading.Lock
        Held by the owner while it looks whether something is under way, and begins.

    Examples
    --------
    >>> job, ends = Job("count", "Count less."), []
    >>> job.start(job.check, lambda status, message: ends.append((status, message)))
    >>> job.wait()
    >>> ends
    []
    """

    def __init__(self, name: str, less: str) -> None:
        self.name, self.less, self.lock = name, less, threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, work: Callable[[], None], ended: Callable[[End, str], None]) -> None:
        """Begin; `work` says itself that it is done, `ended` is called where it was stopped, or failed."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(work, ended), daemon=True, name=self.name)
        self._thread.start()

    def check(self) -> None:
        """Raise a `StoppedError` if somebody has asked to stop; the work calls it often."""
        if self._stop.is_set():
            raise StoppedError

    def stop(self) -> None:
        """Ask the work to stop."""
        self._stop.set()

    def close(self) -> None:
        """Stop, and wait a while until nothing runs any more."""
        self.stop()
        self.wait(_PATIENCE)

    def wait(self, seconds: float | None = None) -> None:
        """Wait until nothing runs any more, for so many seconds at most."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _run(self, work: Callable[[], None], ended: Callable[[End, str], None]) -> None:
        """Work, and report how it ended."""
        try:
            work()
        except StoppedError:
            ended("canceled", "")
        except GlassnetError as error:
            ended("failed", for_the_page(str(error)))
        except MemoryError:
            ended("failed", f"Not enough memory. {self.less}")
        except Exception as error:  # it must not end in silence
            traceback.print_exception(error)
            ended("failed", f"A bug in glassnet: {type(error).__name__}. Please report it.")
