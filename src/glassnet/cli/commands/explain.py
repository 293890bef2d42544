"""``glassnet explain``: why a saved model predicts what it does for one row, and what would change the prediction."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from glassnet.cli.options.destination import CONTRIBUTIONS
from glassnet.cli.options.options import ModelPath, Reading, TablePath
from glassnet.cli.options.outputs import File, Written
from glassnet.errors import ConfigurationError, DataError

if TYPE_CHECKING:
    from glassnet.explanation import Contributions, Explanation

EXAMPLES = """
Examples:

glassnet explain patients.glassnet patients.csv --row 6

glassnet explain patients.glassnet new-patients.csv --row 1 --background patients.csv --threshold 0.2 --keep age

glassnet explain patients.glassnet patients.csv --row 6 --html why.html --out contributions.csv

glassnet explain study.glassnet study.csv --row 3 --horizon 24
"""


def explain(
    model: ModelPath,
    table: TablePath,
    options: Reading,
    written: Written,
    row: Annotated[int, typer.Option("--row", "-r", help="The number of the row; 1 is the first below the "
                                                         "header.")] = 1,
    label: Annotated[
        str | None,
        typer.Option(
            "--class", metavar="LABEL", help="The class, or the competing cause, whose prediction is explained.",
            show_default="the predicted class, or the first cause",
        ),
    ] = None,
    background: Annotated[
        Path | None,
        typer.Option(
            "--background", metavar="TABLE", help="The background rows to compare with, such as the training rows.",
            show_default="TABLE itself",
        ),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(
            "--threshold", help="The probability or amount that a change should make the prediction cross.",
            show_default="another class",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(
            "--keep", metavar="COLUMN", help="A column that must not be changed, such as age.", show_default=False
        ),
    ] = None,
    log_odds: Annotated[
        bool, typer.Option("--log-odds", help="Explain the log odds of a class instead of its probability.")
    ] = False,
    horizon: Annotated[
        float | None,
        typer.Option(
            "--horizon", metavar="TIME", show_default="the risk",
            help="For a time to an event: explain the probability of being free of the event at this time, in the "
            "unit of the table.",
        ),
    ] = None,
    square: Annotated[
        int | None,
        typer.Option(
            "--square", metavar="PIXELS", show_default="a seventh of the image", min=1,
            help="For images: the side of the square that covers a part of the image.",
        ),
    ] = None,
    fill: Annotated[
        str | None,
        typer.Option(
            "--fill", metavar="FILL", show_default="mean",
            help="For images: what the square is filled with: the mean of the training images (mean), the mean of the "
            "square itself (local), or a blurred image (blur).",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the contributions of every row as CSV.", show_default=False),
    ] = None,
) -> None:  # fmt: skip
    """Explain one prediction: what each column contributes, what would change it, and the most similar rows.

    Contributions sum to the difference from the mean prediction over the background rows. They describe what the model
    does, not what would happen to a patient whose values were changed.
    """
    from glassnet.estimators import open_model
    from glassnet.explanation import Question
    from glassnet.explanation import explain as explained

    inputs = {"table": table, "model file": model, "background": background}
    files = (
        written.page(f"the explanation of row {row}", lambda: why.html()),
        File(out, CONTRIBUTIONS, "the contributions of every row", lambda: as_csv(why, rows, others)),
    )
    written.check(inputs, *files)
    estimator = open_model(model)
    scale = "log_odds" if log_odds else None
    Question.of(estimator, scale, horizon)  # rejects a model without a table before the table is read
    rows = options.table_for(estimator, table)
    if not 1 <= row <= rows.n_rows:
        raise DataError(
            f"{table} has the rows 1 to {rows.n_rows}; there is no row {row}. Row 1 is the first below the header."
        )
    others = None if background is None else options.table_for(estimator, background)
    if label is not None and len(Question.of(estimator).outputs) < 2:
        raise ConfigurationError(f"--class is for classes; this model predicts {estimator.outcome_.noun}. Omit it.")
    why = explained(
        estimator, rows, row - 1, background=others, output=label, scale=scale, threshold=threshold, keep=keep or (),
        horizon=horizon, square=square, fill=fill,
    )  # fmt: skip
    written.write(f"Row {row} is {rows.row_name(row - 1)} of {table}.\n\n{why.text()}", *files)


def as_csv(why: Explanation, rows: object, others: object) -> str:
    """The contributions for every row to the explained output as CSV, with their largest standard error."""
    from glassnet.explanation import contributions
    from glassnet.tables.reading.writing.dialect import safe_cell

    question = why.one.question
    result: Contributions = contributions(
        question.model, rows, background=others, scale=question.scale, horizon=question.horizon
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    head = ["row", "answer", "mean answer", "largest standard error", *(f"contribution of {n}" for n in result.names)]
    writer.writerow([safe_cell(name) for name in head])
    k = why.output
    for number, values in enumerate(result.values[:, :, k], start=1):
        lead = (result.answers[number - 1, k], result.base[k], result.errors[number - 1, :, k].max())
        writer.writerow([number, *(f"{value:.9g}" for value in (*lead, *values))])
    return text.getvalue()
