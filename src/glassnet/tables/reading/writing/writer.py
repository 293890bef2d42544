"""Columns to a file in the format of its ending: text, Parquet, Arrow, Excel, statistics packages, databases."""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from glassnet.errors import ConfigurationError, FileError, MissingDependency
from glassnet.tables.reading.writing.dialect import Columns, Dialect
from glassnet.tables.reading.writing.opendocument import write_opendocument
from glassnet.tables.reading.writing.packing import PACKINGS, packing_of

_SHEET = "table"


@dataclass(frozen=True)
class Writer:
    """One format that columns can be written in.

    Parameters
    ----------
    name : str
        For messages.
    endings : tuple of str
    write : callable
        ``write(path, columns)`` with columns of texts, numbers, true, false and None; None for text.
    package : str
        The module that writes it; empty when none is needed.
    delimiter : str
        Of text; it counts more than that of a dialect. ``"any"`` leaves it to the dialect; empty for other formats.
    """

    name: str
    endings: tuple[str, ...]
    write: Callable[[Path, Columns], object] | None = None
    package: str = ""
    delimiter: str = ""

    def dialect(self, wanted: Dialect | None = None) -> Dialect:
        """How it writes text: as is wanted, but for the delimiter that its ending says."""
        wanted = wanted or Dialect()
        return wanted if self.delimiter == "any" else replace(wanted, delimiter=self.delimiter)


def writer_of(path: Path) -> Writer:
    """The writer of files with this ending; text with commas where there is none.

    Raises
    ------
    ConfigurationError
        When the ending is that of a format that can be read, but not written, or of none.
    MissingDependency
        When the package that writes it is not installed.

    Examples
    --------
    >>> writer_of(Path("predictions.xlsx")).name, writer_of(Path("predictions.csv.gz")).name
    ('Excel', 'CSV')
    """
    ending = packing_of(path)[0].suffix.lower()
    match = next((writer for writer in WRITERS if ending in writer.endings), None)
    if match is None:
        if ending in _TEXT:
            return WRITERS[0]
        known = ", ".join(ending for writer in WRITERS for ending in writer.endings)
        read_only = f"{_READ_ONLY[ending]} can be read, but not written. " if ending in _READ_ONLY else ""
        raise ConfigurationError(
            f"{path}: there is no writer for the ending {ending!r}. {read_only}Give one of {known}; each may be "
            f"followed by {', '.join(list(PACKINGS)[:-1])} or {list(PACKINGS)[-1]}."
        )
    if match.package:
        try:
            import_module(match.package)
        except ImportError:
            raise MissingDependency(
                f"{path} would be a file of {match.name}; writing it needs {match.package}, which is not installed. "
                f"Run: pip install '{_EXTRA.get(match.package, 'glassnet[formats]')}'"
            ) from None
    return match


def as_bytes(path: Path, columns: Columns, dialect: Dialect | None = None) -> bytes:
    """The bytes of a file that holds the columns, in the format of its ending; text in a dialect.

    Raises
    ------
    ConfigurationError, MissingDependency, FileError
        When nothing writes the format, or the format cannot hold the columns.
    """
    writer, (inside, packed) = writer_of(path), packing_of(path)
    if writer.write is None:
        return packed(writer.dialect(dialect).encoded(columns))
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / f"table{inside.suffix.lower()}"
        try:
            writer.write(inner, columns)
            content = inner.read_bytes()
        except (ConfigurationError, MissingDependency):
            raise
        except Exception as error:  # each library has errors of its own
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            raise FileError(
                f"{path}: a file of {writer.name} cannot hold these columns ({reason}). Choose another ending, such as "
                ".csv."
            ) from None
    return packed(content)


def _json_lines(path: Path, columns: Columns) -> None:
    """An object per row."""
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _frame(columns: Columns) -> Any:
    """The columns as a data frame of polars."""
    import polars

    return polars.DataFrame({name: list(cells) for name, cells in columns.items()}, strict=False)


def _of_frame(write: str) -> Callable[[Path, Columns], object]:
    """A writer of polars."""
    return lambda path, columns: getattr(_frame(columns), write)(path)


