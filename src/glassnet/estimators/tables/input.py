"""Tables and targets as users pass them; errors use scikit-learn's wording where it has one."""

from __future__ import annotations

import math
import os
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glassnet.engine.checks.memory import available_bytes
from glassnet.errors import ConfigurationError, DataError, SchemaError, TableWarning, nearest
from glassnet.estimators.sampling import row_groups, row_weights
from glassnet.estimators.tables.classes.labels import (
    ClassLabels,
    Targets,
    array_of,
    declared_order,
    read_labels,
    text_labels,
)
from glassnet.tables import NULL_STRINGS, Schema, Table, holds_images, read_image_table, read_table
from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.columns.images.image_column import frame_with_images, with_images
from glassnet.tables.framing import Framing
from glassnet.tables.image_table import table_of_arrays, treatment_of
from glassnet.tables.notation.cells import Cells
from glassnet.tables.outcome import outcomes
from glassnet.tables.reading.frames.dask_frame import is_dask_frame, read_dask_frame
from glassnet.tables.reading.frames.streamed import StreamedTable
from glassnet.tables.reading.read import is_parquet


def as_table(
    table: Any, memory_limit: float | str | None = None, *, nulls: Sequence[str] = NULL_STRINGS,
    schema: Schema | None = None,
) -> Table:  # fmt: skip
    """A table from whatever a user has: a `Table`, data frame, array, nested list, named columns, or path of a file.

    `nulls` are the texts that mean "no value" where the table is read here; a `Table` has been read already. Folders,
    archives and arrays of images become tables of images, framed or measured as a `schema` says; so do columns of paths
    or of arrays.
    """
    if isinstance(table, Table):
        return table
    if are_images(table):
        by_path = isinstance(table, (str, os.PathLike))
        measuring, frame = (None, Framing()) if schema is None else treatment_of(schema, table)
        read = read_image_table if by_path else table_of_arrays
        limit = None if memory_limit is None else memory_bytes(memory_limit)
        images = read(table, measuring=measuring, frame=frame, memory_limit=limit)
        for note in images.notes:
            if isinstance(note, GraveNote):
                warnings.warn(note, TableWarning, stacklevel=4)
        return images
    if isinstance(table, (str, os.PathLike)):
        read_in = table_of_path(table, memory_limit, null_strings=nulls)
        limit = None if memory_limit is None else memory_bytes(memory_limit)
        return _with_warnings(with_images(read_in, Path(table).parent, schema=schema, memory_limit=limit))
    if _is_sparse(table):
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
    if is_dask_frame(table):
        read_in = read_dask_frame(table, nulls, memory_bytes(memory_limit))
        return _with_warnings(with_images(read_in, Path.cwd(), schema=schema))
    if not isinstance(table, np.ndarray):
        return _with_warnings(with_images(frame_with_images(table, nulls, schema), Path.cwd(), schema=schema))
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


def _is_sparse(table: Any) -> bool:
    """Whether it is one of SciPy's sparse matrices, without importing SciPy."""
    scipy = sys.modules.get("scipy.sparse")
    return scipy is not None and bool(scipy.issparse(table))


def _with_warnings(table: Table) -> Table:
    """The table, after a warning about serious problems of its images."""
    for note in table.notes:
        if isinstance(note, GraveNote):
            warnings.warn(note, TableWarning, stacklevel=5)
    return table


def are_images(X: Any) -> bool:
    """Whether it is a path to images, or an array of them, (n, rows, columns) or (n, rows, columns, channels)."""
    if isinstance(X, np.ndarray):
        return X.dtype.kind in "biuf" and X.ndim in (3, 4)
    return isinstance(X, (str, os.PathLike)) and holds_images(X)


def table_of_path(path: str | os.PathLike[str], memory_limit: float | str | None = None, **reading: Any) -> Table:
    """The table in a file; a Parquet file that would take more than `memory_limit` is read in blocks.

    Without a limit, half of the free memory is one for Parquet files; other files are read whole, where they fit.
    """
    limit = memory_bytes(memory_limit)
    whole = memory_limit is None and not is_parquet(path)
    return read_table(path, memory_limit=available_bytes() if whole else limit, **reading)


def memory_bytes(limit: float | str | None) -> float:
    """A memory limit in bytes, from a number or a text such as "500 MB" or "2 GB"; half of the free memory by default.

    Examples
    --------
    >>> memory_bytes("2 GB"), memory_bytes("1.5 KiB"), memory_bytes(1e6)
    (2000000000.0, 1536.0, 1000000.0)
    """
    if limit is None:
        return available_bytes() / 2
    match = re.fullmatch(r"\s*([0-9.]+(?:e[0-9]+)?)\s*([kmgt]?)(i?)b?\s*", str(limit).lower())
    try:
        amount = float(match[1]) if match else 0.0
    except ValueError:
        amount = 0.0
    if match is None or isinstance(limit, bool) or not (amount > 0 and math.isfinite(amount)):
        raise ConfigurationError(f"memory_limit={limit!r} is not an amount of memory. Write it as '2 GB', or in bytes.")
    return amount * float(1024 if match[3] else 1000) ** " kmgt".index(match[2] or " ")


