"""A table as a page holds it: the numbers of the columns that are used, and how they are understood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.formulas.language.render.display import format_number
from glassnet.studio.contract.data import Column, ColumnChoice, DataSet, DataSummary
from glassnet.studio.data.preparation.preparation import chosen_schema, chosen_table
from glassnet.studio.data.proposal import proposal
from glassnet.studio.data.understanding import understand
from glassnet.tables import Table
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.level import match_levels

MOST_ROWS, MOST_CELLS = 1_000, 20_000
"""A page of some hundred kilobytes; what is larger learns too slowly in a browser."""
_NUMBERS = ("number", "integer")
_LEVELS = ("yes_no", "category")
_STUDIO = "Leave it out, or use the studio itself: glassnet studio"


def lesson_data(summary: DataSummary, table: Table, choice: ColumnChoice) -> dict[str, Any]:
    """A data set for a page; of an own table, columns that are left out by the choice do not go along.

    Raises
    ------
    ConfigurationError
        For a table that is too large, or holds what a page does not compute: dates, ordered categories, images, groups.
    GlassnetError
        For a table that cannot be learned from.
    """
    if choice.groups is not None:
        raise ConfigurationError(
            f"The rows of a group in {choice.groups!r} stay in one part; a page without a server cannot do that. "
            "Use the studio itself: glassnet studio"
        )
    if choice.event is not None:
        raise ConfigurationError(
            "A time to an event compares patients with each other; a page without a server cannot do that. Use the "
            "studio itself: glassnet studio"
        )
    if choice.fitted is not None:
        raise ConfigurationError(
            "This run continues the network of a model file, with the scaling and the categories of that file; a page "
            "without a server learns these from its own rows. Begin a run on the table itself."
        )
    table = chosen_table(table, choice)
    left_out = {name for name, kind in choice.kinds.items() if kind == "left_out"}
    if summary.group == "own":
        table = table.select([name for name in table.names if name not in left_out])
    kinds = {name: kind for name, kind in choice.kinds.items() if name not in left_out}
    everything = msgspec.structs.replace(choice, kinds=kinds, null_strings=[])
    schema = chosen_schema(table, everything)
    table = table.take(schema.rows_with_target(table))
    columns = list(schema.inputs)
    names = [column.name for column in columns]
    _check_size(summary, table.n_rows, len(columns))
    for column in columns:
        _check_kind(column)
    table = table.select([name for name in table.names if name == schema.target or name in names])
    own = msgspec.structs.replace(everything, kinds=kinds | dict.fromkeys(left_out & set(names), "left_out"))
    numbers = table.row_numbers
    even = bool((np.diff(numbers) == 1).all())
    counts = range(1, sum(len(column.features) for column in columns) + 1)
    return {
        "data": DataSet(summary, editable=False, notes=[], understanding=understand(summary.id, table, own)),
        "columns": [_column(table, column) for column in columns],
        "target": _target(table, schema.target_column, schema.classes),
        "roles": _roles(summary.id, table, everything, names),
        "unit": table.unit, "numbers": int(numbers[0]) if even else numbers.tolist(),
        "proposals": [proposal(summary.id, schema.outcome, table.n_rows, count) for count in counts],
    }  # fmt: skip


def _check_size(summary: DataSummary, n_rows: int, n_columns: int) -> None:
    """Raise for a table with which a page would be too large and too slow."""
    if n_rows > MOST_ROWS or n_rows * (n_columns + 1) > MOST_CELLS:
        raise ConfigurationError(
            f"{summary.name} has {n_rows:,} rows and {n_columns + 1} columns that are used; a page without a server "
            f"holds at most {MOST_ROWS:,} rows and {MOST_CELLS:,} cells. Take fewer rows or columns."
        )


def _check_kind(column: ColumnSchema) -> None:
    """Raise for a column of a kind that the page does not compute."""
    what = ""
    if column.kind not in (*_NUMBERS, *_LEVELS):
        what = f"holds cells of the kind {column.kind}"
    elif column.ordered or column.merges or column.declared:
        what = "has levels in a declared order, or levels that are merged"
    if what:
        raise ConfigurationError(
            f"The column {column.name!r} {what}; a page without a server knows numbers, yes/no and plain categories. "
            f"{_STUDIO}"
        )


def _column(table: Table, column: ColumnSchema) -> dict[str, Any]:
    """The cells of one column as numbers, or as places among its labels."""
    cells = table.column(column.name)
    texts = [cells.item(row) for row in range(len(cells))]
    if column.kind in _NUMBERS:
        numbers = column.numbers(cells)[0]
        values = [None if np.isnan(value) else float(value) for value in numbers]
        plain = [None if value is None else format_number(value) for value in values]
        whole = [int(value) if value is not None and value.is_integer() else value for value in values]
        return _page_column(column.name, column.kind, whole, (), texts if plain != texts else None)
    labels = column.levels if column.kind == "yes_no" else tuple(sorted(cells.level_counts()))
    codes = match_levels(cells, labels)
    places = [int(code) if code >= 0 else None for code in codes]
    plain = [None if place is None else labels[place] for place in places]
    return _page_column(column.name, column.kind, places, labels, texts if plain != texts else None)


def _page_column(name: str, kind: str, values: list[Any], labels: tuple[str, ...], cells: Any) -> dict[str, Any]:
    """One column as the page reads it."""
    return {"name": name, "kind": kind, "values": values, "labels": labels, "cells": cells}


def _target(table: Table, column: ColumnSchema, classes: tuple[str, ...]) -> dict[str, Any]:
    """The target: numbers, or the code of each class."""
    if not classes:
        return _column(table, column)
    cells = table.column(column.name)
    codes = match_levels(cells, classes).tolist()
    texts = [cells.item(row) for row in range(len(cells))]
    plain = [classes[code] for code in codes]
    return _page_column(column.name, "category", codes, classes, texts if plain != texts else None)


def _roles(data: str, table: Table, choice: ColumnChoice, names: list[str]) -> Mapping[str, Mapping[str, Column]]:
    """Each input as lists show it, and as they show it when it is left out, unless it is the only one."""
    whole = {column.name: column for column in understand(data, table, choice).columns}
    roles = {name: {"input": whole[name]} for name in names}
    for name in names if len(names) > 1 else ():
        without = msgspec.structs.replace(choice, kinds={**choice.kinds, name: "left_out"})
        columns = understand(data, table, without).columns
        roles[name]["left_out"] = next(one for one in columns if one.name == name)
    return roles
