"""Training: steps, order of rows, schedules, plateaus, and the guard against numbers that are not finite."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import optimizers, schedules
from glassnet.formulas.randomness import Purpose, permutation


def data(n_rows=23, n_in=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, n_in))
    return X, np.tanh(X @ rng.normal(size=n_in)) + 0.1 * rng.normal(size=n_rows)


def make(seed=4, **settings):
    return Network([Dense(3, 4, "tanh"), Dense(4, 1)], seed=seed, **settings)


@pytest.mark.parametrize("name", list(optimizers))
def test_fit_is_steps_in_the_documented_order(name):
    X, y = data()
    weight = np.random.default_rng(1).uniform(0.5, 2, len(X))
    fitted, stepped = make(l2=0.01), make(l2=0.01)
    history = fitted.fit(X, y, learning_rate=0.01, optimizer=name, epochs=3, batch_size=5, seed=9, member=2,
                         schedule="cosine", sample_weight=weight)  # fmt: skip
    losses, step = [], 0
    for epoch in range(3):
        order = permutation(9, Purpose.SHUFFLE, len(X), member=2, epoch=epoch)
        for start in range(0, len(X), 5):
            rows = order[start : start + 5]
            rate = 0.01 * schedules["cosine"].factor_at(step=step, steps=15, samples=epoch * len(X))
            losses.append(
                stepped.step(X[rows], y[rows], learning_rate=rate, optimizer=name, sample_weight=weight[rows]).total
            )
            step += 1
    np.testing.assert_array_equal(history.losses, losses)
    for a, b in zip(fitted.weights, stepped.weights, strict=True):
        np.testing.assert_array_equal(a, b)
    assert history.n_steps == step == 15
    assert len(history.epoch_losses) == 3
    assert history.loss == fitted.loss(X, y, weight).total


def test_inverse_scaling_counts_the_rows_of_the_epochs_before():
    X, y = data()
    history = make().fit(X, y, learning_rate=0.1, epochs=3, batch_size=10, schedule="inverse_scaling")
    want = [0.1 / np.sqrt(samples + 1) for samples in (0, 0, 0, 23, 23, 23, 46, 46, 46)]
    np.testing.assert_allclose(history.learning_rates, want, rtol=1e-14)


@pytest.mark.parametrize("name", list(optimizers))
def test_every_optimizer_learns(name):
    X, y = data(60)
    network = make()
    rate = {"gradient_descent": 0.2, "momentum": 0.05, "nesterov": 0.05}.get(name, 0.01)
    history = network.fit(X, y, learning_rate=rate, optimizer=name, epochs=200)
    assert history.loss < 0.1 * history.losses[0]


@pytest.mark.parametrize("name", list(optimizers))
def test_steps_use_the_record(name):
    X, y = data()
    network = make(l1=0.01)
    for step in range(1, 4):
        gradients, before = network.gradients(X, y), [w.copy() for w in network.weights]
        state = network.optimizer_state
        kept = dict(state.weights[0]) if state else {}
        network.step(X, y, learning_rate=0.01, optimizer=name)
        want = optimizers[name].update(
            {"w": before[0], **kept}, g=gradients.d_weights[0], learning_rate=0.01, step=step
        )
        np.testing.assert_array_equal(network.weights[0], want["w"])


def test_another_optimizer_starts_afresh():
    X, y = data()
    network = make()
    network.step(X, y, learning_rate=0.01, optimizer="adam")
    network.step(X, y, learning_rate=0.01, optimizer="adam(beta_1=0.8)")
    assert network.optimizer_state.step == 1


def test_fit_continues_where_it_stopped():
    X, y = data()
    whole, parts = make(), make()
    whole.fit(X, y, learning_rate=0.01, optimizer="adam", epochs=6)
    parts.fit(X, y, learning_rate=0.01, optimizer="adam", epochs=2)
    parts.fit(X, y, learning_rate=0.01, optimizer="adam", epochs=4)
    np.testing.assert_array_equal(whole.weights[0], parts.weights[0])


def test_row_weights_are_repetition_in_training():
    X, y = data(8)
    counts = np.array([0, 1, 2, 3, 1, 0, 2, 1])
    weighted, repeated = make(), make()
    weighted.fit(X, y, learning_rate=0.05, epochs=20, sample_weight=counts)
    repeated.fit(np.repeat(X, counts, axis=0), np.repeat(y, counts), learning_rate=0.05, epochs=20)
    for a, b in zip(weighted.weights, repeated.weights, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12)


def test_a_batch_without_weight_has_no_slope():
    X, y = data(6)
    network, start = make(), make()
    settings = {"learning_rate": 0.1, "batch_size": 3, "shuffle": False}
    history = network.fit(X, y, epochs=1, sample_weight=[0, 0, 0, 1, 1, 1], record="weights", **settings)
    np.testing.assert_array_equal(history.weights[1][0], start.weights[0])
    assert history.losses[0] == 0.0
    assert history.epoch_losses == [history.losses[1] / 2]
    assert (history.weights[2][0] != start.weights[0]).any()


def test_recording_the_path():
    X, y = data()
    network = make()
    start = network.weights[0].copy()
    history = network.fit(X, y, learning_rate=0.1, epochs=4, record="weights")
    assert len(history.weights) == len(history.biases) == 5
    np.testing.assert_array_equal(history.weights[0][0], start)
    np.testing.assert_array_equal(history.weights[-1][0], network.weights[0])
    assert repr(history).startswith("StepHistory(4 steps in 4 epochs, loss ")
    assert make().fit(X, y, learning_rate=0.1, epochs=1).weights == []


def test_shuffle_depends_on_the_seed_only():
    X, y = data()
    runs = [make().fit(X, y, learning_rate=0.1, epochs=2, batch_size=4, seed=s).losses for s in (1, 1, 2)]
    assert runs[0] == runs[1] != runs[2]
    off = [make().fit(X, y, learning_rate=0.1, epochs=2, batch_size=4, seed=s, shuffle=False).losses for s in (1, 2)]
    assert off[0] == off[1]


def test_a_plateau_ends_the_training():
    X, y = data()
    history = make().fit(X, y, learning_rate=1e-7, epochs=100, patience=3)
    assert history.stop_reason == "plateau"
    assert len(history.epoch_losses) == 5  # the first epoch is the best, then more than 3 without improvement
    assert make().fit(X, y, learning_rate=1e-7, epochs=30).stop_reason == "epochs"


def test_an_adaptive_schedule_divides_the_rate_on_a_plateau():
    X, y = data()
    history = make().fit(X, y, learning_rate=1e-5, epochs=200, schedule="adaptive", patience=2, tolerance=1.0)
    rates = sorted(set(history.learning_rates), reverse=True)
    np.testing.assert_allclose(rates, [1e-5, 2e-6, 4e-7], rtol=1e-12)
    assert history.stop_reason == "plateau"


def test_divergence_stops_in_its_step_and_keeps_the_last_good_weights():
    X, y = data()
    X = 10 * X
    network = Network([Dense(3, 1)], seed=4)
    with pytest.raises(TrainingDiverged) as caught:
        network.fit(X, y, learning_rate=5.0, epochs=1000, record="weights")
    message = str(caught.value)
    assert "Training diverged in step " in message
    assert "(learning rate 5)" in message
    assert "Choose a learning rate below" in message
    assert "the weights from before this step are kept" in message.lower()
    assert all(np.isfinite(w).all() for w in (*network.weights, *network.biases))
    assert f"in step {network.optimizer_state.step + 1}:" in message


def test_divergence_of_a_deep_network_gives_advice():
    X, y = data()
    network = Network([Dense(3, 4, "relu"), Dense(4, 4, "relu"), Dense(4, 1)], seed=1)
    with pytest.raises(TrainingDiverged, match=r"Try learning_rate=10, scale the inputs"):
        network.fit(1e3 * X, y, learning_rate=100.0, epochs=1000)
    assert all(np.isfinite(w).all() for w in network.weights)


def test_a_gradient_that_is_not_finite_names_its_layer():
    network = Network([Dense(1, 1, weights=[[1e-5]], biases=[0.0]), Dense(1, 1, weights=[[1e300]], biases=[0.0])],
                      loss="absolute_error")  # fmt: skip
    with pytest.raises(TrainingDiverged, match="a gradient of the weights of layer 1 is not finite"):
        network.step([1e10], [0.0], learning_rate=0.1)
    assert network.weights[0].item() == 1e-5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 0}, "epochs=0 must be a whole number"), ({"batch_size": 2.5}, r"batch_size=2\.5"),
        ({"learning_rate": -1.0}, "learning_rate=-1"), ({"optimizer": "sdg"}, "Did you mean 'sgd'|Unknown optimizer"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'"), ({"record": "all"}, "record='all'"),
        ({"seed": -3}, "seed=-3"),
    ],
)  # fmt: skip
def test_settings_that_do_not_fit(settings, message):
    X, y = data()
    with pytest.raises(ConfigurationError, match=message):
        make().fit(X, y, **{"learning_rate": 0.1, **settings})


def test_one_row():
    network = make()
    history = network.fit([[1.0, 2.0, 3.0]], [0.5], learning_rate=0.05, epochs=300, batch_size=10)
    assert history.loss < 1e-6
