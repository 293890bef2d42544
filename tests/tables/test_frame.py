"""Tables from memory: lists, arrays and data frames; the same table, whichever way it comes."""

from __future__ import annotations

import datetime
import sys
from decimal import Decimal

import numpy as np
import pandas
import polars
import pyarrow
import pytest

from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import DataError, SchemaError
from glassnet.tables import Schema, Table


def rows(table):
    return [list(table.row_text(i).values()) for i in range(table.n_rows)]


COLUMNS = {
    "age": [63, 41, None],
    "dose": [0.5, None, 2.0],
    "sex": ["f", "NA", " m "],
    "ill": [True, False, None],
    "seen": [datetime.date(2024, 2, 29), None, datetime.date(1969, 12, 31)],
}
EXPECTED = [
    ["63", "0.5", "f", "true", "2024-02-29"],
    ["41", None, None, "false", None],
    [None, "2", "m", None, "1969-12-31"],
]


def as_pandas_with_numpy_types():
    frame = pandas.DataFrame(COLUMNS)
    frame["seen"] = pandas.to_datetime(frame["seen"])
    return frame


def as_pandas_with_nullable_types():
    return pandas.DataFrame(COLUMNS).convert_dtypes()


def as_pandas_with_categories():
    frame = pandas.DataFrame(COLUMNS)
    frame["sex"] = frame["sex"].astype("category")
    return frame


def as_polars():
    return polars.DataFrame(COLUMNS)


def as_polars_with_categories():
    return polars.DataFrame(COLUMNS).with_columns(polars.col("sex").cast(polars.Categorical))


def as_dict():
    return COLUMNS


def as_object_array():
    return np.array([[COLUMNS[name][i] for name in COLUMNS] for i in range(3)], dtype=object)


@pytest.mark.parametrize(
    "make",
    [as_pandas_with_numpy_types, as_pandas_with_nullable_types, as_pandas_with_categories, as_polars,
     as_polars_with_categories, as_dict, as_object_array],
)  # fmt: skip
def test_every_source_gives_the_same_cells(make):
    table = Table.from_frame(make())
    assert rows(table) == EXPECTED
    assert table.names == (tuple(f"x{k}" for k in range(1, 6)) if make is as_object_array else tuple(COLUMNS))
    assert table.row_name(2) == "row 2"


class Capsule:
    """Arrow data of a library that we have never heard of."""

    def __init__(self, frame):
        self.frame = frame

    def __arrow_c_stream__(self, requested_schema=None):
        return self.frame.__arrow_c_stream__(requested_schema)


ARROW = {
    "table": lambda table: table, "batch": lambda table: table.to_batches()[0],
    "chunks": lambda table: pyarrow.concat_tables([table.slice(0, 1), table.slice(1)]),
    "reader": lambda table: table.to_reader(), "capsule": Capsule,
    "dictionary": lambda table: table.set_column(2, "sex", table["sex"].dictionary_encode()),
    "large text": lambda table: table.set_column(2, "sex", table["sex"].cast(pyarrow.large_string())),
}  # fmt: skip


@pytest.mark.parametrize("way", ARROW)
def test_arrow_data_in_every_form(way):
    assert rows(Table.from_frame(ARROW[way](pyarrow.table(COLUMNS)))) == EXPECTED


