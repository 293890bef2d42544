"""The trace of networks with a shared body: it is the step, every number opens, and what is shown agrees with it."""

import re

import numpy as np
import pytest

from glassnet.errors import ConfigurationError
from glassnet.network import Dense, SharedNetworks

RNG = np.random.default_rng(4)
X, Y = RNG.normal(size=(5, 2)), RNG.normal(size=(5, 2))
STEP = {"learning_rate": 0.01, "optimizer": "adam", "clip_norm": 0.3}


def networks(first="scaled_ntk(scale_rate=6)", last="standard", heads=3, **settings):
    layers = [Dense(2, 4, "gelu", parametrization=first), Dense(4, 3, "tanh"), Dense(3, 2, parametrization=last)]
    return SharedNetworks(layers, heads=heads, **{"seed": 1, "l2": 0.01, "dropout": 0.2, **settings})


def stepped(**settings):
    """Networks after some steps, so that the optimizer remembers something."""
    shared = networks(**settings)
    for _ in range(3):
        shared.step(X, Y, **STEP)
    return shared


@pytest.mark.parametrize(
    ("first", "last"), [("scaled", "standard"), ("scaled_ntk(scale_rate=6)", "scaled"), ("standard", "ntk")]
)
def test_a_trace_is_the_step_and_changes_nothing(first, last):
    shared = stepped(first=first, last=last)
    twin = shared.copy()
    trace = shared.trace(X, Y, **STEP)
    np.testing.assert_array_equal(shared.weights[0], twin.weights[0])
    assert trace.loss.total == pytest.approx(twin.step(X, Y, **STEP).total, rel=1e-14)
    for name in trace.parameter_names:
        kind, layer, index = trace.locate(name)
        step = trace.parameter(name)
        assert step.old == getattr(shared, kind)[layer - 1][index]
        assert step.new == getattr(twin, kind)[layer - 1][index]
    assert len(list(trace.parameter_names)) == shared.n_parameters
    assert trace.new_loss == pytest.approx(twin.loss(X, Y, step=3).total)


@pytest.mark.parametrize(("first", "last"), [("scaled", "standard"), ("scaled_ntk", "scaled"), ("standard", "ntk")])
def test_every_gradient_agrees_with_finite_differences(first, last):
    trace = stepped(first=first, last=last).trace(X, Y, **STEP)
    checks = [trace.check(name) for name in trace.parameter_names]
    assert all(check.agrees for check in checks)
    assert max(check.relative_error for check in checks if abs(check.analytic) > 1e-4) < 1e-6


def numbers_in(text):
    return [float(number.replace("−", "-")) for number in re.findall(r"[−-]?\d+(?:\.\d+)?(?:e[−-]?\d+)?", text)]


@pytest.mark.parametrize("name", ["V1[0,2]", "s1[2,1]", "W2[1,1]", "W3[2,1,0]", "b1[0]", "b3[1,0]"])
def test_what_is_shown_gives_what_is_said(name):
    trace = stepped().trace(X, Y, **STEP, feature_names=["age", "dose"])
    explained = trace.explain(name, digits=9, terms=20)
    step = trace.parameter(name)
    assert numbers_in(explained.numbers)[-1] == pytest.approx(step.data_gradient, rel=1e-8)
    for line in explained.lines:
        arithmetic = line.arithmetic
        assert arithmetic.evaluated(17) == pytest.approx(arithmetic.total, rel=1e-9, abs=1e-15)
    assert explained.lines[-1].arithmetic.total == step.new
    assert explained.check.agrees
    text = str(explained)
    assert "the mean of the losses L_0 … L_2 of the heads" in text
    assert r"\begin{align*}" in explained.latex
    assert r"\mathrm{L\_h}" not in explained.latex


def test_words():
    trace = stepped().trace(X, Y, **STEP, feature_names=["age", "dose"])
    title = {name: trace.explain(name).title for name in ("V1[0,2]", "s1[2,1]", "W2[1,0]", "W3[2,1,0]", "b1[0]")}
    assert title == {
        "V1[0,2]": "V1[0,2]: the free weight from age to neuron 2 of layer 1 (gelu), shared by all heads",
        "s1[2,1]": "s1[2,1]: the scale of dose, of head 2",
        "W2[1,0]": "W2[1,0]: the weight from neuron 1 of layer 1 to neuron 0 of layer 2 (tanh), shared by all heads",
        "W3[2,1,0]": "W3[2,1,0]: the weight from neuron 1 of layer 2 to neuron 0 of layer 3 (identity), of head 2",
        "b1[0]": "b1[0]: the bias of neuron 0 of layer 1 (gelu), shared by all heads",
    }
    symbolic = trace.explain("V1[0,2]").symbolic
    assert symbolic == "dL/dV1[0,2] = 1 / 3 · Σ_h factor · s1[h,0] · dL_h/dW1[0,2]"
    assert trace.explain("s1[2,1]").symbolic == "dL/ds1[2,1] = 1 / 3 · factor · Σ_j V1[1,j] · dL_2/dW1[1,j]"
    assert repr(trace).startswith("SharedTrace(3 networks 2-4-3-2 with a shared body, 5 rows, step 4 of adam, loss ")


def test_the_text_shows_heads_mean_and_what_changes_most():
    trace = stepped(heads=10).trace(X[:1], Y[:1], **STEP)
    text = trace.text(digits=6)
    assert "head 7:" in text
    assert "… and 2 more" in text
    mean = np.mean([np.asarray(one.loss.prediction[0]) for one in trace.networks], axis=0)
    line = next(line for line in text.splitlines() if line.strip().startswith("prediction of the first row"))
    np.testing.assert_allclose(numbers_in(line), mean, rtol=1e-5)
    changed = re.findall(r"^   ([VWbs]\d\[[\d,]+\]):", text, re.MULTILINE)
    assert len(changed) == 8
    steps = [trace.parameter(name) for name in trace.parameter_names]
    largest = max(steps, key=lambda step: abs(step.new - step.old))
    assert changed[0] == largest.name


def test_one_head_is_its_own_trace():
    shared = networks(heads=1, dropout=0.0, l2=0.0)
    trace = shared.trace(X, Y, learning_rate=0.1)
    alone = shared.network(0).trace(X, Y, learning_rate=0.1)
    assert trace.parameter("W2[1,1]").gradient == pytest.approx(alone.parameter("W2[1,1]").gradient, rel=1e-14)
    assert trace.new_loss == pytest.approx(alone.new_loss)


def test_kinks_are_named():
    layers = [Dense(1, 1, "relu", weights=[[0.0]], biases=[0.0], parametrization="scaled"), Dense(1, 1)]
    trace = SharedNetworks(layers, heads=2).trace([[1.0]], [[2.0]], learning_rate=0.1)
    assert "relu of layer 1, neuron 0, bends at 0 in head 0" in trace.check("b1[0]").kink


def test_unknown_names_and_states_are_refused():
    shared = stepped()
    trace = shared.trace(X, Y, **STEP)
    for name in ("W1[0,0]", "V1[0,9]", "s2[0]", "W3[0,0]", "W3[3,0,0]", "W9[0,0]", "x", None):
        with pytest.raises(ConfigurationError, match=r"They have V1\[0..1,0..3\], b1\[0..3\], s1\[0..2,0..1\]"):
            trace.parameter(name)
    assert trace.locate(" s1[ 2, 1 ] ") == ("scales", 1, (2, 1))
    with pytest.raises(ConfigurationError, match="not of 'momentum"):
        shared.trace(X, Y, learning_rate=0.1, optimizer="momentum", state=shared.optimizer_state)
