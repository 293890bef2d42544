import dataclasses
import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import NotFittedError

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, DataError, ModelFileError, SchemaError, TableWarning, TrainingDiverged
from glassnet.estimators.recipes import embedding
from glassnet.estimators.recipes.decision import read_recipe
from glassnet.estimators.recipes.preset import Problem
from glassnet.estimators.recipes.recipe import DECIDED
from glassnet.files import ModelFile, read_model, write_model
from glassnet.tables import Schema, Table

pytestmark = pytest.mark.filterwarnings("ignore:.*have no value in the target.*are left out")


@pytest.fixture(scope="module")
def patients():
    """A table as people have them: text, yes/no, missing cells, a constant, an id, wild scales, missing targets."""
    rng = np.random.default_rng(0)
    n = 200
    age, dose = rng.uniform(20, 90, n), rng.lognormal(10, 1, n)
    site = rng.choice(["Zürich", "北京", "Oslo"], n)
    risk = (age - 55) / 10 + 2 * (site == "Oslo") + rng.normal(0, 0.5, n)
    frame = pd.DataFrame({
        "patient": [f"P{i:04d}" for i in range(n)], "age": age, "dose": dose, "site": site,
        "smoker": rng.choice(["yes", "no"], n), "unit": "mg", "outcome": np.where(risk > 0.5, "ill", "well"),
        "days": 1e6 + 1e4 * risk,
    })  # fmt: skip
    frame.loc[::17, "dose"] = np.nan
    frame.loc[[3, 50], "outcome"] = None
    frame.loc[[4, 60, 61], "days"] = np.nan
    return frame


@pytest.fixture(scope="module")
def fitted(patients):
    return GlassClassifier(recipe="lecture").fit(patients.drop(columns="days"), target="outcome")


def test_a_messy_table_is_understood_and_learned(patients, fitted):
    assert fitted.n_rows_without_target_ == 2
    assert list(fitted.classes_) == ["ill", "well"]
    assert fitted.score(patients) > 0.85
    assert {c.name for c in fitted.schema_.columns if c.role == "left_out"} == {"patient", "unit"}
    assert fitted.predict_proba(patients).shape == (200, 2)
    np.testing.assert_allclose(fitted.predict_proba(patients).sum(axis=1), 1)


def test_any_scale_of_the_target_trains_and_predicts_in_its_unit(patients):
    model = GlassRegressor(recipe="lecture").fit(patients.drop(columns="outcome"), target="days")
    assert model.n_rows_without_target_ == 3
    assert model.score(patients) > 0.8
    known = patients["days"].dropna()
    assert known.min() * 0.9 < model.predict(patients).mean() < known.max() * 1.1
    scaled = patients.assign(days=patients["days"] * 1e-9)
    again = GlassRegressor(recipe="lecture").fit(scaled.drop(columns="outcome"), target="days")
    np.testing.assert_allclose(again.predict(scaled), model.predict(patients) * 1e-9, rtol=1e-3)


def test_every_kind_of_table_gives_the_same_model(patients, fitted, tmp_path):
    frame = patients.drop(columns="days")
    path = tmp_path / "patients.csv"
    frame.to_csv(path, index=False)
    known = frame.dropna(subset="outcome")
    given_y = GlassClassifier(recipe="lecture").fit(known.drop(columns="outcome"), known["outcome"])
    for other in (
        GlassClassifier(recipe="lecture").fit(Table.from_frame(frame), target="outcome"),
        GlassClassifier(recipe="lecture").fit(frame.to_dict("list"), target="outcome"),
        given_y,
    ):
        np.testing.assert_array_equal(other.predict_proba(frame), fitted.predict_proba(frame))
    from_file = GlassClassifier(recipe="lecture").fit(path, target="outcome")
    np.testing.assert_allclose(from_file.predict_proba(path), fitted.predict_proba(frame), atol=1e-5)


def test_arrays_with_whole_number_classes():
    X, y = load_iris(return_X_y=True)
    model = GlassClassifier(recipe="lecture").fit(X, y)
    assert model.predict(X).dtype.kind == "i"
    assert model.score(X, y) == np.mean(model.predict(X) == y) > 0.9
    assert model.decision_function(X).shape == (150, 3)
    truth = GlassClassifier(recipe="lecture").fit(X, y == 0)
    assert truth.predict(X).dtype == bool
    assert truth.score(X, y == 0) > 0.95


