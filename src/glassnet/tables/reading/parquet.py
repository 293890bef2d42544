"""Parquet files: read whole where they fit into memory, else a column or a block of rows at a time.

A `ParquetTable` holds no cells. It reads one column when the schema asks about that column, and one block of rows when
the matrix is filled, so that it needs the memory of its longest column and of one block, whatever the number of
columns. The cells are the same either way, and so is every bit behind them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import DataError, FileError
from glassnet.tables.notation.cells import Cells, NumberCells, PolarsText
from glassnet.tables.notation.number_text import SPACES, counted, megabytes
from glassnet.tables.reading.frame import cells_from_values
from glassnet.tables.table import Table

ROWS_AT_ONCE = 1 << 17
BYTES_PER_ROW = 64
"""Memory per row of a column of numbers while it is examined: the column, a copy to sort or square, masks."""
_SHARE_OF_A_BLOCK, _FEWEST_ROWS = 1 / 6, 256
_BYTES_PER_CELL = 24
"""Memory of a cell in a table that is read whole: the number as it was read, as float64, and in the matrix."""


def read_parquet(path: Path, polars: Any, nulls: Sequence[str], memory_limit: float | None) -> Table:
    """A table from a Parquet file; a damaged one is a `FileError`, one that breaks the limit a `DataError`."""
    rows, types = _shape(path, polars)
    names = list(types)
    categories = {name: levels for name, kind in types.items() if (levels := _levels(kind, polars)) is not None}
    repeated = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if repeated is not None:
        raise DataError(f"{path} has two columns named {repeated!r}. Rename one of them.")
    if not rows or not names:
        raise DataError(f"{path} has {rows} rows and {len(names)} columns; a table needs both.")
    columns = ParquetColumns(path, tuple(names), rows, tuple(nulls))
    reading = {"null_strings": list(nulls)}
    size = f"{counted(rows, 'row')} and {counted(len(names), 'column')}"
    if memory_limit is None or rows * len(names) * _BYTES_PER_CELL <= memory_limit:
        notes = (f"{size}, read from a Parquet file.",)
        return Table(columns.load(0, rows), origin=str(path), notes=notes, reading=reading, categories=categories)
    if rows * BYTES_PER_ROW > memory_limit:
        raise DataError(
            f"{path} has {rows} rows; examining a column takes about {megabytes(rows * BYTES_PER_ROW)} of memory, and "
            f"the limit is {megabytes(memory_limit)}. Raise the limit, or take a sample of the rows."
        )
    note = f"{size}, read from a Parquet file in blocks, because it is large for the memory."
    block = int(memory_limit * _SHARE_OF_A_BLOCK / (_BYTES_PER_CELL * len(names)))
    block = min(max(block, _FEWEST_ROWS), ROWS_AT_ONCE)
    columns = replace(columns, stretch=block)
    return ParquetTable(
        columns, origin=str(path), notes=(note,), reading=reading, categories=categories, block_rows=block
    )  # fmt: skip


def _levels(kind: Any, polars: Any) -> tuple[str, ...] | None:
    """The categories that a type declares, in order where they have one; None when it declares none."""
    if kind == polars.Enum:
        return tuple(kind.categories.to_list())
    return () if kind == polars.Categorical else None


def _shape(path: Path, polars: Any) -> tuple[int, dict[str, Any]]:
    """Rows, and the type of each column by its name, from the end of the file."""
    try:
        scan = polars.scan_parquet(path)
        return int(scan.select(polars.len()).collect().item()), dict(scan.collect_schema())
    except (Exception, polars.exceptions.PanicException) as error:  # damage makes the reader panic as well as refuse
        raise _damaged(path, error) from None


def _damaged(path: Path, error: BaseException) -> FileError:
    """The error for a file that cannot be read."""
    reason = (str(error).splitlines() or ["damaged"])[0]
    return FileError(f"{path} begins like a Parquet file, but cannot be read ({reason}). Write it again.")


@dataclass(eq=False)
class ParquetColumns(Mapping[str, Cells]):
    """The columns of a file by name, each read when asked for; the latest one is kept.

    `rows` are the rows of the file that the table has, all of them when None; `stretch` is how many rows of all columns
    may be in memory beside those that are wanted.
    """

    path: Path
    names: tuple[str, ...]
    n_file_rows: int
    nulls: tuple[str, ...]
    stretch: int = ROWS_AT_ONCE
    rows: np.ndarray | None = None
    _latest: tuple[str, Cells] | None = field(default=None, init=False, repr=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def __contains__(self, name: object) -> bool:
        return name in self.names

    @property
    def n_rows(self) -> int:
        """The number of rows of the table."""
        return self.n_file_rows if self.rows is None else len(self.rows)

    def __getitem__(self, name: str) -> Cells:
        if name not in self.names:
            raise KeyError(name)
        if self._latest is None or self._latest[0] != name:
            self._latest = None  # let go of the last column before the next one comes
            self._latest = (name, self.load(0, self.n_rows, (name,))[name])
        return self._latest[1]

    def load(self, start: int, stop: int, names: Sequence[str] | None = None) -> dict[str, Cells]:
        """The cells of a block of rows, in memory."""
        import polars

        wanted = np.arange(start, stop) if self.rows is None else self.rows[start:stop]
        try:
            scan = polars.scan_parquet(self.path).select(list(self.names if names is None else names))
            share = len(self.names) / len(self.names if names is None else names)
            frame = _rows_of(scan, wanted, max(int(self.stretch * share), 1), polars)
        except (Exception, polars.exceptions.PanicException) as error:
            raise _damaged(self.path, error) from None
        return {series.name: _cells(series, self.nulls, polars) for series in frame.get_columns()}


@dataclass(frozen=True, eq=False)
class ParquetTable(Table):
    """A table that stays in its file, and is read in blocks of `block_rows`."""

    columns: ParquetColumns
    block_rows: int = ROWS_AT_ONCE

    @property
    def mapped(self) -> bool:
        """It stays in its file."""
        return True

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.columns.n_rows

    @property
    def row_numbers(self) -> np.ndarray:
        """The row of the file of each row."""
        return np.arange(self.n_rows) if self.columns.rows is None else self.columns.rows

    def row_number(self, row: int) -> int:
        """The row of the file of one row."""
        return int(row if self.columns.rows is None else self.columns.rows[row])

    def take(self, rows: Any) -> Table:
        """The table of the given rows, which stays in its file unless it is small."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        self._check_rows(rows)
        inside = self.columns.rows
        columns = replace(self.columns, rows=rows if inside is None else inside[rows])
        taken = replace(self, columns=columns)
        return taken if len(rows) > self.block_rows else taken.loaded()

    def _columns_without(self, nulls: list[str]) -> Mapping[str, Cells]:
        return replace(self.columns, nulls=(*self.columns.nulls, *nulls))

    def loaded(self) -> Table:
        """The same table in memory."""
        return next(self.blocks(self.n_rows))

    def blocks(self, rows: int | None = None) -> Iterator[Table]:
        """The table in blocks of rows, each read into memory."""
        rows = self.block_rows if rows is None else rows
        for start in range(0, self.n_rows, rows):
            stop = min(start + rows, self.n_rows)
            yield Table(
                self.columns.load(start, stop), self.origin, self.unit, self.row_numbers[start:stop], self.notes,
                self.reading, self.categories,
            )  # fmt: skip

    def row_text(self, row: int) -> dict[str, str | None]:
        """The text of every cell of a row."""
        return self.take([row]).row_text(0)


