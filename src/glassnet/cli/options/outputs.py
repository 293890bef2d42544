"""Files that a command writes: every path is checked before the work, and printed after it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from glassnet.cli.options.destination import PAGE, Kind, check_destination
from glassnet.cli.options.options import Force, Quiet
from glassnet.cli.terminal import terminal


class File(NamedTuple):
    """A file that was asked for, or not.

    Attributes
    ----------
    path : path or None
    kind : Kind
    said : str
        What is in it, for the line that names it: "the report".
    content : callable
        Gives it, once the work is done.
    """

    path: Path | None
    kind: Kind
    said: str
    content: Callable[[], str | bytes]


@dataclass(frozen=True)
class Written:
    """The options of every command that prints what it finds, and writes it as a page and in other forms."""

    html: Annotated[Path | None, typer.Option("--html", help="Write a page for the browser.", show_default=False)] = (
        None
    )
    quiet: Quiet = False
    force: Force = False

    def page(self, said: str, content: Callable[[], str]) -> File:
        """The page."""
        return File(self.html, PAGE, said, content)

    def check(self, inputs: Mapping[str, Path | None], *files: File) -> None:
        """Refuse places where something would be destroyed."""
        for number, file in enumerate(files):
            if file.path is not None:
                others = {f"other {other.kind.what}" if other.kind is file.kind else other.kind.what: other.path
                          for k, other in enumerate(files) if k != number}  # fmt: skip
                check_destination(file.path, file.kind, inputs=inputs, outputs=others, force=self.force)

    def write(self, text: str, *files: File) -> None:
        """Write the files, print the text unless only paths were asked for, and say what was written."""
        from glassnet.atomic import write_atomically

        wished = [(file, file.path) for file in files if file.path is not None]
        for file, path in wished:
            write_atomically(path, file.content())
        if not (self.quiet and wished):
            terminal.write(text)
        for file, path in wished:
            message = f"Wrote {file.said} to {path} ({terminal.size(path)})."
            terminal.output().print(str(path) if self.quiet else message, soft_wrap=True)
