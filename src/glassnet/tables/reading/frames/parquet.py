"""Parquet as a table: one file, or a folder of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from glassnet.errors import DataError, FileError
from glassnet.tables.notation.cells import Cells, NumberCells, PolarsText
from glassnet.tables.notation.number_text import SPACES, counted
from glassnet.tables.reading.frames.frame import cells_from_values
from glassnet.tables.reading.frames.nested import NO_CELL_TYPES, notes_of_spread, notes_on
from glassnet.tables.reading.frames.partitions import Part, parts_of
from glassnet.tables.reading.frames.streamed import table_of_source
from glassnet.tables.table import Table


def read_parquet(path: Path, polars: Any, nulls: Sequence[str], memory_limit: float | None) -> Table:
    """A table from a Parquet file or a folder of them.

    Raises
    ------
    FileError
        When a file is damaged.
    DataError
        When files do not fit each other, or the table does not keep to the limit.
    """
    parts = parts_of(path) if path.is_dir() else [Part(path, {})]
    notes: list[str] = []
    files = ParquetFiles.open(path, parts, polars, notes)
    categories = {name: levels for name, kind in files.types.items() if (levels := _levels(kind, polars)) is not None}
    how = f"read from {counted(len(parts), 'Parquet file')}" if path.is_dir() else "read from a Parquet file"
    return table_of_source(files, str(path), how, nulls, categories, memory_limit, notes)


@dataclass(frozen=True, eq=False)
class ParquetFiles:
    """The rows of Parquet files, one file after the other.

    Attributes
    ----------
    path : path
        Of the file or the folder, for messages.
    parts : tuple of Part
    starts : array of int, shape (n_parts + 1,)
        Before which row each file begins; last the number of rows.
    types : mapping of str to type of polars
        Of all columns: those that folders say are text.
    lacking : tuple of set of str
        Which columns each file does not have.
    places : mapping of str to tuple of str
        Of columns inside of records: the names that lead to each.
    """

    path: Path
    parts: tuple[Part, ...]
    starts: np.ndarray
    types: Mapping[str, Any]
    lacking: tuple[frozenset[str], ...]
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def open(cls, path: Path, parts: Sequence[Part], polars: Any, notes: list[str]) -> ParquetFiles:
        """Look at the ends of the files, where rows and types stand."""
        counts, types_of = [], []
        places: dict[str, tuple[str, ...]] = {}
        others: dict[str, str] = {}
        for part in parts:
            try:
                scan = polars.scan_parquet(part.path, hive_partitioning=False)
                counts.append(int(scan.select(polars.len()).collect().item()))
                own = dict(scan.collect_schema())
            except (Exception, polars.exceptions.PanicException) as error:  # damage makes the reader panic, too
                _refuse_damaged(part.path, error)
            types_of.append(_spread(own, places, others, polars))
        nested = [name for name, place in places.items() if len(place) > 1]
        notes += [*notes_of_spread(nested), *notes_on(others)]
        keys = parts[0].keys if parts else {}
        types: dict[str, Any] = {}
        first: dict[str, Path] = {}
        for part, own in zip(parts, types_of, strict=True):
            for name, kind in own.items():
                if name not in keys:
                    known = types.get(name, polars.Null)
                    types[name] = _common_type(name, (first.get(name, part.path), known), (part.path, kind), polars)
                    first.setdefault(name, part.path)
        lacking = tuple(frozenset(name for name in types if name not in own) for own in types_of)
        for name in types:
            without = [part for part, names in zip(parts, lacking, strict=True) if name in names]
            if without:
                notes.append(
                    f"Column {name!r} is not in {len(without)} of {counted(len(parts), 'file')} "
                    f"({without[0].path.relative_to(path)}{' and others' if len(without) > 1 else ''}); its cells are "
                    "missing there."
                )
        types |= dict.fromkeys(keys, polars.String)
        return cls(path, tuple(parts), np.cumsum([0, *counts]), types, lacking, places)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns; those that folders say come last."""
        return tuple(self.types)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.starts[-1])

    def cells(self, names: Sequence[str], rows: np.ndarray, nulls: Sequence[str], stretch: int) -> dict[str, Cells]:
        """The cells of some rows, as `Source.cells`."""
        import polars

        frame = _rows_of(self, list(names), rows, stretch, polars)
        return {series.name: _cells(series, tuple(nulls), polars) for series in frame.get_columns()}

    def frame(self, names: list[str], start: int, stop: int, polars: Any) -> Any:
        """Rows that follow each other, as a frame of polars; only the files that hold them are opened."""
        inside = np.flatnonzero((self.starts[:-1] < stop) & (self.starts[1:] > start))
        scans = [self._scan(k, names, start, stop, polars) for k in inside.tolist()]
        try:
            return polars.concat(
                scans or [polars.LazyFrame(schema={name: self.types[name] for name in names})]
            ).collect()
        except (Exception, polars.exceptions.PanicException) as error:
            _refuse_damaged(self.path if len(inside) != 1 else self.parts[int(inside[0])].path, error)

    def _scan(self, number: int, names: list[str], start: int, stop: int, polars: Any) -> Any:
        """The rows of one file that lie between two of the whole, in the types of the whole."""
        part, lacking = self.parts[number], self.lacking[number]
        first, last = (int(place) for place in self.starts[number : number + 2])
        scan = polars.scan_parquet(part.path, hive_partitioning=False)
        scan = scan.slice(max(start, first) - first, min(stop, last) - max(start, first))
        columns = [
            polars.lit(part.keys.get(name), dtype=self.types[name]).alias(name)
            if name in part.keys or name in lacking
            else _inside(self.places[name], polars).cast(self.types[name]).alias(name)
            for name in names
        ]
        if all(name in part.keys or name in lacking for name in names):  # a literal alone is one row
            height = min(stop, last) - max(start, first)
            return polars.LazyFrame({"row of the file": range(height)}).with_columns(columns).select(names)
        return scan.select(columns)


