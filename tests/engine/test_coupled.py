"""A loss that looks at the whole batch: the engine against the reference, and the same bits whoever computes."""

import numpy as np
import pytest
from reference import targets_for

from glassnet import Convolution, Dense, MaxPooling, Network
from glassnet.engine import Plan, Population, Training
from glassnet.engine.objective import loss_and_gradients
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import losses

RNG = np.random.default_rng(31)
SIZES = (1, 5, 16, 255, 256, 257, 700)


@pytest.mark.parametrize("spec", ["cox", "cox(efron=0)", "cox(efron=0.5)"])
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("outputs", [1, 3])
def test_the_reference_and_the_engine_agree(spec, n, outputs):
    X, y = RNG.normal(size=(n, 3)), targets_for(losses[spec.partition("(")[0]], RNG, n, outputs)
    w = np.where(RNG.uniform(size=n) < 0.2, 0.0, RNG.uniform(0.1, 2.0, n))
    w[-1] = 1.0
    network = Network([Dense(3, 4, "tanh"), Dense(4, outputs)], loss=spec, l2=0.01, seed=n)
    for scale in (1.0, 300.0):
        network.weights[-1] = network.weights[-1] * scale
        plan = Plan([3, 4, outputs], ["tanh", "identity"], spec, l2=0.01)
        value, *found = loss_and_gradients(plan, network.weights, network.biases, X, y, w)
        wanted = network.gradients(X, y, w)
        assert value == pytest.approx(network.loss(X, y, w).total, rel=1e-12)
        for theirs, own in zip(found, (wanted.d_weights, wanted.d_biases), strict=True):
            for a, b in zip(theirs, own, strict=True):
                np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12 * scale)


def trained(dtype, threads, **settings):
    """A training with shuffled batches of several blocks, dropout, and validation."""
    X, y = np.random.default_rng(1).normal(size=(700, 3)), targets_for(losses["cox"], np.random.default_rng(2), 700, 1)
    chosen = {"batch_size": 300, "dropout": 0.2, "epochs": 4, "monitor": "validation_loss", **settings}
    plan = Plan([3, 20, 1], ["tanh", "identity"], "cox", dtype=dtype, **chosen)
    population = Population(seed=5)
    return Training(plan, population, X, y, validation=(X[:400], y[:400], None), threads=threads).run()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("heads", [1, 3])
def test_no_number_of_threads_changes_a_bit(dtype, heads):
    alone = trained(dtype, 1, heads=heads)
    for threads in (2, 3):
        other = trained(dtype, threads, heads=heads)
        for a, b in zip(alone.weights, other.weights, strict=True):
            np.testing.assert_array_equal(a, b)
        np.testing.assert_array_equal(alone.validation_curve[0], other.validation_curve[0])


def test_threads_that_share_the_blocks_of_images_change_no_bit():
    X, y = np.random.default_rng(1).normal(size=(150, 64)), targets_for(losses["cox"], np.random.default_rng(2), 150, 1)
    plan = Plan.of(
        [Convolution(3, 3, "relu"), MaxPooling(2), Dense(1)], "cox", input_shape=(8, 8, 1), epochs=3, dtype="float64"
    )
    results = [Training(plan, Population(seed=1), X, y, threads=threads).run() for threads in (1, 2, 3)]
    for other in results[1:]:
        for a, b in zip(results[0].weights, other.weights, strict=True):
            np.testing.assert_array_equal(a, b)
    network = Network([Convolution(3, 3, "relu"), MaxPooling(2), Dense(1)], input_shape=(8, 8, 1), loss="cox", seed=1)
    start = Population(seed=1)
    for k, (w, b) in enumerate(start.start(plan, X)):
        network.weights[k], network.biases[k] = w[0].reshape(network.weights[k].shape), b[0].reshape(-1)
    network.fit(X, y, learning_rate=plan.learning_rate, optimizer="adam", epochs=3)
    for k, weights in enumerate(results[0].weights):
        np.testing.assert_allclose(weights[0].reshape(network.weights[k].shape), network.weights[k], atol=1e-9)


def test_members_and_the_reference_take_the_same_steps():
    X, y = RNG.normal(size=(90, 3)), targets_for(losses["cox"], RNG, 90, 1)
    plan = Plan([3, 4, 1], ["tanh", "identity"], "cox", batch_size=32, epochs=3, dtype="float64", dropout=0.3)
    result = Training(plan, Population(members=[0, 7], seed=9), X, y).run()
    for place, member in enumerate((0, 7)):
        network = Network([Dense(3, 4, "tanh"), Dense(4, 1)], loss="cox", dropout=0.3, seed=9)
        for k, (w, b) in enumerate(Population(members=[member], seed=9).start(plan, X)):
            network.weights[k], network.biases[k] = np.array(w[0]), np.array(b[0])
        network.fit(
            X, y, learning_rate=plan.learning_rate, optimizer="adam", epochs=3, batch_size=32, seed=9, member=member
        )
        for k in range(2):
            np.testing.assert_allclose(result.weights[k][place], network.weights[k], atol=1e-10)


def test_a_batch_without_events_has_no_slope():
    X, y = RNG.normal(size=(20, 2)), np.column_stack([np.arange(1.0, 21.0), np.zeros(20)])
    result = Training(
        Plan([2, 1], ["identity"], "cox", epochs=2, optimizer="gradient_descent"), Population(), X, y
    ).run()
    assert result.loss_curve[0].tolist() == [0.0, 0.0]


def test_what_cannot_be_is_said():
    X, y = RNG.normal(size=(20, 2)), np.column_stack([np.arange(1.0, 21.0), np.ones(20)])
    plan = Plan([2, 1], ["identity"], "cox")
    with pytest.raises(ConfigurationError, match="a time above 0"):
        Training(plan, Population(), X, np.zeros((20, 2)))
    with pytest.raises(ShapeError, match="needs"):
        Training(plan, Population(), X, y[:, 0])
    with pytest.raises(ConfigurationError, match="monitor='validation_loss'"):
        Plan([2, 1], ["identity"], "cox", monitor="validation_score")
