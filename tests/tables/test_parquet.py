"""Parquet tables read whole and in blocks: the same cells, schema, matrix and bits, within a stated memory."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import polars
import pytest

from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, DataError, FileError
from glassnet.tables import Schema, Table, read_table
from glassnet.tables.matrix import empty_matrix, take_rows
from glassnet.tables.reading.frames import streamed
from glassnet.tables.reading.frames.streamed import StreamedTable

N = 2000
LIMIT = N * 70  # enough for a column, too little for all of them


def messy(path):
    """A file of every type, with missing cells, spaces, null strings, and rows without a target."""
    rng = np.random.default_rng(0)
    days = [f"20{10 + k % 14}-0{1 + k % 9}-1{k % 10}" for k in range(N)]
    frame = polars.DataFrame({
        "number": rng.normal(size=N).tolist(), "whole": rng.integers(0, 50, N).tolist(),
        "single": polars.Series(rng.normal(size=N).astype("float32")),
        "gaps": [None if k % 5 == 0 else k / 7 for k in range(N)],
        "text": [None if k % 11 == 0 else [" A", "B ", "NA", "C", "rare" if k == 9 else "A"][k % 5] for k in range(N)],
        "digits": [str(k % 4) for k in range(N)], "stamp": [f"{day}T0{k % 9}:00" for k, day in enumerate(days)],
        "day": polars.Series(days).str.to_date(), "time": polars.Series(days).str.to_datetime(),
        "flag": [k % 3 == 0 for k in range(N)], "constant": [1] * N,
        "nothing": polars.Series([None] * N, dtype=polars.Int8),
        "category": polars.Series([["x", "y", "z"][k % 3] for k in range(N)], dtype=polars.Categorical),
        "id": [f"id {k}" for k in range(N)],
        "y": [None if k % 90 == 0 else float(k % 17) for k in range(N)],
    })  # fmt: skip
    frame.write_parquet(path, row_group_size=300)
    return frame


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "ROWS_AT_ONCE", 256)
    messy(tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def both(path):
    """The same table in memory and in blocks."""
    whole, blocks = read_table(path), read_table(path, memory_limit=LIMIT)
    assert type(whole) is Table
    assert type(blocks) is StreamedTable
    return whole, blocks


def test_the_cells_are_the_same(path):
    whole, blocks = both(path)
    assert blocks.names == whole.names
    assert blocks.n_rows == len(blocks) == whole.n_rows == N
    for row in (0, 9, 55, N - 1):
        assert blocks.row_text(row) == whole.row_text(row)
    for rows in ([5, 3, 1999], np.arange(N) % 3 == 0, np.arange(900, 1400), np.arange(N)[::-1]):
        one, two = whole.take(rows), blocks.take(rows)
        assert one.row_name(1) == two.row_name(1)
        again = np.arange(one.n_rows - 1)
        for name in whole.names:
            assert one.take(again).column(name).level_counts() == two.take(again).column(name).level_counts(), name
    assert sum(block.n_rows for block in blocks.blocks(300)) == N
    for rows in (np.arange(0, N, 3), np.random.default_rng(0).permutation(N)[:700]):  # with gaps, in any order
        one, two = whole.take(rows), next(blocks.take(rows).blocks(700))
        assert [one.row_text(row) for row in range(0, 600, 7)] == [two.row_text(row) for row in range(0, 600, 7)]
        assert one.row_names(range(5)) == two.row_names(range(5))
    assert blocks.select(["whole"]).names == ("whole",)


def test_the_cells_are_those_of_a_data_frame(path):
    """The other way into the library: the frame itself, cell by cell."""
    whole, frame = read_table(path), Table.from_frame(polars.read_parquet(path))
    for row in range(0, N, 7):
        assert whole.row_text(row) == frame.row_text(row)


def test_schema_matrix_and_targets_are_the_same(path):
    whole, blocks = both(path)
    schema = Schema.infer(whole, target="y")
    assert Schema.infer(blocks, target="y") == schema
    present = schema.rows_with_target(blocks)
    assert present.tolist() == schema.rows_with_target(whole).tolist()
    one, two = schema.encode(whole.take(present), np.float32), schema.encode(blocks.take(present), np.float32)
    assert isinstance(two.matrix, np.memmap)
    assert one.matrix.tobytes() == two.matrix.tobytes()
    assert one.feature_names == two.feature_names
    assert [note.partition(":")[0] for note in two.notes] == [note.partition(":")[0] for note in one.notes]
    assert schema.encode_target(blocks.take(present)).tobytes() == schema.encode_target(whole.take(present)).tobytes()


@pytest.mark.filterwarnings("ignore:.*have no value in the target")
@pytest.mark.parametrize(("kind", "target", "settings"), [
    (GlassRegressor, "y", {}), (GlassClassifier, "category", {"n_networks": 3}),
])  # fmt: skip
def test_trained_networks_are_the_same(path, kind, target, settings):
    one = kind(epochs=2, **settings).fit(path, target=target)
    two = kind(epochs=2, **settings).fit(path, target=target, memory_limit=LIMIT)
    assert one.schema_ == two.schema_
    assert one.fingerprint_ == two.fingerprint_
    assert [w.tobytes() for w in one.weights_] == [w.tobytes() for w in two.weights_]
    assert one.predict(path).tolist() == two.predict(read_table(path, memory_limit=LIMIT)).tolist()


def test_errors_name_the_row_in_blocks_too(path):
    whole, blocks = both(path)
    schema = Schema.infer(whole.take(np.arange(100)), target="y")
    frame = polars.read_parquet(path).with_columns(number=polars.Series([*[0.0] * 1500, float("inf"), *[0.0] * 499]))
    frame.write_parquet(path)
    with pytest.raises(DataError, match="row 1500, column 'number'"):
        schema.encode(read_table(path, memory_limit=LIMIT))
    with pytest.raises(DataError, match="there is no row at position 2000"):
        blocks.take([N])


def test_what_even_blocks_cannot_do(path):
    with pytest.raises(DataError, match=r"examining a column takes about 0\.128 MB.*Raise the limit"):
        read_table(path, memory_limit=N * 8)
    with pytest.raises(ConfigurationError, match="give target='column' in place of y"):
        GlassRegressor().fit(path, np.zeros(N), memory_limit=LIMIT)
    for limit in ("much", 0, -1, "0 GB", float("nan"), True, "1..2 GB"):
        with pytest.raises(ConfigurationError, match="is not an amount of memory"):
            GlassRegressor().fit(path, target="y", memory_limit=limit)


def test_a_file_that_is_damaged_behind_its_start(path):
    blocks = read_table(path, memory_limit=LIMIT)
    raw = bytearray(path.read_bytes())
    raw[100 : len(raw) // 2] = b"\0" * (len(raw) // 2 - 100)
    path.write_bytes(raw)
    with pytest.raises(FileError, match="cannot be read"):
        [blocks.column(name) for name in blocks.names]


def test_mapped_matrices_behave_like_others(monkeypatch, tmp_path):
    matrix = empty_matrix((50, 3), np.float32, mapped=True)
    matrix[:] = np.arange(150).reshape(50, 3)
    rows = np.array([3, 1, 49, 3])
    assert take_rows(matrix, rows).tolist() == take_rows(np.array(matrix), rows).tolist()
    assert isinstance(take_rows(matrix, rows), np.memmap)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(FileError, match="set TMPDIR"):
        empty_matrix((50, 3), np.float32, mapped=True)


MEASURED = """
import sys, threading, time
import numpy as np
from glassnet import GlassRegressor

