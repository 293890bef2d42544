"""Who drives: one command at a time, and a newer one asks the older to end where it is."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Superseded(Exception):
    """A newer command came; the older one ends where it is."""


class Driver:
    """The wheel of a run."""

    def __init__(self) -> None:
        self._driving, self._wish, self._commands = threading.Lock(), threading.Condition(), 0

    @contextmanager
    def command(self) -> Iterator[int]:
        """Become the one that drives; whoever drives now is asked to stop. Gives the number of this command."""
        with self._wish:
            self._commands += 1
            mine = self._commands
            self._wish.notify_all()
        with self._driving:
            yield mine

    def check(self, mine: int) -> None:
        """End when a newer command has come."""
        if self._commands != mine:
            raise Superseded

    def wait(self, seconds: float, mine: int) -> None:
        """Wait, but not for longer than until a newer command."""
        with self._wish:
            if seconds > 0 and self._commands == mine:
                self._wish.wait(seconds)
        self.check(mine)
