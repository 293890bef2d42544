"""The bell of a run: it notifies all watchers of a change, from any thread."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress


class Bell:
    """Those who watch."""

    def __init__(self) -> None:
        self._watchers: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._watchers)

    def watch(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call a function after every change; returns what ends that."""
        self._watchers.append(callback)

        def end() -> None:
            with suppress(ValueError):
                self._watchers.remove(callback)

        return end

    def ring(self) -> None:
        """Something changed."""
        for callback in list(self._watchers):
            callback()
