"""Scores as a model file stores them, printed as the table that training printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli import terminal
from glassnet.evaluate.comparison import Measured

_FIRST = ("network", "baseline")


def print_scores(console: Console, stored: Mapping[str, Any]) -> None:
    """Print scores by model and part of the table, and the verdict; what is not a score is passed over."""
    console.print(terminal.title("scores", "with their intervals"))
    rows = list(_rows(stored))
    metrics = list(dict.fromkeys(metric for _, found in rows for metric in found))
    if metrics:
        grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for heading in ("", *metrics):
            grid.add_column(heading, no_wrap=True)
        for label, found in rows:
            grid.add_row(label, *(found.get(metric, "") for metric in metrics), style="" if found else "dim")
        console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if isinstance(stored.get("verdict"), str):
        console.print()
        console.print(Text(stored["verdict"], style="bold"))


def _rows(stored: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, str]]]:
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


def _written(found: Mapping[str, Any]) -> dict[str, str]:
    """Each metric's value and interval as text."""
    return {
        metric: Measured(metric, *numbers).text()
        for metric, numbers in found.items()
        if isinstance(numbers, (list, tuple))
        and len(numbers) == 3
        and all(number is None or isinstance(number, (int, float)) for number in numbers)
    }