def without_roles(schema: Schema, weights: Any, groups: Any) -> Schema:
    """The schema without columns of weights and groups among the inputs."""
    for column, reason in ((weights, row_weights.REASON), (groups, row_groups.REASON)):
        if isinstance(column, str):
            schema = schema.leave_out(column, reason)
    return schema


def names_of(X: Any) -> tuple[str, ...] | None:
    """The column names of a user's table; None for arrays, lists and the like."""
    if isinstance(X, Table):
        return X.names
    if isinstance(X, Mapping):
        return tuple(map(str, X))
    for name in ("column_names", "columns"):  # Arrow's tables, whose columns are the cells; data frames
        attribute = getattr(X, name, None)
        if attribute is not None and not callable(attribute):
            return tuple(map(str, attribute))
    return None


def matched_columns(X: Any, table: Table, schema: Schema, owner: str, *, named: bool, beside_y: bool) -> Table:
    """The table with its columns under the names of training.

    A frame and what has names is matched by name; where only one side has names, columns are matched by position, with
    scikit-learn's warning. A frame in another order than the one that was fitted with a `y` beside it is refused.

    Raises
    ------
    DataError
        When an array has another width.
    """
    known = [column.name for column in schema.columns if column.role != "target"]
    is_path = isinstance(X, (str, os.PathLike))
    names = table.names if is_path else names_of(X)
    if table.unit == "image":
        return table
    if names is None:  # the array's own names x1, x2, ... say nothing
        if len(table.names) != len(known):
            raise DataError(
                f"X has {len(table.names)} features, but {owner} is expecting {len(known)} features as input."
            )
        if named:
            warnings.warn(
                f"X does not have valid feature names, but {owner} was fitted with feature names", stacklevel=4
            )
        return replace(table, columns=dict(zip(known, table.columns.values(), strict=True)))
    if not named and len(names) == len(known) and set(names) != set(known):
        warnings.warn(f"X has feature names, but {owner} was fitted without feature names", stacklevel=4)
        return replace(table, columns=dict(zip(known, table.columns.values(), strict=True)))
    frame = not is_path and not isinstance(X, (Table, Mapping))
    if frame and named and beside_y:
        _check_feature_names(names, known, [column.name for column in schema.inputs])
    return table


def _check_feature_names(names: Sequence[str], known: Sequence[str], inputs: Sequence[str]) -> None:
    """Refuse what scikit-learn refuses in its words: inputs that are missing, or the same columns in another order."""
    there = set(names)
    missing = [name for name in inputs if name not in there]
    if not missing and (there != set(known) or list(names) == list(known)):
        return
    lines = ["The feature names should match those that were passed during fit."]
    if missing:
        for what, which in (
            ("unseen at fit time", sorted(there - set(known))), ("seen at fit time, yet now missing", missing),
        ):  # fmt: skip
            if which:
                lines += [f"Feature names {what}:", *(f"- {name}" for name in sorted(which)[:5])]
                lines += ["- ..."] if len(which) > 5 else []
        lines.append(f"For {missing[0]!r}: {nearest(missing[0], names)}")
    else:
        lines += [
            "Feature names must be in the same order as they were in fit.", "Reorder them: X[feature_names_in_].",
        ]  # fmt: skip
    raise SchemaError("\n".join(lines) + "\n")


def with_targets(table: Table, y: Any, name: str, *, labels: Targets | None = None) -> Table:
    """The table with the targets as one more column: class labels as they are, or numbers."""
    if isinstance(table, StreamedTable):
        raise ConfigurationError(
            f"{table.origin} is read in blocks, so its targets must be in it: give target='column' in place of y."
        )
    cells: Cells = Table.from_columns({"y": y}, null_strings=()).column("y") if labels is None else labels.cells
    if len(cells) != table.n_rows:
        raise DataError(f"y has shape ({len(cells)},) for a table of {table.n_rows} rows. Give one target per row.")
    columns = {column: own for column, own in table.columns.items() if column != name}
    return replace(table, columns={**columns, name: cells})


def with_several(table: Table, y: Any, names: tuple[str, ...] | None, count: int) -> tuple[Table, tuple[str, ...]]:
    """The table with several target columns, of a frame or an array (n, count) or with fields; and their names."""
    fields = getattr(getattr(y, "dtype", None), "names", None)
    own = tuple(fields) if fields else names_of(y)
    if own is None:
        values = np.asarray(y)
        if values.ndim != 2 or values.shape[1] != count:
            raise DataError(f"y has shape {values.shape}. Give {count} target columns, one row per row of X.")
        own, y = names or tuple(f"target_{k + 1}" for k in range(count)), dict(enumerate(values.T))
        y = {name: y[k] for k, name in enumerate(own)}
    if len(own) != count:
        raise DataError(f"y has {len(own)} columns ({', '.join(map(repr, own))}). Give {count} target columns.")
    if names is not None and set(own) == set(names):  # their order may be another one
        own = names
    several: dict[str, Any] = {name: np.asarray(y[name]) for name in own}
    beside = Table.from_columns(several, null_strings=table.null_strings)
    if beside.n_rows != table.n_rows:
        raise DataError(f"y has {beside.n_rows} rows for a table of {table.n_rows} rows. Give one target per row.")
    cells = dict(zip(names or own, beside.columns.values(), strict=True))
    if taken := [name for name in cells if name in table.columns]:
        raise ConfigurationError(f"The table already has a column {taken[0]!r}. Leave y out, or rename the targets.")
    return replace(table, columns={**table.columns, **cells}), tuple(cells)


