"""The judgment on a column, and how messages show its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.errors import DataError
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.notation.category_notation import MERGE
from glassnet.tables.table import Table


@dataclass(frozen=True)
class Judgment:
    """The findings about a column.

    Parameters
    ----------
    kind : str
    levels : tuple of str
        Its two cells if it is yes/no; its categories if they are declared.
    left_out : str
        Why it is left out, or empty.
    note : str
        A remark, or empty.
    notation : str
        How its numbers or dates are written; empty for the plain notation.
    proposals : tuple of Proposal
        The questions for a person to decide.
    declared : bool
        Whether the order of the levels must not change.
    """

    kind: str
    levels: tuple[str, ...] = ()
    left_out: str = ""
    note: str = ""
    notation: str = ""
    proposals: tuple[Proposal, ...] = ()
    declared: bool = False


def merges(judgment: Judgment) -> bool:
    """Whether levels that differ only in case or blanks are one."""
    return judgment.kind == "category" and MERGE in judgment.notation.split("+")


def nulls_of(judgment: Judgment) -> tuple[str, ...]:
    """The texts and numbers that mean a missing cell, as declared for the column."""
    return tuple(trait.partition("=")[2] for trait in judgment.notation.split("+") if trait.startswith("null="))


def check_finite(table: Table, name: str, values: np.ndarray) -> None:
    """Raise for infinite cells, with row, column and value."""
    infinite = np.flatnonzero(np.isinf(values))
    if len(infinite):
        row = int(infinite[0])
        more = f" (and {len(infinite) - 1} more)" if len(infinite) > 1 else ""
        raise DataError(
            f"{table.origin}, {table.row_name(row)}, column {name!r}: {quote(table.column(name).item(row))} is "
            f"infinite or too large for a float{more}. Correct the cell, or leave it empty if the value is not known."
        )


def bad_cells(table: Table, name: str, bad: np.ndarray, most: int = 3) -> str:
    """The first bad cells for a message: ``'n.d.' (line 14) and 'x' (line 90)``."""
    rows = np.flatnonzero(bad)
    cells = table.column(name)
    places = [f"{quote(cells.item(int(row)))} ({table.row_name(int(row))})" for row in rows[:most]]
    if len(rows) > most:
        return f"{', '.join(places)} and {len(rows) - most} more"
    return " and ".join(places) if len(places) < 3 else f"{', '.join(places[:-1])} and {places[-1]}"


def quote(text: str | None) -> str:
    """A cell for a message: quoted, short, and without terminal control characters."""
    return repr("" if text is None else text if len(text) <= 40 else text[:37] + "...")


def quotes(texts: Sequence[str]) -> str:
    """Some texts, quoted."""
    return ", ".join(map(quote, texts[:4])) + (", ..." if len(texts) > 4 else "")


def join(*parts: str) -> str:
    """The remarks that are not empty."""
    return "; ".join(part for part in parts if part)


def whole(values: np.ndarray) -> bool:
    """Whether all numbers are whole."""
    return bool((values == np.floor(values)).all())
