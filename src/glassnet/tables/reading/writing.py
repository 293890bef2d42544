"""Columns to a file in the format of its ending: text, Parquet, Arrow, Excel, statistics packages, databases."""

from __future__ import annotations

import csv
import gzip
import io
import json
import sqlite3
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from glassnet.errors import ConfigurationError, FileError, MissingDependency

Columns = Mapping[str, Sequence[Any]]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_PACKED = ".gz"
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
        ``write(path, columns)`` with columns of texts, numbers, true, false and None.
    package : str
        The module that writes it; empty when none is needed.
    """

    name: str
    endings: tuple[str, ...]
    write: Callable[[Path, Columns], object]
    package: str = ""


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
    plain = path.with_suffix("") if path.suffix.lower() == _PACKED else path
    ending = plain.suffix.lower()
    match = next((writer for writer in WRITERS if ending in writer.endings), None)
    if match is None:
        if ending in _TEXT:
            return WRITERS[0]
        known = ", ".join(ending for writer in WRITERS for ending in writer.endings)
        read_only = f"{_READ_ONLY[ending]} can be read, but not written. " if ending in _READ_ONLY else ""
        raise ConfigurationError(
            f"{path}: there is no writer for the ending {ending!r}. {read_only}Give one of {known}; each may be "
            f"followed by {_PACKED}."
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


def as_bytes(path: Path, columns: Columns) -> bytes:
    """The bytes of a file that holds the columns, in the format of its ending.

    Raises
    ------
    ConfigurationError, MissingDependency, FileError
        When nothing writes the format, or the format cannot hold the columns.
    """
    writer = writer_of(path)
    with tempfile.TemporaryDirectory() as folder:
        inner = Path(folder) / f"table{writer.endings[0]}"
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
    return gzip.compress(content, mtime=0) if path.suffix.lower() == _PACKED else content


def safe_cell(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula: text that starts like one gets an apostrophe, numbers stay.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("-1.5"), safe_cell(-1.5), safe_cell("well")
    ("'=1+1", '-1.5', -1.5, 'well')
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        try:
            float(cell)
        except ValueError:
            return f"'{cell}"
    return cell


def delimited(columns: Columns, delimiter: str = ",") -> str:
    """The columns as text; a text that a spreadsheet would run as a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", delimiter=delimiter)
    writer.writerow([safe_cell(name) for name in columns])
    writer.writerows([safe_cell(cell) for cell in row] for row in zip(*columns.values(), strict=True))
    return text.getvalue()


def _text(delimiter: str) -> Callable[[Path, Columns], object]:
    """A writer of delimited text."""

    def write(path: Path, columns: Columns) -> None:
        path.write_text(delimited(columns, delimiter), encoding="utf-8", newline="")

    return write


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
        getattr(pyreadstat, write)(frame, str(path), column_labels=list(columns))

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
    """A data frame for R."""
    import pandas
    import pyreadr

    pyreadr.write_rds(str(path), pandas.DataFrame({name: list(cells) for name, cells in columns.items()}))


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
    ".xls": "The old format of Excel", ".ods": "LibreOffice's format", ".sas7bdat": "SAS data sets",
    ".rda": "Rda files",    ".rdata": "RData files", ".zip": "Zip archives", ".arff": "ARFF files", ".npz": "Arrays",
}  # fmt: skip
_EXTRA = {"duckdb": "glassnet[duckdb]", "polars": "glassnet[app]"}
WRITERS: tuple[Writer, ...] = (
    Writer("CSV", (".csv",), _text(",")),
    Writer("tab-separated text", (".tsv", ".tab"), _text("\t")),
    Writer("JSON lines", (".jsonl", ".ndjson"), _json_lines),
    Writer("Parquet", (".parquet",), _of_frame("write_parquet"), "polars"),
    Writer("Arrow (Feather)", (".feather", ".arrow", ".ipc"), _of_frame("write_ipc"), "polars"),
    Writer("Excel", (".xlsx",), _excel, "openpyxl"),
    Writer("SPSS", (".sav",), _statistics("write_sav"), "pyreadstat"),
    Writer("Stata", (".dta",), _statistics("write_dta"), "pyreadstat"),
    Writer("SAS transport", (".xpt",), _statistics("write_xport"), "pyreadstat"),
    Writer("R", (".rds",), _r, "pyreadr"),
    Writer("SQLite", (".sqlite", ".db"), _sqlite),
    Writer("DuckDB", (".duckdb",), _duckdb, "duckdb"),
)  # fmt: skip
"""Every format that can be written, by the ending of its files."""
