"""The column of strata: groups of patients that are compared only with patients of the same group."""

from __future__ import annotations

import numpy as np

from glassnet.errors import SchemaError
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import bad_cells, judge
from glassnet.tables.columns.level import match_levels
from glassnet.tables.notation.cells import MISSING, UNKNOWN, Cells
from glassnet.tables.table import Table

STRATUM = "stratum"
"""Its role, and the word with which a column is declared one."""
MOST_STRATA, MOST_NUMBERS = 200, 20
"""The largest number of strata, and of different cells of a column that holds numbers with decimals."""


def stratum_column(table: Table, name: str) -> ColumnSchema:
    """The column of strata, in the order of their names.

    Raises
    ------
    SchemaError
        When it has fewer than two strata, or so many that patients are hardly compared.

    Examples
    --------
    >>> stratum_column(Table.from_columns({"center": ["B", "A", "B"]}), "center").levels
    ('A', 'B')
    """
    levels = sorted(table.column(name).level_counts())
    if len(levels) < 2:
        held = f"only {levels[0]!r}" if levels else "no value"
        raise SchemaError(
            f"{table.origin}: the stratum {name!r} has {held}, so there is nothing to keep apart. Leave it out."
        )
    numbers = judge(table, name).kind == "number"
    if len(levels) > (MOST_NUMBERS if numbers else MOST_STRATA):
        raise SchemaError(
            f"{table.origin}: the stratum {name!r} has {len(levels)} different cells, and patients are compared only "
            f"within a stratum. There can be {MOST_STRATA}, or {MOST_NUMBERS} of a number. Name a column of few "
            "groups, such as centers; a number such as an age is an input, or becomes a stratum as a column of ranges."
        )
    return ColumnSchema(name, "category", STRATUM, levels=tuple(levels), declared=True)


def stratum_of(column: ColumnSchema, table: Table, cells: Cells) -> np.ndarray:
    """The number of each row's stratum, int64.

    Raises
    ------
    SchemaError
        For a missing cell, or a stratum that training did not have.
    """
    codes = match_levels(cells, column.levels)
    for bad, finding in ((codes == MISSING, "no value"), (codes == UNKNOWN, "a stratum that training did not have")):
        if bad.any():
            raise SchemaError(
                f"{table.origin}: {column.name!r} has {finding} ({bad_cells(table, column.name, bad)}). Each stratum "
                f"has a curve of its own, and there is none for other patients; their risks are known without it. "
                f"Known: {', '.join(map(repr, column.levels[:10]))}{', ...' if len(column.levels) > 10 else ''}."
            )
    return codes.astype(np.int64)
