"""Several networks in one table estimator: rows, averages, standard errors, scores with intervals, files."""

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.errors import ConfigurationError, ModelFileError, TrainingDiverged
from glassnet.files import read_model, write_model


@pytest.fixture(scope="module")
def cancer():
    return load_breast_cancer(as_frame=True).frame


@pytest.fixture(scope="module")
def several(cancer):
    return GlassClassifier(n_networks=6, random_state=1, recipe="lecture").fit(cancer[::2], target="target")


def test_each_network_learns_from_a_bootstrap_and_stops_by_the_rows_it_missed(several, cancer):
    assert [w.shape for w in several.weights_] == [(6, 30, 32), (6, 32, 1)]
    assert len(several.histories_) == len(several.networks_) == 6
    rows = cancer[::2].reset_index(drop=True)
    X, y = several._matrix_of(rows), rows["target"].to_numpy().reshape(-1, 1)
    for network, history in zip(several.networks_, several.histories_, strict=True):
        assert history.n_training_rows == len(rows)
        assert 0.3 < history.n_validation_rows / len(rows) < 0.45
        missed = history.validation_rows
        loss = network.loss(X[missed], y[missed].astype(float)).data
        assert loss == pytest.approx(history.validation_loss.min(), rel=1e-4)
        assert history.best_epoch == np.argmin(history.validation_loss) + 1
    assert several.history_ is several.histories_[0]
    with pytest.raises(AttributeError, match=r"averages 6 networks.*networks_\[0\]"):
        several.network_  # noqa: B018


def test_folds_leave_out_each_row_once(cancer):
    model = GlassClassifier(n_networks=5, resampling="folds", recipe="lecture").fit(cancer, target="target")
    left_out = np.concatenate([history.validation_rows for history in model.histories_])
    np.testing.assert_array_equal(np.sort(left_out), np.arange(len(cancer)))
    shares = [cancer["target"].to_numpy()[history.validation_rows].mean() for history in model.histories_]
    assert np.ptp(shares) < 0.02
    with pytest.raises(ConfigurationError, match="Standard errors need several networks on bootstrap samples"):
        model.predict_standard_error(cancer)
    with pytest.raises(ConfigurationError, match="n_networks=9 folds need as many rows, and there are 5"):
        GlassRegressor(n_networks=9, resampling="folds", recipe="lecture").fit(np.eye(5), np.arange(5.0))


def test_the_answer_is_the_mean_and_the_standard_error_the_spread(several, cancer):
    X = several._matrix_of(cancer)
    chances = np.stack([network.predict(X)[:, 0] for network in several.networks_])
    np.testing.assert_allclose(several.predict_proba(cancer)[:, 1], chances.mean(axis=0), atol=1e-6)
    error = several.predict_standard_error(cancer)
    assert error.shape == (569, 2)
    np.testing.assert_allclose(error[:, 1], chances.std(axis=0, ddof=1), atol=1e-6)
    np.testing.assert_allclose(error[:, 0], error[:, 1], atol=1e-12)
    with pytest.raises(ConfigurationError, match="n_networks=1"):
        GlassClassifier(recipe="lecture").fit(cancer, target="target").predict_standard_error(cancer)
    frame = load_iris(as_frame=True).frame
    three = GlassClassifier(n_networks=4, recipe="lecture").fit(frame, target="target")
    assert three.predict_standard_error(frame).shape == (150, 3)
    np.testing.assert_allclose(three.predict_proba(frame).sum(axis=1), 1.0)
    assert three.score(frame) > 0.95


def test_standard_errors_are_the_spread_over_tables_that_are_really_new():
    points = np.array([[0.0, 0.0], [1.0, 1.0], [-1.0, 0.5], [2.0, -1.0]])
    models = []
    for seed in range(40):
        rng = np.random.default_rng([seed, 5])
        X = rng.normal(size=(120, 2))
        y = X[:, 0] + 0.5 * X[:, 1] + rng.normal(size=120)
        models.append(GlassRegressor(n_networks=30, random_state=seed, recipe="lecture").fit(X, y))
    spread = np.std([model.predict(points) for model in models], axis=0, ddof=1)
    errors = np.mean([model.predict_standard_error(points) for model in models], axis=0)
    ratio = errors / spread
    assert 0.65 < ratio.min() <= ratio.max() < 1.5, ratio
    assert 0.8 < ratio.mean() < 1.25, ratio


