"""What users pass as a table, and where the target comes from; refusals use scikit-learn's words where it has some."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import type_of_target

from glassnet.engine.memory import available_bytes
from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators import row_groups, row_weights
from glassnet.tables import NULL_STRINGS, Schema, Table, read_table
from glassnet.tables.parquet import ParquetTable
from glassnet.tables.read import is_parquet


def as_table(
    table: Any, memory_limit: float | str | None = None, *, nulls: Sequence[str] = NULL_STRINGS
) -> Table:  # fmt: skip
    """A table from whatever a user has: a `Table`, data frame, array, nested list, named columns, or path of a file.

    `nulls` are the texts that mean "no value" where the table is read here; a `Table` has been read already.
    """
    if isinstance(table, (str, os.PathLike)):
        return table_of_path(table, memory_limit, null_strings=nulls)
    if issparse(table):
        raise DataError(
            "Sparse data was passed, but dense data is required. Use X.toarray(), or MLPClassifier and MLPRegressor, "
            "which take sparse matrices."
        )
    if isinstance(table, (list, tuple)):
        table = np.array(table, dtype=object)
    elif hasattr(table, "__array__") and not any(
        hasattr(table, name) for name in ("columns", "column_names", "schema")
    ):
        table = np.asarray(table)
    if not isinstance(table, np.ndarray):
        return Table.from_frame(table, null_strings=nulls)
    if table.dtype.kind == "c":
        raise DataError(f"Complex data not supported: the array holds {table.dtype}. Give real numbers.")
    if table.ndim == 1:
        raise DataError(
            f"Expected 2D array, got an array of shape {table.shape}. Reshape your data: X.reshape(-1, 1) is one "
            "column, X.reshape(1, -1) is one row."
        )
    if table.ndim == 2 and table.shape[1] == 0:
        raise DataError(f"Found array with 0 feature(s) (shape={table.shape}) while a minimum of 1 is required.")
    return Table.from_frame(table, null_strings=nulls)


def table_of_path(path: str | os.PathLike[str], memory_limit: float | str | None = None, **reading: Any) -> Table:
    """The table in a file; a Parquet file that would take more than `memory_limit` is read in blocks.

    Without a limit, half of what is free is one for Parquet files; other files are read whole, where they fit.
    """
    limit = memory_bytes(memory_limit)
    whole = memory_limit is None and not is_parquet(path)
    return read_table(path, memory_limit=available_bytes() if whole else limit, **reading)


def memory_bytes(limit: float | str | None) -> float:
    """A memory limit in bytes, from a number or a text such as "500 MB" or "2 GB"; half of what is free by default.

    Examples
    --------
    >>> memory_bytes("2 GB"), memory_bytes("1.5 KiB"), memory_bytes(1e6)
    (2000000000.0, 1536.0, 1000000.0)
    """
    if limit is None:
        return available_bytes() / 2
    found = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([kmgt]?)(i?)b?\s*", str(limit).lower())
    try:
        amount = float(found[1]) if found else 0.0
    except ValueError:
        amount = 0.0
    if found is None or isinstance(limit, bool) or not (amount > 0 and math.isfinite(amount)):
        raise ConfigurationError(f"memory_limit={limit!r} is no amount of memory. Write it as '2 GB', or in bytes.")
    return amount * float(1024 if found[3] else 1000) ** " kmgt".index(found[2] or " ")


def without_roles(schema: Schema, weights: Any, groups: Any) -> Schema:
    """The schema whose columns of weights and of groups are no inputs."""
    for column, reason in ((weights, row_weights.REASON), (groups, row_groups.REASON)):
        if isinstance(column, str):
            schema = schema.leave_out(column, reason)
    return schema


def check_width(table: Any, n_columns: int, owner: str) -> None:
    """Refuse an array of another width than that of training: it has no names by which columns could be matched."""
    width = np.shape(table)[1] if isinstance(table, (np.ndarray, list, tuple)) and np.ndim(table) == 2 else n_columns
    if width != n_columns:
        raise DataError(f"X has {width} features, but {owner} is expecting {n_columns} features as input.")


def with_targets(table: Table, y: Any, name: str | None) -> Table:
    """The table with the targets as one more column."""
    if isinstance(table, ParquetTable):
        raise ConfigurationError(
            f"{table.origin} is read in blocks, so its targets must be in it: give target='column' in place of y."
        )
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = column_or_1d(values, warn=True)
    if values.shape != (table.n_rows,):
        raise DataError(f"y has shape {values.shape} for a table of {table.n_rows} rows. Give one target per row.")
    column = Table.from_columns({"y": values}, null_strings=table.null_strings).column("y")
    return replace(table, columns={**table.columns, name or "target": column})


def training_table(
    table: Any, y: Any, target: str | None, schema: Schema | None, *, task: str, owner: str,
    memory_limit: float | str | None = None,
) -> tuple[Table, str]:  # fmt: skip
    """The training table with its target column, and that column's name."""
    table = as_table(table, memory_limit, nulls=NULL_STRINGS if schema is None else schema.null_strings)
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
