"""Every initializer: moments against the paper's formulas, and independence of members, layers and order."""

import math

import numpy as np
import pytest

from glassnet.formulas import Connections, initializers

N_IN, N_OUT, GAIN = 300, 200, math.sqrt(2.0)
DEVIATION = {  # of weights, of biases
    "glorot": (math.sqrt(6 / 500) / math.sqrt(3), math.sqrt(6 / 500) / math.sqrt(3)),
    "he": (GAIN / math.sqrt(N_IN), 0.0),
    "lecun": (1 / math.sqrt(N_IN), 0.0),
    "fan_in": (1 / math.sqrt(3 * N_IN), 1 / math.sqrt(3 * N_IN)),
    "ntk_normal": (1 / math.sqrt(N_IN), 1.0),
    "standard_normal": (1.0, 1.0),
    "constant": (0.0, 0.0),
    "wave": (0.1, math.pi / math.sqrt(3)),
    "data_driven": (1.0, 0.0),
    "embedding": (1.0, 0.0),
}


def test_every_initializer_has_an_oracle():
    assert set(DEVIATION) == set(initializers)


@pytest.mark.parametrize("name", list(initializers))
def test_moments(name):
    weights, biases = initializers[name].draw(N_IN, N_OUT, seed=11, gain=GAIN)
    assert weights.shape == (N_IN, N_OUT)
    assert biases.shape == (N_OUT,)
    for values, want in zip((weights, biases), DEVIATION[name], strict=True):
        count = values.size
        assert abs(values.mean()) <= 5 * want / math.sqrt(count)
        assert values.std() == pytest.approx(want, rel=5 / math.sqrt(count) if want else 0, abs=1e-15)


@pytest.mark.parametrize("name", list(initializers))
def test_shape_of_the_distribution(name):
    record = initializers[name]
    weights = record.draw(N_IN, N_OUT, seed=3, gain=GAIN)[0].ravel()
    if record.distribution == "uniform":
        half_width = DEVIATION[name][0] * math.sqrt(3)
        assert np.abs(weights).max() <= half_width
        assert np.abs(weights).max() >= 0.999 * half_width
        counts = np.histogram(weights, bins=10, range=(-half_width, half_width))[0]
        assert np.abs(counts - weights.size / 10).max() < 5 * math.sqrt(weights.size / 10)
    elif record.distribution == "normal":
        z = weights / DEVIATION[name][0]
        assert np.mean(np.abs(z) < 1) == pytest.approx(math.erf(math.sqrt(0.5)), abs=0.01)
        assert np.mean(z**4) == pytest.approx(3.0, abs=0.15)
    else:
        assert (weights == record.values["value"]).all()


def test_a_constant_is_that_constant():
    weights, biases = initializers.resolve("constant(value=0.01)").draw(2, 3, seed=0)
    assert (weights == 0.01).all()
    assert (biases == 0.01).all()


@pytest.mark.parametrize("name", list(initializers))
def test_members_are_the_same_alone_and_together(name):
    record = initializers[name]
    together = record.draw(5, 4, seed=9, member=np.array([0, 7, 3]), layer=2)
    assert together[0].shape == (3, 5, 4)
    assert together[1].shape == (3, 4)
    for place, member in enumerate((0, 7, 3)):
        alone = record.draw(5, 4, seed=9, member=member, layer=2)
        for a, b in zip(alone, together, strict=True):
            np.testing.assert_array_equal(a, b[place])


def test_seed_member_and_layer_all_matter():
    drawn = [
        initializers["he"].draw(4, 4, **{"seed": 1, "member": 0, "layer": 0, **change})[0].tobytes()
        for change in ({}, {"seed": 2}, {"member": 1}, {"layer": 1}, {"seed": 2**63})
    ]
    assert len(set(drawn)) == 5


def test_connections_draw_block_by_block_with_their_own_sizes():
    blocks = Connections([(2, 1, 40, 1), (3, 3, 60, 0)])
    weights, biases = initializers["fan_in"].draw(5, 101, seed=2, connections=blocks)
    assert (weights[~blocks.mask] == 0).all()
    assert (biases[~blocks.trained_neurons] == 0).all()
    assert 0.8 < np.abs(weights[0, :40]).max() <= 1.0
    assert 0.5 < np.abs(weights[2:, 41:]).max() <= 1 / math.sqrt(3)
    again, _ = initializers["fan_in"].draw(5, 101, seed=2, connections=Connections([(1, 1, 40, 0), (4, 3, 60, 1)]))
    np.testing.assert_array_equal(weights[0, :40], again[0, :40])  # numbers follow what is trained, not where it stands


def test_looking_at_rows_gives_every_neuron_variance_one_and_a_bias_from_the_rows():
    rng = np.random.default_rng(0)
    rows, (free, _) = rng.normal(3.0, 2.0, (50, 4)), initializers["data_driven"].draw(4, 30, seed=1)
    new, biases = initializers["data_driven"].settle(free, rows @ free, seed=1, layer=2)
    z = rows @ new
    np.testing.assert_allclose(z.std(axis=0), 1.0, rtol=1e-12)
    assert (-biases >= z.min(axis=0)).all()
    assert (-biases <= z.max(axis=0)).all()
    assert np.ptp(z.mean(axis=0) + biases) > 0.5  # not the mean of all rows
    one = initializers.resolve("data_driven(rows=1)").settle(free, rows @ free, seed=1)[1]
    assert np.abs(z + one).min(axis=0).max() < 1e-12  # a single row's pre-activation becomes 0
    other = initializers["data_driven"].settle(free, rows @ free, seed=1, member=1, layer=2)[1]
    assert (other != biases).all()


def test_a_neuron_that_all_rows_leave_alike_keeps_its_weights():
    free = np.array([[1.0, 2.0]])
    new, biases = initializers["data_driven"].settle(free, np.array([[3.0, 6.0]] * 4), seed=0)
    np.testing.assert_array_equal(new, free)
    np.testing.assert_allclose(biases, [-3.0, -6.0])
