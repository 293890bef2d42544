"""The columns of a `Blueprint`, in plain numbers: from a cell to the inputs of the network."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, product
from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.formulas import Expression
from glassnet.formulas.randomness import Purpose, uniform
from glassnet.tables import ColumnSchema, Table
from glassnet.tables.columns.kinds.kind import NUMERIC
from glassnet.tables.columns.scales.quantile import on_curve
from glassnet.tables.notation.cells import ListText
from glassnet.tables.notation.number_text import YES_NO, null_numbers

_LONGEST_MIXTURE = 8
_NOWHERE = "(not among the levels)"


@dataclass(frozen=True)
class NumberColumn:
    """A column of numbers (dates: days since 1970-01-01); NaN stands for a missing cell.

    Parameters
    ----------
    name, kind : str
    formulas : list of (Expression, dict of str to float)
        Each input of the network, from the cell ``x`` and the names of its constants.
    replacement : float
        What stands for ``x`` where the cell is missing.
    indicator : bool
        Whether an input of its own says that the cell is missing.
    low, high : float
        Training range.
    nulls : tuple of float
        Numbers that mean a missing cell, beside NaN.
    curve : array of float64, shape (2, knots), or None
        The knots of the curve that ``x`` goes through before the formula, and its values there.
    season : list of (Expression, dict of str to float)
        Further inputs, from the day itself.
    """

    name: str
    kind: str
    formulas: list[tuple[Expression, dict[str, float]]]
    replacement: float
    indicator: bool
    low: float
    high: float
    nulls: tuple[float, ...] = ()
    curve: np.ndarray | None = None
    season: Sequence[tuple[Expression, dict[str, float]]] = ()

    @property
    def width(self) -> int:
        """How many inputs of the network it makes."""
        return len(self.formulas) + len(self.season) + self.indicator


@dataclass(frozen=True)
class LevelColumn:
    """A yes/no column or a category: each known cell selects a row of `table`.

    Parameters
    ----------
    name, kind : str
    levels : tuple of str
    keys : tuple of (str, int)
        Cell text and row of `table`.
    numbers : tuple of (float, int)
        The same by number when all levels are numbers (``1`` and ``1.0`` are one level), else empty; then the cells are
        given as numbers.
    table : array of float64, shape (2 + levels, width)
        Row 0 for a level never seen, row 1 for a missing cell, then the levels in order.
    nulls : tuple of float
        Numbers that mean a missing cell, beside NaN, where the cells are given as numbers.
    any_case : bool
        Whether upper and lower case are the same.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    keys: tuple[tuple[str, int], ...]
    numbers: tuple[tuple[float, int], ...]
    table: np.ndarray
    nulls: tuple[float, ...] = ()
    any_case: bool = False

    @property
    def keys_in_every_case(self) -> tuple[tuple[str, int], ...]:
        """The keys in every mixture of upper and lower case, where that makes no difference; for exact matching.

        Of long texts, all lower, all upper, and one of them for the first letter alone: there are too many mixtures.
        """
        return self._spelled(lambda _letter: True)

    @property
    def keys_beyond_ascii(self) -> tuple[tuple[str, int], ...]:
        """The keys in every case of letters such as Ä or Д, for matching that knows upper and lower case of ASCII."""
        return self._spelled(lambda letter: not letter.isascii())

    def _spelled(self, varies: Callable[[str], bool]) -> tuple[tuple[str, int], ...]:
        """The keys in every mixture of upper and lower case of the letters that vary."""
        if not self.any_case:
            return self.keys
        spelled = dict(self.keys)
        for text, row in self.keys:
            if len(text) > _LONGEST_MIXTURE:
                low, high = text.lower(), text.upper()
                mixtures = {low, high, high[:1] + low[1:], low[:1] + high[1:]}
            else:
                cases = [{letter.lower(), letter.upper()} if varies(letter) else {letter} for letter in text]
                mixtures = {"".join(letters) for letters in product(*cases)}
            for mixture in mixtures:
                spelled.setdefault(mixture, row)
        return tuple(sorted(spelled.items()))

    @property
    def width(self) -> int:
        """How many inputs of the network it makes."""
        return int(self.table.shape[1])


@dataclass(frozen=True)
class ImageColumn:
    """A column of images (rows, columns, channels), whose pixels become ``(pixel - center) / scale`` one by one."""

    name: str
    shape: tuple[int, ...]
    center: float
    scale: float
    kind: str = "image"

    @property
    def width(self) -> int:
        """How many inputs of the network it makes."""
        return math.prod(self.shape)


Column = NumberColumn | LevelColumn | ImageColumn


