"""Catalog and data sets."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from starlette.responses import Response

import glassnet
from glassnet.formulas import REDUCTIONS, activations, initializers, losses, optimizers, penalties, schedules
from glassnet.formulas.language import Expression
from glassnet.studio.contract import catalog as wire
from glassnet.studio.contract.data import ColumnChoice, DataSet, DataSets, Rename, Rows, TableEdit, Understanding
from glassnet.studio.contract.run import Session
from glassnet.studio.data import header, preparation
from glassnet.studio.data.example_image import example_images
from glassnet.studio.data.table_text import spreadsheet_text
from glassnet.studio.data.timed import offered
from glassnet.studio.data.understanding import understand
from glassnet.studio.http import gate
from glassnet.studio.http.request import Call
from glassnet.studio.storage import shelf
from glassnet.studio.studio import Studio
from glassnet.tables.columns.image_column import ImageCells
from glassnet.tables.columns.kind import KINDS
from glassnet.tables.outcome import outcomes

FRAMES_PER_SECOND = 20
_MOST_ROWS = 500
_REDUCTION_TEXTS = {
    "sum": "the sum over the rows", "half-sum": "half the sum over the rows", "mean": "the mean over the rows",
    "half-mean": "half the mean over the rows",
}  # fmt: skip


def session(studio: Studio, _: Call) -> Session:
    """The data that the page needs when it opens."""
    runs = studio.runs.summaries()
    known = {run.id for run in runs if run.status != "damaged"}
    last = studio.store.setting("last_run")
    return Session(glassnet.__version__, str(studio.folder), studio.opened, last if last in known else None, runs)


def catalog(studio: Studio, _: Call) -> wire.Catalog:
    """All menus of the page."""
    asked = {task for kind in outcomes.values() if kind.target_columns for task in kind.loss_tasks}
    known = {name: loss for name, loss in losses.items() if loss.task in asked and offered(loss)}
    return wire.Catalog(
        version=glassnet.__version__,
        activations=_concepts(activations, ("value", "derivative")),
        losses=_concepts(known, ("value", "gradient")),
        reductions=[wire.Reduction(name, _REDUCTION_TEXTS[name]) for name in REDUCTIONS],
        optimizers=_concepts(optimizers, ()), schedules=_concepts(schedules, ("factor",)),
        initializers=_concepts(initializers, ("weights", "biases")),
        penalties=_concepts(penalties, ("value", "gradient")),
        kinds=[*KINDS, "left_out"], data_sets=studio.shelf.summaries(),
        limits=wire.Limits(
            upload_bytes=gate.MOST_UPLOAD_BYTES, columns=header.MOST_COLUMNS, field_characters=shelf.MOST_CHARACTERS,
            editable_rows=shelf.EDITABLE_ROWS, editable_columns=shelf.EDITABLE_COLUMNS,
            neurons_per_layer=preparation.MOST_NEURONS, layers=preparation.MOST_LAYERS,
            frames_per_second=FRAMES_PER_SECOND,
        ),
    )  # fmt: skip


def _concepts(registry: Mapping[str, Any], formulas: tuple[str, ...]) -> list[wire.Concept]:
    """The records of a registry."""
    return [
        wire.Concept(
            name=record.name, summary=record.summary, reference=record.reference,
            parameters=[_parameter(p) for p in record.parameters],
            formulas=_formulas(record, formulas), task=getattr(record, "task", None),
            link=getattr(record, "link", None), curve=_curve(record) if registry is activations else [],
        )
        for record in registry.values()
    ]  # fmt: skip


def _parameter(p: Any) -> wire.ParameterChoice:
    """A number that shapes a formula."""
    return wire.ParameterChoice(
        p.name, p.default, p.meaning, p.domain, None if math.isinf(p.low) else p.low,
        None if math.isinf(p.high) else p.high, p.open_low, p.open_high,
    )  # fmt: skip


def _formulas(record: Any, names: tuple[str, ...]) -> list[wire.FormulaText]:
    """The formulas of a record; those of an optimizer in their order."""
    expressions: dict[str, Expression | None] = {name: getattr(record, name) for name in names}
    if hasattr(record, "updates"):
        expressions |= {**record.scalars, **record.updates}
    written = [wire.FormulaText(name, f.text, f.latex) for name, f in expressions.items() if f is not None]
    if getattr(record, "latex_value", ""):
        written = [
            wire.FormulaText("value", record.text_value, record.latex_value),
            wire.FormulaText("gradient", record.text_gradient, record.latex_gradient),
        ]
    return written


def _curve(record: Any) -> list[tuple[float, float, float]]:
    """An activation and its slope from -4 to 4."""
    z = np.linspace(-4.0, 4.0, 65)
    a = record.apply(z) * np.ones_like(z)
    slope = record.slope(z, a) * np.ones_like(z)
    return list(zip(z.tolist(), a.tolist(), slope.tolist(), strict=True))


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
    return DataSet(studio.shelf.summary(data), shelf.editable(table), list(table.notes), understanding)


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
