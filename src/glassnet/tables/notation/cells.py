"""The cells of one column: text from a file (`PolarsText`), text from memory (`ListText`), or numbers (`NumberCells`).

All three answer the same few questions, so nothing else in this room knows where a table came from. A column of text
stays text; it is read as numbers, dates or categories only when the schema asks.
"""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language.render.display import format_number
from glassnet.tables.notation.number_text import DATE, INFINITY, null_numbers, number_pattern

FEW_CELLS = 1000
"""Up to here a column is a plain list of texts, which is faster to question than a series."""
MISSING = -1
UNKNOWN = -2

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]


class Cells(Protocol):
    """The interface of a column of cells."""

    def __len__(self) -> int: ...

    def item(self, row: int) -> str | None:
        """The text of one cell, None when it is missing."""
        ...

    def take(self, rows: Any) -> Cells:
        """The cells of the given rows, in that order."""
        ...

    def without(self, nulls: Sequence[str]) -> Cells:
        """The cells with those missing that are one of the texts, or the number that one of the texts writes."""
        ...

    @property
    def missing(self) -> Mask:
        """Which cells are missing: shape (n,)."""
        ...

    def numbers(self) -> tuple[Floats, Mask]:
        """The cells as floats (missing: NaN; ``inf`` and overflow: infinity) and which ones are not numbers."""
        ...

    def matches(self, pattern: str) -> Mask:
        """Which present cells match a regular expression that is anchored at both ends."""
        ...

    def n_distinct(self) -> int:
        """The number of distinct present cells."""
        ...

    def level_counts(self) -> dict[str, int]:
        """Each distinct present text and how often it occurs, most frequent first, then by text."""
        ...

    def codes(self, levels: Sequence[str]) -> NDArray[np.int64]:
        """The position of each cell among `levels`; `MISSING` or `UNKNOWN` where it has none."""
        ...

    def days(self) -> tuple[Floats, Mask]:
        """ISO dates as days since 1970-01-01 (missing: NaN), and which cells are not dates."""
        ...

    def distinct(self, where: Mask) -> list[str]:
        """The different texts among some present cells, in the order in which they first come."""
        ...

    def read(self, name: str, reader: Callable[[str], float | None]) -> tuple[Floats, Mask]:
        """The numbers that a reader gives for the cells, and a mask of those it refused (for which it gave None).

        The same name stands for the same reader, so that its answer can be kept.
        """
        ...


def _by_frequency(counts: Any) -> dict[str, int]:
    """Counts by falling frequency, ties by text."""
    return dict(sorted(counts, key=lambda pair: (-pair[1], pair[0])))


def _spellings(cells: Cells, nulls: Sequence[str]) -> list[str]:
    """The texts among the cells that write one of the numbers among null strings, as -200.0 writes -200."""
    numbers = null_numbers(nulls)
    return cells.distinct(np.isin(cells.numbers()[0], numbers)) if numbers else []


def _frozen(values: Floats, bad: Mask) -> tuple[Floats, Mask]:
    """The two arrays, protected from writing."""
    values.flags.writeable = bad.flags.writeable = False
    return values, bad


def _read_texts(cells: Cells, reader: Callable[[str], float | None]) -> tuple[Floats, Mask]:
    """Each different text read once, and the results spread over the cells."""
    texts = cells.distinct(~cells.missing)
    readings = [reader(text) for text in texts]
    values = np.array([np.nan if value is None else value for value in readings] + [np.nan], dtype=np.float64)
    refused = np.array([value is None for value in readings] + [False])
    codes = cells.codes(texts)
    codes = np.where(codes < 0, len(texts), codes)
    return _frozen(values[codes], refused[codes])


