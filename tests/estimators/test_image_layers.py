"""Convolutions and poolings among the hidden layers of the drop-in estimators."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning

import glassnet
from glassnet import Convolution, GlobalMean, MaxPooling, MLPClassifier, MLPRegressor, train_population
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.layers import Dense

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = load_digits(return_X_y=True)
X, Y = X[:400] / 16, Y[:400]
IMAGES = X.reshape(-1, 8, 8)
HIDDEN = [Convolution(8, 3, "relu"), MaxPooling(2), 16]


def classifier(hidden=HIDDEN, **more):
    given = {"learning_rate_init": 0.01, "batch_size": 32, "max_iter": 5, "random_state": 0, **more}
    return MLPClassifier(hidden, **given)


@pytest.fixture(scope="module")
def fitted():
    with pytest.warns(ConvergenceWarning):
        return classifier(input_shape=(8, 8, 1), max_iter=20).fit(X, Y)


def test_digits(fitted):
    assert fitted.score(X, Y) > 0.97
    assert [w.shape for w in fitted.coefs_] == [(8, 1, 3, 3), (0,), (128, 16), (16, 10)]
    assert fitted.n_layers_ == 5
    assert "Convolution(8, 3, 'relu')" in str(fitted)


def test_images_and_flat_rows_are_the_same(fitted):
    wanted = fitted.predict_proba(X)
    for images in (IMAGES, IMAGES[..., None], IMAGES.tolist()):
        again = clone(fitted).set_params(input_shape=None).fit(images, Y)
        assert again.input_shape_ == (8, 8, 1)
        assert again.predict_proba(images).tobytes() == wanted.tobytes()
        assert again.predict_proba(X).tobytes() == wanted.tobytes()


def test_the_network_in_numpy_agrees(fitted):
    network = fitted.network_
    np.testing.assert_allclose(network.predict(X), fitted.predict_proba(X), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(fitted.compile_predict()(X[3]), fitted.predict_proba(X[3:4])[0], rtol=1e-9)
    assert network.layers[0].shape_out == (8, 8, 8)
    assert fitted.hidden_activations(IMAGES[:2])[0].shape == (2, 512)
    trace = fitted.trace(IMAGES, Y, rows=[0, 3])
    assert trace.explain("W1[2,0,1,1]").check.verdict == "agrees"


def test_pickles_and_clones(fitted):
    wanted = fitted.predict_proba(X).tobytes()
    assert pickle.loads(pickle.dumps(fitted)).predict_proba(X).tobytes() == wanted
    assert clone(fitted).fit(X, Y).predict_proba(X).tobytes() == wanted
    assert clone(fitted).set_params(n_jobs=2).fit(X, Y).predict_proba(X).tobytes() == wanted


def test_several_networks_and_numbers_beside_the_image():
    table = np.c_[X, Y]
    model = MLPRegressor(
        hidden_layer_sizes=[Convolution(4, 3, "tanh"), GlobalMean(), Dense(8, "gelu")], input_shape=(8, 8),
        n_networks=3, random_state=1, learning_rate_init=0.02, max_iter=60,
    ).fit(table, Y.astype(float))  # fmt: skip
    assert model.score(table, Y) > 0.9
    assert [w.shape for w in model.coefs_] == [(3, 4, 1, 3, 3), (3, 0), (3, 5, 8), (3, 8, 1)]
    each = [network.predict(table)[:, 0] for network in model.networks_]
    np.testing.assert_allclose(np.mean(each, axis=0), model.predict(table), rtol=1e-9)


@pytest.mark.parametrize("solver", ["lbfgs", "sgd"])
def test_other_solvers(solver):
    model = classifier(solver=solver, max_iter=30, learning_rate_init=0.05).fit(IMAGES, Y)
    assert model.score(IMAGES, Y) > 0.9


def test_partial_fit_and_warm_start():
    parts = classifier(input_shape=(8, 8))
    for _ in range(5):
        parts.partial_fit(X, Y, classes=np.arange(10))
    once = classifier(input_shape=(8, 8), tol=0.0).fit(X, Y)
    for ours, theirs in zip(parts.coefs_, once.coefs_, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    warm = classifier(warm_start=True).fit(IMAGES, Y)
    before = warm.coefs_[0].copy()
    assert not np.array_equal(warm.fit(IMAGES, Y).coefs_[0], before)
    with pytest.raises(ShapeError, match="Set warm_start=False"):
        warm.set_params(hidden_layer_sizes=[Convolution(9, 3, "relu"), 16]).fit(IMAGES, Y)


def test_a_checkpoint_goes_on(tmp_path):
    wanted = classifier(max_iter=6).fit(IMAGES, Y)
    path = tmp_path / "training.checkpoint"
    seen = []
    first = classifier(max_iter=6, callbacks=lambda progress: seen.append(progress) or len(seen) < 3)
    first.fit(IMAGES, Y, checkpoint=path, checkpoint_every=1)
    again = classifier(max_iter=6).fit(IMAGES, Y, checkpoint=path)
    assert again.coefs_[0].tobytes() == wanted.coefs_[0].tobytes()
    with pytest.raises(ConfigurationError, match="layers"):
        classifier([Convolution(8, 3, "relu"), MaxPooling(2, stride=2, padding="same"), 16], max_iter=6).fit(
            IMAGES, Y, checkpoint=path
        )


def test_validation_rows_may_be_images():
    model = classifier(max_iter=9).fit(IMAGES[:300], Y[:300], validation_data=(IMAGES[300:], Y[300:]))
    assert len(model.validation_scores_) == 9
    flat = classifier(max_iter=9, input_shape=(8, 8)).fit(X[:300], Y[:300], validation_data=(X[300:], Y[300:]))
    assert flat.validation_scores_ == model.validation_scores_


@pytest.mark.parametrize(("hidden", "more", "data", "error", "match"), [
    (HIDDEN, {}, X, ConfigurationError, r"looks at images, but each row is 64 numbers\. Give input_shape="),
    ([8], {"input_shape": (8, 8)}, X, ConfigurationError, "is for layers that look at images"),
    (HIDDEN, {"input_shape": (9, 9)}, X, ShapeError, "makes 81 numbers, but each row has 64"),
    (HIDDEN, {"input_shape": (8, 8, 0)}, X, ConfigurationError, r"input_shape=\(8, 8, 0\) must be \(rows, columns\)"),
    (HIDDEN, {"input_shape": 64}, X, ConfigurationError, "input_shape=64 must be"),
    (HIDDEN, {"input_shape": (4, 16)}, IMAGES, ShapeError, r"the images in X have the shape \(8, 8\)"),
    ([Convolution(4, 3, mixed=True)], {}, IMAGES, ConfigurationError, "with mixed, which this estimator does not"),
    ([Convolution(4, 3, parametrization="ntk")], {}, IMAGES, ConfigurationError, "with parametrization"),
    ([Convolution(4, 3, initializer="data_driven")], {}, IMAGES, ConfigurationError, "looks at rows"),
    ([Convolution(1, 1, biases=[0.0])], {}, IMAGES, ConfigurationError, "with weights or biases"),
    ([Dense(4, connections=[(64, 64, 4, 0)])], {}, X, ConfigurationError, "with connections"),
    ([Convolution(4, 9, padding="valid")], {}, IMAGES, ShapeError, "8 - 9 . 1 = 0 rows"),
    ([Convolution(4, 3), "8"], {}, IMAGES, ConfigurationError, "must hold whole numbers"),
    ([Convolution(4, 3), 0], {}, IMAGES, ConfigurationError, "must be > 0"),
    ([16, Convolution(4, 3)], {}, IMAGES, ShapeError, "looks at an image, but what enters has the shape 16"),
    (HIDDEN, {"solver": "lbfgs", "dropout": 0.1}, IMAGES, ConfigurationError, "no meaning for solver='lbfgs'"),
])  # fmt: skip
def test_what_is_refused(hidden, more, data, error, match):
    with pytest.raises(error, match=match):
        classifier(hidden, **more).fit(data, Y)


def test_files_and_predictions_of_other_images(fitted, tmp_path):
    again = glassnet.load(fitted.save(tmp_path / "model.glassnet"))
    assert again.predict_proba(IMAGES).tobytes() == fitted.predict_proba(IMAGES).tobytes()
    assert again.hidden_layer_sizes == list(fitted.hidden_layer_sizes)
    assert again.input_shape_ == (8, 8, 1)
    with pytest.raises(ShapeError, match=r"the images in X have the shape \(4, 16\), but the network looks at"):
        fitted.predict(X.reshape(-1, 4, 16))
    dense = classifier([Dense(16, "tanh"), 8]).fit(X, Y)
    assert dense.score(X, Y) > 0.5
    assert dense.network_.layers[0].activation.name == "tanh"
    again = glassnet.load(dense.save(tmp_path / "dense.glassnet"))
    assert again.predict_proba(X).tobytes() == dense.predict_proba(X).tobytes()
    assert again.get_params()["hidden_layer_sizes"] == [Dense(16, "tanh"), 8]


def test_populations():
    given = {"hidden_layer_sizes": HIDDEN, "loss": "softmax_cross_entropy", "epochs": 8, "learning_rate": 0.01}
    flat = train_population(X, Y, input_shape=(8, 8), members=3, threads=2, **given)
    population = train_population(IMAGES, Y, members=3, threads=1, validation=(IMAGES[:50], Y[:50]), **given)
    assert population.weights[0].shape == (3, 8, 1, 3, 3)
    assert population.weights[2].tobytes() == flat.weights[2].tobytes()
    predictions = population.predict(IMAGES)
    assert predictions.tobytes() == flat.predict(X).tobytes()
    assert (predictions.argmax(axis=2) == Y).mean() > 0.9
    np.testing.assert_allclose(population.network(2).predict(X), predictions[2], atol=1e-5)
    with pytest.raises(ConfigurationError, match="looks at images"):
        train_population(X, Y, members=2, **given)
