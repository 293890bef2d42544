"""Further networks of a model, with their own layers, in a model file.

The mean of networks of different layers is a model like any other. Its file holds the first networks as ever, and each
further part as layers, numbers and what the estimator says of it; everything else (task, schema, classes, scores) is
said once. Such files have the format 3 or 4, which an older glassnet refuses with the advice to update.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.files import canonical_json
from glassnet.files.layer import array_names, layer_from_plain

if TYPE_CHECKING:
    from glassnet.files.model import ModelFile

MOST_PARTS = 1000
_FIELDS: Mapping[str, type | tuple[type, ...]] = {
    "layers": list, "recipe": dict, "members": int, "arrays": list, "fitted": dict,
}  # fmt: skip
_ALIKE = ("task", "estimator", "classes", "loss", "schema")


def check_further(model: ModelFile) -> None:
    """Raise for parts that do not have the same task and the same inputs."""
    if model.further and model.estimator is None:
        raise ModelFileError("A bare network has no further parts; write each to a separate file.")
    if len(model.further) >= MOST_PARTS:
        raise ModelFileError(f"A model has at most {MOST_PARTS} parts, not {len(model.further) + 1}.")
    for k, part in enumerate(model.further, start=1):
        if part.further:
            raise ModelFileError(f"Part {k} has parts itself; list all of them in the model.")
        if any(getattr(part, name) != getattr(model, name) for name in _ALIKE):
            raise ModelFileError(f"Part {k} has another task, loss, schema or other classes than the model.")
        sizes, own = ((each.layers[0].n_in, each.layers[-1].n_out, each.weights[0].dtype) for each in (part, model))
        if sizes != own:
            raise ModelFileError(
                f"Part {k} has {sizes[0]} inputs and {sizes[1]} outputs in {sizes[2]}, the model has {own[0]} and "
                f"{own[1]} in {own[2]}."
            )


def tensors_of(model: ModelFile, prefix: str = "") -> dict[str, np.ndarray]:
    """Name -> array of everything that the model holds, its further parts last."""
    tensors = {}
    for k, layer in enumerate(model.layers):
        once = slice(0, 1 if layer.kind == "shared" else None)
        for what in layer.stored:
            tensors[f"{prefix}layer_{k}.{what}"] = getattr(model, what)[k][once]
    tensors.update({f"{prefix}array.{name}": array for name, array in model.arrays.items()})
    for k, part in enumerate(model.further, start=1):
        tensors.update(tensors_of(part, f"part_{k}."))
    return tensors


def to_plain(part: ModelFile) -> dict[str, Any]:
    """The entry of a further part in the description of a file."""
    return {
        "layers": [layer.to_plain() for layer in part.layers], "recipe": part.recipe, "members": part.members,
        "arrays": list(part.arrays), "fitted": part.fitted,
    }  # fmt: skip


def checked_plain(plain: Any, what: str) -> dict[str, Any]:
    """The description of a further part, with the fields that it must have."""
    canonical_json.fields(plain, _FIELDS, what)
    return dict(plain)


def names_of(plain: Mapping[str, Any], layers: Sequence[Any], prefix: str = "") -> list[str]:
    """The tensors that a part must have, in the order of the file."""
    return [
        *(f"{prefix}{name}" for name in array_names(layers)),
        *(f"{prefix}array.{name}" for name in plain["arrays"]),
    ]


def layers_of(plain: Mapping[str, Any], what: str) -> list[Any]:
    """The checked layers of a part."""
    return [layer_from_plain(layer, f"{what}, layer {k}") for k, layer in enumerate(plain["layers"])]


def numbers_of(
    plain: Mapping[str, Any], layers: Sequence[Any], tensors: Mapping[str, np.ndarray], prefix: str = ""
) -> dict[str, Any]:
    """Layers and numbers of a part, as `ModelFile` takes them."""
    dtype = next((tensor.dtype for tensor in tensors.values()), np.float32)
    nothing = np.empty((min(max(plain["members"], 1), 2**31), 0), dtype=dtype)  # of layers that train nothing
    return {
        "layers": layers,
        "weights": [tensors.get(f"{prefix}layer_{k}.weights", nothing) for k in range(len(layers))],
        "biases": [tensors.get(f"{prefix}layer_{k}.biases", nothing) for k in range(len(layers))],
        "mixes": [tensors.get(f"{prefix}layer_{k}.mixes") for k in range(len(layers))],
        "arrays": {name: tensors[f"{prefix}array.{name}"] for name in plain["arrays"]},
    }


def further_of(
    model: ModelFile, plain: Sequence[Mapping[str, Any]], layers: Sequence[Any], tensors: Mapping[str, np.ndarray]
) -> ModelFile:
    """The model with the further parts of its file."""
    parts = []
    for k, (entry, own) in enumerate(zip(plain, layers, strict=True), start=1):
        fields = {name: entry[name] for name in ("recipe", "fitted")}
        part = replace(model, **numbers_of(entry, own, tensors, f"part_{k}."), **fields)
        if part.members != entry["members"]:
            raise ModelFileError(f"Part {k} declares {entry['members']} members and holds {part.members}.")
        parts.append(part)
    return replace(model, further=parts) if parts else model
