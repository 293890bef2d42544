"""Forward: ``z = a_previous W + b``, ``a = activation(z)``, layer by layer, then the link of the loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.formulas import Activation, Loss
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
    """

    z: list[Array]
    a: list[Array]
    prediction: Array

    @property
    def raw_prediction(self) -> Array:
        """The activations of the last layer, before the link."""
        return self.a[-1]


def forward(
    X: Array, weights: Sequence[Array], biases: Sequence[Array], activations: Sequence[Activation], loss: Loss
) -> Forward:
    """Run the layers on inputs of shape (n, n_in)."""
    z, a = [], [X]
    with np.errstate(over="ignore", invalid="ignore"):  # weights that are too large show in the loss, which is guarded
        for w, b, activation in zip(weights, biases, activations, strict=True):
            z.append(a[-1] @ w + b)
            a.append(np.asarray(activation.apply(z[-1]), dtype=np.float64))
        prediction = np.asarray(loss.predict(a[-1]), dtype=np.float64)
    return Forward(z, a, prediction)
