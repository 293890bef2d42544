"""A formula of a few lines, as the contributing guide shows it, appears in every reader of the registries."""

import re
from pathlib import Path

import numpy as np
import pytest

from glassnet import Dense, MLPClassifier, MLPRegressor, Network
from glassnet.cli import main
from glassnet.formulas import activations, losses, optimizers

GUIDE = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"<!-- recipe: (\w+) -->\n```python\n(.*?)```", GUIDE, re.DOTALL))
REGISTRIES = {"activation": activations, "loss": losses, "optimizer": optimizers}
pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # the fits are short on purpose
X = np.random.default_rng(0).normal(size=(120, 3))
Y = np.sin(X[:, 0]) + 0.3 * X[:, 1] ** 2


@pytest.fixture
def toy(request):
    """The name of the record that the recipe of a concept registers; it is removed afterwards."""
    registry = REGISTRIES[request.param]
    before = set(registry)
    exec(compile(RECIPES[request.param], f"recipe of an {request.param}", "exec"), {})
    (name,) = set(registry) - before
    yield name
    registry.unregister(name)


@pytest.mark.parametrize(("concept", "lines"), [("activation", 12), ("loss", 25), ("optimizer", 25)])
def test_the_price_of_a_concept(concept, lines):
    assert len(RECIPES[concept].strip().splitlines()) <= lines


@pytest.mark.parametrize("toy", REGISTRIES, indirect=True)
def test_the_command_line_shows_it(toy, capsys):
    assert main(["formulas"]) == 0
    assert toy in capsys.readouterr().out.split()
    assert main(["formulas", toy]) == 0
    assert "written for this page" in capsys.readouterr().out


@pytest.mark.parametrize("toy", ["activation"], indirect=True)
def test_the_derivative_is_that_of_the_value(toy):
    record, z, width = activations[toy], np.linspace(-5, 5, 41), 1e-6
    numeric = (record.apply(z + width) - record.apply(z - width)) / (2 * width)
    np.testing.assert_allclose(record.slope(z), numeric, rtol=1e-8)


@pytest.mark.parametrize("toy", ["activation"], indirect=True)
def test_an_activation_trains_in_the_engine(toy):
    model = MLPRegressor(
        hidden_layer_sizes=(8,), activation=toy, max_iter=300, learning_rate_init=0.01, random_state=0, tol=0.0
    ).fit(X, Y)
    assert model.score(X, Y) > 0.8
    layers = [Dense(*w.shape, a, weights=w, biases=b)
              for w, b, a in zip(model.coefs_, model.intercepts_, [toy, "identity"], strict=True)]  # fmt: skip
    np.testing.assert_allclose(model.predict(X), Network(layers).predict(X).ravel(), rtol=1e-4, atol=1e-5)
    curve = model.loss_curve_
    assert curve[-1] < 0.2 * curve[0]


@pytest.mark.parametrize("toy", ["activation"], indirect=True)
def test_an_activation_classifies_beside_another(toy):
    model = MLPClassifier((6, 4), [toy, "tanh"], solver="lbfgs", max_iter=300, random_state=0).fit(X, Y > 0.3)
    assert model.score(X, Y > 0.3) > 0.9


@pytest.mark.parametrize("toy", ["loss"], indirect=True)
def test_a_loss_trains_in_the_engine(toy):
    model = MLPRegressor(loss=toy, hidden_layer_sizes=(8,), max_iter=300, learning_rate_init=0.01, random_state=0)
    assert model.fit(X, Y).score(X, Y) > 0.8


@pytest.mark.parametrize("toy", ["optimizer"], indirect=True)
def test_an_optimizer_trains_in_the_engine_as_in_numpy(toy):
    network = Network([Dense(3, 4, "tanh"), Dense(4, 1)], seed=5)
    start = network.loss(X, Y).total
    for _ in range(50):
        network.step(X, Y, learning_rate=0.01, optimizer=toy)
    assert network.loss(X, Y).total < 0.5 * start
    model = MLPRegressor(
        hidden_layer_sizes=(8,), solver=toy, max_iter=200, learning_rate_init=0.003, random_state=0
    ).fit(X, Y)
    assert model.score(X, Y) > 0.6


@pytest.mark.parametrize("toy", ["activation"], indirect=True)
def test_the_command_line_trains_with_it(toy, tmp_path, capsys):
    table, model = tmp_path / "table.csv", tmp_path / "model.glassnet"
    lines = [f"{a:.4f},{b:.4f},{y:.4f}" for (a, b, _), y in zip(X, Y, strict=True)]
    table.write_text("\n".join(["a,b,y", *lines, ""]))
    words = ["train", table, "--target", "y", "--model", model, "--activation", toy, "--epochs", 5, "--quiet"]
    assert main([str(word) for word in words]) == 0
    capsys.readouterr()
    assert main(["show", str(model)]) == 0
    assert toy in capsys.readouterr().out
