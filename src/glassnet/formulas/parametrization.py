"""Parametrizations: what training changes in place of the weights, and how the weights are made from it.

A layer always computes ``z = a W + b``. Training may change ``W`` itself, or numbers that ``W`` is made of:
``W = factor * s[:, None] * V`` with free weights ``V`` (n_in, n_out), a constant factor, and perhaps one trained scale
``s`` for each input (n_in,). The same network learns along another path; once trained it is an ordinary dense network.
Weights, biases and scales may move at rates of their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.formulas.connections import Connections, connections_of
from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters

Array = NDArray[np.float64]
_RATES = (
    Parameter("weight_rate", 1.0, "learning rate of the free weights, as a multiple", 0.0),
    Parameter("bias_rate", 1.0, "learning rate of the biases, as a multiple", 0.0),
    Parameter("bias_decay", 1.0, "weight decay of the biases, as a multiple", 0.0),
    Parameter("mix_rate", 1.0, "learning rate of the mixes of a mixed layer, as a multiple", 0.0),
)
_SCALE_RATE = Parameter("scale_rate", 1.0, "learning rate of the input scales, as a multiple", 0.0)


@dataclass(frozen=True)
class Parametrization(WithParameters):
    """One parametrization.

    Parameters
    ----------
    name, summary : str
    weights : Expression
        A weight from its free weight ``v``, the scale ``s`` of its input, ``fan_in`` and ``fan_out``: a product of
        ``v``, of ``s`` where there are scales, and of a factor that depends on the sizes only.
    parameters : tuple of Parameter
        ``weight_rate``, ``bias_rate``, ``mix_rate`` and, with scales, ``scale_rate``: multiples of the learning rate;
        ``bias_decay``: a multiple of the weight decay.

    Examples
    --------
    >>> from glassnet.formulas import parametrizations
    >>> ntk = parametrizations["ntk"]
    >>> ntk.make_weights(np.array([[3.0], [1.0], [0.0], [2.0]])).ravel().tolist()
    [1.5, 0.5, 0.0, 1.0]
    >>> parametrizations.resolve("scaled_ntk(scale_rate=6)").rates
    (1.0, 1.0, 6.0, 1.0)
    """

    name: str
    summary: str
    weights: Expression
    parameters: tuple[Parameter, ...] = _RATES
    reference: str = ""

    def __post_init__(self) -> None:
        self.weights.check_names(["v", "s", "fan_in", "fan_out"], f"parametrization {self.name!r}")
        sizes = {"fan_in": 3, "fan_out": 2}
        product = 10.0 if self.has_scales else 5.0
        if not np.isclose(self.weights(v=5.0, s=2.0, **sizes), product * self.factor(3, 2)):
            raise ConfigurationError(
                f"The parametrization {self.name!r} makes weights by {self.weights.source!r}; it must be a product of "
                "v, s and a factor of fan_in and fan_out."
            )

    @property
    def spec(self) -> str:
        """The text that is read back as this record; rates of 1 go without saying."""
        values = ", ".join(f"{name}={value!r}" for name, value in self.values.items() if value != 1.0)
        return f"{self.name}({values})" if values else self.name

    @property
    def has_scales(self) -> bool:
        """Whether every input has a trained scale."""
        return "s" in self.weights.names

    @property
    def plain(self) -> bool:
        """Whether the weights themselves are trained, all at the same rate."""
        even = self.rates == self.decays == (1.0, 1.0, 1.0, 1.0)
        return even and not self.has_scales and self.factor(3, 2) == self.factor(4, 7) == 1.0

    @property
    def rates(self) -> tuple[float, float, float, float]:
        """Multiples of the learning rate for the free weights, the biases, the scales and the mixes."""
        values = self.values
        return values["weight_rate"], values["bias_rate"], values.get("scale_rate", 1.0), values["mix_rate"]

    @property
    def decays(self) -> tuple[float, float, float, float]:
        """Multiples of the weight decay for the free weights, the biases, the scales and the mixes."""
        return 1.0, self.values["bias_decay"], 1.0, 1.0

    def factor(self, fan_in: int, fan_out: int, connections: Connections | None = None) -> float:
        """The factor on free weights and scales in a layer of these sizes, or of these connections."""
        if connections is None:
            return float(self.weights(v=1.0, s=1.0, fan_in=fan_in, fan_out=fan_out))
        sizes = {(block.n_seen, block.n_neurons) for block in connections.blocks if block.n_seen} or {(1, 1)}
        factors = {self.factor(*size) for size in sizes}
        if len(factors) > 1:
            raise ConfigurationError(
                f"The parametrization {self.name!r} depends on the sizes, but the blocks of the layer differ "
                f"in theirs: {', '.join(map(str, sorted(sizes)))}. Use one whose factor is the same for all, such as "
                "'standard'."
            )
        return factors.pop()

    def make_weights(self, free: Array, scales: Array | None = None, factor: float | None = None) -> Array:
        """The weights (n_in, n_out) from the free weights (n_in, n_out) and the scales (n_in,) where there are some."""
        weights = (self.factor(*free.shape) if factor is None else factor) * free
        return weights if scales is None else scales[:, None] * weights

    def free_weights(self, weights: Array, scales: Array | None = None, factor: float | None = None) -> Array:
        """The free weights that make these weights; 0 for an input whose scale is 0."""
        free = weights / (self.factor(*weights.shape) if factor is None else factor)
        if scales is None:
            return free
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(scales[:, None] == 0.0, 0.0, free / scales[:, None])

    def pull_back(
        self, d_weights: Array, free: Array, scales: Array | None = None, factor: float | None = None
    ) -> tuple[Array, Array | None]:
        """From dL/dW to dL/dV = factor * s * dL/dW and dL/ds = factor * sum over outputs of V * dL/dW."""
        slopes = (self.factor(*free.shape) if factor is None else factor) * d_weights
        if scales is None:
            return slopes, None
        return scales[:, None] * slopes, np.asarray((free * slopes).sum(axis=1))


parametrizations: Registry[Parametrization] = Registry("parametrization")

parametrizations.register(Parametrization(
    "standard", "the weights themselves are trained", Expression("v"),
))  # fmt: skip
parametrizations.register(Parametrization(
    "ntk", "free weights of size 1, divided by the root of the number of inputs", Expression("v / sqrt(fan_in)"),
    reference="Jacot, Gabriel and Hongler 2018",
))  # fmt: skip
parametrizations.register(Parametrization(
    "scaled", "the weights of an input share a trained scale", Expression("s * v"), (*_RATES, _SCALE_RATE),
    reference="Holzmüller, Grinsztajn and Steinwart 2024",
))  # fmt: skip
parametrizations.register(Parametrization(
    "scaled_ntk", "like ntk, and the weights of an input share a trained scale", Expression("s * v / sqrt(fan_in)"),
    (*_RATES, _SCALE_RATE), reference="Holzmüller, Grinsztajn and Steinwart 2024",
))  # fmt: skip
parametrizations.register(Parametrization(
    "frequency", "free weights are turns per unit of the input: 2 pi times as large as weights in radians",
    Expression("2 * pi * v"), reference="Gorishniy, Rubachev and Babenko 2022",
))  # fmt: skip


def check_connections(given: Any, n_in: int, n_out: int, parametrization: Parametrization) -> Connections | None:
    """Connections that fit the sizes of their layer and the way its weights are made."""
    connections = connections_of(given)
    if connections is None:
        return None
    if (connections.n_in, connections.n_out) != (n_in, n_out):
        raise ShapeError(
            f"The blocks of the connections have {connections.n_in} inputs and {connections.n_out} neurons (copies "
            f"included); the layer has {n_in} and {n_out}. Make the numbers of the blocks add up to those of the layer."
        )
    if parametrization.has_scales:
        raise ConfigurationError(
            f"A layer with connections cannot have the parametrization {parametrization.name!r}, whose scales would "
            "act on inputs that are carried on. Put the scales into the next layer."
        )
    return connections


def count_trained(
    n_in: int, n_out: int, connections: Connections | None, parametrization: Parametrization, mixed: bool
) -> int:
    """How many numbers a layer trains: weights, biases, scales and mixes."""
    neurons = n_out if connections is None else connections.n_biases
    weights = n_in * n_out if connections is None else connections.n_weights
    return weights + neurons + (n_in if parametrization.has_scales else 0) + (neurons if mixed else 0)
