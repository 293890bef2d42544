"""Backward: the chain rule from the loss to every weight and bias.

``delta = dL/dz = dL/da * activation'(z)``, where dL/da comes from the loss for the last layer and from the layer behind
for every other. Each layer says what its delta is for its weights, its biases and for what entered it. Dropout
multiplies what enters a layer by a mask, on the way forward and on the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.formulas import MixedActivation
from glassnet.layers import LayerSpec
from glassnet.network.forward import Forward
from glassnet.network.objective import Objective
from glassnet.network.shapes import Array


@dataclass(frozen=True)
class Gradients:
    """The gradients of the objective, one entry per layer.

    Attributes
    ----------
    d_weights, d_biases : list of array
        Shaped like the weights and biases; the penalties are included.
    delta : list of array, shapes (n, n_units)
        dL/dz of each layer, rows weighted and reduced.
    d_raw : array, shape (n, n_outputs)
        dL/d(raw prediction), rows weighted and reduced.
    data_d_weights : list of array
        The part of `d_weights` that comes from the rows.
    penalty_d_weights : list of array
        The part of `d_weights` that comes from the penalties.
    d_mixes : list of array, shape (n_units,), or None
        ``dL/dmix = sum over the rows of dL/da (f(z) - z)`` where neurons mix their activation, else None.
    d_activations : list of array, shapes (n, n_units)
        dL/da of each layer: what arrives from the layer behind it, or from the loss.
    d_inputs : array, shape (n, n_in)
        The slopes of the loss along the inputs: which of them, a little larger, would change it how.
    """

    d_weights: list[Array]
    d_biases: list[Array]
    delta: list[Array]
    d_raw: Array
    data_d_weights: list[Array]
    penalty_d_weights: list[Array]
    d_mixes: list[Array | None]
    d_activations: list[Array]
    d_inputs: Array


def backward(
    passed: Forward,
    y: Array,
    row_weights: Array,
    layers: Sequence[LayerSpec],
    weights: Sequence[Array],
    objective: Objective,
    mixes: Sequence[Array | None] = (),
) -> Gradients:
    """The gradients after a forward pass, for targets (n, n_outputs) and row weights (n,).

    Where a layer makes its weights from other numbers, penalties act on those, not on the weights. What a layer does
    not train has the derivative 0.
    """
    d_mixes: list[Array | None] = [None] * len(layers)
    d_raw = objective.raw_gradient(passed.raw_prediction, y, row_weights)
    delta, d_activations = [d_raw] * len(layers), [d_raw] * len(layers)
    data, d_biases = list(weights), list(weights)
    arriving = d_raw
    with np.errstate(over="ignore", invalid="ignore"):
        for k in reversed(range(len(layers))):
            layer, activation = layers[k], layers[k].acting(mixes[k] if mixes else None)
            if isinstance(activation, MixedActivation):
                apart = (arriving * (activation.base.apply(passed.z[k]) - passed.z[k])).sum(axis=0)
                d_mixes[k] = layer.of_neurons(apart)
            d_activations[k] = arriving
            delta[k] = arriving * activation.slope(passed.z[k], passed.a[k + 1])
            arriving, data[k], d_biases[k] = layer.backward(delta[k], passed.entering(k), weights[k])
            mask = passed.mask(k)
            arriving = arriving if mask is None else arriving * mask
        l1, l2 = (objective.penalty_gradients(name, weights, row_weights) for name in ("l1", "l2"))
    penalty = [first + second for first, second in zip(l1, l2, strict=True)]
    penalty = [p if layer.plain else 0.0 * p for p, layer in zip(penalty, layers, strict=True)]
    return Gradients(
        d_weights=[d + p for d, p in zip(data, penalty, strict=True)],
        d_biases=d_biases,
        delta=delta,
        d_raw=d_raw,
        data_d_weights=data,
        penalty_d_weights=penalty,
        d_mixes=d_mixes,
        d_activations=d_activations,
        d_inputs=arriving,
    )
