"""What users pass as a table, and where the target comes from."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.tables import Schema, Table, read_table


def as_table(table: Any) -> Table:
    """A table from whatever a user has: a `Table`, a data frame, an array, named columns, or the path of a file."""
    return read_table(table) if isinstance(table, (str, os.PathLike)) else Table.from_frame(table)


def with_targets(table: Table, y: Any, name: str | None) -> Table:
    """The table with the targets as one more column."""
    values = np.asarray(y)
    values = values.ravel() if values.ndim == 2 and values.shape[1] == 1 else values
    if values.shape != (table.n_rows,):
        raise DataError(f"y has shape {values.shape} for a table of {table.n_rows} rows. Give one target per row.")
    column = Table.from_columns({"y": values}).column("y")
    return replace(table, columns={**table.columns, name or "target": column})


def training_table(table: Any, y: Any, target: str | None, schema: Schema | None) -> tuple[Table, str]:
    """The training table with its target column, and that column's name."""
    table = as_table(table)
    wanted = target if schema is None else schema.target
    if y is not None:
        name = wanted or str(getattr(y, "name", None) or "target")
        if name in table.columns:
            raise ConfigurationError(f"The table already has a column {name!r}. Leave y out, or name another target=.")
        return with_targets(table, y, name), name
    if wanted is None:
        raise ConfigurationError("Say what to predict: fit(table, target='column'), or give y.")
    return table, wanted
