"""What decides about the end of a training and the weights that are kept: callbacks, monitors, validation rows."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.preprocessing import scale

from glassnet import Dense, MLPClassifier, MLPRegressor, Network, initializers
from glassnet.errors import ConfigurationError, ShapeError, TrainingDiverged

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SMALL = {"hidden_layer_sizes": 6, "random_state": 0, "max_iter": 60, "learning_rate_init": 0.01}


@pytest.fixture(scope="module")
def halves():
    X, y = load_iris(return_X_y=True)
    X = scale(X)
    return X[::2], y[::2], X[1::2], y[1::2]


def same_weights(a, b):
    return all(
        np.array_equal(x, y) for x, y in zip((*a.coefs_, *a.intercepts_), (*b.coefs_, *b.intercepts_), strict=True)
    )


@pytest.mark.parametrize("solver", ["adam", "lbfgs"])
def test_callbacks_hear_of_each_epoch_and_may_stop(halves, solver):
    X, y, *_ = halves
    first, second = [], []

    def stop_after_seven(progress):
        first.append(progress)
        return progress.epoch < 7

    model = MLPClassifier(solver=solver, callbacks=[stop_after_seven, second.append], **SMALL).fit(X, y)
    assert [p.epoch for p in first] == [p.epoch for p in second] == [1, 2, 3, 4, 5, 6, 7]
    assert model.stop_reason_ == "callback"
    assert model.n_iter_ == 7
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        planned = MLPClassifier(solver=solver, **SMALL | {"max_iter": 7}).fit(X, y)
    assert same_weights(model, planned)
    if solver == "adam":
        assert [p.training_loss for p in first] == model.loss_curve_


def test_watching_changes_no_bit(halves):
    X, y, *_ = halves
    assert same_weights(MLPClassifier(**SMALL).fit(X, y), MLPClassifier(callbacks=print_nothing, **SMALL).fit(X, y))


def print_nothing(progress):
    """A callback that says nothing and returns None, which does not stop."""


def test_an_error_in_a_callback_leaves_the_weights_so_far(halves):
    X, y, *_ = halves

    def fail(progress):
        if progress.epoch == 5:
            raise RuntimeError("no disk")

    model = MLPClassifier(callbacks=fail, **SMALL)
    with pytest.raises(RuntimeError, match="no disk"):
        model.fit(X, y)
    assert len(model.loss_curve_) == 5
    assert model.predict(X).shape == y.shape


@pytest.mark.parametrize("monitor", ["auto", "validation_score", "validation_loss"])
def test_given_validation_rows_choose_the_epoch(halves, monitor):
    X, y, X_held, y_held = halves
    model = MLPClassifier(monitor=monitor, **SMALL | {"max_iter": 300}).fit(X, y, validation_data=(X_held, y_held))
    if monitor == "validation_loss":
        curve = model.validation_loss_curve_
        assert model.validation_scores_ is None
        losses = model.network_.loss(X_held, np.eye(3)[y_held])
        assert losses.data == pytest.approx(min(curve), rel=1e-9)
    else:
        curve = model.validation_scores_
        assert model.score(X_held, y_held) == max(curve) == model.best_validation_score_
    assert len(curve) == len(model.loss_curve_) == model.n_iter_
    assert model.best_loss_ is None


def test_validation_weights_count_rows(halves):
    X, y, X_held, y_held = halves
    weights = np.where(y_held == 2, 0.0, 1.0)
    model = MLPClassifier(**SMALL).fit(X, y, validation_data=(X_held, y_held, weights))
    assert model.score(X_held, y_held, sample_weight=weights) == pytest.approx(model.best_validation_score_)


def test_the_best_epoch_by_training_loss_is_restored_without_losing_rows():
    X, y = load_diabetes(return_X_y=True)
    X, y = scale(X), scale(y)
    settings = {"solver": "sgd", "learning_rate_init": 0.1, "batch_size": 20, "n_iter_no_change": 100}
    seen = []
    best = MLPRegressor(restore_best=True, callbacks=seen.append, **SMALL | settings).fit(X, y)
    assert best.t_ == len(X) * best.n_iter_
    chosen = int(np.argmin(best.loss_curve_)) + 1
    assert seen[-1].best_epoch == chosen < best.n_iter_
    planned = MLPRegressor(**SMALL | settings | {"max_iter": chosen}).fit(X, y)
    assert same_weights(best, planned)
    last = MLPRegressor(**SMALL | settings).fit(X, y)
    assert not same_weights(best, last)


def test_wrong_validation_data_is_refused(halves):
    X, y, X_held, y_held = halves
    for given, error, words in (
        (X_held, ConfigurationError, "must be \\(X, y\\)"),
        ((X_held[:, :2], y_held), ValueError, "2 features"),
        ((X_held, y_held + 5), ValueError, "classes not in"),
        ((X_held, y_held[:-1]), ValueError, "inconsistent numbers of samples"),
        ((np.full_like(X_held, np.nan), y_held), ValueError, "NaN"),
    ):
        with pytest.raises(error, match=words):
            MLPClassifier(**SMALL).fit(X, y, validation_data=given)
    with pytest.raises(ShapeError, match="2 targets per row"):
        MLPRegressor(**SMALL).fit(X, y, validation_data=(X_held, np.c_[y_held, y_held]))
    with pytest.raises(ConfigurationError, match="needs validation rows"):
        MLPClassifier(monitor="validation_loss", **SMALL).fit(X, y)
    with pytest.raises(ConfigurationError, match="lbfgs"):
        MLPClassifier(solver="lbfgs", **SMALL).fit(X, y, validation_data=(X_held, y_held))


def test_label_smoothing_is_training_on_smoothed_targets(halves):
    X, y, X_held, y_held = halves
    model = MLPClassifier(solver="lbfgs", label_smoothing=0.2, **SMALL | {"max_iter": 3000}).fit(X, y)
    assert model.network_.loss(X, np.eye(3)[y]).total == pytest.approx(model.loss_, rel=1e-10)
    smooth = np.eye(3)[y] * 0.8 + 0.2 / 3
    assert -(smooth * model.predict_log_proba(X)).sum(axis=1).mean() == pytest.approx(model.loss_, rel=1e-2)
    plain = MLPClassifier(solver="lbfgs", **SMALL | {"max_iter": 3000}).fit(X, y)
    assert model.predict_proba(X).max() < 0.95 < plain.predict_proba(X).max()
    two = MLPClassifier(label_smoothing=0.3, **SMALL | {"max_iter": 500}).fit(X, y == 0)
    assert 0.8 < two.predict_proba(X).max() < 0.9
    # validation rows are judged by their own labels
    judged = MLPClassifier(label_smoothing=0.2, **SMALL).fit(X, y, validation_data=(X_held, y_held))
    assert judged.score(X_held, y_held) == judged.best_validation_score_
    with pytest.raises(ConfigurationError, match=r"label_smoothing=0.1 has no meaning for the loss 'hinge'"):
        MLPClassifier(loss="hinge", label_smoothing=0.1, **SMALL).fit(X, y)


def test_a_diverging_search_keeps_the_last_good_weights():
    X = np.array([[1e300], [-1e300], [1.0]])
    model = MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", random_state=0)
    with pytest.raises(TrainingDiverged, match=r"L-BFGS: .* step 1 .*largest input was 1e\+300"):
        model.fit(X, [1.0, 2.0, 3.0])
    assert np.isfinite(model.coefs_[0]).all()


def test_interrupting_the_search_keeps_the_point_it_reached(halves):
    X, y, *_ = halves

    def interrupt(progress):
        if progress.epoch == 6:
            raise KeyboardInterrupt

    with pytest.warns(UserWarning, match="interrupted"):
        model = MLPClassifier(solver="lbfgs", callbacks=interrupt, **SMALL).fit(X, y)
    planned = MLPClassifier(solver="lbfgs", **SMALL | {"max_iter": 6}).fit(X, y)
    assert same_weights(model, planned)
    assert model.stop_reason_ == "interrupted"


@pytest.mark.parametrize("settings", [{"dropout": 0.3}, {"dropout": (0.2, 0.5)}, {"clip_norm": 0.05}])
def test_dropout_and_clipping_train_as_the_readable_network_does(halves, settings):
    X, y, *_ = halves
    given = {**SMALL, "max_iter": 3, "batch_size": 20, "alpha": 0.01, "solver": "gradient_descent", **settings}
    model = MLPClassifier(**given).fit(X, y)
    plain = MLPClassifier(**given | {"dropout": 0.0, "clip_norm": None}).fit(X, y)
    assert not same_weights(model, plain)
    drawn = [initializers["glorot"].draw(*w.shape, seed=0, layer=k) for k, w in enumerate(model.coefs_)]
    network = Network(
        [Dense(*w.shape, a, weights=w, biases=b) for (w, b), a in zip(drawn, ("relu", "identity"), strict=True)],
        loss="softmax_cross_entropy", l2=0.005, penalty_per_row=True, dropout=model.network_.dropout, seed=0,
    )  # fmt: skip
    network.fit(
        X, np.eye(3)[y], epochs=3, batch_size=20, learning_rate=0.01, optimizer="gradient_descent",
        clip_norm=settings.get("clip_norm"),
    )  # fmt: skip
    for mine, expected in zip(model.coefs_, network.weights, strict=True):
        np.testing.assert_allclose(mine, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("settings", [{"dropout": 0.3}, {"clip_norm": 0.05}])
def test_dropout_and_clipping_in_partial_fit(halves, settings):
    X, y, *_ = halves
    whole = MLPRegressor(batch_size=25, **SMALL | {"max_iter": 4} | settings).fit(X, y)
    parts = MLPRegressor(batch_size=25, **SMALL | settings)
    for _ in range(4):
        parts.partial_fit(X, y)
    np.testing.assert_allclose(parts.coefs_[0], whole.coefs_[0], rtol=1e-8)
    np.testing.assert_allclose(parts.loss_curve_, whole.loss_curve_, rtol=1e-9)


def test_the_search_refuses_dropout_and_clipping(halves):
    X, y, *_ = halves
    for settings in ({"dropout": 0.1}, {"clip_norm": 1.0}):
        with pytest.raises(ConfigurationError, match="no meaning for solver='lbfgs'"):
            MLPRegressor(solver="lbfgs", **settings).fit(X, y)
