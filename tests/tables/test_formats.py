"""Tables in the files of other programs, each written by a real library of that program's format."""

from __future__ import annotations

import datetime
import gzip
import json
import sqlite3
import sys
import zipfile

import numpy as np
import openpyxl
import pandas
import polars
import pyreadr
import pyreadstat
import pytest
import xlwt

from glassnet.errors import ConfigurationError, DataError, FileError, GlassnetError, MissingDependency
from glassnet.tables import Declaration, Schema, read_table
from glassnet.tables.reading.formats import FORMATS

N = 40
AGE = [30 + k % 9 for k in range(N)]
DOSE = [None if k % 10 == 3 else k % 7 + 0.5 for k in range(N)]
WARD = ["ABC"[k % 3] for k in range(N)]
ILL = ["yes" if k % 3 else "no" for k in range(N)]
NAMES = ("age", "dose", "ward", "ill")


def frame():
    return pandas.DataFrame(dict(zip(NAMES, (AGE, DOSE, WARD, ILL), strict=True)))


def excel(path):
    frame().to_excel(path, index=False)


def old_excel(path):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Patients")
    for row, cells in enumerate([NAMES, *zip(AGE, DOSE, WARD, ILL, strict=True)]):
        for column, cell in enumerate(cells):
            if cell is not None:
                sheet.write(row, column, cell)
    book.save(str(path))


def sqlite(path):
    base = sqlite3.connect(path)
    frame().to_sql("patients", base, index=False)
    base.close()


def json_lines(path):
    path.write_text(
        "".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in zip(AGE, DOSE, WARD, ILL, strict=True))
    )


def packed(path):
    path.write_bytes(gzip.compress(frame().to_csv(index=False).encode()))


def archive(path):
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("patients.csv", frame().to_csv(index=False))


