"""A model file as the start of a run: its network, its columns with their constants, and the tables that fit."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import numpy as np

from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.estimators import open_model
from glassnet.estimators.recipes.record import NAME
from glassnet.files import ModelFile, read_model
from glassnet.formulas import activations, losses, optimizers, schedules
from glassnet.studio.contract.data import ColumnChoice, Task
from glassnet.studio.contract.saved_model import ModelCard, ModelColumn, ModelTable, SavedModel
from glassnet.studio.contract.settings import HiddenLayer, LayerStart, Settings
from glassnet.studio.data.table_text import spreadsheet_text
from glassnet.studio.storage.shelf import Shelf
from glassnet.tables import Schema, Table
from glassnet.tables.columns.stratum import STRATUM
from glassnet.tables.outcome import TimeToEvent

MOST_STARTING_PARAMETERS = 100_000
"""Weights that a run takes over; they stand in its settings, digit for digit."""
_TASKS = ("classification", "regression", "survival")


@contextmanager
def _as_file(saved: SavedModel, folder: Path) -> Iterator[Path]:
    """The file in the studio's private folder, for as long as it is read; messages call it by its own name."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        path = Path(place) / "model.glassnet"
        path.write_bytes(saved.content)
        try:
            yield path
        except ModelFileError as error:
            raise ModelFileError(str(error).replace(str(path), saved.name or "This file")) from None


def card(saved: SavedModel, folder: Path, shelf: Shelf) -> ModelCard:
    """A summary of a model file, and where its training goes on.

    Raises
    ------
    ModelFileError
        When it is not a model file, or damaged.
    """
    with _as_file(saved, folder) as path:
        model = read_model(path)
    network = _network_text(model)
    if model.schema is None:
        return ModelCard(
            saved.name, network, None, [], [], [], None, None, [],
            "It was trained on a matrix and does not know the columns of a table, so the studio cannot go on with it.",
        )  # fmt: skip
    schema = Schema.from_dict(model.schema)
    task = cast("Task", schema.task) if schema.task in _TASKS else None
    inputs = [
        ModelColumn(column.name, column.kind, column.role == "target")
        for column in schema.columns if column.role != "left_out"
    ]  # fmt: skip
    with_cells = (one for one in shelf.summaries() if one.group != "images")
    tables = [_beside(schema, shelf.table(one.id), one.id, one.name) for one in with_cells]
    problem, notes = _obstacle(model, schema), list[str]()
    if not problem and (model.members > 1 or model.further):
        count = sum(part.members for part in (model, *model.further))
        notes.append(
            f"It holds a committee of {count} networks. Training goes on with the first; predictions come from all."
        )
    return ModelCard(
        saved.name, network, task, list(schema.classes), inputs,
        sorted((one for one in tables if len(one.missing) < len(inputs) - 1 or not one.missing), key=_fit),
        None if problem else _columns(model, schema), None if problem else _settings(model), notes, problem,
    )  # fmt: skip


def predictions(saved: SavedModel, folder: Path, table: Table) -> str:
    """The table with the model's answers, as CSV that is safe for spreadsheets; the target may be missing."""
    with _as_file(saved, folder) as path:
        model: Any = open_model(path)
        if getattr(model, "schema_", None) is None:
            raise ConfigurationError("This model was trained on a matrix and does not know the columns of a table.")
        answers = np.asarray(model.predict(table))
        if model.outcome_.measured_as == "time":
            printed = model._prediction_columns(table).items()
            return spreadsheet_text(table, {name: [repr(float(v)) for v in values] for name, values in printed})
        if answers.ndim != 1:
            raise ConfigurationError("This model has several answers for a row. Use: glassnet predict")
        more = {"prediction": [value if isinstance(value, str) else repr(value) for value in answers.tolist()]}
        if hasattr(model, "predict_proba") and hasattr(model, "classes_"):
            shares = model.predict_proba(table)
            labels = [str(label) for label in model.classes_]
            more |= {f"share of {label}": [repr(float(v)) for v in shares[:, k]] for k, label in enumerate(labels)}
    return spreadsheet_text(table, more)


def _fit(table: ModelTable) -> tuple[int, bool, str]:
    """Tables with all columns first."""
    return len(table.missing), not table.target, table.name


