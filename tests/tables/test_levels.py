"""Categories and answers: what later tables may write for yes, what a table declares, and what is a warning."""

from __future__ import annotations

import datetime

import numpy as np
import pandas
import polars
import pyarrow
import pytest

from glassnet import GlassClassifier
from glassnet.errors import TableWarning
from glassnet.tables import Schema, Table, read_table
from glassnet.tables.notation.number_text import YES_NO

AGES = [30.5 + k % 7 for k in range(40)]


def of(flags, **more):
    """A table with a column of flags."""
    return Table.from_columns({"flag": flags, "age": AGES[: len(flags)], **more})


@pytest.mark.parametrize("pair", YES_NO)
def test_a_yes_no_column_takes_every_word_for_yes_and_no(pair):
    schema = Schema.infer(of([pair[k % 2] for k in range(40)]))
    wanted = schema.encode(of(list(pair))).matrix
    for no, yes in (*YES_NO, (0, 1), (0.0, 1.0), (False, True), ("0.0", "1.0"), ("NO", "YES"), ("False", "True")):
        found = schema.encode(of([no, yes]))
        assert np.array_equal(found.matrix, wanted), (no, yes)
        assert not found.notes
    backwards = Schema.infer(
        of([pair[k % 2] for k in range(40)]), levels={"flag": pair[::-1]}, kinds={"flag": "yes_no"}
    )
    assert np.array_equal(backwards.encode(of([0, 1])).matrix, backwards.encode(of(list(pair))).matrix)


def test_other_pairs_know_their_own_words_only():
    schema = Schema.infer(of(["m", "f"] * 20))
    assert schema.encode(of(["yes", "no"])).warnings


def test_a_column_without_any_known_cell_is_a_warning():
    flags = ["A", "B"] * 20
    model = GlassClassifier(epochs=2).fit(of(flags, y=flags), target="y")
    with pytest.warns(TableWarning, match=r"'flag': none of its 3 cells has a value that was seen .*'A', 'B'"):
        model.predict(of(["a1", "b1", "a1"]))
    model.predict(of(["A", "b1", "a1"]))  # a note, for a part of the cells
    assert not model.schema_.encode(of(["C"])).warnings  # one row says nothing of the column


def test_an_export_of_a_yes_no_column_takes_the_same_words(tmp_path):
    flags = ["no", "yes"] * 20
    model = GlassClassifier(epochs=2).fit(of(flags, y=flags), target="y")
    model.export_python(tmp_path / "model.py")
    module: dict = {}
    exec(compile((tmp_path / "model.py").read_text(), "model", "exec"), module)
    wanted = model.predict_proba(of(["no", "yes"]))
    for cells in (["no", "yes"], [False, True], [0, 1], ["False", "TRUE"], ["n", "y"], [0.0, 1.0]):
        found = module["predict"]({"flag": cells, "age": AGES[:2]})["probabilities"]
        np.testing.assert_allclose(found, wanted, rtol=1e-5)


GRADES = [["low", "middle", "high"][k % 3] for k in range(40)]
FRAMES = {
    "pandas": lambda: pandas.DataFrame({
        "code": pandas.Categorical([k % 4 for k in range(40)]), "age": AGES,
        "grade": pandas.Categorical(GRADES, ["low", "middle", "high"], ordered=True),
    }),
    "polars": lambda: polars.DataFrame({
        "code": polars.Series([str(k % 4) for k in range(40)], dtype=polars.Categorical), "age": AGES,
        "grade": polars.Series(GRADES, dtype=polars.Enum(["low", "middle", "high"])),
    }),
    "arrow": lambda: pyarrow.table({
        "code": pyarrow.array([k % 4 for k in range(40)]).dictionary_encode(), "age": AGES,
        "grade": pyarrow.DictionaryArray.from_arrays(
            [k % 3 for k in range(40)], ["low", "middle", "high"], ordered=True
        ),
    }),
    "columns": lambda: {
        "code": pandas.Series([k % 4 for k in range(40)], dtype="category"), "age": AGES,
        "grade": pandas.Categorical(GRADES, ["low", "middle", "high"], ordered=True),
    },
}  # fmt: skip