WRITERS = {
    "t.xlsx": excel, "t.xls": old_excel, "t.db": sqlite, "t.jsonl": json_lines, "t.csv.gz": packed, "t.zip": archive,
    "t.ods": lambda path: frame().to_excel(path, index=False, engine="odf"),
    "wrong-ending.ods": lambda path: frame().to_excel(path, index=False, engine="openpyxl"),
    "t.sav": lambda path: pyreadstat.write_sav(frame(), str(path)),
    "t.zsav": lambda path: pyreadstat.write_sav(frame(), str(path), compress=True),
    "t.dta": lambda path: pyreadstat.write_dta(frame(), str(path)),
    "pandas.dta": lambda path: frame().to_stata(path, write_index=False, version=118),
    "t.xpt": lambda path: pyreadstat.write_xport(frame(), str(path)),
    "t.rds": lambda path: pyreadr.write_rds(str(path), frame()),
    "packed.rds": lambda path: pyreadr.write_rds(str(path), frame(), compress="gzip"),
    "t.rda": lambda path: pyreadr.write_rdata(str(path), frame(), df_name="patients"),
    "t.feather": lambda path: polars.from_pandas(frame()).write_ipc(path),
    "zstd.arrow": lambda path: polars.from_pandas(frame()).write_ipc(path, compression="zstd"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRITERS)
def test_each_format_gives_the_schema_and_the_numbers_of_the_csv_file(name, tmp_path):
    path, plain = tmp_path / name, tmp_path / "plain.csv"
    WRITERS[name](path)
    frame().to_csv(plain, index=False)
    table, wanted = read_table(path), read_table(plain)
    assert table.names == NAMES
    if not name.endswith((".gz", ".zip")):
        assert "delimiter" not in " ".join(table.notes), "only text has a delimiter"
    schema, same = Schema.infer(table, target="ill"), Schema.infer(wanted, target="ill")
    assert [(c.kind, c.role, c.levels, c.missing) for c in schema.columns] == [
        (c.kind, c.role, c.levels, c.missing) for c in same.columns
    ]
    assert np.array_equal(schema.encode(table).matrix, same.encode(wanted).matrix)
    assert schema.encode_target(table).tolist() == same.encode_target(wanted).tolist()
    for row in (0, N - 1):
        table.row_name(row)
    elsewhere = tmp_path / "no-ending"
    path.rename(elsewhere)  # the content says what it is, not the ending
    assert np.array_equal(schema.encode(read_table(elsewhere)).matrix, same.encode(wanted).matrix)


def test_sheets_and_ranges_of_a_spreadsheet(tmp_path):
    path = tmp_path / "t.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    book.active.append(["see the other sheet", 1])
    sheet = book.create_sheet("Visits 2021")
    for row in [["Ward report"], [], ["", *NAMES], *(["", *row] for row in zip(AGE, DOSE, WARD, ILL, strict=True))]:
        sheet.append(row)
    book.save(path)
    with pytest.raises(ConfigurationError, match=r"holds 2 sheets: 'Notes', 'Visits 2021'. Say which: --sheet"):
        read_table(path)
    with pytest.raises(ConfigurationError, match=r"no sheet 'visits 2021'. Did you mean 'Visits 2021'"):
        read_table(path, sheet="visits 2021")
    for wish in (f"{path}::Visits 2021!B3:E43", f"{path}::Visits 2021"):
        table = read_table(wish)
        assert [name for name in table.names if name != "column_1"] == list(NAMES)
        assert table.row_text(0)["age"] == "30"
        assert table.row_name(0) == "line 4"
        again = Declaration.parse(Declaration.of(Schema.infer(table, target="ill"), table).to_toml())
        assert read_table(path, **again.reading).row_text(N - 1) == table.row_text(N - 1)
    for wish in ("Visits 2021!B3", "Visits 2021!3:4"):
        with pytest.raises(ConfigurationError, match="two corners"):
            read_table(path, sheet=wish)


def test_dates_and_answers_of_a_spreadsheet(tmp_path):
    path = tmp_path / "t.xlsx"
    days = [datetime.date(2019, 1, 1) + datetime.timedelta(days=9 * k) for k in range(N)]
    pandas.DataFrame({"seen": days, "ok": [k % 3 == 0 for k in range(N)], "x": DOSE}).to_excel(path, index=False)
    schema = Schema.infer(read_table(path))
    assert [column.kind for column in schema.columns] == ["date", "yes_no", "number"]
    assert schema.columns[0].minimum == (days[0] - datetime.date(1970, 1, 1)).days


@pytest.mark.parametrize("ending", ["sav", "dta"])
def test_value_labels_are_categories_and_user_missing_codes_missing_cells(ending, tmp_path):
    path = tmp_path / f"t.{ending}"
    codes = pandas.DataFrame({"sex": [float(1 + k % 2) for k in range(N)], "pain": [float(1 + k % 3) for k in range(N)],
                              "bmi": [float(20 + k % 9) if k % 8 else 999.0 for k in range(N)]})  # fmt: skip
    labels = {"sex": {1.0: "male", 2.0: "female"}, "pain": {1.0: "none", 2.0: "some", 3.0: "much"}}
    if ending == "sav":
        pyreadstat.write_sav(codes, str(path), variable_value_labels=labels, missing_ranges={"bmi": [999]},
                             variable_measure={"pain": "ordinal"})  # fmt: skip
    else:
        codes.loc[codes["bmi"] == 999, "bmi"] = np.nan
        whole = {name: {int(code): label for code, label in found.items()} for name, found in labels.items()}
        codes = codes.astype({"sex": int, "pain": int})
        pyreadstat.write_dta(codes, str(path), variable_value_labels=whole)
    sex, pain, bmi = Schema.infer(read_table(path)).columns
    assert (sex.kind, set(sex.levels)) == ("category", {"male", "female"})
    assert set(pain.levels) == {"none", "some", "much"}
    if ending == "sav":
        assert pain.levels == ("none", "some", "much")
    assert (bmi.kind, bmi.missing, bmi.maximum) == ("integer", 5, 28)


def test_tables_of_a_data_base_and_files_of_an_archive_are_named(tmp_path):
    base = sqlite3.connect(tmp_path / "t.db")
    frame().to_sql("patients", base, index=False)
    frame().to_sql('od"d', base, index=False)
    base.close()
    with pytest.raises(ConfigurationError, match="2 tables: 'patients'"):
        read_table(tmp_path / "t.db")
    assert read_table(f"{tmp_path / 't.db'}::patients").names == NAMES
    assert read_table(tmp_path / "t.db", sheet='od"d').names == NAMES
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as file:
        file.writestr("a.csv", frame().to_csv(index=False, sep=";"))
        file.writestr("b/readme.txt", "hello")
    with pytest.raises(ConfigurationError, match=r"2 files: 'a\.csv'"):
        read_table(tmp_path / "t.zip")
    assert read_table(tmp_path / "t.zip", sheet="a.csv").names == NAMES


@pytest.mark.parametrize(("name", "package"), [
    ("t.xlsx", "python_calamine"), ("t.sav", "pyreadstat"), ("t.rds", "pyreadr"),
])  # fmt: skip
def test_a_missing_package_is_named_with_the_command_that_installs_it(name, package, tmp_path, monkeypatch):
    WRITERS[name](tmp_path / name)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingDependency, match=r"pip install 'glassnet\[formats\]'"):
        read_table(tmp_path / name)


