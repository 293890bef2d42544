"""Turns: a lock that threads acquire in the order in which they requested it."""

from __future__ import annotations

from threading import RLock


class Turns:
    """A fair lock.

    A plain lock returns to a thread that requests it repeatedly, as a training loop does, before a
    waiting thread has woken up. Here a waiting thread holds the queue, so the loop must queue behind it.
    """

    def __init__(self) -> None:
        self._queue, self._work = RLock(), RLock()

    def __enter__(self) -> None:
        with self._queue:
            self._work.acquire()

    def __exit__(self, *_: object) -> None:
        self._work.release()
