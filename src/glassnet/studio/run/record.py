"""The record of a run in the store: a document next to its snapshots."""

from __future__ import annotations

from typing import Literal

import msgspec

from glassnet.errors import FileError
from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.contract.run import Change, Status, WeightEdit
from glassnet.studio.contract.settings import ConvolutionLayer, ImageLayer, Settings
from glassnet.studio.run.curves import LossCurves

DAMAGED = "The record of this run is damaged, so it cannot be opened. Remove it; its table is not affected."


class Document(msgspec.Struct):
    """The record of a run in the store, next to its snapshots."""

    name: str
    columns: ColumnChoice
    settings: Settings
    edits: list[WeightEdit]
    step: int
    operation: int
    status: Status
    message: str
    furthest: int
    spacing: int
    curves: msgspec.Raw
    changes: list[Change] = []
    hidden: list[str] = []
    threshold: float | None = None


def document_of(raw: bytes) -> tuple[Document, LossCurves]:
    """A document and its curves; a `FileError` when it is damaged."""
    try:
        document = msgspec.json.decode(raw, type=Document)
        return document, LossCurves.load(bytes(document.curves))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise FileError(DAMAGED) from None


class Head(msgspec.Struct):
    """The part of a document that the list needs."""

    name: str
    step: int
    status: Status | Literal["damaged"]
    settings: Settings = Settings()


def head_of(raw: bytes) -> Head:
    """The part of a document that the list needs; a damaged document is listed as such."""
    try:
        return msgspec.json.decode(raw, type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return Head("", 0, "damaged")


def about(settings: Settings) -> str:
    """A network in a few words, which tell a run from others on the same table.

    Examples
    --------
    >>> about(Settings())
    'no hidden layer, gradient descent 0.1, seed 0'
    """
    looks = "-".join(_image_layer(layer) for layer in settings.image)
    layers = "-".join(str(layer.neurons) for layer in settings.hidden)
    kinds = " ".join(dict.fromkeys(layer.activation for layer in settings.hidden))
    network = f"hidden {layers} {kinds}" if layers else "no hidden layer"
    network = f"{looks}, {network}" if looks else network
    optimizer = settings.optimizer.replace("_", " ")
    return f"{network}, {optimizer} {settings.learning_rate:g}, seed {settings.seed}"


def _image_layer(layer: ImageLayer) -> str:
    """A layer on images in a word."""
    return f"conv {layer.channels}" if isinstance(layer, ConvolutionLayer) else f"{layer.take} pool"
