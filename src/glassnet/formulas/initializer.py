"""Initializers: where weights and biases start.

Each draws from one distribution; its formulas give the half-width (uniform), the standard deviation (normal) or the
value (constant) from ``fan_in``, ``fan_out`` and the ``gain`` of the layer's activation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.language import Expression
from glassnet.formulas.randomness import Purpose, normal, uniform
from glassnet.formulas.registry import Parameter, Registry, WithParameters


@dataclass(frozen=True)
class Initializer(WithParameters):
    """One initializer.

    Parameters
    ----------
    name, summary : str
    distribution : {"uniform", "normal", "constant"}
    weights, biases : Expression
        Scale of the draws in ``fan_in``, ``fan_out``, ``gain`` and the parameters.

    Examples
    --------
    >>> from glassnet.formulas import initializers
    >>> weights, biases = initializers["glorot"].draw(2, 3, seed=0)
    >>> weights.shape, biases.shape
    ((2, 3), (3,))
    """

    name: str
    summary: str
    distribution: Literal["uniform", "normal", "constant"]
    weights: Expression
    biases: Expression
    parameters: tuple[Parameter, ...] = ()
    reference: str = ""

    def __post_init__(self) -> None:
        for formula in (self.weights, self.biases):
            formula.check_names(["fan_in", "fan_out", "gain", *self.values], f"initializer {self.name!r}")

    def draw(
        self, n_in: int, n_out: int, *, seed: int, member: Any = 0, layer: int = 0, gain: float = 1.0
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Weights (n_in, n_out) and biases (n_out,) of a layer; an array of members adds a leading axis."""
        sizes = {"fan_in": n_in, "fan_out": n_out, "gain": gain, **self.values}
        lead = np.shape(member)
        drawn = []
        for formula, purpose, shape in (
            (self.weights, Purpose.WEIGHTS, (n_in, n_out)), (self.biases, Purpose.BIASES, (n_out,)),
        ):  # fmt: skip
            scale, count = float(formula(**sizes)), int(np.prod(shape))
            if self.distribution == "constant" or scale == 0.0:
                values = np.full((*lead, count), scale)
            elif self.distribution == "uniform":
                values = scale * (2.0 * uniform(seed, purpose, count, member=member, part=layer) - 1.0)
            else:
                values = scale * normal(seed, purpose, count, member=member, part=layer)
            drawn.append(values.reshape(*lead, *shape))
        return drawn[0], drawn[1]


initializers: Registry[Initializer] = Registry("initializer")

initializers.register(Initializer(
    "glorot", "uniform, balanced between inputs and outputs; biases drawn alike", "uniform",
    Expression("sqrt(factor / (fan_in + fan_out))"), Expression("sqrt(factor / (fan_in + fan_out))"),
    parameters=(Parameter("factor", 6.0, "squared half-width times the number of connections", 0.0, open_low=True),),
    reference="Glorot and Bengio 2010",
))  # fmt: skip
initializers.register(Initializer(
    "he", "normal, keeps the size of the signal through relu-like layers", "normal",
    Expression("gain / sqrt(fan_in)"), Expression("0"), reference="He et al. 2015",
))  # fmt: skip
initializers.register(Initializer(
    "lecun", "normal, unit variance for inputs of unit variance", "normal",
    Expression("1 / sqrt(fan_in)"), Expression("0"), reference="LeCun et al. 1998",
))  # fmt: skip
initializers.register(Initializer(
    "fan_in", "uniform, half-width one over the root of the number of inputs; biases drawn alike", "uniform",
    Expression("1 / sqrt(fan_in)"), Expression("1 / sqrt(fan_in)"), reference="the linear layers of PyTorch",
))  # fmt: skip
initializers.register(Initializer(
    "ntk_normal", "normal, like lecun, with biases of variance 1", "normal",
    Expression("1 / sqrt(fan_in)"), Expression("1"), reference="Jacot, Gabriel and Hongler 2018",
))  # fmt: skip
initializers.register(Initializer(
    "standard_normal", "normal of variance 1 whatever the sizes, for the free weights of an ntk layer", "normal",
    Expression("1"), Expression("1"), reference="Jacot, Gabriel and Hongler 2018",
))  # fmt: skip
initializers.register(Initializer(
    "constant", "the same value everywhere", "constant", Expression("value"), Expression("value"),
    parameters=(Parameter("value", 0.0, "weight and bias"),),
))  # fmt: skip
