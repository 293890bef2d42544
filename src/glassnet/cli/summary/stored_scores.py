"""Scores stored in a model file, printed as the table that training printed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli.terminal import terminal
from glassnet.evaluate.comparison.comparison import Estimate

_FIRST = ("network", "baseline")
_ORDER = ("accuracy", "AUC", "log loss", "R2", "RMSE")
_MARGIN, _GAP = 4, 2  # terminal columns around the labels, and after each score


def print_scores(console: Console, kept: Mapping[str, Any]) -> None:
    """Print scores by model and part of the table, and the verdict; entries that are not scores are skipped."""
    console.print(terminal.title("scores", "with intervals"))
    rows = list(_rows(kept))
    known = dict.fromkeys(metric for _, values in rows for metric in values)
    metrics = sorted(known, key=lambda name: (_ORDER.index(name) if name in _ORDER else len(_ORDER), name))
    scored = [
        (label, [values.get(metric, Estimate(metric, None, None, None)) for metric in metrics] if values else [])
        for label, values in rows
    ]
    intervals = intervals_that_fit(console.width, metrics, scored)
    if metrics:
        grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
        for heading in ("", *metrics):
            grid.add_column(heading, no_wrap=True)
        for label, scores in scored:
            grid.add_row(label, *texts_of(scores, intervals), style="" if scores else "dim")
        console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if isinstance(kept.get("verdict"), str):
        console.print()
        console.print(Text(kept["verdict"], style="bold"))


def _rows(scores: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Estimate]]]:
    """A heading or a model, and its scores by metric."""
    test = scores.get("test")
    if isinstance(test, Mapping):
        yield f"on {test.get('rows', '?')} test rows", {}
        models = [name for name, values in test.items() if isinstance(values, Mapping)]
        for name in sorted(models, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
            yield f"  {name}", _values_with_intervals(test[name])
    seen = [part for part in ("training", "validation") if isinstance(scores.get(part), Mapping)]
    if seen:
        yield "on training data", {}
    for part in seen:
        yield f"  {scores[part].get('rows', '?')} {part}", _values_with_intervals(scores[part])


def intervals_that_fit(width: int, headings: Sequence[str], rows: Sequence[tuple[str, Sequence[Estimate]]]) -> int:
    """The number of metrics, from the first, whose intervals fit next to the labels of the rows.

    Examples
    --------
    >>> rows = [("  network", [Estimate(name, 0.9, 0.8, 1.0) for name in ("accuracy", "AUC")])]
    >>> [intervals_that_fit(width, ["accuracy", "AUC"], rows) for width in (30, 50, 60)]
    [0, 1, 2]
    """
    label = max((len(label) for label, _ in rows), default=0)
    for count in range(len(headings), 0, -1):
        lines = [headings, *(texts_of(scores, count) for _, scores in rows)]
        columns = [max(len(texts[k]) for texts in lines if k < len(texts)) for k in range(len(headings))]
        if _MARGIN + label + sum(columns) + _GAP * len(columns) <= width:
            return count
    return 0


def texts_of(scores: Sequence[Estimate], intervals: int) -> list[str]:
    """Scores as text, the first `intervals` of them with their intervals."""
    return [
        "–" if score.value is None else score.text() if k < intervals else replace(score, low=None, high=None).text()
        for k, score in enumerate(scores)
    ]


def _values_with_intervals(values: Mapping[str, Any]) -> dict[str, Estimate]:
    """Each metric's value and interval."""
    return {
        metric: Estimate(metric, *numbers)
        for metric, numbers in values.items()
        if isinstance(numbers, (list, tuple))
        and len(numbers) == 3
        and all(number is None or isinstance(number, (int, float)) for number in numbers)
    }
