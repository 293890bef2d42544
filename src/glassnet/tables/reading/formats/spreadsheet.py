"""Spreadsheets: a sheet, or a range of it, as rows, with notes on what the cells alone do not show.

A merged cell belongs to all its rows. Formulas that failed or have no stored result, and rows and columns that are
hidden, are named: they look like any other cell, or like an empty one, to a reader of values.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from contextlib import closing
from typing import Any

from glassnet.tables.reading.content import Content, SourceFile, as_csv
from glassnet.tables.reading.formats.sheet_area import Area, few, letters
from glassnet.tables.reading.formats.unseen import unseen


def read_spreadsheet(source: SourceFile) -> Content:
    """A sheet, or a range of it as ``Sheet1!A3:D20``, as CSV."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    data = source.path.read_bytes()
    part = source.part or ""
    name, _, text = part.partition("!")
    area = Area.parse(text, part) if text else Area()
    with closing(CalamineWorkbook.from_filelike(io.BytesIO(data))) as book:
        filled = [one for one in book.sheet_names if book.get_sheet_by_name(one).height]
        hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible}
        offered = [one for one in filled if one not in hidden] or filled
        chosen = source.choose(list(book.sheet_names) if name else offered, name or None, "sheet")
        sheet = book.get_sheet_by_name(chosen)
        rows = sheet.to_python(skip_empty_area=False)
        merged = sheet.merged_cell_ranges or []
    notes = []
    if not name and hidden & set(filled) and offered != filled:
        listed = ", ".join(repr(one) for one in filled if one in hidden)
        notes.append(f"The sheet {chosen!r} is read; hidden sheets are not ({listed}).")
    notes += _fill_merged(rows, merged, area)
    notes += unseen(data, chosen).remarks(area)
    if text:
        rows = [row[area.left : area.right + 1] if area.top <= k <= area.bottom else [] for k, row in enumerate(rows)]
    whole = ([int(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in row] for row in rows)
    return Content(as_csv(whole), notes=tuple(notes))


def _fill_merged(rows: list[list[Any]], merged: Sequence[Any], area: Area) -> list[str]:
    """Write the value of each merged cell below the header into all its rows; returns what to say."""
    inside = (k for k, row in enumerate(rows) if k >= area.top and sum(cell != "" for cell in row) > 1)
    header = next(inside, len(rows))
    down, across = [], []
    for (top, left), (bottom, right) in sorted(merged):
        if top <= header or not area.holds(top, left) or rows[top][left] == "":
            continue
        name = f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}"
        if right > left:
            across.append(name)
        if bottom > top:
            down.append(name)
            for row in rows[top + 1 : bottom + 1]:
                row[left] = rows[top][left]
    notes = []
    if down:
        notes.append(f"Merged cells count for each of their rows ({few(down)}).")
    if across:
        notes.append(f"Cells merged across columns count for the first of these only ({few(across)}).")
    return notes
