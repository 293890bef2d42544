"""Forward: each layer makes ``z`` of what enters it, ``a = activation(z)``; then the link of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from glassnet.formulas import Loss
from glassnet.layers import LayerSpec
from glassnet.network.shapes import Array


@dataclass(frozen=True)
class Forward:
    """Everything a forward pass computes.

    Attributes
    ----------
    z : list of array, shapes (n, n_units)
        Pre-activations of each layer.
    a : list of array
        ``a[0]`` are the inputs, ``a[k + 1]`` the activations of layer ``k``.
    prediction : array, shape (n, n_outputs)
        The link of the loss applied to the raw prediction, for example probabilities.
    masks : sequence of array or None
        Dropout of what enters each layer, shaped like ``a[k]``; empty without dropout.
    """

    z: list[Array]
    a: list[Array]
    prediction: Array
    masks: Sequence[Array | None] = ()

    def entering(self, layer: int) -> Array:
        """The inputs of a layer (counted from 0): the activations of the previous one, after dropout."""
        mask = self.mask(layer)
        return self.a[layer] if mask is None else self.a[layer] * mask

    def mask(self, layer: int) -> Array | None:
        """The dropout mask of a layer; None without dropout."""
        return self.masks[layer] if self.masks else None

    @property
    def raw_prediction(self) -> Array:
        """The activations of the last layer, before the link."""
        return self.a[-1]


def forward(
    X: Array,
    layers: Sequence[LayerSpec],
    weights: Sequence[Array],
    biases: Sequence[Array],
    loss: Loss,
    masks: Sequence[Array | None] = (),
    mixes: Sequence[Array | None] = (),
) -> Forward:
    """Run the layers on inputs of shape (n, n_in); `masks` are the dropout of a training step.

    `mixes` are the shares of the activation that neurons take; all of it where none are given.
    """
    z: list[Array] = []
    a: list[Array] = [X]
    passed = Forward(z, a, X, masks)
    with np.errstate(over="ignore", invalid="ignore"):  # weights that are too large show in the loss, which is guarded
        for k, (layer, w, b) in enumerate(zip(layers, weights, biases, strict=True)):
            z.append(layer.forward(passed.entering(k), w, b))
            activation = layer.acting(mixes[k] if mixes else None)
            a.append(np.asarray(activation.apply(z[-1]), dtype=np.float64))
        prediction = np.asarray(loss.predict(a[-1]), dtype=np.float64)
    return replace(passed, prediction=prediction)
