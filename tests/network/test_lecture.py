"""The lecture's worked example, against figures worked by hand."""

import math

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import TrainingDiverged

SIZE, SURVIVAL = [0.5, 2.3, 2.9], [3.2, 1.9, 1.0]
ALL_SIZES, ALL_TEMPERATURES = [0.5, 2.3, 2.9, 2.8, 2.1], [37.6, 39.1, 36.2, 22.0, 23.0]


def neuron(reduction="sum", loss="squared_error", **settings):
    return Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], loss=loss, reduction=reduction, **settings)


def test_predictions_at_the_start():
    np.testing.assert_allclose(neuron().predict(SIZE).ravel(), [0.015, 0.033, 0.039], rtol=1e-14)


def test_losses_at_the_start():
    assert neuron(loss="absolute_error").loss(SIZE, SURVIVAL).total == pytest.approx(6.013, abs=1e-12)
    squares = 3.185**2 + 1.867**2 + 0.961**2
    assert neuron().loss(SIZE, SURVIVAL).total == pytest.approx(squares, rel=1e-14)
    assert round(squares, 2) == 14.55
    for reduction, share in (("half-sum", 1 / 2), ("mean", 1 / 3), ("half-mean", 1 / 6)):
        assert neuron(reduction).loss(SIZE, SURVIVAL).total == pytest.approx(squares * share, rel=1e-14)


def test_gradients_at_the_start():
    gradients = neuron().gradients(SIZE, SURVIVAL)
    assert gradients.d_weights[0].item() == pytest.approx(-17.347, abs=1e-12)
    assert gradients.d_biases[0].item() == pytest.approx(-12.026, abs=1e-12)


def test_the_printed_run_is_descent_on_half_the_sum():
    network, printed = neuron("half-sum"), {
        1: (0.88, 0.61, 9.80), 2: (0.19, 0.54, 7.44), 3: (0.50, 0.88, 6.10), 12: (-0.15, 1.995, 2.01),
        14: (-0.23, 2.18, 1.61), 16: (-0.30, 2.35, 1.29), 18: (-0.365, 2.50, 1.03), 20: (-0.42, 2.63, 0.83),
    }  # fmt: skip
    seen = 0
    for step in range(1, 21):
        network.step(SIZE, SURVIVAL, learning_rate=0.1)
        if step in printed:
            w, b, loss = printed[step]
            assert network.weights[0].item() == pytest.approx(w, abs=0.0051)
            assert network.biases[0].item() == pytest.approx(b, abs=0.0051)
            assert 2 * network.loss(SIZE, SURVIVAL).total == pytest.approx(loss, abs=0.0051)
            seen += 1
    assert seen == 8


def test_with_the_factor_two_the_same_rate_diverges():
    history = neuron().fit(SIZE, SURVIVAL, learning_rate=0.1, epochs=6)
    np.testing.assert_allclose(history.losses, [14.55, 40.1, 179.9, 910, 4695, 24303], rtol=1e-3)


def test_stability_limits():
    for reduction, limit in (("sum", 0.0611), ("half-sum", 0.1221)):
        found = neuron(reduction).stability(SIZE, SURVIVAL)
        assert round(found.largest_learning_rate, 4) == limit
        assert found.exact
        assert found.diverges(0.1) == (reduction == "sum")
    a, b, d = sum(x * x for x in SIZE), sum(SIZE), 3.0  # the Hessian of the sum of squares is 2 [[a, b], [b, d]]
    largest = 2 * ((a + d) / 2 + math.sqrt(((a - d) / 2) ** 2 + b * b))
    assert neuron().stability(SIZE, SURVIVAL).largest_curvature == pytest.approx(largest, rel=1e-13)


def test_just_below_and_just_above_the_limit():
    limit = neuron().stability(SIZE, SURVIVAL).largest_learning_rate
    below = neuron().fit(SIZE, SURVIVAL, learning_rate=0.99 * limit, epochs=3000)
    assert below.loss == pytest.approx(0.07538, abs=1e-4)
    with pytest.raises(TrainingDiverged, match=r"the largest stable learning rate is 0\.06106") as caught:
        neuron().fit(SIZE, SURVIVAL, learning_rate=1.2 * limit, epochs=3000)
    assert "step" in str(caught.value)


def test_the_minimum():
    network = neuron("half-sum")
    network.fit(SIZE, SURVIVAL, learning_rate=0.12, epochs=4000)
    assert network.weights[0].item() == pytest.approx(-0.87179, abs=5e-6)
    assert network.biases[0].item() == pytest.approx(3.68974, abs=5e-6)
    assert 2 * network.loss(SIZE, SURVIVAL).total == pytest.approx(0.07538, abs=5e-6)


