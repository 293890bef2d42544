"""The live line under which a network trains: epochs, losses, time left, and the curve so far."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from glassnet.cli.plot import sparkline

_SECONDS_BETWEEN_LINES = 5.0


class TrainingProgress:
    """Shows a running training on a terminal; elsewhere prints a plain line every few seconds.

    Parameters
    ----------
    console : Console
        Where to show it.
    epochs : int
        The planned number of epochs; early stopping may end sooner.
    quiet : bool
        Show nothing.
    """

    def __init__(self, console: Console, epochs: int, *, quiet: bool = False) -> None:
        self.console, self.epochs, self.quiet = console, epochs, quiet
        self.losses: list[float] = []
        self._started = self._last_line = time.monotonic()
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self._started = self._last_line = time.monotonic()
        if self.console.is_terminal and not self.quiet:
            self._live = Live(console=self.console, transient=True, refresh_per_second=12)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, epoch: int, training_loss: float, validation_loss: float | None) -> None:
        """Take note of an epoch that is done."""
        self.losses.append(training_loss)
        if self._live is not None:
            self._live.update(self._line(epoch, training_loss, validation_loss))
        elif not self.quiet and time.monotonic() - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = time.monotonic()
            self.console.print(f"epoch {epoch} of at most {self.epochs}: {_losses(training_loss, validation_loss)}")

    @property
    def seconds(self) -> float:
        """Seconds since the training began."""
        return time.monotonic() - self._started

    def _line(self, epoch: int, training_loss: float, validation_loss: float | None) -> Table:
        """The live line."""
        left = self.seconds / max(epoch, 1) * (self.epochs - epoch)
        line = Table.grid(padding=(0, 2))
        line.add_row(
            ProgressBar(total=self.epochs, completed=epoch, width=16),
            Text(f"epoch {epoch}/{self.epochs}"),
            Text(_losses(training_loss, validation_loss)),
            Text(sparkline(self.losses, 12), style="cyan"),
            Text(f"at most {left:.0f} s left", style="dim"),
        )
        return line


def _losses(training_loss: float, validation_loss: float | None) -> str:
    """The losses in words."""
    rest = "" if validation_loss is None else f", validation {validation_loss:.4g}"
    return f"loss {training_loss:.4g}{rest}"
