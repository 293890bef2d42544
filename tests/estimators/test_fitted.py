"""`FittedTable`: one frozen record that training, tuning and loading return, and that nobody else writes to."""

import ast
import copy
import dataclasses
import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

import glassnet
from glassnet import GlassClassifier, GlassRegressor, tune
from glassnet.estimators.tables.classes import threshold
from glassnet.estimators.tables.models import file as table_file
from glassnet.estimators.tables.models import trace as table_trace
from glassnet.estimators.training import fitted_table as fitted_module
from glassnet.estimators.training import training as table_training
from glassnet.estimators.training.fitted_table import FittedTable, average
from glassnet.estimators.tuning import result as tuned
from glassnet.estimators.tuning import tune as tuning

rng = np.random.default_rng(1)
X = pd.DataFrame({"a": rng.normal(size=80), "b": rng.choice(["x", "y"], 80)})
Y = (2 * X["a"] + (X["b"] == "x")).to_numpy()


@pytest.fixture(scope="module")
def model():
    return GlassRegressor(recipe="lecture", n_networks=3, epochs=4).fit(X, Y)


@pytest.fixture(scope="module")
def averaged():
    return tune(X, Y, recipe="realmlp-s", rounds=1, trials=4, epochs=4, progress=False)


def test_the_names_of_an_estimator_are_fields_of_the_record(model):
    held = model.fitted_
    assert isinstance(held, FittedTable)
    for name in ("weights_", "biases_", "mixes_", "scales_", "recipe_", "schema_", "loss_", "fingerprint_", "scores_"):
        assert getattr(model, name) is getattr(held, name.strip("_"))
    assert model.histories_ == list(held.histories)
    assert not any(name in vars(model) for name in ("weights_", "recipe_", "schema_"))


def test_nothing_but_notes_can_be_set(model):
    for name in ("recipe_", "schema_", "loss_", "decision_"):
        with pytest.raises(AttributeError, match="comes from its training"):
            setattr(model, name, None)
    with pytest.raises(AttributeError):
        model.weights_ = []
    with pytest.raises(dataclasses.FrozenInstanceError):
        model.fitted_.recipe = None
    other = copy.copy(model)
    other.scores_ = {"note": 1}
    assert (model.scores_, other.fitted_.scores) == ({}, {"note": 1})


@pytest.mark.parametrize("name", ["weights_", "recipe_", "schema_", "classes_", "histories_", "trials_"])
def test_before_the_training_there_is_nothing(name):
    new = GlassClassifier()
    assert not hasattr(new, name)
    assert (new.parts_, new.decision_, new.scales_) == ((), None, None)
    with pytest.raises(NotFittedError):
        new.predict(X)


def test_copies_and_pickles_answer_alike(model, averaged):
    for one in (model, averaged):
        for other in (copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            np.testing.assert_array_equal(other.predict(X), one.predict(X))
            assert other.recipe_ == one.recipe_


def test_an_average_has_the_networks_of_its_parts(model, averaged, tmp_path):
    parts = [
        model.fitted_,
        dataclasses.replace(model.fitted_, recipe=dataclasses.replace(model.recipe_, reason="twice")),
    ]
    both = average(parts, "for a test")
    matrix = model._matrix_of(X)
    np.testing.assert_array_equal(both.raw_of_each(matrix), np.concatenate([model._raw_of_each(matrix)] * 2))
    assert (both.recipe.n_networks, len(both.histories), len(both.recipe.averaged)) == (6, 6, 2)
    for one in (averaged, glassnet.load(averaged.save(tmp_path / "m"))):
        assert one.fitted_.parts or averaged.recipe_.n_networks == len(averaged.networks_)
        for part, held in zip(one.parts_, one.fitted_.parts, strict=True):
            assert part.fitted_ is held
            assert part.get_params(deep=False).items() >= held.parameters.items()
            np.testing.assert_array_equal(part._raw_of_each(matrix), held.raw_of_each(matrix))


def test_a_threshold_leaves_the_model_alone():
    trained = GlassClassifier(recipe="lecture", epochs=4).fit(X, Y > 0)
    held = trained.fitted_
    other = trained.with_threshold(0.3)
    assert trained.fitted_ is held
    assert (held.decision, other.decision_.threshold) == (None, 0.3)
    assert other.fitted_.weights is held.weights


MODULES = [fitted_module, table_file, table_trace, table_training, threshold, tuned, tuning]


@pytest.mark.parametrize("module", MODULES, ids=[module.__name__.rpartition(".")[2] for module in MODULES])
def test_no_module_writes_on_somebody_elses_object(module):
    written = [
        ast.unparse(target)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign))
        for place in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for target in (place.elts if isinstance(place, ast.Tuple) else [place])
        if isinstance(target, ast.Attribute) and ast.unparse(target.value) != "self"
    ]
    assert not [name for name in written if name != "entry.state"]  # a race's own notes
