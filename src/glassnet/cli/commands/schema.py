"""``glassnet schema``: how a table is interpreted, before anything is trained."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table as Grid
from rich.text import Text

from glassnet.cli.options.destination import SCHEMA, check_destination
from glassnet.cli.options.options import Force, Quiet, TablePath, Understanding
from glassnet.cli.options.survival_loss import TimedEvent
from glassnet.cli.summary.survival import with_event
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

EXAMPLES = """
Examples:

glassnet schema patients.csv

glassnet schema patients.csv --target outcome --kind ward=category

glassnet schema patients.csv --target outcome --write patients.toml

glassnet schema patients.csv --schema patients.toml

glassnet schema patients.csv --target outcome --fix

glassnet schema study.csv --target months --event died
"""
_MOST_COLUMNS = 40


def schema(
    table: TablePath,
    options: Understanding,
    event: TimedEvent = None,
    write: Annotated[
        Path | None,
        typer.Option(
            "--write",
            "-w",
            metavar="FILE.toml",
            help="Write the schema to a file, to edit it and pass it with --schema.",
            show_default=False,
        ),
    ] = None,
    fix: Annotated[
        bool,
        typer.Option("--fix", help="Accept the first choice of each proposal, and write TABLE.toml for review."),
    ] = False,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Show how a table is interpreted: kinds of columns, categories, missing cells, and what is left out.

    Nothing is trained. The train command uses exactly this schema. Open questions are listed at the end, each with the
    options that answer it; --fix accepts the first option of each and writes a file for review.
    """
    from glassnet.atomic import write_atomically
    from glassnet.tables import Declaration
    from glassnet.tables.notation.number_text import counted

    if fix and write is None:
        write = table.with_suffix(".toml")
        if write.exists() and not force:
            raise ConfigurationError(
                f"{write} exists already. Name the file with --fix --write FILE.toml, or overwrite it with --force."
            )
    if write is not None:
        check_destination(write, SCHEMA, inputs={"table": table, "schema file": options.schema_file}, force=force)
    rows, understood = (options if event is None else with_event(options, event)).understood(table)
    console = terminal.output()
    if not quiet:
        print_schema(console, understood, rows.notes)
        print_proposals(console, understood.proposals)
    if write is None:
        return
    declaration, remark = (
        Declaration.of(understood, rows),
        f"Wrote {write}. Edit it, and pass it with --schema {write}.",
    )
    if fix:
        declaration = declaration.accepting(understood.proposals)
        accepted = counted(len(understood.proposals), "proposal")
        remark = f"Wrote {write} with {accepted} accepted. Review it, and pass it with --schema {write}."
    write_atomically(write, declaration.to_toml(understood))
    console.print(str(write) if quiet else remark, soft_wrap=True)


def print_proposals(console: Console, proposals: Sequence[Any]) -> None:
    """Print the open questions, with the options that answer them."""
    from glassnet.tables.notation.number_text import counted

    if not proposals:
        return
    console.print(counted(len(proposals), "open question"))
    for number, proposal in enumerate(proposals[:_MOST_COLUMNS], start=1):
        console.print(f"  {number}. {proposal.column}: {proposal.finding}")
        for option in command_options(proposal):
            console.print(f"       {option}", soft_wrap=True)
    if len(proposals) > _MOST_COLUMNS:
        console.print(f"  ... and {len(proposals) - _MOST_COLUMNS} more")
    console.print()


def command_options(proposal: Any) -> list[str]:
    """The command-line options that accept a proposal, one for each choice.

    Examples
    --------
    >>> from glassnet.tables import Proposal
    >>> command_options(Proposal("Which order?", ("date:dmy", "date:mdy"), column="first seen"))
    ["--kind 'first seen=date:dmy'", "--kind 'first seen=date:mdy'"]
    """
    if proposal.events:
        time = shlex.quote(proposal.time)
        return [f"--target {time} --event {shlex.quote(event)}" for event in proposal.events]
    if proposal.null:
        return [f"--null {shlex.quote(proposal.null)}"]
    return [f"--kind {shlex.quote(f'{proposal.column}={kind}')}" for kind in proposal.kinds]


def print_schema(console: Console, understood: Any, notes: Iterable[str]) -> None:
    """Print the columns of a schema and its notes."""
    from glassnet.tables.door import for_the_command

    for remark in notes:
        console.print(f"  {for_the_command(remark)}")
    if understood.task:
        console.print(f"  {understood.task}: {for_the_command(understood.task_reason)}.")
    console.print()
    grid = Grid(box=None, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for heading in ("column", "role", "kind", "description"):
        grid.add_column(heading, overflow="fold")
    rows = understood.describe()
    for name, role, kind, learned in rows[:_MOST_COLUMNS]:
        style = {"target": "bold", "left out": "dim"}.get(role, "")
        grid.add_row(Text(name), role, kind.replace("_", "/"), Text(for_the_command(learned)), style=style)
    console.print(Padding(grid, (0, 0, 0, 2), expand=False))
    if len(rows) > _MOST_COLUMNS:
        console.print(f"  ... and {len(rows) - _MOST_COLUMNS} more columns")
    console.print()
