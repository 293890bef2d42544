"""``glassnet predict``: a stored network and a table in, predictions out as CSV."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli import terminal
from glassnet.cli.destination import PREDICTIONS, check_destination
from glassnet.cli.options import Force, ModelPath, Reading, TablePath
from glassnet.cli.threshold import Event, check_threshold
from glassnet.errors import ConfigurationError

EXAMPLES = """
Examples:

glassnet predict patients.glassnet new-patients.csv

glassnet predict patients.glassnet new-patients.csv --out predictions.csv

glassnet predict patients.glassnet new-patients.csv --threshold 0.2

glassnet predict scans.glassnet new-scans/ --out predictions.csv

glassnet predict houses.glassnet new-houses.csv --interval 0.9
"""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def predict(
    model: ModelPath,
    table: TablePath,
    options: Reading,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write here instead of to the standard output.", show_default=False),
    ] = None,
    interval: Annotated[
        float | None,
        typer.Option(
            "--interval",
            help="Also where the amount lies for this share of rows, such as 0.9.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="Of two classes: from which probability on a row is called the event.",
            show_default="that of the model",
        ),
    ] = None,
    event: Event = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print every remark on the table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no remarks, and of --out only the path.")] = False,
    force: Force = False,
) -> None:
    """Predict every row of a table: the class with its probabilities, or the amount.

    The columns are checked against those of training; remarks go to the standard error. Rows are numbered from 1, the
    first below the header; images are treated as those of training were, and have their names beside them. A text cell
    that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    from glassnet.atomic import write_atomically
    from glassnet.estimators import load

    if out is not None:
        check_destination(out, PREDICTIONS, inputs={"table": table, "model file": model}, force=force)
    estimator = load(model)
    if threshold is not None or event is not None:
        estimator = _decided(estimator, threshold, event)
    rows = options.table_for(estimator, table)
    if not quiet and (decision := getattr(estimator, "decision_", None)) is not None:
        terminal.print_notes([f"The prediction is {decision.rule(estimator.classes_)}."])
    if not quiet:
        terminal.print_notes(rows.notes if rows.unit == "image" else [], all_of_them=True)
        terminal.print_notes(estimator.schema_.encode(rows).notes, all_of_them=verbose)
    text = as_csv(estimator, rows, interval)
    if out is None:
        terminal.write_data(text)
        return
    write_atomically(out, text)
    said = f"Wrote {rows.n_rows} predictions to {out} ({terminal.size(out)})."
    terminal.output().print(str(out) if quiet else said, soft_wrap=True)


def _decided(estimator: Any, threshold: float | None, event: str | None) -> Any:
    """The model with another threshold, checked in the words of the command line."""
    if not hasattr(estimator, "with_threshold"):
        raise ConfigurationError(
            "--threshold is for tables with two classes; this model says something else. Leave it out."
        )
    check_threshold(None if threshold is None else str(threshold), event, estimator.schema_)
    return estimator.with_threshold(threshold, event=event)


def as_csv(estimator: Any, rows: Any, coverage: float | None = None) -> str:
    """The predictions of every row as CSV text, with the ends of an interval where a coverage is given."""
    from glassnet.tables.table import IMAGE

    header, columns = ["row"], [range(1, rows.n_rows + 1)]
    if rows.unit == "image":
        header.append(IMAGE)
        columns.append([rows.column(IMAGE).item(row) for row in range(rows.n_rows)])
    for name, column in estimator._printed(rows).items():
        header.append(name)
        columns.append(column)
    if coverage is not None:
        if not hasattr(estimator, "predict_interval"):
            raise ConfigurationError("--interval is for amounts; this model predicts classes, with probabilities.")
        header += [f"{end} end of {coverage:g}" for end in ("lower", "upper")]
        columns += estimator.predict_interval(rows, coverage).T.tolist()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([safe_cell(name) for name in header])
    writer.writerows([safe_cell(cell) for cell in row] for row in zip(*columns, strict=True))
    return text.getvalue()


def safe_cell(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula: text that starts like one gets an apostrophe, numbers stay.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("-1.5"), safe_cell(-1.5), safe_cell("well")
    ("'=1+1", '-1.5', -1.5, 'well')
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        try:
            float(cell)
        except ValueError:
            return f"'{cell}"
    return cell
