"""The recipe as decided: every combination trains, the file holds all of it, and presets have no say afterwards."""

import dataclasses
from itertools import product

import numpy as np
import pandas as pd
import pytest

import glassnet
from glassnet import GlassClassifier, GlassRegressor, tune
from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.estimators.recipes import preset
from glassnet.estimators.recipes.preset import PRESETS
from glassnet.files import read_model, write_model
from glassnet.tables.columns.scales.scaling import SCALINGS

N = 64
rng = np.random.default_rng(2)
X = pd.DataFrame({"a": rng.normal(size=N), "b": rng.normal(size=N), "code": [f"c{k % 11}" for k in range(N)]})
LINEAR = (3 * X["a"] - X["b"]).to_numpy()
SHARED = [name for name, one in PRESETS.items() if one.settings(preset.Problem("regression", 99, 3)).get("shared")]


@pytest.mark.parametrize(("embedding", "scaling"), [
    *product(("auto", "periodic"), ("auto", *SCALINGS)), ("none", "auto"), ("periodic(frequency=0.5)", "auto"),
])  # fmt: skip
@pytest.mark.parametrize("recipe", ["auto", *PRESETS])
def test_every_recipe_with_every_embedding_and_scaling(recipe, embedding, scaling, tmp_path):
    model = GlassRegressor(recipe=recipe, embedding=embedding, scaling=scaling, epochs=1)
    if recipe in SHARED and embedding.startswith("periodic"):
        with pytest.raises(ConfigurationError, match="share a body, which does not support embeddings yet"):
            model.fit(X, LINEAR)
        return
    said = model.fit(X, LINEAR).predict(X)
    assert np.isfinite(said).all()
    again = glassnet.load(model.save(tmp_path / "m"))
    assert again.predict(X).tolist() == said.tolist()
    assert again.recipe_ == model.recipe_
    if scaling == "auto":
        steps = [str(each.trace(X, 0, y=LINEAR, network=0, check=False)) for each in (model, again)]
        assert steps[0] == steps[1]


@pytest.mark.parametrize("embedding", ["none", "periodic"])
def test_linear_models_take_the_place_of_networks_and_say_how_they_were_trained(embedding, tmp_path):
    model = GlassRegressor(learning_rate=1e-5, embedding=embedding, n_jobs=1).fit(X, LINEAR)
    recipe = model.recipe_
    assert (recipe.hidden, recipe.embedding, recipe.mixed) == ((), (), False)
    assert "the layers are left out" in recipe.reason
    assert (recipe.optimizer.name, recipe.learning_rate, recipe.epochs) == ("adam", 0.006, 400)
    assert recipe.l2 == pytest.approx(min(0.015, 6 / N))
    assert model.trace(X, 0, y=LINEAR, network=0).loss.penalties[0].strength == recipe.l2
    assert len(recipe.initializers) == len(recipe.parametrization) == 1
    assert model.score(X, LINEAR) > 0.9
    assert glassnet.load(model.save(tmp_path / "m")).recipe_ == recipe


def trained(case):
    """A model of each kind of recipe."""
    if case == "averaged":
        return tune(X, LINEAR, rounds=1, trials=4, epochs=4, recipe="realmlp-s", progress=False)
    if case == "averaged bodies":
        return tune(X, LINEAR, rounds=1, trials=4, epochs=4, recipe="tabm-mini", progress=False)
    if case == "time budget":
        return GlassClassifier(recipe="lecture", time_budget=30.0, epochs=3).fit(X, LINEAR > 0)
    kind, y = (GlassClassifier, LINEAR > 0) if case.endswith("classes") else (GlassRegressor, LINEAR)
    return kind(recipe=case.removesuffix(" classes"), epochs=3).fit(X, y)


