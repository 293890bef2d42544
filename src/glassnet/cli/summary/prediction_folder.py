"""Predictions as a folder of Parquet files, written block by block and atomically."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from glassnet.cli.summary.predictions import predicted, with_table
from glassnet.cli.terminal.progress import Display

ROWS_AT_ONCE, CELLS_AT_ONCE = 1 << 16, 1 << 22
"""The largest numbers of rows and cells in memory with their predictions."""


class Block(NamedTuple):
    """Rows that are written to one file.

    Attributes
    ----------
    name : str
        The name of the file in the folder.
    start, stop : int
        The rows of the table.
    keys : tuple of str
        Columns whose values are in the file name.
    """

    name: str
    start: int
    stop: int
    keys: tuple[str, ...] = ()


class PredictionFolder:
    """The content of the folder.

    Parameters
    ----------
    estimator : trained model
    path : path
        The path of the table; if it is a folder, the output files have the names of its files.
    rows : Table
    interval : float, optional
        The coverage of prediction intervals.
    table_too : bool
        Whether the columns of the table come before the predictions.
    """

    def __init__(
        self, estimator: Any, path: Path, rows: Any, *, interval: float | None = None, table_too: bool = False
    ) -> None:
        self.estimator, self.rows = estimator, rows
        self.interval, self.table_too = interval, table_too
        most = max(1, min(ROWS_AT_ONCE, CELLS_AT_ONCE // len(rows.names)))
        self.blocks = list(_blocks(path, rows.n_rows, most))

    @property
    def n_files(self) -> int:
        """The number of files."""
        return len(self.blocks)

    def write(self, folder: Path, progress: Callable[[int, int], Any], *, replace: bool = False) -> list[str]:
        """Write the folder, and return the notes of the schema about the rows, each only once."""
        from glassnet.atomic import new_folder
        from glassnet.tables.reading.writing.writer import as_bytes

        remarks: dict[str, str] = {}
        with new_folder(folder, replace=replace) as inside:
            for block in self.blocks:
                rows = self.rows.take(np.arange(block.start, block.stop))
                for note in self.estimator.schema_.encode(rows).notes:
                    remarks.setdefault(note.partition(":")[0], note)
                columns = predicted(self.estimator, rows, self.interval, first=block.start + 1)
                if self.table_too:
                    columns_kept = [name for name in rows.names if name not in block.keys]
                    columns = with_table(rows.select(columns_kept), columns)
                target = inside / block.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(as_bytes(target, columns))
                progress(block.stop, self.rows.n_rows)
        return list(remarks.values())


def _blocks(path: Path, n_rows: int, most: int) -> Iterator[Block]:
    """The files to write: one for each file of a folder, or several for a long one."""
    if not path.is_dir() or not _holds_parquet(path):
        for number, start in enumerate(range(0, n_rows, most)):
            yield Block(f"part-{number:05d}.parquet", start, min(start + most, n_rows))
        return
    import polars

    from glassnet.tables.reading.frames.parquet import ParquetFiles
    from glassnet.tables.reading.frames.partitions import parts_of

    files = ParquetFiles.open(path, parts_of(path), polars, [])
    taken: set[str] = set()
    for part, first, last in zip(files.parts, files.starts[:-1].tolist(), files.starts[1:].tolist(), strict=True):
        inside = part.path.relative_to(path)
        starts = range(first, last, most)
        for number, start in enumerate(starts):
            stem = inside.stem if len(starts) == 1 else f"{inside.stem}-{number:05d}"
            name = inside.with_name(f"{stem}.parquet").as_posix()
            while name in taken:  # one.parq and one.parquet
                stem += "-2"
                name = inside.with_name(f"{stem}.parquet").as_posix()
            taken.add(name)
            yield Block(name, start, min(start + most, last), tuple(part.keys))


def _holds_parquet(path: Path) -> bool:
    from glassnet.tables.reading.frames.partitions import holds_parquet

    return holds_parquet(path)


class FolderDisplay(Display):
    """A display of the number of predicted rows."""

    _start = 0.0

    def update(self, done: int, of: int) -> None:
        """Show it."""
        self._start = self._start or time.monotonic()
        text = f"{done} of {of} rows predicted"
        self.show(text, text, time.monotonic() - self._start)
