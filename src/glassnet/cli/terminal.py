"""The two consoles every command writes to, and how a command titles what it prints."""

from __future__ import annotations

import sys
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

WIDEST = 110


def output() -> Console:
    """The console for results (stdout). It obeys NO_COLOR, a pipe gets plain text, lines stay readable."""
    return _console(sys.stdout)


def notes() -> Console:
    """The console for progress and remarks (stderr)."""
    return _console(sys.stderr)


def _console(stream: Any) -> Console:
    """A console that writes text as it stands: no markup, no guessing what is a number or a path."""
    console = Console(file=stream, highlight=False, markup=False, emoji=False)
    console.width = max(80, min(console.width, WIDEST))
    return console


def title(text: str, remark: str = "") -> Text:
    """A heading, with a remark beside it."""
    line = Text(text, style="bold")
    return line.append(f"  {remark}", style="not bold dim") if remark else line


def facts(rows: list[tuple[str, Any]]) -> Padding:
    """A list of names and what is said about them, in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value if isinstance(value, Text) else Text(str(value)))
    return Padding(table, (0, 0, 0, 2), expand=False)
