"""One row in a network on images: its image, maps and kernels, as numbers to be painted."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.message import Message
from glassnet.studio.contract.run import Position

Shown = Literal["values", "changes", "slopes"]
"""``values``: as they are; ``changes``: what the next step adds; ``slopes``: how the loss answers to them."""


class MapLayer(Message, frozen=True):
    """One layer: of the image (layer 0) and of maps one list of `rows` times `columns` numbers per shown channel.

    A dense layer has one list with a number per neuron. `largest` is the largest magnitude in all of the layer. Of a
    convolution, and of the first dense layer on pixels, `kernels` holds for each channel shown one list of
    `kernel_rows` times `kernel_columns` weights per channel that enters (at most 16); else it is null.
    """

    layer: int
    kind: Literal["image", "convolution", "max pooling", "mean pooling", "dense"]
    channels: int
    rows: int
    columns: int
    values: list[list[float | None]]
    largest: float | None
    kernels: list[list[list[float | None]]] | None
    kernel_rows: int
    kernel_columns: int
    largest_kernel: float | None


class Maps(Message, frozen=True):
    """A row as the network sees it. Of the image, a gray value is ``center + scale * value``, from `low` to `high`.

    `slopes` are those of the loss of this row alone; those of kernels, and all `changes`, belong to the step that comes
    next. `answer` is the prediction of the row: shares of the classes, or the number. `step` is that at which all of it
    holds: while a run plays, changes and slopes, which take longer than values, may be of a step before.
    """

    row: int
    step: int
    shown: Shown
    center: float
    scale: float
    low: float
    high: float
    layers: list[MapLayer]
    answer: list[float | None]


class WindowChannel(Message, frozen=True):
    """The values under a kernel in one channel, its weights (null in pooling), and the sum of the products."""

    channel: int
    patch: list[float | None]
    kernel: list[float | None] | None
    sum: float | None


class KernelWindow(Message, frozen=True, tag_field="picture", tag="window"):
    """How one number of a map comes about: `rows` by `columns` numbers under the window, channel by channel.

    `top` and `left` say where the window begins in the map that enters; what lies outside of it is 0. Of max pooling
    `winner` is the place of the largest. ``activation(total) = value``, where `total` is the sum of all channels and
    the bias.
    """

    layer: int
    channel: int
    y: int
    x: int
    rows: int
    columns: int
    top: int
    left: int
    channels: list[WindowChannel]
    bias: float | None
    total: float | None
    activation: str
    value: float | None
    winner: int | None


class MovingPatch(Message, frozen=True):
    """A patch that moves a weight: row, place, and ``signal * pixel = product``, one term of the gradient."""

    name: str
    row: int
    y: int
    x: int
    patch: list[float | None]
    signal: float
    pixel: float
    product: float


class KernelPatches(Message, frozen=True, tag_field="picture", tag="patches"):
    """The patches that move a weight of a convolution most; the weight stands at `tap_y`, `tap_x` of its kernel.

    `total` is the gradient of the data loss, the sum of `count` products.
    """

    rows: int
    columns: int
    tap_y: int
    tap_x: int
    kernel: list[float | None]
    patches: list[MovingPatch]
    total: float
    count: int


NumberPicture = KernelWindow | KernelPatches


class ExcitingPatch(Message, frozen=True):
    """A part of what enters a convolution that excites a channel; one list of pixels per channel that enters."""

    name: str
    row: int
    y: int
    x: int
    value: float
    pixels: list[list[float | None]]


class OcclusionView(Message, frozen=True):
    """GET /api/runs/{run}/occlusion?row=17: which parts of a row's image raise its answer, and which lower it.

    `values` has one number per pixel: by how much the answer falls, on average, while a square over it is covered.
    """

    position: Position
    row: int
    name: str
    label: str
    output: int
    rows: int
    columns: int
    image: list[float]
    low: float
    high: float
    values: list[float]
    largest: float
    answer: float
    covered: float
    square: int
    fill: str
    helpful: list[tuple[str, float]]
    harmful: list[tuple[str, float]]