def _rows_of(scan: Any, wanted: np.ndarray, stretch: int, polars: Any) -> Any:
    """Some rows of a file in their order; of those between them only `stretch` are in memory at a time."""
    order = np.argsort(wanted, kind="stable")
    rows = wanted[order]
    if not len(rows):
        return scan.slice(0, 0).collect()
    if rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        frame = scan.slice(int(rows[0]), len(rows)).collect()
    else:
        parts = []
        for first in range(int(rows[0]), int(rows[-1]) + 1, stretch):
            inside = rows[np.searchsorted(rows, first) : np.searchsorted(rows, first + stretch)]
            if len(inside):
                parts.append(scan.slice(first, int(inside[-1]) + 1 - first).collect()[inside - first])
        frame = polars.concat(parts)
    return frame if np.array_equal(wanted, rows) else frame[np.argsort(order, kind="stable")]


def _cells(series: Any, nulls: tuple[str, ...], polars: Any) -> Cells:
    """The cells of a column, by its type in the file."""
    kind = series.dtype
    if kind.is_numeric() and not kind.is_decimal():
        values = np.asarray(series.cast(polars.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)
        return NumberCells(values).without(nulls)
    if kind in (polars.String, polars.Categorical, polars.Enum, polars.Boolean, polars.Date):
        text = series.cast(polars.String)
        if kind in (polars.String, polars.Categorical, polars.Enum):
            return PolarsText(text.str.strip_chars(SPACES)).without(nulls)
        return PolarsText(text)
    return cells_from_values(series.name, series.to_list(), nulls)
