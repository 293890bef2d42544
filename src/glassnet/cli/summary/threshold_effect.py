"""The effect of a threshold on the test rows, printed after training and again from the model file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli.terminal import terminal

if TYPE_CHECKING:
    from glassnet.evaluate import ThresholdEffect


def print_called(console: Console, effect: ThresholdEffect) -> None:
    """Print the rule, how it was chosen, and its measures next to those of predicting the most probable class."""
    console.print(terminal.title("Threshold", effect.rule))
    console.print(Text(f"  {effect.reason[0].upper()}{effect.reason[1:]}.", style="dim"))
    console.print(_grid(_heading(effect.n_rows, effect.n_event, effect.event), effect.rows()))
    console.print()


def print_stored(console: Console, effect: Mapping[str, Any]) -> None:
    """Print the same from a model file, or nothing if the stored values are malformed."""
    from glassnet.evaluate import Estimate
    from glassnet.evaluate.validation.threshold_effect import MEASURED

    try:
        ways = [
            {name: Estimate(name, *map(_number, numbers)).text() for name, numbers in effect[way].items()}
            for way in ("threshold", "most probable")
        ]
        rows = [(name, ways[0][name], ways[1][name]) for name in MEASURED]
        n_called, n_probable = (f"{int(count):,}" for count in effect["called"])
        rows.append((f"classified as {effect['event']!r}", n_called, n_probable))
        grid = _grid(_heading(int(effect["rows"]), int(effect["events"]), str(effect["event"])), rows)
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    console.print(grid)


def _heading(n_rows: int, n_event: int, event: str) -> str:
    """The numbers of test rows, and of those with the event."""
    return f"on {n_rows} test rows, {n_event} of them {event!r}"


def _grid(heading: str, rows: list[tuple[str, str, str]]) -> Padding:
    """The measures of both rules side by side."""
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for name in ("", "at the threshold", "most probable class"):
        grid.add_column(name, no_wrap=True)
    grid.add_row(heading, style="dim")
    for name, *texts in rows:
        grid.add_row(f"  {name}", *texts)
    return Padding(grid, (0, 0, 0, 2), expand=False)


def _number(value: Any) -> float | None:
    """A number of a score as a float, or None."""
    return None if value is None else float(value)
