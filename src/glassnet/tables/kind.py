"""What a column is, judged from ALL its rows by rules that can be said aloud.

The rules, in order: no value at all, or one value and no missing cell: constant. A name that says id and more than ten
different whole numbers or texts (or no two alike), or, in the first column beside
others, whole numbers that count the rows: left out. All cells numbers: yes/no when they are 0 and 1, else integer or
number. All cells ISO dates: date. Digits with a leading zero: text. More than 95 % numbers but not all: an
error, for a stray text in a number column is nearly always a slip. Two cells of a known pair: yes/no. More than 90 %
distinct: free text or an id. Else: category.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from glassnet.errors import ConfigurationError, DataError, nearest
from glassnet.tables.cells import Cells
from glassnet.tables.number_text import DATE, LEADING_ZERO, THOUSANDS, yes_no_order
from glassnet.tables.table import Table

NUMERIC = ("number", "integer", "date")
KINDS = (*NUMERIC, "yes_no", "category", "text", "constant")

MOSTLY_NUMBERS = 0.95
MOSTLY_DISTINCT = 0.9

_ID_NAME = re.compile(r"(?:.*[_ .-])?(?:id|ids|uuid)|index|row|row_?names?|nr|no|column_1|unnamed: 0")
_ID_IN_CAMEL_CASE = re.compile(r".*[a-z]I[dD]")
_FEW_IDS = 10
_FEW_BESIDE_A_COUNTER = 2  # a table of one input and a target keeps both
_FIRST_ROWS = 1000


@dataclass(frozen=True)
class Judgement:
    """The kind of a column, its two cells when it is yes/no, why it is left out (or empty), and a remark (or empty)."""

    kind: str
    levels: tuple[str, ...] = ()
    left_out: str = ""
    note: str = ""


def judge(table: Table, name: str) -> Judgement:
    """The kind of one column, by the rules of this module.

    Raises
    ------
    DataError
        When a cell is infinite, or a few texts stand in a column of numbers.
    """
    cells = table.column(name)
    present = len(cells) - int(cells.missing.sum())
    if not present:
        return Judgement("constant", left_out="all its cells are missing")
    values, bad = cells.numbers()
    n_bad = int(bad.sum())
    if not n_bad:
        check_finite(table, name, values)
    one = cells.n_distinct() == 1 if n_bad else bool(np.nanmin(values) == np.nanmax(values))
    if one:
        only = next(iter(cells.level_counts()))
        if present < len(cells):
            return Judgement("category", note=f"{shown(only)} or missing")
        return Judgement("constant", left_out=f"all its cells are {shown(only)}")
    if not n_bad:
        return _judge_numbers(table, name, values, present)
    if int(cells.matches(DATE).sum()) == present and not cells.days()[1].any():
        return Judgement("date", note="encoded as days since 1970-01-01")
    zeros = bool(cells.matches(LEADING_ZERO).any())
    if not zeros and present - n_bad > MOSTLY_NUMBERS * present:
        raise DataError(_stray_text(table, name, bad, present))
    return _judge_text(table, name, present, n_bad, zeros)


def _judge_numbers(table: Table, name: str, values: np.ndarray, present: int) -> Judgement:
    """A column whose present cells are all numbers, at least two different ones."""
    cells = table.column(name)
    known = values[~np.isnan(values)] if present < len(values) else values
    low, high = known.min(), known.max()
    # most columns of fractions show one among their first rows, which spares a look at all of them
    if not (_whole(known[:_FIRST_ROWS]) and _whole(known) and max(-low, high) < 2**53):
        return Judgement("number")
    if low == 0 and high == 1 and cells.n_distinct() == 2:
        no, yes = sorted(cells.level_counts(), key=lambda level: float(level.replace(",", ".")))
        return Judgement("yes_no", (no, yes))
    return Judgement("integer", left_out=_id_reason(name, cells, present) or _counter_reason(table, name, values))


def _whole(values: np.ndarray) -> bool:
    """Whether all numbers are whole."""
    return bool((values == np.floor(values)).all())


def _judge_text(table: Table, name: str, present: int, n_bad: int, zeros: bool) -> Judgement:
    """A column with cells that are neither all numbers nor all dates, at least two different ones."""
    cells = table.column(name)
    distinct = cells.n_distinct()
    pair = yes_no_order(list(cells.level_counts())) if distinct == 2 else None
    if pair is not None:
        return Judgement("yes_no", pair)
    note = "digits with a leading zero are text" if zeros else ""
    grouped = cells.matches(THOUSANDS)
    if grouped.any():
        row = int(np.flatnonzero(grouped)[0])
        note = (
            f"cells such as {shown(cells.item(row))} ({table.row_name(row)}) look like numbers with thousands "
            f"separators; they are text until the separators are removed"
        )
    elif not zeros and present - n_bad >= present / 2:
        row = int(np.flatnonzero(cells.numbers()[1])[0])
        note = (
            f"{present - n_bad} of {present} cells are numbers; {shown(cells.item(row))} ({table.row_name(row)}) is "
            f"not, so the column is text"
        )
    reason = _id_reason(name, cells, present)
    if not reason and distinct > MOSTLY_DISTINCT * present:
        reason = f"free text or an id, with {distinct} different texts in {present} rows"
    if reason:
        return Judgement("text", left_out=f"{reason}; {note}" if note else reason)
    return Judgement("category", note=note)


def _id_reason(name: str, cells: Cells, present: int) -> str:
    """Why a column is an id, or nothing."""
    if not (_ID_NAME.fullmatch(name.lower()) or _ID_IN_CAMEL_CASE.fullmatch(name)):
        return ""
    distinct = cells.n_distinct()
    if distinct > _FEW_IDS or distinct == present > 2:
        reason = f"its name says id, and it has {distinct} different values in {present} rows"
        together = (
            f"; if rows of one {name} are alike, keep them together: groups={name!r}, --groups {shlex.quote(name)}"
        )
        return reason + together if distinct < present else reason
    return ""


def _counter_reason(table: Table, name: str, values: np.ndarray) -> str:
    """Why a column is a number of the row, or nothing; where rows are sorted by target, it would give that away."""
    if len(table.names) <= _FEW_BESIDE_A_COUNTER or name != table.names[0] or len(values) <= _FEW_IDS:
        return ""
    first = values[0]
    if first not in (0, 1) or not all(
        np.array_equal(part, first + np.arange(len(part))) for part in (values[:_FIRST_ROWS], values)
    ):
        return ""
    return f"it counts the rows, from {first:.0f} to {values[-1]:.0f}"


def check_finite(table: Table, name: str, values: np.ndarray) -> None:
    """Refuse infinite cells, with row, column and value."""
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        row = int(infinite[0])
        more = f" (and {len(infinite) - 1} more)" if len(infinite) > 1 else ""
        raise DataError(
            f"{table.origin}, {table.row_name(row)}, column {name!r}: {shown(table.column(name).item(row))} is "
            f"infinite or too large for a float{more}. Correct the cell, or leave it empty if the value is not known."
        )


def bad_cells(table: Table, name: str, bad: np.ndarray, most: int = 3) -> str:
    """The first bad cells for a message: ``'n.d.' (line 14) and 'x' (line 90)``."""
    rows = np.flatnonzero(bad)
    cells = table.column(name)
    places = [f"{shown(cells.item(int(row)))} ({table.row_name(int(row))})" for row in rows[:most]]
    if len(rows) > most:
        return f"{', '.join(places)} and {len(rows) - most} more"
    return " and ".join(places) if len(places) < 3 else f"{', '.join(places[:-1])} and {places[-1]}"


def shown(text: str | None) -> str:
    """A cell for a message: quoted, short, and with nothing that a terminal would obey."""
    return repr("" if text is None else text if len(text) <= 40 else text[:37] + "...")


def _stray_text(table: Table, name: str, bad: np.ndarray, present: int) -> str:
    """The message for a number column with a few texts."""
    row = int(np.flatnonzero(bad)[0])
    return (
        f"{table.origin}, column {name!r}: {present - int(bad.sum())} of {present} cells are numbers, but not "
        f"{bad_cells(table, name, bad)}. Correct the cells, add {shown(table.column(name).item(row))} to the null "
        f'strings if it means "missing", or declare the column a category.'
    )


def declare(table: Table, name: str, kind: str) -> Judgement:
    """The judgement for a column whose kind the user has declared; a kind its cells do not fit is a `DataError`."""
    if kind == "left_out":
        return Judgement("text", left_out="declared to be left out")
    if kind not in KINDS:
        raise ConfigurationError(f"Column {name!r}: unknown kind {kind!r}. {nearest(kind, [*KINDS, 'left_out'])}")
    cells = table.column(name)
    if kind in ("text", "constant"):
        return Judgement(kind, left_out=f"declared {kind}")
    if bool(cells.missing.all()):
        return Judgement("constant", left_out="all its cells are missing")
    if kind == "yes_no":
        return Judgement(kind, _two_levels(name, cells.level_counts()))
    if kind == "category":
        return Judgement(kind)
    values, bad = READERS[kind](cells)
    if bad.any():
        what = "dates (as 2024-12-31)" if kind == "date" else "numbers"
        raise DataError(
            f"{table.origin}, column {name!r} is declared {kind}, but {bad_cells(table, name, bad)} are no {what}. "
            f"Correct the cells, or declare the column a category."
        )
    check_finite(table, name, values)
    return Judgement(kind)


def _two_levels(name: str, counts: dict[str, int]) -> tuple[str, str]:
    """The two cells of a declared yes/no column as (no, yes)."""
    levels = sorted(counts)
    if len(levels) != 2:
        raise DataError(
            f"Column {name!r} is declared yes_no, but has {len(levels)} different values "
            f"({', '.join(map(repr, levels[:5]))}); it must have two. Declare it a category."
        )
    return yes_no_order(levels) or (levels[0], levels[1])


READERS: dict[str, Callable[[Cells], tuple[np.ndarray, np.ndarray]]] = {
    "number": lambda cells: cells.numbers(),
    "integer": lambda cells: cells.numbers(),
    "date": lambda cells: cells.days(),
}
"""How the cells of each kind of `NUMERIC` become floats and a mask of cells that do not."""
