"""The fast ways to predict give what the slow one gives, and notice whatever changed."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import scale

from glassnet import MLPClassifier, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SMALL = {"hidden_layer_sizes": (6, 4), "random_state": 0, "max_iter": 20}


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X), scale(y)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_clean_and_other_inputs_give_the_same_bits(diabetes, dtype):
    X, y = (part.astype(dtype) for part in diabetes)
    model = MLPRegressor(**SMALL).fit(X, y)
    expected = model.predict(X.tolist()) if dtype == "float64" else model.predict(np.asfortranarray(X))
    for same in (X, np.asfortranarray(X), X[::-1][::-1], np.vstack([X, X])[: len(X)]):
        np.testing.assert_array_equal(model.predict(same), expected)
    for row in range(3):
        np.testing.assert_array_equal(model.predict(X[row : row + 1]), expected[row : row + 1])


def test_weights_that_change_are_noticed(diabetes):
    X, y = diabetes
    model = MLPRegressor(**SMALL).fit(X, y)
    before = model.predict(X)
    model.coefs_[1][:] += 1e-9
    assert not np.array_equal(model.predict(X), before)
    model.coefs_[1][:] -= 1e-9
    model.intercepts_[-1] = model.intercepts_[-1] + 1.0
    np.testing.assert_allclose(model.predict(X), before + 1.0)
    model.coefs_[0][:, 1] = 0.0
    np.testing.assert_allclose(model.predict(X), model.network_.predict(X)[:, 0], rtol=1e-10)
    several = MLPRegressor(n_networks=2, **SMALL).fit(X, y)
    before = several.predict(X)
    several.intercepts_[-1][1] += 1.0
    np.testing.assert_allclose(several.predict(X), before + 0.5)


def test_what_is_wrong_with_an_array_is_still_said(diabetes):
    X, y = diabetes
    model = MLPRegressor(**SMALL).fit(X, y)
    bad = X[:2].copy()
    for value in (np.nan, np.inf):
        bad[1, 3] = value
        with pytest.raises(ValueError, match=r"NaN|infinity"):
            model.predict(bad)
    with pytest.raises(ValueError, match="9 features"):
        model.predict(X[:, :9])
    with pytest.raises(ValueError, match="Expected 2D"):
        model.predict(X[0])
    with pytest.raises(ValueError, match="minimum of 1"):
        model.predict(X[:0])
    assert np.isfinite(model.predict(np.full((1, 10), 1e200))).all()
    named = MLPRegressor(**SMALL).fit(pd.DataFrame(X, columns=list("abcdefghij")), y)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        named.predict(X)


def test_predicting_leaves_no_trace_and_pickles(diabetes):
    X, y = diabetes
    model = MLPRegressor(**SMALL).fit(X, y)
    fresh = pickle.dumps(model)
    model.predict(X)
    assert pickle.dumps(model) == fresh
    np.testing.assert_array_equal(pickle.loads(fresh).predict(X), model.predict(X))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n_networks", [1, 3])
@pytest.mark.parametrize("problem", ["number", "numbers", "rate", "two", "three", "labels", "hinge"])
def test_compiled_predictions_are_the_predictions(diabetes, dtype, n_networks, problem):
    X, y = diabetes
    X = X.astype(dtype)
    targets, settings = {
        "number": (y, {}), "numbers": (np.c_[y, -y], {}), "rate": (np.exp(y), {"loss": "poisson"}), "two": (y > 0, {}),
        "three": (np.digitize(y, [-0.5, 0.5]), {}), "labels": (np.c_[y > 0, y > 1].astype(int), {}),
        "hinge": (y > 0, {"loss": "hinge"}),
    }[problem]  # fmt: skip
    classes = problem in ("two", "three", "labels", "hinge")
    model = (MLPClassifier if classes else MLPRegressor)(n_networks=n_networks, **SMALL, **settings).fit(X, targets)
    if problem == "hinge":
        expected = model.decision_function(X)
    elif classes:
        expected = model.predict_proba(X)
        expected = expected[:, 1] if problem == "two" else expected
    else:
        expected = model.predict(X)
    fast = model.compile_predict()
    tolerance = 1e-6 if dtype == "float32" else 1e-13
    np.testing.assert_allclose(fast(X), expected, rtol=tolerance, atol=tolerance)
    for row in (0, 5):
        np.testing.assert_allclose(fast(X[row]), expected[row], rtol=tolerance, atol=tolerance)
        assert np.ndim(fast(X[row])) == expected.ndim - 1


def test_compiled_predictions_keep_the_weights_of_their_making_and_refuse_what_does_not_fit(diabetes):
    X, y = diabetes
    model = MLPRegressor(**SMALL).fit(X, y)
    fast = model.compile_predict()
    before = fast(X)
    model.coefs_[0][:] = 0.0
    np.testing.assert_array_equal(fast(X), before)
    for wrong in (X[:, :4].copy(), X[0, :4].copy()):
        with pytest.raises(ValueError, match="do"):
            fast(wrong)
    for wrong in (X.astype("float32"), [1.0] * 10, X[:, ::-1]):
        with pytest.raises(TypeError):
            fast(wrong)


def test_iris_rows_one_by_one():
    X, y = load_iris(return_X_y=True)
    model = MLPClassifier(solver="lbfgs", hidden_layer_sizes=5, random_state=0).fit(X, y)
    one_by_one = np.concatenate([model.predict(X[i : i + 1]) for i in range(len(X))])
    np.testing.assert_array_equal(one_by_one, model.predict(X))
