"""Scores as a model file stores them, printed as the table that training printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli import terminal
from glassnet.evaluate.comparison import Measured

_FIRST = ("network", "baseline")
_ORDER = ("accuracy", "AUC", "log loss", "R2", "RMSE")
_MARGIN, _SCORE, _INTERVAL = 4, 10, 22
"""Columns of the terminal beside the labels, and for a score without and with its interval."""


def print_scores(console: Console, stored: Mapping[str, Any]) -> None:
    """Print scores by model and part of the table, and the verdict; what is not a score is passed over."""
    console.print(terminal.title("scores", "with their intervals"))
    rows = list(_rows(stored))
    known = dict.fromkeys(metric for _, found in rows for metric in found)
    metrics = sorted(known, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    intervals = intervals_that_fit(console.width, len(metrics), [label for label, _ in rows])
    if metrics:
        grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for heading in ("", *metrics):
            grid.add_column(heading, no_wrap=True)
        for label, found in rows:
            scores = [found.get(metric, Measured(metric, None, None, None)) for metric in metrics] if found else []
            grid.add_row(label, *texts_of(scores, intervals), style="" if found else "dim")
        console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if isinstance(stored.get("verdict"), str):
        console.print()
        console.print(Text(stored["verdict"], style="bold"))


def _rows(stored: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Measured]]]:
    """A heading or a model, and its scores by metric."""
    test = stored.get("test")
    if isinstance(test, Mapping):
        yield f"on {test.get('rows', '?')} test rows", {}
        models = [name for name, found in test.items() if isinstance(found, Mapping)]
        for name in sorted(models, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
            yield f"  {name}", _written(test[name])
    seen = [part for part in ("training", "validation") if isinstance(stored.get(part), Mapping)]
    if seen:
        yield "network on rows it saw", {}
    for part in seen:
        yield f"  {stored[part].get('rows', '?')} {part}", _written(stored[part])


def intervals_that_fit(width: int, metrics: int, labels: Sequence[str]) -> int:
    """How many of the metrics, the first ones, have room for an interval.

    Examples
    --------
    >>> [intervals_that_fit(width, 3, ["  logistic regression"]) for width in (60, 80, 100)]
    [1, 2, 3]
    """
    left = width - _MARGIN - max(map(len, labels), default=0) - metrics * _SCORE
    return max(0, min(metrics, left // (_INTERVAL - _SCORE)))


def texts_of(scores: Sequence[Measured], intervals: int) -> list[str]:
    """Scores, so many of them with their intervals."""
    return [
        "–" if score.value is None else score.text() if k < intervals else replace(score, low=None, high=None).text()
        for k, score in enumerate(scores)
    ]


def _written(found: Mapping[str, Any]) -> dict[str, Measured]:
    """Each metric's value and interval."""
    return {
        metric: Measured(metric, *numbers)
        for metric, numbers in found.items()
        if isinstance(numbers, (list, tuple))
        and len(numbers) == 3
        and all(number is None or isinstance(number, (int, float)) for number in numbers)
    }
