"""The preset for images: small convolutions, as deep as the image size allows, trained with augmentation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glassnet.estimators.recipes.training_time import seconds_per_epoch
from glassnet.layers import Convolution, LayerSpec, MaxPooling

if TYPE_CHECKING:
    from glassnet.estimators.recipes.preset import Problem

CHANNELS = (16, 32, 64, 64)
"""Of the convolutions, each followed by a pooling of 2 x 2, while at least `SMALLEST` rows and columns are left."""
SMALLEST = 4
FOLDS = 5
VIEWS = 150_000
"""How many images a network sees in training, all epochs counted."""
MOST_SECONDS = 120.0
"""By the guess, of all networks on one thread; above it there are fewer of them."""
AUGMENTATION = (
    "rotation(degrees=10.0)", "scale(amount=0.12)", "shift(amount=0.1)", "brightness(amount=0.5)",
    "contrast(amount=0.2)",
)  # fmt: skip


def image_settings(problem: Problem) -> dict[str, Any]:
    """The settings of the preset for the size and number of the images."""
    assert problem.image_shape is not None
    epochs = int(min(150, max(12, round(VIEWS / max(problem.n_rows, 1)))))
    settings = {
        "hidden_layer_sizes": hidden_layers(problem.image_shape), "activation": "relu",
        "optimizer": "adamw(weight_decay=0.01)", "learning_rate": 0.004, "schedule": "cosine", "epochs": epochs,
        "batch_size": 64 if problem.n_rows >= 2000 else 32, "l1": 0.0, "l2": 0.0, "patience": epochs, "dropout": 0.3,
        "augmentation": AUGMENTATION, "resampling": "folds", "n_networks": FOLDS, "scaling": "standard",
        "last_epoch": True,
    }  # fmt: skip
    if problem.n_rows < 40:
        return {**settings, "n_networks": 1}
    for networks in (FOLDS, 3, 1):
        settings["n_networks"] = networks
        if seconds_per_epoch(replace(problem, threads=1), settings) * epochs <= MOST_SECONDS:
            break
    return settings


def hidden_layers(shape: Sequence[int]) -> list[LayerSpec | int]:
    """Convolutions of 3 x 3 and poolings, then a dense layer.

    Examples
    --------
    >>> hidden_layers((8, 8, 1))
    [Convolution(16, 3, 'relu'), MaxPooling(2), Convolution(32, 3, 'relu'), 64]
    """
    layers: list[LayerSpec | int] = []
    rows, columns = shape[0], shape[1]
    for channels in CHANNELS:
        layers.append(Convolution(channels, 3, "relu"))
        if min(rows, columns) < 2 * SMALLEST:
            if len(layers) > 1:
                break
            continue
        layers.append(MaxPooling(2))
        rows, columns = rows // 2, columns // 2
    return [*layers, 64]
