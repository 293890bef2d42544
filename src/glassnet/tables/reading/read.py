"""`read_table`: a file with a table to a `Table`, every cell of a text table as text first.

A file of 1 000 000 rows and 20 columns of numbers (188 MB) is read in 1.4 s and is a schema and a matrix 2 s later,
within 800 MB of memory (2 busy cores).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError, FileError, MissingDependency
from glassnet.tables.notation.cells import FEW_CELLS, Cells, ListText, PolarsText
from glassnet.tables.notation.number_text import NULL_STRINGS, SPACES, counted, megabytes, null_numbers, number_pattern
from glassnet.tables.reading.csv import arff, decoding, layout, oddities, rows
from glassnet.tables.reading.formats import formats
from glassnet.tables.reading.frames.parquet import read_parquet
from glassnet.tables.reading.frames.partitions import holds_parquet
from glassnet.tables.table import Table

MEMORY_PER_BYTE = 5
"""Memory that reading a text file takes, in bytes per byte of the file."""
COLUMN_BYTES = 17_000
"""Memory of a column in addition to its cells: series, statistics and the objects around them."""


def read_table(
    path: str | os.PathLike[str],
    *,
    delimiter: str | None = None,
    decimal: str | None = None,
    encoding: str = "utf-8",
    null_strings: Sequence[str] = NULL_STRINGS,
    memory_limit: float | None = None,
    header: bool = True,
    names: Sequence[str] | None = None,
    sheet: str | None = None,
) -> Table:
    r"""Read a text file, Parquet, or one of `formats`; nothing is guessed or repaired in silence.

    Parameters
    ----------
    path : path
        Parquet is recognized by its first bytes; anything else is read as text. A folder of Parquet files is one table,
        and ``year=2020`` in the name of a sub-folder a column ``year``.
    delimiter : str, optional
        Comma, semicolon, tab or bar is detected when it is not given, and so are runs of blanks (``"blanks"``) and
        columns that stand below each other (``"fixed widths"``).
    decimal : {".", ","}, optional
        The decimal comma is recognized in files that are not delimited by commas.
    encoding : str
        UTF-8 with or without a mark. UTF-16, and a code page of Windows whose letters can mean one thing only, are
        recognized and said; anything else must be named.
    null_strings : sequence of str
        Cells that mean "no value". Spaces around a cell are never part of it.
    memory_limit : float, optional
        Bytes that the table may take. A larger Parquet table stays in its file and is read in blocks, with the same
        cells; a larger text file is refused, with the way to make Parquet of it.
    header : bool
        Whether a line of a text file holds the names of the columns.
    names : sequence of str, optional
        The names of the columns of a text file without a header.
    sheet : str, optional
        The sheet of a spreadsheet (with a range: ``"Sheet1!A3:D20"``), the table of a database, the file of an
        archive; also written behind the path, as in ``"file.xlsx::Sheet1"``.

    Returns
    -------
    Table
        Cells as text; rows are named by their line in the file.

    Raises
    ------
    FileError
        When the file is missing, empty, binary, in another encoding, has repeated column names or ragged rows.
    DataError
        When it cannot keep to the memory limit.
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
    path, part = parted(path)
    sheet = part if sheet is None else sheet
    nulls = _null_strings(null_strings)
    if decimal not in (None, ".", ","):
        raise ConfigurationError(f"The decimal sign {decimal!r} cannot be used; it must be '.' or ','.")
    parquet = is_parquet(path)
    known = None if parquet else formats.format_of(path, decoding.first_bytes(path, 1 << 12))
    if part is not None and (known is None or known.whole):
        raise ConfigurationError(f"{path} holds one table, and no part {part!r} of it. Leave ::{part} out.")
    if parquet:
        return read_parquet(path, polars, nulls, memory_limit)
    content = None if known is None else formats.read_format(path, known, sheet, nulls)
    if isinstance(content, Table):
        return replace(content, reading={**content.reading, **({"sheet": sheet} if sheet else {})})
    remarks: list[str] = []
    plain = content is None or content.plain
    if content is None:
        _check_fits(path, memory_limit)
        data = decoding.read_bytes(path)
        encoding = decoding.settled(data, encoding, remarks)
        data = decoding.to_utf8(data, path, encoding)
        _check_fits(path, memory_limit, data[: data.find(b"\n") + 1])
    else:
        remarks += content.notes
        encoding = decoding.settled(content.text, encoding, remarks) if plain else encoding
        data = decoding.to_utf8(content.text, path, encoding if plain else "utf-8")
        delimiter = delimiter if plain else ","
    named = tuple(names or ())
    if delimiter not in (None, oddities.BLANKS, oddities.FIXED):
        layout.check_delimiter(str(delimiter))
    if decimal is not None and decimal == delimiter:
        raise ConfigurationError(f"The decimal sign and the delimiter are both {decimal!r}. Give two different ones.")
    categories: dict[str, tuple[str, ...]] = {}
    if arff.is_arff(data):
        data, categories = arff.as_csv(data)
        draft = oddities.Draft(data, ",", ["Read as ARFF, the format of Weka."], ",")
    elif delimiter is None and path.suffix.lower() == ".tsv" and b"\t" in data.split(b"\n", 1)[0]:
        draft = oddities.regular(data, "\t", header=header and not named)
    else:
        draft = oddities.regular(data, delimiter, header=header and not named)
    data, delimiter = draft.data, draft.delimiter
    head = (
        layout.read_header(data, delimiter, path)
        if header and not named
        else layout.named_columns(data, delimiter, named, path)
    )
    notes = [*remarks, *draft.notes, *head.notes]
    frame, numbering = _cells(polars, data, head, delimiter, path, notes, draft.emptied)
    blanks = _has_spaces(data)
    if blanks or b"\n" + delimiter.encode() * (len(head.names) - 1) in data:
        frame, numbering = rows.without_empty(polars, frame, numbering, head, notes)
    if rows.repeats_header(data, head):
        frame, numbering = rows.without_headers(polars, frame, numbering, head, notes)
    if not frame.height:
        raise FileError(
            f"{path} has a header with {counted(len(head.names), 'column')}, but no rows below it. Add the rows."
        )
    frame, numbering = rows.without_totals(polars, frame, numbering, notes)
    spaces = numbering is not None or blanks
    protected = b'="' in data
    del data
    frame = rows.unprotected(polars, frame, notes) if protected else frame
    frame = _clean(frame, nulls, spaces, polars)
    if decimal is None:
        decimal = "." if delimiter == "," else _detect_decimal(head.names, frame, polars, notes)
    columns: dict[str, Cells] = {
        name: PolarsText(column, decimal) if frame.height > FEW_CELLS else ListText(tuple(column.to_list()), decimal)
        for name, column in zip(head.names, frame.get_columns(), strict=True)
    }
    if null_numbers(nulls):  # a number is missing however it is written
        columns = {name: cells.without(nulls) for name, cells in columns.items()}
    size = f"{counted(frame.height, 'row')} and {counted(len(columns), 'column')}"
    comma = " and decimal commas" if decimal == "," else ""
    apart = draft.declared in (oddities.BLANKS, oddities.FIXED)
    how = f"{draft.declared} between the cells" if apart else f"the delimiter {layout.delimiter_name(delimiter)}"
    source = f"read with {how}{comma}" if content is None or plain else f"read as {content.format}"
    notes.insert(0, f"{size}, {source}{'' if content is None else content.place}.")
    reading: dict[str, Any] = {
        "delimiter": draft.declared,
        "decimal": decimal,
        "encoding": encoding,
        "null_strings": nulls,
    }
    if sheet:
        reading["sheet"] = sheet
    if named or not header:
        reading |= {"header": False, "names": list(head.names)}
    return Table(
        columns, origin=str(path), unit="line", numbering=numbering, notes=tuple(notes), reading=reading,
        categories=categories,
    )  # fmt: skip


