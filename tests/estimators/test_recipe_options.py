"""Every parameter that a recipe decides, given with the default recipe: it trains, opens, and can be saved."""

import numpy as np
import pytest

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.estimators.recipes.recipe import DECIDED

GIVEN = {
    "hidden_layer_sizes": ((), (6,), (4, 3)), "activation": ("relu", ["selu", "tanh"]),
    "optimizer": ("gradient_descent", "adamw(weight_decay=0.1)"), "learning_rate": (0.01,), "schedule": ("constant",),
    "epochs": (1,), "batch_size": (7, 1000), "l1": (0.01,), "l2": (0.01,), "patience": (1,), "n_networks": (1, 3),
    "resampling": ("bootstrap", "folds"), "dropout": (0.0, 0.5), "label_smoothing": (0.0,),
    "scaling": ("standard", "robust", "quantile", "piecewise_linear", "robust_and_bins", "none"),
    "embedding": ("none", "mixtures", "numbers", "periodic", "periodic(frequency=0.5)"),
}  # fmt: skip
CASES = [(name, value) for name, values in GIVEN.items() for value in values]


def table():
    """A straight truth, where linear models win, with a category of many levels and missing cells."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 90))
    level = np.array([f"level {k % 12}" for k in range(90)], dtype=object)
    return {"a": np.where(np.arange(90) % 9 == 0, np.nan, a), "b": b, "level": level, "y": 2 * a - b}


def test_every_parameter_has_a_case():
    assert set(GIVEN) == set(DECIDED)


@pytest.mark.parametrize(("name", "value"), CASES, ids=[f"{name}={value}" for name, value in CASES])
@pytest.mark.parametrize("kind", [GlassClassifier, GlassRegressor])
def test_a_parameter_with_the_default_recipe(kind, name, value, tmp_path):
    rows = table()
    if kind is GlassClassifier:
        rows["y"] = np.where(rows["y"] > 0, "high", "low").astype(object)
    settings = {"epochs": 2, "learning_rate": 1e-4, name: value}  # so slow that linear models win where they may
    model = kind(**settings).fit(rows, target="y")
    trace = model.trace(rows, 3, network=len(model.networks_) - 1)
    assert trace.text().startswith("Training step")
    assert name in model.recipe_.given
    assert "Given by you" in model.recipe_.explain()
    again = glassnet.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict(rows), model.predict(rows))
    assert again.recipe_ == model.recipe_
