"""Image layers in the drop-in estimators: records among the `hidden_layer_sizes`, and images as rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Activation, Initializer, initializers
from glassnet.formulas.whole_number import is_whole
from glassnet.layers import Dense, LayerSpec, stacked

Hidden = Sequence[int | LayerSpec]


def has_records(hidden: Any) -> bool:
    """Whether some hidden layers are given as records."""
    return isinstance(hidden, (list, tuple)) and any(isinstance(each, LayerSpec) for each in hidden)


def layer_stack(
    hidden: Hidden, activations: Sequence[Activation], initializer: str | Initializer,
    shape: int | Sequence[int] | None, n_in: int, n_out: int, owner: str,
) -> tuple[LayerSpec, ...]:  # fmt: skip
    """All layers, each bound to its input shape; numbers in addition to the image are carried past it.

    `activations` has one entry per layer, used for the layers given by their size.
    """
    for layer in hidden:
        if isinstance(layer, LayerSpec):
            _check_plain(layer, owner)
    record = initializers.resolve(initializer)
    layers = _records(hidden, activations, record)
    looks = next((layer for layer in layers if not isinstance(layer, Dense)), None)
    if shape is None and looks is not None:
        raise ConfigurationError(
            f"{owner}: {looks!r} looks at images, but each row is {n_in} numbers. Give input_shape=(rows, columns, "
            "channels), or X of shape (n, rows, columns) or (n, rows, columns, channels)."
        )
    image = math.prod(shape) if isinstance(shape, (list, tuple)) else n_in
    if n_in < image:
        raise ShapeError(f"{owner}: input_shape={tuple(shape)} makes {image} numbers, but each row has {n_in}.")  # type: ignore[arg-type]
    return stacked([*layers, Dense(n_out, initializer=record)], n_in if looks is None else shape, n_in - image)


def layered(
    hidden: Sequence[Any], activations: Sequence[Any], initializer: str, shape: Sequence[int], beside: int
) -> tuple[LayerSpec, ...]:
    """Hidden layers of records and sizes, bound to images of a shape and to the additional numbers."""
    return stacked(_records(hidden, activations, initializer), shape, beside)


def _records(hidden: Hidden, activations: Sequence[Any], initializer: str | Initializer) -> list[LayerSpec]:
    """Records unchanged; sizes as dense layers with the activation of their position."""
    return [
        each if isinstance(each, LayerSpec) else Dense(each, activation, initializer=initializer)
        for each, activation in zip(hidden, activations, strict=False)
    ]


def _check_plain(layer: LayerSpec, owner: str) -> None:
    """Raise for layers that the attributes of the estimators cannot represent."""
    strange = [
        name
        for name, there in (
            ("parametrization", not layer.parametrization.plain), ("mixed", layer.mixed),
            ("connections", bool(getattr(layer, "_blocks", None))),
            ("an initializer that looks at rows", layer.initializer.looks_at_rows),
            ("weights or biases", any(part is not None for part in layer._given)),
        )
        if there
    ]  # fmt: skip
    if strange:
        raise ConfigurationError(
            f"{owner}: hidden_layer_sizes holds {layer!r} with {strange[0]}, which this estimator does not train. "
            "Leave it out, or use glassnet.Network([...]).fit."
        )


def read_shape(given: Any, X: Any, owner: str) -> tuple[int, ...] | None:
    """The (rows, columns, channels) of the images as given, or else of X; None if neither has them."""
    seen = np.shape(X)[1:] if isinstance(X, (np.ndarray, list, tuple)) and np.ndim(X) in (3, 4) else None
    if given is None:
        return None if seen is None else (*seen, 1)[:3]
    sizes = tuple(given) if isinstance(given, (list, tuple)) else ()
    good = len(sizes) in (2, 3) and all(is_whole(n, 1) for n in sizes)
    if not good:
        raise ConfigurationError(
            f"{owner}: input_shape={given!r} must be (rows, columns) or (rows, columns, channels) of the images, such "
            "as (28, 28, 1)."
        )
    rows, columns, channels = (*(int(n) for n in sizes), 1)[:3]
    return rows, columns, channels


def flat_images(X: Any, shape: Sequence[int] | None, owner: str) -> Any:
    """Images as rows of numbers, with the channels of a pixel adjacent; any other X is returned unchanged."""
    if shape is None:
        return X
    X = np.asarray(X) if isinstance(X, (list, tuple)) else X
    if getattr(X, "ndim", 2) not in (3, 4):
        return X
    if (*X.shape[1:], 1)[:3] != tuple(shape):
        raise ShapeError(
            f"{owner}: the images in X have the shape {X.shape[1:]}, but the network looks at {tuple(shape)}: rows, "
            "columns, channels."
        )
    return np.ascontiguousarray(X).reshape(len(X), -1)
