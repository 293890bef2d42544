"""Data frames of Dask: the same cells, weights and answers as the frame of pandas, whole and partition by partition."""

import warnings

import numpy as np
import pandas
import pytest

from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, DataError
from glassnet.tables import Table
from glassnet.tables.reading.frames.dask_frame import is_dask_frame, read_dask_frame
from glassnet.tables.reading.frames.streamed import StreamedTable

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    dask = pytest.importorskip("dask.dataframe")

N = 900
LIMIT = N * 70


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame({
        "dose": rng.normal(size=N), "count": rng.integers(0, 30, N), "ward": rng.choice(["a", "b", "c"], N),
        "day": pandas.date_range("2020-01-01", periods=N), "flag": rng.integers(0, 2, N).astype(bool),
        "gap": [None if k % 7 == 0 else k / 3 for k in range(N)], 5: rng.normal(size=N),
    })  # fmt: skip
    levels = pandas.CategoricalDtype(["low", "mid", "high"], ordered=True)
    frame["grade"] = pandas.Series(rng.choice(["low", "mid", "high"], N)).astype(levels)
    frame["ill"] = frame["dose"] + frame["count"] / 9 > 1.5
    return frame


@pytest.fixture(scope="module")
def parts(frame):
    return dask.from_pandas(frame, npartitions=7)


def test_the_cells_are_those_of_pandas(frame, parts):
    assert is_dask_frame(parts)
    assert not is_dask_frame(frame)
    one, table, blocks = (
        Table.from_frame(frame),
        read_dask_frame(parts, ("",), None),
        read_dask_frame(parts, ("",), LIMIT),
    )
    assert type(blocks) is StreamedTable
    assert one.names == table.names == blocks.names
    assert one.categories == table.categories == blocks.categories
    rows = np.random.default_rng(1).permutation(N)[:300]
    for name in one.names:
        cells = [[own.column(name).item(k) for k in range(N)] for own in (one, table, blocks)]
        assert cells[0] == cells[1] == cells[2], name
        assert [blocks.take(rows).column(name).item(k) for k in range(300)] == [cells[0][k] for k in rows]


def test_networks_have_the_same_bits_and_labels(frame, parts):
    settings = {"random_state": 0, "epochs": 2, "n_networks": 2}
    one = GlassClassifier(**settings).fit(frame, target="ill")
    for limit in (None, LIMIT):
        other = GlassClassifier(**settings).fit(parts, target="ill", memory_limit=limit)
        assert all((a == b).all() for a, b in zip(one.weights_, other.weights_, strict=True))
        assert other.classes_.dtype == one.classes_.dtype == bool
        assert (other.predict_proba(parts) == one.predict_proba(frame)).all()


def test_targets_and_weights_may_be_columns_of_dask(frame, parts):
    inputs = ["dose", "count", "ward"]
    settings = {"random_state": 0, "epochs": 2, "n_networks": 1}
    one = GlassRegressor(**settings).fit(frame[inputs], frame["gap"].fillna(0), sample_weight=frame["count"] + 1)
    weights = parts["count"] + 1
    other = GlassRegressor(**settings).fit(parts[inputs], parts["gap"].fillna(0), sample_weight=weights)
    assert all((a == b).all() for a, b in zip(one.weights_, other.weights_, strict=True))
    with pytest.raises(ConfigurationError, match="its targets must be in it"):
        GlassRegressor(**settings).fit(parts[inputs], parts["gap"].fillna(0), memory_limit=N * 66)


def test_partitions_predict_where_they_lie(frame, parts):
    model = GlassRegressor(random_state=0, epochs=2, n_networks=1).fit(frame[["dose", "count"]], frame["gap"].fillna(0))
    answers = parts[["dose", "count"]].map_partitions(
        lambda part: pandas.Series(model.predict(part), index=part.index), meta=("answer", float)
    )
    assert (answers.compute().to_numpy() == model.predict(frame[["dose", "count"]])).all()


def test_empty_partitions_are_skipped_and_rows_that_change_are_refused(frame, parts):
    few = parts[parts["dose"] > 2.0]
    assert read_dask_frame(few, ("",), None).n_rows == int((frame["dose"] > 2).sum())
    with pytest.raises(DataError, match="0 rows"):
        read_dask_frame(parts[parts["dose"] > 99], ("",), None)
    calls = []

    def shrinking(part):
        calls.append(1)
        return part if len(calls) <= parts.npartitions + 1 else part.iloc[1:]  # one call learns the types

    unstable = parts.map_partitions(shrinking, meta=frame.head(0))
    import dask as whole

    with whole.config.set(scheduler="synchronous"), pytest.raises(DataError, match="persist"):
        read_dask_frame(unstable, ("",), None)