def _excel(path: Path, columns: Columns) -> None:
    """One sheet; texts are texts, whatever they begin with."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_SHEET)

    def cell(value: Any) -> Any:
        excel_cell = WriteOnlyCell(sheet, value)
        if isinstance(value, str):
            excel_cell.data_type = "s"
        return excel_cell

    try:
        sheet.append([cell(name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            sheet.append([cell(value) for value in row])
    finally:
        sheet.close()  # it writes as it goes
    book.save(path)


def _statistics(write: str) -> Callable[[Path, Columns], object]:
    """A writer of a statistics package; names that it does not allow become labels of names that it does."""

    def writing(path: Path, columns: Columns) -> None:
        import pandas
        import pyreadstat

        names = _plain_names(list(columns))
        frame = pandas.DataFrame(dict(zip(names, map(list, columns.values()), strict=True)))
        compressed = {"compress": True} if path.suffix == ".zsav" else {}
        getattr(pyreadstat, write)(frame, str(path), column_labels=list(columns), **compressed)

    return writing


def _plain_names(names: Sequence[str]) -> list[str]:
    """Names of ASCII letters, digits and underscores that are all different, at most 32 letters long.

    Examples
    --------
    >>> _plain_names(["row", "probability of yes", "größe", "probability_of_yes"])
    ['row', 'probability_of_yes', 'gr_e', 'probability_of_yes_2']
    """
    names_out: list[str] = []
    for name in names:
        plain = "".join(letter if letter.isascii() and letter.isalnum() else " " for letter in name)
        plain = "_".join(plain.split())[:29] or "column"
        plain = plain if plain[0].isalpha() else f"x_{plain}"[:29]
        number, wanted = 1, plain
        while plain.lower() in (other.lower() for other in names_out):
            number += 1
            plain = f"{wanted[: 28 - len(str(number))]}_{number}"
        names_out.append(plain)
    return names_out


def _r(path: Path, columns: Columns) -> None:
    """A data frame for R: alone, or by its name among others."""
    import pandas
    import pyreadr

    frame = pandas.DataFrame({name: list(cells) for name, cells in columns.items()})
    if path.suffix == ".rds":
        pyreadr.write_rds(str(path), frame)
    else:
        pyreadr.write_rdata(str(path), frame, df_name=_SHEET)


def _sqlite(path: Path, columns: Columns) -> None:
    """One table of an SQLite database."""
    names = ", ".join(f'"{name.replace(chr(34), chr(34) * 2)}"' for name in columns)
    with closing(sqlite3.connect(path)) as base:
        base.execute(f'CREATE TABLE "{_SHEET}" ({names})')
        marks = ", ".join("?" * len(columns))
        rows = zip(*columns.values(), strict=True)
        base.executemany(f'INSERT INTO "{_SHEET}" VALUES ({marks})', rows)  # noqa: S608 (our own name)
        base.commit()


def _duckdb(path: Path, columns: Columns) -> None:
    """One table of a DuckDB database."""
    import duckdb

    frame = _frame(columns)
    kinds = {"Int64": "BIGINT", "Float64": "DOUBLE", "Boolean": "BOOLEAN"}
    with closing(duckdb.connect(str(path))) as base:
        named = ", ".join(
            f'"{name.replace(chr(34), chr(34) * 2)}" {kinds.get(str(kind), "VARCHAR")}'
            for name, kind in zip(frame.columns, frame.dtypes, strict=True)
        )
        base.execute(f'CREATE TABLE "{_SHEET}" ({named})')
        marks = ", ".join("?" * len(columns))
        base.executemany(f'INSERT INTO "{_SHEET}" VALUES ({marks})', frame.rows())  # noqa: S608 (our own name)


_TEXT = ("", ".txt", ".data")
_READ_ONLY = {
    ".xls": "The old format of Excel", ".sas7bdat": "SAS data sets", ".arff": "ARFF files", ".npz": "Arrays",
}  # fmt: skip
_EXTRA = {"duckdb": "glassnet[duckdb]", "polars": "glassnet[app]"}
WRITERS: tuple[Writer, ...] = (
    Writer("CSV", (".csv",), delimiter="any"),
    Writer("tab-separated text", (".tsv", ".tab"), delimiter="\t"),
    Writer("JSON lines", (".jsonl", ".ndjson"), _json_lines),
    Writer("Parquet", (".parquet",), _of_frame("write_parquet"), "polars"),
    Writer("Arrow (Feather)", (".feather", ".arrow", ".ipc"), _of_frame("write_ipc"), "polars"),
    Writer("Excel", (".xlsx",), _excel, "openpyxl"),
    Writer("OpenDocument", (".ods",), lambda path, columns: write_opendocument(path, columns, _SHEET)),
    Writer("SPSS", (".sav", ".zsav"), _statistics("write_sav"), "pyreadstat"),
    Writer("Stata", (".dta",), _statistics("write_dta"), "pyreadstat"),
    Writer("SAS transport", (".xpt",), _statistics("write_xport"), "pyreadstat"),
    Writer("R", (".rds", ".rda", ".rdata"), _r, "pyreadr"),
    Writer("SQLite", (".sqlite", ".db"), _sqlite),
    Writer("DuckDB", (".duckdb",), _duckdb, "duckdb"),
)  # fmt: skip
"""Every format that can be written, by the ending of its files."""