def test_the_trace_says_what_the_lecture_says():
    trace = neuron().trace(SIZE, SURVIVAL, learning_rate=0.1)
    assert trace.explain("W1[0,0]").numbers == (
        "dL/dW1[0,0] = 2 · [(0.015 − 3.2)·0.5 + (0.033 − 1.9)·2.3 + (0.039 − 1)·2.9] = −17.347"
    )
    assert trace.explain("b1[0]").numbers == ("dL/db1[0] = 2 · [(0.015 − 3.2) + (0.033 − 1.9) + (0.039 − 1)] = −12.026")
    assert trace.explain("W1[0,0]").symbolic == "dL/dW1[0,0] = 2 · Σ_r (f − y) · x[r,0]"
    half = neuron("half-sum").trace(SIZE, SURVIVAL, learning_rate=0.1)
    assert half.explain("W1[0,0]").numbers == (
        "dL/dW1[0,0] = (0.015 − 3.2)·0.5 + (0.033 − 1.9)·2.3 + (0.039 − 1)·2.9 = −8.6735"
    )
    assert "2 / 3 · [" in neuron("mean").trace(SIZE, SURVIVAL, learning_rate=0.1).explain("W1[0,0]").numbers


def test_two_neurons_in_a_row():
    w1, b1, w2, b2 = 0.4, -0.2, 1.5, 0.3
    network = Network([Dense(1, 1, weights=[[w1]], biases=[b1]), Dense(1, 1, weights=[[w2]], biases=[b2])],
                      reduction="sum")  # fmt: skip
    error = [w2 * (w1 * x + b1) + b2 - y for x, y in zip(SIZE, SURVIVAL, strict=True)]
    want = {
        "W1[0,0]": 2 * sum(e * w2 * x for e, x in zip(error, SIZE, strict=True)),
        "b1[0]": 2 * sum(e * w2 for e in error),
        "W2[0,0]": 2 * sum(e * (w1 * x + b1) for e, x in zip(error, SIZE, strict=True)),
        "b2[0]": 2 * sum(error),
    }
    trace = network.trace(SIZE, SURVIVAL, learning_rate=0.01)
    for name, gradient in want.items():
        step = trace.parameter(name)
        assert step.gradient == pytest.approx(gradient, rel=1e-13)
        assert step.new == pytest.approx(step.old - 0.01 * gradient, rel=1e-13)
    assert "(f − y) · W2[0,0] · x[r,0]" in trace.explain("W1[0,0]").symbolic
    before = [w.copy() for w in network.weights]
    network.step(SIZE, SURVIVAL, learning_rate=0.01)
    assert all((old != new).all() for old, new in zip(before, network.weights, strict=True))


def test_linear_layers_collapse():
    network = Network([Dense(1, 1, weights=[[0.4]], biases=[-0.2]), Dense(1, 1, weights=[[1.5]], biases=[0.3])])
    collapsed = network.collapse()
    assert collapsed.network.weights[0].item() == pytest.approx(0.6)
    assert collapsed.network.biases[0].item() == pytest.approx(1.5 * -0.2 + 0.3, abs=1e-15)
    assert str(collapsed).startswith("This network is not deep: layers 1 and 2 have no activation between them")


def test_several_inputs_through_a_sigmoid():
    network = Network([Dense(2, 1, "sigmoid", weights=[[0.3], [-0.1]], biases=[3.0])], reduction="sum")
    X = np.column_stack([ALL_SIZES, ALL_TEMPERATURES])
    want = [1 / (1 + math.exp(-(0.3 * s - 0.1 * t + 3.0))) for s, t in X]
    np.testing.assert_allclose(network.predict(X).ravel(), want, rtol=1e-14)


def test_one_relu_cares_about_fever_and_ignores_cold():
    fever = Dense(2, 1, "relu", weights=[[0.0], [1.0]], biases=[-38.0])
    network = Network([fever])
    X = np.column_stack([ALL_SIZES, ALL_TEMPERATURES])
    np.testing.assert_allclose(network.predict(X).ravel(), [0, 1.1, 0, 0, 0], atol=1e-12)
    said = str(network.neurons(X, feature_names=["tumor size", "temperature"]))
    assert "excited by high temperature, whatever the tumor size" in said
    assert "is active where temperature is above 38" in said
    assert "off for 4 of 5 rows (80 %)" in said


def test_l1_selects_and_l2_spreads():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    X = np.column_stack([X[:, 0], X[:, 0] + 0.01 * X[:, 1], X[:, 1]])  # two inputs say the same, one says nothing
    y = 2.0 * X[:, 0]
    lasso = Network([Dense(3, 1)], l1=0.1, seed=1)
    lasso.fit(X, y, learning_rate=0.05, epochs=1500)
    ridge = Network([Dense(3, 1)], l2=0.05, seed=1)
    ridge.fit(X, y, learning_rate=0.05, epochs=1500)
    first, second, useless = ridge.weights[0].ravel()
    assert first == pytest.approx(second, abs=0.05)
    assert abs(useless) < 0.02
    assert abs(lasso.weights[0][2, 0]) < 0.01
    value = lasso.loss(X, y)
    assert value.l1 == pytest.approx(0.1 * np.abs(lasso.weights[0]).sum())
    assert value.total == value.data + value.l1
    assert value.l2 == 0


def test_classification_by_the_sign():
    X = np.column_stack([ALL_SIZES, ALL_TEMPERATURES])
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = [1, 1, 1, -1, -1]
    network = Network([Dense(2, 1)], loss="hinge", reduction="mean")
    network.fit(X, y, learning_rate=0.1, epochs=300)
    assert network.predict(X).ravel().tolist() == y
