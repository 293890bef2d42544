"""Tables in the files of other programs: spreadsheets, statistics packages, databases, and compressed files.

What a file is, its first bytes say. A spreadsheet, a database and JSON become the text of a CSV file and go the way of
all text tables, with its remarks on titles, units and totals; what has typed columns becomes a data frame.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path, PurePosixPath

from glassnet.errors import ConfigurationError, DataError, FileError, MissingDependency
from glassnet.tables.notation.number_text import counted
from glassnet.tables.reading.content import Content, SourceFile
from glassnet.tables.reading.csv.decoding import first_bytes
from glassnet.tables.reading.formats.archive import ZSTANDARD, Unpacked, from_packed, from_zip, open_packed
from glassnet.tables.reading.formats.database import read_duckdb, read_sqlite
from glassnet.tables.reading.formats.json_table import is_json, read_json
from glassnet.tables.reading.formats.spreadsheet import read_spreadsheet
from glassnet.tables.reading.formats.study_file import labeled, read_r
from glassnet.tables.table import Table

_FIRST = 1 << 12
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
        From a `SourceFile` to its `Content`.
    package : str
        The module that reads it; empty when none is needed.
    whole : bool
        Whether such a file is always one table, of which no part can be named.
    """

    name: str
    starts: tuple[bytes, ...]
    read: Callable[[SourceFile], Content]
    package: str = ""
    whole: bool = False


def format_of(path: Path, first: bytes) -> Format | None:
    """The format of a file by its first bytes; None for text and for what is not supported here."""
    for known in FORMATS:
        if any(first.startswith(start) for start in known.starts):
            if known is _ZIP:
                return _inside(path) or known
            return _R if known is _PACKED and open_packed(path, first) is None else known
    if first[8:12] == b"DUCK":
        return _DUCKDB
    return _JSON if is_json(first) else None


def read_format(path: Path, known: Format, part: str | None, nulls: Sequence[str]) -> Content | Table:
    """The text, or the table, in a file of a known format.

    Raises
    ------
    MissingDependency
        When the package that reads it is not installed.
    FileError
        When it cannot be read.
    """
    try:
        content = _read(known, SourceFile(path, str(path), path.name, part))
    except (ConfigurationError, DataError, FileError, MissingDependency):
        raise
    except Exception as error:  # damage makes each library raise its own errors
        reason = (str(error).splitlines() or ["damaged"])[0]
        raise FileError(
            f'{path} begins like a file of {known.name}, but cannot be read ({reason}). Save it as "CSV UTF-8".'
        ) from None
    if content.frame is None:
        return content
    table = Table.from_frame(content.frame, null_strings=nulls)
    size = f"{counted(table.n_rows, 'row')} and {counted(len(table.names), 'column')}"
    return replace(
        table,
        origin=str(path),
        notes=(f"{size}, read as {content.format}{content.place}.", *content.notes, *table.notes),
        categories={**table.categories, **content.categories},
        code_labels=content.code_labels,
    )


def _read(known: Format, source: SourceFile) -> Content:
    """Read a file with the reader of its format."""
    if known.package:
        try:
            import_module(known.package)
        except ImportError:
            raise MissingDependency(
                f"{source.name} is a file of {known.name}; reading it needs {known.package.replace('_', '-')}, which "
                f"is not installed. Run: pip install 'glassnet[{'duckdb' if known is _DUCKDB else 'formats'}]'"
            ) from None
    content = known.read(source)
    return content if content.format else replace(content, format=known.name)


def _unpacking(unpack: Callable[[SourceFile], Unpacked]) -> Callable[[SourceFile], Content]:
    """A reader of the file inside a compressed one, which may have any format."""

    def read(source: SourceFile) -> Content:
        inner = unpack(source)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / (PurePosixPath(inner.name).name or "table")
            path.write_bytes(inner.content)
            known = format_of(path, first_bytes(path, _FIRST))
            if known is _ZIP or known is _PACKED:
                raise FileError(f"{source.name} is packed twice. Unpack it once.")
            above = f"{inner.name}::" if inner.one_of_several else ""
            name = f"{inner.name} in {source.name}"
            if inner.content.startswith(b"PAR1"):
                known = _PARQUET
            if known is None:
                content = Content(inner.content, plain=True, format="text")
            else:
                content = _read(known, SourceFile(path, name, source.file, inner.part, above))
            return replace(content, inside=inner.name) if inner.archived else content

    return read


def _by_polars(reader: str) -> Callable[[SourceFile], Content]:
    """A reader of a file of typed columns by polars, which may panic on damaged files."""

    def read(source: SourceFile) -> Content:
        import polars

        try:
            return Content(frame=getattr(polars, reader)(source.path))
        except polars.exceptions.PanicException as error:
            raise ValueError((str(error).splitlines() or ["damaged"])[0]) from None

    return read


def _inside(path: Path) -> Format | None:
    """The spreadsheet format that a zip archive is; None for a plain archive."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except Exception:  # damage makes the library raise many errors; the reader of spreadsheets says what is wrong
        return _EXCEL
    if "xl/workbook.xml" in names or "xl/workbook.bin" in names:
        return _EXCEL
    return _OPEN_DOCUMENT if "content.xml" in names and "mimetype" in names else None


_EXCEL = Format("Excel", (b"\xd0\xcf\x11\xe0",), read_spreadsheet, "python_calamine")
_OPEN_DOCUMENT = Format("LibreOffice", (), read_spreadsheet, "python_calamine")
_DUCKDB = Format("DuckDB", (), read_duckdb, "duckdb")
_JSON = Format("JSON", (), read_json)
_PARQUET = Format("Parquet", (), _by_polars("read_parquet"), whole=True)
_R = Format("R", (b"RDX", b"RDA", b"X\n\x00"), read_r, "pyreadr")
_ZIP = Format("zip archive", (b"PK\x03\x04",), _unpacking(from_zip))
_PACKED = Format("gzip, bzip2, xz or Zstandard", (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", ZSTANDARD), _unpacking(from_packed))
FORMATS: tuple[Format, ...] = (
    _EXCEL,
    _ZIP,
    _PACKED,
    Format("SPSS", (b"$FL2", b"$FL3"), labeled("read_sav"), "pyreadstat", whole=True),
    Format("Stata", _STATA, labeled("read_dta"), "pyreadstat", whole=True),
    Format("SAS", (_SAS,), labeled("read_sas7bdat"), "pyreadstat", whole=True),
    Format("SAS transport", (b"HEADER RECORD*******LIB",), labeled("read_xport"), "pyreadstat", whole=True),
    _R,
    Format("Arrow (Feather)", (b"ARROW1",), _by_polars("read_ipc"), whole=True),
    Format("SQLite", (b"SQLite format 3\x00",), read_sqlite),
)
"""Every format beside text and Parquet, by how its files begin."""
