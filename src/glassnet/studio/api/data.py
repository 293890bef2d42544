"""Catalog and data sets."""

from __future__ import annotations

import io
from pathlib import Path

from starlette.responses import Response

import glassnet
from glassnet.studio.contract.catalog import Catalog, Limits
from glassnet.studio.contract.data import (
    ColumnChoice,
    DataSet,
    DataSets,
    IntakeState,
    Rename,
    Rows,
    TableEdit,
    Understanding,
)
from glassnet.studio.contract.run import Session
from glassnet.studio.data import header
from glassnet.studio.data.images.example_image import example_images
from glassnet.studio.data.menus import menus
from glassnet.studio.data.preparation import preparation
from glassnet.studio.data.table_text import spreadsheet_text
from glassnet.studio.data.understanding import said, understand
from glassnet.studio.http import gate
from glassnet.studio.http.request import Call
from glassnet.studio.storage import shelf
from glassnet.studio.studio import Studio
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.image_archive import write_image_archive

FRAMES_PER_SECOND = 20
_MOST_ROWS = 500


def session(studio: Studio, _: Call) -> Session:
    """The data that the page needs when it opens."""
    runs = studio.runs.summaries()
    known = {run.id for run in runs if run.status != "damaged"}
    last = studio.store.setting("last_run")
    return Session(glassnet.__version__, str(studio.folder), studio.opened, last if last in known else None, runs)


def catalog(studio: Studio, _: Call) -> Catalog:
    """All menus of the page."""
    return menus(studio.shelf.summaries(), Limits(
        upload_bytes=gate.MOST_UPLOAD_BYTES, image_bytes=gate.MOST_IMAGE_BYTES, columns=header.MOST_COLUMNS,
        field_characters=shelf.MOST_CHARACTERS, editable_rows=shelf.EDITABLE_ROWS,
        editable_columns=shelf.EDITABLE_COLUMNS, neurons_per_layer=preparation.MOST_NEURONS,
        layers=preparation.MOST_LAYERS, frames_per_second=FRAMES_PER_SECOND,
    ))  # fmt: skip


def data_sets(studio: Studio, _: Call) -> DataSets:
    """All data sets."""
    return DataSets(studio.shelf.summaries())


def data_set(studio: Studio, call: Call) -> DataSet:
    """One data set."""
    return described(studio, call.path["data"])


def described(studio: Studio, data: str) -> DataSet:
    """A data set with its columns judged."""
    table = studio.shelf.table(data)
    understanding = understand(data, table, studio.shelf.choice(data))
    return DataSet(studio.shelf.summary(data), shelf.editable(table), said(table.notes), understanding)


def columns(studio: Studio, call: Call) -> Understanding:
    """The columns under a choice."""
    choice: ColumnChoice = call.decode(ColumnChoice)
    return understand(call.path["data"], studio.shelf.table(call.path["data"]), choice)


def rows(studio: Studio, call: Call) -> Rows:
    """Some rows of a table."""
    table = studio.shelf.table(call.path["data"])
    offset = call.whole("offset", 0, 0, 10**9)
    end = min(table.n_rows, offset + call.whole("limit", 50, 1, _MOST_ROWS))
    taken = range(min(offset, table.n_rows), end)
    cells = [[table.columns[name].item(row) for name in table.names] for row in taken]
    names = [table.row_name(row) for row in taken]
    images = {name: column for name, column in table.columns.items() if isinstance(column, ImageCells)}
    image = next(iter(images), None)
    pictures = [] if image is None else example_images(images[image], taken)
    return Rows(offset, table.n_rows, list(table.names), names, cells, image, pictures)


def csv(studio: Studio, call: Call) -> Response:
    """The table as a file, safe for spreadsheets."""
    name = studio.shelf.summary(call.path["data"]).name
    return attachment(spreadsheet_text(studio.shelf.table(call.path["data"])), "text/csv", name, ".csv")


def archive(studio: Studio, call: Call) -> Response:
    """A table with images as a file, pixels included."""
    name = studio.shelf.summary(call.path["data"]).name
    with io.BytesIO() as file:
        write_image_archive(studio.shelf.table(call.path["data"]), file)
        return attachment(file.getvalue(), "application/octet-stream", Path(name).stem, ".npz")


def images(studio: Studio, _: Call) -> IntakeState:
    """How the reading of images goes."""
    return studio.intake.state


def cancel_images(studio: Studio, _: Call) -> IntakeState:
    """Stop reading images."""
    return studio.intake.cancel()


def edit(studio: Studio, call: Call) -> DataSet:
    """A small table, edited."""
    changes: TableEdit = call.decode(TableEdit)
    return described(studio, studio.shelf.edit(call.path["data"], changes).id)


def rename_data(studio: Studio, call: Call) -> DataSets:
    """Give an own data set another name."""
    wanted: Rename = call.decode(Rename)
    studio.shelf.rename(call.path["data"], wanted.name)
    return data_sets(studio, call)


def remove_data(studio: Studio, call: Call) -> DataSets:
    """Remove an own data set."""
    studio.runs.remove_data(call.path["data"])
    return data_sets(studio, call)


def attachment(content: str | bytes, media: str, name: str, ending: str) -> Response:
    """A file to be saved; its name is plain."""
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in name.removesuffix(ending))
    headers = {"content-disposition": f'attachment; filename="{stem.strip("_")[:60] or "glassnet"}{ending}"'}
    return Response(content, media_type=media, headers=headers)
