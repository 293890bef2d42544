"""Layers, one behind the other, with the numbers that training changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Activation
from glassnet.formulas.randomness import check_seed
from glassnet.layers import Dense, LayerSpec, stacked
from glassnet.layers.arrays import as_parameters
from glassnet.network.shapes import Array, as_inputs


class LayerStack:
    """Layers with their weights, biases, scales and mixes: a network without its objective; see `Network`."""

    def __init__(
        self, layers: Sequence[LayerSpec], input_shape: int | Sequence[int] | None, other_inputs: int, seed: int
    ) -> None:
        self.layers = stacked(layers, input_shape, other_inputs)
        self.seed = check_seed(seed)
        self.weights: list[Array] = []
        self.biases: list[Array] = []
        self.scales: list[Array | None] = []
        self.mixes: list[Array | None] = []
        for k, layer in enumerate(self.layers):
            w, b = layer.start(self.seed, k)
            self.scales.append(np.ones(layer.n_in) if layer.parametrization.has_scales else None)
            self.mixes.append(layer.start_mixes())
            weights = layer.make_weights(w, self.scales[k])
            self.weights.append(weights if layer.weights is None else layer.weights.copy())
            self.biases.append(b if layer.biases is None else layer.biases.copy())

    @property
    def activations(self) -> tuple[Activation, ...]:
        """The activation of each layer, with the mixes of its neurons where there are some."""
        return tuple(layer.acting(mixes) for layer, mixes in zip(self.layers, self.mixes, strict=True))

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Number of inputs, then of neurons in each layer."""
        return (self.layers[0].n_in, *(layer.n_out for layer in self.layers))

    @property
    def n_parameters(self) -> int:
        """How many weights, biases, scales and mixes are trained."""
        return sum(layer.n_trained for layer in self.layers)

    @property
    def is_dense(self) -> bool:
        """Whether all layers are dense."""
        return all(isinstance(layer, Dense) for layer in self.layers)

    def look_at(self, X: ArrayLike) -> Self:
        """Let the initializers that ask for it see rows of shape (n, n_in), usually the training rows; in place.

        Each such layer is made for what the layers before it make of the rows. Returns the network.
        """
        a = self._inputs(X)
        for k, layer in enumerate(self.layers):
            if layer.initializer.looks_at_rows and self.weights[k].size:
                free = layer.free_weights(self.weights[k], self.scales[k])
                z = layer.forward(a, self.weights[k], np.zeros_like(self.biases[k]))
                free, self.biases[k] = layer.settled(free, z, seed=self.seed, layer=k)
                product = layer.make_weights(free, self.scales[k])
                self.weights[k], self.biases[k] = layer.impose(product, self.biases[k])
            a = np.asarray(self.activations[k].apply(layer.forward(a, self.weights[k], self.biases[k])))
        return self

    def with_mixes(self, mixes: Iterable[ArrayLike | None]) -> Self:
        """Take over the mixes of each layer, None for those without; in place. Returns the network."""
        for k, given in enumerate(mixes):
            if (given is None) != (self.mixes[k] is None):
                raise ConfigurationError(f"Layer {k + 1} {'has' if given is None else 'takes no'} mixes.")
            if given is not None:
                self.mixes[k] = as_parameters(given, "mixes", (self.layers[k].n_neurons,), "one number per neuron")
        return self

    def _inputs(self, X: ArrayLike) -> Array:
        """Checked inputs; images of the input's shape (one channel may go without saying) are flattened."""
        first = self.layers[0]
        shape = first.shape_in
        if len(shape) == 3 and not first.n_carried and np.ndim(X) in (3, 4):
            images = np.asarray(X)
            if images.shape[1:] == shape or (shape[2] == 1 and images.shape[1:] == shape[:2]):
                X = images.reshape(len(images), -1)
        return as_inputs(X, self.layer_sizes[0])

    def _check_parameters(self) -> None:
        """Raise for weights and biases that were assigned with the wrong shape."""
        for k, layer in enumerate(self.layers):
            self.weights[k] = np.asarray(self.weights[k], dtype=np.float64)
            self.biases[k] = np.asarray(self.biases[k], dtype=np.float64)
            for (name, shape), values in zip(layer.arrays.items(), (self.weights[k], self.biases[k]), strict=True):
                if values.shape != shape:
                    raise ShapeError(f"network.{name}[{k}] has shape {values.shape}; the layer needs {shape}.")
