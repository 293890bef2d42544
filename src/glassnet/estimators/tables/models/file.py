"""`GlassClassifier` and `GlassRegressor` to a model file and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, ModelFileError
from glassnet.estimators.networks.serialization import check_registered, restored_parameters, stored_recipe
from glassnet.estimators.recipes.decision import check_given, read_recipe
from glassnet.estimators.recipes.preset import AUTO
from glassnet.estimators.recipes.recipe import RESAMPLINGS, Recipe
from glassnet.estimators.recipes.record import NAME, recipe_from_plain, recipe_to_plain
from glassnet.estimators.tables.classes.labels import restored_labels, stored_type
from glassnet.estimators.training.fitted_table import FittedTable, average
from glassnet.estimators.training.intervals import Calibration
from glassnet.estimators.training.merging import without_merged
from glassnet.estimators.training.shared_body import SCALES, stored_scales
from glassnet.files import ModelFile
from glassnet.files.exports.decision import NAME as DECISION
from glassnet.files.exports.decision import Decision
from glassnet.files.layer import checked_layers
from glassnet.formulas import activations, losses
from glassnet.tables import Schema

if TYPE_CHECKING:
    from glassnet.estimators.tables.models.model import TableModel

_OF_ALL = {"interval_left_out": "all_left_out", "interval_residuals": "all_residuals"}
_REASON = "reason_of_all"
"""Names under which a file of several parts tells what is true of all."""


def table_to_file(estimator: TableModel) -> ModelFile:
    """Everything that a file must hold to predict as the estimator does."""
    estimator._check_fitted()
    if estimator.parts_:
        return _average_to_file(estimator)
    recipe, last = estimator.recipe_, len(estimator.weights_) - 1
    kinds = [
        "shared" if recipe.shared and 0 < k < last else "dense" if mixes is None else "mixed"
        for k, mixes in enumerate(estimator.mixes_)
    ]
    layers = checked_layers(estimator._stack or [
        (*np.shape(w)[-2:], activation, kind)
        for w, activation, kind in zip(estimator.weights_, estimator._activations, kinds, strict=True)
    ])  # fmt: skip
    fitted: dict[str, Any] = {"resampling": recipe.resampling, "recipe": recipe.name, "reason": recipe.reason}
    fitted[NAME] = recipe_to_plain(recipe)
    labels = np.empty(0) if estimator.fitted_.labels is None else estimator.fitted_.labels
    if len(labels):
        fitted |= stored_type(labels, estimator.schema_.classes)
    if estimator.decision_ is not None:
        fitted[DECISION] = estimator.decision_.to_plain()
    calibration = {} if estimator._calibration is None else estimator._calibration.arrays()
    return ModelFile(
        estimator.task, layers, estimator.loss_, estimator.weights_, estimator.biases_,
        schema=estimator.schema_.to_dict(),
        classes=labels.tolist(),
        recipe=stored_recipe(estimator._stored_parameters(), recipe.seed), scores=estimator.scores_,
        fingerprint=estimator.fingerprint_, seed=recipe.seed, estimator=type(estimator).__name__,
        arrays={
            **calibration, **({} if estimator.scales_ is None else {SCALES: estimator.scales_}),
            **estimator.fitted_.arrays,
        },
        fitted={**fitted, "clamped": True} if recipe.clamped else fitted,
        determinism=estimator._determinism, mixes=estimator.mixes_,
    )  # fmt: skip


def _average_to_file(estimator: TableModel) -> ModelFile:
    """The first part with the properties of the mean of all, followed by the others."""
    first, *further = (table_to_file(part) for part in estimator.parts_)
    arrays = {} if estimator._calibration is None else estimator._calibration.arrays()
    return replace(
        first, scores=estimator.scores_, determinism=estimator._determinism,
        arrays={**first.arrays, **{_OF_ALL[name]: array for name, array in arrays.items()}},
        fitted={
            **{name: value for name, value in first.fitted.items() if name != DECISION},
            **({} if estimator.decision_ is None else {DECISION: estimator.decision_.to_plain()}),
            _REASON: estimator.recipe_.reason,
        },
        further=[replace(part, fitted={n: v for n, v in part.fitted.items() if n != DECISION}) for part in further],
    )  # fmt: skip


def table_from_file(cls: type[TableModel], model: ModelFile) -> Any:
    """The estimator that a model file describes; raises `ModelFileError` for inconsistent content."""
    if not model.further:
        return _one_from_file(cls, model)
    own = {name: array for name, array in model.arrays.items() if name not in _OF_ALL.values()}
    settings = {name: value for name, value in model.fitted.items() if name != _REASON}
    estimators = [
        _one_from_file(cls, part) for part in (replace(model, further=(), arrays=own, fitted=settings), *model.further)
    ]
    first = estimators[0].fitted_
    common: dict[str, Any] = {"determinism": model.determinism, "scores": {}, "decision": None}
    parts = [replace(each.fitted_, parameters=each.get_params(deep=False), **common) for each in estimators]
    whole = average(parts, str(model.fitted.get(_REASON, "several settings were averaged")))
    arrays = {name: model.arrays[array_name] for name, array_name in _OF_ALL.items() if array_name in model.arrays}
    calibration = Calibration.from_arrays(arrays, whole.recipe.n_networks)
    return estimators[0]._part(replace(whole, calibration=calibration, scores=first.scores, decision=first.decision))


def _one_from_file(cls: type[TableModel], model: ModelFile) -> Any:
    """The estimator of networks with the same layers."""
    schema = model.table_schema
    if schema is None:
        raise ModelFileError(f"The model file has no table schema, so {cls.__name__} cannot use it.")
    parameters = restored_parameters(model)
    check_registered(parameters)
    try:
        # files from before there were recipes name none
        estimator = cls(**{"recipe": "lecture", **parameters})
        recipe = _recipe_of(estimator, model, schema)
    except (TypeError, ConfigurationError) as error:
        raise ModelFileError(f"The model file's recipe is not one of {cls.__name__}: {error}") from None
    embedding = [(layer.connections.n_in, layer.connections.n_out) for layer in recipe.embedding]
    if embedding != [(layer.n_in, layer.n_out) for layer in model.layers[: len(embedding)]]:
        raise ModelFileError(f"The layers of the model file are not those of the recipe {estimator.recipe!r}.")
    count = model.members
    weights, biases = ([part[0] if count == 1 else part for part in parts] for parts in (model.weights, model.biases))
    estimator._hold(FittedTable(
        schema, recipe, losses.resolve(model.loss),
        restored_labels(model.classes, schema.classes, model.fitted) if schema.classes else None, model.fingerprint,
        weights, biases, [None if part is None else part[0] if count == 1 else part for part in model.mixes],
        stored_scales(model.arrays, recipe, model.layers[0].n_in),
        calibration=Calibration.from_arrays(model.arrays, count),
        decision=Decision.of(model.fitted, len(schema.classes)), scores=dict(model.scores),
        determinism=model.determinism, arrays=estimator._own_arrays(model, schema.outcome),
    ))  # fmt: skip
    return estimator


def _recipe_of(estimator: Any, model: ModelFile, schema: Schema) -> Recipe:
    """The recipe as decided when the model was trained, regardless of today's presets."""
    hidden = tuple(layer.n_out for layer in model.layers[:-1])
    records, owner = tuple(activations.resolve(layer.activation) for layer in model.layers), type(estimator).__name__
    if NAME in model.fitted:
        check_given(estimator.get_params(deep=False), owner)
        layers = tuple(model.records[:-1]) if model.looks_at_images else ()
        recipe = recipe_from_plain(model.fitted[NAME], hidden, records, model.seed, model.members, owner, layers)
    else:  # files from before it was written down: as far as they say it
        given = estimator.get_params(deep=False)
        before = "lecture" if estimator.recipe == AUTO else estimator.recipe
        given["recipe"] = str(model.fitted.get("recipe", before))
        recipe = without_merged(read_recipe(given, estimator._problem(max(1, schema.n_rows), schema), owner))
        recipe = replace(
            recipe, n_networks=model.members, resampling=model.fitted.get("resampling", "bootstrap"),
            activations=records, hidden=hidden, reason=str(model.fitted.get("reason", recipe.reason)),
            clamped=model.fitted.get("clamped") is True,
        )  # fmt: skip
    if recipe.resampling not in (("none",) if recipe.shared else RESAMPLINGS):
        raise ModelFileError(
            f"The model file has the resampling {str(recipe.resampling)[:40]!r}, which does not exist."
        )
    return recipe