def _as_target(target: str | Sequence[str] | None) -> str | tuple[str, ...] | None:
    """The name of one target column, or the names of several."""
    if target is None or isinstance(target, str):
        return target
    return target[0] if len(target) == 1 else tuple(target) or None


def column_of(y: Any) -> np.ndarray:
    """Targets as an array (n,), without missing values."""
    values = array_of(y)
    if values.ndim == 2 and values.shape[1] == 1:
        from sklearn.utils import column_or_1d

        return np.asarray(column_or_1d(values, warn=True))
    if values.ndim != 1:
        raise DataError(f"y has shape {values.shape}. Give one target per row.")
    return values


class TrainingTable(NamedTuple):
    """A table that includes its target, and the order of the class labels if known.

    Attributes
    ----------
    table : Table
    target : str or tuple of str
    labels : ClassLabels or None
        Of a `y` beside the table.
    column : array, series or None
        The target as it is in the user's data frame.
    """

    table: Table
    target: str | tuple[str, ...]
    labels: ClassLabels | None = None
    column: Any = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes in order, if given: labels passed separately, or ordered levels."""
        if self.labels is not None:
            return self.labels.texts
        if self.column is None or not (order := declared_order(self.column)):
            return ()
        present = self.table.column(str(self.target)).level_counts()
        return tuple(level for level in order if level in present)

    def labels_in_order(self, texts: Sequence[str]) -> np.ndarray | None:
        """The labels of a schema's classes; None if they are the texts themselves."""
        if self.labels is not None:
            return self.labels.in_order(texts)
        return None if self.column is None else text_labels(self.column, texts)


def training_table(
    X: Any, y: Any, target: str | Sequence[str] | None, schema: Schema | None, *, task: str, owner: str,
    memory_limit: float | str | None = None,
) -> TrainingTable:  # fmt: skip
    """The training table with its target column; an empty `task` is inferred from the target."""
    table = as_table(X, memory_limit, nulls=NULL_STRINGS if schema is None else schema.null_strings,
                     schema=schema)  # fmt: skip
    wanted = _as_target(target if schema is None else schema.targets)
    if y is None:
        if wanted is None:
            raise ConfigurationError(
                f"{owner} requires y to be passed, but the target y is None. Say what to predict: "
                "fit(X, target='column'), or give y."
            )
        return TrainingTable(table, wanted, column=_own_column(X, wanted))
    if task and outcomes[task].target_columns > 1:
        names = None if isinstance(wanted, str) else wanted
        return TrainingTable(*with_several(table, y, names, outcomes[task].target_columns))
    values = column_of(y)
    labels = read_labels(values, owner) if (outcomes[task].labeled if task else _are_labels(values)) else None
    name = str(wanted) if wanted else _free_name(table, y)
    if name in table.columns:
        raise ConfigurationError(f"The table already has a column {name!r}. Leave y out, or name another target=.")
    whole = with_targets(table, values, name, labels=labels)
    _check_not_an_input(whole, table, str(getattr(y, "name", None)), name)
    return TrainingTable(whole, name, None if labels is None else labels.labels)


def _own_column(X: Any, name: str | tuple[str, ...]) -> Any:
    """The column as the user's data frame has it; None for files, tables and arrays."""
    if names_of(X) is None or isinstance(X, Table) or not isinstance(name, str):
        return None
    try:
        return X[name].compute() if is_dask_frame(X) else X[name]
    except (KeyError, TypeError, IndexError, ValueError):
        return None


def _are_labels(values: np.ndarray) -> bool:
    """Whether targets can only be class labels: texts, or true and false."""
    return values.dtype.kind in "UTb" or (
        values.dtype.kind == "O" and all(isinstance(value, (str, bool)) for value in values.tolist())
    )


def _free_name(table: Table, y: Any) -> str:
    """The name of `y`, or another where the table has a column of that name."""
    own = getattr(y, "name", None)
    names = [str(own)] if isinstance(own, (str, int)) and str(own) else []
    free = chain(names, ("target", "y"), (f"target_{k}" for k in count(2)))
    return next(name for name in free if name not in table.columns)


def _check_not_an_input(whole: Table, table: Table, name: str, target: str) -> None:
    """Refuse targets that are the cells of an input of their name: the network would only copy them."""
    if name not in table.columns:
        return
    inputs, targets = table.column(name), whole.column(target)
    levels = list(targets.level_counts())
    if np.array_equal(inputs.codes(levels), targets.codes(levels)):
        raise ConfigurationError(
            f"The table already has a column {name!r}, and y is that column. Leave y out and give target={name!r}, or "
            "remove the column from X."
        )
