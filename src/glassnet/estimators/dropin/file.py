"""Conversion of `MLPClassifier` and `MLPRegressor` to and from a model file."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils.validation import check_is_fitted

from glassnet.errors import ModelFileError
from glassnet.estimators.dropin.labels import Labels
from glassnet.estimators.networks.image_layers import has_records
from glassnet.estimators.networks.serialization import restored_parameters, stored_recipe
from glassnet.files import ModelFile
from glassnet.files.layer import checked_layers
from glassnet.formulas import activations, losses

if TYPE_CHECKING:
    from glassnet.estimators.dropin.multilayer import MultilayerPerceptron

_NUMBERS = ("n_iter_", "t_", "_epochs", "loss_", "best_loss_", "best_validation_score_", "learning_rate_")
_CURVES = ("loss_curve_", "validation_scores_", "validation_loss_curve_")
_LABEL_TYPES = ("binary", "multiclass", "multilabel-indicator")
_CLASS_KINDS = {"i": int, "u": int, "b": bool, "f": float, "U": str, "O": object}


def mlp_to_file(estimator: MultilayerPerceptron) -> ModelFile:
    """The model file of a fitted estimator."""
    check_is_fitted(estimator)
    task, classes, labels = "regression", [], None
    if is_classifier(estimator):
        known = estimator._labels
        task = "multilabel" if known.several_per_row else "classification"
        classes = estimator.classes_.tolist()
        labels = {"type": known.kind, "kind": estimator.classes_.dtype.kind}
    fitted = {
        "numbers": {name: _finite(getattr(estimator, name)) for name in _NUMBERS if hasattr(estimator, name)},
        "curves": {
            name: _each(_finite, getattr(estimator, name)) for name in _CURVES if hasattr(estimator, name)
        },
        "labels": labels,
        "feature_names": [str(name) for name in getattr(estimator, "feature_names_in_", ())],
    }  # fmt: skip
    shapes = [np.shape(w)[-2:] for w in estimator.coefs_]
    layers = checked_layers(estimator._stack or [
        (*shape, activation) for shape, activation in zip(shapes, estimator._activations, strict=True)
    ])  # fmt: skip
    return ModelFile(
        task, layers, estimator._loss, estimator.coefs_, estimator.intercepts_, classes=classes,
        recipe=stored_recipe(estimator.get_params(deep=False), estimator._seed), seed=estimator._seed,
        estimator=type(estimator).__name__, fitted=fitted,
    )  # fmt: skip


def mlp_from_file(cls: type[MultilayerPerceptron], model: ModelFile) -> MultilayerPerceptron:
    """The estimator that a model file describes; raises `ModelFileError` for inconsistent content."""
    try:
        estimator = cls(**restored_parameters(model))
    except TypeError as error:
        raise ModelFileError(f"The model file's recipe is not one of {cls.__name__}: {error}") from None
    if model.members != estimator.n_networks:
        raise ModelFileError(f"The file holds {model.members} networks, its recipe asks for {estimator.n_networks!r}.")
    estimator._set_weights(model.weights, model.biases, model.weights[0].dtype)
    estimator._activations = tuple(activations.resolve(layer.activation) for layer in model.layers)
    estimator._loss, estimator._seed = losses.resolve(model.loss), model.seed
    estimator._memory = None
    if model.looks_at_images or has_records(estimator.hidden_layer_sizes):
        estimator._stack = tuple(model.records)
        estimator.input_shape_ = next((layer.shape_in for layer in estimator._stack if len(layer.shape_in) == 3), None)
    estimator.n_features_in_, estimator.n_outputs_ = model.layers[0].n_in, model.layers[-1].n_out
    estimator.n_layers_, estimator.out_activation_ = len(model.layers) + 1, estimator._loss.link
    fitted = model.fitted
    if set(fitted) != {"numbers", "curves", "labels", "feature_names"}:
        raise ModelFileError(
            f"The model file lacks what {cls.__name__} learned in addition to its weights. It is damaged."
        )
    _restore_record(estimator, fitted)
    if is_classifier(estimator):
        _restore_classes(estimator, model, fitted["labels"])
    return estimator


def _restore_record(estimator: MultilayerPerceptron, fitted: Mapping[str, Any]) -> None:
    """Restore the record of the training and the names of the inputs."""
    numbers, curves, names = fitted["numbers"], fitted["curves"], fitted["feature_names"]
    sound = (
        isinstance(numbers, dict) and isinstance(curves, dict) and isinstance(names, list)
        and set(numbers) <= set(_NUMBERS) and set(curves) <= set(_CURVES)
        and all(value is None or isinstance(value, str) or type(value) in (int, float) for value in numbers.values())
        and all(curve is None or isinstance(curve, list) for curve in curves.values())
        and all(isinstance(name, str) for name in names) and len(names) in (0, estimator.n_features_in_)
    )  # fmt: skip
    if not sound:
        raise ModelFileError("The model file's record of the training is malformed. It is damaged.")
    for name, value in numbers.items():
        setattr(estimator, name, _number(value))
    for name, curve in curves.items():
        setattr(estimator, name, _each(_number, curve))
    if names:
        estimator.feature_names_in_ = np.array(names, dtype=object)


def _restore_classes(estimator: Any, model: ModelFile, labels: Any) -> None:
    """Restore the class labels in their own type, and their conversion to targets."""
    described = [labels.get(name) if isinstance(labels, dict) else None for name in ("type", "kind")]
    known = (
        all(isinstance(word, str) for word in described)
        and described[0] in _LABEL_TYPES
        and described[1] in _CLASS_KINDS
    )
    if not known or (labels["type"] == "multilabel-indicator") != (model.task == "multilabel"):
        raise ModelFileError("The model file's class labels are malformed. It is damaged.")
    try:
        estimator.classes_ = np.array(model.classes, dtype=_CLASS_KINDS[labels["kind"]])
    except (TypeError, ValueError, OverflowError):
        raise ModelFileError(f"The class labels {str(model.classes)[:60]} are not of one type.") from None
    estimator._labels = Labels.known(estimator.classes_, labels["type"])


def _each(change: Callable[[Any], Any], curve: Any) -> Any:
    """Apply a function to each number of a curve, of the curves of several networks, or of None."""
    if curve is None:
        return None
    return [_each(change, entry) if isinstance(entry, list) else change(entry) for entry in curve]


def _finite(value: Any) -> Any:
    """A number as JSON can represent it."""
    if value is None:
        return None
    value = value.item() if isinstance(value, np.generic) else value
    return value if math.isfinite(value) else repr(float(value))


def _number(value: Any) -> Any:
    """The inverse of `_finite`."""
    if value is None or type(value) in (int, float):
        return value
    if value not in ("inf", "-inf", "nan"):
        raise ModelFileError(f"The model file's record of the training holds {str(value)[:40]!r}. It is damaged.")
    return float(value)
