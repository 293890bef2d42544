"""`read_table`: a CSV, TSV or Parquet file to a `Table`, every cell as text first.

Measured on 2 cores: see the tests' folder for the traps, `csv_layout` for how a file is judged plain.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, FileError, MissingDependency
from glassnet.tables import csv_bytes, csv_layout
from glassnet.tables.cells import Cells, PolarsText
from glassnet.tables.number_text import NULL_STRINGS, SPACES, counted, number_pattern
from glassnet.tables.table import Table


def read_table(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8",
    null_strings: Sequence[str] = NULL_STRINGS,
) -> Table:
    r"""Read a CSV, TSV or Parquet file; nothing is guessed from a part of it, nothing is repaired in silence.

    Parameters
    ----------
    path : path
        Parquet is recognised by its first bytes; anything else is read as text.
    delimiter : str, optional
        Comma, semicolon, tab or bar is detected when it is not given.
    decimal : {".", ","}, optional
        The decimal comma is recognised in files that are not delimited by commas.
    encoding : str
        UTF-8 with or without a mark; anything else must be named.
    null_strings : sequence of str
        Cells that mean "no value". Spaces around a cell are never part of it.

    Returns
    -------
    Table
        Cells as text; rows are named by their line in the file.

    Raises
    ------
    FileError
        When the file is missing, empty, binary, in another encoding, has repeated column names or ragged rows.
    MissingDependency
        When polars is not installed.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "patients.csv"
    >>> _ = path.write_text("age;dose\n63;0,5\n41;NA\n")
    >>> table = read_table(path)
    >>> table.row_text(0), table.row_text(1)
    ({'age': '63', 'dose': '0,5'}, {'age': '41', 'dose': None})
    >>> table.row_name(1)
    'line 3'
    """
    polars = _polars()
    path = Path(path)
    nulls = _null_strings(null_strings)
    if decimal not in (None, ".", ","):
        raise ConfigurationError(f"The decimal sign {decimal!r} cannot be used; it must be '.' or ','.")
    data = csv_bytes.read_bytes(path)
    if data.startswith(b"PAR1"):
        return _read_parquet(path, polars, nulls)
    data = csv_bytes.to_utf8(data, path, encoding)
    if delimiter is None:
        delimiter = "\t" if path.suffix.lower() == ".tsv" else csv_layout.detect_delimiter(data)
    csv_layout.check_delimiter(delimiter)
    if decimal == delimiter:
        raise ConfigurationError(f"The decimal sign and the delimiter are both {decimal!r}. Give two different ones.")
    header = csv_layout.read_header(data, delimiter, path)
    notes = list(header.notes)
    series, numbering = _cells(polars, data, header, delimiter, path, notes)
    if not len(series[0]):
        raise FileError(f"{path} has a header with {counted(len(header.names), 'column')}, but no rows below it.")
    spaces = numbering is not None or any(space.encode() in data for space in SPACES if space not in "\r\n")
    del data
    series = [_cleaned(column, nulls, spaces, polars) for column in series]
    if decimal is None:
        decimal = "." if delimiter == "," else _detect_decimal(header.names, series, notes)
    columns: dict[str, Cells] = {
        name: PolarsText(column, decimal) for name, column in zip(header.names, series, strict=True)
    }
    comma = " and decimal commas" if decimal == "," else ""
    word = csv_layout.delimiter_name(delimiter)
    notes.insert(
        0,
        f"{counted(len(series[0]), 'row')} and {counted(len(columns), 'column')}, read "
        f"with the delimiter {word}{comma}.",
    )
    return Table(columns, origin=str(path), unit="line", numbering=numbering, notes=tuple(notes))


def _polars() -> Any:
    """The reader; `MissingDependency` holds the command that installs it."""
    try:
        import polars
    except ImportError:
        raise MissingDependency(
            "Reading table files needs polars, which is not installed. Run: pip install 'glassnet[app]'"
        ) from None
    return polars


def _null_strings(null_strings: Sequence[str]) -> list[str]:
    """The null strings, checked to be a sequence of texts."""
    if isinstance(null_strings, str) or not all(isinstance(text, str) for text in null_strings):
        raise ConfigurationError(f"null_strings={null_strings!r} must be a list of texts, such as ['', 'NA', '-'].")
    return [text.strip(SPACES) for text in null_strings]


def _cells(
    polars: Any, data: bytes, header: csv_layout.Header, delimiter: str, path: Path, notes: list[str]
) -> tuple[list[Any], Any]:
    """One series of raw text per column, and the line of each row where it is not simply position + 2."""
    end = csv_layout.end_of_rows(data)
    rows_expected = csv_layout.count_plain_rows(data, header.body, end, len(header.names), delimiter)
    if rows_expected:
        plain = data if len(data) - end <= 2 else data[:end]
        quote = '"' if b'"' in data else None
        frame = polars.read_csv(
            plain, has_header=False, skip_rows=1, separator=delimiter, quote_char=quote, infer_schema=False
        )
        if frame.shape == (rows_expected, len(header.names)):
            return frame.get_columns(), None
    rows, lines, blank = csv_layout.read_records(data, header, delimiter, path)
    if blank:
        notes.append(f"{counted(blank, 'blank line')} between the rows skipped.")
    if not rows:
        return [polars.Series([], dtype=polars.String)], None
    columns = [polars.Series([row[k] for row in rows], dtype=polars.String) for k in range(len(header.names))]
    return columns, np.array(lines, dtype=np.int64)


def _cleaned(series: Any, nulls: list[str], spaces: bool, polars: Any) -> Any:
    """The series without spaces around its cells and with null for every null string."""
    if spaces:
        series = series.str.strip_chars(SPACES)
    series = series.fill_null("")
    absent = series.is_in(nulls)
    if not absent.any():
        return series
    return polars.select(polars.when(~absent).then(series).otherwise(None)).to_series()


def _detect_decimal(names: tuple[str, ...], series: list[Any], notes: list[str]) -> str:
    """The decimal comma, when cells with one occur and cells with a decimal point do not."""
    comma, point = r"^[+-]?[0-9]+,[0-9]+$", r"^[+-]?[0-9]+\.[0-9]+$"
    with_comma = [name for name, column in zip(names, series, strict=True) if _any(column, comma)]
    with_point = [name for name, column in zip(names, series, strict=True) if _any(column, point)]
    if not with_comma:
        return "."
    if with_point:
        notes.append(
            f"Column {with_comma[0]!r} has cells with a comma (as 1,5) and column {with_point[0]!r} cells with a point "
            f"(as 1.5). The point is taken as the decimal sign; give decimal=',' if it is the comma."
        )
        return "."
    for name, column in zip(names, series, strict=True):
        if name in with_comma:
            numbers = column.filter(column.str.contains(number_pattern(",")).fill_null(False))
            if numbers.str.contains(r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$").all():
                notes.append(
                    f"Column {name!r} has cells such as {numbers[0]!r}; they are read with a decimal comma. If the "
                    f"comma groups thousands, remove it from the file."
                )
    return ","


def _any(series: Any, pattern: str) -> bool:
    """Whether any cell matches the pattern."""
    return bool(series.str.contains(pattern).fill_null(False).any())


def _read_parquet(path: Path, polars: Any, nulls: list[str]) -> Table:
    """A table from a Parquet file; a damaged one is a `FileError`."""
    from dataclasses import replace

    try:
        frame = polars.read_parquet(path)
    except Exception as error:  # the reader's own error classes differ between its versions
        raise FileError(
            f"{path} begins like a Parquet file, but cannot be read ({str(error).splitlines()[0]}). Write it again."
        ) from None
    table = Table.from_frame(frame, null_strings=nulls)
    note = f"{counted(table.n_rows, 'row')} and {counted(len(table.names), 'column')}, read from a Parquet file."
    return replace(table, origin=str(path), notes=(note,))
