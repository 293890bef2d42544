"""One layer of neurons ``a = activation(x W + b)``, and what its training changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError
from glassnet.formulas import (
    Activation,
    Connections,
    Initializer,
    Parametrization,
    activations,
    initializers,
    parametrizations,
)
from glassnet.formulas.parametrization import check_connections
from glassnet.network.shapes import Array, as_parameters


def _size(value: object, name: str) -> int:
    """A layer size: a whole number of at least 1."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ConfigurationError(f"Dense: {name}={value!r} is not a whole number of at least 1.")
    return int(value)


class Dense:
    """One layer of neurons, each of which sees every input unless `connections` says otherwise.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and of neurons.
    activation : str or Activation
        For example ``"relu"`` or ``"leaky_relu(slope=0.2)"``.
    initializer : str or Initializer
        Where weights and biases start when they are not given.
    weights : array-like of shape (n_in, n_out), optional
    biases : array-like of shape (n_out,), optional
    parametrization : str or Parametrization
        What training changes in place of the weights, for example ``"scaled_ntk(scale_rate=6)"``. The initializer then
        draws the free weights; scales start at 1, and weights that are given are the weights themselves.
    connections : Connections or list of blocks, optional
        Blocks of inputs that feed neurons of their own, such as ``[(1, 1, 16, 1)] * 30``: each of 30 inputs feeds 16
        neurons and is carried on as it is. Weights between blocks are 0 and stay 0.
    mixed : bool
        Whether each neuron trains the share of its activation: ``a = (1 - mix) * z + mix * activation(z)``, where the
        mix starts at 1.

    Raises
    ------
    ConfigurationError, ShapeError, DataError

    Examples
    --------
    >>> Dense(2, 3, "relu")
    Dense(2, 3, 'relu')
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        activation: str | Activation = "identity",
        *,
        initializer: str | Initializer = "glorot",
        weights: ArrayLike | None = None,
        biases: ArrayLike | None = None,
        parametrization: str | Parametrization = "standard",
        connections: Connections | Sequence[Any] | None = None,
        mixed: bool = False,
    ) -> None:
        self.parametrization: Parametrization = parametrizations.resolve(parametrization)
        self.n_in, self.n_out = _size(n_in, "n_in"), _size(n_out, "n_out")
        self.connections = check_connections(connections, self.n_in, self.n_out, self.parametrization)
        self.mixed = bool(mixed)
        self.factor: float = self.parametrization.factor(self.n_in, self.n_out, self.connections)
        self.activation: Activation = activations.resolve(activation)
        self.initializer: Initializer = initializers.resolve(initializer)
        self.weights = as_parameters(weights, "weights", (n_in, n_out), "one row per input, one column per neuron")
        self.biases = as_parameters(biases, "biases", (n_out,), "one number per neuron")
        if self.connections is not None and self.weights is not None and self.biases is not None:
            self.weights, self.biases = self.connections.impose(self.weights, self.biases)

    @property
    def carries(self) -> bool:
        """Whether some neurons are copies of inputs."""
        return self.connections is not None and bool(self.connections.carried)

    @property
    def plain(self) -> bool:
        """Whether all its weights are trained themselves, at one rate with its biases."""
        return self.parametrization.plain and not self.carries

    def start_mixes(self) -> Array | None:
        """Mixes of 1, and of 0 for copies; None where the activation acts on every neuron as it is."""
        if not self.mixed and (not self.carries or self.activation.name == "identity"):
            return None
        return np.ones(self.n_out) if self.connections is None else self.connections.trained_neurons.astype(float)

    def make_weights(self, free: Array, scales: Array | None = None) -> Array:
        """The weights from what is trained; copies have the weight 1."""
        if self.plain:
            return free
        made = self.parametrization.make_weights(free, scales, self.factor)
        for i, o in self.connections.carried if self.connections is not None else ():
            made[i, o] = 1.0
        return made

    def free_weights(self, weights: Array, scales: Array | None = None) -> Array:
        """What is trained behind the weights; 0 behind those of copies."""
        if self.plain:
            return weights
        free = self.parametrization.free_weights(weights, scales, self.factor)
        return free if self.connections is None else free * self.connections.mask

    def pull_back(self, d_weights: Array, free: Array, scales: Array | None) -> tuple[Array, Array | None]:
        """From dL/dW to the derivatives with respect to what is trained."""
        if self.plain:
            return d_weights, None
        return self.parametrization.pull_back(d_weights, free, scales, self.factor)

    def __repr__(self) -> str:
        named = "" if self.activation.spec == "identity" else f", {self.activation.spec!r}"
        made = "" if self.parametrization.plain else f", parametrization={self.parametrization.spec!r}"
        made += "" if self.connections is None else f", connections={self.connections!r}"
        made += ", mixed=True" if self.mixed else ""
        return f"Dense({self.n_in}, {self.n_out}{named}{made})"
