"""Columns to files of every format that can be written, read back by the readers of this room."""

from pathlib import Path

import pytest

from glassnet.errors import ConfigurationError, FileError, MissingDependency
from glassnet.tables import read_table
from glassnet.tables.reading.writing import WRITERS, as_bytes, writer_of

COLUMNS = {
    "row": range(1, 31), "prediction": ["ill", "well", "=1+1"] * 10,
    "probability of ill": [0.1, 0.25, 0.123456789] * 10, "größe (cm)": [1, None, 3.5] * 10,
    "probability_of_ill": [0.5, 0.25, 1.0] * 10,
}  # fmt: skip
ENDINGS = [ending for writer in WRITERS for ending in writer.endings]


@pytest.mark.parametrize("packed", ["", ".gz"])
@pytest.mark.parametrize("ending", ENDINGS)
def test_what_is_written_is_read_back(tmp_path, ending, packed):
    path = tmp_path / f"t{ending}{packed}"
    path.write_bytes(as_bytes(path, COLUMNS))
    found = read_table(path)
    assert found.n_rows == 30
    shortened = ending in (".sav", ".dta", ".xpt")  # these allow letters and digits only
    names = list(COLUMNS) if not shortened else [
        "row", "prediction", "probability_of_ill", "gr_e_cm", "probability_of_ill_2"
    ]  # fmt: skip
    assert list(found.names) == names
    text = ending in (".csv", ".tsv", ".tab")
    cells = [[column.item(row) for row in range(3)] for column in found.columns.values()]
    assert cells[1] == ["ill", "well", "'=1+1" if text else "=1+1"]
    assert [None if cell is None else float(cell) for cell in cells[3]] == [1, None, 3.5]
    assert [float(cell) for cell in cells[2]] == [0.1, 0.25, 0.123456789]
    assert [float(cell) for cell in cells[4]] == [0.5, 0.25, 1.0]


def test_texts_in_a_spreadsheet_are_no_formulas(tmp_path):
    from openpyxl import load_workbook

    path = tmp_path / "t.xlsx"
    path.write_bytes(as_bytes(path, {"=name()": ["=1+1", "+2", "@x"]}))
    sheet = load_workbook(path).active
    assert [cell.data_type for (cell,) in sheet.iter_rows()] == ["s"] * 4
    assert [cell.value for (cell,) in sheet.iter_rows()] == ["=name()", "=1+1", "+2", "@x"]


def test_the_same_columns_give_the_same_bytes():
    path = Path("t.csv.gz")
    assert as_bytes(path, COLUMNS) == as_bytes(path, COLUMNS)


@pytest.mark.parametrize(("name", "words"), [
    ("t.xls", "can be read, but not written"),
    ("t.ods", "can be read"), ("t.pdf", "'.pdf'"), ("t.zip.gz", "Zip archives"),
])  # fmt: skip
def test_other_endings_are_refused_with_those_that_are_known(name, words):
    with pytest.raises(ConfigurationError, match=words) as error:
        writer_of(Path(name))
    assert all(ending in str(error.value) for ending in ENDINGS)


def test_what_a_format_cannot_hold_is_said():
    with pytest.raises(FileError, match="cannot hold these columns"):
        as_bytes(Path("t.xlsx"), {"a": ["bell\x07"]})


def test_a_package_that_lacks_is_named(monkeypatch):
    import glassnet.tables.reading.writing as writing

    def lacking(name):
        raise ImportError(name)

    monkeypatch.setattr(writing, "import_module", lacking)
    with pytest.raises(MissingDependency, match=r"pip install 'glassnet\[duckdb\]'"):
        writer_of(Path("t.duckdb"))
    assert writer_of(Path("t.jsonl")).name == "JSON lines"
