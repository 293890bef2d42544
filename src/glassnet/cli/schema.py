"""``glassnet schema``: what is understood of a table, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli import terminal
from glassnet.cli.destination import SCHEMA, check_destination
from glassnet.cli.options import Force, Quiet, TablePath, Understanding

EXAMPLES = """
Examples:

glassnet schema patients.csv

glassnet schema patients.csv --target outcome --kind ward=category

glassnet schema patients.csv --target outcome --write patients.toml

glassnet schema patients.csv --schema patients.toml
"""
_MOST_COLUMNS = 40


def schema(
    table: TablePath,
    options: Understanding,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            "-w",
            metavar="FILE.toml",
            help="Write it to a file, to edit it and use it with --schema.",
            show_default=False,
        ),
    ] = None,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Show what is understood of a table: kinds of columns, categories, missing cells, and what is left out.

    Nothing is trained. The train command uses exactly this understanding.
    """
    from glassnet.atomic import write_atomically
    from glassnet.tables import Declaration

    if write is not None:
        check_destination(write, SCHEMA, inputs={"table": table, "schema file": options.schema_file}, force=force)
    rows, understood = options.understood(table)
    console = terminal.output()
    if write is not None:
        write_atomically(write, Declaration.of(understood, rows).to_toml(understood))
    if not quiet:
        print_schema(console, understood, rows.notes)
    if write is not None:
        said = f"Wrote {write}. Edit it, and pass it on with --schema {write}."
        console.print(str(write) if quiet else said, soft_wrap=True)


def print_schema(console: Console, understood: Any, notes: Iterable[str]) -> None:
    """Print the columns of a schema and everything worth a remark."""
    for remark in notes:
        console.print(f"  {remark}")
    if understood.task:
        console.print(f"  {understood.task}: {understood.task_reason}.")
    console.print()
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for heading in ("column", "role", "kind", "what is known of it"):
        grid.add_column(heading, overflow="fold")
    rows = understood.describe()
    for name, role, kind, learned in rows[:_MOST_COLUMNS]:
        style = {"target": "bold", "left out": "dim"}.get(role, "")
        grid.add_row(Text(name), role, kind.replace("_", "/"), Text(learned), style=style)
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if len(rows) > _MOST_COLUMNS:
        console.print(f"  ... and {len(rows) - _MOST_COLUMNS} more columns")
    console.print()
