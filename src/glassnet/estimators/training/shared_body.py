"""The networks of an estimator that share a body, decomposed into their trained parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.estimators.recipes.recipe import Recipe

if TYPE_CHECKING:
    from glassnet.network import SharedNetworks

SCALES = "input_scales"
"""Name of the scales in a model file."""


def shared_networks(
    recipe: Recipe, weights: Sequence[np.ndarray], biases: Sequence[np.ndarray], scales: np.ndarray,
    settings: Mapping[str, Any],
) -> SharedNetworks:  # fmt: skip
    """The networks with the free weights that are multiplied by the scales (n_networks, n_inputs), in float64.

    The free weights of an input are computed from the network with the largest scale of it.
    """
    from glassnet.network import Dense, SharedNetworks

    several = [[np.asarray(part, dtype=np.float64) for part in parts] for parts in (weights, biases)]
    if recipe.n_networks == 1:
        several = [[part[None] for part in parts] for parts in several]
    last = len(weights) - 1
    layers = []
    for k, (w, b) in enumerate(zip(*several, strict=True)):
        record, free = recipe.parametrization[k], w[0]
        if k == 0 and record.has_scales:
            widest, each = np.abs(scales).argmax(axis=0), np.arange(w.shape[1])
            largest = scales[widest, each].astype(np.float64)[:, None]
            free = np.where(largest == 0, 0.0, w[widest, each] / np.where(largest == 0, 1.0, largest))
        n_in, n_out = free.shape
        layers.append(Dense(
            n_in, n_out, recipe.activations[k], weights=free, biases=b[0], parametrization=record
        ))  # fmt: skip
    networks = SharedNetworks(layers, heads=recipe.n_networks, **settings)
    networks.weights[-1] = np.stack([recipe.parametrization[last].free_weights(w) for w in several[0][-1]])
    networks.biases[-1] = several[1][-1].copy()
    if networks.scales[0] is not None:
        networks.scales[0] = scales.astype(np.float64)
    return networks


def stored_scales(arrays: Mapping[str, np.ndarray], recipe: Recipe, n_inputs: int) -> np.ndarray | None:
    """The scales in a model file; None if its networks do not share a body, `ModelFileError` if they do not fit."""
    if not recipe.shared:
        return None
    scales = arrays.get(SCALES)
    if scales is None or scales.shape != (recipe.n_networks, n_inputs):
        raise ModelFileError("The model file's networks share a body, but its scales of the inputs do not fit them.")
    return scales
