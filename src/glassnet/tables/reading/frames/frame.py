"""Tables from memory: lists, NumPy arrays, and any data frame that narwhals can read (pandas, polars, pyarrow)."""

from __future__ import annotations

import datetime
import decimal
import numbers
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import DataError
from glassnet.formulas.language.render.display import format_number
from glassnet.tables.notation.cells import Cells, ListText, NumberCells
from glassnet.tables.notation.number_text import SPACES
from glassnet.tables.reading.frames.nested import spread

_EXACT = 2**53
"""Up to here every whole number is a float of its own."""
NUMBERS = (numbers.Real, decimal.Decimal, np.number)


class Contents(NamedTuple):
    """The sources of a `Table`."""

    columns: Mapping[str, Cells]
    origin: str
    reading: Mapping[str, Any]
    categories: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


def contents_of_columns(columns: Mapping[str, Sequence[Any]], null_strings: Sequence[str]) -> Contents:
    """The contents of a table from named sequences of equal length."""
    if not columns:
        raise DataError("A table needs at least one column, but there is none.")
    declared = {str(name): declared_levels(values) for name, values in columns.items()}
    cells = {
        str(name): _cells_of_levels(list(values), null_strings)
        if declared[str(name)] is not None
        else cells_from_values(str(name), values, null_strings)
        for name, values in columns.items()
    }
    if len(cells) < len(columns):
        raise DataError("Two columns have the same name once their names are text. Rename one of them.")
    sizes = {name: len(column) for name, column in cells.items()}
    first = next(iter(sizes))
    for name, size in sizes.items():
        if size != sizes[first]:
            raise DataError(
                f"The columns have different lengths: {first!r} has {sizes[first]} cells, {name!r} has {size}. "
                f"Fill the shorter one with None."
            )
    if not sizes[first]:
        raise DataError(f"The table has no rows, only the columns {', '.join(map(repr, list(cells)[:5]))}.")
    categories = {name: levels for name, levels in declared.items() if levels is not None}
    return Contents(cells, "the table", {"null_strings": list(null_strings)}, categories)


def contents_of_frame(frame: Any, null_strings: Sequence[str]) -> Contents:
    """The contents of a table from a data frame, named columns or an array."""
    if isinstance(frame, Mapping):
        return contents_of_columns(frame, null_strings)
    if isinstance(frame, np.ndarray):
        return _contents_of_array(frame, null_strings)
    import narwhals

    try:
        wrapped = narwhals.from_native(_with_columns(frame), eager_only=True)
    except (TypeError, ValueError) as error:
        if type(error).__name__ == "DuplicateError":
            message = " ".join(str(error).split())
            raise DataError(f"The data frame has two columns of one name. Rename one of them. ({message})") from None
        lazy = " Call its collect() first." if hasattr(frame, "collect") else ""
        raise DataError(
            f"A {type(frame).__name__} is not a table. Give a pandas, polars or pyarrow frame, a NumPy array of shape "
            f"(rows, columns), or named columns in a dict.{lazy}"
        ) from None
    names = [str(name) for name in wrapped.columns]
    repeated = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if repeated is not None:
        raise DataError(f"The data frame has two columns named {repeated!r}. Rename one of them.")
    series_of, notes = spread(dict(zip(names, wrapped.iter_columns(), strict=True)), narwhals)
    columns = {name: _cells_from_series(name, series, narwhals, null_strings) for name, series in series_of.items()}
    declared = {name: declared_levels(series.to_native()) for name, series in series_of.items()}
    categories = {name: levels for name, levels in declared.items() if levels is not None}
    if notes and not columns:
        raise DataError(f"{' '.join(notes)} No column remains.")
    if not columns or not len(wrapped):
        raise DataError(f"The data frame has {len(wrapped)} rows and {len(columns)} columns; a table needs both.")
    return Contents(columns, "the data frame", {"null_strings": list(null_strings)}, categories, tuple(notes))


def declared_levels(values: Any) -> tuple[str, ...] | None:
    """The categories that a column's type declares: in order where they have one, else empty; None when it does not."""
    kind: Any = getattr(values, "dtype", None) if hasattr(values, "dtype") else getattr(values, "type", None)
    if type(kind).__name__ == "Enum":  # of polars, where the order is part of the type
        return tuple(kind.categories.to_list())
    if hasattr(kind, "categories") and hasattr(kind, "ordered"):
        return tuple(_level_text(level) for level in kind.categories) if kind.ordered else ()
    if type(kind).__name__ == "DictionaryType":
        chunks = getattr(values, "chunks", [values])
        ordered = kind.ordered and chunks
        return tuple(_level_text(level) for level in chunks[0].dictionary.to_pylist()) if ordered else ()
    return () if type(kind).__name__ in ("Categorical", "CategoricalDtype") else None


def _level_text(level: Any) -> str:
    """A category as the text of a cell."""
    try:
        return _text("", 0, level, set()) or ""
    except DataError:
        return str(level)


def _cells_of_levels(values: Sequence[Any], null_strings: Sequence[str]) -> ListText:
    """Cells of declared categories as text, whatever their type."""
    nulls = set(null_strings)
    texts = (None if _is_missing(value) else _level_text(value) for value in values)
    return ListText(tuple(None if text in nulls else text for text in texts))


