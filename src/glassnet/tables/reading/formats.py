"""Tables in the files of other programs: spreadsheets, statistics packages, data bases, and packed files.

What a file is, its first bytes say. A spreadsheet, a data base and lines of JSON become the text of a CSV file and go
the way of all text tables, with its remarks on titles, units and totals; what has typed columns becomes a data frame.
"""

from __future__ import annotations

import csv
import datetime
import gzip
import io
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from glassnet.errors import ConfigurationError, DataError, FileError, MissingDependency, nearest
from glassnet.formulas.render.display import format_number
from glassnet.tables.notation.number_text import megabytes
from glassnet.tables.table import Table

MOST_UNPACKED = 2e9
"""Bytes that a packed file may have inside, where no memory limit is given."""
_SAS = bytes.fromhex("000000000000000000000000c2ea8160b31411cfbd92080009c7318c181f1011")
_STATA = (b"<stata_dta>", b"\x73\x01", b"\x73\x02", b"\x72\x01", b"\x72\x02", b"\x71\x01", b"\x71\x02")


@dataclass(frozen=True)
class Format:
    """One kind of file.

    Parameters
    ----------
    name : str
        For messages.
    starts : tuple of bytes
        How such files begin.
    read : callable
        ``read(path, part)``: CSV bytes, or a data frame and its declared categories; `part` is the sheet, table or
        member that is wanted, or None.
    package : str
        The module that reads it; empty when none is needed.
    """

    name: str
    starts: tuple[bytes, ...]
    read: Callable[[Path, str | None], Any]
    package: str = ""


def format_of(path: Path, first: bytes) -> Format | None:
    """The format of a file by its first bytes; None for text and for what is not supported here."""
    for known in FORMATS:
        if any(first.startswith(start) for start in known.starts):
            if known.name == "zip archive" and _inside(path) is not None:
                return _inside(path)
            return known
    if first[8:12] == b"DUCK":
        return _DUCKDB
    if first[:1] == b"{" and _is_json_line(first):
        return _JSON_LINES
    if _JSON_ROWS.match(first):
        return _JSON
    return None


def read_format(path: Path, known: Format, part: str | None, nulls: Sequence[str]) -> bytes | Table:
    """CSV bytes or a table from a file of a known format.

    Raises
    ------
    MissingDependency
        When the package that reads it is not installed.
    FileError
        When it cannot be read.
    """
    try:
        content = _read(path, known, part, path)
    except (ConfigurationError, DataError, MissingDependency):
        raise
    except Exception as error:  # damage makes each library raise its own errors
        reason = (str(error).splitlines() or ["damaged"])[0]
        raise FileError(
            f'{path} begins like a file of {known.name}, but cannot be read ({reason}). Save it as "CSV UTF-8".'
        ) from None
    if isinstance(content, bytes):
        return content
    frame, categories = content
    table = Table.from_frame(frame, null_strings=nulls)
    size = f"{table.n_rows} rows and {len(table.names)} columns, read as {known.name}."
    return replace(
        table, origin=str(path), notes=(size, *table.notes), categories={**table.categories, **categories}
    )  # fmt: skip


def _read(path: Path, known: Format, part: str | None, named: Path) -> Any:
    """Read a file with the reader of its format; messages call it `named`, as it may come out of an archive."""
    if known.package:
        try:
            import_module(known.package)
        except ImportError:
            raise _lacking(named, known.name, known.package) from None
    return known.read(path, part)


def _lacking(path: Path, name: str, package: str) -> MissingDependency:
    """The error for a file that a package would read."""
    return MissingDependency(
        f"{path} is a file of {name}; reading it needs {package.replace('_', '-')}, which is not installed. Run: pip "
        f"install 'glassnet[{'duckdb' if package == 'duckdb' else 'formats'}]'"
    )


