"""Records inside of records: each value in a column with a dotted name; what no cell can hold is left out and said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from glassnet.errors import DataError, FileError
from glassnet.tables.reading.content import Content, as_csv

_NO_CELLS: dict[type, str] = {
    list: "lists",
    tuple: "lists",
    set: "lists",
    bytes: "bytes",
    bytearray: "bytes",
    memoryview: "bytes",
}
NO_CELL_TYPES = {"List": "lists", "Array": "lists", "Map": "lists of pairs", "Binary": "bytes"}
"""Types of columns of data frames, by the name that polars and narwhals give them."""
_FEW = 4


def of_records(records: Iterable[Mapping[str, Any]], origin: str) -> Content:
    """Records as CSV, a column for each name: ``{"lab": {"crp": 5}}`` makes a column ``lab.crp``.

    Raises
    ------
    FileError
        When two values of a record come to the same column, or no column is left.
    """
    names: dict[str, bool] = {}
    others: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    for number, record in enumerate(records, start=1):
        cells: dict[str, Any] = {}
        for name, value, inside in _leaves(record):
            if name in cells:
                raise FileError(f"{origin}, row {number}: two values are called {name!r}. Rename one of them.")
            if type(value) in _NO_CELLS:
                others.setdefault(name, _NO_CELLS[type(value)])
                value = None
            names[name] = names.get(name, False) or inside
            cells[name] = value
        rows.append(cells)
    kept = [name for name in names if name not in others]
    if not kept:
        raise FileError(f"{origin} holds no column of plain values, such as numbers and texts.")
    notes = (*notes_of_spread([name for name in kept if names[name]]), *notes_on(others))
    return Content(as_csv([kept, *([row.get(name) for name in kept] for row in rows)]), notes=notes)


def spread(columns: Mapping[str, Any], narwhals: Any) -> tuple[dict[str, Any], list[str]]:
    """Columns of a data frame with those of records spread over columns of their own, and what to say of it.

    Parameters
    ----------
    columns : mapping of str to series of narwhals

    Raises
    ------
    DataError
        When a column of that name is there already.
    """
    plain: dict[str, Any] = {}
    others: dict[str, str] = {}
    nested: list[str] = []
    waiting = [(name, series, False) for name, series in columns.items()]
    while waiting:
        name, series, inside = waiting.pop(0)
        if name in plain or name in others:
            raise DataError(f"Two columns are called {name!r}, one of them inside of a record. Rename one of them.")
        if series.dtype == narwhals.Struct:
            fields = [field.name for field in series.dtype.fields]
            waiting[:0] = [(f"{name}.{field}", series.struct.field(field), True) for field in fields]
        elif (what := NO_CELL_TYPES.get(type(series.dtype).__name__)) is not None:
            others[name] = what
        else:
            plain[name] = series
            nested += [name] if inside else []
    return plain, [*notes_of_spread(nested), *notes_on(others)]


def notes_of_spread(nested: Sequence[str]) -> list[str]:
    """A remark on columns that were inside of records."""
    if not nested:
        return []
    few = ", ".join(nested[:_FEW]) + (f" and {len(nested) - _FEW} more" if len(nested) > _FEW else "")
    return [f"Records inside of records are spread over columns ({few})."]


def notes_on(others: Mapping[str, str]) -> list[str]:
    """A remark on columns that are left out, with what each holds."""
    return [
        f"Column {name!r} holds {what}, which are not cells of a table, and is left out."
        for name, what in others.items()
    ]


def _leaves(record: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any, bool]]:
    """The values of a record with their dotted names, and whether each lies inside another record."""
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value, bool(above)