def test_the_target_may_be_missing_at_predict(patients, fitted):
    np.testing.assert_array_equal(fitted.predict(patients.drop(columns=["outcome", "days"])), fitted.predict(patients))
    unseen = patients.assign(site="Rome", smoker=None).head(3)
    with pytest.warns(TableWarning, match="'site': none of its 3 cells"):
        assert fitted.predict(unseen).shape == (3,)


def test_a_wrong_table_is_refused_by_column(patients, fitted):
    with pytest.raises(SchemaError, match="age"):
        fitted.predict(patients.drop(columns="age"))
    with pytest.raises(SchemaError, match="no column 'outcom'"):
        GlassClassifier(recipe="lecture").fit(patients, target="outcom")
    with pytest.raises(ConfigurationError, match="Say what to predict"):
        GlassClassifier(recipe="lecture").fit(patients)
    with pytest.raises(ConfigurationError, match="already has a column 'age'"):
        GlassRegressor(recipe="lecture").fit(patients, patients["age"])
    with pytest.raises(DataError, match="y has shape"):
        GlassClassifier(recipe="lecture").fit(patients, [1, 2, 3])
    with pytest.raises(SchemaError, match="needs a target of numbers"):
        GlassRegressor(recipe="lecture").fit(patients, target="outcome")
    with pytest.raises(DataError, match="no row with a value"):
        fitted.score(patients.assign(outcome=None))
    with pytest.raises(NotFittedError, match="Call fit"):
        GlassClassifier(recipe="lecture").predict(patients)
    with pytest.raises(DataError, match="inf"):
        GlassRegressor(recipe="lecture").fit(patients.assign(age=np.inf), target="days")


def test_a_schema_can_be_given_and_is_learned_anew(patients):
    frame = patients.drop(columns="days")
    schema = Schema.infer(Table.from_frame(frame), "outcome", kinds={"smoker": "left_out"})
    model = GlassClassifier(recipe="lecture").fit(frame.head(120), schema=schema)
    assert model.schema_.n_rows == 118
    assert not any("smoker" in name for name in model.schema_.feature_names)
    with pytest.raises(ConfigurationError, match="GlassRegressor does regression"):
        GlassRegressor(recipe="lecture").fit(frame, schema=schema)


@pytest.mark.parametrize("n_rows", [2, 3, 5, 12, 19, 20, 25])
def test_tiny_tables_train(n_rows):
    frame = pd.DataFrame({"x": np.arange(n_rows) * 1.5, "y": np.arange(n_rows) ** 2 / 7})
    model = GlassRegressor(epochs=30, recipe="lecture").fit(frame, target="y")
    assert np.isfinite(model.predict(frame)).all()
    assert (model.history_.n_validation_rows > 0) == (n_rows >= 20)
    assert model.history_.n_training_rows + model.history_.n_validation_rows == n_rows


def test_best_epoch_is_kept(patients, fitted):
    history = fitted.history_
    assert history.best_epoch == int(np.argmin(history.validation_loss)) + 1
    assert len(history.training_loss) == len(history.validation_loss)
    # the loss of the kept weights on the rows that chose the epoch is the smallest of the curve
    frame = patients.drop(columns="days").dropna(subset="outcome")
    aside = Table.from_frame(frame).take(history.validation_rows)
    targets = fitted.outcome_.encode(fitted.schema_.encode_target(aside), fitted.loss_)
    loss = fitted.network_.loss(fitted._matrix(aside), targets).data
    assert loss == pytest.approx(history.validation_loss.min(), rel=1e-4)


def test_progress_is_told_and_interruption_keeps_the_best_so_far(patients):
    seen = []

    def watch(progress):
        seen.append(progress)
        if progress.epoch >= 20:
            raise KeyboardInterrupt

    model = GlassClassifier(epochs=1_000_000, patience=1_000_000, recipe="lecture")
    model.fit(patients.drop(columns="days"), target="outcome", progress=watch)
    assert model.history_.stop_reason == "interrupted"
    assert seen[-1].epoch == len(model.history_.training_loss) < 1_000_000
    assert seen[-1].epochs == 1_000_000
    assert model.history_.best_epoch == int(np.argmin(model.history_.validation_loss)) + 1
    assert model.score(patients) > 0.7


