"""scikit-learn as an oracle: the same predictions and losses from the same weights, and gradients 0 at its optima."""

import numpy as np
import pytest
from sklearn.linear_model import HuberRegressor, Lasso, LogisticRegression, PoissonRegressor, QuantileRegressor, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor

from glassnet import Dense, Network

X = np.random.default_rng(0).normal(size=(80, 4))
WEIGHT = np.random.default_rng(1).uniform(0.2, 2.0, 80)


def rng():
    """The same random numbers for every test, in any order."""
    return np.random.default_rng(2)


def single(coefficients, intercept, **settings):
    """A network of one layer with an estimator's weights."""
    w = np.atleast_2d(coefficients).T
    return Network([Dense(*w.shape, weights=w, biases=np.atleast_1d(intercept))], **settings)


def largest(network, y, sample_weight=None):
    gradients = network.gradients(X, y, sample_weight)
    return max(np.abs(gradients.d_weights[0]).max(), np.abs(gradients.d_biases[0]).max())


def test_ridge():
    y = X @ [1.0, -2.0, 0.5, 0.0] + rng().normal(size=80)
    found = Ridge(alpha=3.0, tol=1e-12).fit(X, y, sample_weight=WEIGHT)
    assert largest(single(found.coef_, found.intercept_, reduction="sum", l2=3.0), y, WEIGHT) < 1e-8


def test_logistic_regression():
    y = (X @ [1.0, -2.0, 0.5, 0.0] + rng().normal(size=80) > 0).astype(float)
    found = LogisticRegression(C=0.5, tol=1e-10, max_iter=10000).fit(X, y, sample_weight=WEIGHT)
    network = single(found.coef_, found.intercept_, loss="logistic", reduction="sum", l2=0.5 / 0.5)
    assert largest(network, y, WEIGHT) < 1e-4
    np.testing.assert_allclose(network.predict(X).ravel(), found.predict_proba(X)[:, 1], rtol=1e-12)


def test_softmax_regression():
    labels = np.argmax(X[:, :3] + rng().normal(size=(80, 3)), axis=1)
    found = LogisticRegression(C=2.0, tol=1e-10, max_iter=10000).fit(X, labels)
    network = single(found.coef_, found.intercept_, loss="softmax_cross_entropy", reduction="sum", l2=0.25)
    assert largest(network, np.eye(3)[labels]) < 1e-4
    np.testing.assert_allclose(network.predict(X), found.predict_proba(X), rtol=1e-10)


def test_poisson_regression():
    y = rng().poisson(np.exp(0.3 * X[:, 0] + 0.1)).astype(float)
    found = PoissonRegressor(alpha=0.2, tol=1e-10, max_iter=10000).fit(X, y)
    network = single(found.coef_, found.intercept_, loss="poisson", reduction="mean", l2=0.1)
    assert largest(network, y) < 1e-5
    np.testing.assert_allclose(network.predict(X).ravel(), found.predict(X), rtol=1e-12)


def test_huber_regression():
    y = X @ [1.0, -2.0, 0.5, 0.0] + rng().standard_t(2, size=80)
    found = HuberRegressor(epsilon=1.35, alpha=0.0, tol=1e-10, max_iter=10000).fit(X, y)
    delta = float(1.35 * found.scale_)
    assert largest(single(found.coef_, found.intercept_, loss=f"huber(delta={delta!r})"), y) < 1e-4


def test_lasso_subgradient():
    y = X @ [1.0, -2.0, 0.0, 0.0] + 0.1 * rng().normal(size=80)
    found = Lasso(alpha=0.2, tol=1e-12, max_iter=100000).fit(X, y)
    network = single(found.coef_, found.intercept_, reduction="half-mean", l1=0.2)
    gradients = network.gradients(X, y)
    used = found.coef_ != 0
    assert np.abs(gradients.d_weights[0].ravel()[used]).max() < 1e-6
    assert (np.abs(gradients.data_d_weights[0].ravel()[~used]) <= 0.2).all()


def test_quantile_regression_is_a_minimum():
    y = X @ [1.0, -2.0, 0.5, 0.0] + rng().normal(size=80)
    found = QuantileRegressor(quantile=0.8, alpha=0.0).fit(X, y)
    network = single(found.coef_, found.intercept_, loss="quantile(level=0.8)")
    best = network.loss(X, y).total
    random = rng()
    for _ in range(50):
        moved = network.copy()
        moved.weights[0] = moved.weights[0] + 0.05 * random.normal(size=(4, 1))
        moved.biases[0] = moved.biases[0] + 0.05 * random.normal(size=1)
        assert moved.loss(X, y).total >= best - 1e-9


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_multilayer_perceptron_forward_and_full_batch_training(activation, task):
    """From scikit-learn's start: the same loss before and the same weights after each full-batch step."""
    labels = np.argmax(X[:, :3] + 0.5 * rng().normal(size=(80, 3)), axis=1)
    y = {"regression": X[:, 0] - X[:, 1], "binary": (labels > 0).astype(int), "multiclass": labels}[task]
    kind = MLPRegressor if task == "regression" else MLPClassifier
    theirs = kind(hidden_layer_sizes=(5, 3), activation=activation, solver="sgd", alpha=0.3, batch_size=80,
                  learning_rate_init=0.1, momentum=0.9,
                  nesterovs_momentum=True, max_iter=1, shuffle=False, random_state=0)  # fmt: skip
    theirs.partial_fit(X, y, **({} if task == "regression" else {"classes": np.unique(y)}))
    n_out = {"regression": 1, "binary": 1, "multiclass": 3}[task]
    sizes, names = [4, 5, 3, n_out], [activation, activation, "identity"]
    loss = {"regression": "squared_error", "binary": "logistic", "multiclass": "softmax_cross_entropy"}[task]
    ours = Network(
        [Dense(a, b, n, weights=w, biases=c) for a, b, n, w, c in
         zip(sizes, sizes[1:], names, theirs.coefs_, theirs.intercepts_, strict=False)],
        loss=loss, reduction="half-mean" if task == "regression" else "mean", l2=0.15, penalty_per_row=True,
    )  # fmt: skip
    targets = np.eye(3)[y] if task == "multiclass" else y.astype(float)
    np.testing.assert_allclose(
        ours.predict(X).squeeze(),
        theirs.predict(X) if task == "regression" else theirs.predict_proba(X)[:, 1] if task == "binary" else
        theirs.predict_proba(X), rtol=1e-10,
    )  # fmt: skip
    theirs._optimizer.velocities = [np.zeros_like(v) for v in theirs._optimizer.velocities]
    for _ in range(3):
        before = ours.step(X, targets, learning_rate=0.1, optimizer="nesterov")
        theirs.partial_fit(X, y)
        assert theirs.loss_ == pytest.approx(before.total, rel=1e-10)
        for w, c in zip(ours.weights, theirs.coefs_, strict=True):
            np.testing.assert_allclose(w, c, rtol=1e-9, atol=1e-12)
