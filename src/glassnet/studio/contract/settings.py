"""The settings of a lab: network, objective and training."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.message import Request


class HiddenLayer(Request, frozen=True):
    """One hidden layer; the activation is a spec such as ``leaky_relu(slope=0.2)``."""

    neurons: int
    activation: str = "relu"


class ConvolutionLayer(Request, frozen=True, tag_field="layer", tag="convolution"):
    """Channels that look for one small pattern each, `size` by `size` pixels, everywhere in the image."""

    channels: int
    size: int = 3
    activation: str = "relu"
    stride: int = 1
    padding: Literal["same", "valid"] = "same"


class PoolingLayer(Request, frozen=True, tag_field="layer", tag="pooling"):
    """The largest, or the mean, of each `size` by `size` square of a map."""

    take: Literal["max", "mean"] = "max"
    size: int = 2


ImageLayer = ConvolutionLayer | PoolingLayer


class LayerStart(Request, frozen=True):
    """Weights (one row per input) and biases that a layer starts from, given by hand."""

    weights: list[list[float]]
    biases: list[float]


class Settings(Request, frozen=True):
    """Everything that decides a run, apart from the table.

    `batch_size` null takes all rows. `start` null draws from `initializer` with `seed`. `engine` "reference" is the
    readable NumPy network in float64, "compiled" the engine in float32, "auto" takes the first for small work.
    `test_share` and `validation_share` are shares of all rows with a target. `image` are the layers that look at the
    pixels of a table with a column of images, before the `hidden` ones. With `folds` of 2 or more the rows that are not
    for the test are divided into so many, and number `fold` of them validates, whatever the `validation_share`.
    `intervals` is how many a loss has that looks at intervals of time; null goes by the number of events.
    `class_weight` says how much a row of each class counts: null all alike, "balanced" inversely to how many training
    rows the class has, or a weight for each class by its label; classes that are not named count 1.
    `patience` is the number of epochs without a lower validation loss after which a run that plays stops; 0 is never.
    """

    hidden: list[HiddenLayer] = []
    output_activation: str = "identity"
    loss: str = "squared_error"
    reduction: str = "mean"
    optimizer: str = "gradient_descent"
    schedule: str = "constant"
    learning_rate: float = 0.1
    batch_size: int | None = None
    shuffle: bool = True
    epochs: int = 1000
    l1: float = 0.0
    l2: float = 0.0
    seed: int = 0
    initializer: str = "glorot"
    start: list[LayerStart] | None = None
    scale_inputs: bool = True
    scale_target: bool = False
    test_share: float = 0.0
    validation_share: float = 0.0
    folds: int = 0
    fold: int = 0
    engine: Literal["auto", "reference", "compiled"] = "auto"
    image: list[ImageLayer] = []
    intervals: int | None = None
    class_weight: Literal["balanced"] | dict[str, float] | None = None
    patience: int = 0
