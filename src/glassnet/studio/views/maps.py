"""One row as a network on images sees it: its image, maps and kernels, what a step changes, and the slopes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas import optimizers
from glassnet.layers import Convolution, LayerSpec, MaxPooling, MeanPooling
from glassnet.network import Network
from glassnet.network.fit import take_step
from glassnet.plain import finite
from glassnet.studio.contract.views.maps import MapLayer, Maps, Shown
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.views.paint import forward_pass, rounded
from glassnet.studio.views.view import position as position_of

MOST_MAPS, MOST_ENTERING = 16, 16
Kind = Literal["image", "convolution", "max pooling", "mean pooling", "dense"]


@dataclass(frozen=True)
class NextStep:
    """The step that comes next: its number, positions of its rows, and its learning rate.

    `network` is one on which the step can be tried; slopes and changes need it.
    """

    step: int
    batch: NDArray[np.int64]
    learning_rate: float
    network: Network | None = None


def maps(
    preparation: Preparation,
    parameters: tuple[list[Floats], list[Floats]],
    row: int | None,
    shown: Shown,
    coming: NextStep,
) -> Maps:
    """A row of the table, the first one that trains when None.

    Parameters
    ----------
    preparation : Preparation
    parameters : (weights, biases)
        As they are now.
    row : int or None
        Position in the table.
    shown : {"values", "changes", "slopes"}
    coming : NextStep
    """
    place = int(preparation.train[0]) if row is None else position_of(preparation, row)
    X, y = preparation.X[place : place + 1].astype(np.float64), preparation.y[place : place + 1]
    weights, biases = parameters
    forward = forward_pass(preparation, weights, biases, X)
    values, kernels, network = [a[0] for a in forward.a], list(weights), coming.network
    answer = preparation.predicted(forward.raw_prediction)
    if network is not None and shown == "slopes":
        slopes = network.gradients(X, y)
        values = [slopes.d_inputs[0], *(d[0] for d in slopes.d_activations)]
        given = preparation.X[coming.batch], preparation.y[coming.batch], preparation.given_weights(coming.batch)
        kernels = network.gradients(*given).d_weights
    elif network is not None and shown == "changes":
        before = values
        take_step(
            network, preparation.X[coming.batch].astype(np.float64), preparation.y[coming.batch],
            preparation.row_weights[coming.batch],
            learning_rate=coming.learning_rate, optimizer=optimizers.resolve(preparation.settings.optimizer),
        )  # fmt: skip
        after = network.forward(X).a
        values = [b[0] - a for a, b in zip(before, after, strict=True)]
        kernels = [new - old for new, old in zip(network.weights, weights, strict=True)]
    column, shape = preparation.schema.image_column, preparation.image_shape
    assert column is not None
    assert shape is not None
    layers = [_map_layer(0, "image", shape, values[0], None)]
    for number, (spec, held, kernel) in enumerate(zip(preparation.layers, values[1:], kernels, strict=True), start=1):
        layers.append(_map_layer(number, _kind(spec), spec.shape_out, held, _kernels(spec, number, kernel, shape)))
    return Maps(
        row=int(preparation.present[place]), step=coming.step, shown=shown, center=column.center, scale=column.scale,
        low=column.minimum, high=column.maximum, layers=layers, answer=rounded(np.ravel(answer)),
    )  # fmt: skip


def _kind(spec: LayerSpec) -> Kind:
    """The name of a layer."""
    if isinstance(spec, Convolution):
        return "convolution"
    if isinstance(spec, MaxPooling | MeanPooling):
        return "max pooling" if isinstance(spec, MaxPooling) else "mean pooling"
    return "dense"


def _map_layer(number: int, kind: Kind, shape: Sequence[int], held: Floats, kernels: Floats | None) -> MapLayer:
    """One layer; `kernels` has the shape (channels, channels that enter, rows, columns)."""
    if len(shape) == 3:
        rows, columns, channels = (int(n) for n in shape)
        each = held[: rows * columns * channels].reshape(-1, channels).T[:MOST_MAPS]
        values = _lists(each)
    else:
        rows, columns, channels, values = len(held), 1, 1, [rounded(held)]
    painted = None
    if kernels is not None:
        some = kernels[:MOST_MAPS, :MOST_ENTERING]
        flat = _lists(some.reshape(-1, some.shape[2] * some.shape[3]))
        painted = [flat[k : k + some.shape[1]] for k in range(0, len(flat), some.shape[1])]
    return MapLayer(
        layer=number, kind=kind, channels=channels, rows=rows, columns=columns, values=values,
        largest=_largest(held), kernels=painted, kernel_rows=0 if kernels is None else kernels.shape[2],
        kernel_columns=0 if kernels is None else kernels.shape[3],
        largest_kernel=None if kernels is None else _largest(kernels),
    )  # fmt: skip


def _lists(pictures: Floats) -> list[list[float | None]]:
    """Pictures of equal size, shape (n, pixels), as lists; rounded in one go."""
    flat, size = rounded(pictures.ravel()), pictures.shape[1]
    return [flat[start : start + size] for start in range(0, len(flat), size)]


def _kernels(spec: LayerSpec, number: int, weights: Floats, image: tuple[int, ...]) -> Floats | None:
    """The weights as pictures: of a convolution, and of neurons that see the pixels themselves."""
    if isinstance(spec, Convolution):
        return weights
    if number == 1 and weights.ndim == 2:
        pixels = int(np.prod(image))
        return weights[:pixels].T.reshape(-1, *image).transpose(0, 3, 1, 2)
    return None


def _largest(values: Floats) -> float | None:
    """The largest magnitude, at least a little."""
    return finite(max(float(np.abs(values).max(initial=0.0)), 1e-12))
