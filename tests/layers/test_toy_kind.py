"""A kind of layer as the contributing guide shows it drives network, trace, words and drawing by its one file."""

import re
from pathlib import Path

import numpy as np
import pytest

from glassnet import Dense, MLPRegressor, Network
from glassnet.engine import Plan, Population, Training, drive
from glassnet.engine.machines.reference import ReferenceTraining
from glassnet.errors import ConfigurationError
from glassnet.layers import Links

GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPE = re.search(r"<!-- recipe: layer -->\n```python\n(.*?)```", GUIDE, re.DOTALL)[1]
X = np.random.default_rng(0).normal(size=(40, 3))
Y = np.tanh(2 * X[:, :1] - 1) - X[:, 1:2]


@pytest.fixture(scope="module")
def gain():
    """The class of the recipe."""
    names = {}
    exec(compile(RECIPE, "recipe of a layer", "exec"), names)
    return names["Gain"]


@pytest.fixture
def network(gain):
    return Network([gain("tanh"), gain("relu", mixed=True), Dense(1)], input_shape=3, l2=0.01, seed=2)


def test_the_price_of_a_kind():
    assert len(RECIPE.strip().splitlines()) <= 30


def test_the_links_say_what_the_layer_computes(gain):
    layer = gain().bound((4,))
    a, w, b = (np.random.default_rng(1).normal(size=size) for size in ((2, 4), 4, 4))
    np.testing.assert_allclose(a @ layer.matrix(w) + b, layer.forward(a, w, b))
    assert isinstance(layer.links_from(2), Links)
    assert layer.links_through(3).units.tolist() == [3]


def test_it_trains(network):
    start = network.loss(X, Y).total
    network.fit(X, Y, learning_rate=0.05, optimizer="adam", epochs=60)
    assert network.loss(X, Y).total < 0.3 * start
    assert network.n_parameters == 3 + 3 + 3 + 3 + 3 + 3 + 1


def test_its_trace_opens_and_agrees_with_finite_differences(network):
    trace = network.trace(X, Y, learning_rate=0.1, check=True)
    assert len(trace.checks) == network.n_parameters
    for name, check in trace.checks.items():
        assert check.agrees or check.kink, (name, check)
        assert name in trace.explain(name).text()
    line = trace.explain("W1[2]").lines[0]
    assert line.symbolic.startswith("δ1[0,2] · x[0,2] + δ1[1,2] · x[1,2]")
    found = trace.z_sum(2, 5, 1)
    assert found.symbolic == "a1[5,1] · W2[1] + b2[1]"
    assert sum(term.value for term in found.terms) == pytest.approx(found.total)
    assert "Gain" in trace.text()
    assert len(trace.frame()) == network.n_parameters


def test_it_is_drawn_and_told(network, tmp_path):
    page = network.trace(X[:2], Y[:2], learning_rate=0.1).html()
    assert "inside the network" in page  # the drawing
    assert page.count("Gain(&#x27;tanh&#x27;)") or page.count("Gain('tanh')") or page.count("Gain(&#39;tanh&#39;)")
    network.show(path=tmp_path / "page.html")
    told = network.neurons(X, feature_names=["size", "age", "dose"]).text
    assert "Neuron 1 of layer 1 (tanh) is excited by" in told
    assert "age" in told.splitlines()[1]


def test_the_machines_of_the_engine_train_it_or_name_it(gain):
    """The readable machine needs no more than the file; the native one has no kernel, and says so."""
    plan = Plan.of([gain("tanh"), Dense(1)], "squared_error", input_shape=3, dtype="float64", epochs=5, batch_size=8)
    training = ReferenceTraining(plan, Population(members=2), X, Y)
    drive(training)
    assert training.result.weights[0].shape == (2, 3)
    assert (np.diff(training.result.loss_curve) < 0).all()
    with pytest.raises(ConfigurationError, match=r"compiled engine does not know Gain\('tanh'\)\. Train with Network"):
        Training(plan, Population(), X, Y)


def test_estimators_name_it(gain):
    with pytest.raises(ConfigurationError, match="Gain"):
        MLPRegressor(hidden_layer_sizes=[gain("tanh"), 4]).fit(X, Y[:, 0])