def test_interrupted_training_ends_with_the_weights_of_its_best_epoch(patients):
    """The same weights as a training that was told to end there."""
    frame = patients.drop(columns="days")

    def stop(progress):
        raise KeyboardInterrupt

    interrupted = GlassClassifier(epochs=100_000, patience=100_000, recipe="lecture").fit(
        frame, target="outcome", progress=stop
    )
    done = len(interrupted.history_.training_loss)
    planned = GlassClassifier(epochs=done, patience=100_000, recipe="lecture").fit(frame, target="outcome")
    for a, b in zip(interrupted.weights_, planned.weights_, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("Estimator", [GlassClassifier, GlassRegressor])
def test_same_bits_for_repeats_and_threads(patients, Estimator):
    target, other = ("outcome", "days") if Estimator is GlassClassifier else ("days", "outcome")
    frame = patients.drop(columns=other)
    models = [Estimator(n_jobs=n, random_state=3).fit(frame, target=target) for n in (1, 1, 2, 3)]
    for model in models[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(model.weights_, models[0].weights_, strict=True))
    different = Estimator(random_state=4).fit(frame, target=target)
    assert not np.array_equal(different.weights_[0], models[0].weights_[0])


@pytest.mark.parametrize("Estimator", [GlassClassifier, GlassRegressor])
def test_a_loaded_model_predicts_the_same_bits(patients, Estimator, tmp_path):
    target, other = ("outcome", "days") if Estimator is GlassClassifier else ("days", "outcome")
    frame = patients.drop(columns=other)
    model = Estimator(activation="leaky_relu(slope=0.2)", hidden_layer_sizes=(7, 5), l2=0.002).fit(frame, target=target)
    model.scores_ = {"note": "made in a test"}
    path = model.save(tmp_path / "model.glassnet")
    loaded = glassnet.load(path)
    assert type(loaded) is Estimator
    np.testing.assert_array_equal(loaded.predict(frame), model.predict(frame))
    if Estimator is GlassClassifier:
        np.testing.assert_array_equal(loaded.predict_proba(frame), model.predict_proba(frame))
        np.testing.assert_array_equal(loaded.classes_, model.classes_)
    assert loaded.schema_ == model.schema_
    assert loaded.scores_ == model.scores_
    assert [n.objective for n in loaded.networks_] == [n.objective for n in model.networks_]
    assert loaded.recipe_.explain() == model.recipe_.explain()
    assert loaded.trace(frame, 0).loss.total == model.trace(frame, 0).loss.total
    loaded.save(tmp_path / "again.glassnet")
    assert path.read_bytes() == (tmp_path / "again.glassnet").read_bytes()


def test_a_file_of_something_else_is_refused(tmp_path):
    bare = ModelFile("regression", [(2, 1, "identity")], "squared_error", [np.ones((2, 1))], [np.zeros(1)])
    with pytest.raises(ModelFileError, match="bare regression network"):
        glassnet.load(write_model(tmp_path / "bare.glassnet", bare))
    labels = ModelFile(
        "multilabel", [(2, 3, "identity")], "logistic", [np.ones((2, 3))], [np.zeros(3)], classes=["a", "b", "c"]
    )
    with pytest.raises(ModelFileError, match="multilabel network"):
        glassnet.load(write_model(tmp_path / "labels.glassnet", labels))


def test_a_hostile_recipe_is_refused(patients, fitted, tmp_path):

    from glassnet.files import read_model

    model = read_model(fitted.save(tmp_path / "good.glassnet"))
    for recipe in ({"__class__": "os.system"}, {"learning_rate": -1}, {"hidden_layer_sizes": "rm"}):
        path = write_model(tmp_path / "bad.glassnet", dataclasses.replace(model, recipe={**model.recipe, **recipe}))
        with pytest.raises(ModelFileError, match="recipe"):
            glassnet.load(path)


def test_trace_shows_the_row_from_its_cells_to_its_update(patients, fitted):
    frame = patients.drop(columns="days")
    trace = fitted.trace(frame, 7)
    assert [step.feature for step in trace.inputs[0]] == list(fitted.schema_.feature_names)
    age = trace.inputs[0][0]
    assert float(age.raw) == pytest.approx(frame["age"][7])
    assert "−" in age.formula or "-" in age.formula
    assert float(trace.loss.prediction[0, 0]) == pytest.approx(fitted.predict_proba(frame)[7, 1], abs=1e-6)
    assert trace.engine is not None
    assert trace.new_loss < trace.loss.total
    assert fitted.trace(frame, 7, learning_rate=0.5, optimizer="adam").update.learning_rate == 0.5
    assert fitted.trace(frame.drop(columns="outcome"), 7, y=frame["outcome"]).loss.total == trace.loss.total
    with pytest.raises(DataError, match="no row"):
        fitted.trace(frame, 200)
    with pytest.raises(SchemaError, match="missing"):
        fitted.trace(frame, 3)


@pytest.mark.parametrize("settings", [
    {"hidden_layer_sizes": 0}, {"epochs": 0}, {"patience": 0}, {"batch_size": "some"}, {"learning_rate": 0},
    {"l1": -1}, {"l2": -1}, {"validation_fraction": 1.0}, {"activation": "rellu"}, {"optimizer": "adm"},
    {"schedule": "cosin"}, {"random_state": -1}, {"n_jobs": 0},
])  # fmt: skip
def test_bad_settings_are_refused(patients, settings):
    with pytest.raises(ConfigurationError):
        GlassClassifier(**settings).fit(patients.drop(columns="days"), target="outcome")


def test_divergence_is_loud(patients):
    model = GlassRegressor(optimizer="gradient_descent", learning_rate=1e6, recipe="lecture")
    with pytest.raises(TrainingDiverged, match="GlassRegressor diverged"):
        model.fit(patients.drop(columns="outcome"), target="days")
    assert all(np.isfinite(w).all() for w in model.weights_)


def test_clone_and_parameters(fitted):
    assert clone(fitted).get_params() == fitted.get_params()
    own = dict.fromkeys(("class_weight", "threshold", "event"))
    assert GlassRegressor(recipe="lecture").get_params() | own == clone(fitted).get_params()


def test_defaults_are_as_good_as_the_linear_models():
    """Five splits each: no worse than logistic or linear regression by more than a hair."""
    from sklearn.linear_model import LinearRegression, LogisticRegression

    from glassnet.estimators import split_rows

    for Estimator, load, rival, slack in (
        (GlassClassifier, load_breast_cancer, LogisticRegression(max_iter=500), 0.01),
        (GlassRegressor, load_diabetes, LinearRegression(), 0.03),
    ):
        frame = load(as_frame=True).frame
        gaps = []
        for seed in range(5):
            classes = frame["target"] if Estimator is GlassClassifier else None
            split = split_rows(len(frame), classes, test=0.25, seed=seed)
            train, test = frame.iloc[split.train], frame.iloc[split.test]
            model = Estimator(random_state=seed).fit(train, target="target")
            X, X_test = (model.schema_.encode(Table.from_frame(part)).matrix for part in (train, test))
            gaps.append(model.score(test) - rival.fit(X, train["target"]).score(X_test, test["target"]))
        assert np.mean(gaps) > -slack


def test_cross_validation_of_frames_and_arrays(patients):
    from sklearn.model_selection import GridSearchCV, cross_val_score

    frame = patients.dropna(subset="outcome")
    inputs = frame.drop(columns=["outcome", "days"])
    assert cross_val_score(GlassClassifier(recipe="lecture"), inputs, frame["outcome"], cv=3).mean() > 0.8
    X, y = load_diabetes(return_X_y=True)
    search = GridSearchCV(GlassRegressor(epochs=50, recipe="lecture"), {"hidden_layer_sizes": [4, (8, 8)]}, cv=2).fit(
        X, y
    )
    assert search.best_score_ > 0.3


@pytest.mark.parametrize(("n_rows", "hidden"), [(50, (32,)), (1000, (32,)), (1001, (64, 64)), (30_000, (128, 128))])
def test_what_is_automatic_depends_on_the_rows_and_is_said(n_rows, hidden):
    problem = Problem("classification", n_rows, 30)
    recipe = read_recipe(GlassClassifier(recipe="lecture").get_params(), problem, "GlassClassifier")
    assert recipe.hidden == hidden
    assert recipe.l2 == min(0.015, 6 / n_rows)
    assert 8 <= recipe.batch_size <= 256
    assert repr(recipe).startswith(f"Recipe(name='lecture', hidden={hidden}, activations=('relu', ")
    given = read_recipe(
        GlassClassifier(hidden_layer_sizes=3, l2=0.5, batch_size=7, recipe="lecture").get_params(), problem, "it"
    )
    assert (given.hidden, given.l2, given.batch_size) == ((3,), 0.5, 7)
    assert given.given == ("hidden_layer_sizes", "batch_size", "l2")


def test_a_recipe_says_what_was_chosen_and_why():
    problem = Problem("classification", 100, 4)
    words = read_recipe({"recipe": "lecture", "epochs": 7}, problem, "it").explain()
    for part in ("lecture: a plain network", "you asked for it", "at most 7 epochs", "Given by you: epochs", "Source"):
        assert part in words
    with pytest.raises(ConfigurationError, match=r"Unknown recipe 'lectre'.*'lecture'"):
        GlassClassifier(recipe="lectre").fit({"a": [1.0, 2.0, 3.0], "b": ["x", "y", "x"]}, target="b")


@pytest.mark.parametrize("name", DECIDED)
def test_every_setting_of_a_recipe_can_be_given_instead(name):
    problem = Problem("regression", 30, 4)
    values = {
        "hidden_layer_sizes": (5,),
        "activation": "tanh",
        "optimizer": "adamw",
        "schedule": "cosine",
        "resampling": "folds",
        "dropout": 0.25,
        "label_smoothing": 0.125,
        "scaling": "quantile",
        "embedding": "none",
    }
    recipe = read_recipe({name: values.get(name, 3)}, problem, "it")
    field = {"hidden_layer_sizes": "hidden", "activation": "activations"}.get(name, name)
    assert recipe.settings[field] == {
        "hidden_layer_sizes": (5,), "activation": ("tanh", "identity"), "optimizer": recipe.optimizer.spec,
        "schedule": "cosine", "resampling": "folds", "dropout": 0.25, "label_smoothing": 0.125,
        "scaling": "quantile", "embedding": (),
    }.get(name, 3)  # fmt: skip
    assert recipe.given == (name,)


@pytest.mark.parametrize("recipe", ["realmlp-s", "realmlp"])
def test_a_recipe_with_made_weights_survives_the_file(patients, tmp_path, recipe):
    """The recipe scales inputs in its own way, trains free weights, and chooses the epoch by the score."""
    table = patients.drop(columns="days")
    model = GlassClassifier(recipe=recipe, hidden_layer_sizes=(8, 8), epochs=5).fit(table, target="outcome")
    curve = model.history_.validation_loss
    assert model.history_.chosen_by == "validation_score"
    assert ((curve >= 0) & (curve <= 1)).all()
    assert model.history_.best_epoch == 5 - np.argmax(curve[::-1])
    again = glassnet.load(model.save(tmp_path / "model.glassnet"))
    assert again.recipe_ == model.recipe_
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    trace = again.trace(table, row=2)
    assert trace.engine.largest < 1e-5
    assert np.allclose([step.value for step in trace.inputs[0]], trace.X[0])


def test_the_embedding_of_a_table_column_by_column():
    """Numbers (one with missing cells), yes/no, three levels, and a category of many levels."""
    rng = np.random.default_rng(2)
    table = {
        "age": [None if i % 9 == 0 else float(age) for i, age in enumerate(rng.integers(20, 90, 120))],
        "dose": rng.normal(size=120).tolist(), "smoker": ["yes", "no"] * 60, "site": ["a", "b", "c"] * 40,
        "city": [f"city {i % 12}" for i in range(120)],
    }  # fmt: skip
    y = (np.array(table["dose"]) + np.arange(120) % 3).tolist()
    model = GlassRegressor(recipe="realmlp", hidden_layer_sizes=(6,), epochs=3, dropout=0.3).fit(table, y)
    assert [layer.connections.to_plain() for layer in model.recipe_.embedding] == [
        [[2, 0, 0, 2], [1, 0, 0, 1], [1, 0, 0, 1], [3, 0, 0, 3], [12, 12, 8, 0]],
        [[2, 1, 16, 2], [1, 1, 16, 1], [1, 0, 0, 1], [3, 0, 0, 3], [8, 0, 0, 8]],
        [[18, 16, 3, 2], [17, 16, 3, 1], [1, 0, 0, 1], [3, 0, 0, 3], [8, 0, 0, 8]],
    ]
    assert model.recipe_.hidden == (15, 47, 21, 6)
    assert model.recipe_.dropout == 0.3
    plan = model.recipe_.plan(19, 1, model.loss_, "float32", watched=True)
    assert plan.dropout == (0.0, 0.0, 0.0, 0.0, 0.3)
    assert plan.mixes == (False, False, False, True, False)
    network = model.network_
    x = model._matrix_of(table)[:3].astype(float)
    a = network.forward(x).a
    np.testing.assert_array_equal(a[2][:, [16, 17, 34]], x[:, :3])  # age and whether it is missing, dose: as they were
    np.testing.assert_allclose(a[2][:, 0], np.cos(x[:, 0] * network.weights[1][0, 0] + network.biases[1][0]))
    other = GlassRegressor(recipe="realmlp", hidden_layer_sizes=(4,), epochs=2, optimizer="adam").fit(table, y)
    assert other.recipe_.decay_schedule.name == "constant"
    only = GlassRegressor(recipe="realmlp", hidden_layer_sizes=(4,), epochs=2).fit({"site": table["site"]}, y)
    assert only.recipe_.embedding == ()
    assert "realmlp-s behind embeddings" in model.recipe_.explain()


def test_an_embedding_that_does_not_fit_is_refused_before_anything_is_trained(monkeypatch):
    monkeypatch.setattr(embedding, "available_bytes", lambda: 4e6)
    X = np.random.default_rng(0).normal(size=(30, 120))
    with pytest.raises(
        ConfigurationError, match=r"'realmlp' embeds 120 inputs.* 120 x 2040 \+ 2040 x 480 numbers.*GiB"
    ):
        GlassRegressor(recipe="realmlp", epochs=1).fit(X, X[:, 0])
    GlassRegressor(recipe="realmlp-s", epochs=1).fit(X, X[:, 0])


def test_arrays_and_what_is_like_them():
    X, y = load_iris(return_X_y=True)
    expected = GlassClassifier(epochs=20, recipe="lecture").fit(X, y).predict_proba(X)
    from_list = GlassClassifier(epochs=20, recipe="lecture").fit(X.tolist(), y.tolist())
    np.testing.assert_array_equal(from_list.predict_proba(X.tolist()), expected)
    mixed = [[1.5, "red"], [2.5, "blue"], [None, "red"]] * 10
    model = GlassRegressor(epochs=20, recipe="lecture").fit(mixed, np.arange(30.0))
    assert {column.kind for column in model.schema_.inputs} == {"number", "category"} or model.n_features_in_ == 2
    for wrong, words in (
        (X[:, :3], "X has 3 features, but GlassClassifier is expecting 4"),
        (X[0], "Reshape your data"),
        (csr_array(X), "Sparse data was passed"),
        (X.astype(complex), "Complex data not supported"),
        (X[:, :0], r"features|0 feature\(s\)"),
    ):
        with pytest.raises(DataError, match=words):
            from_list.predict(wrong)
    with pytest.raises(DataError, match="Unknown label type: continuous"):
        GlassClassifier(recipe="lecture").fit(X, X[:, 0])
    with pytest.raises(DataError, match="1 sample"):
        GlassRegressor(recipe="lecture").fit(X[:1], y[:1])


def test_a_committee_leaves_out_folds_and_answers_by_the_mean(patients):
    table = patients.drop(columns="days")
    model = GlassClassifier(recipe="committee", epochs=6).fit(table, target="outcome")
    assert (model.recipe_.n_networks, model.recipe_.resampling) == (8, "folds")
    left_out = np.concatenate([history.validation_rows for history in model.histories_])
    assert sorted(left_out.tolist()) == list(range(198))
    each = np.mean([n.predict(model._matrix_of(table)).ravel() for n in model.networks_], axis=0)
    np.testing.assert_allclose(model.predict_proba(table)[:, 1], each, atol=1e-5)
    assert "8 networks" in model.recipe_.explain()


def test_networks_with_a_shared_body(patients, tmp_path):
    """The recipe tabm-mini: what is one stays one, in memory, in the file and after it; the answer is the mean."""
    table = patients.drop(columns="days")
    model = GlassClassifier(recipe="tabm-mini", n_networks=5, epochs=8).fit(table, target="outcome")
    recipe = model.recipe_
    assert (recipe.n_networks, recipe.resampling, recipe.shared, len(model.histories_)) == (5, "none", True, 1)
    assert [w.shape[0] for w in model.weights_] == [5, 5, 5]
    assert model.weights_[1].base is not None
    assert model.weights_[1].strides[0] == 0
    np.testing.assert_array_equal(model.networks_[0].weights[1], model.networks_[4].weights[1])
    assert not np.array_equal(model.networks_[0].weights[2], model.networks_[4].weights[2])
    each = np.mean([n.predict(model._matrix_of(table)).ravel() for n in model.networks_], axis=0)
    np.testing.assert_allclose(model.predict_proba(table)[:, 1], each, atol=1e-5)
    one = pickle.loads(pickle.dumps(model))
    again = glassnet.load(model.save(tmp_path / "model.glassnet"))
    for copy in (one, again):
        np.testing.assert_array_equal(copy.predict_proba(table), model.predict_proba(table))
    assert again.recipe_ == recipe
    assert again.weights_[1].strides[0] == 0
    stored = read_model(tmp_path / "model.glassnet")
    assert [layer.kind for layer in stored.layers] == ["dense", "shared", "dense"]
    assert "5 networks with a shared body" in recipe.explain()
    threaded = GlassClassifier(recipe="tabm-mini", n_networks=5, epochs=8, n_jobs=2).fit(table, target="outcome")
    np.testing.assert_array_equal(threaded.weights_[2], model.weights_[2])


@pytest.mark.parametrize("n_networks", [1, 4])
def test_the_step_of_all_networks_with_a_shared_body_opens(patients, tmp_path, n_networks):
    table = patients.drop(columns="days")
    model = GlassClassifier(recipe="tabm-mini", n_networks=n_networks, hidden_layer_sizes=(6, 5), epochs=8)
    model.fit(table, target="outcome")
    again = glassnet.load(model.save(tmp_path / "model.glassnet"))
    np.testing.assert_array_equal(again.scales_, model.scales_)
    for each in (model, again):
        shared = each.shared_networks_
        for k in range(n_networks):
            for opened, alone in zip(shared.network(k).weights, each.networks_[k].weights, strict=True):
                np.testing.assert_allclose(opened, alone, rtol=1e-5, atol=1e-7)
        trace = each.trace(table, row=2, network="all", optimizer="adamw")
        said = np.mean([one.loss.prediction for one in trace.networks])
        assert said == pytest.approx(each.predict_proba(table)[2, 1], abs=1e-5)
        assert trace.networks[0].feature_names == tuple(each.schema_.feature_names)
        checks = [trace.check(name) for name in list(trace.parameter_names)[::7]]
        assert all(check.agrees or check.kink for check in checks)
    for wrong in ("every", 1.5, None):
        with pytest.raises(ConfigurationError, match='must be a number from 0, or "all"'):
            model.trace(table, network=wrong)
    plain = GlassClassifier(recipe="lecture", epochs=2).fit(table, target="outcome")
    with pytest.raises(ConfigurationError, match="share no body"):
        plain.trace(table, network="all")
    stored = read_model(tmp_path / "model.glassnet")
    for bad in ({}, {"input_scales": model.scales_[:, :-1]}):
        path = write_model(tmp_path / "bad.glassnet", dataclasses.replace(stored, arrays=bad))
        with pytest.raises(ModelFileError, match="scales of the inputs do not fit"):
            glassnet.load(path)


def test_networks_with_a_shared_body_have_intervals_but_no_standard_error():
    frame = load_diabetes(as_frame=True).frame
    model = GlassRegressor(recipe="tabm-mini", n_networks=4, epochs=10).fit(frame[:300], target="target")
    new = frame[300:]
    ends = model.predict_interval(new, 0.8)
    assert 0.6 < np.mean((ends[:, 0] <= new["target"]) & (new["target"] <= ends[:, 1])) < 0.95
    with pytest.raises(ConfigurationError, match="bootstrap samples"):
        model.predict_standard_error(new)
    with pytest.raises(ConfigurationError, match="share a body, so all train on the same rows"):
        GlassRegressor(recipe="tabm-mini", resampling="folds").fit(frame, target="target")
    alone = GlassRegressor(recipe="tabm-mini", n_networks=1, epochs=5).fit(frame, target="target")
    assert alone.weights_[0].ndim == 2
    assert alone.network_.predict(alone._matrix_of(new)).shape == (len(new), 1)
    few = GlassRegressor(recipe="tabm-mini", n_networks=3).fit(frame[:12], target="target")
    assert np.isfinite(few.predict(new)).all()
    with pytest.raises(ConfigurationError, match="at least one hidden layer"):
        GlassRegressor(recipe="tabm-mini", hidden_layer_sizes=()).fit(frame, target="target")
    with pytest.raises(TrainingDiverged, match="diverged"):
        GlassRegressor(recipe="tabm-mini", optimizer="gradient_descent", learning_rate=1e30).fit(frame, target="target")


def test_long_tables_get_fewer_epochs():
    epochs = [
        read_recipe({"recipe": "committee"}, Problem("regression", n, 20), "it").epochs
        for n in (100, 2_000, 2_001, 8_000, 32_000, 10**6)
    ]
    assert epochs == [128, 128, 64, 64, 32, 16]
    wide = read_recipe({"recipe": "committee"}, Problem("regression", 1000, 10_000), "it")
    assert 16 <= wide.epochs < 64


def test_a_time_budget_plans_fewer_epochs_and_says_so():
    free, tight = Problem("regression", 8_000, 20), Problem("regression", 8_000, 20, time_budget=2.0)
    recipe = read_recipe({"recipe": "committee"}, tight, "it")
    assert recipe.epochs < read_recipe({"recipe": "committee"}, free, "it").epochs
    assert f"{recipe.epochs} of its 64 epochs fit into 2 s" in recipe.explain()
    assert recipe == read_recipe({"recipe": "committee"}, tight, "it")
    threaded = Problem("regression", 8_000, 20, time_budget=2.0, threads=4)
    assert read_recipe({"recipe": "committee"}, threaded, "it").epochs > 3 * recipe.epochs
    given = read_recipe({"recipe": "committee", "epochs": 500}, tight, "it")
    assert given.epochs == 500


def test_the_clock_ends_a_training_that_takes_too_long(tmp_path):
    rng = np.random.default_rng(0)
    table = {"a": rng.normal(size=3000), "b": rng.normal(size=3000)}
    model = GlassRegressor(epochs=10**6, patience=10**6, time_budget=0.3, schedule="constant")
    model.fit(table, table["a"] ** 2)
    assert model.history_.stop_reason == "time_budget"
    assert model.score({**table}, table["a"] ** 2) > 0.5
    again = glassnet.load(model.save(tmp_path / "model.glassnet"))
    assert again.recipe_.epochs == 10**6
    with pytest.raises(ConfigurationError, match="time_budget"):
        GlassRegressor(time_budget=0.0, recipe="lecture").fit(table, table["a"])


def test_a_loaded_model_tells_what_was_chosen_then(patients, tmp_path, monkeypatch):
    model = GlassClassifier(epochs=2).fit(patients, target="outcome")
    path = model.save(tmp_path / "model.glassnet")
    monkeypatch.setattr(
        "glassnet.estimators.recipes.preset.FEWEST_ROWS_FOR_A_COMMITTEE", 10**9
    )  # auto would now choose another
    again = glassnet.load(path)
    assert again.recipe == "auto"
    assert (again.recipe_.name, again.recipe_.reason) == ("committee", model.recipe_.reason)
