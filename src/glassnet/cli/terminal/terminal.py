"""The two consoles every command writes to, and how a command lays out what it prints.

Nothing that comes from a file, a table or an argument reaches the terminal as a control sequence: the consoles and
`write` show each control character as its code point.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook, RenderResult
from rich.measure import Measurement
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from glassnet.cli.terminal.ending import ReaderGone
from glassnet.errors import FileError

WIDEST = 110
MOST_NOTES = 5
_STYLES = re.compile(r"(\x1b\[[0-9;]*m)")


class Listener:
    """An output stream on which the work does not depend: after a write that failed, nothing more is written.

    Parameters
    ----------
    stream : text stream
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.failure: OSError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)

    def write(self, text: str) -> int:
        """Write, as long as somebody listens."""
        return self._unless_gone(self.stream.write, text) or len(text)

    def flush(self) -> None:
        """Flush, as long as somebody listens."""
        self._unless_gone(self.stream.flush)

    def _unless_gone(self, act: Any, *arguments: Any) -> Any:
        if self.failure is None:
            try:
                return act(*arguments)
            except OSError as error:
                self.failure = error
        return None

    def check(self, kept: str) -> None:
        """Say at the end that nobody listened, and what was kept all the same."""
        if isinstance(self.failure, BrokenPipeError):
            raise ReaderGone
        if self.failure is not None:
            raise FileError(f"The report could not be printed: {self.failure.strerror}. {kept}")


def output() -> Console:
    """The console for results (stdout). It obeys NO_COLOR, a pipe gets plain text, lines stay readable."""
    return _console(sys.stdout)


def report() -> tuple[Console, Listener]:
    """The console for a report that is not the result itself: when it cannot be printed, the work goes on."""
    listener = Listener(sys.stdout)
    return _console(listener), listener


def notes() -> Console:
    """The console for progress and remarks (stderr); no work depends on whether they can be printed."""
    return _console(Listener(sys.stderr))


def write(text: str, *, styled: bool = False) -> None:
    """Write text to stdout as it is laid out; when it is styled, the color codes stay."""
    if styled:
        parts = _STYLES.split(text)
        text = "".join(part if k % 2 else printable(part) for k, part in enumerate(parts))
    else:
        text = printable(text)
    sys.stdout.write(text)
    sys.stdout.flush()


def printable(text: str) -> str:
    """Text from anywhere as a terminal may show it: control characters and marks of direction as ``⟨U+001B⟩``."""
    if text.isascii() and text.isprintable():
        return text
    from glassnet.pages.markup import visible

    return visible(text)


def write_data(text: str) -> None:
    """Write text that programs read: to a terminal as `write` does, elsewhere character by character."""
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


class _Console(Console):
    """A console that reports a reader that has gone like any other failure to write."""

    def on_broken_pipe(self) -> None:
        """Raise what was caught."""
        raise BrokenPipeError


class _Printable(RenderHook):
    """Cleans what is printed on a console."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """Each thing to print, cleaned."""
        return [_Cleaned(renderable) for renderable in renderables]


class _Cleaned:
    """Something to print without control characters; those of the console itself stay."""

    def __init__(self, renderable: ConsoleRenderable) -> None:
        self.renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.renderable)


def _console(stream: Any) -> Console:
    """A console that writes text as it stands: no markup, no guessing what is a number or a path."""
    console = _Console(file=stream, highlight=False, markup=False, emoji=False)
    console.width = max(80, min(console.width, WIDEST))
    console.push_render_hook(_Printable())
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
    from glassnet.tables.columns.column_note import GraveNote
    from glassnet.tables.door import for_the_command

    console, remarks = notes(), list(remarks)
    printed = remarks if all_of_them else remarks[:MOST_NOTES]
    for remark in printed:
        word = "warning: " if isinstance(remark, GraveNote) else "note: "
        console.print(Text(word, style="yellow").append(for_the_command(remark), style="not yellow"), soft_wrap=True)
    if len(remarks) > len(printed):
        console.print(
            Text(f"note: {len(remarks) - len(printed)} more of the kind; --verbose shows them", style="yellow")
        )


def let_go(stream: Any) -> OSError | None:
    """Write what a stream still holds; when that fails, drop it, so that the end of the process does not complain."""
    try:
        stream.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)
        return error
    except ValueError:  # it is closed
        pass
    return None


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
