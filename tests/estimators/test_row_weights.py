"""How much a row counts: what weights touch, that two rows are one row of weight 2, and that bad ones are refused."""

import numpy as np
import pytest
import sklearn
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, cross_validate

from glassnet import GlassClassifier, GlassRegressor, load
from glassnet.errors import DataError, SchemaError
from glassnet.evaluate import compare
from glassnet.tables import Schema, Table, read_table
from glassnet.tables.columns.scales.scaling import SCALINGS

rng = np.random.default_rng(11)
N = 60
A, B = rng.normal(size=(2, N)).round(3)
WARD = np.array(["A", "B", "C"])[rng.integers(0, 3, N)]
WEIGHTS = rng.integers(0, 4, N).astype(float)
NUMBER = (A * 2 - B + (WARD == "A")).round(3)
COLUMNS = {"a": A, "b": [None if k % 13 == 5 else value for k, value in enumerate(B.tolist())], "ward": WARD}
FRAME = {**COLUMNS, "y": NUMBER}
CLASSES = {**COLUMNS, "y": np.array(["low", "high"])[(NUMBER > 0).astype(int)]}
# all rows in each step and none set aside: then weights and repeated rows can differ in rounding only
SAME_STEPS = {
    "recipe": "lecture", "hidden_layer_sizes": (6,), "activation": "tanh", "batch_size": 1000, "l2": 0.001,
    "validation_fraction": 0.0, "epochs": 40,
}  # fmt: skip


def repeated(columns):
    """Each row as often as its weight says."""
    times = WEIGHTS.astype(int)
    return {name: np.repeat(np.array(cells, dtype=object), times).tolist() for name, cells in columns.items()}


@pytest.mark.parametrize(("kind", "frame"), [(GlassRegressor, FRAME), (GlassClassifier, CLASSES)])
def test_a_row_of_weight_two_is_that_row_twice(kind, frame):
    # the order of categories, and so of the weights that are drawn, goes by rows; here it is declared
    understood = Schema.infer(Table.from_columns(frame), target="y", levels={"ward": ["A", "B", "C"]})
    one = kind(**SAME_STEPS).fit(frame, schema=understood, weights=WEIGHTS)
    two = kind(**SAME_STEPS).fit(repeated(frame), schema=understood)
    for mine, other in zip(one.schema_.columns, two.schema_.columns, strict=True):
        assert (mine.name, mine.levels) == (other.name, other.levels)
        assert [mine.center, mine.scale, *mine.shares] == pytest.approx([other.center, other.scale, *other.shares])
    outcome = "predict" if kind is GlassRegressor else "predict_proba"
    said, known = getattr(one, outcome)(COLUMNS), getattr(two, outcome)(COLUMNS)
    assert said == pytest.approx(known, rel=1e-3, abs=1e-3)  # float32 over 40 steps
    plain = getattr(kind(**SAME_STEPS).fit(frame, schema=understood), outcome)(COLUMNS)
    assert np.abs(said - plain).max() > 0.01


def test_robust_quartiles_of_weighed_rows():
    values = np.random.default_rng(1).normal(size=2000)
    learn = SCALINGS["robust"].learn
    assert learn(values, np.full(2000, 0.3)) == pytest.approx(learn(values))
    times = np.where(values > 0.5, 3, 1) + np.arange(2000) % 2
    assert learn(values, times / 7) == pytest.approx(learn(np.repeat(values, times)), rel=0.01)
    assert learn(values, times / 7)[0] > learn(values)[0] + 0.2


def bits(model):
    return [part.tobytes() for part in (*model.weights_, *model.biases_)]


@pytest.mark.parametrize("settings", [{}, {"n_networks": 3}, {"n_networks": 3, "resampling": "folds"}])
@pytest.mark.parametrize(("kind", "frame"), [(GlassRegressor, FRAME), (GlassClassifier, CLASSES)])
def test_bits_that_must_be_the_same(kind, frame, settings):
    model = kind(epochs=5, **settings)
    one = bits(model.fit(frame, target="y", weights=WEIGHTS))
    assert bits(model.fit(frame, target="y", weights=4 * WEIGHTS)) == one  # only the proportions count
    named = {**frame, "how much": WEIGHTS}
    assert bits(model.fit(named, target="y", weights="how much")) == one
    assert "how much" not in model.schema_.feature_names
    assert any("'how much' is left out: it holds the weights of the rows" in note for note in model.schema_.notes)
    kept = Table.from_columns(frame).take(WEIGHTS > 0)
    assert bits(model.fit(kept, target="y", weights=WEIGHTS[WEIGHTS > 0])) == one  # weight 0 is no row
    assert bits(model.fit(frame, target="y")) == bits(model.fit(frame, target="y", weights=np.full(N, 1.0)))
    assert bits(model.fit(frame, target="y")) != one


def test_the_epoch_is_chosen_by_weighed_rows():
    model = GlassRegressor(epochs=8, recipe="lecture", patience=100).fit(FRAME, target="y", weights=WEIGHTS)
    history = model.history_
    kept = Table.from_columns(FRAME).take(WEIGHTS > 0)
    aside, weights = kept.take(history.validation_rows), WEIGHTS[WEIGHTS > 0][history.validation_rows]
    scaled = model.schema_.target_column.scale
    errors = (model.predict(aside) - model.schema_.encode_target(aside)) / scaled
    best = history.validation_loss[history.best_epoch - 1]
    assert np.average(errors**2, weights=weights) == pytest.approx(best, rel=1e-4)
    assert np.average(errors**2) != pytest.approx(best, rel=1e-3)