def test_scores_have_intervals(several, cancer):
    rest = cancer[1::2]
    score, low, high = several.score_interval(rest)
    assert score == several.score(rest)
    assert low < score < high <= 1.0
    n, p = len(rest), score
    assert (high - low) / 2 == pytest.approx(1.96 * np.sqrt(p * (1 - p) / n), rel=0.25)
    assert several.score_interval(rest) == several.score_interval(rest)
    narrow = several.score_interval(rest, coverage=0.5)
    assert low <= narrow.low < narrow.high <= high
    frame = load_diabetes(as_frame=True).frame
    model = GlassRegressor(recipe="lecture").fit(frame[::2], target="target")
    assert model.score_interval(frame[1::2]).low < model.score(frame[1::2])
    with pytest.raises(ConfigurationError, match="coverage=95"):
        several.score_interval(rest, coverage=95)
    with pytest.raises(ConfigurationError, match="draws=0"):
        several.score_interval(rest, draws=0)


@pytest.mark.parametrize("resampling", ["bootstrap", "folds"])
def test_a_file_holds_all_networks_and_what_intervals_need(tmp_path, resampling):
    frame = load_diabetes(as_frame=True).frame
    model = GlassRegressor(n_networks=5, resampling=resampling, recipe="lecture").fit(frame, target="target")
    path = model.save(tmp_path / "five.glassnet")
    again = glassnet.load(path)
    np.testing.assert_array_equal(again.predict(frame), model.predict(frame))
    np.testing.assert_array_equal(again.predict_interval(frame), model.predict_interval(frame))
    assert (again.recipe_.n_networks, again.recipe_.resampling) == (5, resampling)
    assert again.get_params() == model.get_params()
    assert again.save(tmp_path / "again").read_bytes() == path.read_bytes()
    stored = read_model(path)
    import dataclasses

    for arrays in (
        {"interval_residuals": stored.arrays["interval_residuals"]},
        {**stored.arrays, "interval_left_out": stored.arrays["interval_left_out"][:, :-1]},
        {**stored.arrays, "interval_left_out": 0 * stored.arrays["interval_left_out"]},
        {**stored.arrays, "interval_left_out": 0.5 * stored.arrays["interval_left_out"]},
    ):
        bad = write_model(tmp_path / "bad.glassnet", dataclasses.replace(stored, arrays=arrays))
        with pytest.raises(ModelFileError, match="prediction intervals"):
            glassnet.load(bad)


@pytest.mark.parametrize("n_rows", [2, 3, 8, 19, 20, 30])
def test_tiny_tables_train_several_networks(n_rows):
    frame = pd.DataFrame({"x": np.arange(n_rows) * 1.5, "y": np.arange(n_rows) ** 2 / 7})
    model = GlassRegressor(n_networks=3, epochs=20, recipe="lecture").fit(frame, target="y")
    assert np.isfinite(model.predict(frame)).all()
    assert all((history.n_validation_rows > 0) == (n_rows >= 20) for history in model.histories_)


def test_threads_change_no_bit_and_the_trace_opens_the_network_that_is_asked_for(cancer):
    models = [
        GlassClassifier(n_networks=4, n_jobs=n, recipe="lecture").fit(cancer[:200], target="target") for n in (1, 2, 3)
    ]
    for model in models[1:]:
        assert all(np.array_equal(a, b) for a, b in zip(model.weights_, models[0].weights_, strict=True))
    raw = [models[0].trace(cancer, 7, network=k).loss.prediction[0, 0] for k in range(4)]
    assert len(set(raw)) == 4
    assert np.mean(raw) == pytest.approx(models[0].predict_proba(cancer)[7, 1], rel=1e-5)


def test_interruption_keeps_the_best_so_far_of_each(cancer):
    def stop(progress):
        if progress.epoch >= 10:
            raise KeyboardInterrupt

    model = GlassClassifier(n_networks=3, epochs=100_000, patience=100_000, recipe="lecture")
    model.fit(cancer, target="target", progress=stop)
    assert {history.stop_reason for history in model.histories_} == {"interrupted"}
    assert model.score(cancer) > 0.9


def test_verbose_prints_epochs_and_a_pipe_shows_no_bar(cancer, capfd):
    GlassClassifier(n_networks=2, epochs=4, verbose=True, recipe="lecture").fit(cancer, target="target")
    out, err = capfd.readouterr()
    assert out.count("Iteration") == out.count("Validation loss") == 4
    GlassClassifier(epochs=4, recipe="lecture").fit(cancer, target="target")
    assert capfd.readouterr() == ("", "")
    assert err == ""


def test_a_diverging_table_model_says_where_and_keeps_the_last_good_weights():
    frame = load_diabetes(as_frame=True).frame
    model = GlassRegressor(n_networks=2, recipe="lecture", optimizer="gradient_descent", learning_rate=1e30)
    with pytest.raises(TrainingDiverged, match=r"Member 0: .* learning_rate=1e\+30; the largest input was") as caught:
        model.fit(frame, target="target")
    assert len(caught.value.divergence) == 2
    assert all(np.isfinite(part).all() for part in (*model.weights_, *model.biases_))
    assert {history.stop_reason for history in model.histories_} == {"diverged"}
