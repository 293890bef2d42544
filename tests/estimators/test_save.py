"""Saving and loading estimators: the same answers to the bit, the same bytes, and clear refusals."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.datasets import load_iris

import glassnet
from glassnet import GlassClassifier, GlassRegressor, MLPClassifier, MLPRegressor
from glassnet.errors import ModelFileError
from glassnet.files import ModelFile, write_model
from glassnet.formulas import Activation, Expression, Loss, Optimizer, Schedule, activations, optimizers, schedules

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.normal(size=(60, 3))
NUMBERS = X[:, 0] * 2 - X[:, 1]
THREE = np.digitize(X[:, 0], [-0.5, 0.5])
FAST = {"hidden_layer_sizes": (5, 4), "max_iter": 6, "random_state": 3}

CLASSIFIERS = {
    "two texts": (X[:, 0] > 0).astype(str), "three numbers": THREE,
    "objects": np.array(["lo", "mid", "hi"], object)[THREE],
    "true and false": X[:, 0] > 0, "floats": np.array([1.0, 2.0])[(X[:, 1] > 0).astype(int)],
    "several labels": (X > 0).astype(int),
}  # fmt: skip


@pytest.mark.parametrize("labels", CLASSIFIERS)
def test_mlp_classifiers(tmp_path, labels):
    y = CLASSIFIERS[labels]
    model = MLPClassifier(**FAST).fit(X, y)
    path = model.save(tmp_path / "m.glassnet")
    again = glassnet.load(path)
    assert type(again) is MLPClassifier
    assert again.predict_proba(X).tobytes() == model.predict_proba(X).tobytes()
    assert again.predict(X).dtype == model.predict(X).dtype
    assert again.predict(X).tolist() == model.predict(X).tolist()
    assert again.classes_.dtype == model.classes_.dtype
    assert again.score(X, y) == model.score(X, y)
    for name in ("n_iter_", "t_", "loss_curve_", "best_loss_", "out_activation_", "n_layers_", "n_features_in_"):
        assert getattr(again, name) == getattr(model, name), name
    assert again.save(tmp_path / "again").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("settings", [
    {}, {"solver": "lbfgs"}, {"loss": "huber(delta=0.5)"}, {"dtype": "float32"}, {"activation": ["gelu", "sine"]},
    {"early_stopping": True}, {"n_iter_no_change": np.inf}, {"random_state": np.random.RandomState(1)},
    {"hidden_layer_sizes": np.array([4, 2])}, {"hidden_layer_sizes": ()}, {"schedule": "cosine"},
])  # fmt: skip
def test_mlp_regressors(tmp_path, settings):
    model = MLPRegressor(**{**FAST, **settings}).fit(X, NUMBERS)
    path = model.save(tmp_path / "m")
    again = glassnet.load(path)
    assert again.predict(X).tobytes() == model.predict(X).tobytes()
    assert again.n_iter_ == model.n_iter_
    assert again.save(tmp_path / "again").read_bytes() == path.read_bytes()
    assert pickle.loads(pickle.dumps(again)).predict(X).tobytes() == model.predict(X).tobytes()


def test_training_goes_on_after_loading(tmp_path):
    model = MLPRegressor(**FAST, solver="sgd", nesterovs_momentum=False, momentum=0.0, shuffle=False)
    model.partial_fit(X, NUMBERS)
    again = glassnet.load(model.save(tmp_path / "m"))
    assert again.partial_fit(X, NUMBERS).coefs_[0].tolist() == model.partial_fit(X, NUMBERS).coefs_[0].tolist()


def test_names_of_inputs_and_class_weights(tmp_path):
    frame = load_iris(as_frame=True)
    model = MLPClassifier(**FAST, class_weight={0: 1.0, 1: 2.0, 2: 0.5}).fit(frame.data, frame.target)
    again = glassnet.load(model.save(tmp_path / "m"))
    assert again.feature_names_in_.tolist() == model.feature_names_in_.tolist()
    assert again.class_weight == model.class_weight
    assert again.predict(frame.data).tolist() == model.predict(frame.data).tolist()
    with pytest.raises(ValueError, match="feature names"):
        again.predict(frame.data.rename(columns={frame.feature_names[0]: "other"}))


def own_activation() -> Activation:
    return Activation("own_bend", "a bend", Expression("z / (1 + abs(z))"), Expression("1 / (1 + abs(z))**2"))


def own_loss() -> Loss:
    return Loss("own_quartic", "steep", Expression("(f - y)**4"), Expression("4 * (f - y)**3"))


@pytest.mark.parametrize("make", [
    lambda: MLPRegressor(own_loss(), **{**FAST, "activation": own_activation()}).fit(X, NUMBERS),
    lambda: GlassRegressor(activation=own_activation(), epochs=3, recipe="lecture").fit(
        {"a": X[:, 0], "y": NUMBERS}, target="y"
    ),
])  # fmt: skip
def test_own_formulas_load_where_nobody_knows_them(tmp_path, make):
    model = make()
    rows = X if isinstance(model, MLPRegressor) else {"a": X[:, 0]}
    path = model.save(tmp_path / "m")
    again = glassnet.load(path)
    assert again.predict(rows).tobytes() == model.predict(rows).tobytes()
    assert again.save(tmp_path / "again").read_bytes() == path.read_bytes()
    code = "import sys, glassnet; m = glassnet.load(sys.argv[1]); print(type(m).__name__, m.network_.layer_sizes[0])"
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == type(model).__name__


def test_a_registered_own_activation_by_name(tmp_path):
    activations.register(own_activation())
    try:
        path = MLPRegressor(**FAST, activation="own_bend").fit(X, NUMBERS).save(tmp_path / "m")
    finally:
        activations.unregister("own_bend")
    assert glassnet.load(path).predict(X).shape == (60,)


def test_a_pickle_is_refused(tmp_path):
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(MLPRegressor(**FAST).fit(X, NUMBERS)))
    with pytest.raises(ModelFileError, match=r"model\.pkl is a pickle; opening one can run any program hidden in it"):
        glassnet.load(path)


LINE = {"task": "regression", "layers": [(2, 1, "identity")], "loss": "squared_error", "weights": [np.ones((2, 1))],
        "biases": [np.zeros(1)]}  # fmt: skip
FITTED = {"numbers": {}, "curves": {}, "labels": None, "feature_names": []}
TWO = {**LINE, "task": "classification", "classes": ["a", "b"], "loss": "logistic", "estimator": "MLPClassifier"}
HOSTILE = [
    ({}, "bare regression network"), ({"estimator": "GlassRegressor"}, "something else"),
    ({"estimator": "MLPClassifier"}, "something else"),
    ({"estimator": "MLPRegressor"}, "lacks what"),
    ({"estimator": "MLPRegressor", "recipe": {"spy": 1}}, "recipe is not one of MLPRegressor"),
    ({"estimator": "MLPRegressor", "recipe": {"loss": {"x": 1}}}, "not a parameter"),
    ({"estimator": "MLPRegressor", "fitted": {**FITTED, "numbers": {"__class__": 1}}}, "malformed"),
    ({"estimator": "MLPRegressor", "fitted": {**FITTED, "numbers": {"t_": "exit()"}}}, "'exit()'"),
    ({"estimator": "MLPRegressor", "fitted": {**FITTED, "curves": {"loss_curve_": 3}}}, "malformed"),
    ({"estimator": "MLPRegressor", "fitted": {**FITTED, "feature_names": ["a"]}}, "malformed"),
    ({**TWO, "fitted": FITTED}, "class labels are malformed"),
    ({**TWO, "fitted": {**FITTED, "labels": {"type": "binary", "kind": "V"}}}, "class labels are malformed"),
    ({**TWO, "fitted": {**FITTED, "labels": {"type": "binary", "kind": "i"}}}, "not of one type"),
    ({**TWO, "fitted": {**FITTED, "labels": {"type": "multilabel-indicator", "kind": "U"}}}, "malformed"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "part"), HOSTILE, ids=[str(k) for k in range(len(HOSTILE))])
def test_files_that_are_sound_but_say_nonsense(tmp_path, change, part):
    path = write_model(tmp_path / "m.glassnet", ModelFile(**{**LINE, **change}))
    with pytest.raises(ModelFileError, match=r"m\.glassnet") as caught:
        glassnet.load(path)
    assert part in str(caught.value)


def test_sound_files_of_that_form_load(tmp_path):
    sound = ModelFile(**{**TWO, "fitted": {**FITTED, "labels": {"type": "binary", "kind": "U"}}})
    assert glassnet.load(write_model(tmp_path / "m", sound)).predict([[1.0, 1.0], [-1.0, -1.0]]).tolist() == ["b", "a"]


def test_table_estimators_say_who_wrote_the_file(tmp_path):
    frame = load_iris(as_frame=True).frame
    model = GlassClassifier(epochs=3, recipe="lecture").fit(frame, target="target")
    path = model.save(tmp_path / "m")
    assert b'\\"estimator\\":\\"GlassClassifier\\"' in path.read_bytes()
    assert glassnet.load(path).predict_proba(frame).tobytes() == model.predict_proba(frame).tobytes()


@pytest.mark.parametrize(("name", "record"), [
    ("optimizer", Optimizer("own_rule", "plain descent", {"w": Expression("w - learning_rate * g")})),
    ("schedule", Schedule("own_course", "halved in the end", Expression("power(0.5, step / steps)"))),
])  # fmt: skip
def test_own_optimizers_and_schedules_must_be_registered_before_loading(tmp_path, name, record):
    registry = {"optimizer": optimizers, "schedule": schedules}[name]
    registry.register(record)
    try:
        model = GlassRegressor(**{"recipe": "lecture", "epochs": 2, name: record.name}).fit(X, NUMBERS)
        path = model.save(tmp_path / "m")
        assert glassnet.load(path).predict(X).tolist() == model.predict(X).tolist()
    finally:
        registry.unregister(record.name)
    wanted = rf"trained with the {name} '{record.name}'.*{name}s.register\({type(record).__name__}\('{record.name}'"
    with pytest.raises(ModelFileError, match=wanted):
        glassnet.load(path)
