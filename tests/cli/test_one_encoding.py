"""``glassnet train`` encodes each row of its table once, for training, rivals, scores, threshold and verdict alike."""

import csv

import numpy as np
import pandas as pd
import pytest

from glassnet.estimators import GlassClassifier
from glassnet.evaluate import compare
from glassnet.tables import EncodedTable, Schema, Table


@pytest.fixture
def encoded(monkeypatch):
    """How many rows each call of `Schema.encode` had."""
    counts, own = [], Schema.encode

    def encode(self, table, *args):
        counts.append(table.n_rows)
        return own(self, table, *args)

    monkeypatch.setattr(Schema, "encode", encode)
    return counts


@pytest.fixture
def columns():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(400, 2)).round(3)
    return {
        "a": x[:, 0], "b": x[:, 1], "ward": rng.choice(["north", "south", "east"], 400),
        "weight": rng.integers(0, 3, 400), "months": (1 + rng.exponential(10, 400)).round(1),
        "died": rng.choice(["yes", "no"], 400), "price": (x[:, 0] * 10 + rng.normal(size=400)).round(2),
        "y": np.where(x[:, 0] + rng.normal(size=400) > 0, "ill", "well"),
    }  # fmt: skip


def written(path, columns):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([list(columns), *zip(*columns.values(), strict=True)])
    return path


@pytest.mark.parametrize(
    "options",
    [
        ["-t", "y"],
        ["-t", "y", "--threshold", "youden"],
        ["-t", "y", "--networks", 1],
        ["-t", "price"],
        ["-t", "months", "--event", "died"],
        ["-t", "y", "--time-budget", 30],
    ],
)
def test_train_encodes_each_row_once(glassnet, tmp_path, columns, encoded, options):
    table = written(tmp_path / "t.csv", columns)
    outcome = glassnet("train", table, "-m", tmp_path / "m.glassnet", *options)
    assert outcome.code == 0, outcome.err
    assert sorted(encoded) == [80, 320]


def test_rows_without_weight_are_not_encoded_again(glassnet, tmp_path, columns, encoded):
    table = written(tmp_path / "t.csv", columns)
    outcome = glassnet("train", table, "-t", "y", "-m", tmp_path / "m.glassnet", "--weights", "weight")
    assert outcome.code == 0, outcome.err
    assert len(encoded) == 2
    assert sum(encoded) == np.sum(columns["weight"] > 0)


def test_tune_encodes_each_row_once(glassnet, tmp_path, columns, encoded):
    table = written(tmp_path / "t.csv", columns)
    outcome = glassnet("tune", table, "-t", "y", "-m", tmp_path / "m.glassnet", "--rounds", 1, "--trials", 2)
    assert outcome.code == 0, outcome.err
    assert sorted(encoded) == [80, 320]


def test_compare_encodes_each_row_once(columns, encoded):
    frame = pd.DataFrame(columns)
    model = GlassClassifier(recipe="lecture", epochs=3).fit(frame[:300], target="y")
    encoded.clear()
    compare(model, frame[:300], frame[300:], draws=20)
    assert sorted(encoded) == [100, 300]


def test_fit_and_compare_share_what_is_encoded(columns, encoded):
    table = Table.from_columns({name: list(cells) for name, cells in columns.items()})
    train, test = EncodedTable(table.take(np.arange(300))), EncodedTable(table.take(np.arange(300, 400)))
    model = GlassClassifier(recipe="lecture", epochs=3).fit(train, target="y")
    compare(model, train, test, draws=20)
    model.score(test)
    model.predict_proba(test)
    assert sorted(encoded) == [100, 300]
