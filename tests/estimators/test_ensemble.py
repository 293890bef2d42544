"""Several networks in one drop-in estimator: what each is, and how they are averaged."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.preprocessing import scale

import glassnet
from glassnet import MLPClassifier, MLPRegressor
from glassnet.errors import ShapeError, TrainingDiverged
from glassnet.estimators.networks.members import average_raw
from glassnet.formulas.loss import links

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SMALL = {"hidden_layer_sizes": (5, 4), "random_state": 3, "max_iter": 30, "learning_rate_init": 0.01}


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


@given(
    link=st.sampled_from(["identity", "logistic", "softmax", "exp"]),
    raw=arrays(np.float64, (3, 4, 2), elements=st.floats(-30, 30)),
)
def test_the_average_is_that_of_the_predictions(link, raw):
    average = links[link].apply(average_raw(raw, link))
    np.testing.assert_allclose(average, np.mean([links[link].apply(one) for one in raw], axis=0), rtol=1e-7, atol=1e-13)


def test_the_average_survives_raw_predictions_whose_probabilities_round_to_one():
    raw = np.array([[[700.0]], [[710.0]]])
    mean = average_raw(raw, "logistic")[0, 0]
    with mpmath.workdps(700):
        no = sum(1 / (1 + mpmath.exp(f)) for f in (700, 710)) / 2
        assert mean == pytest.approx(float(mpmath.log((1 - no) / no)), rel=1e-12)
    assert np.isfinite(average_raw(-raw, "logistic")).all()
    assert average_raw(np.array([[[1000.0, 0.0]], [[1000.0, 0.0]]]), "softmax")[0, 1] == -1000.0


@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_the_first_network_is_the_one_that_trains_alone(iris, solver):
    X, y = iris
    alone = MLPClassifier(solver=solver, **SMALL).fit(X, y)
    several = MLPClassifier(solver=solver, n_networks=3, **SMALL).fit(X, y)
    assert [w.shape for w in several.coefs_] == [(3, *w.shape) for w in alone.coefs_]
    for one, many in zip((*alone.coefs_, *alone.intercepts_), (*several.coefs_, *several.intercepts_), strict=True):
        np.testing.assert_array_equal(one, many[0])
        assert not np.array_equal(one, many[1])
    chance = np.mean([network.predict(X) for network in several.networks_], axis=0)
    np.testing.assert_allclose(several.predict_proba(X), chance, atol=1e-12)
    np.testing.assert_array_equal(several.predict(X), several.classes_[chance.argmax(axis=1)])
    assert len(several.hidden_activations(X, network=2)) == 2
    with pytest.raises(AttributeError, match=r"averages 3 networks.*networks_\[0\]"):
        several.network_  # noqa: B018


def test_several_networks_go_through_partial_fit_and_warm_start(iris):
    X, y = iris
    model = MLPClassifier(n_networks=2, batch_size=40, **SMALL)
    for _ in range(3):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert [len(curve) for curve in model.loss_curve_] == [3, 3]
    alone = MLPClassifier(batch_size=40, **SMALL)
    for _ in range(3):
        alone.partial_fit(X, y, classes=[0, 1, 2])
    np.testing.assert_array_equal(alone.coefs_[0], model.coefs_[0][0])
    model.set_params(warm_start=True).fit(X, y)
    assert [len(curve) for curve in model.loss_curve_] == [33, 33]
    with pytest.raises(ShapeError, match="2 networks"):
        model.set_params(n_networks=4).fit(X, y)


def test_an_average_is_better_than_its_networks_are_on_average():
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    model = MLPRegressor(hidden_layer_sizes=24, n_networks=12, random_state=0, learning_rate_init=0.01).fit(
        X[::2], y[::2]
    )
    errors = [np.mean((network.predict(X[1::2])[:, 0] - y[1::2]) ** 2) for network in model.networks_]
    assert np.mean((model.predict(X[1::2]) - y[1::2]) ** 2) < np.mean(errors)
    np.testing.assert_allclose(
        model.predict(X), np.mean([n.predict(X)[:, 0] for n in model.networks_], axis=0), rtol=1e-9
    )


def test_several_labels_per_row_and_positive_numbers(iris):
    X, y = make_multilabel_classification(n_samples=80, random_state=0)
    model = MLPClassifier(n_networks=2, **SMALL).fit(X, y)
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) > 0.5)
    X, y = iris
    rate = MLPRegressor(n_networks=2, loss="poisson", **SMALL).fit(X, y)
    np.testing.assert_allclose(rate.predict(X), np.mean([n.predict(X)[:, 0] for n in rate.networks_], axis=0))


def test_several_networks_travel_in_a_file(iris, tmp_path):
    X, y = iris
    model = MLPClassifier(n_networks=3, **SMALL).fit(X, y)
    again = glassnet.load(model.save(tmp_path / "three.glassnet"))
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.loss_curve_ == model.loss_curve_
    assert again.save(tmp_path / "again").read_bytes() == (tmp_path / "three.glassnet").read_bytes()


def test_a_diverging_network_is_named_and_the_others_are_kept():
    X, y = load_diabetes(return_X_y=True)
    model = MLPRegressor(
        hidden_layer_sizes=8,
        activation="identity",
        solver="sgd",
        learning_rate_init=50.0,
        n_networks=3,
        random_state=0,
        alpha=0.0,
    )
    with pytest.raises(TrainingDiverged, match=r"Member 0: .* So did 2 more of 3 networks") as caught:
        model.fit(scale(X), y)
    first = caught.value.divergence[0]
    assert (first.learning_rate, first.step) == (50.0, pytest.approx(first.step))
    assert first.largest_input > 0
    assert all(np.isfinite(w).all() for w in model.coefs_)
    assert model.stop_reason_ == "diverged"