@pytest.mark.parametrize("known", FORMATS, ids=lambda known: known.name)
def test_damaged_files_are_refused(known, tmp_path):
    for start in known.starts:
        for rest in (b"", b"rest", bytes(range(256)) * 8):
            path = tmp_path / "t.bin"
            path.write_bytes(start + rest)
            with pytest.raises(GlassnetError):
                read_table(path)


def test_a_packed_file_that_is_too_large_inside_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("glassnet.tables.reading.formats.MOST_UNPACKED", 1000)
    packed(tmp_path / "t.csv.gz")
    frame().to_csv(tmp_path / "t.csv", index=False)
    with zipfile.ZipFile(tmp_path / "big.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("t.csv", "a,b\n" + "1,2\n" * 10_000)
    with pytest.raises(DataError, match="holds more than"):
        read_table(tmp_path / "big.zip")


def test_duckdb_tables_are_chosen_by_name_and_see_no_other_file(tmp_path):
    import duckdb

    (tmp_path / "secret.csv").write_text("a\n1\n")
    path = tmp_path / "base.duckdb"
    with duckdb.connect(str(path)) as base:
        base.execute("CREATE TABLE visits AS SELECT range AS day, 'ward ' || (range % 3) AS ward FROM range(40)")
        base.execute("CREATE TABLE others AS SELECT 1 AS a")
        base.execute(f"CREATE VIEW stolen AS SELECT * FROM '{tmp_path / 'secret.csv'}'")
    with pytest.raises(ConfigurationError, match="others', 'stolen', 'visits'"):
        read_table(path)
    found = read_table(f"{path}::visits")
    assert found.n_rows == 40
    assert found.row_text(4) == {"day": "4", "ward": "ward 1"}
    with pytest.raises(FileError, match="cannot be read"):
        read_table(path, sheet="stolen")
    packed = tmp_path / "base.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "base.duckdb")
    assert read_table(packed, sheet="base.duckdb::visits").n_rows == 40


def test_a_list_of_json_objects(tmp_path):
    rows = [{"age": 30 + k, "ward": "ABC"[k % 3], **({"dose": k / 2} if k % 4 else {})} for k in range(N)]
    (tmp_path / "t.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    found = read_table(tmp_path / "t.json")
    assert found.names == ("age", "ward", "dose")
    assert found.row_text(0) == {"age": "30", "ward": "A", "dose": None}
    (tmp_path / "bad.json").write_text('[{"a": [1]}]', encoding="utf-8")
    with pytest.raises(FileError, match="row 1: each row must be an object"):
        read_table(tmp_path / "bad.json")
    (tmp_path / "cut.json").write_text('[{"a": 1}, {"a"', encoding="utf-8")
    with pytest.raises(FileError, match="cannot be read"):
        read_table(tmp_path / "cut.json")
