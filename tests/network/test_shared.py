"""Networks with a shared body in readable NumPy: finite differences, ties, and what each head is on its own."""

import numpy as np
import pytest

from glassnet.errors import ConfigurationError, ShapeError, TrainingDiverged
from glassnet.network import Dense, Network, SharedNetworks

RNG = np.random.default_rng(8)
X = RNG.normal(size=(12, 4))
Y = RNG.normal(size=(12, 2))


def networks(first="scaled", between="standard", last="standard", heads=3, **settings):
    layers = [
        Dense(4, 6, "tanh", parametrization=first), Dense(6, 5, "gelu", parametrization=between),
        Dense(5, 2, parametrization=last),
    ]  # fmt: skip
    return SharedNetworks(layers, heads=heads, **{"seed": 2, **settings})


@pytest.mark.parametrize("first", ["scaled", "scaled_ntk(scale_rate=6)", "standard", "ntk"])
@pytest.mark.parametrize("step", [None, 4])
def test_gradients_by_finite_differences(first, step):
    shared = networks(first, "scaled_ntk", "scaled", l1=0.01, l2=0.03, dropout=0.3)
    weight = RNG.random(12)
    found = shared.gradients(X, Y, weight, step=step)
    for values, slopes in (
        (shared.weights, found.d_weights), (shared.biases, found.d_biases), (shared.scales, found.d_scales)
    ):  # fmt: skip
        for array, slope in zip(values, slopes, strict=True):
            assert (array is None) == (slope is None)
            for index in [] if array is None else [tuple(RNG.integers(n) for n in array.shape) for _ in range(4)]:
                old, ends = array[index], []
                for moved in (old + 1e-5, old - 1e-5):
                    array[index] = moved
                    ends.append(shared.loss(X, Y, weight, step=step).total)
                array[index] = old
                assert slope[index] == pytest.approx((ends[0] - ends[1]) / 2e-5, rel=1e-6, abs=1e-9)


def test_a_head_is_an_ordinary_network():
    shared = networks("scaled_ntk", scale_start="normal")
    heads = [shared.network(h) for h in range(3)]
    assert all(type(head) is Network for head in heads)
    np.testing.assert_array_equal(heads[0].weights[1], heads[2].weights[1])
    np.testing.assert_allclose(
        heads[1].weights[0], shared.scales[0][1][:, None] * shared.weights[0] / np.sqrt(4), rtol=1e-15
    )
    np.testing.assert_allclose(shared.predict(X), np.mean([head.predict(X) for head in heads], axis=0))
    assert shared.loss(X, Y).total == pytest.approx(np.mean([head.loss(X, Y).total for head in heads]))
    heads[0].weights[1][:] = 0.0  # a copy
    assert shared.weights[1].any()


def test_one_head_steps_like_the_network_alone():
    shared = networks(heads=1, scale_start="ones", dropout=0.2, l2=0.1)
    alone = shared.network(0)
    for _ in range(5):
        settings = {"learning_rate": 0.05, "optimizer": "adam", "clip_norm": 0.3}
        assert shared.step(X, Y, **settings).total == pytest.approx(alone.step(X, Y, **settings).total)
    for k in range(3):
        np.testing.assert_allclose(shared.network(0).weights[k], alone.weights[k], rtol=1e-10)


def test_probabilities_are_averaged_not_raw_predictions():
    y = np.eye(3)[RNG.integers(3, size=12)]
    layers = [Dense(4, 6, "tanh", parametrization="scaled"), Dense(6, 3)]
    shared = SharedNetworks(layers, heads=4, loss="softmax_cross_entropy", seed=1)
    shared.fit(X, y, learning_rate=0.3, epochs=30)
    raw = np.stack([shared.network(h).forward(X).raw_prediction for h in range(4)])
    shares = np.exp(raw) / np.exp(raw).sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(shared.predict(X), shares.mean(axis=0), rtol=1e-12)


def test_starts():
    signs, normal, ones = (
        networks(scale_start=start, heads=50).scales[0] for start in ("random_signs", "normal", "ones")
    )
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert 0.3 < np.mean(signs > 0) < 0.7
    assert 0.8 < normal.std() < 1.2
    assert (ones == 1).all()
    given = SharedNetworks([Dense(1, 2, weights=[[1.0, 2.0]], parametrization="scaled"),
                            Dense(2, 1, weights=[[1.0], [1.0]], biases=[3.0])], heads=2)  # fmt: skip
    assert given.weights[1].tolist() == [[[1.0], [1.0]]] * 2
    assert given.biases[1].tolist() == [[3.0]] * 2
    np.testing.assert_allclose(given.network(1).weights[0], given.scales[0][1] * np.array([[1.0, 2.0]]))


def test_what_goes_wrong_is_said():
    with pytest.raises(ConfigurationError, match="at least one hidden layer"):
        SharedNetworks([Dense(2, 1)], heads=2)
    with pytest.raises(ConfigurationError, match="without an activation"):
        SharedNetworks([Dense(2, 3), Dense(3, 1, "relu")], heads=2)
    with pytest.raises(ConfigurationError, match="heads=0"):
        networks(heads=0)
    with pytest.raises(ConfigurationError, match="counted from 0 to 2"):
        networks().network(3)
    with pytest.raises(ShapeError, match="X has shape"):
        networks().predict([[1.0]])
    shared = networks()
    kept = shared.copy()
    with pytest.raises(TrainingDiverged, match="Try learning_rate=1e"):
        shared.fit(X, Y, learning_rate=1e200, epochs=9)
    shared = kept.copy()
    with pytest.raises(TrainingDiverged):
        shared.step(X, Y * 1e200, learning_rate=0.1)
    np.testing.assert_array_equal(shared.weights[0], kept.weights[0])
