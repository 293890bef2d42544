"""The kind of a column, inferred from ALL its rows by simple rules.

The rules, in order: no value at all, or one value and no missing cell: constant. A name that says id and more than ten
different whole numbers or texts (or no two alike), or, beside others, whole numbers that count the rows, or repeat too
little for amounts: left out, or asked about. All
cells numbers, but for words that mean "no value": yes/no when they are 0 and 1, else integer or number; whole numbers
that are all days, as 20241231, are dates. All cells dates, or numbers written in one manner (see `notation`): date,
number. Digits with a leading zero: text. More than 95 % numbers or dates but not all: an error, for a stray text in
such a column is nearly always a slip. Two cells of a known pair: yes/no. More than 90 % distinct: free text or an id.
Else: category. What the source of a table declares a category is one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glassnet.errors import ConfigurationError, DataError, nearest
from glassnet.tables.columns.images.image_column import KIND, ImageCells
from glassnet.tables.columns.kinds.code_label import with_code_labels
from glassnet.tables.columns.kinds.identity import (
    as_categories,
    counter_reason,
    id_reason,
    names_categories,
    numbers_without_repeats,
)  # fmt: skip
from glassnet.tables.columns.kinds.judgment import Judgment, bad_cells, check_finite, join, quote, quotes, whole
from glassnet.tables.columns.kinds.text_column import judge_text
from glassnet.tables.columns.kinds.written_column import (
    as_dates,
    dates_in_digits,
    grouped_by_points,
    judge_written,
    with_sentinels,
)
from glassnet.tables.notation import date_notation
from glassnet.tables.notation import notation as notations
from glassnet.tables.notation.category_notation import ORDERED, TRAITS, read_order
from glassnet.tables.notation.cells import Cells
from glassnet.tables.notation.notation import Notation, without_words
from glassnet.tables.notation.number_text import counted, yes_no_code, yes_no_order
from glassnet.tables.table import Table

__all__ = ["KINDS", "NUMERIC", "Judgment", "bad_cells", "check_finite", "declare", "judge", "quote"]

NUMERIC = ("number", "integer", "date")
KINDS = (*NUMERIC, "yes_no", "category", KIND, "text", "constant")

_FIRST_ROWS = 1000
_EXACT = 2.0**53
"""Up to here every whole number is a float of its own."""


def judge(table: Table, name: str) -> Judgment:
    """The kind of one column, by the rules of this module.

    Raises
    ------
    DataError
        When a cell is infinite, or a few texts stand in a column of numbers or dates.
    """
    given = table.column(name)
    if isinstance(given, ImageCells):
        return Judgment(KIND)
    if bool(given.missing.all()):
        return Judgment("constant", left_out="all its cells are missing")
    if name in table.categories:
        return judge_text(table, name, given, 0)
    cells = without_words(given)
    n_present = len(cells) - int(cells.missing.sum())
    if not n_present:
        cells, n_present = given, len(given) - int(given.missing.sum())
    values, bad = cells.numbers()
    n_bad = int(bad.sum())
    if n_bad and cells is not given and cells.n_distinct() == 1:  # a word may be one of two texts, as in + and -
        return judge_text(table, name, given, int(given.numbers()[1].sum()))
    if not n_bad:
        check_finite(table, name, values)
    if _one(cells, values, n_bad):
        only = next(iter(cells.level_counts()))
        if n_present < len(cells):
            return Judgment("category", note=f"{quote(only)} or missing")
        return Judgment("constant", left_out=f"all its cells are {quote(only)}")
    if not n_bad:
        judgment = with_code_labels(table, name, _judge_numbers(table, name, cells, values, n_present))
    else:
        judgment = judge_written(table, name, cells, n_present, n_bad) or judge_text(
            table, name, given, int(given.numbers()[1].sum())
        )
    return _with_words(judgment, given, cells)


def _one(cells: Cells, values: np.ndarray, n_bad: int) -> bool:
    """Whether all present cells are equal; numbers too long for a float are compared as texts."""
    if n_bad:
        return cells.n_distinct() == 1
    low = np.nanmin(values)
    return bool(low == np.nanmax(values)) and (abs(low) < _EXACT or cells.n_distinct() == 1)


def _with_words(judgment: Judgment, given: Cells, cells: Cells) -> Judgment:
    """The judgment of a number or date column, with a remark on words that mean "no value" there."""
    if cells is given or judgment.kind not in (*NUMERIC, "yes_no"):
        return judgment
    gone = cells.missing & ~given.missing
    words = given.distinct(gone)
    one = int(gone.sum()) == 1
    says = f"that {'says' if one else 'say'} {quotes(words)} count{'s' * one} as missing"
    remark = f"{counted(int(gone.sum()), 'cell')} of {len(given)} {says}"
    return replace(judgment, note=join(judgment.note, remark))


def _judge_numbers(table: Table, name: str, cells: Cells, values: np.ndarray, n_present: int) -> Judgment:
    """A column whose present cells are all numbers, at least two different ones."""
    known = values[~np.isnan(values)] if n_present < len(values) else values
    low, high = known.min(), known.max()
    # most columns of fractions have one among their first rows, which avoids checking all of them
    is_whole = whole(known[:_FIRST_ROWS]) and whole(known)
    if is_whole and names_categories(name, cells, n_present):
        return as_categories(name, cells)
    if is_whole and max(-low, high) >= _EXACT:
        reason = id_reason(name, cells, n_present) or "its whole numbers are too long to be distinguished as floats"
        return Judgment("text", left_out=reason)
    if not is_whole:
        return with_sentinels(grouped_by_points("number", cells) or Judgment("number"), known)
    if low == 0 and high == 1 and cells.n_distinct() == 2:
        no, yes = sorted(cells.level_counts(), key=lambda level: float(level.replace(",", ".")))
        return Judgment("yes_no", (no, yes))
    dates = dates_in_digits(name, known, low, high)
    if dates is not None:
        return dates
    reason = id_reason(name, cells, n_present) or counter_reason(table, name, values)
    if reason:
        return Judgment("integer", left_out=reason)
    return with_sentinels(numbers_without_repeats(table, name, known) or Judgment("integer"), known)


def declare(table: Table, name: str, kind: str) -> Judgment:
    """The judgment for a column whose kind the user has declared, as ``category``, ``number`` or ``date:dmy``.

    Raises
    ------
    ConfigurationError
        For an unknown kind or notation.
    DataError
        When cells do not fit the kind.
    """
    kind, colon, written = kind.partition(":")
    if kind == "left_out" and not colon:
        return Judgment("text", left_out="declared to be left out")
    if kind == "ordered":
        return _judge_declared_order(name, written)
    if kind not in KINDS:
        raise ConfigurationError(
            f"Column {name!r}: unknown kind {kind!r}. {nearest(kind, [*KINDS, 'ordered', 'left_out', 'stratum'])}"
        )
    cells = table.column(name)
    if colon:
        Notation.parse(kind, written, f"Column {name!r}:")
    if kind == KIND and not isinstance(cells, ImageCells):
        raise DataError(
            f"{table.origin}, column {name!r} is declared image, but holds neither paths of images below the folder of "
            "the table nor arrays of pixels."
        )
    if kind == KIND:
        return Judgment(KIND)
    if kind in ("text", "constant"):
        return Judgment(kind, left_out=f"declared {kind}")
    if bool(cells.missing.all()):
        return Judgment("constant", left_out="all its cells are missing")
    if kind == "yes_no":
        return Judgment(kind, _two_levels(name, cells.level_counts()))
    if kind == "category":
        manner = Notation.parse(kind, written)
        if ORDERED in manner.traits and not table.categories.get(name):
            return Judgment(kind, note=manner.remark, notation=written, declared=True)  # levels declared apart
        ordered = table.categories.get(name, ()) if ORDERED in manner.traits else ()
        return Judgment(kind, ordered, note=manner.remark, notation=written, declared=bool(ordered))
    manner = notations.declared(cells, kind, written, getattr(cells, "decimal", "."))
    values, bad = manner.read(without_words(cells))
    if bad.any():
        orders = (
            date_notation.recognize(cells.distinct(~cells.missing)) if kind == "date" and not manner.written else []
        )
        if len(orders) > 1:
            raise DataError(
                f"{table.origin}, column {name!r}: its dates can be read in more than one order. Declare it "
                f"{' or '.join(f'date:{order}' for order in orders)}."
            )
        what = "dates (as 2024-12-31)" if kind == "date" else "numbers"
        how = f" with {manner.words}" if manner.words else ""
        raise DataError(
            f"{table.origin}, column {name!r} is declared {kind}, but {bad_cells(table, name, bad)} are no "
            f"{what}{how}. Correct the cells, or declare the column a category."
        )
    check_finite(table, name, values)
    if kind == "date":
        return as_dates(manner.text)
    return Judgment(kind, note=manner.remark, notation=manner.text)


def _judge_declared_order(name: str, written: str) -> Judgment:
    """The judgment of a column declared ``ordered:low<mid<high``."""
    levels = read_order(written)
    if not written or len(levels) < 2 or not all(levels) or len(set(levels)) < len(levels):
        raise ConfigurationError(
            f"Column {name!r}: ordered:{written[:60]} is not an order of levels. Write ordered:low<mid<high, with "
            "the lowest first."
        )
    return Judgment("category", levels, note=TRAITS[ORDERED], notation=ORDERED, declared=True)


def _two_levels(name: str, counts: dict[str, int]) -> tuple[str, str]:
    """The two cells of a declared yes/no column as (no, yes)."""
    levels = sorted(counts)
    if {yes_no_code(level) for level in levels} == {0, 1}:  # in several spellings, of which the most common is named
        first, second = (next(level for level in counts if yes_no_code(level) == code) for code in (0, 1))
        return first, second
    if len(levels) != 2:
        raise DataError(
            f"Column {name!r} is declared yes_no, but has {counted(len(levels), 'different value')} "
            f"({', '.join(map(repr, levels[:5]))}); it must have two. Declare it a category."
        )
    return yes_no_order(levels) or (levels[0], levels[1])
