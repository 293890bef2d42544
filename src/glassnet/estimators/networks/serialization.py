"""Conversion of constructor parameters to and from a model file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.files import ModelFile, canonical_json
from glassnet.files.layer import load_spec, store_spec
from glassnet.formulas import Activation, Loss, optimizers, schedules
from glassnet.layers import Convolution, Dense, LayerSpec

NOT_STORED = ("n_jobs", "verbose", "callbacks")
"""Parameters that change no bit of the network, or that are code."""
_TRAINED = (Dense, Convolution)
"""Kinds of layer that start somewhere."""


def stored_recipe(parameters: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The parameters in plain JSON types: records become their specs, and a random state becomes the drawn seed."""
    given = {name: value for name, value in parameters.items() if name not in NOT_STORED}
    return {name: _plain(value) for name, value in {**given, "random_state": seed}.items()}


def restored_parameters(model: ModelFile) -> dict[str, Any]:
    """Restore the parameters from `stored_recipe`; formulas unknown to this installation come from the file."""
    own: dict[str, Activation | Loss] = {
        layer.activation.name: layer.activation for layer in model.layers if isinstance(layer.activation, Activation)
    }
    if not isinstance(model.loss, str):
        own[model.loss.name] = model.loss
    return {name: _restore(value, own) for name, value in model.recipe.items()}


def _layer(entry: Any) -> LayerSpec:
    """Restore a hidden layer that was given as a record."""
    wanted: dict[str, Any] = {"kind": str, "activation": (str, dict), "geometry": dict, "initializer": str}
    wanted |= {"mixed": bool} if isinstance(entry, dict) and "mixed" in entry else {}
    canonical_json.fields(entry, wanted, "The recipe's layer")
    start = {"initializer": entry["initializer"]} if entry["initializer"] else {}
    return load_spec(entry, "The recipe's layer", **start)


def check_registered(parameters: Mapping[str, Any]) -> None:
    """Raise `ModelFileError` for an optimizer or a schedule that a file names but that is not registered."""
    for name, registry, record in (("optimizer", optimizers, "Optimizer"), ("schedule", schedules, "Schedule")):
        spec = parameters.get(name, "auto")
        known = spec.partition("(")[0].strip() if isinstance(spec, str) else "auto"
        if known != "auto" and known not in registry:
            raise ModelFileError(
                f"It was trained with the {name} {known[:40]!r}, which is not part of glassnet, and files hold no "
                f"{name}s. Register it as in the program that trained the model, then load again: "
                f"glassnet.formulas.{name}s.register({record}({known[:40]!r}, ...))."
            )


def _plain(value: Any) -> Any:
    """One parameter in plain JSON types."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, Mapping):
        return {"pairs": [[_plain(key), _plain(entry)] for key, entry in value.items()]}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and math.isinf(value):
        return {"infinite": "+" if value > 0 else "-"}
    if isinstance(value, (type, np.dtype)):
        return str(np.dtype(value))
    if isinstance(value, LayerSpec):
        start = value.initializer.spec if isinstance(value, _TRAINED) else ""
        return {"layer": {**store_spec(value), "initializer": start}}
    return getattr(value, "spec", value)


def _restore(value: Any, own: Mapping[str, Any]) -> Any:
    """The inverse of `_plain`."""
    if isinstance(value, str):
        return own.get(value.split("(")[0], value)
    if isinstance(value, list):
        return [_restore(entry, own) for entry in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"infinite"}:
        return math.inf if value["infinite"] == "+" else -math.inf
    if set(value) == {"layer"}:
        return _layer(value["layer"])
    try:
        return {key: _restore(entry, own) for key, entry in value["pairs"]}
    except (KeyError, TypeError, ValueError):
        raise ModelFileError(f"The recipe has the value {str(value)[:60]}, which is not a parameter.") from None