def anonymous():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon"))

peak, done = [anonymous()], threading.Event()
def watch():
    while not done.wait(0.003):
        peak[0] = max(peak[0], anonymous())

limit = None if sys.argv[2] == "none" else sys.argv[2]
GlassRegressor(epochs=1).fit({"x": [1.0, 2.0, 3.0], "y": [1.0, 2.0, 3.5]}, target="y")  # everything is loaded
before = anonymous()
threading.Thread(target=watch, daemon=True).start()
settings = {"epochs": 1, "hidden_layer_sizes": (4,), "recipe": "lecture"}
model = GlassRegressor(**settings).fit(sys.argv[1], target="y", memory_limit=limit)
done.set()
print(peak[0] - before, model.fingerprint_, model.weights_[0].tobytes().hex()[:400])
"""


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads the memory from /proc")
def test_a_memory_limit_is_kept(tmp_path):
    """A million rows of 20 numbers, read, encoded and trained on within 150 MB; whole, they take three times that."""
    rng = np.random.default_rng(1)
    path = tmp_path / "big.parquet"
    columns = {f"x{k}": rng.normal(size=1_000_000).astype("float32") for k in range(19)}
    polars.DataFrame({**columns, "y": columns["x0"] * 2}).write_parquet(path, compression="uncompressed")
    del columns
    outcomes = {}
    for limit in ("150 MB", "8 GB"):
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(path), limit], capture_output=True, text=True, timeout=280
        )
        assert done.returncode == 0, done.stderr
        used, *same = done.stdout.split()
        outcomes[limit] = (int(used), same)
    assert outcomes["150 MB"][0] < 150e6
    assert outcomes["8 GB"][0] > 300e6
    assert outcomes["150 MB"][1] == outcomes["8 GB"][1]
