"""The layers of a network from its settings: those that look at images, the hidden ones, and the output."""

from __future__ import annotations

import math
from collections.abc import Sequence

from glassnet.errors import ConfigurationError
from glassnet.layers import Convolution, Dense, LayerSpec, MaxPooling, MeanPooling, stacked
from glassnet.studio.contract.settings import ConvolutionLayer, ImageLayer, LayerStart, Settings

MOST_CHANNELS, LARGEST_WINDOW, LONGEST_STRIDE = 256, 31, 16


def layer_stack(settings: Settings, image: tuple[int, ...] | None, n_in: int, n_out: int) -> tuple[LayerSpec, ...]:
    """All layers, each bound to the shape of what enters it; columns beside an image are carried past its layers.

    Examples
    --------
    >>> layer_stack(Settings(image=[ConvolutionLayer(4)]), (8, 8, 1), 64, 10)
    (Convolution(4, 3, 'relu'), Dense(256, 10))
    """
    looks = image_records(settings)
    sizes = (*(layer.neurons for layer in settings.hidden), n_out)
    kinds = (*(layer.activation for layer in settings.hidden), settings.output_activation)
    starts: Sequence[LayerStart | None] = settings.start or [None] * len(sizes)
    dense = [
        Dense(
            size, kind, initializer=settings.initializer, weights=None if start is None else start.weights,
            biases=None if start is None else start.biases,
        )
        for size, kind, start in zip(sizes, kinds, starts, strict=True)
    ]  # fmt: skip
    if not looks or image is None:
        return stacked(dense, n_in)
    return stacked([*looks, *dense], image, n_in - math.prod(image))


def image_records(settings: Settings) -> list[LayerSpec]:
    """The records of the layers that look at images, not yet bound to what enters them."""
    return [_record(layer, settings.initializer) for layer in settings.image]


def _record(layer: ImageLayer, initializer: str) -> LayerSpec:
    """The record of one image layer."""
    if isinstance(layer, ConvolutionLayer):
        return Convolution(
            layer.channels, layer.size, layer.activation, stride=layer.stride, padding=layer.padding,
            initializer=initializer,
        )  # fmt: skip
    return MaxPooling(layer.size) if layer.take == "max" else MeanPooling(layer.size)


def check_image_layers(settings: Settings, image: tuple[int, ...] | None) -> None:
    """Raise for image layers without images, and for numbers out of range.

    Raises
    ------
    ConfigurationError
    """
    if settings.image and image is None:
        raise ConfigurationError(
            "Convolution and pooling look at images, and no input column holds images. Use hidden layers instead."
        )
    if settings.image and settings.start is not None:
        raise ConfigurationError("A network with convolutions starts from its initializer; leave the start out.")
    for number, layer in enumerate(settings.image, start=1):
        limits = {"size": LARGEST_WINDOW}
        if isinstance(layer, ConvolutionLayer):
            limits |= {"channels": MOST_CHANNELS, "stride": LONGEST_STRIDE}
        for name, most in limits.items():
            value = getattr(layer, name)
            if not 1 <= value <= most:
                raise ConfigurationError(f"Layer {number}: {name}={value} must be a whole number from 1 to {most}.")
