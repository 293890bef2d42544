"""From the same weights and in the same order of rows, training gives scikit-learn's own loss curve and weights."""

import warnings

import numpy as np
import pytest
import sklearn.neural_network as theirs
from sklearn.datasets import load_diabetes, load_iris, make_multilabel_classification
from sklearn.preprocessing import scale

from glassnet import MLPClassifier, MLPRegressor

OURS = {"MLPClassifier": MLPClassifier, "MLPRegressor": MLPRegressor}


def _iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


def _diabetes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X)[:150], scale(y)[:150]


PROBLEMS = {
    "multiclass": ("MLPClassifier", _iris),
    "binary": ("MLPClassifier", lambda: (_iris()[0], np.where(_iris()[1] == 1, "yes", "no"))),
    "multilabel": ("MLPClassifier", lambda: make_multilabel_classification(n_samples=80, random_state=0)),
    "regression": ("MLPRegressor", _diabetes),
    "counts": ("MLPRegressor", lambda: (_iris()[0], _iris()[1].astype(float))),
}
SOLVERS = {
    "plain": {"solver": "sgd", "momentum": 0.0, "learning_rate_init": 0.05},
    "momentum": {"solver": "sgd", "nesterovs_momentum": False, "learning_rate_init": 0.005},
    "nesterov": {"solver": "sgd", "learning_rate_init": 0.005},
    "inverse scaling": {"solver": "sgd", "learning_rate": "invscaling", "power_t": 0.3, "learning_rate_init": 0.005},
    # scikit-learn adds epsilon before the bias correction, we after it as in the paper: equal when it is tiny
    "adam": {"solver": "adam", "learning_rate_init": 0.01, "epsilon": 1e-30},
    "lbfgs": {"solver": "lbfgs", "tol": 1e-9, "max_iter": 12},
}


def twins(name, X, y, sample_weight=None, **settings):
    """Ours and scikit-learn's estimator, fitted from the same weights."""
    pair = []
    for cls in (OURS[name], getattr(theirs, name)):
        model = cls(hidden_layer_sizes=(6, 4), shuffle=False, warm_start=True, random_state=0, max_iter=1)
        pair.append(model.set_params(**settings))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for model in pair:
            model.set_params(max_iter=1).fit(X, y)
        start = [w.copy() for w in pair[1].coefs_], [b.copy() for b in pair[1].intercepts_]
        for model in pair:
            model.coefs_, model.intercepts_ = ([part.copy() for part in parts] for parts in start)
            model.set_params(max_iter=settings.get("max_iter", 25))
            if hasattr(model, "loss_curve_"):
                model.loss_curve_, model.t_, model.best_loss_, model._no_improvement_count = [], 0, np.inf, 0
            model.fit(X, y, sample_weight)
    return pair


def assert_twins(ours, other, rtol):
    assert ours.n_iter_ == other.n_iter_
    for kind in ("coefs_", "intercepts_"):
        for mine, expected in zip(getattr(ours, kind), getattr(other, kind), strict=True):
            np.testing.assert_allclose(mine, expected, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(ours.loss_, other.loss_, rtol=rtol)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_same_curve_and_weights(problem, activation, solver):
    name, data = PROBLEMS[problem]
    settings = {
        "activation": activation,
        "batch_size": 32,
        "alpha": 0.01,
        "n_iter_no_change": np.inf,
        **SOLVERS[solver],
    }
    if problem == "counts":
        settings |= {"loss": "poisson"}
    ours, other = twins(name, *data(), **settings)
    assert_twins(ours, other, 1e-5 if solver == "lbfgs" else 1e-9)
    if solver != "lbfgs":
        np.testing.assert_allclose(ours.loss_curve_, other.loss_curve_, rtol=1e-9)
        assert len(ours.loss_curve_) == 25
        assert ours.t_ == other.t_


def test_same_curve_with_adam_as_it_comes():
    """With the default epsilon the two forms of Adam stay within a thousandth."""
    ours, other = twins("MLPClassifier", *_iris(), solver="adam", learning_rate_init=0.01, max_iter=60)
    np.testing.assert_allclose(ours.loss_curve_, other.loss_curve_, rtol=1e-3)


@pytest.mark.parametrize("solver", ["nesterov", "adam", "lbfgs"])
@pytest.mark.parametrize("problem", ["multiclass", "regression"])
def test_same_with_row_weights(problem, solver):
    name, data = PROBLEMS[problem]
    X, y = data()
    weights = np.random.default_rng(0).uniform(0.1, 3.0, len(y))
    ours, other = twins(name, X, y, weights, batch_size=40, **SOLVERS[solver])
    assert_twins(ours, other, 1e-5 if solver == "lbfgs" else 1e-9)


@pytest.mark.parametrize("learning_rate", ["constant", "adaptive"])
@pytest.mark.parametrize("patience", [1, 3, 7])
def test_same_epoch_ends_the_training(learning_rate, patience):
    """The rule that ends the training counts epochs exactly as scikit-learn's does."""
    ours, other = twins(
        "MLPClassifier", *_iris(), solver="sgd", learning_rate_init=0.3, tol=2e-3, max_iter=500,
        learning_rate=learning_rate, n_iter_no_change=patience,
    )  # fmt: skip
    assert ours.n_iter_ == other.n_iter_ < 500
    np.testing.assert_allclose(ours.best_loss_, other.best_loss_, rtol=1e-7)


def test_several_targets_report_the_sum_where_scikit_learn_reports_the_mean():
    """Same gradients, same weights; the reported squared error is the sum over targets here, the mean there."""
    X, y = _diabetes()
    ours, other = twins(
        "MLPRegressor", X, np.column_stack([y, -y, y**2]), solver="sgd", alpha=0.0, n_iter_no_change=np.inf
    )
    for mine, expected in zip(ours.coefs_, other.coefs_, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-9)
    np.testing.assert_allclose(np.array(ours.loss_curve_), 3 * np.array(other.loss_curve_), rtol=1e-9)


def test_validation_scores_are_the_scores_of_the_validation_rows():
    """The engine's accuracy and R2 agree with scikit-learn's metrics on the rows that were set aside."""
    from sklearn.metrics import accuracy_score, r2_score

    from glassnet.estimators.dropin.multilayer import Rows
    from glassnet.estimators.dropin.rows import set_aside

    for problem, metric in (("multiclass", accuracy_score), ("multilabel", accuracy_score), ("regression", r2_score)):
        name, data = PROBLEMS[problem]
        X, y = data()
        model = OURS[name](early_stopping=True, validation_fraction=0.3, max_iter=40, random_state=3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y)
        place = np.arange(len(X), dtype=float).reshape(-1, 1)
        targets = model._known_targets(np.asarray(y))
        aside = set_aside(model, Rows(place, targets, None))[1].X.ravel().astype(int)
        # the weights kept are those of the best epoch
        np.testing.assert_allclose(model.best_validation_score_, metric(y[aside], model.predict(X[aside])), rtol=1e-6)
        assert model.best_validation_score_ == max(model.validation_scores_)
