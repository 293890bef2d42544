"""Tables that stay where they are: read whole where they fit into memory, else a column or a block of rows at a time.

A `StreamedTable` holds no cells. It reads one column when the schema asks about that column, and one block of rows when
the matrix is filled, so that it needs the memory of its longest column and of one block, whatever the number of
columns. The cells are the same either way, and so is every bit behind them. Where the rows come from is a `Source`:
Parquet files, or the partitions of a data frame on a cluster.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np

from glassnet.errors import DataError
from glassnet.tables.notation.cells import Cells
from glassnet.tables.notation.number_text import counted, megabytes
from glassnet.tables.table import Table

ROWS_AT_ONCE = 1 << 17
BYTES_PER_ROW = 64
"""Memory per row of a column of numbers while it is examined: the column, a copy to sort or square, masks."""
_SHARE_OF_A_BLOCK, _FEWEST_ROWS = 1 / 6, 256
_BYTES_PER_CELL = 24
"""Memory of a cell in a table that is read whole: the number as it was read, as float64, and in the matrix."""


class Source(Protocol):
    """Rows that can be read again and again, some of them and some of their columns at a time."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""

    @property
    def n_rows(self) -> int:
        """The number of rows."""

    def cells(self, names: Sequence[str], rows: np.ndarray, nulls: Sequence[str], stretch: int) -> dict[str, Cells]:
        """The cells of some rows in their order; of those between them only `stretch` are in memory at a time."""


@dataclass(eq=False)
class StreamedColumns(Mapping[str, Cells]):
    """The columns of a source by name, each read when asked for; the latest one is kept.

    `rows` are the rows of the source that the table has, all of them when None; `stretch` is how many rows of all
    columns may be in memory beside those that are wanted.
    """

    source: Source
    nulls: tuple[str, ...]
    stretch: int = ROWS_AT_ONCE
    rows: np.ndarray | None = None
    _latest: tuple[str, Cells] | None = field(default=None, init=False, repr=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self.source.names)

    def __len__(self) -> int:
        return len(self.source.names)

    def __contains__(self, name: object) -> bool:
        return name in self.source.names

    @property
    def n_rows(self) -> int:
        """The number of rows of the table."""
        return self.source.n_rows if self.rows is None else len(self.rows)

    def __getitem__(self, name: str) -> Cells:
        if name not in self.source.names:
            raise KeyError(name)
        if self._latest is None or self._latest[0] != name:
            self._latest = None  # let go of the last column before the next one comes
            self._latest = (name, self.load(0, self.n_rows, (name,))[name])
        return self._latest[1]

    def load(self, start: int, stop: int, names: Sequence[str] | None = None) -> dict[str, Cells]:
        """The cells of a block of rows, in memory."""
        wanted = np.arange(start, stop) if self.rows is None else self.rows[start:stop]
        names = self.source.names if names is None else names
        share = len(self.source.names) / len(names)
        return self.source.cells(names, wanted, self.nulls, max(int(self.stretch * share), 1))


@dataclass(frozen=True, eq=False)
class StreamedTable(Table):
    """A table that stays in its source, and is read in blocks of `block_rows`."""

    columns: StreamedColumns
    block_rows: int = ROWS_AT_ONCE

    @property
    def mapped(self) -> bool:
        """It stays in its source."""
        return True

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.columns.n_rows

    @property
    def row_numbers(self) -> np.ndarray:
        """The row of the source of each row."""
        return np.arange(self.n_rows) if self.columns.rows is None else self.columns.rows

    def row_number(self, row: int) -> int:
        """The row of the source of one row."""
        return int(row if self.columns.rows is None else self.columns.rows[row])

    def take(self, rows: Any) -> Table:
        """The table of the given rows, which stays in its source unless it is small."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        self._check_rows(rows)
        inside = self.columns.rows
        columns = replace(self.columns, rows=rows if inside is None else inside[rows])
        taken = replace(self, columns=columns)
        return taken if len(rows) > self.block_rows else taken.loaded()

    def select(self, names: Iterable[str]) -> Table:
        """The table of the given columns, in that order, read into memory."""
        columns = {name: self.column(name) for name in names}
        return Table(columns, self.origin, self.unit, self.row_numbers, self.notes, self.reading, self.categories)

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


def table_of_source(
    source: Source, origin: str, how: str, nulls: Sequence[str], categories: Mapping[str, tuple[str, ...]],
    memory_limit: float | None, notes: Sequence[str] = (),
) -> Table:  # fmt: skip
    """The table of a source: in memory where it fits, else streamed.

    Parameters
    ----------
    source : Source
    origin, how : str
        For messages: where the rows are, and how they were read, as "read from a Parquet file".
    nulls : sequence of str
    categories : mapping of str to tuple of str
    memory_limit : float or None
        Bytes.
    notes : sequence of str
        What else to say about it.

    Raises
    ------
    DataError
        When there is no row, no column, two columns of one name, or too little memory for even one column.
    """
    rows, names = source.n_rows, source.names
    repeated = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if repeated is not None:
        raise DataError(f"{origin} has two columns named {repeated!r}. Rename one of them.")
    if not rows or not names:
        raise DataError(f"{origin} has {rows} rows and {len(names)} columns; a table needs both.")
    columns = StreamedColumns(source, tuple(nulls))
    reading = {"null_strings": list(nulls)}
    size = f"{counted(rows, 'row')} and {counted(len(names), 'column')}"
    if memory_limit is None or rows * len(names) * _BYTES_PER_CELL <= memory_limit:
        return Table(columns.load(0, rows), origin=origin, notes=(f"{size}, {how}.", *notes), reading=reading,
                     categories=categories)  # fmt: skip
    if rows * BYTES_PER_ROW > memory_limit:
        raise DataError(
            f"{origin} has {rows} rows; examining a column takes about {megabytes(rows * BYTES_PER_ROW)} of memory, "
            f"and the limit is {megabytes(memory_limit)}. Raise the limit, or take a sample of the rows."
        )
    note = f"{size}, {how} in blocks, because it is large for the memory."
    block = int(memory_limit * _SHARE_OF_A_BLOCK / (_BYTES_PER_CELL * len(names)))
    block = min(max(block, _FEWEST_ROWS), ROWS_AT_ONCE)
    return StreamedTable(
        replace(columns, stretch=block), origin=origin, notes=(note, *notes), reading=reading, categories=categories,
        block_rows=block,
    )  # fmt: skip
