"""A look at the first lines of a table file: how many columns, and what reading it would take."""

from __future__ import annotations

import os
from dataclasses import dataclass

from glassnet.tables.reading.csv import decoding, oddities
from glassnet.tables.reading.formats import formats
from glassnet.tables.reading.read import COLUMN_BYTES, MEMORY_PER_BYTE, is_parquet, parted

_FIRST = 1 << 16
_LONGEST_HEADER = 1 << 27


@dataclass(frozen=True)
class Peek:
    """Facts about a file from its first lines.

    Parameters
    ----------
    n_columns : int
        Cells of the first line that has any; 0 where the file must be read to know.
    memory : float
        What reading it takes, in bytes, as far as it can be told beforehand.
    """

    n_columns: int
    memory: float


def peek(path: str | os.PathLike[str], *, delimiter: str | None = None, encoding: str = "utf-8") -> Peek:
    r"""Look at the first lines of a file, and at its size; the rest is not read.

    Raises
    ------
    FileError
        When the file is missing, or its first lines are no text in that encoding.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "wide.csv"
    >>> _ = path.write_text("a;b;c\n1;2;3\n")
    >>> peek(path).n_columns
    3
    """
    path = parted(path)[0]
    first = decoding.first_bytes(path, _FIRST)
    size = path.stat().st_size
    if is_parquet(path) or formats.format_of(path, first) is not None:
        return Peek(0, float(size))
    while b"\n" not in first.strip() and len(first) < min(size, _LONGEST_HEADER):
        first = decoding.first_bytes(path, 8 * len(first))
    known = decoding.settled(first[: len(first) // 2 * 2], encoding, [])
    if known != encoding:
        first, encoding = first.decode(known, "ignore").removeprefix("\ufeff").encode(), "utf-8"
    head = first[: first.rfind(b"\n") + 1] if b"\n" in first.strip() and len(first) < size else first
    data = decoding.to_utf8(head, path, encoding)
    draft = oddities.regular(data, delimiter)
    line = next((line for line in draft.data.split(b"\n", 100) if line.strip()), b"")
    n_columns = line.count(draft.delimiter.encode()) + 1
    return Peek(n_columns, float(size * MEMORY_PER_BYTE + n_columns * COLUMN_BYTES))
