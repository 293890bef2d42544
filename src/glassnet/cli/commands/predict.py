"""``glassnet predict``: apply a saved model to a table and write the predictions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from glassnet.cli.options.destination import PREDICTIONS, check_destination, check_folder
from glassnet.cli.options.options import Force, ModelPath, Reading, TablePath
from glassnet.cli.options.threshold import Event, check_threshold
from glassnet.cli.summary.predictions import predicted, shortened, with_table
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

glassnet predict visits.glassnet visits/ --out-folder predictions/
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
            ".ods, .parquet, .feather, .jsonl, .sav, .dta, .xpt, .rds, .rda, .sqlite, .duckdb; also packed, with .gz, "
            ".zst, .zip, .bz2 or .xz. Text has the delimiter, the decimal sign and the encoding of TABLE.",
        ),
    ] = None,
    out_folder: Annotated[
        Path | None,
        typer.Option(
            "--out-folder",
            show_default=False,
            help="A new folder for Parquet files, written block by block, so that tables of any size fit into memory. "
            "For a folder of Parquet files, the output files have the same names.",
        ),
    ] = None,
    table_too: Annotated[
        bool, typer.Option("--with-table", help="Write the columns of TABLE first, then the predictions.")
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
            show_default="the model's threshold",
        ),
    ] = None,
    event: Event = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print all notes on the table.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print no notes, and only the path of --out.")] = False,
    force: Force = False,
) -> None:
    """Predict every row of a table: the class with its probabilities, or the amount.

    The columns are checked against those of the training table; notes go to standard error. Rows are numbered from 1,
    the first below the header. Images are processed like the training images and listed by name. A text cell that a
    spreadsheet would run as a formula gets a leading apostrophe.
    """
    from glassnet.atomic import write_atomically
    from glassnet.cli.summary.prediction_folder import FolderDisplay, PredictionFolder
    from glassnet.estimators import open_model
    from glassnet.tables.notation.number_text import counted
    from glassnet.tables.reading.writing.dialect import Dialect
    from glassnet.tables.reading.writing.writer import as_bytes, writer_of

    if out is not None:
        check_destination(out, PREDICTIONS, inputs={"table": table, "model file": model}, force=force)
        writer_of(out)  # rejects an unknown file extension before any work
    if out_folder is not None:
        if out is not None:
            raise ConfigurationError("--out and --out-folder cannot be combined. Give one of them.")
        check_folder(out_folder, inputs={"table": table, "model file": model}, force=force)
    estimator = open_model(model)
    if threshold is not None or event is not None:
        estimator = _with_threshold(estimator, threshold, event)
    rows = options.table_for(estimator, table)
    if not quiet and (decision := getattr(estimator, "decision_", None)) is not None:
        terminal.print_notes([f"The prediction is {decision.rule(estimator.classes_)}."])
    if not quiet:
        # the first note says how a table was read; the others say what was skipped or guessed
        terminal.print_notes(rows.notes if rows.unit == "image" else rows.notes[1:], all_of_them=True)
    if out_folder is not None:
        folder = PredictionFolder(estimator, table, rows, interval=interval, table_too=table_too)
        with FolderDisplay(terminal.notes(), quiet=quiet) as display:
            remarks = folder.write(out_folder, display.update, replace=force)
        if not quiet:
            terminal.print_notes(remarks, all_of_them=verbose)
        message = f"Wrote {rows.n_rows} predictions to {out_folder}{os.sep}, {counted(folder.n_files, 'Parquet file')}."
        terminal.output().print(str(out_folder) if quiet else message, soft_wrap=True)
        return
    if not quiet:
        terminal.print_notes(estimator.schema_.encode(rows).notes, all_of_them=verbose)
    columns = predicted(estimator, rows, interval)
    is_text = out is None or writer_of(out).write is None
    if table_too:
        columns = with_table(rows, columns, verbatim=is_text and "delimiter" in rows.reading)
    dialect = Dialect.of(rows.reading)
    if out is not None:
        dialect = writer_of(out).dialect(dialect)
    if is_text:
        columns = shortened(columns, dialect)
    if out is None:
        terminal.write_data(dialect.text(columns))
        return
    how = ""
    if is_text:
        dialect = dialect.holding(columns)
        how = f", {dialect.words}, as the table" if dialect.words else ""
    write_atomically(out, as_bytes(out, columns, dialect))
    message = f"Wrote {rows.n_rows} predictions to {out} ({terminal.size(out)}{how})."
    terminal.output().print(str(out) if quiet else message, soft_wrap=True)


def _with_threshold(estimator: Any, threshold: float | None, event: str | None) -> Any:
    """The model with another threshold, with error messages for the command line."""
    if not hasattr(estimator, "with_threshold"):
        raise ConfigurationError("--threshold is for models with two classes, and this is not one. Omit it.")
    check_threshold(None if threshold is None else str(threshold), event, estimator.schema_)
    return estimator.with_threshold(threshold, event=event)
