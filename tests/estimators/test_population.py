"""Populations through the public door: bootstraps, folds, grids, and what can be wrong."""

import _thread
import builtins
import threading

import numpy as np
import pytest

from glassnet import bootstrap_rows, fold_rows, grid, train_population
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.estimators.networks.progress_bar import progress_bar


def regression(n=60):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    return X, np.sin(X[:, 0]) + 0.5 * X[:, 1]


def test_bootstraps_differ_and_predict_what_they_left_out():
    X, y = regression(200)
    rows = bootstrap_rows(200, 50, seed=3)
    trained = train_population(
        X, y, hidden_layer_sizes=[8], activation="tanh", rows=rows, learning_rate=0.02, epochs=60
    )
    assert trained.predict(X).shape == (50, 200, 1)
    left_out = trained.left_out()
    for member in (0, 49):
        assert set(np.flatnonzero(~left_out[member])) == set(rows[member])
    estimate = trained.predict_left_out(X)[:, 0]
    by_hand = [trained.predict(X)[left_out[:, r], r, 0].mean() for r in range(5)]
    np.testing.assert_allclose(estimate[:5], by_hand)
    seen = trained.predict(X)[:, :, 0].mean(axis=0)
    assert ((y - seen) ** 2).mean() < ((y - estimate) ** 2).mean() < 0.1 * y.var()


def test_one_member_alone_has_the_same_bits():
    X, y = regression()
    rows = bootstrap_rows(60, 20)
    settings = {"hidden_layer_sizes": [5], "epochs": 5, "dropout": 0.2}
    together = train_population(X, y, rows=rows, **settings)
    alone = train_population(X, y, members=[7], rows=rows[7:8], **settings)
    assert alone.weights[0].tobytes() == together.weights[0][7:8].tobytes()


def test_folds_cover_every_row_once_and_keep_the_classes():
    classes = np.repeat([0, 1], [70, 33])
    rows = fold_rows(103, 10, classes=classes, seed=5)
    held = [np.setdiff1d(np.arange(103), r) for r in rows]
    assert sorted(np.concatenate(held)) == list(range(103))
    assert {len(fold) for fold in held} == {10, 11}
    assert {int(classes[fold].sum()) for fold in held} <= {3, 4}


def test_cross_validation_of_labels():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(150, 2))
    labels = np.array(["low", "mid", "high"])[np.digitize(X[:, 0], [-0.5, 0.5])]
    trained = train_population(
        X, labels, loss="softmax_cross_entropy", rows=fold_rows(150, 10, classes=labels), learning_rate=0.02, epochs=40
    )
    assert trained.classes.tolist() == ["high", "low", "mid"]
    shares = trained.predict_left_out(X)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)
    assert (trained.classes[shares.argmax(axis=1)] == labels).mean() > 0.85


def test_a_grid_with_validation_rows():
    X, y = regression(120)
    settings = grid(learning_rate=[1e-4, 0.02], l2=[0.0, 5.0])
    trained = train_population(X[:80], y[:80], validation=(X[80:], y[80:]), epochs=50, **settings)
    assert len(trained) == 4
    assert trained.best_loss.argmin() == 2
    assert trained.validation_curve.shape[0] == 4
    assert trained.network(3).objective.l2 == 5.0
    np.testing.assert_allclose(trained.network(1).predict(X), trained.predict(X)[1], rtol=1e-4, atol=1e-5)


def test_curves_are_padded_where_a_network_stopped():
    X, y = regression()
    trained = train_population(X, y, learning_rate=[1e-9, 0.01], epochs=40, patience=2)
    assert trained.result.n_epochs.tolist()[0] < 40
    assert np.isnan(trained.loss_curve[0, -1])
    assert np.isfinite(trained.loss_curve[1, -1])


def test_progress_function_can_stop():
    X, y = regression()
    seen = []

    def watch(progress):
        seen.append(progress)
        return False

    trained = train_population(X, y, members=3, epochs=10**6, patience=10**6, progress=watch)
    assert len(seen) == 1
    assert set(trained.result.stop_reason) == {"running"}


def test_progress_bar_with_and_without_rich(capfd, monkeypatch):
    X, y = regression()
    train_population(X, y, members=3, epochs=3, progress=True)
    assert "3 of 3 networks done" in capfd.readouterr().err
    real = builtins.__import__

    def no_rich(name, *rest):
        if name.startswith("rich"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", no_rich)
    train_population(X, y, members=3, epochs=3, progress=True)
    assert "training: 100 %, 3 of 3 networks done" in capfd.readouterr().err
    with progress_bar(10):
        pass
    assert capfd.readouterr().err == ""


def test_interrupted_training_keeps_what_it_has():
    X, y = regression()
    timer = threading.Timer(0.3, _thread.interrupt_main)
    timer.start()
    with pytest.warns(UserWarning, match="Training interrupted"):
        trained = train_population(X, y, members=20, epochs=10**7, patience=10**7)
    timer.join()
    assert trained.result.n_steps.min() > 0
    assert np.isfinite(trained.predict(X)).all()


def test_what_cannot_be():
    X, y = regression()
    with pytest.raises(ConfigurationError, match="How many networks"):
        train_population(X, y)
    with pytest.raises(ShapeError, match="do not agree on the number of networks: l2 has 3, members has 2"):
        train_population(X, y, members=2, l2=[0.0, 1.0, 2.0])
    with pytest.raises(ConfigurationError, match="trained on all rows"):
        train_population(X, y, members=2, epochs=1).predict_left_out(X)
    with pytest.raises(ShapeError, match="X has 5 rows, the training data had 60"):
        train_population(X, y, rows=bootstrap_rows(60, 2), epochs=1).predict_left_out(X[:5])
    with pytest.raises(ConfigurationError, match="There is no network 2"):
        train_population(X, y, members=2, epochs=1).network(2)
    with pytest.raises(ConfigurationError, match="at least two"):
        train_population(X, ["a"] * 60, members=1, loss="softmax_cross_entropy")
    for call in (
        lambda: bootstrap_rows(0, 2), lambda: bootstrap_rows(3, 1.5), lambda: fold_rows(5, 6), lambda: fold_rows(5, 1),
        lambda: fold_rows(5, 2, classes=[1]), lambda: grid(), lambda: grid(l2=[]),
    ):  # fmt: skip
        with pytest.raises(ConfigurationError):
            call()