def column_of(column: ColumnSchema, nulls: Sequence[str]) -> Column:
    """One column of the schema as plain numbers."""
    if column.shape:
        return ImageColumn(column.name, column.shape, column.center, column.scale)
    gone = () if column.kind == "date" else tuple(null_numbers(nulls))
    if column.kind == "category":
        nulls = (*nulls, *column.manner.null_texts)
        gone = tuple(null_numbers(nulls))
    if column.kind in NUMERIC:
        gone = (*gone, *column.manner.nulls)
        curve = None if column.how.curve is None or column.how.bins else np.array([column.knots, column.knot_inputs])
        return NumberColumn(
            column.name, column.kind, column.formulas, column.center, column.missing > 0, column.minimum,
            column.maximum, gone, curve, column.season_formulas,
        )  # fmt: skip
    texts = [_NOWHERE, None, *column.levels]
    if _NOWHERE in column.levels:
        raise ModelFileError(f"The column {column.name!r} has the level {_NOWHERE!r}, which exports use themselves.")
    table = column.encode(Table.from_columns({column.name: texts}, null_strings=()))[0]
    values, bad = ListText(column.levels).numbers()
    numbers = () if bad.any() else tuple((float(value), code + 2) for code, value in enumerate(values))
    keys = {level: code for code, level in enumerate(column.levels, start=2)}
    any_case = False
    if column.kind == "yes_no":
        spelled, any_case = _spellings(column, table)
        keys = {**spelled, **keys}
    elif column.merges:
        any_case = True
        for level in column.levels:
            for text in (level.lower(), level.upper(), level.capitalize(), level.title()):
                keys.setdefault(text, keys[level])
    for text in nulls:
        keys.setdefault(text, 1)
    return LevelColumn(column.name, column.kind, column.levels, tuple(keys.items()), numbers, table, gone, any_case)


_NUMBERS_AS_TEXT = ("0.0", "1.0", "0.00", "1.00")
"""How files write the numbers 0 and 1 beside "0" and "1"; a table takes every spelling, an export takes these."""


def _spellings(column: ColumnSchema, table: np.ndarray) -> tuple[dict[str, int], bool]:
    """Further texts that the schema takes for no and yes, as text -> row, and whether case makes no difference."""
    words = [*chain(*YES_NO), *_NUMBERS_AS_TEXT, *(level.lower() for level in column.levels)]
    lower = [*words, *column.levels]
    encoded = column.encode(Table.from_columns({column.name: [*lower, *map(str.swapcase, lower)]}, null_strings=()))[0]
    rows = [next((row for row in (2, 3) if (inputs == table[row]).all()), 0) for inputs in encoded]
    known = {word: row for word, row in zip(words, rows, strict=False) if row and not (table[row] == table[0]).all()}
    return known, rows[: len(lower)] == rows[len(lower) :]


def column_inputs(column: Column, cells: Any) -> np.ndarray:
    """The inputs that one column makes."""
    if isinstance(column, ImageColumn):
        return (np.asarray(cells, dtype=np.float64).reshape(len(cells), -1) - column.center) / column.scale
    if isinstance(column, LevelColumn) and not column.numbers:
        keys = dict(column.keys)
        return column.table[[1 if cell is None else keys.get(cell, 0) for cell in cells]]
    x = np.array([np.nan if cell is None else cell for cell in cells], dtype=np.float64)
    x[np.isin(x, column.nulls)] = np.nan
    missing = np.isnan(x)
    if isinstance(column, LevelColumn):
        by_number = dict(column.numbers)
        return column.table[
            [1 if gone else by_number.get(float(cell), 0) for cell, gone in zip(x, missing, strict=True)]
        ]
    x = np.where(missing, column.replacement, x)
    curved = x if column.curve is None else on_curve(x, *column.curve)
    columns = [formula(x=curved, **values) for formula, values in column.formulas]
    columns += [formula(x=x, **values) for formula, values in column.season]
    return np.column_stack([*columns, missing] if column.indicator else columns)


def sample_cells(column: Column) -> list[Any]:
    """The kinds of cells that a column can have."""
    if isinstance(column, ImageColumn):
        pixels = column.center + column.scale * (4 * uniform(0, Purpose.SPLIT, 2 * column.width) - 2)
        return list(np.round(pixels, 3).reshape(2, *column.shape))
    if isinstance(column, NumberColumn):
        middle = 0.5 * column.low + 0.5 * column.high
        return [column.replacement, column.low, column.high, middle, np.nan, *column.nulls]
    if column.numbers:
        return [*(number for number, _ in column.numbers), np.nan, 12345.75, *column.nulls]
    return [*column.levels, None, _NOWHERE]
