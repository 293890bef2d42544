"""Prediction without training."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import _native
from glassnet.engine.checks.arrays import as_matrix
from glassnet.engine.checks.threads import resolve_threads
from glassnet.engine.native import native_network
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas import Activation, Connections, MixedActivation, losses
from glassnet.layers import Dense, LayerSpec

_SMALL = 100_000  # neurons times rows below which one thread is fastest


def predict_raw(
    weights: Sequence[Any], biases: Sequence[Any], activations: Sequence[str | Activation], X: Any,
    threads: int | None = None, layers: Sequence[LayerSpec] = (),
) -> NDArray[Any]:  # fmt: skip
    """Raw predictions of a network: the output layer's activations, before the loss's link.

    Parameters
    ----------
    weights, biases : list of array
        Per layer, shapes (n_in, n_out) and (n_out,). float32 weights compute in float32, all others in float64.
    activations : list of str or Activation
        One per layer.
    X : array of float, shape (n, n_in)
    threads : int, optional
    layers : list of LayerSpec, optional
        As `Predictor` takes them.

    Returns
    -------
    array, shape (n, n_out), in the precision of the weights

    Examples
    --------
    >>> predict_raw([np.array([[2.0], [1.0]])], [np.array([0.5])], ["relu"], [[1.0, 1.0], [-1.0, 0.0]]).tolist()
    [[3.5], [0.0]]
    """
    return Predictor(weights, biases, activations, layers=layers)(X, threads)


class Predictor:
    """A network that is ready to predict: weights packed once, for many calls.

    Parameters
    ----------
    weights, biases : list of array
        Per layer, shapes (n_in, n_out) and (n_out,). float32 weights compute in float32, all others in float64.
    activations : list of str or Activation
        One per layer; `glassnet.formulas.mixed` makes one whose neurons take a share of it each.
    softmax : bool
        Let `answer` give the softmax of each row's raw predictions.
    connections : list of Connections or None, optional
        Per layer. One with connections gives only the weights that are trained, shape (n_weights,), block by block.
    layers : list of LayerSpec, optional
        Per layer, as they stand in a network, where some look at images; weights and biases have the shapes of theirs.

    Attributes
    ----------
    fast : function
        ``fast(X)`` without any check: X must be a C-contiguous matrix of the weights' precision. A row takes about a
        microsecond.
    answer : function
        As `fast`, and it also takes one row as a vector; a lone output comes without an axis of its own: a row gives
        a number, a matrix a vector.

    Examples
    --------
    >>> predictor = Predictor([np.array([[2.0], [1.0]])], [np.array([0.5])], ["relu"])
    >>> predictor([[1.0, 1.0]]).tolist(), predictor.fast(np.array([[1.0, 1.0]])).tolist()
    ([[3.5]], [[3.5]])
    """

    def __init__(
        self, weights: Sequence[Any], biases: Sequence[Any], activations: Sequence[str | Activation],
        softmax: bool = False, connections: Sequence[Connections | None] = (),
        layers: Sequence[LayerSpec] = (),
    ) -> None:  # fmt: skip
        self.dtype = "float32" if np.asarray(weights[0]).dtype == np.float32 else "float64"
        windowed = tuple(None if isinstance(layer, Dense) else layer for layer in layers)
        if layers and any(layer is not None for layer in windowed):
            self.sizes = sizes_of(layers, weights, biases, connections)
        else:
            windowed, self.sizes = (), layer_sizes(weights, biases, connections)
        self._n_neurons = sum(self.sizes)
        kind = _native.PredictorSingle if self.dtype == "float32" else _native.PredictorDouble
        if len(activations) != len(weights):
            raise ShapeError(f"There are {len(activations)} activations for {len(weights)} layers; give one per layer.")
        self._mixes = [
            _mixes(each, windowed[k] if windowed else None, k) if isinstance(each, MixedActivation) else None
            for k, each in enumerate(activations)
        ]
        neurons = [
            layers[k].n_neurons if windowed and windowed[k] is not None else n for k, n in enumerate(self.sizes[1:])
        ]
        for k, (mixes, n_out) in enumerate(zip(self._mixes, neurons, strict=True)):
            if mixes is not None and np.shape(mixes) != (n_out,):
                raise ShapeError(f"The mixes of layer {k + 1} have shape {np.shape(mixes)}; they need ({n_out},).")
        bases = tuple(each.base if isinstance(each, MixedActivation) else each for each in activations)
        network = _network(
            self.sizes, bases, tuple(mix is not None for mix in self._mixes), tuple(connections), windowed
        )
        self._settings = (tuple(activations), softmax, tuple(connections), tuple(layers) if windowed else ())
        self._shapes = [np.shape(w) for w in weights]
        parts = [np.ascontiguousarray(part, dtype=self.dtype) for part in self._parts(weights, biases)]
        self._native = kind(network, parts, softmax)
        self.fast, self.answer = self._native.predict, self._native.answer

    def __reduce__(self) -> tuple[Any, ...]:
        """Packed again from the numbers that are held, which the arrays once given may no longer be."""
        parts, weights, biases = iter(self._native.parts()), [], []
        for shape, mixes in zip(self._shapes, self._mixes, strict=True):
            weights.append(next(parts).reshape(shape))
            biases.append(next(parts))
            if mixes is not None:
                next(parts)
        return type(self), (weights, biases, *self._settings)

    @property
    def activations(self) -> tuple[Any, ...]:
        """The activation of each layer, as given."""
        return self._settings[0]

    def holds(self, weights: Sequence[Any], biases: Sequence[Any]) -> bool:
        """Whether these are the numbers that were packed, bit for bit; arrays may have been changed in place since."""
        return bool(self._native.holds(self._parts(weights, biases)))

    def _parts(self, weights: Sequence[Any], biases: Sequence[Any]) -> list[Any]:
        """The arrays layer by layer: weights, biases and, where there are some, mixes."""
        layers = zip(weights, biases, self._mixes, strict=True)
        return [part for layer in layers for part in layer if part is not None]

    def __call__(self, X: Any, threads: int | None = None) -> NDArray[Any]:
        """Raw predictions, shape (n, n_out), of rows of shape (n, n_in)."""
        X = as_matrix("X", X, self.sizes[0], self.dtype)
        result: NDArray[Any] = self.fast(X, self.workers(len(X), threads))
        return result

    def workers(self, rows: int, threads: int | None) -> int:
        """How many threads `fast` should be given: one for few rows, which are done before others have woken up."""
        return 1 if rows * self._n_neurons < _SMALL else resolve_threads(threads)


@lru_cache(maxsize=64)
def _network(
    sizes: tuple[int, ...], activations: tuple[Any, ...], mixed: tuple[bool, ...],
    connections: tuple[Connections | None, ...] = (), windowed: tuple[LayerSpec | None, ...] = (),
) -> Any:  # fmt: skip
    """The native network of a shape; the loss is of no importance to predictions."""
    return native_network(
        sizes, activations, losses["squared_error"], mixed=mixed, connections=connections, windowed=windowed
    )


def _mixes(activation: MixedActivation, windowed: LayerSpec | None, k: int) -> NDArray[Any] | None:
    """The mixes that are computed with: one per neuron, or per channel of a layer that looks at images.

    Of such a layer there may also be one for each number that leaves, as `LayerSpec.acting` gives them: all of a
    channel alike, and 0 for copies, which go past it anyway.
    """
    if windowed is None or len(np.ravel(activation.mixes)) != windowed.n_out:
        return np.asarray(activation.mixes)
    mixes, of_unit = np.ravel(activation.mixes), windowed.neurons
    own = np.array([mixes[np.flatnonzero(of_unit == channel)[0]] for channel in range(windowed.n_neurons)])
    if not windowed.mixed:
        own = np.ones(len(own))
    if not np.array_equal(mixes, np.where(of_unit < 0, 0.0, own[of_unit])):
        raise ConfigurationError(
            f"Layer {k + 1}, {windowed!r}: numbers of one channel have different mixes. Give one mix for each channel."
        )
    return own if windowed.mixed else None


def sizes_of(
    layers: Sequence[LayerSpec], weights: Sequence[Any], biases: Sequence[Any],
    connections: Sequence[Connections | None] = (),
) -> tuple[int, ...]:  # fmt: skip
    """Layer sizes of layers of any kind, after checking that the arrays fit them."""
    connections = connections or (None,) * len(layers)
    if not len(layers) == len(weights) == len(biases) == len(connections):
        raise ShapeError(
            f"There are {len(layers)} layers, {len(weights)} arrays of weights, {len(biases)} of biases and "
            f"{len(connections)} connections; give one of each per layer."
        )
    for k, (layer, w, b, connected) in enumerate(zip(layers, weights, biases, connections, strict=True)):
        wanted = (layer.arrays["weights"] if connected is None else (connected.n_weights,), layer.arrays["biases"])
        if (np.shape(w), np.shape(b)) != wanted:
            raise ShapeError(
                f"weights[{k}] and biases[{k}] have shapes {np.shape(w)} and {np.shape(b)}; {layer!r} needs "
                f"{wanted[0]} and {wanted[1]}."
            )
    for k, (below, above) in enumerate(pairwise(layers)):
        if below.n_out != above.n_in:
            raise ShapeError(f"{below.n_out} numbers leave layer {k + 1}, but {above.n_in} enter layer {k + 2}.")
    return (layers[0].n_in, *(layer.n_out for layer in layers))


def layer_sizes(
    weights: Sequence[Any], biases: Sequence[Any], connections: Sequence[Connections | None] = ()
) -> tuple[int, ...]:
    """Layer sizes, after checking that the arrays fit each other."""
    connections = connections or (None,) * len(weights)
    if not len(weights) == len(biases) == len(connections):
        raise ShapeError(
            f"There are {len(weights)} arrays of weights, {len(biases)} of biases and {len(connections)} connections; "
            "give one of each per layer."
        )
    shapes = []
    for k, (w, connected) in enumerate(zip(weights, connections, strict=True)):
        if connected is not None and np.shape(w) != (connected.n_weights,):
            raise ShapeError(
                f"weights[{k}] has shape {np.shape(w)}; its connections train ({connected.n_weights},) weights."
            )
        shapes.append(np.shape(w) if connected is None else (connected.n_in, connected.n_out))
    sizes = (*[s[0] for s in shapes if len(s) == 2][:1], *[np.shape(b)[0] for b in biases if np.ndim(b) == 1])
    expected = list(pairwise(sizes))
    if not shapes or shapes != expected:
        raise ShapeError(
            f"The weights have shapes {shapes} and the biases {[np.shape(b) for b in biases]}; "
            "layer k needs (n_in, n_out) and (n_out,), and its n_in is the n_out of the layer below."
        )
    return sizes
