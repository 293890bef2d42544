"""Blocks of connections: by hand, what they hold fixed, and what they refuse."""

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Connections, activations, mixed
from glassnet.formulas.parametrization import check_connections, count_trained, parametrizations

THREE = Connections([(1, 1, 2, 1), (3, 2, 1, 2), (2, 0, 0, 1)])


def test_a_mask_by_hand():
    assert (THREE.n_in, THREE.n_out, THREE.n_weights, THREE.n_biases) == (6, 7, 4, 3)
    expected = np.zeros((6, 7), dtype=int)
    expected[0, 0:2] = 1
    expected[1:3, 3] = 1
    np.testing.assert_array_equal(THREE.mask, expected)
    assert THREE.carried == ((0, 2), (2, 4), (3, 5), (5, 6))
    np.testing.assert_array_equal(THREE.trained_neurons, [1, 1, 0, 1, 0, 0, 0])


def test_what_is_imposed_and_what_is_held_back():
    weights, biases = THREE.impose(np.full((6, 7), 3.0), np.full(7, 5.0))
    x = np.arange(1.0, 7.0)
    np.testing.assert_array_equal(x @ weights + biases, [8, 8, 1, 20, 3, 4, 6])
    d_weights, d_biases = THREE.held_back(np.ones((6, 7)), np.ones(7))
    assert (d_weights.sum(), d_biases.sum()) == (4, 3)
    members, _ = THREE.impose(np.full((2, 6, 7), 3.0), np.full((2, 7), 5.0))
    np.testing.assert_array_equal(members[1], weights)


def test_what_is_kept_of_the_weights():
    weights = np.arange(2 * 6 * 7.0).reshape(2, 6, 7)
    kept = THREE.kept(weights)
    np.testing.assert_array_equal(kept[0], [0, 1, 10, 17])
    np.testing.assert_array_equal(THREE.spread(kept), weights * THREE.mask)
    np.testing.assert_array_equal(THREE.kept(weights[1]), kept[1])


def test_they_are_shown_shortly_and_travel_as_numbers():
    assert (
        repr(Connections([(1, 1, 16, 1)] * 30 + [(2, 0, 0, 2)])) == "Connections([(1, 1, 16, 1)] * 30 + [(2, 0, 0, 2)])"
    )
    assert Connections(THREE.to_plain()) == THREE
    assert eval(repr(THREE)) == THREE


@pytest.mark.parametrize(
    "block", [(1, 2, 3, 0), (1, 1, 0, 1), (2, 0, 0, 3), (0, 0, 1, 0), (1, 1, 2, -1), (1.0, 1, 1), 3, "x"]
)
def test_impossible_blocks_are_refused(block):
    with pytest.raises(ConfigurationError, match=r"[Bb]lock"):
        Connections([block])


def test_blocks_must_fit_their_layer_and_its_weights():
    with pytest.raises(ShapeError, match="6 inputs and 7 neurons"):
        check_connections(THREE, 6, 8, parametrizations["standard"])
    with pytest.raises(ConfigurationError, match="scales"):
        check_connections(THREE, 6, 7, parametrizations["scaled"])
    with pytest.raises(ConfigurationError, match="blocks of the layer differ"):
        parametrizations["ntk"].factor(6, 7, THREE)
    assert parametrizations["ntk"].factor(8, 8, Connections([(4, 4, 1, 0)] * 2)) == 0.5
    with pytest.raises(ConfigurationError, match="at least one block"):
        Connections([])


def test_what_is_counted_is_what_is_trained():
    assert count_trained(6, 7, THREE, parametrizations["standard"], mixed=True) == 4 + 3 + 3
    assert count_trained(6, 7, None, parametrizations["scaled"], mixed=True) == 42 + 7 + 6 + 7


@pytest.mark.parametrize("name", list(activations))
def test_a_mixed_activation_lies_between_the_identity_and_its_own(name):
    base, mixes = activations[name], np.array([0.0, 0.3, 1.0, 1.4])
    record, z = mixed(base, mixes), np.linspace(-3.1, 2.9, 28).reshape(7, 4)
    np.testing.assert_allclose(record.apply(z), (1 - mixes) * z + mixes * base.apply(z), rtol=1e-14)
    np.testing.assert_array_equal(record.apply(z)[:, 0], z[:, 0])
    np.testing.assert_array_equal(record.apply(z)[:, 2], np.asarray(base.apply(z))[:, 2])
    for j in range(4):
        one = record.of(j)
        np.testing.assert_array_equal(one.apply(z[:, j]), record.apply(z)[:, j])
        np.testing.assert_allclose(one.slope(z[:, j]), (record.slope(z) * np.ones_like(z))[:, j], rtol=1e-15)
    smooth = np.min([np.abs(z - kink) for kink in (*base.kinks, 1e9)], axis=0) > 1e-3
    numeric = (record.apply(z + 1e-6) - record.apply(z - 1e-6)) / 2e-6
    np.testing.assert_allclose((record.slope(z) * np.ones_like(z))[smooth], numeric[smooth], rtol=1e-7, atol=1e-8)