def test_scores():
    model = GlassRegressor(epochs=5).fit(FRAME, target="y")
    expected = r2_score(NUMBER, model.predict(COLUMNS), sample_weight=WEIGHTS)
    assert model.score(FRAME, weights=WEIGHTS) == pytest.approx(expected)
    assert model.score(COLUMNS, NUMBER, WEIGHTS) == pytest.approx(expected)
    assert model.score({**FRAME, "w": WEIGHTS}, weights="w") == pytest.approx(expected)
    score, low, high = model.score_interval(FRAME, weights=WEIGHTS, draws=200)
    assert score == pytest.approx(expected)
    assert low < score < high
    classifier = GlassClassifier(epochs=5).fit(CLASSES, target="y")
    expected = accuracy_score(CLASSES["y"], classifier.predict(COLUMNS), sample_weight=WEIGHTS)
    assert classifier.score(CLASSES, weights=WEIGHTS) == pytest.approx(expected)


def test_a_comparison_weighs_every_model():
    frame = {**CLASSES, "w": WEIGHTS + 0.5}
    model = GlassClassifier(epochs=5).fit(frame, target="y", weights="w")
    found = compare(model, frame, frame, weights="w", draws=50)
    network, baseline = found.models[0], next(row for row in found.models if row.model == "baseline")
    assert network.scores[0].value == pytest.approx(model.score(frame, weights="w"))
    share = np.average(CLASSES["y"] == "high", weights=WEIGHTS + 0.5)
    assert baseline.scores[0].value == pytest.approx(max(share, 1 - share))


def test_metadata_routing():
    with sklearn.config_context(enable_metadata_routing=True):
        X, y = np.column_stack([A, B]), NUMBER
        model = GlassRegressor(epochs=3).set_fit_request(weights=True).set_score_request(weights=True)
        found = cross_validate(model, X, y, params={"weights": WEIGHTS + 0.1}, cv=3, return_estimator=True)
        rows = np.arange(20, N)  # the folds are not shuffled
        alone = GlassRegressor(epochs=3).fit(X[rows], y[rows], weights=(WEIGHTS + 0.1)[rows])
        assert bits(found["estimator"][0]) == bits(alone)
        assert found["test_score"][0] == pytest.approx(alone.score(X[:20], y[:20], (WEIGHTS + 0.1)[:20]))
        search = GridSearchCV(model, {"hidden_layer_sizes": [(2,), (3,)]}, cv=3).fit(X, y, weights=WEIGHTS)
        assert search.best_score_ > -10


BAD = {
    "negative": (np.r_[-1.0, np.ones(N - 1)], DataError, "row 0, weights: -1.0 is not a weight"),
    "nan": (np.r_[1.0, np.nan, np.ones(N - 2)], DataError, "row 1, weights: nan"),
    "infinite": (np.full(N, np.inf), DataError, "inf is not a weight"),
    "zero": (np.zeros(N), DataError, "every row has weight zero"), "short": (np.ones(3), DataError, r"shape \(3,\)"),
    "text": (["a"] * N, DataError, "must be numbers"), "column": ("nowhere", SchemaError, "no column 'nowhere'"),
    "words": ("ward", SchemaError, r"column 'ward' must be numbers, but .*\(row 0\)"),
    "holes": ("b", SchemaError, "'' .row 5."), "target": ("y", SchemaError, "is the target"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_weights_are_refused(case):
    weights, error, message = BAD[case]
    with pytest.raises(error, match=message):
        GlassRegressor(epochs=2).fit({**FRAME, "y": NUMBER**2}, target="y", weights=weights)


def test_a_lone_input_cannot_be_the_weights():
    with pytest.raises(SchemaError, match="there is no column to learn from"):
        GlassRegressor(epochs=2).fit({"a": A**2, "y": NUMBER}, target="y", weights="a")


def test_a_saved_model_needs_no_weights(tmp_path):
    model = GlassRegressor(epochs=3).fit({**FRAME, "w": WEIGHTS}, target="y", weights="w")
    again = load(model.save(tmp_path / "m"))
    assert again.predict(COLUMNS).tolist() == model.predict({**FRAME, "w": WEIGHTS}).tolist()
    notes = again.schema_.encode(Table.from_columns({**COLUMNS, "w": WEIGHTS})).notes
    assert not any("not in the training table" in note for note in notes)


def test_weights_of_a_table_read_in_blocks(tmp_path):
    polars = pytest.importorskip("polars")
    path = tmp_path / "t.parquet"
    polars.DataFrame({name: list(cells) for name, cells in {**FRAME, "w": WEIGHTS}.items()}).write_parquet(path)
    one = GlassRegressor(epochs=2).fit(path, target="y", weights="w")
    two = GlassRegressor(epochs=2).fit(read_table(path, memory_limit=5000), target="y", weights="w")
    assert bits(one) == bits(two)
