"""Weights that training makes from other numbers: the way from the weights to what is trained, and back.

A layer with a parametrization (see `glassnet.formulas.parametrization`) computes with its weights ``W`` like any other.
A step pulls ``dL/dW`` back to the free weights ``V`` and the input scales ``s``, lets the optimizer change these, each
at its own multiple of the learning rate, and makes ``W`` again. Penalties act on ``V``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from glassnet.network.backward import Gradients
from glassnet.network.shapes import Array
from glassnet.network.update import Clipping, OptimizerState, Updated, clipping, updated

if TYPE_CHECKING:
    from glassnet.network.structure import Network


@dataclass(frozen=True)
class TrainedArrays:
    """The trained arrays, one entry per layer: free weights (or weights), biases, scales, mixes.

    None stands where a layer has none; mixes that only let inputs pass are not trained.
    """

    weights: list[Array]
    biases: list[Array]
    scales: list[Array | None]
    mixes: list[Array | None]


def trained(network: Network) -> TrainedArrays:
    """The numbers behind the network's weights."""
    free = [
        layer.free_weights(w, s) for layer, w, s in zip(network.layers, network.weights, network.scales, strict=True)
    ]
    mixes = [m if layer.mixed else None for layer, m in zip(network.layers, network.mixes, strict=True)]
    return TrainedArrays(free, list(network.biases), list(network.scales), mixes)


def pulled_back(network: Network, now: TrainedArrays, gradients: Gradients, row_weights: Array) -> TrainedArrays:
    """The gradient of the objective with respect to everything that is trained, penalties included."""
    d_weights: list[Array] = []
    d_scales: list[Array | None] = []
    penalties = [network.objective.penalty_gradients(name, now.weights, row_weights) for name in ("l1", "l2")]
    for k, layer in enumerate(network.layers):
        slopes, scale_slopes = layer.pull_back(gradients.data_d_weights[k], now.weights[k], now.scales[k])
        d_weights.append(slopes + (penalties[0][k] + penalties[1][k]))
        d_scales.append(scale_slopes)
    d_mixes = [None if m is None else gradients.d_mixes[k] for k, m in enumerate(now.mixes)]
    return TrainedArrays(d_weights, gradients.d_biases, d_scales, d_mixes)


@dataclass(frozen=True)
class ParameterUpdate:
    """One step on everything that is trained, and the weights that are made from it."""

    slopes: TrainedArrays
    clip: Clipping
    new: Updated
    weights: list[Array]
    mixes: list[Array | None]


def stepped(
    network: Network, now: TrainedArrays, gradients: Gradients, row_weights: Array, state: OptimizerState,
    learning_rate: float, clip_norm: float | None, decay: float = 1.0,
) -> ParameterUpdate:  # fmt: skip
    """Pull back, clip, update, and make the weights again; `decay` multiplies the weight decay, as a schedule does."""
    slopes = pulled_back(network, now, gradients, row_weights)
    others = [g for g in (*slopes.scales, *slopes.mixes) if g is not None]
    clip = clipping(slopes.weights, [*slopes.biases, *others], clip_norm)
    records = [layer.parametrization for layer in network.layers]
    new = updated(
        (now.weights, now.biases, now.scales, now.mixes), (slopes.weights, slopes.biases, slopes.scales, slopes.mixes),
        state, learning_rate, clip.factor, rates=[record.rates for record in records],
        decays=[tuple(decay * own for own in record.decays) for record in records],
    )  # fmt: skip
    weights = [layer.make_weights(v, s) for layer, v, s in zip(network.layers, new.weights, new.scales, strict=True)]
    mixes = [kept if m is None else m for m, kept in zip(new.mixes, network.mixes, strict=True)]
    return ParameterUpdate(slopes, clip, new, weights, mixes)