@pytest.mark.parametrize("library", FRAMES)
def test_declared_categories_win_over_guesses_and_keep_their_order(library):
    table = Table.from_frame(FRAMES[library]())
    schema = Schema.infer(table)
    code, _, grade = schema.columns
    assert (code.kind, set(code.levels)) == ("category", {"0", "1", "2", "3"})
    assert (grade.kind, grade.levels, grade.declared) == ("category", ("low", "middle", "high"), True)
    plain = Table.from_columns({"code": [3], "age": [30.5], "grade": ["high"]})
    same = Table.from_columns({"code": ["3"], "age": [30.5], "grade": ["high"]})
    assert np.array_equal(schema.encode(plain).matrix, schema.encode(same).matrix)
    assert Schema.infer(table, kinds={"code": "integer"}).columns[0].kind == "integer"


def test_categories_of_a_parquet_file_are_declared_too(tmp_path):
    path = tmp_path / "t.parquet"
    FRAMES["polars"]().write_parquet(path)
    for limit in (None, 40 * 70):
        code, _, grade = Schema.infer(read_table(path, memory_limit=limit)).columns
        assert (code.kind, grade.levels) == ("category", ("low", "middle", "high"))


def test_classes_keep_the_order_that_the_table_declares():
    frame = pandas.DataFrame({"x": AGES, "y": pandas.Categorical(GRADES, ["low", "middle", "high"], ordered=True)})
    assert Schema.infer(Table.from_frame(frame), target="y").classes == ("low", "middle", "high")


def test_intervals_periods_and_durations_of_pandas():
    frame = pandas.DataFrame({
        "band": pandas.cut(pandas.Series(AGES), 3), "month": pandas.period_range("2019-01", periods=40, freq="M"),
        "stay": pandas.to_timedelta(np.arange(40) * 1.5, unit="D"), "flag": pandas.array([True, False] * 20, "boolean"),
        "whole": pandas.array([None, *range(39)], "Int64"),
    })  # fmt: skip
    schema = Schema.infer(Table.from_frame(frame))
    assert [column.kind for column in schema.columns] == ["category", "date", "number", "yes_no", "integer"]
    assert schema.columns[0].declared
    assert schema.columns[2].maximum == 58.5
    assert schema.columns[1].minimum == (datetime.date(2019, 1, 1) - datetime.date(1970, 1, 1)).days


@pytest.mark.parametrize("ids", [
    [1234567890123456780 + k // 2 for k in range(40)],
    np.array([1234567890123456780 + k // 2 for k in range(40)]),
])  # fmt: skip
def test_numbers_too_long_for_a_float_are_told_apart(ids, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("key,age\n" + "".join(f"{key},{age}\n" for key, age in zip(ids, AGES, strict=True)))
    for table in (read_table(path), Table.from_columns({"key": np.asarray(ids), "age": AGES})):
        assert table.column("key").n_distinct() == 20
        column = Schema.infer(table).columns[0]
        assert column.role == "left_out"
        assert "all its cells are" not in column.reason


@pytest.mark.parametrize("name", [
    "SUBJID", "USUBJID", "mrn", "MRN", "patient_no", "case number", "Case No", "__index_level_0__", "Unnamed: 0.1",
    "patient number", "study_id", "medical record number", "row_names",
])  # fmt: skip
def test_names_that_say_id(name):
    column = Schema.infer(Table.from_columns({"x": AGES, name: [7000 + 3 * k for k in range(40)]})).columns[1]
    assert column.role == "left_out", column
    assert "its name says id" in column.reason


@pytest.mark.parametrize(
    "name", ["bid", "covid", "paid", "visits", "cases", "sample weight", "number of cases", "acid"]
)
def test_names_that_only_contain_it(name):
    assert (
        Schema.infer(Table.from_columns({"x": AGES, name: [7000 + 3 * k for k in range(40)]})).columns[1].role
        == "input"
    )


def test_levels_that_differ_by_case_are_named():
    column = Schema.infer(of([["Yes", "yes", "No", "maybe"][k % 4] for k in range(40)])).columns[0]
    assert "differ only in case or blanks ('Yes', 'yes')" in column.reason
