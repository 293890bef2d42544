"""Categories of many levels: points that are multiplied into the first layer."""

import numpy as np
import pandas as pd
import pytest

import glassnet
from glassnet import GlassClassifier, GlassRegressor
from glassnet.estimators.recipes.embedding import ColumnInputs, points_and_mixtures
from glassnet.files.blueprint import Blueprint


def shops(n_rows, n_levels=150, seed=0):
    """Amounts that depend on the shop, of which most have a few rows, and on a number."""
    rng = np.random.default_rng(1)
    effect = rng.normal(size=n_levels)
    rng = np.random.default_rng(seed)
    shop, size = rng.integers(0, n_levels, n_rows), rng.normal(size=n_rows)
    y = 2.0 * effect[shop] + np.sin(2 * size) + 0.2 * rng.normal(size=n_rows)
    names = [f"shop {code:03d}" for code in shop]
    names[3] = None
    return pd.DataFrame({"shop": names, "size": size, "y": y})


@pytest.fixture(scope="module")
def model():
    return GlassRegressor(scaling="robust").fit(shops(900), target="y")


def test_levels_of_few_rows_are_learned(model):
    assert model.recipe_.embedding == ()
    assert model.recipe_.hidden == (64, 64)
    levels = len(model.schema_.inputs[0].levels)
    assert levels > 130
    assert model.weights_[0].shape[1:] == (len(model.schema_.feature_names), 64)
    new = shops(600, seed=5)
    frequent = shops(900)["shop"].value_counts().index[:40]
    pooled = shops(900).assign(shop=lambda t: t["shop"].where(t["shop"].isin(frequent), "other"))
    few = GlassRegressor(scaling="robust").fit(pooled, target="y")
    new_pooled = new.assign(shop=new["shop"].where(new["shop"].isin(frequent), "other"))
    assert model.score(new) > few.score(new_pooled) + 0.2


def test_files_traces_and_exports_know_nothing_of_points(model, tmp_path):
    table = shops(40, seed=2)
    again = glassnet.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict(table), model.predict(table))
    rows = {name: [None if cell != cell else cell for cell in table[name]] for name in table.columns}
    said = Blueprint.of(model._model_file()).answer(rows)["prediction"][:, 0]
    np.testing.assert_allclose(said, model.predict(table), rtol=1e-5, atol=1e-5)
    assert "shop = " in model.trace(table, 0, network=1).text()


def test_networks_without_bins_have_the_points_of_the_robust_recipe():
    rng = np.random.default_rng(0)
    table = shops(260, 30).assign(other=rng.normal(size=260))
    table["y"] = 0.7 * table["size"] * table["other"] + 0.05 * rng.normal(size=260)  # nothing that jumps
    model, plain = (GlassRegressor(epochs=40, **own).fit(table, target="y") for own in ({}, {"scaling": "robust"}))
    assert "so numbers have no bins" in model.recipe_.reason
    for own, other in zip(model.weights_, plain.weights_, strict=True):
        np.testing.assert_array_equal(own, other)
    assert model.fingerprint_ == plain.fingerprint_


def test_points_stand_before_mixtures_and_threads_change_no_bit():
    layers = points_and_mixtures([ColumnInputs(False, 21, 20), ColumnInputs(False, 40, category=True)])
    assert [(layer.connections.n_in, layer.connections.n_out) for layer in layers] == [(61, 29), (29, 17)]
    table = shops(2200, 60)
    one, two = (GlassRegressor(epochs=3, n_jobs=jobs).fit(table, target="y") for jobs in (1, 2))
    for own, other in zip(one.weights_, two.weights_, strict=True):
        np.testing.assert_array_equal(own, other)
    X, column = one._matrix_of(table), one.schema_.target_column
    history = one.histories_[0]
    raw = one._raw_of_each(X[history.validation_rows])[0][:, 0]
    targets = (table["y"].to_numpy()[history.validation_rows] - column.center) / column.scale
    assert np.mean((raw - targets) ** 2) == pytest.approx(history.validation_loss[history.best_epoch - 1], rel=1e-4)


@pytest.mark.filterwarnings("ignore:7 of 300 rows have no value")
def test_rows_without_a_target_may_take_levels_with_them():
    table = shops(300, 40).assign(y=lambda t: np.where(t["y"] > 0, "high", "low"))
    table["y"] = table["y"].where(table["shop"] != "shop 007", None)
    model = GlassClassifier(epochs=3).fit(table, target="y")
    assert "shop 007" not in model.schema_.inputs[0].levels
    assert model.predict_proba(table).shape == (300, 2)


@pytest.mark.parametrize("recipe", ["lecture", "realmlp", "tabm-mini"])
def test_other_recipes_take_many_levels_as_they_do_few(recipe):
    model = GlassRegressor(recipe=recipe, epochs=2).fit(shops(300, 100), target="y")
    assert len(model.schema_.inputs[0].levels) > 60
    assert np.isfinite(model.predict(shops(20, 100))).all()
