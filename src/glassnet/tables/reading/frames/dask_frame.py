"""Data frames of Dask: read partition by partition. Dask itself is never imported here; whoever has one has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.tables.notation.cells import Cells
from glassnet.tables.notation.number_text import counted
from glassnet.tables.reading.frames.frame import contents_of_frame, declared_levels
from glassnet.tables.reading.frames.streamed import table_of_source
from glassnet.tables.table import Table

_UNKNOWN = "__UNKNOWN_CATEGORIES__"
"""The only level of a category whose levels Dask has not looked for."""


def is_dask_frame(table: Any) -> bool:
    """Whether it is a data frame of Dask, or of what has its methods."""
    return all(hasattr(table, name) for name in ("dask", "npartitions", "partitions", "map_partitions", "columns"))


def read_dask_frame(frame: Any, nulls: Sequence[str], memory_limit: float | None) -> Table:
    """The table of a data frame of Dask: in memory where it fits, else partition by partition.

    Raises
    ------
    DataError
        As `table_of_source`.
    """
    source = DaskFrame(frame)
    categories = {}
    for name, kind in zip(source.names, frame.dtypes, strict=True):
        levels = declared_levels(SimpleNamespace(dtype=kind))
        if levels is not None:
            categories[name] = () if _UNKNOWN in levels else levels
    how = f"read from {counted(frame.npartitions, 'partition')} of Dask"
    return table_of_source(source, "the data frame", how, nulls, categories, memory_limit)


class DaskFrame:
    """The rows of a data frame of Dask, one partition after the other; its index is no column.

    Parameters
    ----------
    frame : data frame of Dask
        Each partition is computed once to be counted, and again whenever its rows are wanted.
    """

    def __init__(self, frame: Any) -> None:
        self.frame = frame
        self._labels = dict(zip(map(str, frame.columns), frame.columns, strict=False))
        self.names: tuple[str, ...] = tuple(map(str, frame.columns))
        self.starts = np.cumsum([0, *map(int, frame.map_partitions(len).compute())])

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.starts[-1])

    def cells(self, names: Sequence[str], rows: np.ndarray, nulls: Sequence[str], stretch: int) -> dict[str, Cells]:
        """The cells of some rows, as `Source.cells`; between those that are wanted, one partition at a time."""
        order = np.argsort(rows, kind="stable")
        frames = list(self._frames([self._labels[name] for name in names], rows[order], stretch))
        import pandas

        whole = frames[0] if len(frames) == 1 else pandas.concat(frames, ignore_index=True)
        if not np.array_equal(order, np.arange(len(order))):
            whole = whole.iloc[np.argsort(order, kind="stable")]
        return dict(contents_of_frame(whole, nulls).columns)

    def _frames(self, labels: list[Any], rows: np.ndarray, stretch: int) -> Iterator[Any]:
        """The wanted rows, which rise; several partitions are computed together as long as they are short enough."""
        first = 0
        wanted = np.flatnonzero(np.histogram(rows, [*self.starts[:-1], self.starts[-1] + 1])[0]).tolist()
        for group in self._groups(wanted, max(stretch, len(rows))):
            start, stop = int(self.starts[group[0]]), int(self.starts[group[-1] + 1])
            frame = self.frame[labels].partitions[group[0] : group[-1] + 1].compute()
            if len(frame) != stop - start:
                raise DataError(
                    f"Partitions {group[0]} to {group[-1]} of the data frame had {stop - start} rows when they were "
                    f"counted, and have {len(frame)} now. Give a frame whose rows stay: call its persist() first."
                )
            last = int(np.searchsorted(rows, stop))
            yield frame.iloc[rows[first:last] - start]
            first = last

    def _groups(self, wanted: list[int], most: int) -> Iterator[list[int]]:
        """Neighboring partitions of at most so many rows together; a longer one is alone."""
        group: list[int] = []
        for number in wanted:
            if group and (number != group[-1] + 1 or self.starts[number + 1] - self.starts[group[0]] > most):
                yield group
                group = []
            group.append(number)
        if group:
            yield group