def _as_csv(rows: Iterable[Iterable[Any]]) -> bytes:
    """Rows of values as CSV text; a line break inside a cell becomes a blank, so that lines are rows."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        cells = [_text(cell) for cell in row]
        writer.writerow(cells)
    return out.getvalue().encode("utf-8")


def _text(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value) if isinstance(value, int) else format_number(value)
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return format_number(value / datetime.timedelta(days=1))
    return " ".join(str(value).splitlines())


def _chosen(names: Sequence[str], wanted: str | None, path: Path, what: str) -> str:
    """The wanted sheet, table or member; without a wish the only one."""
    if wanted is None:
        if len(names) == 1:
            return names[0]
        listed = ", ".join(map(repr, names[:8])) + (", ..." if len(names) > 8 else "")
        raise ConfigurationError(
            f"{path} holds {len(names)} {what}s: {listed}. Say which: --sheet NAME, or {path.name}::NAME (in Python "
            "sheet=NAME)."
        )
    if wanted not in names:
        raise ConfigurationError(f"{path} has no {what} {wanted!r}. {nearest(wanted, names)}")
    return wanted


def _spreadsheet(path: Path, part: str | None) -> bytes:
    """A sheet, or a range of it as ``Sheet1!A3:D20``, as CSV."""
    from python_calamine import CalamineWorkbook

    name, _, area = (part or "").partition("!")
    with closing(CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))) as book:
        filled = [one for one in book.sheet_names if book.get_sheet_by_name(one).height]
        chosen = _chosen(filled if not name else list(book.sheet_names), name or None, path, "sheet")
        rows = book.get_sheet_by_name(chosen).to_python(skip_empty_area=False)
    if area:
        (left, top), (right, bottom) = (_place(corner, part or "") for corner in _corners(area, part or ""))
        rows = [row[left : right + 1] if top <= k <= bottom else [] for k, row in enumerate(rows)]
    return _as_csv([cell if not isinstance(cell, float) or not cell.is_integer() else int(cell) for cell in row]
                   for row in rows)  # fmt: skip


def _corners(area: str, part: str) -> tuple[str, str]:
    """The two corners of a range."""
    first, colon, last = area.partition(":")
    if not colon:
        raise ConfigurationError(f"The range {part!r} must name two corners, as in Sheet1!A3:D20.")
    return first, last


def _place(corner: str, part: str) -> tuple[int, int]:
    """Column and row of a corner such as ``B3``, from 0."""
    letters = corner.strip("$").rstrip("0123456789$").upper()
    digits = corner.strip("$")[len(letters) :].strip("$")
    if not letters.isalpha() or not letters.isascii() or not digits.isdigit():
        raise ConfigurationError(f"The range {part!r} must name two corners, as in Sheet1!A3:D20.")
    column = 0
    for letter in letters:
        column = 26 * column + ord(letter) - ord("A") + 1
    return column - 1, int(digits) - 1


def _labeled(read: str) -> Callable[[Path, str | None], Any]:
    """A reader of a statistics package: value labels become categories, user-missing codes missing cells."""

    def reader(path: Path, _: str | None) -> Any:
        import pyreadstat

        columns, meta = getattr(pyreadstat, read)(str(path), output_format="dict")
        frame: dict[str, Any] = {}
        categories: dict[str, tuple[str, ...]] = {}
        for name, values in columns.items():
            cells = [None if value is None or value != value or value == "" else value for value in values]
            labels = meta.variable_value_labels.get(name, {})
            if labels and all(cell is None or cell in labels for cell in cells):
                ordered = meta.variable_measure.get(name) == "ordinal"
                categories[name] = tuple(str(labels[code]) for code in sorted(labels)) if ordered else ()
                cells = [None if cell is None else str(labels[cell]) for cell in cells]
            frame[name] = cells
        return frame, categories

    return reader


def _of_r(path: Path, part: str | None) -> Any:
    """A data frame that R saved."""
    import pyreadr

    frames = {str(name or "table"): frame for name, frame in pyreadr.read_r(str(path)).items()}
    return frames[_chosen(list(frames), part, path, "data frame")], {}


def _arrow(path: Path, _: str | None) -> Any:
    """A Feather or Arrow file."""
    import polars

    return polars.read_ipc(path), {}


def _sqlite(path: Path, part: str | None) -> bytes:
    """A table of an SQLite data base."""
    with closing(sqlite3.connect(f"file:{path.resolve().as_posix()}?mode=ro", uri=True)) as base:
        names = [row[0] for row in base.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%'")]  # fmt: skip
        chosen = _chosen(names, part, path, "table").replace('"', '""')
        cursor = base.execute(f'SELECT * FROM "{chosen}"')  # noqa: S608 (a name that the data base itself lists)
        return _as_csv([[column[0] for column in cursor.description], *cursor])


def _duckdb(path: Path, part: str | None) -> bytes:
    """A table of a DuckDB data base, which may look at no other file."""
    import duckdb

    with closing(duckdb.connect(str(path), read_only=True, config={"enable_external_access": "false"})) as base:
        names = [row[0] for row in base.execute(
            "SELECT table_name FROM information_schema.tables ORDER BY table_name").fetchall()]  # fmt: skip
        chosen = _chosen(names, part, path, "table").replace('"', '""')
        cursor = base.execute(f'SELECT * FROM "{chosen}"')  # noqa: S608 (a name that the data base itself lists)
        head = [column[0] for column in cursor.description]
        return _as_csv([head, *cursor.fetchall()])


def _json_lines(path: Path, _: str | None) -> bytes:
    """A file with one JSON object per line."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return _of_objects(rows, path)


