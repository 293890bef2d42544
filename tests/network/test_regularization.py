"""Dropout, label smoothing and clipping in the readable network: by hand, and against finite differences."""

import numpy as np
import pytest

from glassnet import Dense, Network
from glassnet.errors import ConfigurationError
from glassnet.formulas import dropout_mask, losses
from glassnet.network.trace.equations.quantity import value_of


def network(**settings):
    layers = [Dense(2, 3, "tanh"), Dense(3, 2, "gelu"), Dense(2, 1)]
    return Network(layers, **{"loss": "logistic", "dropout": (0.2, 0.4, 0.3), "seed": 3, **settings})


X, y = np.array([[0.5, 1.0], [2.3, -1.0], [2.9, 0.3]]), np.array([1.0, 0.0, 1.0])


def test_masks_keep_the_mean_and_depend_on_their_address_only():
    mask = dropout_mask(0.3, 4000, 7, seed=1, member=2, step=3, layer=1)
    assert set(np.unique(mask)) == {0.0, 1 / 0.7}
    assert abs(mask.mean() - 1) < 0.02
    np.testing.assert_array_equal(mask[:10], dropout_mask(0.3, 10, 7, seed=1, member=2, step=3, layer=1))
    for other in ({"seed": 2}, {"member": 3}, {"step": 4}, {"layer": 2}):
        address = {"seed": 1, "member": 2, "step": 3, "layer": 1, **other}
        share = (dropout_mask(0.3, 4000, 7, **address) == mask).mean()
        assert abs(share - (0.7**2 + 0.3**2)) < 0.02


def test_a_step_with_dropout_by_hand():
    net = Network(
        [Dense(1, 2, weights=[[1.0, 2.0]], biases=[0, 0]), Dense(2, 1, weights=[[1.0], [1.0]], biases=[0])],
        dropout=0.5,
        reduction="sum",
    )
    keep = net.dropout_masks(1, step=0)[1][0]
    before = net.step([1.0], [0.0], learning_rate=1.0)
    f = keep @ [1.0, 2.0]
    assert before.total == pytest.approx(f**2)
    np.testing.assert_allclose(net.weights[1][:, 0], 1.0 - 2 * f * keep * [1.0, 2.0])
    np.testing.assert_allclose(net.weights[0][0], [1.0, 2.0] - 2 * f * keep)


def test_every_gradient_of_a_trace_agrees_with_its_difference():
    trace = network(label_smoothing=0.2, l2=0.01).trace(X, y, learning_rate=0.1, optimizer="adam", clip_norm=0.05)
    assert len(trace.checks) == len(trace.parameter_names)
    assert all(check.agrees for check in trace.checks.values())


def test_trace_and_step_are_one():
    net = network(label_smoothing=0.2)
    settings = {"learning_rate": 0.1, "optimizer": "adam", "clip_norm": 0.05}
    for _ in range(3):
        trace = net.trace(X, y, **settings)
        before = net.step(X, y, **settings)
        assert before.total == trace.loss.total
        for new, shown in zip(net.weights, trace.update.weights, strict=True):
            np.testing.assert_array_equal(new, shown)


def test_sums_of_a_trace_hold_the_mask_as_a_factor():
    trace = network().trace(X, y, learning_rate=0.1)
    for opened in (trace.z_sum(2, 1, 0), trace.delta_sum(1, 0, 2), trace.gradient_sum("W2[1,0]")):
        assert "keep1" in opened.symbolic
        assert sum(term.value for term in opened.terms) == pytest.approx(opened.total, abs=1e-15)
    assert "keep2[r,1]" in trace.explain("W3[1,0]").symbolic
    assert r"\mathrm{keep}^{(1)}" in trace.explain("W2[1,0]").latex
    assert trace.to_json()["forward"][1]["keep"] == trace.forward[1].keep.tolist()
    assert value_of(trace, "keep1[2,0]") == trace.forward[1].keep[2, 0]
    assert "dropout" in str(trace).splitlines()[1]


def test_clipping_shortens_the_whole_gradient():
    net = network(dropout=0.0)
    gradients = net.gradients(X, y)
    parts = [*gradients.d_weights, *gradients.d_biases]
    norm = np.sqrt(sum((g**2).sum() for g in parts))
    trace = net.trace(X, y, learning_rate=1.0, clip_norm=norm / 4)
    assert trace.update.clipping.norm == pytest.approx(norm)
    moved = [new - old for new, old in zip(trace.update.weights, net.weights, strict=True)]
    np.testing.assert_allclose(moved[0], -gradients.d_weights[0] / 4)
    assert "clipped g" in str(trace.explain("b1[0]"))
    longer = net.trace(X, y, learning_rate=1.0, clip_norm=norm * 2)
    assert longer.update.clipping.factor == 1.0
    assert "clipped g" not in str(longer.explain("b1[0]"))


def test_smoothed_targets():
    assert losses["logistic"].smoothed(np.array([[1.0], [0.0]]), 0.2).tolist() == [[0.9], [0.1]]
    three = losses["softmax_cross_entropy"].smoothed(np.eye(3), 0.3)
    np.testing.assert_allclose(three, 0.7 * np.eye(3) + 0.1)
    plain, smooth = network(dropout=0.0), network(dropout=0.0, label_smoothing=0.2)
    f = plain.forward(X).raw_prediction
    wanted = losses["logistic"].row_losses(f, np.array([[0.9], [0.1], [0.9]])).mean()
    assert smooth.loss(X, y).total == pytest.approx(wanted)
    trace = smooth.trace(X, y, learning_rate=0.1)
    assert trace.loss.y.ravel().tolist() == pytest.approx([0.9, 0.1, 0.9])
    assert "(1 − 0.2) · 1 + 0.2 / 2 = 0.9" in str(trace)
    with pytest.raises(ConfigurationError, match="no meaning for the loss 'squared_error'"):
        Network([Dense(1, 1)], label_smoothing=0.1)


def test_copies_and_repr_keep_the_settings():
    twin = network(label_smoothing=0.1).copy()
    assert twin.dropout == (0.2, 0.4, 0.3)
    assert "label_smoothing=0.1, dropout=(0.2, 0.4, 0.3)" in repr(twin)
