"""Tables from memory: lists, arrays and data frames; the same table, whichever way it comes."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas
import polars
import pytest

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


def test_pyarrow_frames():
    pyarrow = pytest.importorskip("pyarrow")
    assert rows(Table.from_frame(pyarrow.table(COLUMNS))) == EXPECTED


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
        (polars.DataFrame({"a": [[1], [2]]}), ["Row 0", "'a'"]),
        (polars.DataFrame({"a": [datetime.timedelta(1)]}), ["Row 0", "'a'", "timedelta"]),
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
