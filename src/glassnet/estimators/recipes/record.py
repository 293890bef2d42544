"""Conversion of a decided recipe to and from the plain JSON types of a model file; presets are not consulted again.

Layers, their activations, the seed and the number of networks are in the file anyway. The stored values are validated
like any untrusted input.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from glassnet.errors import ConfigurationError
from glassnet.estimators.networks.parameters import check_count
from glassnet.estimators.recipes.embedding import EmbeddingLayer
from glassnet.estimators.recipes.recipe import NUMBERS, RESAMPLINGS, Recipe
from glassnet.formulas import (
    SCALE_STARTS,
    Connections,
    activations,
    initializers,
    optimizers,
    parametrizations,
    schedules,
)
from glassnet.formulas.augmentation import resolve_augmentations
from glassnet.formulas.loss import REDUCTIONS
from glassnet.layers import LayerSpec
from glassnet.tables.columns.scales.scaling import SCALINGS

NAME = "decided"
"""Name of the recipe among what a model file says of its estimator."""
_COUNTS = ("epochs", "batch_size", "patience")
_TRUTHS = ("latest_tie", "linear_rival", "shared", "mixed", "clamped")
_TEXTS = ("name", "reason", "summary", "reference")
_LISTS = ("given", "ingredients", "averaged")
_REAL = ("learning_rate", "l1", "l2", "dropout", "label_smoothing")
_RECORDS: dict[str, Any] = {
    "optimizer": optimizers, "schedule": schedules, "dropout_schedule": schedules, "decay_schedule": schedules,
}  # fmt: skip
_PER_LAYER: dict[str, Any] = {"initializers": initializers, "parametrization": parametrizations}
_CHOICES: dict[str, tuple[str, ...]] = {
    "resampling": (*RESAMPLINGS, "none"), "monitor": ("validation_loss", "validation_score"),
}  # fmt: skip


def recipe_to_plain(recipe: Recipe) -> dict[str, Any]:
    """Every number and name of a recipe that is not elsewhere in the model file."""
    return {
        **{name: getattr(recipe, name) for name in (*_COUNTS, *_TRUTHS, *_TEXTS, *_REAL, *_CHOICES)},
        **{name: list(getattr(recipe, name)) for name in _LISTS},
        **{name: getattr(recipe, name).spec for name in _RECORDS},
        **{name: [record.spec for record in getattr(recipe, name)] for name in _PER_LAYER},
        **({"class_weights": list(recipe.class_weights)} if recipe.class_weights else {}),
        **({"reduction": recipe.reduction} if recipe.reduction != "mean" else {}),
        **({"last_epoch": True} if recipe.last_epoch else {}),
        **({"augmentation": [record.spec for record in recipe.augmentation]} if recipe.augmentation else {}),
        "scaling": recipe.scaling, "scale_start": recipe.scale_start, "clip_norm": recipe.clip_norm,
        "embedding": [
            {
                "blocks": [list(block) for block in layer.connections.blocks], "activation": layer.activation,
                "initializer": layer.initializer, "parametrization": layer.parametrization,
            }
            for layer in recipe.embedding
        ],
    }  # fmt: skip


def recipe_from_plain(
    plain: Any, hidden: tuple[int, ...], layer_activations: tuple[Any, ...], seed: int, n_networks: int, owner: str,
    layers: tuple[LayerSpec, ...] = (),
) -> Recipe:  # fmt: skip
    """The recipe stored by `recipe_to_plain`.

    Raises
    ------
    ConfigurationError
        When anything is missing, of another type, or outside its domain.
    """
    names = {*_COUNTS, *_TRUTHS, *_TEXTS, *_REAL, *_CHOICES, *_LISTS, *_RECORDS, *_PER_LAYER}
    names |= {"scaling", "scale_start", "clip_norm", "embedding"}
    if isinstance(plain, Mapping):
        plain = {"class_weights": [], "reduction": "mean", "augmentation": [], "last_epoch": False, **plain}
    names |= {"class_weights", "reduction", "augmentation", "last_epoch"}
    if not isinstance(plain, Mapping) or set(plain) != names:
        odd = sorted(names.symmetric_difference(plain))[0] if isinstance(plain, Mapping) else plain
        raise ConfigurationError(f"{owner}: the stored recipe is not whole ({str(odd)[:40]!r}).")
    for names_of, kind in (((*_TRUTHS, "last_epoch"), bool), (_TEXTS, str), (_COUNTS, int)):
        for name in names_of:
            _check(type(plain[name]) is kind, owner, name, plain[name])
    for name in _COUNTS:
        check_count(owner, name, plain[name])
    for name in _REAL:
        _check(type(plain[name]) in (int, float), owner, name, plain[name])
        NUMBERS[name].check(plain[name], owner)
    choices = {**_CHOICES, "scaling": tuple(SCALINGS), "scale_start": SCALE_STARTS, "reduction": REDUCTIONS}
    for name, allowed in choices.items():
        _check(isinstance(plain[name], str) and plain[name] in allowed, owner, name, plain[name])
    for name in (*_LISTS, *_PER_LAYER, "embedding", "class_weights", "augmentation"):
        _check(isinstance(plain[name], list), owner, name, plain[name])
    for name in (*_LISTS, *_PER_LAYER, "augmentation"):
        _check(all(isinstance(entry, str) for entry in plain[name]), owner, name, plain[name])
    _check(all(name.isidentifier() for name in plain["given"]), owner, "given", plain["given"])
    for weight in plain["class_weights"]:
        _check(type(weight) in (int, float) and 0 < weight < math.inf, owner, "class_weights", weight)
    clip = plain["clip_norm"]
    _check(clip is None or (type(clip) in (int, float) and 0 < clip < math.inf), owner, "clip_norm", clip)
    per_layer = {
        name: tuple(registry.resolve(_text(entry, owner, name)) for entry in plain[name])
        for name, registry in _PER_LAYER.items()
    }
    for name, records in per_layer.items():
        _check(len(records) == len(layer_activations), owner, name, plain[name])
    others: dict[str, Any] = {
        **{name: plain[name] for name in (*_COUNTS, *_TRUTHS, *_TEXTS, *choices)},
        **{name: float(plain[name]) for name in _REAL}, **{name: tuple(plain[name]) for name in _LISTS},
        **{name: registry.resolve(_text(plain[name], owner, name)) for name, registry in _RECORDS.items()},
        **per_layer,
    }  # fmt: skip
    return Recipe(
        hidden=hidden, activations=layer_activations, seed=seed, n_networks=n_networks,
        embedding=tuple(_embedding(layer, owner) for layer in plain["embedding"]), clip_norm=clip,
        class_weights=tuple(map(float, plain["class_weights"])), layers=layers,
        last_epoch=plain["last_epoch"],
        augmentation=resolve_augmentations(plain["augmentation"], owner),
        **others,
    )  # fmt: skip


def _embedding(plain: Any, owner: str) -> EmbeddingLayer:
    """One layer of an embedding."""
    _check(isinstance(plain, dict) and set(plain) == {"blocks", "activation", "initializer", "parametrization"},
           owner, "embedding", plain)  # fmt: skip
    blocks = plain["blocks"]
    whole = isinstance(blocks, list) and all(
        isinstance(block, list) and len(block) == 4 and all(type(n) is int for n in block) for block in blocks
    )
    _check(whole, owner, "embedding", plain)
    activation, initializer, parametrization = (
        _text(plain[name], owner, name) for name in ("activation", "initializer", "parametrization")
    )
    activations.resolve(activation)
    initializers.resolve(initializer)
    parametrizations.resolve(parametrization)
    return EmbeddingLayer(Connections([tuple(block) for block in blocks]), activation, initializer, parametrization)


def _text(value: Any, owner: str, name: str) -> str:
    """A value that must be a text."""
    _check(isinstance(value, str), owner, name, value)
    return str(value)


def _check(good: bool, owner: str, name: str, value: Any) -> None:
    """Raise for an invalid value of a stored recipe."""
    if not good:
        raise ConfigurationError(f"{owner}: the stored recipe has {name}={str(value)[:60]!r}, which is not valid.")
