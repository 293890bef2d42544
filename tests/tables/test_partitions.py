"""Folders of Parquet files as one table: the same cells and bits as one file, and what does not fit is said."""

import os

import numpy as np
import polars
import pytest

from glassnet import GlassClassifier
from glassnet.errors import DataError, FileError
from glassnet.tables import Schema, holds_images, read_table
from glassnet.tables.reading.frames import streamed
from glassnet.tables.reading.frames.streamed import StreamedTable

N = 1200
LIMIT = N * 70


def whole():
    rng = np.random.default_rng(0)
    return polars.DataFrame({
        "dose": rng.normal(size=N), "count": rng.integers(0, 30, N), "text": [" A", "B ", "NA"] * (N // 3),
        "year": sorted(["2019", "2020", "2021"] * (N // 3)), "code": ["007", "01", "x y"] * (N // 3),
        "ill": ["yes" if k % 3 else "no" for k in range(N)],
    })  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(streamed, "ROWS_AT_ONCE", 256)
    return write(whole(), tmp_path / "visits")


def write(frame, folder, rows=130):
    """In the layout of Hive, several files for each year."""
    for (year,), part in frame.group_by("year", maintain_order=True):
        (folder / f"year={year}").mkdir(parents=True)
        for number, start in enumerate(range(0, part.height, rows)):
            part[start : start + rows].drop("year").write_parquet(folder / f"year={year}" / f"part.{number}.parquet")
    (folder / "_SUCCESS").touch()
    (folder / ".part.0.parquet.crc").touch()
    return folder


def test_a_folder_is_the_table_of_one_file(folder, tmp_path):
    names = ["dose", "count", "text", "code", "ill", "year"]  # what folders say comes last
    whole().select(names).write_parquet(tmp_path / "one.parquet")
    assert not holds_images(folder)
    one, table, blocks = (
        read_table(tmp_path / "one.parquet"),
        read_table(folder),
        read_table(folder, memory_limit=LIMIT),
    )
    assert type(blocks) is StreamedTable
    assert one.names == table.names == blocks.names
    assert "read from 12 Parquet files" in table.notes[0]
    rows = np.random.default_rng(1).permutation(N)[:500]
    for name in names:
        cells = [[own.column(name).item(k) for k in range(N)] for own in (one, table, blocks)]
        assert cells[0] == cells[1] == cells[2], name
        assert [blocks.take(rows).column(name).item(k) for k in range(500)] == [cells[0][k] for k in rows]
    matrices = [(schema := Schema.infer(own, target="ill").fit(own)).encode(own).matrix for own in (one, table, blocks)]
    assert (matrices[0] == matrices[1]).all()
    assert (matrices[0] == matrices[2]).all()
    assert "year" in [column.name for column in schema.inputs]


def test_a_network_trained_in_blocks_from_a_folder_has_the_same_bits(folder):
    one, blocks = (GlassClassifier(random_state=0, epochs=2, n_networks=1).fit(folder, target="ill", memory_limit=limit)
                   for limit in (None, LIMIT))  # fmt: skip
    assert all((a == b).all() for a, b in zip(one.weights_, blocks.weights_, strict=True))
    assert (one.predict(folder) == blocks.predict(whole())).all()


def test_values_of_folders_are_texts_as_they_stand_there(tmp_path):
    for name in ("code=007", "code=a%2Fb%20c", "code=__HIVE_DEFAULT_PARTITION__", "code=1"):
        (tmp_path / name).mkdir()
        polars.DataFrame({"x": [1.5]}).write_parquet(tmp_path / name / "part-0.parquet")
    table = read_table(tmp_path)
    cells = [table.column("code").item(k) for k in range(4)]
    assert sorted(cells, key=str) == ["007", "1", None, "a/b c"]


def test_polars_and_dask_write_what_is_read(tmp_path):
    frame = whole()
    frame.write_parquet(tmp_path / "by", partition_by=["year", "code"])
    table = read_table(tmp_path / "by")
    assert table.n_rows == N
    assert set(table.names) == set(frame.columns)
    total = np.nansum(table.column("dose").numbers()[0])
    assert np.isclose(total, frame["dose"].sum())


def test_numbers_of_several_sizes_empty_files_and_lacking_columns(tmp_path):
    frames = [
        polars.DataFrame({"a": [1, 2], "b": ["x", None]}),
        polars.DataFrame({"b": ["y"], "a": [2.5]}),
        polars.DataFrame({"a": polars.Series([], dtype=polars.Int64), "b": polars.Series([], dtype=polars.String)}),
        polars.DataFrame({"a": polars.Series([None], dtype=polars.Null)}),
        polars.DataFrame({"a": [7], "b": ["z"]}, schema={"a": polars.Int8, "b": polars.Categorical}),
    ]  # fmt: skip
    for number, frame in enumerate(frames):
        frame.write_parquet(tmp_path / f"{number}.parquet")
    table = read_table(tmp_path)
    assert [table.column("a").item(k) for k in range(5)] == ["1", "2", "2.5", None, "7"]
    assert [table.column("b").item(k) for k in range(5)] == ["x", None, "y", None, "z"]
    assert "Column 'b' is not in 1 of 5 files (3.parquet); its cells are missing there." in table.notes


def iceberg(folder):
    for inner in ("data", "metadata"):
        (folder / inner).mkdir()
    for part in folder.glob("year=*"):
        part.rename(folder / "data" / part.name)
    (folder / "metadata" / "v1.metadata.json").touch()


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda f: (f / "year=2020" / "notes.txt").touch(), r"notes\.txt is none"),
        (lambda f: polars.DataFrame({"dose": ["a"]}).write_parquet(f / "year=2020/x.parquet"), "Float64 in .* String"),
        (lambda f: (f / "year=2020/part.1.parquet").write_bytes(b"PAR1 torn"), r"part\.1\.parquet begins like"),
        (lambda f: whole().write_parquet(f / "stray.parquet"), r"different columns \(none and year\)"),
        (lambda f: (f / "_delta_log").mkdir(), "Delta Lake"),
        (lambda f: iceberg(f), "Iceberg"),
        (lambda f: os.rename(f / "year=2021", f / "jahr=2021"), "different columns"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_by_name(folder, other, message):
    other(folder)
    with pytest.raises((FileError, DataError), match=message):
        read_table(folder)


def test_a_folder_without_parquet_is_none(tmp_path):
    (tmp_path / "a.csv").write_text("x\n1\n")
    assert holds_images(tmp_path)
    with pytest.raises(FileError, match="is a folder, not a table"):
        read_table(tmp_path)
