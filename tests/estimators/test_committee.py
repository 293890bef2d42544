"""The default of the table estimators: a committee, what becomes of it when time runs out, and when it is not taken."""

import pickle
from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.datasets import load_diabetes

import glassnet
from glassnet import GlassRegressor
from glassnet.engine import Training
from glassnet.engine.machines import loop
from glassnet.errors import ConfigurationError
from glassnet.estimators.recipes.decision import read_recipe
from glassnet.estimators.recipes.preset import Problem
from glassnet.estimators.tables import estimator as table_estimator
from glassnet.estimators.training import budget, fitted_table, rivals
from glassnet.estimators.training import training as table_training


def test_the_default_is_a_committee_where_rows_and_time_allow_it():
    chosen = {
        (rows, budget): read_recipe({}, Problem("regression", rows, 20, time_budget=budget), "it")
        for rows, budget in ((39, None), (40, None), (10**6, None), (10**6, 5.0), (10_000, 60.0))
    }
    names = [recipe.name for recipe in chosen.values()]
    assert names == ["lecture", "committee", "committee", "lecture", "committee"]
    assert "39 rows are too few" in chosen[39, None].explain()
    assert "5 s are too short for several networks on 1000000 rows" in chosen[10**6, 5.0].explain()
    assert "mean rank was the best" in chosen[10_000, 60.0].explain()
    own = read_recipe({"n_networks": 30}, Problem("regression", 100, 4), "it")
    assert (own.name, own.resampling) == ("committee", "bootstrap")
    assert "networks_[0]" in _refusal(lambda: GlassRegressor(epochs=2).fit(np.eye(40), np.arange(40.0)).network_)


def _refusal(call):
    with pytest.raises(AttributeError) as caught:
        call()
    return str(caught.value)


@pytest.fixture
def single_steps(monkeypatch):
    """Slices of a training in which one thread takes one or few steps of one network."""
    monkeypatch.setattr(Training, "advance", lambda self, seconds=0.0: self._trainer.advance(0.0))


def _interrupt_after(calls):
    left = [calls]

    def watch(_):
        left[0] -= 1
        if left[0] <= 0:
            raise KeyboardInterrupt

    return watch


def test_networks_without_an_epoch_have_no_vote(single_steps):
    X, y = load_diabetes(return_X_y=True)
    model = GlassRegressor(batch_size=500).fit(X, y, progress=_interrupt_after(3))
    assert [history.stop_reason for history in model.histories_] == ["interrupted"] * 3
    assert model.recipe_.n_networks == len(model.networks_) == len(model.weights_[0]) == 3
    whole = GlassRegressor(batch_size=500, epochs=128).fit(X, y, progress=_interrupt_after(8))
    np.testing.assert_array_equal(model.weights_[0], whole.weights_[0][:3])
    one = GlassRegressor(batch_size=500).fit(X, y, progress=_interrupt_after(1))
    assert one.network_.layer_sizes[1:] == (64, 64, 1)
    assert one.predict_interval(X).shape == (442, 2)


def test_interrupting_keeps_the_best_of_every_network(single_steps):
    """All networks get on alike, whatever the moment."""
    X, y = load_diabetes(return_X_y=True)
    model = GlassRegressor(batch_size=500).fit(X, y, progress=_interrupt_after(80))
    done = [history.epochs_done for history in model.histories_]
    assert len(done) == 8
    assert max(done) - min(done) <= 8  # a slice of small networks has up to eight steps
    for history in model.histories_:
        assert history.best_epoch == 1 + np.argmin(history.validation_loss)


def test_a_time_budget_is_kept_by_the_clock(monkeypatch):
    """On a machine far slower than the plan took it to be; the clock is ours, so no load can disturb it."""
    now = [100.0]

    def slow(self, seconds):
        now[0] += seconds
        return self.advance_steps(1)

    for module in (table_training, table_estimator, loop):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    monkeypatch.setattr(Training, "advance", slow)
    X, y = load_diabetes(return_X_y=True)
    for seconds in (0.12, 1.0, 3.0):
        model = GlassRegressor(time_budget=seconds, epochs=10_000, batch_size=64).fit(X, y)
        assert model.history_.stop_reason == "time_budget"
        assert 0.8 * seconds <= model.history_.seconds <= 1.2 * seconds
    late = GlassRegressor(time_budget=1e-6, epochs=10_000).fit(X, y)
    assert all(history.epochs_done >= 1 for history in late.histories_)  # an epoch at least, or there is no network


@pytest.mark.parametrize("n_rows", [300, 2300])
def test_a_time_budget_is_used_by_measured_steps(monkeypatch, n_rows):
    """Epochs of a machine on which a step takes 5 ms, whatever the guess of the recipe."""
    now = [100.0]

    def steady(self, seconds=0.0):
        now[0] += 0.005 * 8
        return self.advance_steps(1)  # of each of the eight networks

    for module in (table_training, table_estimator, budget, loop):
        monkeypatch.setattr(module, "time", SimpleNamespace(perf_counter=lambda: now[0]))
    monkeypatch.setattr(Training, "advance", steady)
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 3))
    for seconds in (4.0, 30.0):
        began = now[0]
        model = GlassRegressor(time_budget=seconds).fit(X, np.sin(X[:, 0]) * X[:, 1])
        assert 0.7 * seconds <= now[0] - began <= 1.02 * seconds or model.recipe_.epochs == 512
        assert model.history_.stop_reason == "all_epochs"
        assert f"fit into {seconds:g} s by the time that steps took" in model.recipe_.explain()
    assert model.recipe_.epochs > 16


