"""The first lines of a table file, judged before the rest is read: a table with too many columns costs memory, fast."""

from __future__ import annotations

from glassnet.errors import DataError

MOST_COLUMNS = 2_000
HEADER_BYTES = 1024**2
"""Bytes of a file's start that are looked at."""
_LINES = 20
_SEPARATORS = (b",", b";", b"\t", b"|")


def check_header(head: bytes, name: str) -> None:
    r"""Raise for the start of a CSV file whose lines have too many columns.

    Separators are counted as bytes, so the encoding need not be known; the line that is cut at the end counts too.
    Cells in quotes may hold separators, so only the text outside of quotes is counted.

    Examples
    --------
    >>> check_header(b"size,age\n1,2\n", "patients.csv")
    >>> check_header(b"x," * 5000, "genes.csv")
    Traceback (most recent call last):
        ...
    glassnet.errors.DataError: genes.csv has at least 5,001 columns; the studio shows at most 2,000. Leave some out.
    """
    if head.startswith(b"PAR1"):
        return
    outside = b"".join(head.split(b'"')[::2])
    for line in outside.split(b"\n", _LINES)[:_LINES]:
        columns = 1 + max(line.count(separator) for separator in _SEPARATORS)
        if columns > MOST_COLUMNS:
            raise DataError(too_wide(name, columns, at_least=True))


def too_wide(name: str, columns: int, *, at_least: bool = False) -> str:
    """The message about a table with too many columns."""
    count = f"at least {columns:,}" if at_least else f"{columns:,}"
    return f"{name} has {count} columns; the studio shows at most {MOST_COLUMNS:,}. Leave some out."
