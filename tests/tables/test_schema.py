"""What a table means to a model: kinds, roles, task, constants, encoding, and every refusal."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError, DataError, GlassnetError, SchemaError
from glassnet.tables import NULL_STRINGS, Schema, Table, read_table
from glassnet.tables.columns.kinds.kind import judge
from glassnet.tables.columns.scales.scaling import center_and_scale

N = 40


def table_of(tmp_path, **columns):
    """A table that went through a file, so that rows are named by lines (row i is line i + 2)."""
    path = tmp_path / "patients.csv"
    pandas.DataFrame(columns).to_csv(path, index=False)
    return read_table(path)


def column(schema, name):
    return next(c for c in schema.columns if c.name == name)


def fails(error, call, *parts):
    """The call fails with a short message that holds all the parts."""
    with pytest.raises(error) as caught:
        call()
    message = str(caught.value)
    for part in parts:
        assert part in message, message
    assert len(message) < 600
    return message


# ------------------------------------------------------------------ kinds

KINDS = {
    "number": ["1.5", "-2", "", "1e3", "0.1"],
    "integer": ["1", "2", "3", "", "-7"],
    "yes_no 0 1": ["1", "0", "0", "1", ""],
    "yes_no 0.0 1.0": ["1.0", "0.0", "0.0", "1.0", ""],
    "yes_no text": ["Yes", "No", "No", "Yes", ""],
    "yes_no german": ["ja", "nein", "ja", "ja", "nein"],
    "category": ["red", "blue", "red", "red", "blue"],
    "category one value": ["x", "", "x", "", "x"],
    "category leading zeros": ["01", "02", "01", "02", "10"],
    "category mostly text": ["1", "2", "low", "low", "2"],
    "date": ["2024-02-29", "1999-01-01", "2024-02-29", "", "2000-12-31"],
    "text": ["anna", "berta", "carla", "dora", "emma"],
    "constant": ["7", "7", "7", "7", "7"],
    "constant text": ["same", "same", "same", "same", "same"],
    "constant missing": ["", "", "", "", ""],
}


@pytest.mark.parametrize("case", KINDS)
def test_kinds(tmp_path, case):
    table = table_of(tmp_path, filler=[1.5, 2.5, 3.5, 4.5, 9.5], x=KINDS[case])
    schema = Schema.infer(table)
    found = column(schema, "x")
    assert found.kind == case.split()[0]
    left_out = found.kind in ("text", "constant")
    assert found.role == ("left_out" if left_out else "input")
    assert bool(found.reason) >= left_out
    assert any("'x' is left out" in note for note in schema.notes) == left_out
    assert column(schema, "filler").kind == "number"


def test_not_a_date():
    table = Table.from_columns({"x": ["2024-02-30", "2024-02-28", "2024-02-28"], "y": [1, 2, 4]})
    assert column(Schema.infer(table), "x").kind == "category"


@pytest.mark.parametrize(
    "name", ["id", "ID", "patient_id", "Patient Id", "patientId", "index", "nr", "rownames", "Unnamed: 0"]
)
def test_whole_numbers_under_the_name_of_an_id_are_left_out_aloud(tmp_path, name):
    schema = Schema.infer(table_of(tmp_path, **{name: range(100, 120), "x": np.arange(20) * 0.5}))
    assert column(schema, name).role == "left_out"
    assert f"'{name}' is left out: its name says id" in schema.notes[0]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("rows", [11, 2500])
def test_a_first_column_that_counts_the_rows_is_left_out_aloud(tmp_path, first, rows):
    counter, x = first + np.arange(rows), np.arange(rows) * 0.5
    schema = Schema.infer(table_of(tmp_path, case=counter, x=x, y=x))
    assert f"'case' is left out: it counts the rows, from {first} to {first + rows - 1}" in schema.notes[0]
    kept = Schema.infer(table_of(tmp_path, case=counter, x=x, y=x), kinds={"case": "integer"})
    assert column(kept, "case").role == "input"


@pytest.mark.parametrize("cells", [range(2, 22), [*range(1, 20), 21], [*range(1, 20), 19], [*range(1, 20), ""]])
def test_other_first_columns_of_whole_numbers_are_inputs(tmp_path, cells):
    x = np.arange(20) * 0.5
    assert column(Schema.infer(table_of(tmp_path, case=cells, x=x, y=x)), "case").role == "input"


def test_a_counter_of_time_or_that_has_nothing_beside_it_is_an_input(tmp_path):
    x = np.arange(20) * 0.5
    assert column(Schema.infer(table_of(tmp_path, x=x, day=range(20), y=x)), "day").role == "input"
    assert column(Schema.infer(table_of(tmp_path, case=range(20), y=x)), "case").role == "input"


@pytest.mark.parametrize("name", ["acid", "lipid", "body mass index", "age", "humid"])
def test_ordinary_names_are_no_ids(tmp_path, name):
    assert column(Schema.infer(table_of(tmp_path, **{name: range(20)})), name).role == "input"


def test_a_free_text_column_says_how_distinct_it_is(tmp_path):
    schema = Schema.infer(table_of(tmp_path, x=range(20), remark=[f"patient {k}" for k in range(19)] + ["patient 0"]))
    assert "19 different texts in 20 rows" in column(schema, "remark").reason


def test_a_stray_text_in_a_number_column(tmp_path):
    cells = [str(k) for k in range(500)]
    cells[12], cells[40], cells[499], cells[3] = "n.d.", "x", "n.d.", ""
    table = table_of(tmp_path, crp=cells, y=range(500))
    fails(DataError, lambda: Schema.infer(table), "'crp'", "496 of 499", "'n.d.' (line 14)", "'x' (line 42)",
          "line 501",
          "null strings", "category")  # fmt: skip
    assert column(Schema.infer(table, kinds={"crp": "left_out"}), "crp").role == "left_out"
    path = tmp_path / "patients.csv"
    assert column(Schema.infer(read_table(path, null_strings=["", "n.d.", "x"])), "crp").missing == 4


def test_many_stray_texts_are_a_remark_with_line_and_value(tmp_path):
    table = table_of(tmp_path, crp=["1", "2", "high", "2", "1", "1", "2"], y=range(7))
    assert "'high' (line 4)" in column(Schema.infer(table), "crp").reason


@pytest.mark.parametrize("cell", ["1,234", "-12,345.6", "1.234.567", "1.234,5", "1'234", "1 234 567,8"])
def test_what_looks_grouped(cell):
    table = Table.from_columns({"x": ["a", cell, "a", "b"], "y": [1, 2, 3, 5]})
    assert f"{cell!r} (row 1)" in column(Schema.infer(table), "x").reason


@pytest.mark.parametrize("cell", ["1e400", "inf", "-Infinity", "9" * 320])
def test_infinite_cells_are_refused_with_line_column_and_value(tmp_path, cell):
    table = table_of(tmp_path, crp=["1", "2", cell, "4"], y=[1, 2, 3, 5])
    fails(DataError, lambda: Schema.infer(table), "line 4", "'crp'", cell[:37], "infinite", "Correct the cell")
    target = table_of(tmp_path, x=[1, 2, 3, 5], y=["1", "2", cell, "4"])
    fails(DataError, lambda: Schema.infer(target, target="y"), "line 4", "'y'", cell[:37])
    fails(DataError, lambda: Schema.infer(Table.from_columns({"a": [1.0, np.inf]})), "row 1", "'a'", "'inf'")


def test_declared_kinds(tmp_path):
    table = table_of(
        tmp_path, stage=["1", "2", "3", "1", "2"], seen=["2024-01-01"] * 4 + ["2024-01-02"], x=[1.5, 2, 3, 4, 5]
    )
    schema = Schema.infer(table, kinds={"stage": "category", "seen": "category"})
    assert column(schema, "stage").features == ("stage = 1", "stage = 2", "stage = (other)")
    assert column(schema, "seen").kind == "category"
    fails(
        DataError, lambda: Schema.infer(table, kinds={"seen": "number"}), "'seen'", "'2024-01-01' (line 2)", "numbers"
    )
    fails(DataError, lambda: Schema.infer(table, kinds={"stage": "date"}), "'stage'", "'1' (line 2)", "dates")
    fails(DataError, lambda: Schema.infer(table, kinds={"stage": "yes_no"}), "'stage'", "3 different values")
    fails(ConfigurationError, lambda: Schema.infer(table, kinds={"stage": "categroy"}), "Did you mean 'category'")
    fails(SchemaError, lambda: Schema.infer(table, kinds={"stag": "category"}), "'stag'", "Did you mean 'stage'")


# ------------------------------------------------------------------ task and target

TARGETS = {
    "text": (["ill", "well"] * 20, "classification", ("ill", "well")),
    "yes/no": (["yes", "no"] * 20, "classification", ("no", "yes")),
    "0/1": ([1, 0] * 20, "classification", ("0", "1")),
    "few integers": ([10, 9, 1, 2] * 10, "classification", ("1", "2", "9", "10")),
    "many integers": (list(range(40)), "regression", ()),
    "eleven integers": ([k % 11 for k in range(40)], "regression", ()),
    "floats": ([k / 7 for k in range(40)], "regression", ()),
    "true/false": ([True, False] * 20, "classification", ("False", "True")),
}


@pytest.mark.parametrize("case", TARGETS)
def test_the_task_follows_from_the_target(tmp_path, case):
    y, task, classes = TARGETS[case]
    table = table_of(tmp_path, x=np.arange(N) * 0.5, y=y)
    schema = Schema.infer(table, target="y")
    assert (schema.task, schema.classes, schema.target) == (task, classes, "y")
    assert schema.task_reason
    encoded = schema.encode_target(table)
    if task == "regression":
        assert encoded.tolist() == y
    else:
        assert [classes[code] for code in encoded] == [str(value) for value in y]
    assert Schema.infer(table, target="y", task=task).task == task


def test_a_task_may_be_asked_for(tmp_path):
    table = table_of(tmp_path, x=np.arange(N) * 0.5, y=[10, 9, 1, 2] * 10)
    assert Schema.infer(table, target="y", task="regression").encode_target(table).tolist() == [10, 9, 1, 2] * 10
    assert Schema.infer(table, target="y").task_reason == (
        "the target holds 4 different whole numbers; task='regression' changes that"
    )
    fails(
        ConfigurationError,
        lambda: Schema.infer(table, target="y", task="clasification"),
        "Did you mean 'classification'",
    )


def test_a_table_without_target():
    schema = Schema.infer(Table.from_columns({"x": [1, 2, 3], "y": [2.5, 1, 7]}))
    assert (schema.task, schema.target, schema.feature_names) == (None, None, ("x", "y"))
    fails(SchemaError, lambda: schema.target_column, "no target")


def test_refused_targets(tmp_path):
    table = table_of(
        tmp_path, x=np.arange(N) * 0.5, one=["a"] * N, none=[""] * N, name=[f"p{k}" for k in range(N)],
        text=["a", "b"] * 20, day=["2024-01-01", "2024-01-02"] * 20, float=np.arange(N) / 7,
    )  # fmt: skip
    infer = lambda target, task=None: lambda: Schema.infer(table, target=target, task=task)  # noqa: E731
    fails(SchemaError, infer("floats"), "no column 'floats'", "Did you mean 'float'")
    fails(SchemaError, infer("one"), "'one'", "only the value 'a'", "nothing to learn")
    fails(SchemaError, infer("none"), "'none'", "no value at all")
    fails(SchemaError, infer("name"), "'name'", "40 different values in 40 rows")
    fails(SchemaError, infer("float", "classification"), "too many", "task='regression'")
    fails(SchemaError, infer("text", "regression"), "'text'", "'a' (line 2)", "task='classification'")
    fails(SchemaError, infer("day"), "dates")
    assert Schema.infer(table, target="day", task="classification").classes == ("2024-01-01", "2024-01-02")


def test_rows_without_target_are_named_and_can_be_dropped(tmp_path):
    y = ["a", "b"] * 20
    y[3] = y[7] = ""
    table = table_of(tmp_path, x=np.arange(N) * 0.5, y=y)
    schema = Schema.infer(table, target="y")
    assert any("'y' is missing in 2 rows" in note for note in schema.notes)
    fails(SchemaError, lambda: schema.encode_target(table), "missing in 2 rows", "lines 5 and 9", "Leave such rows out")
    kept = table.take(schema.rows_with_target(table))
    assert len(schema.encode_target(kept)) == N - 2


def test_unknown_classes_at_evaluation(tmp_path):
    schema = Schema.infer(table_of(tmp_path, x=np.arange(N) * 0.5, y=["a", "b"] * 20), target="y")
    new = table_of(tmp_path, x=[1.5, 2.5], y=["a", "c"])
    fails(SchemaError, lambda: schema.encode_target(new), "'c' (line 3)", "Known: 'a', 'b'")


def test_classes_match_across_spellings_of_one_value(tmp_path):
    schema = Schema.infer(table_of(tmp_path, x=np.arange(N) * 0.5, y=["1.0", "0.0"] * 20), target="y")
    assert schema.classes == ("0.0", "1.0")
    assert schema.encode_target(Table.from_columns({"y": [0, 1]})).tolist() == [0, 1]
    schema = Schema.infer(table_of(tmp_path, x=np.arange(N) * 0.5, y=["True", "False"] * 20), target="y")
    assert schema.encode_target(Table.from_columns({"y": [False, True]})).tolist() == [0, 1]


def test_nothing_to_learn_from(tmp_path):
    table = table_of(tmp_path, name=["a", "b", "c"], same=[1, 1, 1], y=["0", "1", "0"])
    fails(SchemaError, lambda: Schema.infer(table, target="y"), "no column to learn from", "'name'", "'same'")


def test_one_row():
    fails(
        SchemaError, lambda: Schema.infer(Table.from_columns({"x": [1], "y": ["a"]}), target="y"), "only the value 'a'"
    )


# ------------------------------------------------------------------ encoding, against hand-worked numbers


def hand_table():
    return Table.from_columns({
        "temp": [36.0, 38.0, None, 37.0],  # mean 37, standard deviation sqrt(2/3)
        "sex": ["f", "m", "f", "f"],
        "smoker": ["no", "yes", None, "yes"],
        "color": ["red", "red", None, "blue"],
        "seen": ["1970-01-03", "1970-01-01", "1970-01-03", "1970-01-01"],  # days 2, 0, 2, 0
    })  # fmt: skip


def test_encoding_by_hand():
    schema = Schema.infer(hand_table())
    encoded = schema.encode(hand_table())
    assert encoded.feature_names == schema.feature_names == (
        "temp", "temp missing", "sex = f", "sex = (other)", "smoker = yes", "smoker missing", "color = red",
        "color = (other)", "color missing", "seen",
    )  # fmt: skip
    r = np.sqrt(1.5)
    assert encoded.matrix == pytest.approx(
        np.array([
            [-r, 0, 1, 0, 0, 0, 1, 0, 0, 1],
            [r, 0, 0, 1, 1, 0, 1, 0, 0, -1],
            [0, 1, 1, 0, 2 / 3, 1, 0, 0, 1, 1],
            [0, 0, 1, 0, 1, 0, 0, 1, 0, -1],
        ], dtype=float), abs=1e-14,
    )  # fmt: skip


def test_what_is_new_at_prediction_is_counted_and_named(tmp_path):
    schema = Schema.infer(
        table_of(tmp_path, temp=[36.0, 38.0, 37.0, 37.0], sex=["f", "m", "f", "m"], smoker=["no", "yes", "no", "yes"],
                 color=["red", "blue", "red", "green"])
    )  # fmt: skip
    new = table_of(tmp_path, smoker=["YES", "?", "maybe", "no"], color=["pink", "green", "", "red"],
                   temp=["41.5", "", "37", "12"], extra=[1, 2, 3, 4], sex=["x", "m", "", "f"])  # fmt: skip
    encoded = schema.encode(new)
    by_name = dict(zip(encoded.feature_names, encoded.matrix.T, strict=True))
    assert by_name["temp"] == pytest.approx(np.array([4.5, 0, 0, -25]) * np.sqrt(2))
    assert by_name["sex = f"].tolist() == [0.5, 0, 0.5, 1]
    assert by_name["sex = m"].tolist() == [0.5, 1, 0.5, 0]
    assert by_name["smoker = yes"].tolist() == [1, 0.5, 0.5, 0]
    assert by_name["color = red"].tolist() == [0, 0, 0.5, 1]
    assert by_name["color = (other)"].tolist() == [1, 1, 0, 0]
    notes = "\n".join(encoded.notes)
    for part in (
        "1 column not in the training table, ignored: 'extra'",
        "2 cells of 4 (lines 2 and 5) outside the training range 36",
        "'temp': 1 missing cell (line 3)",
        "'sex': 1 cell with a value that is rare or was not seen in training: 'x' (line 2)",
        "'smoker': 1 cell", "'maybe' (line 4)", "'pink' (line 2)", 'the slot "other"', "the training average",
    ):  # fmt: skip
        assert part in notes, notes


def test_refused_at_prediction(tmp_path):
    schema = Schema.infer(table_of(tmp_path, temp=[36.0, 38.0, 37.5], dose=[1, 2, 4], y=["a", "b", "a"]), target="y")
    encode = lambda **columns: lambda: schema.encode(table_of(tmp_path, **columns))  # noqa: E731
    fails(SchemaError, encode(tempo=[1, 2], y=["a", "b"]), "lacks 2 of the 2 columns", "'temp', 'dose'",
          "Did you mean 'tempo'")  # fmt: skip
    fails(
        SchemaError, encode(temp=["37", "warm"], dose=[1, 2]), "'temp'", "'warm' (line 3)", "a number", "leave it empty"
    )
    fails(DataError, encode(temp=["37", "1e400"], dose=[1, 2]), "line 3", "'temp'", "'1e400'")
    fails(DataError, encode(temp=["37", "1e308"], dose=[1, 2]), "line 3", "'temp'", "'1e308'", "too far")
    dates = Schema.infer(table_of(tmp_path, seen=["2024-01-01", "2024-01-05", "2024-02-01"]))
    german = table_of(tmp_path, seen=["2024-01-01", "01.02.2024"])
    fails(SchemaError, lambda: dates.encode(german), "'01.02.2024' (line 3)", "2024-12-31")


def test_dates_are_described_as_dates(tmp_path):
    ((*_, learned),) = Schema.infer(table_of(tmp_path, seen=["2024-01-01", "2024-01-05", "1969-12-30"])).describe()
    assert "1969-12-30 to 2024-01-05" in learned
    assert " days" in learned


def test_the_target_need_not_be_there_at_prediction():
    schema = Schema.infer(Table.from_columns({"x": [1.5, 2, 3], "y": ["a", "b", "a"]}), target="y")
    encoded = schema.encode(Table.from_columns({"x": [2]}))
    assert encoded.matrix.shape == (1, 1)
    assert not encoded.notes


def test_constants_come_from_the_training_rows_alone():
    table = Table.from_columns({"x": [1.0, 3.0, 1e6, None], "c": ["a", "a", "b", "b"], "y": [0, 1, 0, 1]})
    schema = Schema.infer(table, target="y").fit(table.take([0, 1]))
    x, c = schema.inputs
    assert (x.center, x.scale, x.minimum, x.maximum, x.missing) == (2.0, 1.0, 1.0, 3.0, 0)
    assert (c.levels, c.pooled, schema.n_rows) == (("a",), 0, 2)
    assert schema.encode(table).matrix[:, 0].tolist() == [-1.0, 1.0, 999998.0, 0.0]
    assert schema.classes == ("0", "1")


def test_a_column_without_spread_in_the_training_rows():
    table = Table.from_columns({"x": [5.0, 5.0, 7.0, None], "z": [None, None, 1.0, 2.0]})
    schema = Schema.infer(table).fit(table.take([0, 1]))
    assert schema.encode(table).matrix[:, 0].tolist() == [0.0, 0.0, 2.0, 0.0]
    assert np.isfinite(schema.encode(table).matrix).all()


def test_at_most_a_thousand_categories_and_the_rest_is_other():
    cells = [f"c{k:04d}" for k in range(1030) for _ in range(2)]
    schema = Schema.infer(Table.from_columns({"c": cells}))
    c = schema.inputs[0]
    assert (len(c.levels), c.pooled, len(c.features)) == (1000, 30, 1001)
    assert schema.encode(Table.from_columns({"c": cells})).matrix.sum(axis=1).tolist() == [1.0] * 2060


@pytest.mark.parametrize(("cells", "levels"), [(16_800, 70), (2_400, 50)])
def test_on_long_tables_fewer_categories_have_an_input_of_their_own(monkeypatch, cells, levels):
    monkeypatch.setattr("glassnet.tables.columns.column.MOST_CELLS", cells)
    table = Table.from_columns({"c": [f"c{k:03d}" for k in range(80) for _ in range(3)]})
    c = Schema.infer(table).inputs[0]
    assert (len(c.levels), c.pooled) == (levels, 80 - levels)


def test_rows_of_a_category_always_sum_to_one():
    table = Table.from_columns({"c": ["a", "b", None, "a", "c", "b"]})
    schema = Schema.infer(table)
    new = Table.from_columns({"c": ["a", "b", None, "new", "c"]})
    assert schema.encode(new).matrix.sum(axis=1) == pytest.approx(1.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=2, max_size=30))
def test_scaling_is_finite_for_all_floats(values):
    center, scale = center_and_scale(np.array(values))
    assert np.isfinite([center, scale]).all()
    assert scale > 0
    with np.errstate(over="ignore"):
        scaled = (np.array(values) - center) / scale
    if scale != 1.0 and np.isfinite(scaled).all():
        assert scaled.mean() == pytest.approx(0, abs=1e-3)
        assert scaled.std() == pytest.approx(1, rel=1e-3)


# ------------------------------------------------------------------ the arithmetic of one row


def test_the_shown_formula_gives_the_value():
    table = hand_table()
    schema = Schema.infer(table)
    matrix = schema.encode(table).matrix
    checked = 0
    for row in range(table.n_rows):
        steps = schema.inputs_of(table, row)
        assert [step.feature for step in steps] == list(schema.feature_names)
        assert [step.value for step in steps] == matrix[row].tolist()
        for step in steps:
            arithmetic = step.formula.split(",")[0].split(" because")[0].replace("−", "-")
            assert eval(arithmetic, {"__builtins__": {}}) == pytest.approx(step.value, abs=1e-5)  # our own text
            checked += 1
    assert checked == 40
    first = schema.inputs_of(table, 0)[0]
    assert (first.feature, first.raw, first.formula) == ("temp", "36", "(36 − 37) / 0.816497")
    assert schema.inputs_of(table, 2)[0].raw == "missing"
    below_zero = Schema.infer(Table.from_columns({"x": [-1.0, -3.0]}))
    assert below_zero.inputs_of(Table.from_columns({"x": [-1.5]}), 0)[0].formula == "(−1.5 + 2) / 1"
    fails(DataError, lambda: schema.inputs_of(table, 4), "no row 4")


def test_unknown_values_are_explained():
    schema = Schema.infer(Table.from_columns({"c": ["a", "b", "b", "a"], "s": ["no", "yes", "no", "no"]}))
    steps = schema.inputs_of(Table.from_columns({"c": ["new"], "s": [None]}), 0)
    assert steps[0].formula == "0.5, the training share of 'a', because the cell is 'new', not seen in training"
    assert steps[2].formula == "0.25, the training share of 'yes', because the cell is missing"


def test_describe_has_one_row_per_column():
    table = hand_table()
    described = Schema.infer(table, kinds={"seen": "left_out"}).describe()
    assert [row[0] for row in described] == list(table.names)
    assert described[0][1:] == ("input", "integer", "36 to 38; mean 37, standard deviation 0.8165; 1 missing")
    assert described[4][1:] == ("left out", "text", "declared to be left out")


# ------------------------------------------------------------------ to plain JSON and back

names = st.text(min_size=1, max_size=5).map(lambda s: s.strip() or "n")
columns = st.one_of(
    st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=12, max_size=12),
    st.lists(st.sampled_from([None, "a", "b", "ü"]), min_size=12, max_size=12),
    st.lists(st.booleans(), min_size=12, max_size=12),
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(names, columns, min_size=1, max_size=4))
def test_a_schema_survives_json(data):
    table = Table.from_columns({**data, "always": list(range(12))})
    schema = (
        Schema.infer(table, target="always", task="regression")
        if len(data) % 2 and usable(table)
        else Schema.infer(table)
    )
    again = Schema.from_dict(json.loads(json.dumps(schema.to_dict())))
    assert again == schema
    assert np.array_equal(again.encode(table).matrix, schema.encode(table).matrix)


def test_own_null_strings_survive_json_and_usual_ones_are_not_said():
    usual = Schema.infer(Table.from_columns({"a": ["1", "2", "NA"]}))
    assert "null_strings" not in usual.to_dict()  # so that files are those of before there was a choice
    assert usual.null_strings == NULL_STRINGS
    own = Schema.infer(Table.from_columns({"a": ["1", "2", "-"]}, null_strings=["-", "-999"]))
    again = Schema.from_dict(json.loads(json.dumps(own.to_dict())))
    assert again == own
    assert again.null_strings == ("-", "-999")
    assert 'Texts that mark missing cells: "-", "-999".' in own.notes
    later = Table.from_columns({"a": [-999.0, 1.0, float("nan")]})
    assert again.encode(later).matrix[:, 1].tolist() == [1.0, 0.0, 1.0]
    assert [step.raw for row in range(2) for step in again.inputs_of(later, row)] == ["missing", "missing", "1", "1"]


def test_declared_levels_without_training_rows_count_as_never_seen():
    """What nothing was learned about must not be decided by a weight as it was drawn."""
    table = Table.from_columns({"grade": ["a", "b", "b", "a", "b", "b"], "flag": ["yes", "no"] * 3, "y": range(6)})
    schema = Schema.infer(table, target="y", task="regression", levels={"grade": ["a", "b", "c"]})
    schema = schema.fit(table.take([1, 3, 5]))  # all of them say no
    assert schema.feature_names == ("grade = a", "grade = b", "grade = c", "flag = yes")
    new = Table.from_columns({"grade": ["a", "c", "z"], "flag": ["yes", "no", "yes"]})
    encoded = schema.encode(new)
    third = 1 / 3
    assert encoded.matrix == pytest.approx(np.array([[1, 0, 0, 0], [third, 1 - third, 0, 0], [third, 1 - third, 0, 0]]))
    assert any("no training row has 'c'; such a cell counts as one never seen" in note for note in schema.notes)
    assert any("no training row has 'yes'" in note for note in schema.notes)
    assert any("2 cells with a value" in note and "'c' (row 1) and 'z' (row 2)" in note for note in encoded.notes)
    step = schema.inputs_of(new, 1)[0]
    assert "the training share of 'a'" in step.formula
    pooled = Schema.infer(
        Table.from_columns({"grade": ["a", "b", "b", "x", "b", "a"], "y": range(6)}), target="y", task="regression",
        levels={"grade": ["a", "b", "c"]},
    )  # fmt: skip
    assert pooled.encode(new.select(["grade"])).matrix[1].tolist() == [0, 0, 0, 1]  # the slot "other" is trained


def test_null_strings_of_a_schema_hold_for_the_target():
    table = Table.from_columns({"a": [1, 2, 3, 4], "y": ["no", "-", "yes", "no"]}, null_strings=["-"])
    schema = Schema.infer(table, target="y")
    assert schema.classes == ("no", "yes")
    other = Table.from_columns({"a": [1, 2, 3], "y": ["yes", "-", "no"]})
    assert schema.rows_with_target(other).tolist() == [0, 2]
    fails(SchemaError, lambda: schema.encode_target(other), "missing in 1 row", "row 1")


def usable(table):
    """Whether any column but the target can be learned from."""
    return any(not judge(table, name).left_out for name in table.names if name != "always")


PATCHES = [
    ("columns", []), ("columns", None), ("columns", [1]), ("task", "magic"), ("task", None), ("task", "regression"),
    ("classes", ["a", "a"]), ("classes", [1, 2]), ("classes", []), ("classes", "ab"), ("n_rows", -1), ("n_rows", 1.5),
    ("n_rows", True), ("n_rows", 2**70), ("task_reason", 3), ("task_reason", "\ud800"), ("extra", 1),
    ("null_strings", None), ("null_strings", "NA"), ("null_strings", [1]), ("null_strings", ["a", "a"]),
    ("null_strings", [str(k) for k in range(2000)]),
]  # fmt: skip
COLUMN_PATCHES = [
    ("name", 3), ("name", "sex"), ("kind", "magic"), ("kind", "text"), ("kind", "category"), ("kind", ["number"]),
    ("role", "spy"), ("role", "target"), ("scale", 0.0), ("scale", -1.0), ("scale", float("nan")), ("scale", "1"),
    ("centre", float("inf")), ("centre", None), ("centre", 10**400),  # codespell:ignore centre
    ("minimum", 99.0), ("missing", -1),
    ("missing", True), ("levels", ["a"]), ("levels", "a"), ("levels", [1]), ("levels", ["x"] * 10**5),
    ("shares", [0.5]), ("shares", {}), ("shares", [2.0]), ("shares", ["a"]), ("pooled", -1),
    ("reason", None), ("new", 1),
]  # fmt: skip


@pytest.mark.parametrize(("patches", "inside"), [(PATCHES, False), (COLUMN_PATCHES, True)])
def test_hostile_schemas_are_refused(patches, inside):
    table = Table.from_columns({"temp": [36.0, 38.0, 37.5, 35], "sex": ["f", "m", "f", "m"], "y": ["a", "b", "a", "b"]})
    plain = Schema.infer(table, target="y").to_dict()
    assert Schema.from_dict(plain)
    refused = 0
    for key, value in patches:
        broken = copy.deepcopy(plain)
        (broken["columns"][0] if inside else broken)[key] = value
        fails(SchemaError, lambda broken=broken: Schema.from_dict(broken), "chema")
        refused += 1
    for key in plain["columns"][0] if inside else plain:
        broken = copy.deepcopy(plain)
        del (broken["columns"][0] if inside else broken)[key]
        fails(SchemaError, lambda broken=broken: Schema.from_dict(broken), f"lacks {key!r}")
        refused += 1
    assert refused > 20


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_any_value_anywhere_in_a_schema_is_refused_or_works(data):
    table = Table.from_columns({"temp": [36.0, 38.0, None, 35], "sex": ["f", "m", "f", "m"], "y": ["a", "b", "a", "b"]})
    plain = Schema.infer(table, target="y").to_dict()
    place = data.draw(st.sampled_from(plain["columns"] + [plain]))
    place[data.draw(st.sampled_from(sorted(place)))] = data.draw(json_values)
    try:
        schema = Schema.from_dict(plain)
        schema.encode(table)
        schema.describe()
        json.dumps(schema.notes)
    except GlassnetError:
        pass


def test_a_schema_prints_as_a_table_that_people_read():
    table = Table.from_columns({"age": [30.0, 50.0, None], "smoker": ["yes", "no", "yes"], "y": [1.0, 2.5, 3.0]})
    lines = str(Schema.infer(table, "y", "regression").fit(table)).splitlines()
    assert lines[0].startswith("regression: ")
    assert lines[1].split() == ["column", "role", "kind", "learned"]
    assert [line.split()[0] for line in lines[2:]] == ["age", "smoker", "y"]


def test_a_stored_yes_no_column_has_two_levels():
    table = Table.from_frame({"ill": ["yes", "no", "yes"], "age": [1.0, 2.0, 3.0]})
    plain = Schema.infer(table).to_dict()
    for levels in ([], ["no"]):
        plain["columns"][0] |= {"levels": levels, "shares": [0.5] * len(levels)}
        fails(SchemaError, lambda: Schema.from_dict(plain), "a yes_no column cannot have", f"{len(levels)} levels")
