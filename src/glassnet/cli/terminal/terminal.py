"""The two consoles that every command writes to, and the layout of printed text.

Nothing from a file, a table or an argument reaches the terminal as a control sequence: the consoles and
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
    """An output stream that may fail without affecting the work: after a failed write, nothing more is written.

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
        """Write, unless a write has failed."""
        return self._unless_gone(self.stream.write, text) or len(text)

    def flush(self) -> None:
        """Flush, unless a write has failed."""
        self._unless_gone(self.stream.flush)

    def _unless_gone(self, act: Any, *arguments: Any) -> Any:
        if self.failure is None:
            try:
                return act(*arguments)
            except OSError as error:
                self.failure = error
        return None

    def check(self, kept: str) -> None:
        """Raise at the end if a write has failed; `kept` says what was saved nevertheless."""
        if isinstance(self.failure, BrokenPipeError):
            raise ReaderGone
        if self.failure is not None:
            raise FileError(f"The report could not be printed: {self.failure.strerror}. {kept}")


def output() -> Console:
    """The console for results (stdout). It respects NO_COLOR, writes plain text to pipes, and limits line length."""
    return _console(sys.stdout)


def report() -> tuple[Console, Listener]:
    """The console for a report that is not itself the result; if it cannot be printed, the work continues."""
    listener = Listener(sys.stdout)
    return _console(listener), listener


def notes() -> Console:
    """The console for progress and notes (stderr); if they cannot be printed, the work continues."""
    return _console(Listener(sys.stderr))


def write(text: str, *, styled: bool = False) -> None:
    """Write text to stdout without changing its layout; if it is styled, color codes are kept."""
    if styled:
        parts = _STYLES.split(text)
        text = "".join(part if k % 2 else printable(part) for k, part in enumerate(parts))
    else:
        text = printable(text)
    sys.stdout.write(text)
    sys.stdout.flush()


def printable(text: str) -> str:
    """Text that is safe for a terminal, with control characters and direction marks written as ``⟨U+001B⟩``."""
    if text.isascii() and text.isprintable():
        return text
    from glassnet.pages.markup import visible

    return visible(text)


def write_data(text: str) -> None:
    """Write text that programs read: to a terminal as `write` does, elsewhere unchanged."""
    sys.stdout.write(printable(text) if sys.stdout.isatty() else text)
    sys.stdout.flush()


class _Console(Console):
    """A console that reports a closed pipe like any other failed write."""

    def on_broken_pipe(self) -> None:
        """Raise the error that rich has caught."""
        raise BrokenPipeError


class _Printable(RenderHook):
    """A hook that removes control characters from everything printed on a console."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """The renderables without control characters."""
        return [_Cleaned(renderable) for renderable in renderables]


class _Cleaned:
    """A renderable without control characters, except those of the console itself."""

    def __init__(self, renderable: ConsoleRenderable) -> None:
        self.renderable = renderable

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self.renderable, options):
            yield segment if segment.control else Segment(printable(segment.text), segment.style)

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement.get(console, options, self.renderable)


def _console(stream: Any) -> Console:
    """A console that writes text verbatim, without markup and without highlighting numbers or paths."""
    console = _Console(file=stream, highlight=False, markup=False, emoji=False)
    console.width = max(80, min(console.width, WIDEST))
    console.push_render_hook(_Printable())
    return console


def title(text: str, remark: str = "") -> Text:
    """A heading, optionally followed by a dimmed remark."""
    line = Text(text, style="bold")
    return line.append(f"  {remark}", style="not bold dim") if remark else line


def facts(rows: Iterable[tuple[str, Any]]) -> Padding:
    """A list of names and values in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(name, value if isinstance(value, Text) else Text(str(value)))
    return Padding(table, (0, 0, 0, 2), expand=False)


def print_notes(remarks: Iterable[str], *, all_of_them: bool = False) -> None:
    """Print notes on stderr: the first few, and the number of further ones."""
    from glassnet.tables.columns.column_note import GraveNote
    from glassnet.tables.door import for_the_command

    console, remarks = notes(), list(remarks)
    printed = remarks if all_of_them else remarks[:MOST_NOTES]
    for remark in printed:
        word = "warning: " if isinstance(remark, GraveNote) else "note: "
        console.print(Text(word, style="yellow").append(for_the_command(remark), style="not yellow"), soft_wrap=True)
    if len(remarks) > len(printed):
        console.print(Text(f"note: {len(remarks) - len(printed)} more notes; --verbose prints them", style="yellow"))


def let_go(stream: Any) -> OSError | None:
    """Flush a stream; if that fails, discard its content, so that no error is raised when the process exits."""
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
    """The size of a file in readable units."""
    count = path.stat().st_size
    return (
        f"{count} bytes"
        if count < 1024
        else f"{count / 1024:.1f} KB"
        if count < 1024**2
        else f"{count / 1024**2:.1f} MB"
    )
