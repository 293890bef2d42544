"""What the drop-in estimators do beyond scikit-learn's own tests."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, make_multilabel_classification
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import scale

from glassnet import MLPClassifier, MLPRegressor, Network, losses
from glassnet.errors import ConfigurationError, ShapeError, TrainingDiverged

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.fixture(scope="module")
def iris():
    X, y = load_iris(return_X_y=True)
    return scale(X), y


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return scale(X), scale(y)


def small(Estimator, **settings):
    return Estimator(
        **{"hidden_layer_sizes": (6, 4), "random_state": 0, "max_iter": 60, "learning_rate_init": 0.01} | settings
    )


@pytest.mark.parametrize("loss", [name for name in losses if losses[name].task == "regression"])
@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_every_regression_loss_trains(diabetes, loss, solver):
    X, y = diabetes
    y = np.exp(0.3 * y)  # positive, as the gamma loss asks
    model = small(MLPRegressor, loss=loss, solver=solver, max_iter=400, tol=1e-6)
    assert model.fit(X, y).score(X, y) > 0.35
    assert model.out_activation_ == losses[loss].link


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge", "logistic"])
def test_losses_for_classes_one_against_the_rest(iris, loss):
    X, y = iris
    model = small(MLPClassifier, loss=loss, max_iter=200).fit(X, y)
    assert model.score(X, y) > 0.9
    two = small(MLPClassifier, loss=loss, max_iter=200).fit(X, y == 0)
    assert two.score(X, y == 0) > 0.95
    assert hasattr(model, "predict_proba") == (loss == "logistic")
    if loss == "logistic":
        np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)


def test_wrong_losses_are_refused(iris):
    X, y = iris
    with pytest.raises(ConfigurationError, match="is for numbers"):
        MLPClassifier(loss="huber").fit(X, y)
    with pytest.raises(ConfigurationError, match="is for classes"):
        MLPRegressor(loss="hinge").fit(X, y)
    with pytest.raises(ConfigurationError, match="at least 3 classes"):
        MLPClassifier(loss="softmax_cross_entropy").fit(X, y == 1)
    with pytest.raises(ConfigurationError, match=r"needs targets in \(0, inf\), but y\[0, 0\] is 0"):
        MLPRegressor(loss="gamma").fit(X, y)


def test_probabilities_decisions_and_labels_agree(iris):
    X, y = iris
    names = np.array(["sétosa", "versicolor", "虹"], dtype=object)[y]
    model = small(MLPClassifier).fit(X, names)
    assert list(model.classes_) == sorted(set(names))
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.predict_proba(X).argmax(axis=1)])
    np.testing.assert_array_equal(model.predict(X), model.classes_[model.decision_function(X).argmax(axis=1)])
    two = small(MLPClassifier).fit(X, names == "虹")
    raw = two.decision_function(X)
    np.testing.assert_allclose(two.predict_proba(X)[:, 1], 1 / (1 + np.exp(-raw)), rtol=1e-12)
    np.testing.assert_array_equal(two.predict(X), raw > 0)


def test_several_labels_per_row():
    X, y = make_multilabel_classification(n_samples=100, random_state=0)
    model = small(MLPClassifier, hidden_layer_sizes=30, solver="lbfgs", max_iter=300).fit(X, y)
    assert model.predict(X).shape == y.shape
    assert model.score(X, y) > 0.9
    np.testing.assert_array_equal(model.predict(X), model.predict_proba(X) > 0.5)


def test_class_weight_equals_row_weights(iris):
    X, y = iris
    factors = {0: 1.0, 1: 3.0, 2: 0.5}
    by_class = small(MLPClassifier, class_weight=factors).fit(X, y)
    by_row = small(MLPClassifier).fit(X, y, sample_weight=[factors[label] for label in y])
    for mine, other in zip(by_class.coefs_, by_row.coefs_, strict=True):
        np.testing.assert_array_equal(mine, other)
    with pytest.raises(ConfigurationError, match="partial_fit sees a part"):
        MLPClassifier(class_weight="balanced").partial_fit(X, y, classes=[0, 1, 2])


def test_l1_makes_weights_smaller(diabetes):
    X, y = diabetes
    sizes = [
        sum(np.abs(w).sum() for w in small(MLPRegressor, l1=l1, solver="lbfgs").fit(X, y).coefs_) for l1 in (0.0, 5.0)
    ]
    assert sizes[1] < 0.5 * sizes[0]


def test_no_hidden_layer_is_a_linear_model(diabetes):
    from sklearn.linear_model import LinearRegression

    X, y = diabetes
    model = MLPRegressor(hidden_layer_sizes=(), alpha=0.0, solver="lbfgs", tol=1e-10, max_iter=2000, random_state=0)
    # The search ends when a step changes the loss by less than about 1e-9 of it, here 1e-4 of a weight.
    np.testing.assert_allclose(model.fit(X, y).coefs_[0].ravel(), LinearRegression().fit(X, y).coef_, atol=2e-3)


@pytest.mark.parametrize(("Estimator", "settings"), [
    (MLPClassifier, {}), (MLPRegressor, {}), (MLPRegressor, {"loss": "poisson"}),
    (MLPRegressor, {"solver": "lbfgs", "activation": ["tanh", "mish"], "l1": 0.1}),
])  # fmt: skip
def test_network_and_hidden_activations_read_the_same_numbers(iris, Estimator, settings):
    X, y = iris
    model = small(Estimator, **settings).fit(X, y)
    network = model.network_
    assert isinstance(network, Network)
    output = model.predict_proba(X) if Estimator is MLPClassifier else model.predict(X).reshape(-1, 1)
    np.testing.assert_allclose(network.predict(X), output, rtol=1e-9)
    hidden = model.hidden_activations(X)
    assert [h.shape for h in hidden] == [(150, 6), (150, 4)]
    np.testing.assert_allclose(hidden[1] @ model.coefs_[2] + model.intercepts_[2], network.forward(X).raw_prediction)


def test_network_loss_is_the_reported_loss(iris):
    """L-BFGS reports the objective at its end, so the readable network must give the very same number."""
    X, y = iris
    model = small(MLPClassifier, solver="lbfgs", alpha=0.5, l1=0.1).fit(X, y)
    assert model.network_.loss(X, np.eye(3)[y]).total == pytest.approx(model.loss_, rel=1e-10)


def test_trace_of_some_rows(iris):
    X, y = iris
    model = small(MLPClassifier).fit(X, y)
    trace = model.trace(X, y, rows=[3, 77], learning_rate=0.5)
    np.testing.assert_allclose(trace.loss.prediction, model.predict_proba(X)[[3, 77]], rtol=1e-9)
    assert trace.update.learning_rate == 0.5
    assert model.trace(X, y, rows=5).X.shape == (1, 4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_dtype_parameter_overrides_that_of_the_inputs(iris, dtype):
    X, y = iris
    model = small(MLPClassifier, dtype=dtype).fit(X.astype("float64" if dtype == "float32" else "float32"), y)
    assert {w.dtype for w in model.coefs_} == {np.dtype(dtype)}
    assert model.predict_proba(X).dtype == dtype


@pytest.mark.parametrize("Estimator", [MLPClassifier, MLPRegressor])
@pytest.mark.parametrize("solver", ["adam", "sgd", "lbfgs"])
def test_same_bits_for_repeats_and_threads(iris, Estimator, solver):
    X, y = iris
    fits = [small(Estimator, solver=solver, n_jobs=n, batch_size=32).fit(X, y) for n in (1, 1, 2, 3)]
    for other in fits[1:]:
        for kind in ("coefs_", "intercepts_"):
            assert all(np.array_equal(a, b) for a, b in zip(getattr(fits[0], kind), getattr(other, kind), strict=True))
        assert other.loss_ == fits[0].loss_


def test_partial_fit_repeats_fit_epoch_by_epoch(diabetes):
    """The same epochs in one call or many: the loss curves agree to rounding."""
    X, y = diabetes
    for settings in ({"solver": "adam"}, {"solver": "sgd", "learning_rate": "invscaling"}):
        whole = small(MLPRegressor, max_iter=12, batch_size=50, n_iter_no_change=50, **settings).fit(X, y)
        parts = small(MLPRegressor, batch_size=50, **settings)
        for _ in range(12):
            parts.partial_fit(X, y)
        np.testing.assert_allclose(parts.loss_curve_, whole.loss_curve_, rtol=1e-9)
        assert parts.t_ == whole.t_


def test_diverged_training_is_loud_and_keeps_the_last_good_weights(diabetes):
    X, y = diabetes
    for early in (False, True):
        model = small(
            MLPRegressor, activation="identity", solver="sgd", learning_rate_init=50.0, early_stopping=early, alpha=0.0
        )
        with pytest.raises(TrainingDiverged, match="non-finite") as caught:
            model.fit(X, y)
        for words in ("of layer", "in step", "learning_rate=50", "the largest input was"):
            assert words in str(caught.value)
        (report,) = caught.value.divergence
        assert report.learning_rate == 50.0
        assert report.largest_input == pytest.approx(np.abs(X).max(), rel=0.5)
        assert isinstance(caught.value, ValueError)
        assert all(np.isfinite(w).all() for w in (*model.coefs_, *model.intercepts_))
        assert np.isfinite(model.predict(X)).all()


def test_diverged_partial_fit_keeps_the_weights_from_before(diabetes):
    X, y = diabetes
    model = small(MLPRegressor).fit(X, y)
    before = [w.copy() for w in model.coefs_]
    with pytest.raises(
        TrainingDiverged,
        match=r"partial_fit: the .* step 1 of this call at learning_rate=0\.01; the largest input was 1e\+308\. .*kept",
    ):
        model.partial_fit(np.full((2, X.shape[1]), 1e308), [1.0, 2.0])
    assert all(np.array_equal(a, b) for a, b in zip(before, model.coefs_, strict=True))


def test_interrupted_training_keeps_what_it_has(iris, monkeypatch):
    from glassnet.engine import Training

    X, y = iris
    slices = []
    advance = Training.advance

    def interrupted(self, *args, **kwargs):
        slices.append(1)
        if len(slices) == 3:
            raise KeyboardInterrupt
        return advance(self, 0.001)

    monkeypatch.setattr(Training, "advance", interrupted)
    model = small(MLPClassifier, max_iter=1_000_000, n_iter_no_change=np.inf)
    with pytest.warns(UserWarning, match="Training interrupted by user"):
        model.fit(X, y)
    assert 0 < model.n_iter_ < 1_000_000
    assert model.predict(X).shape == (150,)


def test_verbose_prints_every_epoch(iris, capsys):
    X, y = iris
    model = small(MLPClassifier, verbose=True, early_stopping=True, max_iter=500).fit(X, y)
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("Iteration")] == [
        f"Iteration {i + 1}, loss = {loss:.8f}" for i, loss in enumerate(model.loss_curve_)
    ]
    assert sum(line.startswith("Validation score: ") for line in lines) == model.n_iter_
    assert lines[-1].startswith("Validation score did not improve more than tol=0.000100 for 10 consecutive epochs.")
    small(MLPClassifier, verbose=True, solver="lbfgs").fit(X, y)
    assert "Iteration 1, loss = " in capsys.readouterr().out


def test_warm_start_goes_on_and_refuses_other_layers(iris):
    X, y = iris
    model = small(MLPClassifier, warm_start=True, max_iter=5, n_iter_no_change=100).fit(X, y)
    first = model.loss_
    model.fit(X, y)
    assert len(model.loss_curve_) == 10
    assert model.loss_ < first
    with pytest.raises(ShapeError, match="Set warm_start=False"):
        model.set_params(hidden_layer_sizes=7).fit(X, y)


def test_bad_inputs_say_what_is_wrong(iris):
    X, y = iris
    bad = X.copy()
    for value, words in ((np.nan, "NaN"), (np.inf, "infinity")):
        bad[3, 1] = value
        with pytest.raises(ValueError, match=words):
            MLPClassifier().fit(bad, y)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        MLPClassifier().fit(X, y[:-1])
    with pytest.raises(ValueError, match="Expected 2D array"):
        MLPClassifier().fit(X[:, 0], y)
    with pytest.raises(ValueError, match="Sample weights must contain at least one non-zero number"):
        MLPClassifier().fit(X, y, sample_weight=np.zeros(150))
    with pytest.raises(ValueError, match="The row weights sum to -150; their sum must be positive"):
        MLPClassifier().fit(X, y, sample_weight=-np.ones(150))
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(X)
    model = MLPClassifier(max_iter=1).fit(X, y)
    with pytest.raises(ValueError, match="X has 3 features, but MLPClassifier is expecting 4"):
        model.predict(X[:, :3])
    with pytest.raises(ValueError, match="classes not in"):
        model.partial_fit(X[:1], [7])


def test_one_row_constant_columns_and_one_class(iris):
    X, y = iris
    one = MLPRegressor(max_iter=3).fit([[1.0, 2.0]], [3.0])
    assert one.predict([[1.0, 2.0]]).shape == (1,)
    constant = np.hstack([X, np.full((150, 2), 5.0)])
    assert small(MLPClassifier, solver="lbfgs").fit(constant, y).score(constant, y) > 0.9
    same = MLPClassifier(max_iter=3).fit(X, np.zeros(150))
    np.testing.assert_array_equal(same.predict(X), np.zeros(150))


def test_breast_cancer_trains_within_a_second():
    import time

    X, y = load_breast_cancer(return_X_y=True)
    X = scale(X).astype(np.float32)
    model = MLPClassifier(random_state=0)
    started = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, y)
    assert time.process_time() - started < 1.0
    assert model.score(X, y) > 0.98


@pytest.mark.parametrize("settings", [{}, {"solver": "lbfgs"}, {"batch_size": 1000}, {"early_stopping": True}])
def test_warnings_point_at_the_callers_line(iris, settings):
    X, y = iris
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        MLPClassifier(max_iter=2, random_state=0, **settings).fit(X, y)
    assert caught
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.parametrize("schedule", ["constant", "invscaling"])
def test_fits_with_warm_start_go_on_with_the_schedule(schedule):
    """Two fits of a few epochs and one of as many take the same steps; without momentum, for that starts anew."""
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(30, 2)), rng.normal(size=30)
    settings = {
        "hidden_layer_sizes": (5,), "solver": "sgd", "momentum": 0.0, "learning_rate": schedule, "random_state": 1,
        "batch_size": 30, "learning_rate_init": 0.1, "n_iter_no_change": 100, "tol": 0.0, "dtype": "float64",
    }  # fmt: skip
    whole = MLPRegressor(max_iter=9, **settings).fit(X, y)
    parts = MLPRegressor(max_iter=4, warm_start=True, **settings).fit(X, y).set_params(max_iter=5).fit(X, y)
    assert parts.learning_rate_ == whole.learning_rate_
    assert whole.learning_rate_ == pytest.approx(0.1 * (1.0 if schedule == "constant" else (8 * 30 + 1) ** -0.5))
    assert parts.loss_curve_ == whole.loss_curve_
    assert all(one.tobytes() == two.tobytes() for one, two in zip(parts.coefs_, whole.coefs_, strict=True))
