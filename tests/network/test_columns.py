"""Traces of layers that see column by column, carry inputs on and mix their activation: every number can be opened."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.network.trace.equations.quantity import quantity_lines, value_of

RNG = np.random.default_rng(8)
X, Y = RNG.normal(size=(7, 3)), RNG.normal(size=(7, 2))


def network(**settings):
    blocks, turns = [(1, 1, 3, 1), (1, 1, 2, 1), (1, 0, 0, 1)], "frequency(bias_decay=0)"
    layers = [
        Dense(3, 8, "cosine", connections=blocks, parametrization=turns),
        Dense(8, 6, connections=[(4, 3, 2, 1), (3, 2, 1, 1), (1, 1, 1, 0)], initializer="fan_in"),
        Dense(6, 4, "selu", mixed=True, parametrization="scaled_ntk(mix_rate=0.1)", initializer="data_driven"),
        Dense(4, 2, initializer="fan_in"),
    ]
    net = Network(layers, seed=4, **settings).look_at(X)
    net.mixes[2] = np.array([1.0, 0.4, 0.9, 1.2])
    return net


@pytest.mark.parametrize("settings", [{}, {"l2": 0.03}], ids=["plain", "penalty"])
@pytest.mark.parametrize("optimizer", ["gradient_descent", "adamw(weight_decay=0.2)"])
def test_every_parameter_can_be_opened_and_what_is_written_is_true(optimizer, settings):
    net = network(**settings)
    trace = net.trace(X, Y, learning_rate=0.1, optimizer=optimizer, decay=0.5, clip_norm=2.0)
    after = net.copy()
    after.fit(X, Y, learning_rate=0.1, optimizer=optimizer, epochs=1, clip_norm=2.0)
    assert len(trace.parameter_names) == 5 + 5 + 9 + 4 + 24 + 4 + 4 + 8 + 2  # weights, biases, and mixes of one layer
    assert net.n_parameters == len(trace.parameter_names) + 6  # scales
    assert len(trace.frame()) == len(trace.parameter_names)
    for name in trace.parameter_names:
        check = trace.checks[name]
        if not (settings and name.startswith(("W1", "W2", "W3"))):  # penalties act on what these are made of
            assert check.agrees, (name, check)
        explained, step = trace.explain(name), trace.parameter(name)
        for line in explained.lines:
            if not line.arithmetic.omitted and line.arithmetic.denominator == 1.0:
                written = sum(piece.evaluated(17) for piece in line.arithmetic.pieces)
                total = line.arithmetic.total / line.arithmetic.suffix if line.arithmetic.suffix else None
                if total is not None:
                    assert written * line.arithmetic.numerator == pytest.approx(total, rel=1e-8, abs=1e-12), line
        new = {line.name: line.arithmetic.total for line in explained.lines}[f"new {name}"]
        assert new == pytest.approx(step.new, rel=1e-10, abs=1e-14)


def test_the_trace_is_the_step():
    net = network()
    trace = net.trace(X, Y, learning_rate=0.1, optimizer="adamw(weight_decay=0.2)")
    net.step(X, Y, learning_rate=0.1, optimizer="adamw(weight_decay=0.2)")
    for k in range(4):
        np.testing.assert_array_equal(trace.update.weights[k], net.weights[k])
        np.testing.assert_array_equal(trace.update.biases[k], net.biases[k])
    np.testing.assert_array_equal(trace.update.mixes[2], net.mixes[2])
    assert trace.update.mixes[3] is None
    assert trace.new_loss == pytest.approx(net.loss(X, Y).total)
    step = trace.parameter("m3[1]")
    assert (step.kind, step.old) == ("mixes", 0.4)
    text = str(trace.explain("m3[1]"))
    assert "the mix of neuron 1 of layer 3" in text
    assert "selu(z3[r,1]) − z3[r,1]" in text


def test_rates_and_decays_are_those_of_the_group():
    net = network()
    lines = net.trace(X, Y, learning_rate=0.1, optimizer="adamw(weight_decay=0.2)", decay=0.5).explain("m3[0]").lines
    values = lines[-1].arithmetic.pieces[0].values
    assert values["learning_rate"] == pytest.approx(0.01)
    assert values["weight_decay"] == pytest.approx(0.1)
    still = net.trace(X, Y, learning_rate=0.1, optimizer="adamw(weight_decay=0.2)").explain("b1[0]").lines
    assert still[-1].arithmetic.pieces[0].values["weight_decay"] == 0.0


def test_quantities_of_such_layers():
    trace = network().trace(X, Y, learning_rate=0.1)
    assert value_of(trace, "m3[3]") == 1.2
    line = quantity_lines(trace, "z1[0,3]")[0]  # a copy of the first input
    assert len(line.arithmetic.pieces) == 2
    assert line.arithmetic.total == X[0, 0]
    for name in ("a3[2,1]", "dL/da3[1,2]", "dL/da1[0,0]", "dL/da4[0,1]", "mixed_selu'(z3[0,1])"):
        (line,) = quantity_lines(trace, name)
        assert line.arithmetic.total == pytest.approx(value_of(trace, name))
    assert len(quantity_lines(trace, "dL/da1[0,0]")[0].arithmetic.pieces) == 2


def test_what_is_not_trained_says_so():
    trace = network().trace(X, Y, learning_rate=0.1)
    for name in ("W1[0,3]", "W1[1,0]", "b1[7]"):
        with pytest.raises(ConfigurationError, match="is not trained"):
            trace.parameter(name)
    with pytest.raises(ConfigurationError, match=r"m3\[0..3\]"):
        trace.parameter("m1[0]")


def test_pages_of_such_a_trace_are_complete():
    trace = network().trace(X[:2], Y[:2], learning_rate=0.1, optimizer="adam")
    page, text = trace.html(), trace.text()
    assert "m3[0]" in page
    assert "mixed" in text
    assert trace.latex()
    document = trace.to_json()
    assert document["forward"][2]["mixes"] == [1.0, 0.4, 0.9, 1.2]
    assert document["forward"][0]["connections"] == [[1, 1, 3, 1], [1, 1, 2, 1], [1, 0, 0, 1]]
    assert document["backward"][2]["d_mixes"] is not None


def test_layers_say_what_they_connect():
    assert "connections=Connections([(1, 1, 3, 1)] + [(1, 1, 2, 1)] + [(1, 0, 0, 1)])" in repr(network())
    assert "mixed=True" in repr(network())
    report = network().neurons(X)
    assert len(report.neurons) == 20
    twin = network().copy()
    np.testing.assert_array_equal(twin.mixes[2], network().mixes[2])


def test_layers_without_an_activation_between_them_collapse():
    net = network()
    smaller = net.collapse().network
    assert smaller.layer_sizes == (3, 8, 4, 2)  # the second layer goes into the third
    np.testing.assert_allclose(smaller.predict(X), net.predict(X), rtol=1e-12)


def test_given_weights_keep_to_the_connections():
    layer = Dense(2, 4, connections=[(1, 1, 1, 1)] * 2, weights=np.ones((2, 4)), biases=np.ones(4))
    np.testing.assert_array_equal(layer.weights, [[1, 1, 0, 0], [0, 0, 1, 1]])
    np.testing.assert_array_equal(layer.biases, [1, 0, 1, 0])