def _beside(schema: Schema, table: Table, data: str, name: str) -> ModelTable:
    """A table beside what the model reads."""
    needed = [column.name for column in schema.columns if column.role in ("input", STRATUM)]
    missing = [column for column in needed if column not in table.columns]
    return ModelTable(data, name, missing, all(column in table.columns for column in schema.targets))


def _obstacle(model: ModelFile, schema: Schema) -> str:
    """Why the studio cannot train it further; empty when it can."""
    if schema.task not in _TASKS:
        return f"The studio trains {', '.join(_TASKS)}; it can predict with this model."
    if len(schema.targets) != schema.outcome.target_columns:
        return (
            "Its time goes by between two dates, and the studio trains on a column of durations; it can predict with "
            "this model."
        )
    if any(layer.spec is not None or layer.kind != "dense" for layer in model.layers) or any(
        mix is not None for mix in model.mixes
    ):
        return "It has layers beyond the plain dense ones; the studio can predict with it, and not train it further."
    known = all(layer.activation == activations.resolve(layer.activation).spec for layer in model.layers)
    if not known or (model.loss if isinstance(model.loss, str) else model.loss.spec).partition("(")[0] not in losses:
        return "It has a formula of its own, which this studio does not know; it can predict with this model."
    count = sum(w[0].size + b[0].size for w, b in zip(model.weights, model.biases, strict=True))
    if count > MOST_STARTING_PARAMETERS:
        return (
            f"It has {count:,} weights and biases; the studio resumes from at most {MOST_STARTING_PARAMETERS:,}. "
            "In Python: glassnet.load(...), then partial_fit."
        )
    return ""


def _columns(model: ModelFile, schema: Schema) -> ColumnChoice:
    """The choice under which a table is read as the model reads it."""
    outcome = schema.outcome
    target, event = str(schema.target), None
    if isinstance(outcome, TimeToEvent):
        target, event = outcome.time.name, outcome.event.name
        event = event if len(outcome.causes) == 1 else f"{event}={','.join(outcome.causes)}"
    return ColumnChoice(target, cast("Task", schema.task), event=event, fitted=dict(model.schema or {}))


def _settings(model: ModelFile) -> Settings:
    """The network with its weights, and how it was trained as far as the file says it in the studio's words."""
    given = model.recipe
    loss = model.loss if isinstance(model.loss, str) else model.loss.spec

    def number(name: str, default: float) -> float:
        value = given.get(name)
        return (
            float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else default
        )

    decided = model.fitted.get(NAME)
    counted = decided.get("class_weights", ()) if isinstance(decided, dict) else ()
    optimizer, schedule = str(given.get("optimizer")), str(given.get("schedule"))
    batch = int(number("batch_size", 32))
    *hidden, last = [activations.resolve(layer.activation).spec for layer in model.layers]
    return Settings(
        hidden=[HiddenLayer(layer.n_out, kind) for layer, kind in zip(model.layers, hidden, strict=False)],
        output_activation=last, loss=loss,
        optimizer=optimizer if optimizer.partition("(")[0] in optimizers else "adam",
        schedule=schedule if schedule.partition("(")[0] in schedules else "constant",
        learning_rate=number("learning_rate", 0.0) or 0.001, batch_size=max(1, batch),
        epochs=max(1, int(number("epochs", 100))), l1=number("l1", 0.0), l2=number("l2", 0.0), seed=model.seed % 2**53,
        class_weight=dict(zip(map(str, model.classes), map(float, counted), strict=True)) if counted else None,
        start=[
            LayerStart(w[0].astype(float).tolist(), b[0].astype(float).tolist())
            for w, b in zip(model.weights, model.biases, strict=True)
        ],
    )  # fmt: skip


def _network_text(model: ModelFile) -> str:
    """The layers in a line.

    Examples
    --------
    >>> _network_text(ModelFile("regression", [(2, 1, "identity")], "squared_error", [np.ones((2, 1))], [np.zeros(1)]))
    '2 inputs → 1 identity'
    """
    steps = [f"{layer.n_out} {activations.resolve(layer.activation).name}" for layer in model.layers]
    return " → ".join([f"{model.layers[0].n_in} inputs", *steps])
