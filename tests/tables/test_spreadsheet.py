"""Spreadsheets as people keep them: merged cells, hidden sheets, rows and columns, and formulas that failed."""

from __future__ import annotations

import re

import odf.table as odf
import openpyxl
import pandas
import pytest
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.text import P

from glassnet.errors import ConfigurationError
from glassnet.tables import Schema, read_table
from glassnet.tables.reading.formats.unseen import unseen

WARDS = ("north", "south", "east", "west")


def book_of(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book, book.active


def merged_wards(title=()):
    """Forty patients in four wards, the name of each in a cell merged over its ten rows, below a title."""
    rows = [[WARDS[k // 10] if k % 10 == 0 else None, 20 + k % 7, "yes" if k % 3 else "no"] for k in range(40)]
    book, sheet = book_of([*title, ["ward", "age", "ill"], *rows])
    first = len(title) + 2
    for k in range(4):
        sheet.merge_cells(start_row=first + 10 * k, end_row=first + 9 + 10 * k, start_column=1, end_column=1)
    return book


@pytest.mark.parametrize("title", [(), (["Ward report", None, None], [None, None, None])])
def test_a_merged_cell_belongs_to_all_its_rows(title, tmp_path):
    book = merged_wards(title)
    if title:
        book.active.merge_cells("A1:C1")
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.names == ("ward", "age", "ill")
    assert table.column("ward").level_counts() == dict.fromkeys(WARDS, 10)
    assert any(note.startswith("Merged cells count for each of their rows") for note in table.notes)


def test_merged_names_are_joined_and_cells_merged_across_columns_are_said(tmp_path):
    book, sheet = book_of([
        ["age", "pressure", None, "ill"], [None, "upper", "lower", None],
        *([20 + k % 9, 120 + k % 5, 70 + k % 4, "yes" if k % 2 else "no"] for k in range(30)),
    ])  # fmt: skip
    for area in ("A1:A2", "B1:C1", "D1:D2", "B9:C9"):
        sheet.merge_cells(area)
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.names == ("age", "pressure upper", "pressure lower", "ill")
    assert table.row_text(6)["pressure lower"] is None
    assert "Cells merged across columns count for the first of these only (B9:C9)." in table.notes


def test_hidden_sheets_are_not_asked_about(tmp_path):
    book = merged_wards()
    book.active.title = "Data"
    notes = book.create_sheet("Codes")
    notes.append(["code", "meaning"])
    notes.sheet_state = "hidden"
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.n_rows == 40
    assert "The sheet 'Data' is read; hidden sheets are not ('Codes')." in table.notes
    with pytest.raises(ConfigurationError, match=r"no sheet 'Cods'. Did you mean 'Codes'"):
        read_table(tmp_path / "t.xlsx", sheet="Cods")
    notes.sheet_state = "visible"
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(ConfigurationError, match="holds 2 sheets"):
        read_table(tmp_path / "t.xlsx")
    assert read_table(tmp_path / "t.xlsx", sheet="Data").n_rows == 40


def test_what_cells_do_not_show_is_said(tmp_path):
    rows = ([20 + k % 9, 22.5 + k % 4, k % 5, "yes" if k % 2 else "no"] for k in range(30))
    book, sheet = book_of([["age", "bmi", "dose", "ill"], *rows])
    for place in ("B2", "B9"):
        sheet[place].value, sheet[place].data_type = "#DIV/0!", "e"
    sheet["C5"] = "=C4*2"
    sheet.row_dimensions[7].hidden = sheet.row_dimensions[8].hidden = True
    sheet.column_dimensions["C"].hidden = True
    book.save(tmp_path / "t.xlsx")
    table = read_table(tmp_path / "t.xlsx")
    assert table.n_rows == 30
    assert [int(table.column(name).missing.sum()) for name in table.names] == [0, 2, 1, 0]
    said = " ".join(table.notes)
    for part in (
        "formula failed, as #DIV/0!, are missing: B2, B9.",
        "no result in the file are missing: C5. Open and save",
        "Hidden rows, as a filter leaves them, are read like all others: 7, 8.",
        "Hidden columns are read like all others: C.",
    ):
        assert part in said
    part = read_table(tmp_path / "t.xlsx", sheet="Sheet!A10:B31")
    assert part.n_rows == 21
    assert not any("Hidden" in note or "formula" in note for note in part.notes)


def old_excel(path):
    """A sheet of Excel 97 with a failed formula, a hidden row, a hidden column and a hidden sheet beside it."""
    book = xlwt.Workbook()
    sheet, other = book.add_sheet("Größe"), book.add_sheet("lists")
    other.visibility = 1
    for row, cells in enumerate([("n", "m"), (1, 2), (3, 4)]):
        for column, cell in enumerate(cells):
            other.write(row, column, cell)
    for row, cells in enumerate(
        [("age", "dose", "ill"), *((20 + k % 9, k / 2, "yes" if k % 2 else "no") for k in range(30))]
    ):
        for column, cell in enumerate(cells):
            sheet.write(row, column, xlwt.Formula("1/0") if (row, column) == (3, 1) else cell)
    sheet.row(6).hidden = sheet.col(1).hidden = True
    book.save(path)
    data = path.read_bytes()  # Excel stores a result beside a formula, which xlwt leaves empty
    formula = re.search(b"\x06\x00..\x03\x00\x01\x00", data, re.DOTALL)
    place = formula.start() + 10
    path.write_bytes(data[:place] + b"\x02\x00\x07\x00\x00\x00\xff\xff" + data[place + 8 :])


def open_document(path):
    """The same sheet as LibreOffice writes it, and a formula without a result."""
    book = OpenDocumentSpreadsheet()
    sheet = odf.Table(name="Größe")
    for visibility in ("visible", "collapse", "visible"):
        sheet.addElement(odf.TableColumn(visibility=visibility))
    for row, cells in enumerate(
        [("age", "dose", "ill"), *((20 + k % 9, k / 2, "yes" if k % 2 else "no") for k in range(30))]
    ):
        line = odf.TableRow(visibility="filter" if row == 6 else "visible")
        for column, cell in enumerate(cells):
            kind = {"valuetype": "string"} if isinstance(cell, str) else {"valuetype": "float", "value": cell}
            if (row, column) == (3, 1):
                kind, cell = {"valuetype": "string", "formula": "of:=1/0"}, "#DIV/0!"
            one = odf.TableCell(**({"formula": "of:=A1"} if (row, column) == (9, 1) else kind))
            if (row, column) != (9, 1):
                one.addElement(P(text=str(cell)))
            line.addElement(one)
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    book.save(path)


@pytest.mark.parametrize(("name", "write"), [("t.xls", old_excel), ("t.ods", open_document)])
def test_older_and_open_spreadsheets_say_it_too(name, write, tmp_path):
    write(tmp_path / name)
    table = read_table(tmp_path / name)
    column = next(one for one in Schema.infer(table, "ill").fit(table).columns if one.name == "dose")
    assert table.n_rows == 30
    assert (column.kind, column.missing) == ("number", 2 if name == "t.ods" else 1)
    assert "Cells whose formula failed, as #DIV/0!, are missing: B4." in table.notes
    assert "Hidden rows, as a filter leaves them, are read like all others: 7." in table.notes
    assert "Hidden columns are read like all others: B." in table.notes
    assert any("no result in the file are missing: B10" in note for note in table.notes) is (name == "t.ods")
    assert any("hidden sheets are not ('lists')" in note for note in table.notes) is (name == "t.xls")


def test_a_large_old_spreadsheet_has_sectors_in_several_tables(tmp_path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("s")
    sheet.write(0, 0, "text")
    for row in range(1, 3000):
        sheet.write(row, 0, f"a longer text so that the file has many sectors, and no two alike: {row}")
    sheet.row(2900).hidden = True
    book.save(tmp_path / "t.xls")
    assert unseen((tmp_path / "t.xls").read_bytes(), "s").rows == (2900,)


def test_plain_sheets_of_all_kinds_say_nothing_of_it(tmp_path):
    frame = pandas.DataFrame({"age": [20 + k % 9 for k in range(30)], "note": ["see C", "a = 5", "<v>"] * 10})
    for name, engine in (("t.xlsx", "openpyxl"), ("t.ods", "odf")):
        frame.to_excel(tmp_path / name, index=False, engine=engine)
        table = read_table(tmp_path / name)
        assert len(table.notes) == 1
        assert [column.kind for column in Schema.infer(table).columns] == ["integer", "category"]
