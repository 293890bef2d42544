"""Files that a command writes; every path is checked before the work and printed after it."""

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
    """An output file, which may or may not have been requested.

    Attributes
    ----------
    path : path or None
    kind : Kind
    label : str
        Its content in words, such as "the report", for the line that names it.
    content : callable
        Returns the content once the work is done.
    """

    path: Path | None
    kind: Kind
    label: str
    content: Callable[[], str | bytes]


@dataclass(frozen=True)
class Written:
    """The options of every command that prints its results and can write them as a page and in other formats."""

    html: Annotated[Path | None, typer.Option("--html", help="Write a page for the browser.", show_default=False)] = (
        None
    )
    quiet: Quiet = False
    force: Force = False

    def page(self, label: str, content: Callable[[], str]) -> File:
        """The page."""
        return File(self.html, PAGE, label, content)

    def check(self, inputs: Mapping[str, Path | None], *files: File) -> None:
        """Refuse paths whose content would be destroyed."""
        for number, file in enumerate(files):
            if file.path is not None:
                others = {f"other {other.kind.what}" if other.kind is file.kind else other.kind.what: other.path
                          for k, other in enumerate(files) if k != number}  # fmt: skip
                check_destination(file.path, file.kind, inputs=inputs, outputs=others, force=self.force)

    def write(self, text: str, *files: File) -> None:
        """Write the files, print the text unless only paths are wanted, and print what was written."""
        from glassnet.atomic import write_atomically

        wished = [(file, file.path) for file in files if file.path is not None]
        for file, path in wished:
            write_atomically(path, file.content())
        if not (self.quiet and wished):
            terminal.write(text)
        for file, path in wished:
            message = f"Wrote {file.label} to {path} ({terminal.size(path)})."
            terminal.output().print(str(path) if self.quiet else message, soft_wrap=True)
