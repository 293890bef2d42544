"""Matrices of rows: in memory, or in a temporary file that the system maps into memory page by page.

A mapped matrix is an array like any other, to the engine too; its pages count as cache that the system takes back when
it needs the room. The file has no name and resumes with the last array that uses it.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from typing import Any

import numpy as np

from glassnet.errors import FileError
from glassnet.tables.notation.number_text import megabytes

_BYTES_AT_ONCE = 1 << 25


def empty_matrix(shape: tuple[int, ...], dtype: Any, *, mapped: bool) -> np.ndarray:
    """A matrix to fill, or rows of another shape; `mapped` puts it into a temporary file (in ``TMPDIR``).

    Raises
    ------
    FileError
        When the file does not fit on its disk; nothing has been written then.
    """
    if not mapped:
        return np.empty(shape, dtype)
    size, folder = math.prod(shape) * np.dtype(dtype).itemsize, tempfile.gettempdir()
    try:
        if size > (free := shutil.disk_usage(folder).free):
            raise OSError(None, f"{megabytes(free)} are free")
        with tempfile.TemporaryFile(prefix="glassnet-") as file:
            file.truncate(size)
            return np.memmap(file, dtype=dtype, mode="r+", shape=shape)
    except OSError as error:
        raise FileError(
            f"A temporary file of {megabytes(size)} cannot be made in {folder} ({error.strerror}). Make "
            f"room there, or set TMPDIR to a folder on a larger disk."
        ) from None


def take_rows(matrix: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Some rows of a matrix, mapped when the matrix is."""
    if not isinstance(matrix, np.memmap):
        kept: np.ndarray = matrix[rows]
        return kept
    taken = empty_matrix((len(rows), *matrix.shape[1:]), matrix.dtype, mapped=True)
    step = max(1, _BYTES_AT_ONCE // max(1, math.prod(matrix.shape[1:]) * matrix.itemsize))
    for start in range(0, len(rows), step):
        taken[start : start + step] = matrix[rows[start : start + step]]
    return taken


def take_columns(matrix: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Some columns of a matrix, mapped when the matrix is."""
    if not isinstance(matrix, np.memmap):
        return np.ascontiguousarray(matrix[:, columns])
    taken = empty_matrix((len(matrix), len(columns)), matrix.dtype, mapped=True)
    step = max(1, _BYTES_AT_ONCE // max(1, matrix.shape[1] * matrix.itemsize))
    for start in range(0, len(matrix), step):
        taken[start : start + step] = matrix[start : start + step, columns]
    return taken
