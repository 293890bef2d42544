"""Ctrl-C while networks train: it ends the training once there is something to keep, and the command before that."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from glassnet.cli.terminal import terminal
from glassnet.cli.terminal.ending import Interrupted


class Interruption:
    """Handling of Ctrl-C from the start of a training until its model is written.

    Before the first epoch it ends the command. Afterwards it is passed on at the next slice of the training, which
    keeps the best network so far, and nowhere else, so that no moment loses the model.

    Attributes
    ----------
    asked : bool
        Whether the user pressed Ctrl-C.
    """

    def __init__(self) -> None:
        self.asked = False
        self._something_to_keep = False
        self._former: Any = None

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._former = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    def _interrupted(self, _number: int, _frame: FrameType | None) -> None:
        """Remember it, or end the command when there is nothing to lose."""
        self.asked = True
        if not self._something_to_keep:
            raise KeyboardInterrupt

    def after_slice(self) -> None:
        """Between two slices of a training that has finished an epoch: end it when the user asked for that."""
        self._something_to_keep = True
        if self.asked:
            raise KeyboardInterrupt


class Kept:
    """While a network that is already written is compared with others: whatever goes wrong, say that it is safe."""

    def __init__(self, path: Any) -> None:
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            return
        if isinstance(error, KeyboardInterrupt):
            raise Interrupted(
                f"Interrupted before the comparison with simpler models was done. The network is in {self.path}, "
                "without scores."
            ) from None
        terminal.notes().print(f"The network is in {self.path}, without scores.", soft_wrap=True)
