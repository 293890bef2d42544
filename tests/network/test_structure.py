"""Networks and layers: what they accept, how they look, and what they say when something does not fit."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.formulas import activations, initializers


def test_start_comes_from_the_initializer_with_the_gain_of_the_activation():
    network = Network([Dense(3, 4, "relu", initializer="he"), Dense(4, 2, initializer="lecun")], seed=7)
    for k, name in enumerate(("he", "lecun")):
        layer = network.layers[k]
        w, b = initializers[name].draw(
            layer.n_in, layer.n_out, seed=7, member=0, layer=k, gain=activations[layer.activation.name].gain
        )
        np.testing.assert_array_equal(network.weights[k], w)
        np.testing.assert_array_equal(network.biases[k], b)
    assert network.layer_sizes == (3, 4, 2)
    assert network.n_parameters == 3 * 4 + 4 + 4 * 2 + 2


def test_the_same_seed_is_the_same_network_and_another_is_not():
    make = lambda seed: Network([Dense(3, 4)], seed=seed).weights[0].tobytes()  # noqa: E731
    assert make(1) == make(1) != make(2)


def test_given_weights_are_copied():
    w = np.ones((1, 1))
    layer = Dense(1, 1, weights=w)
    first, second = Network([layer]), Network([layer])
    w[0, 0] = 5.0
    first.weights[0][0, 0] = 7.0
    assert second.weights[0].item() == 1.0


def test_repr():
    network = Network([Dense(2, 3, "leaky_relu(slope=0.2)"), Dense(3, 1)], loss="huber", l1=0.1)
    assert repr(network) == (
        "Network([Dense(2, 3, 'leaky_relu(slope=0.2)'), Dense(3, 1)], loss='huber(delta=1.0)', reduction='mean', "
        "l1=0.1)  # 13 parameters"
    )


def test_copy_is_independent():
    network = Network([Dense(1, 1)])
    network.step([1.0, 2.0], [1.0, 0.0], learning_rate=0.1, optimizer="adam")
    twin = network.copy()
    network.step([1.0, 2.0], [1.0, 0.0], learning_rate=0.1, optimizer="adam")
    assert twin.optimizer_state.step == 1
    assert network.optimizer_state.step == 2
    assert twin.weights[0].item() != network.weights[0].item()
    twin.step([1.0, 2.0], [1.0, 0.0], learning_rate=0.1, optimizer="adam")
    np.testing.assert_array_equal(twin.weights[0], network.weights[0])


def test_one_dimension_is_read_where_it_is_unambiguous():
    network = Network([Dense(1, 1)])
    np.testing.assert_array_equal(network.predict([1, 2]), network.predict([[1], [2]]))
    assert network.loss([1, 2], [1, 2]) == network.loss([[1], [2]], [[1], [2]])


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        ([1.0, 2.0], ShapeError, r"X has shape \(2,\).*must have shape \(rows, 2\).*If this is one row, write \[X\]"),
        ([[1.0], [2.0]], ShapeError, r"X has shape \(2, 1\).*write X\.T"),
        ([[1.0, 2.0, 3.0]], ShapeError, "the network has 2 inputs"),
        (3.0, ShapeError, r"X has shape \(\)"),
        (np.empty((0, 2)), ShapeError, "X has no rows"),
        ([[1.0, np.nan]], DataError, r"X\[0, 1\] is nan.*drop row 0"),
        ([[1.0, 2.0], [np.inf, 0.0]], DataError, r"X\[1, 0\] is inf"),
        ([["a", "b"]], DataError, "X cannot be read as numbers"),
        ([[1.0], [1.0, 2.0]], DataError, "rows of numbers of equal length"),
    ],
)
def test_inputs_that_do_not_fit(X, error, message):
    network = Network([Dense(2, 1)])
    for ask in (network.predict, network.forward, network.neurons, lambda X: network.loss(X, [1.0])):
        with pytest.raises(error, match=message):
            ask(X)


@pytest.mark.parametrize(
    ("y", "weight", "error", "message"),
    [
        ([1.0], None, ShapeError, "X has 2 rows and y has 1"),
        ([[1.0, 2.0], [1.0, 2.0]], None, ShapeError, "the network has 1 output"),
        ([1.0, np.nan], None, DataError, r"y\[1, 0\] is nan"),
        ([1.0, 2.0], [1.0], ShapeError, "sample_weight has shape"),
        ([1.0, 2.0], [1.0, -1.0], DataError, r"sample_weight\[1\] is -1"),
        ([1.0, 2.0], [0.0, 0.0], DataError, "All row weights are 0"),
        ([1.0, 2.0], [1.0, np.inf], DataError, r"sample_weight\[1\] is inf"),
        ([1.0, 2.0], ["a", "b"], DataError, "sample_weight cannot be read"),
    ],
)
def test_targets_and_weights_that_do_not_fit(y, weight, error, message):
    network, X = Network([Dense(2, 1)]), [[1.0, 2.0], [3.0, 4.0]]
    for ask in (network.loss, network.gradients, network.stability):
        with pytest.raises(error, match=message):
            ask(X, y, weight)
    for ask in (network.step, network.fit, network.trace):
        with pytest.raises(error, match=message):
            ask(X, y, learning_rate=0.1, sample_weight=weight)


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Dense(0, 1), ConfigurationError, "n_in=0 must be a whole number of at least 1"),
        (lambda: Dense(1, 2.0), ConfigurationError, r"n_out=2\.0"),
        (lambda: Dense(1, True), ConfigurationError, "n_out=True"),
        (lambda: Dense(1, 1, "relux"), ConfigurationError, "Unknown activation 'relux'. Did you mean 'relu'"),
        (lambda: Dense(1, 1, initializer="hee"), ConfigurationError, "Unknown initializer"),
        (lambda: Dense(1, 2, weights=[[1.0]]), ShapeError, r"weights has shape \(1, 1\); this layer needs \(1, 2\)"),
        (lambda: Dense(1, 2, biases=[1.0]), ShapeError, "one number per neuron"),
        (lambda: Dense(1, 1, weights=[["a"]]), DataError, "cannot be read as numbers"),
        (lambda: Dense(1, 1, weights=[[np.inf]]), DataError, "not finite"),
        (lambda: Network([]), ConfigurationError, "at least one Dense"),
        (lambda: Network([3]), ConfigurationError, "at least one Dense"),
        (lambda: Network([Dense(1, 2), Dense(3, 1)]), ShapeError, r"Layer 1 has 2 neurons.*Write Dense\(2, 1"),
        (lambda: Network([Dense(1, 1)], loss="mse"), ConfigurationError, "Unknown loss 'mse'"),
        (lambda: Network([Dense(1, 1)], reduction="avg"), ConfigurationError, "Unknown reduction"),
        (lambda: Network([Dense(1, 1)], l1=-1), ConfigurationError, r"l1=-1 lies outside \[0, inf\)"),
        (lambda: Network([Dense(1, 1)], l2=float("nan")), ConfigurationError, "l2=nan"),
        (lambda: Network([Dense(1, 1)], seed=-1), ConfigurationError, "seed=-1"),
        (lambda: Network([Dense(1, 1)], loss="softmax_cross_entropy"), ConfigurationError, "at least 2"),
    ],
)
def test_settings_that_do_not_fit(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize(
    ("loss", "y", "message"),
    [
        ("logistic", [[0.0], [2.0]], r"needs targets in \[0, 1\], but y\[1, 0\] is 2"),
        ("hinge", [[0.0], [1.0]], r"needs the targets -1 and 1, but y\[0, 0\] is 0.*2 \* y - 1"),
        ("squared_hinge", [[1.0], [0.5]], "needs the targets -1 and 1"),
        ("gamma", [[0.0], [1.0]], r"needs targets in \(0, inf\)"),
    ],
)
def test_targets_without_a_meaning(loss, y, message):
    with pytest.raises(ConfigurationError, match=message):
        Network([Dense(1, 1)], loss=loss).loss([1.0, 2.0], y)


def test_softmax_targets_must_be_shares():
    network = Network([Dense(1, 3)], loss="cross_entropy")
    with pytest.raises(ConfigurationError, match="rows sum to 1, but row 1 sums to 2"):
        network.loss([1.0, 2.0], [[1, 0, 0], [1, 1, 0]])


def test_weights_assigned_in_the_wrong_shape():
    network = Network([Dense(2, 1)])
    network.weights[0] = np.ones((1, 2))
    with pytest.raises(ShapeError, match=r"network\.weights\[0\] has shape \(1, 2\); the layer needs \(2, 1\)"):
        network.predict([[1.0, 2.0]])
    network.weights[0] = [[1], [2]]
    assert network.predict([[1.0, 2.0]]).item() == pytest.approx(5.0 + network.biases[0].item())


def test_large_inputs_overflow_quietly_into_a_named_error_only_when_trained():
    network = Network([Dense(1, 1, weights=[[1e200]], biases=[0.0])])
    assert network.predict([1e200]).item() == np.inf
    assert network.loss([1e200], [0.0]).total == np.inf
