"""Parametrizations: what training changes in place of the weights, and how the weights are made from it.

A layer always computes ``z = a W + b``. Training may change ``W`` itself, or numbers that ``W`` is made of:
``W = factor * s[:, None] * V`` with free weights ``V`` (n_in, n_out), a constant factor, and perhaps one trained scale
``s`` for each input (n_in,). The same network learns along another path; once trained it is an ordinary dense network.
Weights, biases and scales may move at rates of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters

Array = NDArray[np.float64]
_RATES = (
    Parameter("weight_rate", 1.0, "learning rate of the free weights, as a multiple", 0.0),
    Parameter("bias_rate", 1.0, "learning rate of the biases, as a multiple", 0.0),
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
        ``weight_rate``, ``bias_rate`` and, with scales, ``scale_rate``: multiples of the learning rate.

    Examples
    --------
    >>> from glassnet.formulas import parametrizations
    >>> ntk = parametrizations["ntk"]
    >>> ntk.make_weights(np.array([[3.0], [1.0], [0.0], [2.0]])).ravel().tolist()
    [1.5, 0.5, 0.0, 1.0]
    >>> parametrizations.resolve("scaled_ntk(scale_rate=6)").rates
    (1.0, 1.0, 6.0)
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
    def has_scales(self) -> bool:
        """Whether every input has a trained scale."""
        return "s" in self.weights.names

    @property
    def plain(self) -> bool:
        """Whether the weights themselves are trained, all at the same rate."""
        return not self.has_scales and self.rates == (1.0, 1.0, 1.0) and self.factor(3, 2) == self.factor(4, 7) == 1.0

    @property
    def rates(self) -> tuple[float, float, float]:
        """Multiples of the learning rate for the free weights, the biases and the scales."""
        values = self.values
        return values["weight_rate"], values["bias_rate"], values.get("scale_rate", 1.0)

    def factor(self, fan_in: int, fan_out: int) -> float:
        """What multiplies free weights and scales in a layer of these sizes."""
        return float(self.weights(v=1.0, s=1.0, fan_in=fan_in, fan_out=fan_out))

    def make_weights(self, free: Array, scales: Array | None = None) -> Array:
        """The weights (n_in, n_out) from the free weights (n_in, n_out) and the scales (n_in,) where there are some."""
        made = self.factor(*free.shape) * free
        return made if scales is None else scales[:, None] * made

    def free_weights(self, weights: Array, scales: Array | None = None) -> Array:
        """The free weights that make these weights; 0 for an input whose scale is 0."""
        free = weights / self.factor(*weights.shape)
        if scales is None:
            return free
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(scales[:, None] == 0.0, 0.0, free / scales[:, None])

    def pull_back(self, d_weights: Array, free: Array, scales: Array | None = None) -> tuple[Array, Array | None]:
        """From dL/dW to dL/dV = factor * s * dL/dW and dL/ds = factor * sum over outputs of V * dL/dW."""
        slopes = self.factor(*free.shape) * d_weights
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
