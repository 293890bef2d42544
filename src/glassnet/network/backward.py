"""Backward: the chain rule from the loss to every weight and bias.

``delta = dL/dz``. The last layer has ``delta = dL/d(raw) * activation'(z)``, every other
``delta = (delta_next W_next^T) * activation'(z)``; then ``dL/dW = a_previous^T delta`` and ``dL/db = sum of delta``
over the rows. Dropout multiplies what enters a layer by a mask, on the way forward and on the way back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.formulas import Activation, Connections, MixedActivation
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
    """

    d_weights: list[Array]
    d_biases: list[Array]
    delta: list[Array]
    d_raw: Array
    data_d_weights: list[Array]
    penalty_d_weights: list[Array]
    d_mixes: list[Array | None]


def backward(
    passed: Forward,
    y: Array,
    row_weights: Array,
    weights: Sequence[Array],
    activations: Sequence[Activation],
    objective: Objective,
    made: Sequence[bool] = (),
    connections: Sequence[Connections | None] = (),
) -> Gradients:
    """The gradients after a forward pass, for targets (n, n_outputs) and row weights (n,).

    `made` says which layers make their weights from other numbers; the penalties act on those, not on the weights. What
    `connections` do not train has the derivative 0.
    """
    d_mixes: list[Array | None] = [None] * len(weights)
    d_raw = objective.raw_gradient(passed.raw_prediction, y, row_weights)
    delta: list[Array] = [d_raw] * len(weights)
    arriving = d_raw
    with np.errstate(over="ignore", invalid="ignore"):
        for k in reversed(range(len(weights))):
            activation = activations[k]
            if isinstance(activation, MixedActivation):
                d_mixes[k] = (arriving * (activation.base.apply(passed.z[k]) - passed.z[k])).sum(axis=0)
            delta[k] = arriving * activation.slope(passed.z[k], passed.a[k + 1])
            arriving = delta[k] @ weights[k].T
            mask = passed.mask(k)
            arriving = arriving if mask is None else arriving * mask
        data = [passed.entering(k).T @ d for k, d in enumerate(delta)]
        l1, l2 = (objective.penalty_gradients(name, weights, row_weights) for name in ("l1", "l2"))
    d_biases = [d.sum(axis=0) for d in delta]
    for k, blocks in enumerate(connections):
        if blocks is not None:
            data[k], d_biases[k] = blocks.held_back(data[k], d_biases[k])
            d_mixes[k] = None if (slopes := d_mixes[k]) is None else slopes * blocks.trained_neurons
    penalty = [first + second for first, second in zip(l1, l2, strict=True)]
    penalty = [0.0 * p if k < len(made) and made[k] else p for k, p in enumerate(penalty)]
    return Gradients(
        d_weights=[d + p for d, p in zip(data, penalty, strict=True)],
        d_biases=d_biases,
        delta=delta,
        d_raw=d_raw,
        data_d_weights=data,
        penalty_d_weights=penalty,
        d_mixes=d_mixes,
    )