def is_parquet(path: str | os.PathLike[str]) -> bool:
    """Whether a file is Parquet by its first bytes, or a folder holds such; what cannot be read is a `FileError`."""
    path = parted(path)[0]
    return holds_parquet(path) or decoding.first_bytes(path, 4) == b"PAR1"


def parted(path: str | os.PathLike[str]) -> tuple[Path, str | None]:
    """The path of a file, and the part of it that is named behind two colons.

    Examples
    --------
    >>> parted("visits.xlsx::2021")
    (PosixPath('visits.xlsx'), '2021')
    """
    front, colons, part = os.fspath(path).partition("::")
    return (Path(front), part) if colons and not Path(path).exists() else (Path(path), None)


def _check_fits(path: Path, memory_limit: float | None, header: bytes = b"") -> None:
    """Refuse a text file that takes more memory than the limit: it is read whole, and each column takes some too."""
    n_columns = max(header.count(mark.encode()) for mark in layout.DELIMITERS) + 1
    needed = path.stat().st_size * MEMORY_PER_BYTE + n_columns * COLUMN_BYTES
    if memory_limit is not None and needed > memory_limit:
        raise DataError(
            f"{path} is a text file, which is read whole and takes about {megabytes(needed)} of memory; the limit is "
            f'{megabytes(memory_limit)}. Convert it to Parquet, which is read in blocks: python -c "import polars; '
            f'polars.scan_csv({path.name!r}, infer_schema_length=None).sink_parquet({path.stem + ".parquet"!r})"'
        )


def _polars() -> Any:
    """The reader; `MissingDependency` holds the command that installs it."""
    try:
        import polars
    except ImportError:
        raise MissingDependency(
            "Reading table files needs polars, which is not installed. Run: pip install 'glassnet[app]'"
        ) from None
    return polars


