"""Dense: every number that enters reaches every neuron, ``z = a W + b``; or only those of its block of connections."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas import Activation, Connections, Initializer, Parametrization
from glassnet.formulas.parametrization import check_connections, count_trained
from glassnet.formulas.whole_number import check_whole
from glassnet.layers.arrays import Array
from glassnet.layers.links import Links
from glassnet.layers.spec import Backward, LayerSpec, Rule, Shape


class Dense(LayerSpec):
    """One layer of neurons, each of which sees every input unless `connections` says otherwise.

    Parameters
    ----------
    n_in, n_out : int
        Numbers of inputs and of neurons. One number alone is that of the neurons; the inputs then follow from what
        stands before the layer in its network.
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
    >>> Dense(10, "relu")
    Dense(10, 'relu')
    """

    kind: ClassVar[str] = "dense"
    takes_scales: ClassVar[bool] = True
    size: int
    connections: Connections | None
    _blocks: Any

    def __init__(
        self,
        n_in: int,
        n_out: int | str | Activation | None = None,
        activation: str | Activation = "identity",
        *,
        initializer: str | Initializer = "glorot",
        weights: ArrayLike | None = None,
        biases: ArrayLike | None = None,
        parametrization: str | Parametrization = "standard",
        connections: Connections | Sequence[Any] | None = None,
        mixed: bool = False,
    ) -> None:
        alone = n_out is None or isinstance(n_out, (str, Activation))
        super().__init__(
            n_out if alone and n_out is not None else activation, initializer=initializer, weights=weights,  # type: ignore[arg-type]
            biases=biases, parametrization=parametrization, mixed=mixed,
        )  # fmt: skip
        self._set(size=check_whole("Dense: n_out", n_in if alone else n_out), _blocks=connections, connections=None)
        if not alone:
            check_whole("Dense: n_in", n_in)
            self._set(shape_in=(int(n_in),))
            self._settle()

    @property
    def shape_out(self) -> Shape:
        """One number for each neuron."""
        return (self.size,)

    @property
    def n_out(self) -> int:
        """Number of neurons, copies included."""
        return self.size

    @property
    def arrays(self) -> dict[str, Shape]:
        """``W`` with a row for each input and a column for each neuron; ``b``."""
        return {"weights": (self.n_in, self.size), "biases": (self.size,)}

    @property
    def geometry(self) -> dict[str, Any]:
        """How many neurons; the inputs follow from what enters."""
        return {"n_in": self.size}

    @property
    def fans(self) -> tuple[int, int]:
        """All inputs, and all neurons."""
        return self.n_in, self.size

    def forward(self, a: Array, weights: Array, biases: Array) -> Array:
        """``z = a W + b``."""
        return a @ weights + biases

    def backward(self, delta: Array, a: Array, weights: Array) -> Backward:
        """``dL/da = delta W^T``, ``dL/dW = a^T delta``, ``dL/db`` the sum of delta over the rows."""
        d_weights, d_biases = a.T @ delta, delta.sum(axis=0)
        if self.connections is not None:
            d_weights, d_biases = self.connections.held_back(d_weights, d_biases)
        return Backward(delta @ weights.T, d_weights, d_biases)

    @cached_property
    def reach(self) -> NDArray[np.bool_]:
        """Which inputs reach which neurons, copies included, shape (n_in, n_out)."""
        if self.connections is None:
            return np.ones((self.n_in, self.size), dtype=bool)
        reach = self.connections.mask.copy()
        for i, o in self.connections.carried:
            reach[i, o] = True
        return reach

    def links(self, unit: int, a: Array | None = None) -> Links:  # noqa: ARG002
        """Every input of the neuron, each with its own weight."""
        seen = np.flatnonzero(self.reach[:, unit])
        return Links.of(unit, inputs=seen, weights=seen * self.size + unit)

    def links_from(self, i: int, a: Array | None = None) -> Links:  # noqa: ARG002
        """Every neuron that sees the input."""
        reached = np.flatnonzero(self.reach[i])
        return Links.of(reached, inputs=i, weights=i * self.size + reached)

    def links_through(self, weight: int, a: Array | None = None) -> Links:  # noqa: ARG002
        """The one link that has the weight, if it connects anything."""
        i, unit = divmod(weight, self.size)
        return Links.of(unit, inputs=i, weights=weight)[: int(self.reach[i, unit])]

    def matrix(self, weights: Array, a: Array | None = None) -> Array:  # noqa: ARG002
        """The weights themselves."""
        return weights

    def rule(self, *, unit: int = -1, source: int = -1, weight: int = -1) -> Rule:
        """``W[i,j]`` leads from input ``i`` to neuron ``j``."""
        if unit >= 0:
            return Rule("i", (unit,), ("i",), ("i", unit))
        if source >= 0:
            return Rule("m", ("m",), (source,), (source, "m"))
        i, j = divmod(weight, self.size)
        return Rule("", (j,), (i,), (i, j))

    def weight_index(self, flat: int) -> tuple[int, ...]:
        """Input and neuron of a weight."""
        return divmod(flat, self.size)

    # ---- connections ------------------------------------------------------------------------------------------------

    @property
    def carries(self) -> bool:
        """Whether some neurons are copies of inputs."""
        return self.connections is not None and bool(self.connections.carried)

    @property
    def plain(self) -> bool:
        """Whether all its weights are trained themselves, at one rate with its biases."""
        return self.parametrization.plain and not self.carries

    @cached_property
    def factor(self) -> float:
        """The factor on the free weights of the parametrization; with blocks it follows from their sizes."""
        return self.parametrization.factor(self.n_in, self.size, self.connections)

    @property
    def n_trained(self) -> int:
        """How many weights, biases, scales and mixes it trains."""
        return count_trained(self.n_in, self.size, self.connections, self.parametrization, self.mixed)

    def trained(self, kind: str) -> NDArray[np.bool_]:
        """Which weights, biases or mixes a step changes, shaped like them."""
        if self.connections is None or (kind == "mixes" and not self.mixed):
            return super().trained(kind)
        return self.connections.mask if kind == "weights" else self.connections.trained_neurons

    def _settle(self) -> None:
        """Check sizes, connections and arrays that were given."""
        self._set(connections=check_connections(self._blocks, self.n_in, self.size, self.parametrization))
        _ = self.factor  # raises for blocks whose sizes require different factors
        super()._settle()
        if self.connections is not None and self.weights is not None and self.biases is not None:
            weights, biases = self.connections.impose(self.weights, self.biases)
            self._set(weights=weights, biases=biases)

    def _rule_of(self, kind: str) -> str:
        """Describe the shape that an array given by the user must have."""
        return "one row per input, one column per neuron" if kind == "weights" else "one number per neuron"

    def start(self, seed: int, layer: int) -> tuple[Array, Array]:
        """Draw the initial free weights and biases, block by block where there are connections."""
        return self.initializer.draw(
            self.n_in, self.size, seed=seed, member=0, layer=layer, gain=self.activation.gain,
            connections=self.connections,
        )  # fmt: skip

    def impose(self, weights: Array, biases: Array) -> tuple[Array, Array]:
        """Weights and biases with 0 where nothing is connected, and the copies."""
        return (weights, biases) if self.connections is None else self.connections.impose(weights, biases)

    def start_mixes(self) -> Array | None:
        """Mixes of 1, and of 0 for copies; None if every neuron has the full activation."""
        if not self.mixed and (not self.carries or self.activation.name == "identity"):
            return None
        return np.ones(self.size) if self.connections is None else self.connections.trained_neurons.astype(float)

    def unit_mixes(self, mixes: Array | None) -> Array | None:
        """A neuron is one number."""
        return mixes

    def of_neurons(self, per_unit: Array) -> Array:
        """A neuron is one number; copies train nothing."""
        return per_unit if self.connections is None else per_unit * self.connections.trained_neurons

    def make_weights(self, free: Array, scales: Array | None = None) -> Array:
        """The weights from what is trained; copies have the weight 1."""
        if self.plain:
            return free
        product = self.parametrization.make_weights(free, scales, self.factor)
        for i, o in self.connections.carried if self.connections is not None else ():
            product[i, o] = 1.0
        return product

    def free_weights(self, weights: Array, scales: Array | None = None) -> Array:
        """The free weights, from which the weights are computed; 0 for those of copies."""
        if self.plain:
            return weights
        free = self.parametrization.free_weights(weights, scales, self.factor)
        return free if self.connections is None else free * self.connections.mask

    def bound(self, shape: Shape, n_carried: int = 0) -> LayerSpec:
        """The layer bound to an input shape; numbers in addition to an image are inputs like all others."""
        size = math.prod(shape) + n_carried
        if self.n_in not in (None, size):
            raise ConfigurationError(f"{self!r} has {self.n_in} inputs, but {size} numbers enter it.")
        return self if self.shape_in == shape else super().bound(shape, n_carried)

    def _sizes(self) -> list[str]:
        """Inputs where they are known, and neurons."""
        return [str(size) for size in (self.n_in, self.size) if size is not None]

    def _settings(self) -> list[str]:
        """Also the connections."""
        settings = super()._settings()
        return settings if self.connections is None else [
            *(part for part in settings if part != "mixed=True"), f"connections={self.connections!r}",
            *(["mixed=True"] if self.mixed else []),
        ]  # fmt: skip
