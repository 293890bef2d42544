"""`read_model`: a model file of any released format, checked before anything in it is believed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

import glassnet
from glassnet.errors import ModelFileError
from glassnet.files import canonical_json, concepts, container
from glassnet.files import further_networks as parts
from glassnet.files.checksum import checksums
from glassnet.files.model import FORMAT, MOST_LAYERS, ModelFile

_RECORD_1: dict[str, type | tuple[type, ...]] = {
    "format": int, "task": str, "layers": list, "loss": (str, dict), "schema": (dict, type(None)), "classes": list,
    "recipe": dict, "scores": dict, "fingerprint": str, "seed": int, "determinism": str, "version": str, "sha256": dict,
}  # fmt: skip
_RECORD_2 = {**_RECORD_1, "estimator": (str, type(None)), "members": int, "arrays": list, "fitted": dict}
_RECORD_3 = {**_RECORD_2, "further": list}
_RECORDS = {1: _RECORD_1, 2: _RECORD_2, 3: _RECORD_3, 4: _RECORD_3, 5: _RECORD_3}
"""The fields of each released format; the third is written for models of networks with different layers only, the
fourth where some layers look at images, the fifth where their channels mix activations."""
_NOT_PASSED = ("format", "layers", "loss", "sha256", "members", "arrays")


def read_model(path: str | os.PathLike[str]) -> ModelFile:
    """Read a model file, checking everything; nothing in it is imported, evaluated or opened.

    Raises
    ------
    ModelFileError
        When the file is missing, cut off, damaged, hostile, of another program, or newer than this glassnet.
    """
    path = Path(path)
    tensors, metadata, data = container.read(path)
    what = f"{path}, description"
    record = canonical_json.parse(metadata, what)
    if isinstance(record, dict) and "checkpoint" in record:
        raise ModelFileError(f"{path} is a checkpoint of a training under way, not a model. Train on with it.")
    if isinstance(record, dict) and type(record.get("format")) is int and record["format"] > max(_RECORDS):
        raise ModelFileError(
            f"{path} has the format {record['format']}, written by glassnet {str(record.get('version'))[:20]!r}; this "
            f"glassnet {glassnet.__version__} reads formats up to {max(_RECORDS)}. Update glassnet."
        )
    form = record.get("format") if isinstance(record, dict) else None
    canonical_json.fields(record, _RECORDS.get(form if type(form) is int else FORMAT, _RECORD_2), what)
    if form not in _RECORDS:
        raise ModelFileError(f"{what}: there is no format {form}. The file is damaged.")
    sums = record.pop("sha256")
    canonical_json.fields(sums, {"record": str, "tensors": str}, f"{what}, sha256")
    if sums != checksums(record, data) or canonical_json.canonical({**record, "sha256": sums}) != metadata:
        raise ModelFileError(f"{path}: the checksum does not fit the contents. The file is damaged; copy it again.")
    if record["format"] == 1:
        record, tensors = _from_format_1(record, tensors)
    further = record.pop("further", [])
    described = [record, *(parts.checked_plain(part, f"{what}, part {k}") for k, part in enumerate(further, start=1))]
    for part in described:
        if not 1 <= len(part["layers"]) <= MOST_LAYERS or not all(isinstance(name, str) for name in part["arrays"]):
            raise ModelFileError(f"{path} has {len(part['layers'])} layers, or arrays without a name. It is damaged.")
    try:
        layers = [parts.layers_of(part, what) for part in described]
        prefixes = ["", *(f"part_{k}." for k in range(1, len(described)))]
        names = [parts.names_of(*each) for each in zip(described, layers, prefixes, strict=True)]
        if list(tensors) != [name for own in names for name in own]:
            raise ModelFileError(f"{path} holds the arrays {str(list(tensors))[:80]}, which do not fit its layers.")
        model = ModelFile(
            loss=concepts.load_loss(record["loss"], f"{what}, loss"),
            **parts.numbers_of(record, layers[0], tensors),
            **{key: record[key] for key in _RECORD_2 if key not in _NOT_PASSED},
        )
        if model.members != record["members"]:
            raise ModelFileError(f"It declares {record['members']} members and holds {model.members}. It is damaged.")
        model = parts.further_of(model, further, layers[1:], tensors)
    except ModelFileError as error:
        message = str(error)
        raise ModelFileError(message if message.startswith(str(path)) else f"{path}: {message}") from None
    return model


def _from_format_1(record: dict[str, Any], tensors: dict[str, np.ndarray]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The contents of a file of format 1 (one network, dense layers only) as those of format 2."""
    layers = [{"kind": "dense", **layer} if isinstance(layer, dict) else layer for layer in record["layers"]]
    new = {**record, "layers": layers, "estimator": None, "members": 1, "arrays": [], "fitted": {}}
    return new, {name: tensor[None] for name, tensor in tensors.items()}
