"""Weights that are made from other numbers, in the readable network: training, gradients, and every number opened."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.engine import Plan, Population, Training
from glassnet.formulas import optimizers

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(40, 3)), RNG.normal(size=(40, 2))
MADE = ("scaled_ntk(weight_rate=0.7, bias_rate=0.1, scale_rate=6)", "ntk(bias_rate=0.5)", "standard")


def network(**settings):
    layers = [
        Dense(3, 5, "tanh", initializer="standard_normal", parametrization=MADE[0]),
        Dense(5, 4, "silu", initializer="standard_normal", parametrization=MADE[1]),
        Dense(4, 2, initializer="standard_normal", parametrization=MADE[2]),
    ]
    return Network(layers, seed=3, **settings)


@pytest.mark.parametrize("optimizer", list(optimizers))
def test_the_engine_trains_the_same_network(optimizer):
    ours = network(l2=0.01, l1=0.001)
    plan = Plan(
        [3, 5, 4, 2], ["tanh", "silu", "identity"], "squared_error", optimizer=optimizer, learning_rate=0.01, l2=0.01,
        l1=0.001, initializer="standard_normal", parametrization=MADE, batch_size=7, epochs=3, monitor="none",
        clip_norm=3.0, dtype="float64", schedule="cosine",
    )  # fmt: skip
    result = Training(plan, Population(seed=3), X, Y).run()
    settings = {"learning_rate": 0.01, "optimizer": optimizer, "batch_size": 7, "epochs": 3, "clip_norm": 3.0}
    history = ours.fit(X, Y, schedule="cosine", **settings)
    for k in range(3):
        np.testing.assert_allclose(ours.weights[k], result.weights[k][0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(ours.biases[k], result.biases[k][0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ours.scales[0], result.scales[0][0], rtol=1e-9)
    assert ours.scales[1] is None
    np.testing.assert_allclose(history.epoch_losses, result.loss_curve[0], rtol=1e-9)


def test_gradients_of_what_is_trained_agree_with_finite_differences():
    net = network(l2=0.05)
    net.scales[0] = np.array([0.5, -2.0, 1.5])
    net.weights[0] = net.layers[0].parametrization.make_weights(RNG.normal(size=(3, 5)), net.scales[0])
    made = net.trace(X, Y, learning_rate=0.1).weight_parts(1)

    def objective(free, scales):
        twin = net.copy()
        twin.scales[0] = scales
        twin.weights[0] = net.layers[0].parametrization.make_weights(free, scales)
        return twin.loss(X, Y).total

    for index in np.ndindex(3, 5):
        up, down = made.free.copy(), made.free.copy()
        up[index] += 1e-5
        down[index] -= 1e-5
        numeric = (objective(up, made.scales) - objective(down, made.scales)) / 2e-5
        assert made.d_free[index] == pytest.approx(numeric, rel=1e-6, abs=1e-8)
    for i in range(3):
        up, down = made.scales.copy(), made.scales.copy()
        up[i] += 1e-5
        down[i] -= 1e-5
        numeric = (objective(made.free, up) - objective(made.free, down)) / 2e-5
        assert made.d_scales[i] == pytest.approx(numeric, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "adam"])
def test_the_trace_is_the_step_and_opens_it(optimizer):
    net = network(l2=0.05)
    before = net.copy()
    trace = net.trace(X, Y, learning_rate=0.1, optimizer=optimizer)
    net.step(X, Y, learning_rate=0.1, optimizer=optimizer)
    for k in range(3):
        np.testing.assert_array_equal(trace.update.weights[k], net.weights[k])
        np.testing.assert_array_equal(trace.update.biases[k], net.biases[k])
    np.testing.assert_array_equal(trace.weight_parts(1).new_scales, net.scales[0])
    assert trace.weight_parts(3) is None
    assert trace.loss.total == pytest.approx(before.loss(X, Y).total)
    assert trace.new_loss == pytest.approx(net.loss(X, Y).total)

    explained = trace.explain("W1[1,2]")
    names = [line.name for line in explained.lines if line.part == "update"]
    assert names[0] == "W1[1,2]"
    assert names[-1] == "new W1[1,2]"
    for wanted in ("dL/dV1[1,2]", "new V1[1,2]", "dL/ds1[1]", "new s1[1]"):
        assert wanted in names
    values = {line.name: line.arithmetic.total for line in explained.lines}
    assert values["W1[1,2]"] == pytest.approx(before.weights[0][1, 2], rel=1e-12)
    assert values["new W1[1,2]"] == pytest.approx(net.weights[0][1, 2], rel=1e-12)
    assert values["new s1[1]"] == pytest.approx(net.scales[0][1], rel=1e-12)
    for line in explained.lines:  # what is written gives the result that is written
        if line.part == "update" and not line.arithmetic.omitted and len(line.arithmetic.pieces) == 1:
            piece = line.arithmetic.pieces[0]
            assert piece.evaluated(17) * line.arithmetic.numerator == pytest.approx(line.arithmetic.total, rel=1e-9)
    assert explained.check.agrees
    assert "weights of layer 1 made by scaled_ntk" in " ".join(trace.text().split())
    assert trace.to_json()["update"]["made"][1]["parametrization"].startswith("ntk(")


def test_biases_move_at_their_own_rate():
    net = network()
    trace = net.trace(X, Y, learning_rate=0.1)
    for layer, multiple in ((1, 0.1), (2, 0.5), (3, 1.0)):
        step = trace.parameter(f"b{layer}[0]")
        assert step.new == pytest.approx(step.old - multiple * 0.1 * step.gradient, rel=1e-12)
        line = trace.explain(f"b{layer}[0]").lines[-1]
        assert line.arithmetic.total == pytest.approx(step.new)
        assert line.arithmetic.pieces[0].values["learning_rate"] == pytest.approx(multiple * 0.1)


def test_pages_and_frames_of_such_a_trace_are_complete():
    trace = network(l2=0.05).trace(X[:3], Y[:3], learning_rate=0.1, optimizer="adam")
    assert len(trace.frame()) == len(trace.parameter_names)
    assert "W1[0,0]" in trace.html()
    assert r"V^{(1)}_{0,0}" in trace.latex()
    assert all(check.agrees for check in trace.checks.values())


def test_layers_say_how_their_weights_are_made():
    assert "parametrization='ntk(bias_rate=0.5)'" in repr(network())
    assert network().n_parameters == 3 * 5 + 5 + 5 * 4 + 4 + 4 * 2 + 2 + 3
    twin = network().copy()
    assert twin.scales[0] is not None
    np.testing.assert_array_equal(twin.weights[0], network().weights[0])
