"""Tables as CSV text: plain for the studio itself, and safe for spreadsheets when a person takes them away.

A spreadsheet runs a cell that begins like a formula, so such a cell gets an apostrophe in front; numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence

from glassnet.tables import Table
from glassnet.tables.notation.number_text import number_pattern

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(rf"{number_pattern('.')}|{number_pattern(',')}")


def table_text(names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> str:
    """CSV text; a missing cell is empty."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        cells = ["" if cell is None else cell for cell in row]
        if cells == [""]:
            out.write('""\n')  # a lone empty cell would be a blank line
        else:
            writer.writerow(cells)
    return out.getvalue()


def spreadsheet_text(table: Table, more: Mapping[str, Sequence[str]] | None = None) -> str:
    """A table for a spreadsheet, with further columns; nothing in it runs."""
    added = more or {}
    names = [safe_cell(name) for name in (*table.names, *added)]
    columns = [table.columns[name] for name in table.names]

    def rows() -> Iterable[list[str | None]]:
        for row in range(table.n_rows):
            own = [column.item(row) for column in columns]
            yield [None if cell is None else safe_cell(cell) for cell in (*own, *(c[row] for c in added.values()))]

    return table_text(names, rows())


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    Examples
    --------
    >>> safe_cell("=1+2"), safe_cell("-0.5"), safe_cell("-0.5+A1")
    ("'=1+2", '-0.5', "'-0.5+A1")
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
