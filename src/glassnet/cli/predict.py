"""``glassnet predict``: a stored network and a table in, predictions out as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.options.destination import PREDICTIONS, check_destination
from glassnet.cli.options.options import Force, ModelPath, Reading, TablePath
from glassnet.cli.options.threshold import Event, check_threshold
from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

EXAMPLES = """
Examples:

glassnet predict patients.glassnet new-patients.csv

glassnet predict patients.glassnet new-patients.csv --out predictions.csv

glassnet predict patients.glassnet new-patients.csv --threshold 0.2

glassnet predict patients.glassnet new-patients.xlsx --out predictions.xlsx --with-table

glassnet predict scans.glassnet new-scans/ --out predictions.csv

glassnet predict houses.glassnet new-houses.csv --interval 0.9
"""


def predict(
    model: ModelPath,
    table: TablePath,
    options: Reading,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            "-o",
            show_default=False,
            help="The file to write instead of the standard output, in the format of its ending: .csv, .tsv, .xlsx, "
            ".parquet, .feather, .jsonl, .sav, .dta, .xpt, .rds, .sqlite, .duckdb; also with .gz.",
        ),
    ] = None,
    table_too: Annotated[
        bool, typer.Option("--with-table", help="The columns of TABLE come first, then the predictions.")
    ] = False,
    interval: Annotated[
        float | None,
        typer.Option(
            "--interval",
            help="Add prediction intervals that cover this share of rows, such as 0.9.",
            show_default=False,
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold",
            help="For two classes: the probability at or above which a row is classified as the event.",
            show_default="that of the model",
        ),
    ] = None,
    event: Event = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print all remarks on the table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no remarks, and only the path of --out.")] = False,
    force: Force = False,
) -> None:
    """Predict every row of a table: the class with its probabilities, or the amount.

    The columns are checked against those of training; remarks go to the standard error. Rows are numbered from 1, the
    first below the header; images are treated as those of training were, and have their names beside them. A text cell
    that a spreadsheet would run as a formula gets a leading apostrophe.
    """
    from glassnet.atomic import write_atomically
    from glassnet.estimators import open_model
    from glassnet.tables.reading.writing import WRITERS, as_bytes, writer_of

    if out is not None:
        check_destination(out, PREDICTIONS, inputs={"table": table, "model file": model}, force=force)
        writer_of(out)  # refuses an ending before there is any work
    estimator = open_model(model)
    if threshold is not None or event is not None:
        estimator = _decided(estimator, threshold, event)
    rows = options.table_for(estimator, table)
    if not quiet and (decision := getattr(estimator, "decision_", None)) is not None:
        terminal.print_notes([f"The prediction is {decision.rule(estimator.classes_)}."])
    if not quiet:
        # the first says how a table was read; what was skipped or guessed follows
        terminal.print_notes(rows.notes if rows.unit == "image" else rows.notes[1:], all_of_them=True)
        terminal.print_notes(estimator.schema_.encode(rows).notes, all_of_them=verbose)
    columns = predicted(estimator, rows, interval)
    if table_too:
        columns = with_table(rows, columns)
    if out is None:
        terminal.write_data(as_csv(columns))
        return
    is_text = writer_of(out) is WRITERS[0] and out.suffix != ".gz"
    write_atomically(out, as_csv(columns) if is_text else as_bytes(out, columns))
    message = f"Wrote {rows.n_rows} predictions to {out} ({terminal.size(out)})."
    terminal.output().print(str(out) if quiet else message, soft_wrap=True)


def _decided(estimator: Any, threshold: float | None, event: str | None) -> Any:
    """The model with another threshold, checked in the words of the command line."""
    if not hasattr(estimator, "with_threshold"):
        raise ConfigurationError("--threshold is for models of two classes, and this is not one. Omit it.")
    check_threshold(None if threshold is None else str(threshold), event, estimator.schema_)
    return estimator.with_threshold(threshold, event=event)


def predicted(estimator: Any, rows: Any, coverage: float | None = None) -> dict[str, Sequence[Any]]:
    """The predictions of every row as named columns, with the ends of an interval where a coverage is given."""
    from glassnet.tables.table import IMAGE

    columns: dict[str, Sequence[Any]] = {"row": range(1, rows.n_rows + 1)}
    if rows.unit == "image":
        columns[IMAGE] = [rows.column(IMAGE).item(row) for row in range(rows.n_rows)]
    columns |= estimator._printed(rows)
    if coverage is not None:
        if not hasattr(estimator, "predict_interval"):
            raise ConfigurationError("--interval is for amounts; this model predicts classes, with probabilities.")
        ends = estimator.predict_interval(rows, coverage).T.tolist()
        columns |= {f"{end} end of {coverage:g}": values for end, values in zip(("lower", "upper"), ends, strict=True)}
    return columns


def with_table(rows: Any, columns: dict[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The columns of the table, numbers as numbers, and behind them the predictions under names of their own."""
    from glassnet.tables.notation.number_text import LEADING_ZERO

    columns_out: dict[str, Sequence[Any]] = {"row": columns["row"]} if "row" not in rows.names else {}
    for name in rows.names:
        cells = rows.column(name)
        values, bad = cells.numbers()
        columns_out[name] = (
            [cells.item(row) for row in range(rows.n_rows)]
            if bad.any() or cells.matches(LEADING_ZERO).any()
            else [None if value != value else int(value) if value.is_integer() else value for value in values.tolist()]
        )
    for name, values in columns.items():
        if name != "row":
            columns_out[f"{name} (2)" if name in columns_out else name] = values
    return columns_out


def as_csv(columns: dict[str, Sequence[Any]]) -> str:
    """The columns as CSV text, probabilities to six digits."""
    from glassnet.tables.reading.writing import delimited

    short = {
        name: [f"{p:.6g}" for p in values] if name.startswith("probability of ") else values
        for name, values in columns.items()
    }
    return delimited(short)