def _spread(
    types: Mapping[str, Any], places: dict[str, tuple[str, ...]], others: dict[str, str], polars: Any
) -> dict[str, Any]:
    """The types of the columns with those of records spread over columns; fills in where each is, and which are not."""
    spread: dict[str, Any] = {}
    waiting: list[tuple[tuple[str, ...], Any]] = [((name,), kind) for name, kind in types.items()]
    while waiting:
        place, kind = waiting.pop(0)
        name = ".".join(place)
        if kind == polars.Struct:
            waiting[:0] = [((*place, one.name), one.dtype) for one in kind.fields]
        elif (what := NO_CELL_TYPES.get(type(kind).__name__)) is not None:
            others.setdefault(name, what)
        elif name in spread:
            raise DataError(f"Two columns are called {name!r}, one of them inside of a record. Rename one of them.")
        else:
            spread[name] = kind
            places.setdefault(name, place)
    return spread


def _inside(place: tuple[str, ...], polars: Any) -> Any:
    """The reader of a column that may be inside of records."""
    column = polars.col(place[0])
    for name in place[1:]:
        column = column.struct.field(name)
    return column


def _common_type(name: str, one: tuple[Path, Any], other: tuple[Path, Any], polars: Any) -> Any:
    """The type of a column in two files: numbers of different sizes are floats, categories and texts are texts."""
    (first, known), (path, kind) = one, other
    if known == polars.Null or known == kind:
        return kind
    if kind == polars.Null:
        return known
    if all(of.is_numeric() and not of.is_decimal() for of in (known, kind)):
        return polars.Float64
    texts = (polars.String, polars.Categorical, polars.Enum)
    if known in texts and kind in texts:
        return polars.String
    raise DataError(f"Column {name!r} is {known} in {first} and {kind} in {path}. Write it with one type in all files.")


def _levels(kind: Any, polars: Any) -> tuple[str, ...] | None:
    """The categories that a type declares, in order where they have one; None when it declares none."""
    if kind == polars.Enum:
        return tuple(kind.categories.to_list())
    return () if kind == polars.Categorical else None


def _refuse_damaged(path: Path, error: BaseException) -> NoReturn:
    """Raise the error for a file that cannot be read."""
    reason = (str(error).splitlines() or ["damaged"])[0]
    begins = "holds Parquet files, but they" if path.is_dir() else "begins like a Parquet file, but"
    raise FileError(f"{path} {begins} cannot be read ({reason}). Write it again.") from None


def _rows_of(files: ParquetFiles, names: list[str], wanted: np.ndarray, stretch: int, polars: Any) -> Any:
    """Some rows in their order; of those between them only `stretch` are in memory at a time."""
    order = np.argsort(wanted, kind="stable")
    rows = wanted[order]
    if not len(rows):
        return files.frame(names, 0, 0, polars)
    if rows[-1] - rows[0] == len(rows) - 1 and (np.diff(rows) == 1).all():
        frame = files.frame(names, int(rows[0]), int(rows[-1]) + 1, polars)
    else:
        parts = []
        for first in range(int(rows[0]), int(rows[-1]) + 1, stretch):
            inside = rows[np.searchsorted(rows, first) : np.searchsorted(rows, first + stretch)]
            if len(inside):
                parts.append(files.frame(names, first, int(inside[-1]) + 1, polars)[inside - first])
        frame = polars.concat(parts)
    return frame if np.array_equal(wanted, rows) else frame[np.argsort(order, kind="stable")]


def _cells(series: Any, nulls: tuple[str, ...], polars: Any) -> Cells:
    """The cells of a column, by its type in the file."""
    kind = series.dtype
    if kind.is_numeric() and not kind.is_decimal():
        values = np.asarray(series.cast(polars.Float64).fill_null(float("nan")).to_numpy(), dtype=np.float64)
        return NumberCells(values).without(nulls)
    if kind in (polars.String, polars.Categorical, polars.Enum, polars.Boolean, polars.Date):
        text = series.cast(polars.String)
        if kind in (polars.String, polars.Categorical, polars.Enum):
            return PolarsText(text.str.strip_chars(SPACES)).without(nulls)
        return PolarsText(text)
    return cells_from_values(series.name, series.to_list(), nulls)
