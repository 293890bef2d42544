"""`partial_fit` goes through the engine: the epochs of `fit`, one call each, to the last bit."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

from glassnet import MLPClassifier, MLPRegressor
from glassnet.engine import Training
from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import optimizers, schedules
from glassnet.network import Dense, Network, OptimizerState
from glassnet.network.update import updated

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
X, Y = load_iris(return_X_y=True)
X = scale(X)


def weights_of(model):
    return [part.copy() for part in (*model.coefs_, *model.intercepts_)]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("settings", [
    *({"solver": name} for name in ("sgd", *optimizers)),
    {"solver": "sgd", "learning_rate": "invscaling"}, {"schedule": "inverse_scaling(power_t=0.3)"}, {"dropout": 0.3},
    {"dropout": (0.2, 0.4), "batch_size": 150}, {"clip_norm": 0.05}, {"l1": 0.01, "alpha": 0.1}, {"shuffle": False},
    {"n_networks": 3}, {"n_networks": 20, "dropout": 0.3}, {"activation": "gelu"}, {"loss": "hinge"},
    {"label_smoothing": 0.2}, {"class_weight": {0: 1.0, 1: 2.0, 2: 0.5}},
], ids=str)  # fmt: skip
def test_as_many_calls_as_epochs_end_with_the_bits_of_fit(settings, dtype):
    common = {"hidden_layer_sizes": 6, "random_state": 0, "batch_size": 32, "max_iter": 5, "dtype": dtype,
              "n_iter_no_change": 99}  # fmt: skip
    whole = MLPClassifier(**common | settings).fit(X, Y)
    parts = MLPClassifier(**common | settings)
    for _ in range(5):
        parts.partial_fit(X, Y, classes=[0, 1, 2])
    assert same(weights_of(parts), weights_of(whole))
    assert parts.loss_curve_ == whole.loss_curve_
    assert (parts.t_, parts.loss_, parts.learning_rate_) == (whole.t_, whole.loss_, whole.learning_rate_)
    assert parts.best_loss_ == whole.best_loss_


@pytest.mark.parametrize("solver", [name for name in optimizers if optimizers[name].state])
def test_calls_with_other_rows_go_on_from_the_memory_of_the_optimizer(solver):
    """The oracle is the readable update, with calls of one, some and many rows."""
    model = MLPRegressor(hidden_layer_sizes=(), solver=solver, alpha=0.0, random_state=0, learning_rate_init=0.01)
    network, state = None, OptimizerState(optimizers[solver].with_parameters())
    for rows in (slice(0, 1), slice(1, 40), slice(40, 150)):
        before = None if network is None else weights_of(model)
        model.partial_fit(X[rows], Y[rows])
        if before is None:
            state = OptimizerState(model._memory.optimizer)
            network = Network([Dense(4, 1)], reduction="half-mean")
            fresh = MLPRegressor(
                hidden_layer_sizes=(), solver=solver, random_state=0, max_iter=1, learning_rate_init=1e-300
            )
            before = weights_of(fresh.partial_fit(X[rows], Y[rows]))
        network.weights, network.biases = [before[0]], [before[1]]
        slopes = network.gradients(X[rows], Y[rows])
        new = updated(([before[0]], [before[1]]), (slopes.d_weights, slopes.d_biases), state, 0.01)
        state = new.state
        np.testing.assert_allclose(model.coefs_[0], new.weights[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(model.intercepts_[0], new.biases[0], rtol=1e-9, atol=1e-12)


def test_another_optimizer_starts_with_an_empty_memory():
    model = MLPRegressor(hidden_layer_sizes=3, random_state=0).partial_fit(X, Y)
    for settings in ({"solver": "rmsprop"}, {"solver": "adam", "beta_1": 0.5}):
        model.set_params(**settings).partial_fit(X, Y)
        assert model._memory.steps == 1
    assert model.partial_fit(X, Y)._memory.steps == 2


@pytest.mark.parametrize("change", [
    {"alpha": 1.0}, {"l1": 0.5}, {"clip_norm": 0.01}, {"batch_size": 7}, {"shuffle": False, "batch_size": 7},
    {"learning_rate_init": 0.1}, {"dropout": 0.5}, {"loss": "absolute_error"}, {"dtype": "float32"},
], ids=str)  # fmt: skip
def test_a_parameter_that_changes_between_calls_counts(change):
    def trained(**settings):
        return MLPRegressor(hidden_layer_sizes=5, random_state=0, **settings).partial_fit(X, Y).partial_fit(X, Y)

    model, plain = trained(), trained()
    model.set_params(**change).partial_fit(X, Y)
    plain.partial_fit(X, Y)
    assert not same(weights_of(model), weights_of(plain))
    whole = trained()
    whole.set_params(**change)
    whole._memory = type(whole._memory)(whole._memory.optimizer, whole._memory.steps, whole._memory.arrays)  # no plan
    assert same(weights_of(whole.partial_fit(X, Y)), weights_of(model))


def test_a_call_that_fails_changes_nothing():
    model = MLPRegressor(hidden_layer_sizes=5, random_state=0, n_networks=2).partial_fit(X, Y)
    before, memory = weights_of(model), model._memory
    for X_bad, y_bad, error in (
        (np.full((2, 4), 1e308), [1.0, 2.0], TrainingDiverged), (X[:, :2], Y, ValueError), (X, Y[:-1], ValueError),
        (np.full((2, 4), np.nan), [1.0, 2.0], ValueError), (X, np.full(150, np.inf), ValueError),
    ):  # fmt: skip
        with pytest.raises(error):
            model.partial_fit(X_bad, y_bad)
        assert same(weights_of(model), before)
        assert model._memory is memory
        assert len(model.loss_curve_[0]) == 1


@pytest.mark.parametrize("schedule", [name for name in schedules if "steps" in schedules[name].factor.names])
def test_a_schedule_over_all_steps_is_refused(schedule):
    for settings in ({"schedule": schedule}, {"solver": "sgd", "learning_rate": schedule}):
        model = MLPRegressor(**settings)
        assert not hasattr(model, "partial_fit")
        with pytest.raises(AttributeError) as caught:
            model.partial_fit(X, Y)
        assert "may be called any" in str(caught.value.__cause__)
    with pytest.raises(ConfigurationError, match="Unknown schedule"):
        MLPRegressor(schedule="cosines").partial_fit(X, Y)


def test_the_same_classes_may_be_given_again_and_others_may_not():
    model = MLPClassifier(3).partial_fit(X[:60], Y[:60], classes=[0, 1, 2])
    for again in (None, [0, 1, 2], np.arange(3), [2, 1, 0]):
        model.partial_fit(X, Y, classes=again)
    with pytest.raises(ValueError, match="not the same as on last call"):
        model.partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ValueError, match="classes must be passed on the first call"):
        MLPClassifier(3).partial_fit(X, Y)


def test_an_interruption_between_steps_leaves_the_weights_from_before_the_call(monkeypatch):
    model = MLPRegressor(hidden_layer_sizes=5, random_state=0, batch_size=1).partial_fit(X, Y)
    before, memory, slices = weights_of(model), model._memory, []
    advance_steps = Training.advance_steps

    def interrupted(self, steps):
        slices.append(steps)
        if len(slices) == 2:
            raise KeyboardInterrupt
        return advance_steps(self, steps)

    monkeypatch.setattr(Training, "advance_steps", interrupted)
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(X, Y)
    assert same(weights_of(model), before)
    assert model._memory is memory
    assert sum(slices) < 150
