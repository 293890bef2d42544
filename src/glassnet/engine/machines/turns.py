"""Turns: threads that want the same thing wait for each other, and come in the order in which they asked."""

from __future__ import annotations

from threading import RLock


class Turns:
    """A lock that is fair to who waits.

    A plain lock goes back to a thread that asks for it again and again, as the loop of a training does, before a
    waiting one has woken up. Here whoever waits holds the queue, so the loop must queue behind it.
    """

    def __init__(self) -> None:
        self._queue, self._work = RLock(), RLock()

    def __enter__(self) -> None:
        with self._queue:
            self._work.acquire()

    def __exit__(self, *_: object) -> None:
        self._work.release()
