"""The two consoles every command writes to, and how a command lays out what it prints."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from glassnet.errors import FileError

WIDEST = 110
MOST_NOTES = 5


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


def facts(rows: Iterable[tuple[str, Any]]) -> Padding:
    """A list of names and what is said about them, in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value if isinstance(value, Text) else Text(str(value)))
    return Padding(table, (0, 0, 0, 2), expand=False)


def print_notes(remarks: Iterable[str], *, all_of_them: bool = False) -> None:
    """Remarks that the reader should not miss, on stderr; the first ones, and how many more there are."""
    from glassnet.tables.column import GraveNote

    console, remarks = notes(), list(remarks)
    shown = remarks if all_of_them else remarks[:MOST_NOTES]
    for remark in shown:
        word = "warning: " if isinstance(remark, GraveNote) else "note: "
        console.print(Text(word, style="yellow").append(remark, style="not yellow"))
    if len(remarks) > len(shown):
        console.print(Text(f"note: {len(remarks) - len(shown)} more of the kind; --verbose shows them", style="yellow"))


def check_folder(path: Path) -> None:
    """Refuse an output path in a folder that is not there, before any work is done."""
    folder = path.absolute().parent
    if not folder.is_dir():
        raise FileError(f"Cannot write {path}: the folder {folder} does not exist. Create it, or choose another.")
    if path.is_dir():
        raise FileError(f"Cannot write {path}: it is a folder. Give the name of a file in it.")
    if path.exists() and not path.is_file():
        raise FileError(f"Cannot write {path}: it is a device or pipe, not a file. Give the name of a file.")
    if not os.access(folder, os.W_OK):
        raise FileError(f"Cannot write {path}: no right to write into {folder}. Choose another folder.")


def size(path: Path) -> str:
    """The size of a file for a reader."""
    count = path.stat().st_size
    return (
        f"{count} bytes"
        if count < 1024
        else f"{count / 1024:.1f} KB"
        if count < 1024**2
        else f"{count / 1024**2:.1f} MB"
    )