def _day_number(text: str) -> float:
    """Days since 1970-01-01 of one ISO date or time; NaN when there is no such day."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return float("nan")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=datetime.UTC)
    return (moment - datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)) / datetime.timedelta(days=1)


class _Readings(Cells):
    """Text that is read once by each reader, however many ask."""

    @cached_property
    def _readings(self) -> dict[str, tuple[Floats, Mask]]:
        """The results of `read` so far, by the name of the reader."""
        return {}

    def read(self, name: str, reader: Callable[[str], float | None]) -> tuple[Floats, Mask]:
        if name not in self._readings:
            self._readings[name] = _read_texts(self, reader)
        return self._readings[name]


@dataclass(frozen=True, eq=False)
class ListText(_Readings):
    """Text cells held as Python strings, None where a cell is missing."""

    values: tuple[str | None, ...]
    decimal: str = "."

    def __len__(self) -> int:
        return len(self.values)

    def item(self, row: int) -> str | None:
        return self.values[row]

    def take(self, rows: Any) -> ListText:
        return ListText(tuple(self.values[int(row)] for row in rows), self.decimal)

    def without(self, nulls: Sequence[str]) -> ListText:
        gone = {*nulls, *_spellings(self, nulls)}
        return ListText(tuple(None if value in gone else value for value in self.values), self.decimal)

    @cached_property
    def missing(self) -> Mask:
        return np.array([value is None for value in self.values], dtype=bool)

    def numbers(self) -> tuple[Floats, Mask]:
        return self._numbers

    @cached_property
    def _numbers(self) -> tuple[Floats, Mask]:
        """The parsed cells, kept because the judge, the constants and the matrix all read them."""
        number, infinity = re.compile(number_pattern(self.decimal)), re.compile(INFINITY)
        values = np.full(len(self), np.nan)
        bad = np.zeros(len(self), dtype=bool)
        for row, text in enumerate(self.values):
            if text is None:
                continue
            if number.fullmatch(text) or infinity.fullmatch(text):
                values[row] = float(text.replace(self.decimal, "."))
            else:
                bad[row] = True
        return _frozen(values, bad)

    def matches(self, pattern: str) -> Mask:
        compiled = re.compile(pattern)
        return np.array(
            [value is not None and compiled.fullmatch(value) is not None for value in self.values], dtype=bool
        )

    def n_distinct(self) -> int:
        return len({value for value in self.values if value is not None})

    def level_counts(self) -> dict[str, int]:
        return _by_frequency(Counter(value for value in self.values if value is not None).items())

    def codes(self, levels: Sequence[str]) -> NDArray[np.int64]:
        places: dict[str | None, int] = {level: code for code, level in enumerate(levels)}
        places[None] = MISSING
        return np.array([places.get(value, UNKNOWN) for value in self.values], dtype=np.int64)

    def days(self) -> tuple[Floats, Mask]:
        date = re.compile(DATE)
        values = np.array([
            _day_number(value) if value is not None and date.fullmatch(value) else np.nan for value in self.values
        ], dtype=np.float64)  # fmt: skip
        return values, np.isnan(values) & ~self.missing

    def distinct(self, where: Mask) -> list[str]:
        return list(dict.fromkeys(text for row in np.flatnonzero(where) if (text := self.values[row]) is not None))


@dataclass(frozen=True, eq=False)
class PolarsText(_Readings):
    """Text cells held as a polars series of strings, null where a cell is missing."""

    series: Any
    decimal: str = "."

    def __len__(self) -> int:
        return len(self.series)

    def item(self, row: int) -> str | None:
        text = self.series[int(row)]
        return None if text is None else str(text)

    def take(self, rows: Any) -> PolarsText | ListText:
        taken = self.series.gather(np.asarray(rows, dtype=np.int64))
        if len(taken) <= FEW_CELLS:
            return ListText(tuple(taken.to_list()), self.decimal)
        return PolarsText(taken, self.decimal)

    def without(self, nulls: Sequence[str]) -> PolarsText:
        import polars

        texts = [*nulls, *_spellings(self, nulls)]
        gone = self.series.is_in(texts).fill_null(False)
        nothing = polars.Series([None], dtype=polars.String)
        return PolarsText(self.series.zip_with(~gone, nothing), self.decimal)

    @cached_property
    def missing(self) -> Mask:
        return np.asarray(self.series.is_null().to_numpy(), dtype=bool)

    def numbers(self) -> tuple[Floats, Mask]:
        return self._numbers

    @cached_property
    def _numbers(self) -> tuple[Floats, Mask]:
        """The parsed cells, kept because the judge, the constants and the matrix all read them."""
        import polars

        bad = self._present(~self.matches(number_pattern(self.decimal)))
        text = self.series
        if self.decimal != ".":
            text = text.str.replace(self.decimal, ".", literal=True)
        # A cell that only the reader's own, wider grammar would take for a number must not slip through.
        values = np.array(text.cast(polars.Float64, strict=False).to_numpy(), dtype=np.float64)
        if bad.any():
            values[bad] = np.nan
            infinite = self.matches(INFINITY)
            for row in np.flatnonzero(infinite):
                values[row] = -np.inf if str(self.series[int(row)]).startswith("-") else np.inf
            bad &= ~infinite
        return _frozen(values, bad)

    def _present(self, mask: Mask) -> Mask:
        """The mask without the missing cells."""
        return mask & ~self.missing

    def matches(self, pattern: str) -> Mask:
        return np.asarray(self.series.str.contains(pattern).fill_null(False).to_numpy(), dtype=bool)

    def n_distinct(self) -> int:
        return int(self.series.drop_nulls().n_unique())

    def level_counts(self) -> dict[str, int]:
        frame = self.series.drop_nulls().rename("cell").value_counts(name="rows")
        return _by_frequency(zip(frame["cell"].to_list(), frame["rows"].to_list(), strict=True))

    def codes(self, levels: Sequence[str]) -> NDArray[np.int64]:
        import polars

        places = {level: code for code, level in enumerate(levels)}
        if places:
            known = self.series.replace_strict(places, default=UNKNOWN, return_dtype=polars.Int64)
            codes = np.array(known.fill_null(MISSING).to_numpy(), dtype=np.int64)
        else:
            codes = np.full(len(self), UNKNOWN, dtype=np.int64)
        codes[self.missing] = MISSING
        return codes

    def days(self) -> tuple[Floats, Mask]:
        unique = self.level_counts()
        names = list(unique)
        table = np.array([*ListText(tuple(names)).days()[0], np.nan])
        codes = self.codes(names)
        values = table[np.where(codes < 0, len(names), codes)]
        return values, np.isnan(values) & ~self.missing

    def distinct(self, where: Mask) -> list[str]:
        import polars

        return list(self.series.filter(polars.Series(where)).drop_nulls().unique(maintain_order=True).to_list())


@dataclass(frozen=True, eq=False)
class NumberCells:
    """Cells that came as numbers: float64 with NaN where one is missing."""

    values: Floats

    def __len__(self) -> int:
        return len(self.values)

    def item(self, row: int) -> str | None:
        value = self.values[row]
        return None if np.isnan(value) else format_number(value)

    def take(self, rows: Any) -> NumberCells:
        return NumberCells(self.values[np.asarray(rows, dtype=np.int64)])

    def without(self, nulls: Sequence[str]) -> NumberCells:
        gone = np.isin(self.values, null_numbers(nulls))
        return NumberCells(np.where(gone, np.nan, self.values)) if gone.any() else self

    @cached_property
    def missing(self) -> Mask:
        return np.isnan(self.values)

    def numbers(self) -> tuple[Floats, Mask]:
        return self.values, np.zeros(len(self), dtype=bool)

    def matches(self, pattern: str) -> Mask:
        return self._text().matches(pattern)

    def n_distinct(self) -> int:
        return len(np.unique(self.values[~self.missing]))

    def level_counts(self) -> dict[str, int]:
        levels, counts = np.unique(self.values[~self.missing], return_counts=True)
        return _by_frequency((format_number(level), int(count)) for level, count in zip(levels, counts, strict=True))

    def codes(self, levels: Sequence[str]) -> NDArray[np.int64]:
        distinct, inverse = np.unique(self.values, return_inverse=True)
        text = ListText(tuple(None if np.isnan(value) else format_number(value) for value in distinct))
        return text.codes(levels)[inverse]

    def days(self) -> tuple[Floats, Mask]:
        return np.full(len(self), np.nan), ~self.missing

    def distinct(self, where: Mask) -> list[str]:
        return [format_number(value) for value in dict.fromkeys(self.values[where & ~self.missing].tolist())]

    def read(self, name: str, reader: Callable[[str], float | None]) -> tuple[Floats, Mask]:  # noqa: ARG002
        return _read_texts(self, reader)

    def _text(self) -> ListText:
        """The same cells as text."""
        return ListText(tuple(self.item(row) for row in range(len(self))))


def renamed(cells: Cells, names: Mapping[str, str]) -> Cells:
    """The cells with other texts in place of some; numbers stay.

    Examples
    --------
    >>> renamed(ListText(("a", None, "b")), {"a": "c"}).values
    ('c', None, 'b')
    """
    if isinstance(cells, PolarsText):
        return PolarsText(cells.series.replace(dict(names)), cells.decimal)
    if isinstance(cells, ListText):
        return ListText(tuple(text if text is None else names.get(text, text) for text in cells.values), cells.decimal)
    return cells