CASES = [*(f"{name}{task}" for name in PRESETS for task in ("", " classes")), "averaged", "averaged bodies",
         "time budget"]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_loaded_model_asks_no_preset(case, tmp_path, monkeypatch):
    model = trained(case)
    path, y = model.save(tmp_path / "m"), LINEAR > 0 if isinstance(model, GlassClassifier) else LINEAR
    told, step = model.recipe_.explain(), str(model.trace(X, 3, y=y, network=0, check=False))

    def gone(*_):
        raise AssertionError("a preset was asked")

    monkeypatch.setattr(preset, "PRESETS", {})
    for place in ("decision.choose", "preset.preset", "preset.choose"):
        monkeypatch.setattr(f"glassnet.estimators.recipes.{place}", gone)
    again = glassnet.load(path)
    for mine, other in zip([model, *model.parts_], [again, *again.parts_], strict=True):
        assert other.recipe_ == mine.recipe_
    assert again.recipe_.explain() == told
    assert str(again.trace(X, 3, y=y, network=0, check=False)) == step
    assert again.save(tmp_path / "n").read_bytes() == path.read_bytes()


def test_a_preset_that_changed_does_not_change_what_was_trained(tmp_path, monkeypatch):
    model = GlassRegressor(recipe="lecture", epochs=3).fit(X, LINEAR)
    path = model.save(tmp_path / "m")
    old = PRESETS["lecture"]
    new = dataclasses.replace(old, settings=lambda problem: {**old.settings(problem), "l2": 0.5, "learning_rate": 9.0})
    monkeypatch.setitem(PRESETS, "lecture", new)
    assert GlassRegressor(recipe="lecture", epochs=3).fit(X, LINEAR).recipe_.l2 == 0.5
    again = glassnet.load(path)
    assert (again.recipe_.l2, again.recipe_.learning_rate) == (model.recipe_.l2, 0.006)


HOSTILE = [
    ("learning_rate", -1.0), ("learning_rate", "0.1"), ("l2", True), ("l2", None), ("epochs", 0), ("epochs", 1.5),
    ("epochs", -(2**62)), ("shared", 1), ("name", 5), ("given", ["os.system"]), ("given", "l2"),
    ("optimizer", "exec()"), ("optimizer", ["adam"]), ("schedule", 3), ("initializers", []),
    ("initializers", ["he"] * 9),
    ("initializers", [["he"], ["he"]]), ("parametrization", ["spy", "spy"]), ("scaling", "spy"), ("monitor", "spy"),
    ("scale_start", ["ones"]), ("clip_norm", -1), ("clip_norm", "1"), ("resampling", "none"), ("resampling", {}),
    ("embedding", [{"blocks": [[1, 1, 10**9, 0]], "activation": "cosine", "initializer": "he",
                    "parametrization": "standard"}]),
    ("embedding", [{"blocks": [[1, 1]], "activation": "cosine"}]), ("embedding", ["periodic"]), ("embedding", {}),
    ("embedding", [{"blocks": [[-1, 1, 1, 1]], "activation": "cosine", "initializer": "he",
                    "parametrization": "standard"}]),
    ("ingredients", [1]), ("dropout", 1.0), ("surplus", 1), (None, None), (None, []), (None, "lecture"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), HOSTILE, ids=map(str, range(len(HOSTILE))))
def test_a_forged_recipe_is_refused(name, value, tmp_path, forged):
    decided = value if name is None else {**forged.fitted["decided"], name: value}
    path = write_model(tmp_path / "m", dataclasses.replace(forged, fitted={**forged.fitted, "decided": decided}))
    with pytest.raises(ModelFileError):
        glassnet.load(path)


@pytest.fixture(scope="module")
def forged(tmp_path_factory):
    model = GlassRegressor(recipe="lecture", epochs=2).fit(X, LINEAR)
    return read_model(model.save(tmp_path_factory.mktemp("forged") / "m"))


def test_every_field_that_a_stored_recipe_lacks_is_missed(forged, tmp_path):
    for name in forged.fitted["decided"]:
        less = {key: value for key, value in forged.fitted["decided"].items() if key != name}
        path = write_model(tmp_path / "m", dataclasses.replace(forged, fitted={**forged.fitted, "decided": less}))
        with pytest.raises(ModelFileError, match=f"not whole .*{name}"):
            glassnet.load(path)


def test_a_file_from_before_recipes_were_stored_loads(forged, tmp_path):
    fitted = {name: value for name, value in forged.fitted.items() if name != "decided"}
    old = glassnet.load(write_model(tmp_path / "old", dataclasses.replace(forged, fitted=fitted)))
    new = glassnet.load(write_model(tmp_path / "new", forged))
    assert old.predict(X).tolist() == new.predict(X).tolist()
    assert old.recipe_.l2 == new.recipe_.l2
