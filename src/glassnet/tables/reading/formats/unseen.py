"""Parts of a spreadsheet that its cells do not show: hidden rows and columns, formulas that failed."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from glassnet.tables.reading.formats.sheet_area import Area, few, letters, place_of
from glassnet.tables.reading.formats.xls_records import records_of

Place = tuple[int, int]

_CELL = re.compile(rb"<(?:\w+:)?c ([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
_ROW = re.compile(rb"<(?:\w+:)?row ([^>]*)>")
_COLUMN = re.compile(rb"<(?:\w+:)?col ([^>]*)>")
_STORED = re.compile(rb"<(?:\w+:)?v(?: [^>]*)?>[^<]|<(?:\w+:)?is>")
_ATTRIBUTE = re.compile(rb'([\w:-]+)="([^"]*)"')
_OPEN_PART = re.compile(
    rb"<table:(table-column|table-row|table-cell|covered-table-cell)\b([^>]*)>(<text:p[^>]*>[^<]*)?"
)
_OPEN_ERROR = re.compile(rb">(?:#[A-Z/0!?]+[!?A]|Err:[0-9]{3})$")
_MOST = 1 << 14
"""Rows and columns that repeat more often are the empty rest of a sheet."""


@dataclass(frozen=True)
class Unseen:
    """The cells whose formula failed or has no result, and the hidden rows and columns; all from 0."""

    failed: tuple[Place, ...] = ()
    uncomputed: tuple[Place, ...] = ()
    rows: tuple[int, ...] = ()
    columns: tuple[int, ...] = ()

    def remarks(self, area: Area) -> list[str]:
        """Remarks on what lies inside of a range."""
        failed, uncomputed = (
            [f"{letters(column)}{row + 1}" for row, column in places if area.holds(row, column)]
            for places in (self.failed, self.uncomputed)
        )
        rows = [row + 1 for row in self.rows if area.top <= row <= area.bottom]
        columns = [letters(column) for column in self.columns if area.left <= column <= area.right]
        notes = []
        if failed:
            notes.append(f"Cells whose formula failed, as #DIV/0!, are missing: {few(failed)}.")
        if uncomputed:
            notes.append(
                f"Cells whose formula has no result in the file are missing: {few(uncomputed)}. Open and save the file "
                "in a spreadsheet program, which computes them."
            )
        if rows:
            notes.append(f"Hidden rows, as a filter leaves them, are read like all others: {few(rows)}.")
        if columns:
            notes.append(f"Hidden columns are read like all others: {few(columns)}.")
        return notes


def unseen(data: bytes, sheet: str) -> Unseen:
    """The parts of one sheet of an .xlsx, .ods or .xls file that are not seen; none of another kind of file."""
    try:
        if data.startswith(b"\xd0\xcf\x11\xe0"):
            return _of_xls(data, sheet)
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            if "content.xml" in book.namelist():
                return _of_ods(book.read("content.xml"), sheet)
            return _of_xlsx(book.read(_file_of(book, sheet)))
    except Exception:  # another kind of spreadsheet, or damage that its reader did not mind
        return Unseen()


def _of_xlsx(text: bytes) -> Unseen:
    """Excel's XML: a type "e" of cells, formulas without a value, and the attribute "hidden"."""
    failed, uncomputed = [], []
    if b't="e"' in text or b"<f" in text or b":f" in text:
        for match in _CELL.finditer(text):
            inner, attributes = match[2] or b"", _attributes(match[1])
            place = place_of(attributes.get("r", ""))
            if place is None:
                continue
            if attributes.get("t") == "e":
                failed.append(place)
            elif re.search(rb"<(?:\w+:)?f[ />]", inner) and attributes.get("t") != "str" and not _STORED.search(inner):
                uncomputed.append(place)
    return Unseen(tuple(failed), tuple(uncomputed), tuple(_hidden_rows(text)), tuple(_hidden_columns(text)))


def _hidden_rows(text: bytes) -> Iterator[int]:
    """The positions of hidden rows."""
    for match in _ROW.finditer(text) if b'hidden="' in text else ():
        row = _attributes(match[1])
        if not match[1].endswith(b"/") and row.get("hidden") in ("1", "true") and row.get("r", "").isdigit():
            yield int(row["r"]) - 1


def _hidden_columns(text: bytes) -> Iterator[int]:
    """The positions of hidden columns; those far to the right are no part of a table."""
    for match in _COLUMN.finditer(text[: text.find(b"sheetData")]):
        column = _attributes(match[1])
        first, last = column.get("min", ""), column.get("max", "")
        if column.get("hidden") in ("1", "true") and first.isdigit() and last.isdigit() and int(last) < _MOST:
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


def _of_ods(text: bytes, sheet: str) -> Unseen:
    """OpenDocument: columns, rows and cells in their order, each perhaps repeated; errors are texts of formulas."""
    failed: list[Place] = []
    uncomputed: list[Place] = []
    rows: list[int] = []
    columns: list[int] = []
    row, column, next_row, next_column = -1, 0, 0, 0
    for match in _OPEN_PART.finditer(_sheet_of_ods(text, sheet)):
        kind, attributes = match[1].decode(), _attributes(match[2])
        hidden = attributes.get("table:visibility") in ("collapse", "filter")
        if kind == "table-column":
            times = int(attributes.get("table:number-columns-repeated", "1"))
            columns += range(next_column, next_column + times) if hidden and times < _MOST else ()
            next_column += times
        elif kind == "table-row":
            times = int(attributes.get("table:number-rows-repeated", "1"))
            row, column = next_row, 0
            rows += range(row, row + times) if hidden and times < _MOST else ()
            next_row += times
        else:
            if "table:formula" in attributes:
                if _OPEN_ERROR.search(match[3] or b"") or attributes.get("calcext:value-type") == "error":
                    failed.append((row, column))
                elif "office:value-type" not in attributes and not match[3]:
                    uncomputed.append((row, column))
            column += int(attributes.get("table:number-columns-repeated", "1"))
    return Unseen(tuple(failed), tuple(uncomputed), tuple(rows), tuple(columns))


def _sheet_of_ods(text: bytes, sheet: str) -> bytes:
    """The XML of one sheet; nothing if no sheet has the name."""
    starts = list(re.finditer(rb"<table:table ([^>]*)>", text))
    for match in starts:
        if html.unescape(_attributes(match[1]).get("table:name", "")) == sheet:
            return text[match.end() : text.find(b"</table:table>", match.end())]
    return b""


def _of_xls(data: bytes, sheet: str) -> Unseen:
    """Excel's records from before 2007."""
    failed: list[Place] = []
    rows: list[int] = []
    columns: list[int] = []
    for kind, body in records_of(data, sheet):
        first, second = (int.from_bytes(body[k : k + 2], "little") for k in (0, 2))
        if kind == "row" and body[12] & 0x20:
            rows.append(first)
        elif kind == "columns" and body[8] & 1 and second < _MOST:
            columns += range(first, second + 1)
        elif (kind == "value" and body[7]) or (kind == "formula" and body[6] == 2 and body[12:14] == b"\xff\xff"):
            failed.append((first, second))
    return Unseen(tuple(failed), rows=tuple(rows), columns=tuple(columns))


def _attributes(text: bytes) -> dict[str, str]:
    """The attributes of a tag."""
    return {name.decode(): value.decode("utf-8", "replace") for name, value in _ATTRIBUTE.findall(text)}
