"""Progress bars: with rich where it is installed, else a line on the standard error now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glassnet import estimators
    from glassnet.engine import Progress

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BEFORE_A_BAR = 1.0


@contextmanager
def progress_bar(epochs: int) -> Iterator[Callable[[Progress], None]]:
    """Show how many of all epochs of all members are done; yields the function that the training calls."""
    try:
        from rich.console import Console
        from rich.progress import Progress as Bar
        from rich.progress import TextColumn, TimeRemainingColumn
    except ImportError:
        yield _Lines(epochs)
        return
    columns = (*Bar.get_default_columns()[:3], TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("training", total=epochs, note="")

        def show(progress: Progress) -> None:
            done = epochs if progress.finished == progress.members else progress.epochs
            bar.update(task, completed=done, note=_note(progress))

        yield show


@contextmanager
def training_bar(epochs: int, *, hidden: bool = False) -> Iterator[Callable[[estimators.Progress], None] | None]:
    """Show on a terminal how a training goes, once it has taken a second; yields the function to call, if any."""
    try:
        from rich.console import Console
        from rich.progress import Progress as Bar
        from rich.progress import TextColumn, TimeRemainingColumn
    except ImportError:
        hidden = True
    if hidden or not (console := Console(stderr=True)).is_terminal:
        yield None
        return
    columns = (*Bar.get_default_columns()[:3], TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
    bar = Bar(*columns, console=console, transient=True)
    task = bar.add_task("training", total=epochs, note="")

    def show(progress: estimators.Progress) -> None:
        if progress.seconds < _SECONDS_BEFORE_A_BAR:
            return
        bar.start()
        validation = "" if progress.validation_loss is None else f", on other rows {progress.validation_loss:.4g}"
        bar.update(task, completed=progress.epoch, note=f"loss {progress.training_loss:.4g}{validation}")

    try:
        yield show
    finally:
        bar.stop()


class _Lines:
    """A line every few seconds, and one at the end."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.last = epochs, time.perf_counter()

    def __call__(self, progress: Progress) -> None:
        """Write the line when it is time."""
        finished = progress.finished == progress.members
        if finished or time.perf_counter() - self.last > _SECONDS_BETWEEN_LINES:
            self.last = time.perf_counter()
            share = 1.0 if finished else progress.epochs / max(self.epochs, 1)
            sys.stderr.write(f"training: {100 * share:.0f} %, {_note(progress)}\n")


def _note(progress: Progress) -> str:
    """Members that are done, and the loss."""
    return f"{progress.finished} of {progress.members} networks done, mean loss {progress.loss:.4g}"
