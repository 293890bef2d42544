"""The live line shown during training: epochs, losses, time left, and the loss curve so far."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from glassnet.cli.terminal.sparkline import sparkline

if TYPE_CHECKING:
    from glassnet.estimators import Progress
    from glassnet.estimators.tuning.tune import TuningProgress

_SECONDS_BETWEEN_LINES = 5.0


class Display:
    """Shows progress live on a terminal; elsewhere prints a plain line every few seconds.

    Parameters
    ----------
    console : Console
        Where to show it.
    quiet : bool
        Show nothing.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self.console, self.quiet = console, quiet
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

    def show(self, line: RenderableType, plain: str, seconds: float) -> None:
        """Show the live line, or print the plain one every few seconds."""
        if self._live is not None:
            self._live.update(line)
        elif not self.quiet and seconds - self._last_line > _SECONDS_BETWEEN_LINES:
            self._last_line = seconds
            self.console.print(plain)


class TuningDisplay(Display):
    """The progress of tuning."""

    def update(self, progress: TuningProgress) -> None:
        """Show round, settings, and the smallest loss so far."""
        rounds = "" if progress.rounds is None else f" of {progress.rounds}"
        best = "" if progress.best_loss == float("inf") else f", best loss {progress.best_loss:.4g}"
        text = f"round {progress.round}{rounds}, {progress.running} of {progress.tried} settings running{best}"
        line = Table.grid(padding=(0, 2))
        if progress.budget != float("inf"):
            done = min(progress.seconds, progress.budget)
            line.add_row(ProgressBar(total=progress.budget, completed=done, width=16), Text(text))
        else:
            line.add_row(Text(text))
        self.show(line, f"tuning: {progress.seconds:.0f} s, {text}", progress.seconds)


class TrainingProgress(Display):
    """The progress of training, with the loss curve."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        super().__init__(console, quiet=quiet)
        self.losses: list[float] = []

    def update(self, progress: Progress) -> None:
        """Show the progress of the training."""
        if not progress.epoch:
            return
        self.losses.append(progress.training_loss)
        plain = f"epoch {progress.epoch} of at most {progress.epochs}: {_losses(progress)}"
        self.show(self._line(progress), plain, progress.seconds)

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
    """The losses as text."""
    losses = {"validation": progress.validation_loss, "validation score": progress.validation_score}
    judged = "".join(f", {name} {value:.4g}" for name, value in losses.items() if value is not None)
    return f"loss {progress.training_loss:.4g}{judged}"