def _with_columns(frame: Any) -> Any:
    """A frame with columns: batches and readers of Arrow data, of any library, become one; everything else stays."""
    arrow = hasattr(frame, "__arrow_c_stream__") or hasattr(frame, "__arrow_c_array__")
    if not arrow or hasattr(frame, "iter_columns") or hasattr(frame, "iloc"):
        return frame
    with suppress(ImportError):
        import pyarrow

        return frame if isinstance(frame, (pyarrow.Array, pyarrow.ChunkedArray)) else pyarrow.table(frame)
    with suppress(ImportError):
        import polars

        return polars.DataFrame(frame)
    return frame


def _contents_of_array(array: Any, null_strings: Sequence[str]) -> Contents:
    """A table with the columns ``x1``, ``x2``, ... from an array of shape (rows, columns)."""
    if array.ndim != 2 or 0 in array.shape:
        raise DataError(
            f"The array has shape {array.shape}; a table needs shape (rows, columns) with at least one of each."
        )
    return contents_of_columns({f"x{k + 1}": array[:, k] for k in range(array.shape[1])}, null_strings)


def _cells_from_series(name: str, series: Any, narwhals: Any, null_strings: Sequence[str]) -> Cells:
    """The cells of one column of a data frame, by its declared type."""
    if declared_levels(series.to_native()) is not None:
        return _cells_of_levels(series.to_list(), null_strings)
    if series.dtype.is_integer() and len(series) and _is_long(series):
        return ListText(tuple(None if value is None else str(value) for value in series.to_list())).without(
            null_strings
        )
    if series.dtype.is_numeric() and not series.dtype.is_decimal():
        filled = series.cast(narwhals.Float64)
        values = np.array(filled.to_numpy(), dtype=np.float64)
        values[np.asarray(series.is_null().to_numpy(), dtype=bool)] = np.nan
        return NumberCells(values).without(null_strings)
    return cells_from_values(name, series.to_list(), null_strings)


def _beyond(whole: Any) -> bool:
    """Whether floats would make some of these whole numbers alike, such as ids of 19 digits."""
    return len(whole) > 0 and not -_EXACT <= min(whole) <= max(whole) <= _EXACT


def _is_long(series: Any) -> bool:
    """Whether whole numbers are too long for each to be a float of its own."""
    low, high = series.min(), series.max()
    return low is not None and max(-int(low), int(high)) >= 2**53


def cells_from_values(name: str, values: Sequence[Any], null_strings: Sequence[str]) -> Cells:
    """The cells of one column from plain Python or NumPy values."""
    if isinstance(values, (str, bytes)) or not hasattr(values, "__len__"):
        raise DataError(f"Column {name!r} is {values!r}; it must be a list or an array with one value per row.")
    if isinstance(values, np.ndarray):
        if values.ndim != 1:
            raise DataError(f"Column {name!r} has shape {values.shape}; it must have one value per row.")
        if values.dtype.kind in "iu" and len(values) and max(-int(values.min()), int(values.max())) >= 2**53:
            return ListText(tuple(map(str, values.tolist()))).without(null_strings)
        if values.dtype.kind in "iuf":
            return NumberCells(values.astype(np.float64)).without(null_strings)
        if values.dtype.kind == "M":
            values = values.astype("datetime64[us]")
        values = values.tolist()
    present = [value for value in values if not _is_missing(value)]
    if all(isinstance(value, NUMBERS) and not isinstance(value, (bool, np.bool_)) for value in present):
        try:
            floats = [np.nan if _is_missing(value) else float(value) for value in values]
        except OverflowError:
            raise DataError(f"Column {name!r} holds a whole number too large for a float.") from None
        if all(isinstance(value, numbers.Integral) for value in present) and _beyond(present):
            return ListText(tuple(None if _is_missing(value) else str(int(value)) for value in values))
        return NumberCells(np.array(floats, dtype=np.float64)).without(null_strings)
    nulls = set(null_strings)
    return ListText(tuple(_text(name, row, value, nulls) for row, value in enumerate(values)))


def _is_missing(value: Any) -> bool:
    """None, NaN, NaT and pandas' NA; all of them differ from themselves or have no truth."""
    if value is None:
        return True
    if isinstance(value, (str, bytes, list, tuple, dict, set)):
        return False
    try:
        return bool(value != value)
    except (TypeError, ValueError):
        return type(value).__name__ == "NAType"


def _text(name: str, row: int, value: Any, nulls: set[str]) -> str | None:
    """One value as the text of a cell."""
    if _is_missing(value):
        return None
    if isinstance(value, str):
        text = value.strip(SPACES)
        return None if text in nulls else str(text)
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, NUMBERS):
        text = format_number(float(value))
        return None if text in nulls else text
    if isinstance(value, datetime.timedelta):
        return format_number(value / datetime.timedelta(days=1))
    if type(value).__name__ == "Period":
        value = value.to_timestamp().to_pydatetime()
    if type(value).__name__ == "Interval":
        return str(value)
    if isinstance(value, datetime.date):
        midnight = isinstance(value, datetime.datetime) and value.time() == datetime.time() and value.tzinfo is None
        return value.date().isoformat() if midnight else value.isoformat()  # type: ignore[attr-defined]
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="seconds")
    raise DataError(
        f"Row {row}, column {name!r}: {value!r} is a {type(value).__name__}; a cell is a number, a text, yes/no, a "
        f"date or missing. Convert the column to one of these, or leave it out."
    )
