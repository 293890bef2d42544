"""How a table's columns are understood under the user's choice: kinds, notes, distributions, and a proposal."""

from __future__ import annotations

from typing import Literal, cast

import msgspec
import numpy as np

from glassnet.errors import GlassnetError
from glassnet.studio.contract.data import Column, ColumnChoice, Histogram, Level, Task, Understanding
from glassnet.studio.preparation import chosen_schema, chosen_table
from glassnet.studio.proposal import proposal
from glassnet.tables import Schema, Table
from glassnet.tables.column import ColumnSchema
from glassnet.tables.kind import NUMERIC, declare, judge

_BINS = 20
_SHOWN_LEVELS = 12


def understand(data: str, table: Table, choice: ColumnChoice) -> Understanding:
    """Judge the columns of a table; what cannot be learned from says why in place of a proposal."""
    table = chosen_table(table, choice)
    try:
        if choice.target is None:
            schema, problem = Schema.infer(table, kinds=choice.kinds), "Choose the column to predict."
        else:
            schema, problem = chosen_schema(table, choice), ""
    except GlassnetError as error:
        schema, problem = Schema(_judged(table, choice)), str(error)
    task = cast("Task | None", schema.task)
    n_rows = len(schema.rows_with_target(table)) if task else 0
    if task and n_rows < 2:
        problem = f"{n_rows} rows have a value in {choice.target!r}; learning needs at least 2."
    proposed = None
    if task and not problem:
        proposed = proposal(data, task, n_rows, len(schema.feature_names), len(schema.classes))
    return Understanding(
        columns=[_column(table, column) for column in schema.columns], choice=choice, task=task,
        task_reason=schema.task_reason, classes=list(schema.classes), feature_names=list(schema.feature_names),
        notes=[*table.notes, *schema.notes], proposal=proposed, problem=problem,
    )  # fmt: skip


def _judged(table: Table, choice: ColumnChoice) -> tuple[ColumnSchema, ...]:
    """The columns one by one, where together they cannot be learned from; a bad one is left out and says why."""
    columns = []
    for name in table.names:
        try:
            found = declare(table, name, choice.kinds[name]) if name in choice.kinds else judge(table, name)
            role = "target" if name == choice.target and not found.left_out else None
            column = ColumnSchema.of(name, found, role)
            columns.append(column.fit(table.column(name)))
        except GlassnetError as error:
            columns.append(ColumnSchema(name, "text", "left_out", str(error)))
    return tuple(columns)


def _column(table: Table, column: ColumnSchema) -> Column:
    """One column with its distribution."""
    cells = table.column(column.name)
    role = cast("Literal['input', 'target', 'left_out']", column.role)
    plain = Column(
        name=column.name, kind=column.kind, role=role, reason=column.reason, missing=int(cells.missing.sum()),
        features=list(column.features),
    )  # fmt: skip
    values = column.numbers(cells)[0]
    known = values[np.isfinite(values)]
    if column.kind in NUMERIC or (len(known) and column.kind == "text" and len(known) == len(cells)):
        return _with_numbers(plain, known, column)
    counts = cells.level_counts()
    levels = [Level(label, count) for label, count in list(counts.items())[:_SHOWN_LEVELS]]
    return msgspec.structs.replace(plain, levels=levels, n_levels=len(counts))


def _with_numbers(column: Column, known: np.ndarray, schema: ColumnSchema) -> Column:
    """A column of numbers with its histogram."""
    if not len(known):
        return column
    low, high = float(known.min()), float(known.max())
    counts = _counts(known, low, high)
    return msgspec.structs.replace(
        column, histogram=Histogram(low, high, counts), minimum=low, maximum=high,
        range=f"{schema.written(low, 4)} to {schema.written(high, 4)}",
        mean=float(np.mean(known)), standard_deviation=float(np.std(known)),
    )  # fmt: skip


def _counts(values: np.ndarray, low: float, high: float) -> list[int]:
    """Counts in equal bins, safe for any finite numbers."""
    if high <= low:
        return [len(values)]
    place = np.floor((values / 2 - low / 2) / (high / 2 - low / 2) * _BINS).astype(np.int64)
    return [int(count) for count in np.bincount(np.clip(place, 0, _BINS - 1), minlength=_BINS)]
