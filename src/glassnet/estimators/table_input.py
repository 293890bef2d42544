"""What users pass as a table, and where the target comes from; refusals use scikit-learn's words where it has some."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from glassnet.errors import ConfigurationError, DataError
from glassnet.tables import Schema, Table, read_table


def as_table(table: Any) -> Table:
    """A table from whatever a user has: a `Table`, data frame, array, nested list, named columns, or path of a file."""
    if isinstance(table, (str, os.PathLike)):
        return read_table(table)
    if issparse(table):
        raise DataError(
            "Sparse data was passed, but dense data is required. Use X.toarray(), or MLPClassifier and MLPRegressor, "
            "which take sparse matrices."
        )
    if isinstance(table, (list, tuple)):
        table = np.array(table, dtype=object)
    elif hasattr(table, "__array__") and not hasattr(table, "columns") and not hasattr(table, "column_names"):
        table = np.asarray(table)
    if not isinstance(table, np.ndarray):
        return Table.from_frame(table)
    if table.dtype.kind == "c":
        raise DataError(f"Complex data not supported: the array holds {table.dtype}. Give real numbers.")
    if table.ndim == 1:
        raise DataError(
            f"Expected 2D array, got an array of shape {table.shape}. Reshape your data: X.reshape(-1, 1) is one "
            "column, X.reshape(1, -1) is one row."
        )
    if table.ndim == 2 and table.shape[1] == 0:
        raise DataError(f"Found array with 0 feature(s) (shape={table.shape}) while a minimum of 1 is required.")
    return Table.from_frame(table)


def check_width(table: Any, n_columns: int, owner: str) -> None:
    """Refuse an array of another width than that of training: it has no names by which columns could be matched."""
    width = np.shape(table)[1] if isinstance(table, (np.ndarray, list, tuple)) and np.ndim(table) == 2 else n_columns
    if width != n_columns:
        raise DataError(f"X has {width} features, but {owner} is expecting {n_columns} features as input.")


def with_targets(table: Table, y: Any, name: str | None) -> Table:
    """The table with the targets as one more column."""
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = column_or_1d(values, warn=True)
    if values.shape != (table.n_rows,):
        raise DataError(f"y has shape {values.shape} for a table of {table.n_rows} rows. Give one target per row.")
    column = Table.from_columns({"y": values}).column("y")
    return replace(table, columns={**table.columns, name or "target": column})


def training_table(
    table: Any, y: Any, target: str | None, schema: Schema | None, *, task: str, owner: str
) -> tuple[Table, str]:
    """The training table with its target column, and that column's name."""
    table = as_table(table)
    wanted = target if schema is None else schema.target
    if y is not None:
        name = wanted or str(getattr(y, "name", None) or "target")
        if name in table.columns:
            raise ConfigurationError(f"The table already has a column {name!r}. Leave y out, or name another target=.")
        _check_labels(y, task, owner)
        return with_targets(table, y, name), name
    if wanted is None:
        raise ConfigurationError(
            f"{owner} requires y to be passed, but the target y is None. Say what to predict: "
            "fit(table, target='column'), or give y."
        )
    return table, wanted


def _check_labels(y: Any, task: str, owner: str) -> None:
    """Refuse amounts where classes are asked for."""
    values = np.asarray(y)
    if task == "classification" and values.dtype.kind == "f":
        known = values[np.isfinite(values)]
        if known.size and type_of_target(known).startswith("continuous"):
            raise DataError(
                f"Unknown label type: continuous. y holds amounts, and {owner} predicts classes. Use GlassRegressor, "
                "or turn the classes into texts or whole numbers."
            )
