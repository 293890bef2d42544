"""Ctrl-C during training: it ends the training if there is something to keep, and otherwise the command."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from glassnet.cli.terminal import terminal
from glassnet.cli.terminal.ending import Interrupted


class Interruption:
    """Handling of Ctrl-C from the start of training until the model is written.

    Before the first epoch ends, Ctrl-C ends the command. Afterwards it takes effect only at the next slice of the
    training, which keeps the best network so far, so that the model is never lost.

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
            self._former = signal.signal(signal.SIGINT, self._on_interrupt)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._former is not None:
            signal.signal(signal.SIGINT, self._former)

    def _on_interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """Record the interrupt, or end the command if there is nothing to lose."""
        self.asked = True
        if not self._something_to_keep:
            raise KeyboardInterrupt

    def after_slice(self) -> None:
        """End the training after a slice if the user pressed Ctrl-C; at least one epoch is done."""
        self._something_to_keep = True
        if self.asked:
            raise KeyboardInterrupt


class Kept:
    """A context for the comparison with other models: whatever goes wrong, it says that the network was saved."""

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
                f"Interrupted before the comparison with simpler models was finished. The network is in {self.path}, "
                "without scores."
            ) from None
        terminal.notes().print(f"The network is in {self.path}, without scores.", soft_wrap=True)