def _has_spaces(data: bytes) -> bool:
    """Whether cells may have spaces around them; most files have none, and then no cell is looked at for them."""
    ascii_only = data.isascii()
    return any(
        space.encode() in data for space in SPACES if space not in "\r\n" and (space.isascii() or not ascii_only)
    )


def _null_strings(null_strings: Sequence[str]) -> list[str]:
    """The null strings, checked to be a sequence of texts."""
    if isinstance(null_strings, str) or not all(isinstance(text, str) for text in null_strings):
        raise ConfigurationError(f"null_strings={null_strings!r} must be a list of texts, such as ['', 'NA', '-'].")
    return list(dict.fromkeys(text.strip(SPACES) for text in null_strings))


def _cells(
    polars: Any, data: bytes, header: layout.Header, delimiter: str, path: Path, notes: list[str],
    emptied: set[int],
) -> tuple[Any, NDArray[np.int64] | None]:  # fmt: skip
    """The raw cells as a frame of text, and the line of each row where it is not simply position + 2."""
    end = layout.end_of_rows(data)
    rows_expected = layout.count_plain_rows(data, header.body, end, len(header.names), delimiter)
    if rows_expected:
        # A quote in the header or blank lines at the end would mislead the fast reader, so it sees the rows alone.
        whole = header.line == 1 and len(data) - end <= 2 and b'"' not in data[: header.body]
        plain, skipped = (data, 1) if whole else (data[header.body : end], 0)
        quote = '"' if b'"' in plain else None
        try:
            frame = polars.read_csv(
                plain, has_header=False, skip_rows=skipped, separator=delimiter, quote_char=quote, infer_schema=False
            )
        except polars.exceptions.PolarsError:  # the careful reader below says what is wrong, and where
            frame = polars.DataFrame()
        if frame.shape == (rows_expected, len(header.names)):
            return frame, None if header.line == 1 else np.arange(rows_expected) + header.line + 1
    records, lines, blank = layout.read_records(data, header, delimiter, path)
    if n_blank := len(set(blank) - emptied):  # those that were emptied on the way have a note of their own
        notes.append(f"{counted(n_blank, 'blank line')} between the rows skipped.")
    columns = {f"column_{k}": [record[k] for record in records] for k in range(len(header.names))}
    return polars.DataFrame(columns, schema=dict.fromkeys(columns, polars.String)), np.array(lines, dtype=np.int64)


def _clean(frame: Any, nulls: list[str], spaces: bool, polars: Any) -> Any:
    """The frame without spaces around its cells and with null for every null string."""
    cells = polars.all()
    if spaces:
        cells = cells.str.strip_chars(SPACES)
    cells = cells.fill_null("")
    return frame.select(polars.when(~cells.is_in(nulls)).then(cells).otherwise(None).name.keep())


def _detect_decimal(names: tuple[str, ...], frame: Any, polars: Any, notes: list[str]) -> str:
    """The decimal comma, when cells with one occur and cells with a decimal point do not."""
    with_comma = _with_match(names, frame, polars, r"^[+-]?[0-9]+,[0-9]+$")
    with_point = _with_match(names, frame, polars, r"^[+-]?[0-9]+\.[0-9]+$")
    if not with_comma:
        return "."
    if with_point and not _only_groups(with_point, names, frame):
        notes.append(
            f"Column {with_comma[0]!r} has cells with a comma (as 1,5) and column {with_point[0]!r} cells with a point "
            f"(as 1.5). The point is taken as the decimal sign; give decimal=',' if it is the comma."
        )
        return "."
    for name, column in zip(names, frame.get_columns(), strict=True):
        if name in with_comma:
            numbers = column.filter(column.str.contains(number_pattern(",")).fill_null(False))
            if len(numbers) and numbers.str.contains(r"^[+-]?[1-9][0-9]{0,2},[0-9]{3}$").all():
                notes.append(
                    f"Column {name!r} has cells such as {numbers[0]!r}; they are read with a decimal comma. If the "
                    f"comma groups thousands, remove it from the file."
                )
    return ","


def _only_groups(with_point: list[str], names: tuple[str, ...], frame: Any) -> bool:
    """Whether points always stand before three digits, so that they may group thousands beside decimal commas."""
    columns = [column for name, column in zip(names, frame.get_columns(), strict=True) if name in with_point]
    return all(
        column.filter(column.str.contains(r"^[+-]?[0-9]+\.[0-9]+$").fill_null(False))
        .str.contains(r"^[+-]?[1-9][0-9]{0,2}\.[0-9]{3}$")
        .all()
        for column in columns
    )


def _with_match(names: tuple[str, ...], frame: Any, polars: Any, pattern: str) -> list[str]:
    """The names of the columns with a cell that matches the pattern."""
    matches = frame.select(polars.all().str.contains(pattern).any()).row(0)
    return [name for name, any_cell in zip(names, matches, strict=True) if any_cell]
