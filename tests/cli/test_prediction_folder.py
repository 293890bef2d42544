"""``predict --out-folder``: the predictions of one file in files, bounded in memory, whole or not at all."""

import os
from pathlib import Path

import numpy as np
import polars
import pytest

from glassnet.cli.summary import prediction_folder
from glassnet.tables import read_table

N = 700


@pytest.fixture
def files(glassnet, tmp_path):
    """A folder of visits by year, the same as one file, and a model of them."""
    rng = np.random.default_rng(0)
    frame = polars.DataFrame({
        "dose": rng.normal(size=N), "ward": ["a", "b", None, "c"] * (N // 4),
        "year": [2019 + k // 250 for k in range(N)],
        "ill": ["yes" if k % 3 else "no" for k in range(N)],
    })  # fmt: skip
    for (year,), part in frame.group_by("year", maintain_order=True):
        (tmp_path / "visits" / f"year={year}").mkdir(parents=True)
        for number, start in enumerate((0, 100)):
            rows = part.drop("year")[start : start + (100 if start == 0 else N)]
            rows.write_parquet(tmp_path / "visits" / f"year={year}" / f"part.{number}.parquet")
    frame.write_csv(tmp_path / "visits.csv")
    words = ("--target", "ill", "--epochs", 2, "--networks", 1, "--model", tmp_path / "m.glassnet", "-q")
    assert glassnet("train", tmp_path / "visits", *words).code == 0
    return tmp_path


def rows_of(path):
    """Prediction and probability of each row, in order."""
    table = read_table(path)
    order = np.argsort(table.column("row").numbers()[0])
    names = ["prediction", "probability of yes"]
    return [[table.column(name).item(row) for name in names] for row in order]


@pytest.mark.parametrize("words", [(), ("--memory-limit", N * 70)])
def test_a_folder_is_answered_with_files_of_the_same_names(glassnet, files, monkeypatch, words):
    monkeypatch.setattr(prediction_folder, "ROWS_AT_ONCE", 120)
    out = files / "answers"
    outcome = glassnet("predict", files / "m.glassnet", files / "visits", "--out-folder", out, *words)
    assert outcome.code == 0, outcome.err
    assert f"Wrote {N} predictions to {out}{os.sep}, 8 Parquet files." in outcome.out
    names = sorted(str(path.relative_to(out)) for path in out.rglob("*.parquet"))
    assert names[:3] == [f"year=2019/part.{name}.parquet" for name in ("0", "1-00000", "1-00001")]
    one = files / "one.parquet"
    assert glassnet("predict", files / "m.glassnet", files / "visits", "--out", one, "-q").code == 0
    assert rows_of(out) == rows_of(one)
    first = polars.read_parquet(out / "year=2020" / "part.0.parquet", hive_partitioning=False)
    assert first["row"].to_list() == list(range(251, 351))
    assert not [name for name in os.listdir(files) if name.endswith(".tmp")]


def test_any_table_is_written_in_blocks_beside_its_columns(glassnet, files, monkeypatch):
    monkeypatch.setattr(prediction_folder, "ROWS_AT_ONCE", 300)
    out = files / "answers"
    words = ("predict", files / "m.glassnet", files / "visits.csv", "--out-folder", out, "--with-table", "-q")
    outcome = glassnet(*words)
    assert (outcome.code, outcome.out) == (0, f"{out}\n")
    assert sorted(os.listdir(out)) == [f"part-0000{k}.parquet" for k in range(3)]
    table = read_table(out)
    assert table.names == (
        "row",
        "dose",
        "ward",
        "year",
        "ill",
        "prediction",
        "probability of no",
        "probability of yes",
    )
    assert table.n_rows == N
    again = glassnet(*words)
    assert again.code == 2
    assert "--force" in again.err
    assert glassnet(*words, "--force").code == 0
    partitioned = glassnet(
        "predict", files / "m.glassnet", files / "visits", "--out-folder", out, "--with-table", "--force"
    )
    assert partitioned.code == 0, partitioned.err
    assert "year" not in polars.read_parquet_schema(next(out.rglob("part.0.parquet")))
    assert "year" in read_table(out).names


def test_what_stands_in_the_way_is_refused_and_stays(glassnet, files):
    (files / "mine").mkdir()
    (files / "mine" / "notes.txt").write_text("precious")
    (files / "file").write_text("precious")
    visits = files / "visits"
    before = {path: path.read_bytes() for path in files.rglob("*") if path.is_file()}
    for out, words in (
        (files / "mine", "not a Parquet file"), (files / "file", "a file of that name"),
        (visits, "command reads is there"), (visits / "year=2019", "command reads is there"),
        (visits / "new", "command reads is there"), (files, "command reads is there"),
        (files / "absent" / "out", "does not exist"),
    ):  # fmt: skip
        for force in ((), ("--force",)):
            outcome = glassnet("predict", files / "m.glassnet", visits, "--out-folder", out, *force)
            assert outcome.code == 2, (out, outcome)
            assert words in " ".join(outcome.err.split()), outcome.err
    outcome = glassnet("predict", files / "m.glassnet", visits, "--out-folder", files / "o", "--out", files / "o.csv")
    assert outcome.code == 2
    assert {path: path.read_bytes() for path in files.rglob("*") if path.is_file()} == before


def test_a_killed_command_leaves_no_folder_that_looks_whole(glassnet, process, files):
    out = files / "answers"
    words = ("predict", files / "m.glassnet", files / "visits", "--out-folder", out)
    dies = (
        "from glassnet.cli.summary import prediction_folder as f; import os, signal; f.ROWS_AT_ONCE = 50; "
        "f.FolderDisplay.update = lambda self, done, of: done > 300 and os.kill(os.getpid(), signal.SIGKILL)"
    )
    assert process(*words, before=dies).code == -9
    assert not out.exists()
    left = [name for name in os.listdir(files) if name.endswith(".tmp")]
    assert len(left) == 1
    assert list(Path(files, left[0]).rglob("*.parquet")), "it was killed in the middle"
    assert glassnet(*words).code == 0
    assert len(rows_of(out)) == N
    assert not [name for name in os.listdir(files) if name.endswith(".tmp")], "what was left is swept away"


def test_an_error_on_the_way_leaves_the_old_folder(glassnet, files, monkeypatch):
    out = files / "answers"
    words = ("predict", files / "m.glassnet", files / "visits", "--out-folder", out)
    assert glassnet(*words).code == 0
    before = rows_of(out)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(prediction_folder.FolderDisplay, "update", full)
    outcome = glassnet(*words, "--force")
    assert outcome.code == 2
    assert "No space left on device" in outcome.err
    assert rows_of(out) == before
