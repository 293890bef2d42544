"""JSON in every form in which tables are kept: what pandas and polars write, and what services answer."""

from __future__ import annotations

import json

import numpy as np
import pandas
import polars
import pytest

from glassnet.errors import ConfigurationError, FileError
from glassnet.tables import Schema, read_table

N = 40
FRAME = pandas.DataFrame({
    "age": [30 + k % 9 for k in range(N)], "dose": [None if k % 10 == 3 else k % 7 + 0.5 for k in range(N)],
    "ward": ["ABC"[k % 3] for k in range(N)], "ill": ["yes" if k % 3 else "no" for k in range(N)],
})  # fmt: skip
RECORDS = json.loads(FRAME.to_json(orient="records"))
FORMS = {
    "records": FRAME.to_json(orient="records"),
    "lines": FRAME.to_json(orient="records", lines=True),
    "indented": FRAME.to_json(orient="records", indent=2),
    "columns": FRAME.to_json(orient="columns"),
    "index": FRAME.to_json(orient="index"),
    "split": FRAME.to_json(orient="split"),
    "table": FRAME.to_json(orient="table", index=False),
    "lists": json.dumps({name: [None if cell != cell else cell for cell in FRAME[name]] for name in FRAME}),
    "rows below names": json.dumps([list(FRAME), *([row[name] for name in FRAME] for row in RECORDS)]),
    "data": json.dumps({"data": RECORDS}),
    "in an answer": json.dumps({"status": "ok", "count": N, "result": {"page": 1, "rows": RECORDS}}, indent=1),
    "a mark before it": "\ufeff" + FRAME.to_json(orient="records"),
    "polars": polars.from_pandas(FRAME).write_json(),
    "polars lines": polars.from_pandas(FRAME).write_ndjson(),
}


def written(tmp_path, text, name="t.json"):
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_schema_and_the_numbers_of_the_csv_file(form, tmp_path):
    table, plain = read_table(written(tmp_path, FORMS[form])), tmp_path / "plain.csv"
    FRAME.to_csv(plain, index=False)
    schema, same = Schema.infer(table, target="ill"), Schema.infer(read_table(plain), target="ill")
    assert schema.columns == same.columns
    assert np.array_equal(schema.encode(table).matrix, same.encode(read_table(plain)).matrix)
    assert table.notes[0] == "40 rows and 4 columns, read as JSON."


def test_an_index_that_names_rows_is_a_column(tmp_path):
    named = FRAME.set_axis([f"p{k}" for k in range(N)])
    for orient in ("index", "columns", "split"):
        table = read_table(written(tmp_path, named.to_json(orient=orient)))
        assert table.names == ("index", *FRAME.columns), orient
        assert table.row_text(1)["index"] == "p1"
    table = read_table(written(tmp_path, named.to_json(orient="index")))
    assert "The names 'p0', 'p1', 'p2' ... are read as those of rows." in table.notes


def test_records_inside_of_records_make_dotted_names_and_lists_are_left_out(tmp_path):
    rows = [{"id": k, "lab": {"crp": k / 2, "hb": {"value": 13, "unit": "g"}}, "visits": [1, 2], "ill": k % 2 == 0}
            for k in range(N)]  # fmt: skip
    for text in (json.dumps(rows), "\n".join(map(json.dumps, rows)), json.dumps({"patients": rows})):
        table = read_table(written(tmp_path, text))
        assert table.names == ("id", "lab.crp", "lab.hb.value", "lab.hb.unit", "ill")
        assert table.row_text(3)["lab.crp"] == "1.5"
        said = " ".join(table.notes)
        assert "spread over columns (lab.crp, lab.hb.value, lab.hb.unit)" in said
        assert "'visits' holds lists" in said
    with pytest.raises(FileError, match=r"row 1: two values are called 'a\.b'"):
        read_table(written(tmp_path, '[{"a": {"b": 1}, "a.b": 2}]'))


def test_several_lists_are_asked_about_and_one_row_is_a_table(tmp_path):
    path = written(tmp_path, json.dumps({"train": RECORDS, "test": RECORDS[:9]}))
    with pytest.raises(
        ConfigurationError, match=r"2 lists: 'train', 'test'\. Say which: --sheet NAME, or t\.json::NAME"
    ):
        read_table(path)
    assert read_table(f"{path}::test").n_rows == read_table(path, sheet="test").n_rows == 9
    assert read_table(written(tmp_path, json.dumps(RECORDS[0]), "one.json")).row_text(0)["ward"] == "A"
    with pytest.raises(ConfigurationError, match=r"no list 'trian'\. Did you mean 'train'"):
        read_table(path, sheet="trian")
    found = read_table(written(tmp_path, '[[71,20.5,"a"],[72,21.5,"b"],[73,22.5,"a"],[74,23.5,"b"]]'))
    assert any("Line 1 looks like a row of data" in note for note in found.notes)


@pytest.mark.parametrize(("text", "parts"), [
    ('[{"a": 1}, {"a": 2,]', ["line 1", "no JSON"]),
    ('{"a": 1}\n{"a": 2\n{"a": 3}', ["line 2", "no JSON"]),
    ('{"a": 1}\n[2]', ["row 2", "must be an object"]),
    ('[{"a": 1}, 2]', ["row 2", "must be an object"]),
    ('{"a": [1, 2], "b": [1]}', ["different lengths", "'b' has 1"]),
    ('{"columns": ["a", "b"], "data": [[1, 2], [3]]}', ["row 2", "expected 2 cells, found 1"]),
    ('{"columns": ["a", "a"], "data": [[1, 2]]}', ["two columns of one name"]),
    ('[{"a": 1, "a": 2}]', ["name 'a' twice"]),
    ('[[1, [2]]]', ["a list that holds other lists"]),
    ('[{"a": [1]}, {"a": [2]}]', ["no column of plain values"]),
    ('{"a": 1', ["no JSON"]),
])  # fmt: skip
def test_what_is_no_table_is_refused(text, parts, tmp_path):
    with pytest.raises(FileError) as refused:
        read_table(written(tmp_path, text))
    for part in parts:
        assert part in str(refused.value), str(refused.value)
    assert "t.json" in str(refused.value)
