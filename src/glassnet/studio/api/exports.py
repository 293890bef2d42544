"""Downloads: the lab, the model, the script, the step, the lesson, the predictions."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from starlette.responses import Response

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.tables.models.file import table_from_file
from glassnet.estimators.tables.registry import table_estimators
from glassnet.studio.api.data import attachment
from glassnet.studio.api.runs import entry_of
from glassnet.studio.contract.state import Lab
from glassnet.studio.data.preparation.preparation import Preparation, chosen_table
from glassnet.studio.data.table_text import spreadsheet_text, table_text
from glassnet.studio.entry import Entry
from glassnet.studio.http.request import Call
from glassnet.studio.lesson import lesson_data, lesson_page
from glassnet.studio.lesson.page import COMPILED
from glassnet.studio.run.script import script
from glassnet.studio.storage.model_file import model_file
from glassnet.studio.studio import Studio
from glassnet.studio.views.opening import open_step
from glassnet.tables.outcome import TimeToEvent

MOST_CSV = 1024**2
"""Characters of an own table that a lab holds."""
_STEP_ROWS = 6
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TOO_LARGE = (
    "This table is too large to be included. Send its file along with the lab; whoever opens the lab opens the file "
    "first."
)
_IMAGES_STAY = (
    "A lab does not hold images. Whoever opens it opens the same file of images first: send it along, or save the "
    "images on this page."
)


def _file_name(studio: Studio, entry: Entry) -> str:
    """The base name of the files of a run."""
    return entry.name or studio.shelf.summary(entry.data).name


def export_state(studio: Studio, call: Call) -> Lab:
    """The whole lab; the rows of an own table only when asked for, and of them only the columns that are used."""
    entry = entry_of(studio, call)
    text, columns = None, entry.columns
    if call.whole("table", 0, 0, 1) and entry.run.preparation.image_shape is not None:
        raise DataError(_IMAGES_STAY)
    if call.whole("table", 0, 0, 1) and studio.shelf.summary(entry.data).group == "own":
        table, roles = studio.shelf.table(entry.data), entry.run.preparation.schema.columns
        used = {column.name for column in roles if column.role != "left_out"} | {columns.groups}
        names = [name for name in table.names if name in used]
        if table.n_rows * len(names) > MOST_CSV // 2:
            raise DataError(_TOO_LARGE)
        rows = ([table.columns[name].item(row) for name in names] for row in range(table.n_rows))
        text = table_text(names, rows)
        if len(text) > MOST_CSV:
            raise DataError(_TOO_LARGE)
        kinds = {name: kind for name, kind in columns.kinds.items() if name in names}
        columns = msgspec.structs.replace(columns, kinds=kinds)
    return studio.runs.lab(entry, text, columns)


def export_model(studio: Studio, call: Call) -> Response:
    """The model file."""
    entry = entry_of(studio, call)
    with entry.run.still() as machine:
        weights, biases = machine.parameters()
    model = model_file(entry.run.preparation, weights, biases, machine.dtype, entry.threshold)
    return attachment(model.to_bytes(), "application/octet-stream", _file_name(studio, entry), ".glassnet")


def export_script(studio: Studio, call: Call) -> Response:
    """A script that repeats the run."""
    entry = entry_of(studio, call)
    if entry.columns.fitted is not None:
        raise ConfigurationError("This run went on from a model file, so no script repeats all of it. Keep the file.")
    name = Path(studio.shelf.summary(entry.data).name)
    ending = ".csv" if entry.run.preparation.image_shape is None else ".npz"
    text = script(entry.run, f"{name.stem if name.suffix else name}{ending}", entry.columns.image_side)
    return attachment(text, "text/x-python", _file_name(studio, entry), ".py")


def export_step(studio: Studio, call: Call) -> Response:
    """The step as a page of its own, which loads nothing and runs nothing."""
    entry = entry_of(studio, call)
    page = open_step(entry.run).trace.html(digits=call.whole("digits", 5, 1, 17), rows=_STEP_ROWS)
    return attachment(page, "text/html", _file_name(studio, entry), ".html")


def export_lesson(studio: Studio, call: Call) -> Response:
    """The run as a page that learns in the browser; the rows of an own table stand in it."""
    entry = entry_of(studio, call)
    summary = studio.shelf.summary(entry.data)
    if summary.group == "own":
        if not call.whole("table", 0, 0, 1):
            raise ConfigurationError(
                f"The page holds the rows of {summary.name}; whoever has the page has them. Agree to that first."
            )
        summary = msgspec.structs.replace(summary, id="table")
    if entry.run.preparation.compiled:
        raise ConfigurationError(COMPILED)
    data = lesson_data(summary, studio.shelf.table(entry.data), entry.columns)
    hidden = [name for name in call.text("hidden", "").split(",") if name]
    page = lesson_page(data, studio.runs.lab(entry, None, entry.columns), hidden)
    return attachment(page, "text/html", f"{_file_name(studio, entry)} lesson", ".html")


def export_report(studio: Studio, call: Call) -> Response:
    """The study report as a page, or for Word."""
    entry = entry_of(studio, call)
    form = call.text("format", "html")
    if form not in ("html", "docx"):
        raise ConfigurationError(f"format={form[:20]!r} must be html or docx.")
    report = entry.reporter.study
    if report is None:
        raise ConfigurationError("There is no report yet. Make one on the page Take away.")
    name = f"{_file_name(studio, entry)} report"
    if form == "docx":
        return attachment(report.docx(), _WORD, name, ".docx")
    return attachment(report.html(), "text/html", name, ".html")


def export_predictions(studio: Studio, call: Call) -> Response:
    """The table with predictions, safe for spreadsheets; rows without a target have theirs, too."""
    entry = entry_of(studio, call)
    preparation = entry.run.preparation
    table = chosen_table(studio.shelf.table(entry.data), entry.columns)
    matrix = preparation.X if table.n_rows == len(preparation.X) else preparation.schema.encode(table).matrix
    with entry.run.still() as machine:
        raw, parameters, dtype = machine.raw_prediction(matrix), machine.parameters(), machine.dtype
    columns = _parts(preparation, len(raw))
    if isinstance(preparation.schema.outcome, TimeToEvent):
        model = table_from_file(table_estimators[preparation.task], model_file(preparation, *parameters, dtype))
        columns |= {name: [repr(float(v)) for v in values] for name, values in model._prediction_columns(table).items()}
    else:
        columns |= _answers(preparation, preparation.predicted(raw), entry.threshold)
    text = spreadsheet_text(table, columns)
    return attachment(text, "text/csv", f"{_file_name(studio, entry)} predictions", ".csv")


def _parts(preparation: Preparation, n_rows: int) -> dict[str, list[str]]:
    """The part of each row of the table."""
    part = ["without target"] * n_rows
    for row, name in zip(preparation.present.tolist(), preparation.parts, strict=True):
        part[row] = name
    return {"part": part}


def _answers(preparation: Preparation, values: np.ndarray, threshold: float | None) -> dict[str, list[str]]:
    """The prediction, and the share of each class."""
    labels = preparation.classes
    if not labels:
        return {"prediction": [repr(float(value)) for value in values]}
    codes = values.argmax(axis=1) if threshold is None else (values[:, 1] >= threshold).astype(int)
    shares = {f"share of {label}": [repr(float(v)) for v in values[:, k]] for k, label in enumerate(labels)}
    return {"prediction": [labels[code] for code in codes], **shares}
