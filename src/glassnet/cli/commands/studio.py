"""``glassnet studio``: a local page to open a table, watch a network learn, and open every number."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.terminal import terminal
from glassnet.errors import FileError, MissingDependency

EXAMPLES = """
Examples:

glassnet studio

glassnet studio patients.csv

glassnet studio --no-browser --port 8765 --folder course
"""
_NEEDED = ("msgspec", "platformdirs", "starlette", "uvicorn")
_REACH = "Reach"


def studio(
    table: Annotated[
        Path | None, typer.Argument(
            help="A table to open at the start (CSV, TSV or Parquet), or a folder of images.", show_default=False
        ),
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the start address; open it yourself.")
    ] = False,
    folder: Annotated[
        Path | None,
        typer.Option(help="The folder for runs and tables.", show_default="your account's data folder"),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            help="The port.", min=0, max=65535, show_default="the last one, or a free one", rich_help_panel=_REACH
        ),
    ] = 0,
    host: Annotated[
        str, typer.Option(help="The address to listen on; opening it to other machines is at your own risk.",
            rich_help_panel=_REACH)
    ] = "127.0.0.1",
    origin: Annotated[
        list[str] | None,
        typer.Option(help="The origin of another page that may call this server, for development.",
                     rich_help_panel=_REACH, show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Open the studio: your table, a network that you watch learn, and every number down to the chain rule.

    The page is served on this machine only and needs no internet connection. The start address works once; the tab that
    it opens stays signed in. Runs, tables and settings are kept in a folder, so nothing is lost when the browser is
    closed or the server is killed.
    """
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependency(f"The studio needs {' and '.join(missing)}. Install with:\npip install 'glassnet[app]'")
    # Threads of NumPy's products spin while they wait for the next one, on the cores that should draw the page. This
    # lets them sleep at once. NumPy reads it when it is loaded; it changes neither their number nor a bit.
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")
    from glassnet.studio.server import serve

    if table is not None and not (table.is_file() or table.is_dir()):  # reading a pipe or device may never end
        raise FileError(f"There is no file or folder {table}. Check the path.")
    if folder is not None and folder.exists() and not folder.is_dir():
        raise FileError(f"--folder {folder} is a file. Give a folder for runs and tables.")
    out = terminal.output()
    serve(
        table, folder=folder, host=host, port=port, origins=tuple(origin or ()), browser=not no_browser,
        say=lambda line: out.print(line, soft_wrap=True),
    )  # fmt: skip
