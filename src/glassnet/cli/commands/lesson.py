"""``glassnet lesson``: the lecture, or your own table, as a page that trains in the browser without a server."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options.destination import PAGE, check_destination
from glassnet.cli.options.options import Force, Quiet
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError, FileError, MissingDependency

EXAMPLES = """
Examples:

glassnet lesson

glassnet lesson --chapter 3 --out week-2.html

glassnet lesson flowers.csv --target species --leave-out id --out flowers.html
"""
_CONTROLS = (
    "network", "weights", "settings", "objective", "training", "learning_rate", "start", "preparation", "view",
    "lecture",
)  # fmt: skip


def lesson(
    table: Annotated[
        Path | None,
        typer.Argument(help="A table instead of the lecture. **The page contains its rows.**", show_default=False),
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", "-t", help="The column to predict.", show_default="the last one")
    ] = None,
    leave_out: Annotated[
        list[str] | None,
        typer.Option("--leave-out", help="A column to leave out of the page; repeat for more.", show_default=False),
    ] = None,
    chapter: Annotated[int, typer.Option(help="The chapter of the lecture to open with.", min=1)] = 1,
    hide: Annotated[
        list[str] | None,
        typer.Option(
            help=f"A control to hide: {', '.join(_CONTROLS)}; repeat for more.",
            show_default=False, autocompletion=lambda: list(_CONTROLS),
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write.")] = Path("lesson.html"),
    quiet: Quiet = False,
    force: Force = False,
) -> None:  # fmt: skip
    """Write a page for a class: a network that trains in the browser, with every number open, without a server.

    The page is one file of less than a megabyte that you can email or put on a website. It needs neither glassnet
    nor the internet, and it sends nothing. Its numbers are those of the studio and of the trace.
    """
    if importlib.util.find_spec("msgspec") is None:
        raise MissingDependency("The lesson needs msgspec. Install with:\npip install 'glassnet[app]'")
    from glassnet.atomic import write_atomically
    from glassnet.studio.lesson import lecture_page, table_page

    unknown = [name for name in hide or () if name not in _CONTROLS]
    if unknown:
        raise ConfigurationError(f"There is no control {unknown[0]!r} to hide. Known: {', '.join(_CONTROLS)}.")
    if table is None:
        for option, given in (("--target", target), ("--leave-out", leave_out)):
            if given:
                raise ConfigurationError(f"{option} is for your own table. Give its file as well.")
    elif chapter != 1:
        raise ConfigurationError("--chapter is for the lecture, not for your own table. Omit one of them.")
    if table is not None and not table.is_file():
        raise FileError(f"There is no file {table}. Check the path.")
    check_destination(out, PAGE, inputs={"table": table}, force=force)
    if table is None:
        page = lecture_page(chapter, hide or ())
    else:
        page = table_page(table, target, leave_out or (), hide or ())
    write_atomically(out, page)
    message = f"Wrote the lesson to {out} ({terminal.size(out)}). Open it in a browser, or email it."
    if table is not None:
        message += f" It contains the rows of {table.name}: anyone who has the page has the data."
    terminal.output().print(str(out) if quiet else message, soft_wrap=True)
