"""A layer as a frozen record that owns its arithmetic; each kind of layer is one subclass in one file.

The record says what a layer is: its kind and geometry, the shapes that enter and leave it, activation, initializer,
parametrization. The kind says what it does: which arrays it trains, how ``z`` follows from what enters, how gradients
go back, and by `LayerSpec.links` what it adds up, term by term. From the links alone come the sums and chain rules of
the trace, the neurons in words and the drawings.
"""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas import (
    Activation,
    Initializer,
    Parametrization,
    activations,
    initializers,
    mixed,
    parametrizations,
)
from glassnet.layers.arrays import Array, Integers, as_parameters
from glassnet.layers.links import Links
from glassnet.layers.place import index_in, number_in

Shape = tuple[int, ...]
NO_ARRAY: Shape = (0,)
"""The shape of the weights or biases of a layer that has none."""


class Backward(NamedTuple):
    """Gradients of the loss with respect to a layer's inputs, weights and biases."""

    d_inputs: Array
    d_weights: Array
    d_biases: Array


class Rule(NamedTuple):
    """Terms in symbols: over what they are added, and the indices of unit, input and weight in each.

    For unit 2 of a dense layer: over ``i``, the unit ``(2,)``, the input ``("i",)``, the weight ``("i", 2)``. `weight`
    is empty where there is none; `share` is a constant factor such as ``"1/4"``.
    """

    over: str
    unit: tuple[int | str, ...]
    input: tuple[int | str, ...]
    weight: tuple[int | str, ...] = ()
    share: str = ""


