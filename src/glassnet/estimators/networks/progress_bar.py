"""Progress bars: with rich if it is installed, otherwise an occasional line on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glassnet.engine import PopulationProgress
    from glassnet.estimators.networks import progress
    from glassnet.estimators.tuning.tune import TuningProgress

_SECONDS_BETWEEN_LINES = 5.0
_SECONDS_BEFORE_A_BAR = 1.0


@contextmanager
def progress_bar(epochs: int) -> Iterator[Callable[[PopulationProgress], None]]:
    """Show the share of epochs done by all members; yields the function that the training calls."""
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

        def show(progress: PopulationProgress) -> None:
            done = epochs if progress.finished == progress.members else progress.epochs
            bar.update(task, completed=done, note=_note(progress))

        yield show


@contextmanager
def training_bar(epochs: int, *, hidden: bool = False) -> Iterator[Callable[[progress.Progress], None] | None]:
    """Show the progress of a training on a terminal after a second; yields the function to call, if any."""
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

    def show(progress: progress.Progress) -> None:
        if progress.seconds < _SECONDS_BEFORE_A_BAR:
            return
        bar.start()
        validation = "" if progress.validation_loss is None else f", on other rows {progress.validation_loss:.4g}"
        bar.update(task, completed=progress.epoch, note=f"loss {progress.training_loss:.4g}{validation}")

    try:
        yield show
    finally:
        bar.stop()


@contextmanager
def tuning_bar(
    wanted: bool | Callable[[TuningProgress], object] | None, trials: int | None, budget: float
) -> Iterator[Callable[[TuningProgress], object] | None]:
    """Show the progress of a tuning as a bar, or as lines if requested; yields the function to call."""
    if callable(wanted) or wanted is False:
        yield wanted or None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar
    except ImportError:
        yield _TuningLines() if wanted else None
        return
    console = Console(stderr=True)
    if not (console.is_terminal or console.is_jupyter):
        yield _TuningLines() if wanted else None
        return
    columns = (TextColumn("tuning"), BarColumn(), TimeElapsedColumn(), TextColumn("{task.fields[note]}"))
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("tuning", total=trials if budget == float("inf") else budget, note="")

        def show(progress: TuningProgress) -> None:
            done = progress.seconds if trials is None or budget != float("inf") else progress.tried - progress.running
            bar.update(task, completed=done, note=_tuning_note(progress))

        yield show


class _TuningLines:
    """A line every few seconds."""

    def __init__(self) -> None:
        self.last = time.perf_counter()

    def __call__(self, progress: TuningProgress) -> None:
        """Write the line when it is time."""
        if time.perf_counter() - self.last > _SECONDS_BETWEEN_LINES:
            self.last = time.perf_counter()
            sys.stderr.write(f"tuning: {progress.seconds:.0f} s, {_tuning_note(progress)}\n")


def _tuning_note(progress: TuningProgress) -> str:
    """The round, the number of settings, and the smallest loss so far."""
    rounds = "" if progress.rounds is None else f" of {progress.rounds}"
    best = "" if progress.best_loss == float("inf") else f", best loss {progress.best_loss:.4g}"
    return f"round {progress.round}{rounds}, {progress.running} of {progress.tried} running{best}"


class _Lines:
    """A line every few seconds, and one at the end."""

    def __init__(self, epochs: int) -> None:
        self.epochs, self.last = epochs, time.perf_counter()

    def __call__(self, progress: PopulationProgress) -> None:
        """Write the line when it is time."""
        finished = progress.finished == progress.members
        if finished or time.perf_counter() - self.last > _SECONDS_BETWEEN_LINES:
            self.last = time.perf_counter()
            share = 1.0 if finished else progress.epochs / max(self.epochs, 1)
            sys.stderr.write(f"training: {100 * share:.0f} %, {_note(progress)}\n")


def _note(progress: PopulationProgress) -> str:
    """The number of finished members, and the loss."""
    return f"{progress.finished} of {progress.members} networks done, mean loss {progress.loss:.4g}"
