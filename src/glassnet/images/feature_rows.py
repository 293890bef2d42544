"""Rows of features as they are measured: in memory, and beyond a limit in a temporary file that is mapped."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import FileError

Array = NDArray[Any]
_SHARE = 1 / 4
"""Of the limit, for the rows: they are there twice when they become one matrix."""
_ROWS_AT_ONCE = 1024


class FeatureRows:
    """Rows of equal length, given in any order.

    Parameters
    ----------
    memory_limit : float, optional
        Bytes; a quarter of it may be taken by rows in memory.

    Attributes
    ----------
    in_file : bool
        Whether they lie in a temporary file.

    Examples
    --------
    >>> rows = FeatureRows(memory_limit=64)
    >>> for place in (1, 0, 3):
    ...     rows.put(place, np.array([place, 0.5]))
    >>> rows.matrix([0, 1, 3]).tolist(), rows.in_file
    ([[0.0, 0.5], [1.0, 0.5], [3.0, 0.5]], True)
    """

    def __init__(self, memory_limit: float | None = None) -> None:
        self._most = None if memory_limit is None else memory_limit * _SHARE
        self._held: dict[int, Array] = {}
        self._file: IO[bytes] | None = None
        self._width = 0
        self.in_file = False

    def put(self, place: int, row: Array) -> None:
        """Keep a row.

        Raises
        ------
        FileError
            When the temporary file does not fit on its disk.
        """
        self._width = len(row)
        self._held[place] = np.asarray(row, dtype=np.float64)
        if self._most is not None and len(self._held) * self._width * 8 > self._most:
            self._spill()

    def matrix(self, places: Sequence[int]) -> Array:
        """The rows of some places, in their order, as the last that is asked; mapped where they lie in a file."""
        if self._file is None:
            return np.array([self._held[place] for place in places])
        self._spill()
        with self._file as file:  # an array that is mapped needs it open no longer
            whole = self._map_file(file, max(places, default=-1) + 1)
        if list(places) == list(range(len(whole))):
            return whole
        with self._new_file() as file:
            kept = self._map_file(file, len(places))
        for start in range(0, len(places), _ROWS_AT_ONCE):
            block = slice(start, start + _ROWS_AT_ONCE)
            kept[block] = whole[list(places[block])]
        return kept

    def _spill(self) -> None:
        """Move what is in memory to the file."""
        if self._file is None:
            self._file, self.in_file = self._new_file(), True
        try:
            for place, row in sorted(self._held.items()):
                self._file.seek(place * self._width * 8)
                self._file.write(row.tobytes())
            self._file.flush()
        except OSError as error:
            free = shutil.disk_usage(tempfile.gettempdir()).free
            raise FileError(
                f"The temporary file of features cannot be written in {tempfile.gettempdir()} ({error.strerror}; "
                f"{free / 1e6:.0f} MB are free). Make room there, or set TMPDIR to a folder on a larger disk."
            ) from None
        self._held.clear()

    def _new_file(self) -> IO[bytes]:
        """A file without a name, which goes with the last array that uses it."""
        return tempfile.TemporaryFile(prefix="glassnet-")

    def _map_file(self, file: IO[bytes], n_rows: int) -> Array:
        """So many rows of a file as a matrix."""
        file.truncate(max(1, n_rows * self._width * 8))
        return np.memmap(file, np.float64, "r+", shape=(n_rows, self._width))