def test_standard_errors_of_the_default_say_how_to_get_them():
    X, y = load_diabetes(return_X_y=True)
    with pytest.raises(ConfigurationError, match=r"resampling='folds'.*n_networks=30, resampling='bootstrap'"):
        GlassRegressor(epochs=2).fit(X, y).predict_standard_error(X)


def test_linear_models_take_the_place_of_networks_that_are_no_better(tmp_path):
    """A straight truth with few rows: the loss on the rows left out decides, and the recipe says so."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(120, 8))
    straight, bent = X @ np.arange(8.0) + rng.normal(size=120), np.abs(X[:, 0]) * 5 + 0.1 * rng.normal(size=120)
    model = GlassRegressor().fit(X, straight)
    assert (model.recipe_.hidden, len(model.weights_), len(model.networks_)) == ((), 1, 8)
    assert "so the layers are left out" in model.recipe_.explain()
    coefficients = np.mean([network.weights[0].ravel() for network in model.networks_], axis=0)
    assert np.corrcoef(coefficients, np.arange(8.0))[0, 1] > 0.95  # inputs are divided by quartiles, so not exactly
    again = glassnet.load(model.save(tmp_path / "m"))
    assert again.recipe_.hidden == ()
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert model.predict_interval(X).shape == (120, 2)
    assert "8-1 network" in model.trace(X, 0, y=straight).text()
    threads = GlassRegressor(n_jobs=2).fit(X, straight)
    np.testing.assert_array_equal(threads.weights_[0], model.weights_[0])
    assert GlassRegressor().fit(X, bent).recipe_.hidden == (64, 64)
    asked = GlassRegressor(hidden_layer_sizes=(64, 64), epochs=3).fit(X, straight)
    assert asked.recipe_.hidden == (64, 64)


def test_the_rival_is_given_up_when_time_is_short(monkeypatch):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(120, 8))
    y = X @ np.arange(8.0) + rng.normal(size=120)
    assert GlassRegressor().fit(X, y).recipe_.hidden == ()

    def interrupted(*_):
        raise KeyboardInterrupt

    for stopped in (interrupted, lambda *_: None):
        monkeypatch.setattr(rivals.Folds, "train", stopped)
        assert GlassRegressor(epochs=4).fit(X, y).recipe_.hidden == (64, 64)


def test_epochs_that_are_given_hold_for_the_linear_models_too():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(120, 8))
    y = X @ np.arange(8.0) + rng.normal(size=120)
    free = GlassRegressor().fit(X, y)
    assert not free.recipe_.hidden
    assert max(history.epochs_done for history in free.histories_) > 150
    for epochs in (150, 5):
        model = GlassRegressor(epochs=epochs).fit(X, y)
        assert model.recipe_.epochs == epochs
        assert max(history.epochs_done for history in model.histories_) <= epochs
        assert bool(model.recipe_.hidden) == (epochs == 5)


def test_opening_a_row_runs_each_network_once(monkeypatch):
    from glassnet.engine import prediction
    from glassnet.network import structure

    rng = np.random.default_rng(5)
    X = rng.normal(size=(200, 3))
    model = GlassRegressor(n_networks=6, epochs=4).fit(X, np.sin(X[:, 0] * X[:, 1]))
    counts = {"networks": 0, "predictors": 0}

    def counting(kind, name):
        own = kind.__init__

        def init(self, *args, **settings):
            counts[name] += 1
            own(self, *args, **settings)

        monkeypatch.setattr(kind, "__init__", init)

    counting(prediction.Predictor, "predictors")
    counting(structure.Network, "networks")
    opened = model.trace(X, 3, network=4, y=np.zeros(200))
    assert counts == {"networks": 2, "predictors": 6}  # the one that is opened, and itself after the step
    assert "This is network 5 of 6; the mean of all of them predicts" in opened.note


@pytest.mark.parametrize(
    "recipe", [{"n_networks": 3}, {"n_networks": 2, "recipe": "committee"}], ids=["plain", "mixed"]
)
def test_networks_are_packed_once_and_again_after_a_change(recipe, monkeypatch):
    X, y = load_diabetes(return_X_y=True)
    model = GlassRegressor(epochs=2, **recipe).fit(X, y)
    written = pickle.dumps(model)
    before = model.predict(X)
    assert pickle.dumps(model) == written, "the packed networks are no part of a pickle"

    def packed_again(*_, **__):
        raise AssertionError("packed again")

    with monkeypatch.context() as patched:
        patched.setattr(fitted_table, "Predictor", packed_again)
        assert np.array_equal(model.predict(X), before)
    for copy in (pickle.loads(written), deepcopy(model)):
        assert np.array_equal(copy.predict(X), before)
    arrays = [array for array in (*model.weights_, *model.biases_, *model.fitted_.mixes) if array is not None]
    for array in arrays:
        kept = array.copy()
        array[-1] += 0.25
        fresh = pickle.loads(pickle.dumps(model)).predict(X)
        assert not np.array_equal(fresh, before)
        assert np.array_equal(model.predict(X), fresh)
        array[:] = kept
    assert np.array_equal(model.predict(X), before)
