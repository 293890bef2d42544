"""Columns to files of every format that can be written, read back by the readers of this room."""

import io
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError, FileError, MissingDependency
from glassnet.tables import read_table
from glassnet.tables.reading.writing.dialect import Dialect, safe_cell
from glassnet.tables.reading.writing.packing import PACKINGS
from glassnet.tables.reading.writing.writer import WRITERS, as_bytes, writer_of

COLUMNS = {
    "row": range(1, 31), "prediction": ["ill", "well", "=1+1"] * 10,
    "probability of ill": [0.1, 0.25, 0.123456789] * 10, "größe (cm)": [1, None, 3.5] * 10,
    "probability_of_ill": [0.5, 0.25, 1.0] * 10,
}  # fmt: skip
ENDINGS = [ending for writer in WRITERS for ending in writer.endings]


@pytest.mark.parametrize(("ending", "packed"), [
    *((ending, packed) for ending in ENDINGS for packed in ("", ".gz")),
    *((ending, packed) for ending in (".csv", ".xlsx") for packed in PACKINGS if packed != ".gz"),
])  # fmt: skip
def test_what_is_written_is_read_back(tmp_path, ending, packed):
    if packed == ".zst":
        pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    path = tmp_path / f"t{ending}{packed}"
    path.write_bytes(as_bytes(path, COLUMNS))
    found = read_table(path)
    assert found.n_rows == 30
    shortened = ending in (".sav", ".zsav", ".dta", ".xpt")  # these allow letters and digits only
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


@pytest.mark.parametrize("name", ["t.csv.gz", "t.ods", "t.csv.zip", "t.jsonl.xz"])
def test_the_same_columns_give_the_same_bytes(name):
    assert as_bytes(Path(name), COLUMNS) == as_bytes(Path(name), COLUMNS)


def test_an_archive_holds_a_file_with_an_ending():
    for name, inside in (("p.zip", "p.csv"), ("p.tsv.zip", "p.tsv")):
        assert zipfile.ZipFile(io.BytesIO(as_bytes(Path(name), COLUMNS))).namelist() == [inside]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_in_the_dialect_of_a_table(tmp_path, delimiter, decimal, encoding):
    if decimal == delimiter:
        return
    wanted = Dialect(delimiter, decimal, encoding)
    path = tmp_path / "t.csv"
    path.write_bytes(as_bytes(path, COLUMNS, wanted))
    found = read_table(path)
    assert Dialect.of(found.reading) == wanted
    assert found.column("größe (cm)").numbers()[0][:3].tolist() == pytest.approx([1.0, np.nan, 3.5], nan_ok=True)
    assert found.column("probability of ill").numbers()[0][:3].tolist() == [0.1, 0.25, 0.123456789]
    tabs = tmp_path / "t.tsv"
    tabs.write_bytes(as_bytes(tabs, COLUMNS, wanted))
    assert b"\t" in tabs.read_bytes(), "the ending says the delimiter"


def test_letters_that_an_encoding_lacks():
    """They make the file UTF-8, with the mark by which spreadsheets know it."""
    columns = {"ward": ["größe", "δ"]}
    assert Dialect(encoding="cp1252").holding({"ward": ["größe"]}).encoding == "cp1252"
    dialect = Dialect(encoding="cp1252").holding(columns)
    assert dialect.encoded(columns).decode("utf-8-sig").splitlines() == ["ward", "größe", "δ"]


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from(".,"))
def test_numbers_are_no_formulas(value, decimal):
    text = repr(value).replace(".", decimal)
    assert safe_cell(text) == text
    assert safe_cell(f"+{text.lstrip('-')}") == f"+{text.lstrip('-')}"


@pytest.mark.parametrize("text", ["=1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "-A1", "+1 mg", "-(1)"])
def test_formulas_get_an_apostrophe(text):
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(("name", "words"), [
    ("t.xls", "can be read, but not written"),
    ("t.sas7bdat", "can be read"), ("t.pdf", "'.pdf'"), ("t.zip.gz", "'.zip'"),
])  # fmt: skip
def test_other_endings_are_refused_with_those_that_are_known(name, words):
    with pytest.raises(ConfigurationError, match=words) as error:
        writer_of(Path(name))
    assert all(ending in str(error.value) for ending in ENDINGS)


def test_what_a_format_cannot_hold_is_said():
    with pytest.raises(FileError, match="cannot hold these columns"):
        as_bytes(Path("t.xlsx"), {"a": ["bell\x07"]})


def test_a_package_that_lacks_is_named(monkeypatch):
    import glassnet.tables.reading.writing.writer as writing

    def lacking(name):
        raise ImportError(name)

    monkeypatch.setattr(writing, "import_module", lacking)
    with pytest.raises(MissingDependency, match=r"pip install 'glassnet\[duckdb\]'"):
        writer_of(Path("t.duckdb"))
    assert writer_of(Path("t.jsonl")).name == "JSON lines"
