"""Prediction intervals: hand-worked ends, and the coverage that they promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glassnet import GlassRegressor
from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.training.intervals import Calibration


def test_ends_of_one_network_are_order_statistics_of_its_residuals():
    residuals = np.array([3.0, -1.0, 0.5, 7.0, -2.0, 0.0, 1.0, -4.0, 2.0])
    calibration = Calibration(residuals, np.ones((1, 9), dtype=bool))
    # nine rows make ten gaps, each with a tenth of the chance: 80 % is from the smallest residual to the largest
    np.testing.assert_array_equal(calibration.interval(np.array([[10.0, 20.0]]), 0.8), [[6.0, 17.0], [16.0, 27.0]])
    np.testing.assert_array_equal(calibration.interval(np.array([[10.0]]), 0.6), [[8.0, 13.0]])
    with pytest.raises(DataError, match=r"covers 0\.9 needs at least 19 rows that a network left out, and there are 9"):
        calibration.interval(np.array([[10.0]]), 0.9)
    for wrong in (0.0, 1.0, 90, np.nan, "most"):
        with pytest.raises(ConfigurationError, match="coverage="):
            calibration.interval(np.array([[10.0]]), wrong)


def test_ends_of_several_networks_follow_the_definition():
    rng = np.random.default_rng(0)
    left_out = rng.random((5, 60)) < 0.4
    targets, predictions, new = rng.normal(size=60), rng.normal(size=(5, 60)), rng.normal(size=(5, 3))
    calibration = Calibration.from_predictions(targets, predictions, left_out)
    used = [i for i in range(60) if left_out[:, i].any()]
    assert len(calibration.residuals) == len(used) < 60
    for j in range(3):
        values = sorted(
            new[left_out[:, i], j].mean() + targets[i] - predictions[left_out[:, i], i].mean() for i in used
        )
        below = int(0.1 * (len(used) + 1))
        expected = [values[below - 1], values[len(used) - below]]
        np.testing.assert_allclose(calibration.interval(new, 0.8)[j], expected, rtol=1e-12)


@given(st.integers(1, 300), st.floats(0.05, 0.99), st.integers(0, 2**32 - 1))
def test_more_coverage_is_never_narrower_and_the_share_of_gaps_is_enough(rows, coverage, seed):
    residuals = np.random.default_rng(seed).permutation(np.arange(1.0, rows + 1))
    calibration = Calibration(residuals, np.ones((1, rows), dtype=bool))
    try:
        low, high = calibration.interval(np.array([[0.0]]), coverage)[0]
    except DataError:
        assert rows + 1 < 2 / (1 - coverage) + 1e-6
        return
    # between the two order statistics lie (high - low) of rows + 1 equally likely gaps
    assert (high - low) / (rows + 1) >= coverage - 1e-9
    assert (high - low - 2) / (rows + 1) < coverage


def made_up(kind, n, rng):
    """Rows whose targets are spread by more or less friendly noise around a curve."""
    X = rng.normal(size=(n, 4))
    noise = {
        "normal": rng.normal(size=n), "skewed": 1.5 * rng.exponential(size=n), "heavy": rng.standard_t(3, n),
        "uneven": rng.normal(size=n) * (0.3 + np.abs(X[:, 2])),
    }[kind]  # fmt: skip
    return X, 2 * X[:, 0] + np.sin(2 * X[:, 1]) + noise


@pytest.mark.parametrize("kind", ["normal", "skewed", "heavy", "uneven"])
@pytest.mark.parametrize("settings", [{}, {"n_networks": 12}, {"n_networks": 8, "resampling": "folds"}], ids=str)
def test_ninety_percent_means_85_to_95(kind, settings):
    """Over 12 tables of 150 rows each; the shares of single tables scatter, as they must with 30 or 150 rows."""
    shares = []
    for seed in range(12):
        rng = np.random.default_rng([seed, 99])
        X, y = made_up(kind, 150, rng)
        new, truth = made_up(kind, 400, rng)
        model = GlassRegressor(random_state=seed, **settings).fit(X, y)
        low, high = model.predict_interval(new).T
        assert (low <= high).all()
        shares.append(((low <= truth) & (truth <= high)).mean())
        half = np.diff(model.predict_interval(new, 0.5), axis=1)[:, 0]
        assert (half < high - low).all()
    assert 0.85 < np.mean(shares) < 0.95, shares


def test_skewed_errors_give_skewed_intervals():
    rng = np.random.default_rng(1)
    X, y = made_up("skewed", 400, rng)
    model = GlassRegressor(n_networks=8, recipe="lecture").fit(X, y)
    low, high = model.predict_interval(X).T
    predicted = model.predict(X)
    assert np.mean(high - predicted) > 1.5 * np.mean(predicted - low)


def test_an_interval_is_in_the_unit_of_the_target():
    rng = np.random.default_rng(2)
    X, y = made_up("normal", 200, rng)
    for settings in ({}, {"n_networks": 6}):
        plain = GlassRegressor(**settings).fit(X, y).predict_interval(X[:20])
        scaled = GlassRegressor(**settings).fit(X, 1000 * y + 5e6).predict_interval(X[:20])
        np.testing.assert_allclose(scaled, 1000 * plain + 5e6, rtol=1e-6)


def test_tables_without_rows_to_calibrate_say_so():
    X = np.arange(12.0).reshape(-1, 1)
    with pytest.raises(DataError, match="no rows for prediction intervals"):
        GlassRegressor(recipe="lecture").fit(X, X.ravel() ** 2).predict_interval(X)
    with pytest.raises(DataError, match="no rows for prediction intervals"):
        GlassRegressor(validation_fraction=0.0, recipe="lecture").fit(
            np.tile(X, (10, 1)), np.tile(X.ravel(), 10)
        ).predict_interval(X)
    few = GlassRegressor(n_networks=5, recipe="lecture").fit(X, X.ravel() ** 2)
    with pytest.raises(DataError, match=r"covers 0\.9 needs at least 19 rows"):
        few.predict_interval(X)
    assert few.predict_interval(X, 0.5).shape == (12, 2)


def test_long_tables_calibrate_with_two_thousand_rows():
    rng = np.random.default_rng(3)
    X, y = made_up("normal", 12_000, rng)
    model = GlassRegressor(epochs=3, recipe="lecture").fit(X, y)
    assert len(model._calibration.residuals) == 2000
    low, high = model.predict_interval(X[:2000]).T
    assert 0.87 < ((low <= y[:2000]) & (y[:2000] <= high)).mean() < 0.93
