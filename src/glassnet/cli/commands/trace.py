"""``glassnet trace``: one row's path through the network, and what one training step on it would change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from glassnet.cli.options.destination import PAGE, check_destination
from glassnet.cli.options.options import Force, ModelPath, Quiet, Reading, TablePath
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError, DataError

EXAMPLES = """
Examples:

glassnet trace patients.glassnet patients.csv --row 1

glassnet trace patients.glassnet patients.csv --row 1 --html trace.html

glassnet trace patients.glassnet patients.csv --row 1 --parameter "W1[0,2]"
"""


def trace(
    model: ModelPath,
    table: TablePath,
    options: Reading,
    row: Annotated[
        int, typer.Option("--row", "-r", help="The number of the row; 1 is the first below the header.")
    ] = 1,
    network: Annotated[int, typer.Option("--network", help="The number of the network, from 1.", min=1)] = 1,
    together: Annotated[
        bool, typer.Option("--together", help="For networks with shared layers: the step of all of them, as text.")
    ] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page for the browser instead of text.", show_default=False)
    ] = None,
    digits: Annotated[int, typer.Option("--digits", min=1, max=17, help="Significant digits of each number.")] = 4,
    parameter: Annotated[
        str | None,
        typer.Option(
            "--parameter", "-p", help="Explain only this weight or bias, such as W1[0,2] or b2[0].", show_default=False
        ),
    ] = None,
    quiet: Quiet = False,
    force: Force = False,
) -> None:
    """Open one prediction: every number of its forward pass, its loss, its backward pass, and one training step.

    The step is computed but not taken, so the model file does not change. The row must have a target value.
    """
    from glassnet.atomic import write_atomically
    from glassnet.estimators import open_model

    if html is not None:
        check_destination(html, PAGE, inputs={"table": table, "model file": model}, force=force)
    estimator = open_model(model)
    rows = options.table_for(estimator, table)
    if not quiet and rows.unit == "image":
        terminal.print_notes(rows.notes, all_of_them=True)
    if not 1 <= row <= rows.n_rows:
        raise DataError(
            f"{table} has the rows 1 to {rows.n_rows}; there is no row {row}. Row 1 is the first below the header."
        )
    count = estimator.recipe_.n_networks
    if network > count:
        raise ConfigurationError(f"{model} has the networks 1 to {count}; there is no network {network}.")
    if together:
        if html is not None:
            raise ConfigurationError("--together writes text only. Omit --html, or open one network.")
        step = estimator.trace(rows, row - 1, network="all")
        text = str(step.explain(parameter, digits=digits)) if parameter is not None else step.text(digits=digits)
        terminal.write(f"Row {row} is {rows.row_name(row - 1)} of {table}.\n\n{text}\n")
        return
    step_trace = estimator.trace(rows, row - 1, network=network - 1)
    if parameter is not None:
        explained = str(step_trace.explain(parameter, digits=digits))
        if step_trace.note:
            terminal.notes().print(step_trace.note)
        terminal.write(f"{explained}\n")
    elif html is not None:
        write_atomically(html, step_trace.html(digits=digits))
        message = f"Wrote the trace of row {row} ({rows.row_name(row - 1)}) to {html} ({terminal.size(html)})."
        terminal.output().print(str(html) if quiet else message, soft_wrap=True)
        if step_trace.note and not quiet:
            terminal.output().print(step_trace.note)
    else:
        terminal.write(f"Row {row} is {rows.row_name(row - 1)} of {table}.\n\n{step_trace.text(digits=digits)}\n")