def test_arrow_data_without_pyarrow(monkeypatch):
    """Whoever brings Arrow data of another library need not have pyarrow; polars reads it too."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert rows(Table.from_frame(Capsule(polars.DataFrame(COLUMNS)))) == EXPECTED


def test_numbers_of_arrow_in_every_width():
    half = pyarrow.array(np.array([0.5, 2.0], dtype=np.float16))
    columns = {"half": half, "short": pyarrow.array([1, None], pyarrow.int8()), "empty": pyarrow.nulls(2),
               "money": pyarrow.array([Decimal("1.25"), None])}  # fmt: skip
    table = Table.from_frame(pyarrow.table(columns))
    assert rows(table) == [["0.5", "1", None, "1.25"], ["2", None, None, None]]


def nested():
    """An Arrow table with what files of data engines hold beside plain columns."""
    return pyarrow.table({
        "age": [63, 41], "lab": [{"crp": 5.5, "hb": {"value": 13}}, {"crp": None, "hb": None}],
        "visits": [[1, 2], None], "scan": [b"x", None], "at": [datetime.time(7, 30), None],
        "codes": pyarrow.array([[("k", 1)], None], pyarrow.map_(pyarrow.string(), pyarrow.int64())),
    })  # fmt: skip


@pytest.mark.parametrize(
    "frame",
    [nested(), polars.from_arrow(nested()), nested().to_pandas(types_mapper=pandas.ArrowDtype)],
    ids=["arrow", "polars", "pandas"],
)
def test_records_are_spread_and_what_is_no_cell_is_left_out(frame):
    table = Table.from_frame(frame)
    assert rows(table) == [["63", "5.5", "13", "07:30:00"], ["41", None, None, None]]
    assert table.names == ("age", "lab.crp", "lab.hb.value", "at")
    said = " ".join(table.notes)
    for part in (
        "(lab.crp, lab.hb.value)",
        "'visits' holds lists",
        "'scan' holds bytes",
        "'codes' holds lists of pairs",
    ):
        assert part in said


def test_columns_that_are_no_cells():
    for value in ([1], {"a": 1}, b"x"):
        with pytest.raises(DataError, match=r"Row 0, column 'x': .* a cell is a number, a text, yes/no, a date"):
            Table.from_frame(pandas.DataFrame({"x": [value, None]}, dtype=object))
    with pytest.raises(DataError, match=r"Two columns are called 'a.b', one of them inside of a record"):
        Table.from_frame(pyarrow.table({"a": [{"b": 1}], "a.b": [2]}))
    with pytest.raises(DataError, match=r"holds lists.*No column remains"):
        Table.from_frame(pyarrow.table({"x": [[1]]}))


def test_frames_that_are_none():
    doubled = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    with pytest.raises(DataError, match="two columns of one name"):
        Table.from_frame(doubled)
    with pytest.raises(DataError, match=r"A LazyFrame is not a table.*Call its collect"):
        Table.from_frame(polars.LazyFrame(COLUMNS))
    with pytest.raises(DataError, match="is not a table"):
        Table.from_frame(pyarrow.array([1, 2]))


def test_arrow_at_every_door_of_an_estimator():
    n = 60
    table = pyarrow.table({
        "a": [None if k % 11 == 3 else k % 17 for k in range(n)], "ward": pyarrow.array(["ä", "日本", None] * 20),
        "day": [datetime.date(2024, 1, 1 + k % 28) for k in range(n)], "y": [float(k % 7) for k in range(n)],
    })  # fmt: skip
    batch, inputs = table.to_batches()[0], table.drop_columns(["y"])
    model = GlassRegressor(epochs=2).fit(table, target="y")
    said = model.predict(table).tolist()
    assert model.predict(batch).tolist() == model.predict(polars.from_arrow(table)).tolist() == said
    for again in (
        GlassRegressor(epochs=2).fit(batch, target="y"), GlassRegressor(epochs=2).fit(inputs, table["y"], target="y"),
        GlassRegressor(epochs=2).fit(inputs, batch["y"], target="y"),
        GlassRegressor(epochs=2).fit(table, target="y", weights=pyarrow.array([2] * n)),
    ):  # fmt: skip
        assert again.predict(batch).tolist() == said
    assert model.score(table) == model.score(inputs, table["y"]) == model.score(batch)
    assert str(model.trace(table, 3, network=0)) == str(model.trace(batch, 3, network=0))
    known = table.filter(table["ward"].is_valid())
    classes = GlassClassifier(epochs=2).fit(known.drop_columns(["ward"]), known["ward"], target="ward")
    assert classes.classes_.tolist() == ["ä", "日本"]


def test_a_table_is_left_alone():
    table = Table.from_columns(COLUMNS)
    assert Table.from_frame(table) is table


@pytest.mark.parametrize("dtype", ["int8", "uint16", "int64", "float32", "float64"])
def test_arrays_of_numbers(dtype):
    table = Table.from_frame(np.array([[1, 2], [3, 4]], dtype=dtype))
    assert rows(table) == [["1", "2"], ["3", "4"]]
    assert Schema.infer(table).encode(table).matrix.dtype == np.float64


def test_other_values():
    table = Table.from_columns({
        "decimal": [Decimal("1.5"), 2], "bool": np.array([True, False]), "text": np.array(["a", "NA"]),
        "numpy": [np.float32(0.5), np.int64(3)], "mixed": [1, "b"],
        "time": np.array(["2024-01-02T03:04", "NaT"], "M8[m]"),
        "zone": [datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC), None],
    })  # fmt: skip
    assert rows(table) == [
        ["1.5", "true", "a", "0.5", "1", "2024-01-02T03:04:00", "2024-01-01T00:00:00+00:00"],
        ["2", "false", None, "3", "b", None, None],
    ]


def test_own_null_strings():
    assert rows(Table.from_columns({"a": ["-", "NA", "x"]}, null_strings=["-"])) == [[None], ["NA"], ["x"]]


@pytest.mark.parametrize(
    ("frame", "parts"),
    [
        (np.zeros(3), ["shape (3,)", "(rows, columns)"]),
        (np.zeros((0, 3)), ["shape (0, 3)"]),
        (np.zeros((3, 0)), ["shape (3, 0)"]),
        ({}, ["at least one column"]),
        ({"a": []}, ["no rows", "'a'"]),
        ({"a": [1, 2], "b": [1]}, ["'a' has 2 cells", "'b' has 1"]),
        ({"a": "text"}, ["'a'", "one value per row"]),
        ({"a": 3}, ["'a'", "one value per row"]),
        ({"a": np.zeros((2, 2))}, ["'a'", "shape (2, 2)"]),
        ({"a": [1, [2]]}, ["Row 1", "'a'", "list"]),
        ({"a": [1j, 2]}, ["Row 0", "'a'", "complex"]),
        ({"a": [10**400, 2]}, ["'a'", "too large"]),
        ({1: [1], "1": [2]}, ["same name"]),
        ("path.csv", ["str", "not a table"]),
        ([[1, 2]], ["list", "not a table"]),
        (polars.DataFrame({"a": []}), ["0 rows"]),
        (polars.DataFrame({"a": [[1], [2]]}), ["'a' holds lists", "No column"]),
        (pandas.DataFrame([[1, 2]], columns=["a", "a"]), ["two columns", "a"]),
        (pandas.DataFrame({"a": [b"bytes"]}), ["Row 0", "'a'", "bytes"]),
    ],
)
def test_refused(frame, parts):
    with pytest.raises(DataError) as caught:
        Table.from_frame(frame)
    for part in parts:
        assert part in str(caught.value)


def test_unknown_columns_and_rows():
    table = Table.from_columns(COLUMNS)
    with pytest.raises(SchemaError, match=r"no column 'ag'.*'age'"):
        table.column("ag")
    with pytest.raises(SchemaError, match="no column 3"):
        table.column(3)
    for row in (3, -1):
        with pytest.raises(DataError, match=f"positions 0 to 2; there is no row.*{row}"):
            table.take([row])
        with pytest.raises(DataError, match=f"positions 0 to 2; there is no row {row}"):
            table.row_text(row)


def test_several_rows_in_a_message():
    table = Table.from_columns({"a": range(20)}).take(range(5, 20))
    assert table.row_names([0]) == "row 5"
    assert table.row_names([0, 1]) == "rows 5 and 6"
    assert table.row_names([0, 1, 2]) == "rows 5, 6 and 7"
    assert table.row_names(range(15)) == "rows 5, 6, 7, 8, 9 and 10 more"
