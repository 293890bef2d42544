"""The live line under which a network trains: epochs, losses, time left, and the curve so far."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from glassnet.cli.sparkline import sparkline

if TYPE_CHECKING:
    from glassnet.estimators import Progress

_SECONDS_BETWEEN_LINES = 5.0


class TrainingProgress:
    """Shows a running training on a terminal; elsewhere prints a plain line every few seconds.

    Parameters
    ----------
    console : Console
        Where to show it.
    quiet : bool
        Show nothing.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console, self.quiet = console, quiet
        self.losses: list[float] = []
        self._last_line = 0.0
        self._live: Live | None = None

    def __enter__(self) -> Self:
        if self.console.is_terminal and not self.quiet:
            self._live = Live(console=self.console, transient=True, refresh_per_second=12)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def update(self, progress: Progress) -> None:
        """Show how far the training is."""
        if not progress.epoch:
            return
        self.losses.append(progress.training_loss)
        if self._live is not None:
            self._live.update(self._line(progress))
        elif not self.quiet and progress.seconds - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = progress.seconds
            self.console.print(f"epoch {progress.epoch} of at most {progress.epochs}: {_losses(progress)}")

    def _line(self, progress: Progress) -> Table:
        """The live line."""
        left = progress.seconds / progress.epoch * (progress.epochs - progress.epoch)
        line = Table.grid(padding=(0, 2))
        line.add_row(
            ProgressBar(total=progress.epochs, completed=progress.epoch, width=16),
            Text(f"epoch {progress.epoch}/{progress.epochs}"),
            Text(_losses(progress)),
            Text(sparkline(self.losses, 12), style="cyan"),
            Text(f"at most {left:.0f} s left", style="dim"),
        )
        return line


def _losses(progress: Progress) -> str:
    """The losses in words."""
    found = {"validation": progress.validation_loss, "validation score": progress.validation_score}
    judged = "".join(f", {name} {value:.4g}" for name, value in found.items() if value is not None)
    return f"loss {progress.training_loss:.4g}{judged}"