class LayerSpec(ABC):
    """One layer; ``a = activation(z)``, where its kind says how ``z`` follows from what enters.

    Rows are flat: what enters has the shape (n, n_in), what leaves (n, n_out). In a shape of three, (rows, columns,
    channels), the channels of a pixel stand beside one another. Numbers beside an image follow after it and are carried
    past layers that look at images.

    Parameters
    ----------
    activation : str or Activation
    initializer : str or Initializer
    weights, biases : array-like, optional
        Where training starts, in place of what the initializer draws.
    parametrization : str or Parametrization
    mixed : bool
        Whether each neuron trains the share of its activation.

    Attributes
    ----------
    kind : str
        Its name, the same for all layers of the kind.
    shape_in, n_carried : tuple of int, int
        What enters: the shape, and how many numbers follow after it. Both are known once the layer is in a network.
    shape_out, n_carried_out : tuple of int, int
        What leaves.
    arrays : dict of str to tuple of int
        The shapes of its ``"weights"`` and ``"biases"``; of those it lacks, `NO_ARRAY`. Penalties and parametrizations
        act on weights, never on biases.
    fans : tuple of int
        Inputs of a neuron, and neurons that an input reaches: what initializers and parametrizations go by.
    neurons : array of int, shape (n_out,)
        Which bias and which mix each number that leaves has: its neuron, or its channel. -1 for copies of inputs.
    selects : bool
        Whether which links count depends on what enters, as in max pooling.
    """

    kind: ClassVar[str] = "layer"
    selects: ClassVar[bool] = False
    takes_scales: ClassVar[bool] = False
    shape_in: Shape = ()
    n_carried: int = 0
    n_carried_out: int = 0
    channel_dropout: bool = False
    activation: Activation
    initializer: Initializer
    parametrization: Parametrization
    weights: Array | None
    biases: Array | None
    mixed: bool
    _given: tuple[Any, Any]

    def __init__(
        self,
        activation: str | Activation = "identity",
        *,
        initializer: str | Initializer = "glorot",
        weights: ArrayLike | None = None,
        biases: ArrayLike | None = None,
        parametrization: str | Parametrization = "standard",
        mixed: bool = False,
    ) -> None:
        self._set(
            activation=activations.resolve(activation), initializer=initializers.resolve(initializer),
            parametrization=parametrizations.resolve(parametrization), mixed=bool(mixed),
            _given=(weights, biases), weights=None, biases=None,
        )  # fmt: skip

    def _set(self, **values: Any) -> None:
        """Set attributes of the frozen record."""
        self.__dict__.update(values)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"A layer is not changed in place; make another {type(self).__name__} for {name}={value}.")

    # ---- what each kind says ----------------------------------------------------------------------------------------

    @property
    @abstractmethod
    def shape_out(self) -> Shape:
        """The shape of the outputs, from `shape_in`."""

    @property
    def arrays(self) -> dict[str, Shape]:
        """The shapes of the arrays that are trained."""
        return {"weights": NO_ARRAY, "biases": NO_ARRAY}

    @property
    def geometry(self) -> dict[str, Any]:
        """The arguments, as plain values, that rebuild the layer, except for its activation and its initializer."""
        return {}

    @property
    def fans(self) -> tuple[int, int]:
        """Inputs of a neuron, and neurons that an input reaches."""
        return 1, 1

    @abstractmethod
    def forward(self, a: Array, weights: Array, biases: Array) -> Array:
        """``z``, shape (..., n_out), of what enters, shape (..., n_in)."""

    @abstractmethod
    def backward(self, delta: Array, a: Array, weights: Array) -> Backward:
        """The gradients from ``delta = dL/dz``, shape (n, n_out), and what entered, shape (n, n_in)."""

    @abstractmethod
    def links(self, unit: int, a: Array | None = None) -> Links:
        """The terms that ``z[unit]`` sums, without its bias.

        Where the layer `selects`, `a` (n_in,) is the row that enters; without it, all links that could count.
        """

    def rule(self, *, unit: int = -1, source: int = -1, weight: int = -1) -> Rule | None:  # noqa: ARG002
        """The links of a unit, of an input (`source`) or of a weight in symbols; None to have terms written out."""
        return None

    def bends(self, below: Array, above: Array) -> NDArray[np.bool_] | None:  # noqa: ARG002
        """Where ``z`` bends between two values of what enters, shape (..., n_out); None where it never does."""
        return None

    # ---- sizes and names --------------------------------------------------------------------------------------------

    @property
    def n_in(self) -> Any:
        """How many numbers enter; None before the layer is in a network."""
        return math.prod(self.shape_in) + self.n_carried if self.shape_in else None

    @property
    def n_out(self) -> Any:
        """How many numbers leave."""
        return math.prod(self.shape_out) + self.n_carried_out

    @cached_property
    def neurons(self) -> Integers:
        """Which bias and mix each number that leaves has."""
        return np.arange(self.n_out)

    @property
    def n_neurons(self) -> int:
        """How many neurons or channels there are."""
        return int(self.neurons.max()) + 1

    @property
    def plain(self) -> bool:
        """Whether all its weights are trained themselves, at one rate with its biases."""
        return self.parametrization.plain

    @property
    def n_trained(self) -> int:
        """How many numbers it trains."""
        sizes = sum(int(self.trained(kind).sum()) for kind in ("weights", "biases", "mixes"))
        return sizes + (self.n_in if self.parametrization.has_scales else 0)

    def trained(self, kind: str) -> NDArray[np.bool_]:
        """Which weights, biases or mixes a step changes, shaped like them; nothing for mixes that are not trained."""
        if kind == "mixes":
            return np.full(self.n_neurons, self.mixed)
        return np.ones(self.arrays[kind], dtype=bool)

    def index_of(self, unit: int) -> tuple[int, ...]:
        """The indices of a number that leaves: its count, or channel, row and column."""
        return index_in(self.shape_out, unit)

    def unit_in_words(self, unit: int) -> str:
        """A number that leaves, in words: ``neuron 2``, or ``channel 3 at 1,2`` in a map."""
        index = self.index_of(unit)
        if len(index) == 1:
            return f"neuron {index[0]}" if len(self.shape_out) == 1 else f"number {index[0]} beside the maps"
        at = "" if self.shape_out[:2] == (1, 1) else f" at {index[1]},{index[2]}"
        return f"channel {index[0]}{at}"

    def unit_at(self, index: tuple[int, ...]) -> int | None:
        """The number at indices; None if there is none."""
        return number_in(self.shape_out, self.n_carried_out, index)

    def weight_index(self, flat: int) -> tuple[int, ...]:
        """The indices of a weight from its flat place."""
        return tuple(int(i) for i in np.unravel_index(flat, self.arrays["weights"]))

    # ---- links the other way round ----------------------------------------------------------------------------------

    @cached_property
    def _all_links(self) -> Links:
        """The links of all units, whatever enters."""
        return Links.joined(self.links(unit) for unit in range(self.n_out))

    def all_links(self, a: Array | None = None) -> Links:
        """The links of all units for a row that enters."""
        if a is None or not self.selects:
            return self._all_links
        return Links.joined(self.links(unit, a) for unit in range(self.n_out))

    def links_from(self, i: int, a: Array | None = None) -> Links:
        """The links of an input."""
        links = self.all_links(a)
        return links[links.inputs == i]

    def links_through(self, weight: int, a: Array | None = None) -> Links:
        """The links that share a weight, given by its flat place."""
        links = self.all_links(a)
        return links[links.weights == weight]

    def units_of(self, neuron: int) -> Integers:
        """The numbers that leave with one bias: one for a neuron, a whole map for a channel."""
        return np.flatnonzero(self.neurons == neuron)

    def matrix(self, weights: Array, a: Array | None = None) -> Array:
        """The layer as a matrix (n_in, n_out): what each input counts for each number that leaves."""
        links, matrix = self.all_links(a), np.zeros((self.n_in, self.n_out))
        np.add.at(matrix, (links.inputs, links.units), links.factors(weights))
        return matrix

    # ---- where training starts, and what it changes -----------------------------------------------------------------

    def bound(self, shape: Shape, n_carried: int = 0) -> LayerSpec:
        """The layer bound to an input shape, with some numbers carried past it; shapes are checked here."""
        twin = copy.copy(self)
        for name in [name for name in vars(twin) if isinstance(getattr(type(twin), name, None), cached_property)]:
            del twin.__dict__[name]
        twin._set(shape_in=tuple(shape), n_carried=n_carried)
        twin._settle()
        return twin

    def _settle(self) -> None:
        """Check what depends on the shapes, once they are known."""
        name = type(self).__name__
        if self.parametrization.has_scales and not self.takes_scales:
            raise ConfigurationError(
                f"{name}: the parametrization {self.parametrization.name!r} has a scale for each input, which a layer "
                "whose inputs share weights does not support. Use one without, such as 'ntk'."
            )
        weights, biases = (
            as_parameters(given, kind, self.arrays[kind], self._rule_of(kind), name)
            for kind, given in zip(("weights", "biases"), self._given, strict=True)
        )
        self._set(weights=weights, biases=biases)

    def _rule_of(self, kind: str) -> str:
        """Describe the shape that an array given by the user must have."""
        return f"{kind} of shape {self.arrays[kind]}"

    @cached_property
    def factor(self) -> float:
        """The factor on the free weights of the parametrization."""
        return self.parametrization.factor(*self.fans)

    def start(self, seed: int, layer: int) -> tuple[Array, Array]:
        """Draw the initial free weights and biases; `layer` counts from 0."""
        shapes = self.arrays
        return self.initializer.draw_shaped(
            shapes["weights"], shapes["biases"], *self.fans, seed=seed, layer=layer, gain=self.activation.gain
        )

    def settled(self, free: Array, z: Array, *, seed: int, layer: int) -> tuple[Array, Array]:
        """Free weights and biases that an initializer makes from pre-activations of rows (n, n_out)."""
        return self.initializer.settle(free, z, seed=seed, layer=layer)

    def impose(self, weights: Array, biases: Array) -> tuple[Array, Array]:
        """Weights and biases with their fixed values where some are not trained."""
        return weights, biases

    def make_weights(self, free: Array, scales: Array | None = None) -> Array:
        """The weights from what is trained."""
        return free if self.plain else self.parametrization.make_weights(free, scales, self.factor)

    def free_weights(self, weights: Array, scales: Array | None = None) -> Array:
        """The free weights: the trained values from which the weights are computed."""
        return weights if self.plain else self.parametrization.free_weights(weights, scales, self.factor)

    def pull_back(self, d_weights: Array, free: Array, scales: Array | None) -> tuple[Array, Array | None]:
        """From dL/dW to the derivatives with respect to what is trained."""
        return (d_weights, None) if self.plain else self.parametrization.pull_back(d_weights, free, scales, self.factor)

    # ---- activation, mixes and dropout ------------------------------------------------------------------------------

    def start_mixes(self) -> Array | None:
        """Mixes of 1; None if every neuron has the full activation."""
        return np.ones(self.n_neurons) if self.mixed else None

    def unit_mixes(self, mixes: Array | None) -> Array | None:
        """The share of the activation in each number: 0 for copies; None if all have the full activation."""
        if mixes is None and (self.activation.name == "identity" or (self.neurons >= 0).all()):
            return None
        values = np.ones(self.n_neurons) if mixes is None else mixes
        return np.where(self.neurons < 0, 0.0, values[self.neurons])

    def acting(self, mixes: Array | None) -> Activation:
        """The activation with the mixes of its neurons, as it acts on numbers of shape (..., n_out)."""
        shares = self.unit_mixes(mixes)
        return self.activation if shares is None else mixed(self.activation, shares)

    def of_neurons(self, per_unit: Array) -> Array:
        """Sums over the numbers of each neuron, from one value for each number (n_out,)."""
        own = self.neurons >= 0
        sums = np.bincount(self.neurons[own], weights=per_unit[own], minlength=self.n_neurons)
        return np.asarray(sums, dtype=np.float64)

    @property
    def dropout_groups(self) -> Integers | None:
        """Which inputs dropout drops together, by a number for each (n_in,); None for each on its own."""
        return None

    def __eq__(self, other: object) -> bool:
        """Whether two layers are the same, whatever weights training starts from."""
        return (
            isinstance(other, LayerSpec)
            and self._key == other._key
            and (self.activation, self.initializer) == (other.activation, other.initializer)
        )

    def __hash__(self) -> int:
        return hash(self._key)

    @property
    def _key(self) -> tuple[str, Shape, int, str, str]:
        """The key for comparisons of layers, in plain values."""
        return self.kind, self.shape_in, self.n_carried, repr(self), self.initializer.spec

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join([*self._sizes(), *self._settings()])})"

    def _sizes(self) -> list[str]:
        """The arguments that come first."""
        return []

    def _settings(self) -> list[str]:
        """The arguments that differ from what holds without them."""
        settings = [] if self.activation.spec == "identity" else [repr(self.activation.spec)]
        settings += [] if self.parametrization.plain else [f"parametrization={self.parametrization.spec!r}"]
        return settings + (["mixed=True"] if self.mixed else [])
