"""Records inside of records in Parquet, Feather and DuckDB: the same columns, cells and bits by every way in."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import polars
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import pytest

from glassnet.errors import DataError, GlassnetError
from glassnet.tables import Schema, Table, read_table
from glassnet.tables.reading.frames import streamed
from glassnet.tables.reading.frames.streamed import StreamedTable

N = 600
NAMES = ("age", "lab.crp", "lab.hb.value", "lab.hb.unit", "at", "cost", "ward", "seen", "stay", "ill")


def patients(rows=range(N)):
    """What data engines write, every kind of column once."""
    return pyarrow.table({
        "age": pyarrow.array([20 + k % 60 for k in rows], pyarrow.int16()),
        "lab": [{"crp": k % 7 / 2, "hb": {"value": 12 + k % 4, "unit": ("g", "mmol")[k % 2]}} if k % 5 else None
                for k in rows],
        "visits": [[1, 2], *([[3]] * (len(rows) - 1))],
        "at": [datetime.time(k % 24, 30) for k in rows],
        "cost": [Decimal(f"{k % 90}.25") for k in rows],
        "ward": pyarrow.array([("north", "south", "east")[k % 3] for k in rows]).dictionary_encode(),
        "seen": [datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(hours=k) for k in rows],
        "stay": [datetime.timedelta(hours=k % 50) for k in rows],
        "scan": [b"\0\1"] * len(rows),
        "codes": pyarrow.array([[("k", 1)]] * len(rows), pyarrow.map_(pyarrow.string(), pyarrow.int64())),
        "ill": [("yes", "no")[k % 3 % 2] for k in rows],
    })  # fmt: skip


def ways(tmp_path):
    """The same table by every way in."""
    table = patients()
    pyarrow.parquet.write_table(table, tmp_path / "t.parquet")
    pyarrow.feather.write_feather(table, tmp_path / "t.feather")
    (tmp_path / "folder").mkdir()
    for k in range(2):
        part = patients(range(300 * k, 300 * k + 300))
        pyarrow.parquet.write_table(part, tmp_path / "folder" / f"part-{k}.parquet")
    yield read_table(tmp_path / "t.parquet")
    yield read_table(tmp_path / "t.parquet", memory_limit=100_000)
    yield read_table(tmp_path / "folder")
    yield read_table(tmp_path / "t.feather")
    yield Table.from_frame(table)
    yield Table.from_frame(polars.from_arrow(table))


def test_every_way_in_gives_the_same_columns_and_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "_FEWEST_ROWS", 64)
    first = schema = None
    kinds = set()
    for table in ways(tmp_path):
        kinds.add(type(table))
        assert table.names == NAMES
        said = " ".join(table.notes)
        assert "spread over columns (lab.crp, lab.hb.value, lab.hb.unit)" in said
        for part in ("'visits' holds lists", "'scan' holds bytes", "'codes' holds lists"):
            assert part in said
        schema = schema or Schema.infer(table, target="ill")
        assert Schema.infer(table, target="ill").columns == schema.columns
        bits = schema.encode(table).matrix.tobytes()
        first = first or bits
        assert bits == first
        assert table.take([0, 7]).row_text(1)["lab.hb.unit"] == "mmol"
    assert kinds == {Table, StreamedTable}
    assert [column.kind for column in schema.columns] == [
        "integer", "number", "integer", "category", "integer", "number", "category", "date", "number", "yes_no",
    ]  # fmt: skip
    assert schema.columns[1].missing == N // 5


def test_names_that_meet_and_tables_of_lists_are_refused(tmp_path):
    path = tmp_path / "t.parquet"
    pyarrow.parquet.write_table(pyarrow.table({"a": [{"b": 1}, {"b": 2}], "a.b": [2, 3]}), path)
    with pytest.raises(DataError, match=r"Two columns are called 'a\.b', one of them inside of a record"):
        read_table(path)
    pyarrow.parquet.write_table(pyarrow.table({"a": [[1], [2]]}), path)
    with pytest.raises(GlassnetError, match=r"2 rows and 0 columns|no column"):
        read_table(path)


def test_records_of_a_data_base(tmp_path):
    import duckdb

    with duckdb.connect(str(tmp_path / "t.duckdb")) as base:
        base.execute(
            "CREATE TABLE t AS SELECT range AS age, {'crp': range / 2, 'unit': 'mg'} AS lab, [1, 2] AS visits, "
            "TIME '07:30' AS at, 1.25::DECIMAL(5, 2) AS cost FROM range(30)"
        )
    table = read_table(tmp_path / "t.duckdb")
    assert table.names == ("age", "lab.crp", "lab.unit", "at", "cost")
    assert table.row_text(3) == {"age": "3", "lab.crp": "1.5", "lab.unit": "mg", "at": "07:30:00", "cost": "1.25"}
    assert any("'visits' holds lists" in note for note in table.notes)
    assert np.array_equal(Schema.infer(table).columns[1].numbers(table.column("lab.crp"))[0], np.arange(30) / 2)
