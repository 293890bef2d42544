"""Numbers with bins beside them: mixtures that are multiplied into the first layer, and rivals without bins."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError
from glassnet.estimators.training.merging import product
from glassnet.evaluate import compare
from glassnet.files.blueprint import Blueprint
from glassnet.formulas import Connections
from glassnet.tables import Schema, Table
from glassnet.tables.columns.scales.bins import MOST_BINS, spread_edges


def steps(n_rows, seed=0):
    """A truth that jumps, with missing cells, a constant, a date, a yes/no and a category beside it."""
    rng = np.random.default_rng(seed)
    amount = np.where(rng.random(n_rows) < 0.7, 0.0, rng.gamma(2.0, 500.0, n_rows).round(2))
    age = rng.integers(18, 90, n_rows).astype(float)
    y = 2.0 * (amount > 800) - 1.5 * ((age > 40) & (age < 55)) + 0.2 * rng.normal(size=n_rows)
    age[::7] = np.nan
    return pd.DataFrame({
        "amount": amount, "age": age, "same": 3.0, "sex": rng.choice(["f", "m"], n_rows),
        "place": rng.choice(["a", "b", "c"], n_rows),
        "day": [f"2024-{1 + k % 12:02d}-{1 + k % 28:02d}" for k in range(n_rows)], "y": y,
    })  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return GlassRegressor().fit(steps(600), target="y")


def test_bins_win_where_the_truth_jumps(model):
    assert model.recipe_.scaling == "robust_and_bins"
    assert (model.recipe_.hidden, model.recipe_.embedding) == ((64, 64), ())
    assert "for networks without bins" in model.recipe_.reason
    new = steps(400, seed=1)
    plain = GlassRegressor(scaling="robust").fit(steps(600), target="y")
    assert model.score(new) > plain.score(new) + 0.02
    assert model.schema_.feature_names[-1].startswith("day 2024-") or model.schema_.feature_names[-1] == "day"


def test_numbers_alone_win_where_the_truth_is_smooth_and_the_model_is_that_without_bins(tmp_path):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 6))
    y = np.sin(X[:, 0]) + X[:, 1] * X[:, 2] + 0.1 * rng.normal(size=300)
    model, plain = GlassRegressor().fit(X, y), GlassRegressor(scaling="robust").fit(X, y)
    assert "so numbers have no bins" in model.recipe_.explain()
    assert model.schema_.feature_names == plain.schema_.feature_names
    for own, other in zip(model.weights_, plain.weights_, strict=True):
        np.testing.assert_array_equal(own, other)
    assert model.fingerprint_ == plain.fingerprint_
    np.testing.assert_array_equal(model.predict(X), plain.predict(X))
    np.testing.assert_array_equal(model.predict_interval(X), plain.predict_interval(X))
    np.testing.assert_array_equal(glassnet.load(model.save(tmp_path / "m")).predict(X), model.predict(X))


def test_networks_that_fall_behind_on_the_first_folds_are_given_up_and_cost_no_bit(monkeypatch):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 6))
    y = X[:, 0] + X[:, 1] * X[:, 2] + 0.1 * rng.normal(size=300)
    assert "given up after 2 folds" in GlassRegressor().fit(X, y).recipe_.reason
    table = steps(300)
    staged = GlassRegressor(epochs=40).fit(table, target="y")
    monkeypatch.setattr("glassnet.estimators.training.rivals._STAGES", ())
    at_once = GlassRegressor(epochs=40).fit(table, target="y")
    assert staged.recipe_.scaling == at_once.recipe_.scaling == "robust_and_bins"
    for own, other in zip(staged.weights_, at_once.weights_, strict=True):
        np.testing.assert_array_equal(own, other)
    for own, other in zip(staged.histories_, at_once.histories_, strict=True):
        np.testing.assert_array_equal(own.validation_loss, other.validation_loss)
        np.testing.assert_array_equal(own.validation_rows, other.validation_rows)


def test_few_rows_for_each_input_are_few_rows(monkeypatch):
    monkeypatch.setattr("glassnet.estimators.training.rivals.MOST_ROWS_WITHOUT_BINS", 10)
    rng = np.random.default_rng(3)
    X = rng.normal(size=(300, 20))
    y = X[:, 0] + X[:, 1] * X[:, 2] + 0.1 * rng.normal(size=300)
    assert "so numbers have no bins" in GlassRegressor(epochs=40).fit(X, y).recipe_.reason
    assert "without bins" not in GlassRegressor(epochs=2).fit(X[:, :3], y).recipe_.reason


def test_one_network_and_many_columns_have_no_bins():
    table = steps(120)
    assert GlassRegressor(n_networks=1, epochs=2).fit(table, target="y").recipe_.scaling == "robust"
    wide = np.random.default_rng(0).normal(size=(60, 51))
    assert GlassRegressor(epochs=1).fit(wide, wide[:, 0]).recipe_.scaling == "robust"


def test_files_traces_and_exports_know_nothing_of_mixtures(model, tmp_path):
    table = steps(40, seed=2)
    again = glassnet.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict(table), model.predict(table))
    assert again.recipe_.explain() == model.recipe_.explain()
    trace = model.trace(table, 3, network=2)
    text = trace.text()
    assert "t / √(1 + (t / 3)²)" in text
    assert "0 because the bin begins after the number" in text
    rows = {name: [None if cell != cell else cell for cell in table[name]] for name in table.columns}
    rows["day"] = [(pd.Timestamp(day) - pd.Timestamp("1970-01-01")).days for day in rows["day"]]
    said = Blueprint.of(model._model_file()).answer(rows)["prediction"][:, 0]
    np.testing.assert_allclose(said, model.predict(table), rtol=1e-5, atol=1e-5)


def test_threads_change_no_bit(model):
    other = GlassRegressor(n_jobs=2).fit(steps(600), target="y")
    for own, others in zip(model.weights_, other.weights_, strict=True):
        np.testing.assert_array_equal(own, others)


def test_the_merged_network_has_the_loss_that_chose_its_epoch():
    table = steps(2400, seed=5)
    model = GlassRegressor(epochs=6).fit(table, target="y")  # so long a table has no rivals without bins
    assert "without bins" not in model.recipe_.reason
    X, column = model._matrix_of(table), model.schema_.target_column
    for member, history in enumerate(model.histories_):
        rows = history.validation_rows
        raw = model._raw_of_each(X[rows])[member][:, 0]
        targets = (table["y"].to_numpy()[rows] - column.center) / column.scale
        assert np.mean((raw - targets) ** 2) == pytest.approx(history.validation_loss[history.best_epoch - 1], rel=1e-4)


def test_own_choices_are_kept():
    table = steps(100)
    with pytest.raises(ConfigurationError, match="scaling='robust_and_bins'"):
        GlassRegressor(embedding="mixtures", recipe="lecture").fit(table, target="y")
    lecture = GlassRegressor(embedding="mixtures", scaling="robust_and_bins", recipe="lecture", epochs=3)
    assert len(lecture.fit(table, target="y").weights_) == 2
    periodic = GlassRegressor(embedding="periodic", epochs=2).fit(table, target="y")
    assert periodic.recipe_.scaling == "robust"
    asked = GlassRegressor(scaling="robust_and_bins", epochs=3, hidden_layer_sizes=(8,)).fit(table, target="y")
    assert asked.recipe_.scaling == "robust_and_bins"
    flags = GlassClassifier(epochs=2).fit(table.assign(y=table["y"] > 0), target="y")
    assert flags.predict_proba(table).shape == (100, 2)


BLOCKS = st.tuples(st.integers(1, 3), st.integers(1, 2), st.integers(0, 2)) | st.just((0, 0, 1))


@given(st.lists(BLOCKS, min_size=1, max_size=5), st.integers(0, 1000))
def test_the_product_does_what_two_layers_do(shapes, seed):
    blocks = [(seen + carried, seen, neurons, carried) for seen, neurons, carried in shapes]
    connections, rng = Connections(blocks), np.random.default_rng(seed)
    first = np.where(connections.mask, rng.normal(size=connections.mask.shape), 0.0)
    for i, o in connections.carried:
        first[i, o] = 1.0
    first_biases = np.where(connections.trained_neurons, rng.normal(size=connections.n_out), 0.0)
    second, second_biases = rng.normal(size=(connections.n_out, 3)), rng.normal(size=3)
    weights, biases = product(connections, first, second, first_biases, second_biases)
    X = rng.normal(size=(4, connections.n_in))
    np.testing.assert_allclose(X @ weights + biases, (X @ first + first_biases) @ second + second_biases, atol=1e-12)


@given(st.lists(st.floats(-1e150, 1e150), min_size=1, max_size=200))
def test_edges_are_numbers_of_the_column(numbers):
    edges = spread_edges(np.array(numbers))[0]
    assert (np.diff(edges) > 0).all()
    assert 2 <= len(edges) <= MOST_BINS + 1
    if len(set(numbers)) > 1:
        assert {edges[0], edges[-1]} == {min(numbers), max(numbers)}
        assert set(edges) <= set(numbers)


def test_no_number_takes_the_bins_of_the_others():
    rng = np.random.default_rng(0)
    amounts = np.concatenate([np.zeros(4500), rng.gamma(2.0, 500.0, 500)])
    edges = np.array(spread_edges(amounts)[0])
    assert len(edges) > 40
    counts = np.histogram(amounts[amounts > 0], edges[1:])[0]
    assert counts.max() <= 3 * np.median(counts)
    weights = np.where(amounts > 1000, 10.0, 1.0)
    repeated = np.repeat(amounts, np.where(amounts > 1000, 10, 1))
    shared = set(spread_edges(amounts, weights)[0]) & set(spread_edges(repeated)[0])
    assert len(shared) > 25


def test_a_schema_without_bins_encodes_the_same_numbers():
    table = Table.from_frame(steps(80))
    schema = Schema.infer(table, target="y").with_scaling("robust_and_bins").fit(table)
    plain = Schema.infer(table, target="y").with_scaling("robust").fit(table)
    assert schema.without_bins() == plain
    names = list(schema.feature_names)
    kept = [names.index(name) for name in plain.feature_names]
    np.testing.assert_array_equal(schema.encode(table).matrix[:, kept], plain.encode(table).matrix)
    assert Schema.from_dict(schema.to_dict()) == schema


def test_rivals_see_the_numbers_without_their_bins(model):
    table, new = steps(600), steps(300, seed=4)
    plain = GlassRegressor(scaling="robust", epochs=1).fit(table, target="y")
    with_bins, without = (
        compare(each, table, new, rivals=["linear regression", "random forest"], draws=10) for each in (model, plain)
    )
    for one, other in zip(with_bins.models[1:], without.models[1:], strict=True):
        assert one.scores == other.scores