def _json(path: Path, _: str | None) -> bytes:
    """A file with a list of JSON objects."""
    return _of_objects(json.loads(path.read_text(encoding="utf-8-sig")), path)


def _of_objects(rows: list[Any], path: Path) -> bytes:
    """Objects of plain values as CSV, a column for each name."""
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or any(isinstance(cell, (dict, list)) for cell in row.values()):
            raise FileError(f'{path}, row {number}: each row must be an object of plain values, such as {{"age": 63}}.')
    names = list(dict.fromkeys(name for row in rows for name in row))
    return _as_csv([names, *([row.get(name) for name in names] for row in rows)])


def _is_json_line(first: bytes) -> bool:
    """Whether the first line is a JSON object, or one that goes on beyond what was read."""
    line = first.partition(b"\n")[0].strip()
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return b"\n" not in first and line[:2] == b'{"'


def _unpacked(path: Path, open_: Callable[[], Any], name: str, part: str | None) -> Any:
    """The contents of a packed file: the bytes of a text table, or the table of another format."""
    from glassnet.tables.reading.csv_bytes import first_bytes

    with open_() as packed:
        content = packed.read(int(MOST_UNPACKED) + 1)
    if len(content) > MOST_UNPACKED:
        raise DataError(f"{path} holds more than {megabytes(MOST_UNPACKED)}. Unpack it, and convert it to Parquet.")
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / Path(name).name
        inner.write_bytes(content)
        known = format_of(inner, first_bytes(inner, 1 << 12))
        if content.startswith(b"PAR1"):
            import polars

            return polars.read_parquet(inner), {}
        if known is not None and known.name in ("gzip archive", "zip archive"):
            raise FileError(f"{path} is packed twice. Unpack it once.")
        return content if known is None else _read(inner, known, part, path)


def _gzip(path: Path, part: str | None) -> Any:
    """A file packed by gzip; R packs its own files so."""
    with gzip.open(path) as packed:
        start = packed.read(5)
    if start[:3] in (b"RDX", b"RDA") or start[:2] in (b"X\n", b"A\n", b"B\n"):
        return _of_r_checked(path, part)
    return _unpacked(path, lambda: gzip.open(path), path.stem, part)


def _of_r_checked(path: Path, part: str | None) -> Any:
    """A data frame that R saved, where the package is there."""
    try:
        import_module("pyreadr")
    except ImportError:
        raise _lacking(path, "R", "pyreadr") from None
    return _of_r(path, part)


def _zip(path: Path, part: str | None) -> Any:
    """The table in a zip archive."""
    with zipfile.ZipFile(path) as archive:
        names = [one for one in archive.namelist() if not one.endswith("/") and not one.startswith("__MACOSX")]
        member, _, inner = (part or "").partition("::")
        chosen = _chosen(names, member or None, path, "file")
        return _unpacked(path, lambda: archive.open(chosen), chosen, inner or None)


def _inside(path: Path) -> Format | None:
    """The spreadsheet format that a zip archive is; None for a plain archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return _EXCEL
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return _EXCEL
    return _OPEN_DOCUMENT if "content.xml" in names and "mimetype" in names else None


_EXCEL = Format("Excel", (b"\xd0\xcf\x11\xe0",), _spreadsheet, "python_calamine")
_OPEN_DOCUMENT = Format("LibreOffice", (), _spreadsheet, "python_calamine")
_DUCKDB = Format("DuckDB", (), _duckdb, "duckdb")
_JSON_ROWS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\{")
_JSON = Format("JSON", (), _json)
_JSON_LINES = Format("JSON lines", (), _json_lines)
FORMATS: tuple[Format, ...] = (
    _EXCEL,
    Format("zip archive", (b"PK\x03\x04",), _zip),
    Format("gzip archive", (b"\x1f\x8b",), _gzip),
    Format("SPSS", (b"$FL2", b"$FL3"), _labeled("read_sav"), "pyreadstat"),
    Format("Stata", _STATA, _labeled("read_dta"), "pyreadstat"),
    Format("SAS", (_SAS,), _labeled("read_sas7bdat"), "pyreadstat"),
    Format("SAS transport", (b"HEADER RECORD*******LIB",), _labeled("read_xport"), "pyreadstat"),
    Format("R", (b"RDX", b"RDA", b"X\n\x00", b"BZh", b"\xfd7zXZ"), _of_r, "pyreadr"),
    Format("Arrow (Feather)", (b"ARROW1",), _arrow),
    Format("SQLite", (b"SQLite format 3\x00",), _sqlite),
)
"""Every format beside text and Parquet, by how its files begin."""
