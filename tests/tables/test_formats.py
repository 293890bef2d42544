"""Tables in the files of other programs, each written by a real library of that program's format."""

from __future__ import annotations

import bz2
import datetime
import gzip
import json
import lzma
import re
import sqlite3
import sys
import tarfile
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
from glassnet.tables.reading.formats.formats import FORMATS
from glassnet.tables.reading.formats.r_factors import ordered_factors

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
    assert read_table(tmp_path / "t.zip").names == NAMES, "a file of another kind is not asked about"
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as file:
        file.writestr("b/c.csv", frame().to_csv(index=False, sep=";"))
    with pytest.raises(ConfigurationError, match=r"2 files: 'a\.csv', 'b/c\.csv'\. Say which"):
        read_table(tmp_path / "t.zip")
    for wish in ("a.csv", "b/c.csv", "c.csv"):
        assert read_table(tmp_path / "t.zip", sheet=wish).names == NAMES


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


@pytest.mark.parametrize("name", ["t.xlsx", "t.feather", "t.csv.gz", "t.zip", "t.sav", "t.rds"])
def test_files_that_are_damaged_inside_are_refused_or_read(name, tmp_path):
    """Cut off, or with other bytes: whatever a library raises, a reader meets one kind of error."""
    WRITERS[name](tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    rng = np.random.default_rng(3)
    said = []
    for k in range(60):
        part = bytearray(whole if k % 3 else whole[: rng.integers(len(whole))])
        for place in rng.integers(0, max(len(part), 1), 0 if k % 3 == 0 else 4):
            part[place] = rng.integers(256)
        (tmp_path / "damaged").write_bytes(bytes(part))
        try:
            read_table(tmp_path / "damaged")
        except GlassnetError as error:
            said.append(str(error))
    assert len(said) > 15
    assert all(str(tmp_path / "damaged") in message for message in said)


def test_a_file_packed_by_zstandard(tmp_path, monkeypatch):
    zstd = pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")
    (tmp_path / "t.csv.zst").write_bytes(zstd.compress(frame().to_csv(index=False).encode()))
    (tmp_path / "t.csv").write_text(frame().to_csv(index=False))
    assert read_table(tmp_path / "t.csv.zst").names == tuple(frame())
    plain, unpacked = read_table(tmp_path / "t.csv"), read_table(tmp_path / "t.csv.zst")
    assert [plain.row_text(k) for k in range(5)] == [unpacked.row_text(k) for k in range(5)]
    (tmp_path / "torn.csv.zst").write_bytes((tmp_path / "t.csv.zst").read_bytes()[:40])
    with pytest.raises(FileError, match="cannot be read"):
        read_table(tmp_path / "torn.csv.zst")
    monkeypatch.setitem(sys.modules, zstd.__name__, None)
    with pytest.raises(MissingDependency, match="packed by Zstandard"):
        read_table(tmp_path / "t.csv.zst")


def test_a_packed_file_that_is_too_large_inside_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("glassnet.tables.reading.formats.archive.MOST_UNPACKED", 1000)
    packed(tmp_path / "t.csv.gz")
    frame().to_csv(tmp_path / "t.csv", index=False)
    with zipfile.ZipFile(tmp_path / "big.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("t.csv", "a,b\n" + "1,2\n" * 10_000)
    with pytest.raises(DataError, match="holds more than"):
        read_table(tmp_path / "big.zip")


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_any_format_inside_of_an_archive(name, tmp_path):
    if name.endswith((".gz", ".zip")) or name == "packed.rds":
        return
    WRITERS[name](tmp_path / name)
    wanted = Schema.infer(read_table(tmp_path / name), target="ill")
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as file:
        file.write(tmp_path / name, f"study/{name}")
        file.writestr("study/README.txt", "see the protocol, version 2")
        file.writestr("__MACOSX/study/._t", b"\0\1")
        file.writestr("study/.DS_Store", b"\0\1")
    inside = f"study/{name}"
    if name.endswith(("sqlite", ".db")):
        inside = f"{inside}::patients"
    packed = [tmp_path / "one.zip"]
    if not name.endswith((".rds", ".rda")):  # which are packed so by R itself
        for ending, module in (("gz", gzip), ("bz2", bz2), ("xz", lzma)):
            packed.append(tmp_path / f"{name}.{ending}")
            packed[-1].write_bytes(module.compress((tmp_path / name).read_bytes()))
    for path in packed:
        table = read_table(path)
        assert Schema.infer(table, target="ill").columns == wanted.columns, path.name
        assert "delimiter" not in " ".join(table.notes)
        assert (f"from 'study/{name}' in the archive" in table.notes[0]) == (path.suffix == ".zip")
    with pytest.raises(GlassnetError) as refused:
        read_table(tmp_path / "one.zip", sheet="other::there")
    assert "tmp" not in str(refused.value).replace(str(tmp_path), "")


def test_a_parquet_file_inside_of_an_archive(tmp_path):
    frame().to_parquet(tmp_path / "t.parquet")
    with zipfile.ZipFile(tmp_path / "t.zip", "w") as file:
        file.write(tmp_path / "t.parquet", "t.parquet")
    table, alone = read_table(tmp_path / "t.zip"), read_table(tmp_path / "t.parquet")
    assert Schema.infer(table).columns == Schema.infer(alone).columns
    assert table.notes[0] == "40 rows and 4 columns, read as Parquet, from 't.parquet' in the archive."


def test_messages_on_files_of_an_archive_name_what_the_reader_has(tmp_path):
    book = openpyxl.Workbook()
    for title in ("First", "Second"):
        sheet = book.active if title == "First" else book.create_sheet()
        sheet.title = title
        for row in [NAMES, *zip(AGE, DOSE, WARD, ILL, strict=True)]:
            sheet.append(row)
    book.save(tmp_path / "visits.xlsx")
    with zipfile.ZipFile(tmp_path / "one.zip", "w") as file:
        file.write(tmp_path / "visits.xlsx", "visits.xlsx")
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as file:
        file.write(tmp_path / "visits.xlsx", "visits.xlsx")
        file.writestr("t.csv", frame().to_csv(index=False))
        file.writestr("broken.json", '{"a": 1,')
    for path, above in (("one.zip", ""), ("two.zip::visits.xlsx", "visits.xlsx::")):
        with pytest.raises(ConfigurationError) as refused:
            read_table(f"{tmp_path}/{path}")
        file = path.partition("::")[0]
        assert f"visits.xlsx in {tmp_path / file} holds 2 sheets: 'First', 'Second'" in str(refused.value)
        wish = f"{file}::{above}NAME"
        assert f"--sheet {above}NAME, or {wish} (in Python" in str(refused.value)
        assert read_table(f"{tmp_path}/{wish.replace('NAME', 'Second')}").n_rows == N
        assert read_table(tmp_path / file, sheet=f"{above}Second").n_rows == N
    with pytest.raises(FileError, match=r"^broken\.json in .*two\.zip, line 1: this is no JSON"):
        read_table(tmp_path / "two.zip", sheet="broken.json")
    twice = tmp_path / "twice.csv.gz.gz"
    twice.write_bytes(gzip.compress(gzip.compress(b"a,b\n1,2\n")))
    with pytest.raises(FileError, match="packed twice"):
        read_table(twice)
    with tarfile.open(tmp_path / "t.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "visits.xlsx", "visits.xlsx")
    with pytest.raises(FileError, match="holds a tar archive"):
        read_table(tmp_path / "t.tar.gz")


def test_codes_of_which_some_have_labels(tmp_path):
    codes = pandas.DataFrame({
        "smoker": [(0.0, 1.0, 9.0)[k % 3] for k in range(N)], "ward": [float(1 + k % 4) for k in range(N)],
        "age": [99.0 if k % 20 == 0 else 30.0 + k for k in range(N)], "pain": [float(1 + k % 5) for k in range(N)],
        "sold": [float(k % 7) for k in range(N)],
    })  # fmt: skip
    labels = {
        "smoker": {0.0: "no", 1.0: "yes", 9.0: "don't know"}, "ward": {1.0: "A", 2.0: "B", 3.0: "C"},
        "age": {99.0: "not asked"}, "pain": {1.0: "none", 5.0: "unbearable"}, "sold": {0.0: "none"},
    }  # fmt: skip
    pyreadstat.write_sav(codes, str(tmp_path / "t.sav"), variable_value_labels=labels)
    table = read_table(tmp_path / "t.sav")
    assert "Column 'ward': 1 code has no label and is a level as written (4)." in table.notes
    schema = Schema.infer(table)
    kinds = {column.name: column.kind for column in schema.columns}
    assert kinds == {"smoker": "category", "ward": "category", "age": "integer", "pain": "integer", "sold": "integer"}
    levels = {column.name: set(column.levels) for column in schema.fit(table).columns}
    assert levels["smoker"] == {"no", "yes", "don't know"}
    assert levels["ward"] == {"A", "B", "C", "4"}
    asked = {proposal.column: proposal for proposal in schema.proposals}
    assert asked["smoker"].null == "don't know"
    assert asked["age"].kinds == ("integer:null=99",)
    assert set(asked) == {"smoker", "age"}
    assert "1 is labeled 'none', 5 is labeled 'unbearable'" in schema.columns[3].reason
    accepted = Declaration.of(schema, table).accepting(schema.proposals)
    again = read_table(tmp_path / "t.sav", **accepted.reading)
    settled = Schema.infer(again, kinds=accepted.kinds).fit(again)
    assert settled.columns[0].missing == 13
    assert set(settled.columns[0].levels) == {"no", "yes"}
    assert settled.columns[2].missing == 2


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
    with pytest.raises(FileError, match="holds no column of plain values"):
        read_table(tmp_path / "bad.json")
    (tmp_path / "cut.json").write_text('[{"a": 1}, {"a"', encoding="utf-8")
    with pytest.raises(FileError, match="line 1: this is no JSON"):
        read_table(tmp_path / "cut.json")


def test_dates_under_the_formats_of_statistics_packages(tmp_path):
    days = pandas.to_datetime("2019-01-01") + pandas.to_timedelta(np.arange(40) * 17, unit="D")
    kinds = {"month": "tm", "quarter": "tq", "week": "tw", "half": "th", "day": "td"}
    rows = pandas.DataFrame({**dict.fromkeys(kinds, days), "ill": ILL})
    rows.to_stata(tmp_path / "t.dta", convert_dates=kinds, write_index=False)
    table = read_table(tmp_path / "t.dta")
    schema = Schema.infer(table, "ill")
    assert [column.kind for column in schema.inputs] == ["date"] * 5
    assert [table.row_text(2)[name] for name in kinds] == [
        "2019-02-01", "2019-01-01", "2019-01-29", "2019-01-01", "2019-02-04",
    ]  # fmt: skip
    since = np.arange(40) * 17.0 + 21550  # days since 1960, as SAS counts
    for written in ("MONYY7", "YYMMN6", "YYQ6", "WORDDATE18", "JULIAN7"):
        sas = pandas.DataFrame({"SEEN": since, "ILL": np.arange(40) % 2 * 1.0})
        pyreadstat.write_xport(sas, tmp_path / "t.xpt", variable_format={"SEEN": written})
        assert read_table(tmp_path / "t.xpt").row_text(0)["SEEN"] == "2019-01-01"
    for written in ("MOYR8", "QYR8", "WKYR10"):
        spss = pandas.DataFrame({"seen": 86400 * (since + 137775), "ill": np.arange(40) % 2 * 1.0})
        pyreadstat.write_sav(spss, tmp_path / "t.sav", variable_format={"seen": written})
        assert read_table(tmp_path / "t.sav").row_text(0)["seen"] == "2019-01-01"


def with_order(plain):
    """A file of R whose last factor is an ordered one."""
    alone = [*re.finditer(rb"\0\0\0\x10\0\0\0\x01(....)\0\0\0\x06factor", plain, re.DOTALL)][
        -1
    ]  # its class, in R's own form
    both = b"\0\0\0\x10\0\0\0\x02" + alone[1] + b"\0\0\0\x07ordered" + alone[1] + b"\0\0\0\x06factor"
    return plain[: alone.start()] + both + plain[alone.end() :]


def test_ordered_factors_of_r_keep_their_order(tmp_path):
    wards = pandas.Categorical(["north", "south", "east", None] * 10)
    grades = pandas.Categorical(["low", "mid", "high", "mid"] * 10, categories=["low", "mid", "high"])
    rows = pandas.DataFrame({"dose": [k / 2 for k in range(40)], "ward": wards, "grade": grades, "ill": ILL})
    pyreadr.write_rds(str(tmp_path / "t.rds"), rows)
    pyreadr.write_rdata(str(tmp_path / "t.rda"), rows, df_name="study")
    assert read_table(tmp_path / "t.rds").categories["grade"] == ()
    for name in ("t.rds", "t.rda"):
        ordered = with_order((tmp_path / name).read_bytes())
        for pack in (bytes, gzip.compress, bz2.compress, lzma.compress):
            (tmp_path / name).write_bytes(pack(ordered))
            table = read_table(tmp_path / name)
            assert (table.categories["grade"], table.categories["ward"]) == (("low", "mid", "high"), ())
            schema = Schema.infer(table, target="ill")
            assert schema.feature_names[-2:] == ("grade > low", "grade > mid")


def test_the_order_of_a_factor_among_strange_objects_is_asked_for(tmp_path, monkeypatch):
    grades = pandas.Categorical(["low", "mid", "high", "mid"] * 10, categories=["low", "mid", "high"])
    pyreadr.write_rds(str(tmp_path / "t.rds"), pandas.DataFrame({"grade": grades, "ill": ILL}))
    (tmp_path / "t.rds").write_bytes(with_order((tmp_path / "t.rds").read_bytes()))
    monkeypatch.setattr("glassnet.tables.reading.formats.r_factors._LIST", 99)
    table = read_table(tmp_path / "t.rds")
    assert "Declare an order where there is one: --kind 'grade=ordered:low<mid<high'" in table.notes[1]
    schema = Schema.infer(table, target="ill", kinds={"grade": "ordered:low<mid<high"})
    assert schema.feature_names == ("grade > low", "grade > mid")


def test_the_items_that_r_writes():
    text = b"\0\4\0\x09\0\0\0\1x"
    head = b"X\n\0\0\0\3\0\4\0\0\0\3\5\0\0\0\0\5UTF-8"
    names = b"\0\0\0\x10\0\0\0\1" + text
    class_ = b"\0\0\0\x10\0\0\0\1\0\4\0\x09\0\0\0\7ordered"
    levels = b"\0\0\0\x10\0\0\0\1\0\4\0\x09\xff\xff\xff\xff"  # NA as a level
    symbol = lambda name: b"\0\0\0\1\0\4\0\x09" + len(name).to_bytes(4, "big") + name  # noqa: E731
    pair = b"\0\0\4\2"
    factor = (
        b"\0\0\3\x0d\0\0\0\2\0\0\0\1\0\0\0\2"
        + pair + symbol(b"levels") + levels + pair + symbol(b"class") + class_ + b"\0\0\0\xfe"
    )  # fmt: skip
    frame = b"\0\0\3\x13\0\0\0\1" + factor + pair + symbol(b"names") + names + b"\0\0\0\xfe"
    assert ordered_factors(head + frame) == {"": {"x": ()}}
    rows = b"\0\0\0\xee" + pair[:2] + b"\0\2" + symbol(b"compact_intseq") + b"\0\0\0\xfe"  # 1:2, as R 4 writes it
    compact = rows + b"\0\0\0\x0e\0\0\0\3" + bytes(24) + b"\0\0\0\xfe"
    again = pair + b"\0\0\3\xff" + class_  # the third symbol once more
    both = b"\0\0\3\x13\0\0\0\2" + factor + compact + pair + symbol(b"names") + names + again + b"\0\0\0\xfe"
    assert ordered_factors(head + both) == {"": {"x": ()}}
    with pytest.raises(ValueError, match="another form"):
        ordered_factors(b"A\n")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.sav", "t.feather"])
def test_a_file_of_one_table_has_no_parts(name, tmp_path):
    writers = {
        **WRITERS,
        "t.csv": lambda path: frame().to_csv(path),
        "t.parquet": lambda path: frame().to_parquet(path),
    }
    writers[name](tmp_path / name)
    with pytest.raises(ConfigurationError, match=r"holds one table, and no part 'Sheet1' of it\. Leave ::Sheet1 out"):
        read_table(f"{tmp_path / name}::Sheet1")
