"""Collapse, stability and neurons: what the network says about itself in words, checked against numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError, ShapeError, TrainingDiverged
from glassnet.formulas import activations


@settings(max_examples=80, deadline=None)
@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=5), st.lists(st.booleans(), min_size=4, max_size=4),
    st.integers(0, 2**32),
)  # fmt: skip
def test_collapse_keeps_every_prediction(sizes, linear, seed):
    rng = np.random.default_rng(seed)
    layers = [
        Dense(a, b, "identity" if flag else "tanh", weights=rng.normal(size=(a, b)), biases=rng.normal(size=b))
        for a, b, flag in zip(sizes, sizes[1:], linear, strict=False)
    ]
    network = Network(layers)
    collapsed = network.collapse()
    X = rng.normal(size=(7, sizes[0]))
    np.testing.assert_allclose(collapsed.network.predict(X), network.predict(X), rtol=1e-9, atol=1e-9)
    assert sorted(k for group in collapsed.merged for k in group) == list(range(1, len(sizes)))
    inner = linear[: len(sizes) - 2]
    assert collapsed.changed == any(inner)
    assert len(collapsed.network.layers) == len(layers) - sum(inner)


def test_collapse_in_words():
    w1, w2, w3 = [[1.0, 2.0]], [[3.0], [4.0]], [[5.0]]
    network = Network([Dense(1, 2, weights=w1, biases=[1.0, 0.0]), Dense(2, 1, weights=w2, biases=[0.5]),
                       Dense(1, 1, weights=w3, biases=[-1.0])])  # fmt: skip
    collapsed = network.collapse()
    assert str(collapsed).splitlines() == [
        "This network is not deep: layers 1, 2 and 3 have no activation between them, so they are one layer.",
        "y = ((x · W1 + b1) · W2 + b2) · W3 + b3 = x · (W1 · W2 · W3) + ((b1 · W2 + b2) · W3 + b3)",
        "W = W1 · W2 · W3 = [[55]]",
        "b = (b1 · W2 + b2) · W3 + b3 = [16.5]",
    ]
    assert "this network is deep" in str(Network([Dense(1, 2, "relu"), Dense(2, 1)]).collapse())
    assert "single layer" in str(Network([Dense(1, 1)]).collapse())
    partly = Network([Dense(1, 2, "relu"), Dense(2, 2), Dense(2, 1)]).collapse()
    assert str(partly).startswith("Layers 2 and 3 have no activation between them")
    assert str(partly).endswith("The network has 3 layers written down and 2 in effect.")


@pytest.mark.parametrize("reduction", ["sum", "half-sum", "mean", "half-mean"])
@pytest.mark.parametrize("l2", [0.0, 0.7])
def test_the_exact_limit_separates_shrinking_from_growing(reduction, l2):
    rng = np.random.default_rng(3)
    X, y, weight = rng.normal(size=(12, 3)), rng.normal(size=(12, 2)), rng.uniform(0, 2, 12)
    make = lambda: Network([Dense(3, 2)], reduction=reduction, l2=l2, seed=1)  # noqa: E731
    found = make().stability(X, y, weight)
    assert found.exact
    limit = found.largest_learning_rate
    network = make()
    assert network.fit(X, y, learning_rate=0.98 * limit, epochs=800, sample_weight=weight).loss < 1e6
    gradients = network.gradients(X, y, weight)
    assert np.abs(gradients.d_weights[0]).max() < 1e-4
    with pytest.raises(TrainingDiverged, match="diverges"):
        make().fit(X, y, learning_rate=1.05 * limit, epochs=40000, sample_weight=weight)


def test_the_numerical_limit_agrees_with_the_exact_one():
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(9, 2)), rng.normal(size=9)
    linear = Network([Dense(2, 1)], seed=1)
    huber = Network([Dense(2, 1, weights=linear.weights[0], biases=linear.biases[0])], loss="huber(delta=1e6)")
    exact, near = linear.stability(X, y), huber.stability(X, y)
    assert near.largest_learning_rate == pytest.approx(2 * exact.largest_learning_rate, rel=1e-6)
    assert not near.exact
    assert "Near the current weights" in str(near)
    assert "near the current weights" in near.verdict(1.0)


def test_stability_where_it_is_not_available():
    big = Network([Dense(30, 20, "relu"), Dense(20, 1)])
    found = big.stability(np.zeros((2, 30)), [0.0, 1.0])
    assert found.largest_learning_rate is None
    assert "641 parameters, over the 300" in str(found)
    assert found.diverges(0.1) is None
    assert found.verdict(0.1) == str(found)
    flat = Network([Dense(1, 1, "relu", weights=[[1.0]], biases=[-10.0])]).stability([1.0], [0.0])
    assert "does not curve upwards" in str(flat)


def test_verdict_says_how_fast():
    network = Network([Dense(1, 1, weights=[[0.01]], biases=[0.01])], reduction="sum")
    found = network.stability([0.5, 2.3, 2.9], [3.2, 1.9, 1.0])
    assert "multiplies the error along the steepest direction by 2.276" in found.verdict(0.1)
    assert "is stable" in found.verdict(0.05)
    with pytest.raises(ConfigurationError):
        found.verdict(-1.0)


def test_neurons_shares_and_rows():
    rng = np.random.default_rng(6)
    X = rng.normal(size=(200, 3))
    network = Network([Dense(3, 2, "relu", weights=[[3.0, 0.1], [0.0, -2.0], [0.3, 1.0]], biases=[0.0, -50.0]),
                       Dense(2, 1, weights=[[1.0], [1.0]], biases=[0.0])])  # fmt: skip
    report = network.neurons(X, feature_names=["age", "dose", "mass"])
    first, second = report.of(1)
    assert first.drivers[0].source == "age"
    deviation = X.std(axis=0)
    assert first.drivers[0].share == pytest.approx((3 * deviation[0]) ** 2 / ((3 * deviation[0]) ** 2 +
                                                   (0.3 * deviation[2]) ** 2))  # fmt: skip
    assert first.sentence.startswith(
        "Neuron 0 of layer 1 (relu) is excited by high age, whatever the mass and the dose."
    )
    response = np.maximum(X @ [3.0, 0.0, 0.3], 0)
    assert first.off_share == pytest.approx(np.mean(response == 0))
    assert [value for _, value in first.best_rows] == sorted(response)[::-1][:3]
    assert first.best_rows[0][0] == f"row {response.argmax()}"
    assert (first.lowest, first.highest) == (response.min(), response.max())
    assert second.dead
    assert "It is dead: off for every row, so these rows give it no gradient" in second.sentence
    assert "excited by low dose" in second.sentence
    output = report.of(2)[0]
    assert "(identity, the output)" in output.sentence
    assert "correlates with high age" in output.sentence
    assert str(report).count("\n") == 2


def test_a_dead_neuron_really_gets_no_gradient():
    network = Network([Dense(1, 1, "relu", weights=[[1.0]], biases=[-10.0]), Dense(1, 1)])
    X, y = np.linspace(-1, 1, 5), np.ones(5)
    assert network.neurons(X).of(1)[0].dead
    assert network.gradients(X, y).d_weights[0].item() == 0.0


def test_neurons_in_original_units():
    celsius = np.array([36.0, 37.0, 38.0, 39.0])
    scaled = (celsius - 37.0) / 2.0
    network = Network([Dense(1, 1, "relu", weights=[[1.0]], biases=[-0.5])])
    said = network.neurons(scaled, feature_names=["temperature"], center=[37.0], scale=[2.0], units=["°C"])
    assert "is active where temperature is above 38 °C" in str(said)
    assert said.neurons[0].drivers[0].original_weight == 0.5
    flipped = network.neurons(scaled, feature_names=["cold"], center=[37.0], scale=[-2.0])
    assert "excited by low cold" in str(flipped)


def test_saturated_neurons():
    network = Network([Dense(1, 1, "logistic", weights=[[10.0]], biases=[0.0])])
    neuron = network.neurons([-2.0, -1.0, 0.0, 1.0]).neurons[0]
    assert (neuron.off_share, neuron.saturated_share) == (0.5, 0.25)
    assert "off for 2 of 4 rows (50 %) and saturated for 1 of 4 rows (25 %)" in neuron.sentence


@pytest.mark.parametrize("name", list(activations))
def test_every_activation_can_be_described(name):
    rng = np.random.default_rng(7)
    network = Network([Dense(2, 3, name), Dense(3, 1)], seed=2)
    report = network.neurons(rng.normal(size=(30, 2)))
    assert len(report.neurons) == 4
    assert all(neuron.sentence.startswith("Neuron ") for neuron in report.neurons)


def test_one_row_and_constant_inputs():
    report = Network([Dense(2, 2, "tanh"), Dense(2, 1)]).neurons([[1.0, 2.0]])
    assert "does not react to these rows" in str(report)


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"feature_names": ["a"]}, ShapeError, "feature_names has 1 entries; 2 are needed"),
        ({"center": [1.0]}, ShapeError, "one number per input"),
        ({"scale": [1.0, 0.0]}, ConfigurationError, "a scale no 0"),
        ({"rows": ["a"]}, ShapeError, "rows has 1 entries"),
    ],
)
def test_settings_that_do_not_fit(settings, error, message):
    with pytest.raises(error, match=message):
        Network([Dense(2, 1)]).neurons([[1.0, 2.0], [2.0, 3.0]], **settings)
