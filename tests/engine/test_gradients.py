"""Objective and gradients against backpropagation in plain NumPy, and against the readable network."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import objective_and_gradients, targets_for

from glassnet.engine import Plan, loss_and_gradients, predict_raw
from glassnet.formulas import REDUCTIONS, activations, losses
from glassnet.network import Dense, Network


def network(rng, sizes):
    return [rng.normal(size=(a, b)) / np.sqrt(a) for a, b in itertools.pairwise(sizes)], [
        rng.normal(size=b) for b in sizes[1:]
    ]


def agree(got, wanted, rel=1e-11):
    scale = max(np.abs(w).max() for w in wanted) + 1e-300
    for g, w in zip(got, wanted, strict=True):
        np.testing.assert_allclose(g, w, rtol=1e-9, atol=rel * scale)


@pytest.mark.parametrize("name", losses)
def test_every_loss(name):
    loss, rng = losses[name], np.random.default_rng(5)
    for sizes, n in (((3, 5, 2), 37), ((4, 17, 3), 600), ((2, 20, 16, 5), 300)):
        acts = [*(list(activations)[rng.integers(len(activations))] for _ in sizes[2:]), "identity"]
        weights, biases = network(rng, sizes)
        X, y, w = rng.normal(size=(n, sizes[0])), targets_for(loss, rng, n, sizes[-1]), rng.random(n)
        plan = Plan(sizes, acts, loss, reduction="half-mean", l1=0.01, l2=0.02, penalty_per_row=True)
        value, *gradients = loss_and_gradients(plan, weights, biases, X, y, w)
        wanted, *reference = objective_and_gradients(
            sizes, acts, loss, weights, biases, X, y, w, reduction="half-mean", l1=0.01, l2=0.02, per_row=True
        )
        assert value == pytest.approx(wanted, rel=1e-12)
        agree([*gradients[0], *gradients[1]], [*reference[0], *reference[1]])


@settings(max_examples=40, deadline=None)
@given(
    hidden=st.lists(st.sampled_from([1, 2, 3, 7, 16, 17, 33]), max_size=3),
    n_in=st.sampled_from([1, 2, 15, 16, 18]),
    n_out=st.sampled_from([1, 2, 3, 17]),
    n=st.sampled_from([1, 2, 15, 16, 17, 255, 256, 257, 520]),
    activation=st.sampled_from(sorted(activations)),
    reduction=st.sampled_from(REDUCTIONS),
    seed=st.integers(0, 99),
)
def test_any_shape(hidden, n_in, n_out, n, activation, reduction, seed):
    rng, sizes = np.random.default_rng(seed), [n_in, *hidden, n_out]
    acts = [activation] * len(hidden) + ["identity"]
    weights, biases = network(rng, sizes)
    X, y, w = rng.normal(size=(n, n_in)), rng.normal(size=(n, n_out)), np.ones(n)
    plan = Plan(sizes, acts, "squared_error", reduction=reduction)
    value, *gradients = loss_and_gradients(plan, weights, biases, X, y)
    wanted, *reference = objective_and_gradients(
        sizes, acts, "squared_error", weights, biases, X, y, w, reduction=reduction
    )
    assert value == pytest.approx(wanted, rel=1e-11)
    agree([*gradients[0], *gradients[1]], [*reference[0], *reference[1]], rel=1e-10)
    raw = X
    for W, b, act in zip(weights, biases, acts, strict=True):
        raw = activations[act].apply(raw @ W + b)
    np.testing.assert_allclose(predict_raw(weights, biases, acts, X), raw, rtol=1e-9, atol=1e-9)
    single = predict_raw(
        [x.astype(np.float32) for x in weights], [x.astype(np.float32) for x in biases], acts, X, threads=2
    )
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, raw, rtol=1e-3, atol=1e-3)


def test_the_readable_network_agrees():
    rng = np.random.default_rng(6)
    net = Network(
        [Dense(4, 9, "gelu"), Dense(9, 3)],
        loss="softmax_cross_entropy",
        l1=0.001,
        l2=0.01,
        penalty_per_row=True,
        seed=3,
    )
    X, y, w = rng.normal(size=(50, 4)), np.eye(3)[rng.integers(3, size=50)], rng.random(50)
    plan = Plan([4, 9, 3], ["gelu", "identity"], "softmax_cross_entropy", l1=0.001, l2=0.01, penalty_per_row=True)
    value, d_weights, d_biases = loss_and_gradients(plan, net.weights, net.biases, X, y, w)
    reference = net.gradients(X, y, sample_weight=w)
    assert value == pytest.approx(net.loss(X, y, sample_weight=w).total, rel=1e-13)
    agree([*d_weights, *d_biases], [*reference.d_weights, *reference.d_biases])


def test_a_weight_of_two_is_the_row_twice():
    rng = np.random.default_rng(7)
    weights, biases = network(rng, (3, 4, 1))
    X, y = rng.normal(size=(20, 3)), rng.normal(size=(20, 1))
    plan = Plan([3, 4, 1], ["tanh", "identity"], "squared_error")
    w = np.ones(20)
    w[:5] = 2.0
    w[5] = 0.0
    twice = np.r_[np.arange(5), np.arange(5), np.arange(6, 20)]
    one = loss_and_gradients(plan, weights, biases, X, y, w)
    two = loss_and_gradients(plan, weights, biases, X[twice], y[twice])
    assert one[0] == pytest.approx(two[0], rel=1e-12)
    agree([*one[1], *one[2]], [*two[1], *two[2]])
