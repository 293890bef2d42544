"""``predict --out`` in the format of its ending, and the table beside the predictions."""

import pytest

from glassnet.tables import read_table


@pytest.fixture
def model(glassnet, tmp_path):
    rows = "".join(f"{k:03d},{k % 17},{k % 5},{'no' if k % 3 else 'yes'}\n" for k in range(60))
    (tmp_path / "t.csv").write_text("code,a,b,y\n" + rows, encoding="utf-8")
    path = tmp_path / "m.glassnet"
    options = ("--target", "y", "--epochs", 3, "--hidden", 4, "--networks", 1, "--kind", "code=left_out")
    assert glassnet("train", tmp_path / "t.csv", *options, "--model", path, "-q").code == 0
    return path


@pytest.mark.parametrize(
    "name", ["p.xlsx", "p.parquet", "p.sav", "p.jsonl.gz", "p.csv", "p.tsv", "p.duckdb", "p.ods", "p.csv.zip", "p.rda"]
)
def test_predictions_in_the_format_of_the_ending(glassnet, model, tmp_path, name):
    outcome = glassnet("predict", model, tmp_path / "t.csv", "--out", tmp_path / name, "-q")
    assert outcome.code == 0, outcome.err
    assert outcome.out.strip() == str(tmp_path / name)
    found = read_table(tmp_path / name)
    plain = glassnet("predict", model, tmp_path / "t.csv", "-q").out.splitlines()
    assert found.n_rows == len(plain) - 1 == 60
    assert [found.column("prediction").item(row) for row in range(60)] == [line.split(",")[1] for line in plain[1:]]
    assert glassnet("predict", model, tmp_path / "t.csv", "--out", tmp_path / "new.csv", "--with-table").code == 0


def test_the_table_beside_the_predictions(glassnet, model, tmp_path):
    out = tmp_path / "p.xlsx"
    outcome = glassnet("predict", model, tmp_path / "t.csv", "--out", out, "--with-table", "-q")
    assert outcome.code == 0, outcome.err
    found = read_table(out)
    assert found.names == (
        "row", "code", "a", "b", "y", "prediction", "probability of no", "probability of yes"
    )  # fmt: skip
    assert [found.column("code").item(row) for row in (0, 7)] == ["000", "007"]
    again = glassnet("predict", model, out)
    assert again.code == 0, again.err
    assert again.out == glassnet("predict", model, tmp_path / "t.csv").out
    twice = tmp_path / "q.csv"
    assert glassnet("predict", model, out, "--out", twice, "--with-table").code == 0
    assert "prediction (2)" in read_table(twice).names


def test_an_ending_that_nothing_writes_is_refused_before_any_work(glassnet, model, tmp_path):
    outcome = glassnet("predict", model, tmp_path / "t.csv", "--out", tmp_path / "p.sas7bdat")
    assert outcome.code == 2
    assert "can be read, but not written" in " ".join(outcome.err.split())
    assert not (tmp_path / "p.sas7bdat").exists()


def test_what_was_skipped_is_said(glassnet, model, tmp_path):
    (tmp_path / "n.csv").write_text("code,a,b\n001,3,4\n,,\n,,\n002,5,1\n", encoding="utf-8")
    outcome = glassnet("predict", model, tmp_path / "n.csv")
    assert "note: 2 rows without any cell skipped." in outcome.err
    assert len(outcome.out.splitlines()) == 3


def test_text_is_written_as_the_table_was(glassnet, tmp_path):
    rows = "".join(f"{k % 17 - 8},{k % 10};{k % 5};{'größer' if k % 3 else '-'};{10**18 + k}\n" for k in range(60))
    table = tmp_path / "klinik.csv"
    table.write_bytes(f"größe;b;y;nummer\n{rows}".encode("cp1252"))
    model, out = tmp_path / "m.glassnet", tmp_path / "p.csv"
    options = ("--target", "y", "--epochs", 3, "--hidden", 4, "--networks", 1, "--model", model, "-q")
    assert glassnet("train", table, *options).code == 0
    outcome = glassnet("predict", model, table, "--out", out, "--with-table")
    said = "with the delimiter semicolon, decimal commas and the encoding cp1252, as the table"
    assert said in " ".join(outcome.out.split())
    lines, given = out.read_bytes().decode("cp1252").splitlines(), table.read_bytes().decode("cp1252").splitlines()
    assert lines[0] == "row;größe;b;y;nummer;prediction;probability of -;probability of größer"
    assert [line.split(";")[1:5] for line in lines[1:]] == [line.split(";") for line in given[1:]], "to the letter"
    assert all(float(line.split(";")[6].replace(",", ".")) <= 1 for line in lines[1:])
    assert {line.split(";")[5] for line in lines[1:]} <= {"größer", "-"}
    again = glassnet("predict", model, out)
    assert again.out == glassnet("predict", model, table).out
    as_numbers = tmp_path / "p.xlsx"
    assert glassnet("predict", model, table, "--out", as_numbers, "--with-table", "-q").code == 0
    found = read_table(as_numbers)
    assert [found.column("nummer").item(row) for row in (0, 59)] == ["1000000000000000000", "1000000000000000059"]
    assert found.column("größe").numbers()[0][0] == -8.0
