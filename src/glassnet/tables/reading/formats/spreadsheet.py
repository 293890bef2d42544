"""Spreadsheets: a sheet, or a range of it, as rows, with what cells alone would not show.

A merged cell belongs to all its rows. Formulas that failed or have no stored result, and rows and columns that are
hidden, are named: they look like any other cell, or like an empty one, to a reader of values.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from glassnet.errors import ConfigurationError
from glassnet.tables.reading.content import Content, SourceFile, as_csv

_CELL = re.compile(rb"<(?:\w+:)?c ([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ROW = re.compile(rb"<(?:\w+:)?row ([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col ([^>]*)>")
_STORED = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<]|<(?:\w+:)?is>")
_ATTRIBUTE = re.compile(rb'([\w:]+)="([^"]*)"')


@dataclass(frozen=True)
class Area:
    """A range of a sheet, rows and columns from 0, both ends included."""

    top: int = 0
    left: int = 0
    bottom: int = 1 << 30
    right: int = 1 << 30

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell is inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @classmethod
    def parse(cls, text: str, part: str) -> Area:
        """The range of a text such as ``A3:D20``."""
        first, colon, last = text.partition(":")
        corners = [_place(corner) for corner in (first, last)]
        if not colon or None in corners:
            raise ConfigurationError(f"The range {part!r} must name two corners, as in Sheet1!A3:D20.")
        (top, left), (bottom, right) = (corner for corner in corners if corner is not None)
        return cls(top, left, bottom, right)


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
    notes += _unseen(data, chosen, area)
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
        name = f"{_letters(left)}{top + 1}:{_letters(right)}{bottom + 1}"
        if right > left:
            across.append(name)
        if bottom > top:
            down.append(name)
            for row in rows[top + 1 : bottom + 1]:
                row[left] = rows[top][left]
    notes = []
    if down:
        notes.append(f"Merged cells count for each of their rows ({_few(down)}).")
    if across:
        notes.append(f"Cells merged across columns count for the first of these only ({_few(across)}).")
    return notes


def _unseen(data: bytes, sheet: str, area: Area) -> list[str]:
    """Remarks on a sheet of an .xlsx file: failed formulas, formulas without a result, hidden rows and columns."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            text = book.read(_file_of(book, sheet))
    except Exception:  # another kind of spreadsheet, or damage that its reader did not mind
        return []
    failed, uncomputed = [], []
    if b't="e"' in text or b"<f" in text or b":f" in text:
        for match in _CELL.finditer(text):
            inner, attributes = match[2] or b"", _attributes(match[1])
            place = _place(attributes.get("r", ""))
            if place is None or not area.holds(*place):
                continue
            if attributes.get("t") == "e":
                failed.append(attributes["r"])
            elif re.search(rb"<(?:\w+:)?f[ />]", inner) and attributes.get("t") != "str" and not _STORED.search(inner):
                uncomputed.append(attributes["r"])
    rows = [row for row in _hidden_rows(text) if area.top <= row - 1 <= area.bottom]
    columns = [column for column in _hidden_columns(text) if area.left <= column <= area.right]
    notes = []
    if failed:
        notes.append(f"Cells whose formula failed, as #DIV/0!, are missing: {_few(failed)}.")
    if uncomputed:
        notes.append(
            f"Cells whose formula has no result in the file are missing: {_few(uncomputed)}. Open and save the file in "
            "a spreadsheet program, which computes them."
        )
    if rows:
        notes.append(f"Hidden rows, as a filter leaves them, are read like all others: {_few(rows)}.")
    if columns:
        notes.append(f"Hidden columns are read like all others: {_few(map(_letters, columns))}.")
    return notes


def _hidden_rows(text: bytes) -> list[int]:
    """The numbers of hidden rows, from 1."""
    if b'hidden="' not in text:
        return []
    rows = (_attributes(match[1]) for match in _ROW.finditer(text) if not match[1].endswith(b"/"))
    return [int(row["r"]) for row in rows if row.get("hidden") in ("1", "true") and row.get("r", "").isdigit()]


def _hidden_columns(text: bytes) -> Iterator[int]:
    """The positions of hidden columns, from 0; those far to the right are no part of a table."""
    for match in _COLUMN.finditer(text[: text.find(b"sheetData")]):
        column = _attributes(match[1])
        first, last = column.get("min", ""), column.get("max", "")
        if column.get("hidden") in ("1", "true") and first.isdigit() and last.isdigit() and int(last) < 1 << 14:
            yield from range(int(first) - 1, int(last))


def _file_of(book: zipfile.ZipFile, sheet: str) -> str:
    """The file inside an .xlsx file that holds a sheet; a KeyError where there is none."""
    keys = {}
    for match in re.finditer(rb"<(?:\w+:)?sheet ([^>]*)>", book.read("xl/workbook.xml")):
        attributes = _attributes(match[1])
        key = next((value for name, value in attributes.items() if name.endswith(":id")), "")
        keys[html.unescape(attributes.get("name", ""))] = key
    for match in re.finditer(rb"<(?:\w+:)?Relationship ([^>]*)>", book.read("xl/_rels/workbook.xml.rels")):
        attributes = _attributes(match[1])
        if attributes.get("Id") == keys[sheet]:
            target = attributes.get("Target", "")
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    raise KeyError(sheet)


def _attributes(text: bytes) -> dict[str, str]:
    """The attributes of a tag."""
    return {name.decode(): value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(text)}


def _few(names: Any) -> str:
    """The first names, and how many more there are."""
    every = [str(name) for name in names]
    return ", ".join(every[:3]) + (f" and {len(every) - 3} more" if len(every) > 3 else "")


def _place(corner: str) -> tuple[int, int] | None:
    """Row and column of a cell such as ``B3``, from 0; None for another text."""
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", corner.strip())
    if match is None or int(match[2]) == 0:
        return None
    column = 0
    for letter in match[1].upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


def _letters(column: int) -> str:
    """The letters of a column, from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
