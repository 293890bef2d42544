"""Optimizers: how a gradient ``g`` changes a parameter ``w``.

`scalars` are computed once per step in double precision from the hyperparameters, the learning rate of the step and
the step number ``step`` (1 for the first). `updates` run for each parameter, in order; an update may use the results
of the ones above it. State starts at zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters

_MOMENTUM = Parameter("momentum", 0.9, "share of the last velocity that is kept", 0.0, 1.0)
_BETA_1 = Parameter("beta_1", 0.9, "decay rate of the mean gradient", 0.0, 1.0, open_high=True)
_BETA_2 = Parameter("beta_2", 0.999, "decay rate of the mean squared gradient", 0.0, 1.0, open_high=True)
_EPSILON = Parameter("epsilon", 1e-8, "smallest divisor", 0.0, open_low=True)
_ADAM_SCALARS = {
    "correction_1": Expression("1 - power(beta_1, step)"),
    "correction_2": Expression("1 - power(beta_2, step)"),
}
_ADAM_STATE = {
    "m": Expression("beta_1 * m + (1 - beta_1) * g"),
    "v": Expression("beta_2 * v + (1 - beta_2) * g**2"),
}
_ADAM_STEP = "learning_rate * (m / correction_1) / (sqrt(v / correction_2) + epsilon)"


DECAY = "weight_decay"
"""The parameter of an optimizer that schedules, and multiples for groups of parameters, act on."""


@dataclass(frozen=True)
class Optimizer(WithParameters):
    """One optimizer.

    Parameters
    ----------
    name, summary : str
    updates : mapping of str to Expression
        Assignments in order: states first, ``w`` last.
    state : tuple of str
        Names that are kept from step to step, each an array shaped like the parameter.
    scalars : mapping of str to Expression
        Numbers computed once per step.
    parameters : tuple of Parameter
        Hyperparameters.

    Examples
    --------
    >>> from glassnet.formulas import optimizers
    >>> new = optimizers["gradient_descent"].update({"w": 1.0}, g=0.5, learning_rate=0.1, step=1)
    >>> new["w"].item()
    0.95
    """

    name: str
    summary: str
    updates: Mapping[str, Expression]
    state: tuple[str, ...] = ()
    scalars: Mapping[str, Expression] = field(default_factory=dict)
    parameters: tuple[Parameter, ...] = ()
    reference: str = ""

    def __post_init__(self) -> None:
        for name, formula in self.scalars.items():
            formula.check_names(["step", "learning_rate", *self.values], f"optimizer {self.name!r}, {name}")
        allowed = ["w", "g", "learning_rate", *self.state, *self.scalars, *self.values, *self.updates]
        for name, formula in self.updates.items():
            formula.check_names(allowed, f"optimizer {self.name!r}, {name}")

    def with_decay(self, multiple: float) -> Optimizer:
        """The optimizer with a multiple of its weight decay; itself where it has none."""
        if multiple == 1.0 or DECAY not in self.values:
            return self
        return self.with_parameters(**{DECAY: multiple * self.values[DECAY]})

    def scalars_at(self, step: int, learning_rate: float) -> dict[str, float]:
        """The per-step scalars, for example Adam's bias corrections."""
        values = {"step": step, "learning_rate": learning_rate, **self.values}
        return {name: float(formula(**values)) for name, formula in self.scalars.items()}

    def update(self, current: Mapping[str, Any], *, g: Any, learning_rate: float, step: int) -> dict[str, Any]:
        """One step from ``current`` (``w`` and the states, zeros when missing) to the new ``w`` and states."""
        values: dict[str, Any] = {name: np.zeros_like(np.asarray(g, dtype=np.float64)) for name in self.state}
        values |= dict(current) | {"g": g, "learning_rate": learning_rate}
        values |= self.values | self.scalars_at(step, learning_rate)
        for name, formula in self.updates.items():
            values[name] = formula(**{key: values[key] for key in formula.names})
        return {name: values[name] for name in ("w", *self.state)}


optimizers: Registry[Optimizer] = Registry("optimizer")

optimizers.register(Optimizer(
    "gradient_descent", "a step against the gradient", {"w": Expression("w - learning_rate * g")},
    reference="Cauchy 1847",
), aliases=("sgd",))  # fmt: skip
optimizers.register(Optimizer(
    "momentum", "momentum: each step keeps a share of the previous one",
    {"velocity": Expression("momentum * velocity - learning_rate * g"), "w": Expression("w + velocity")},
    state=("velocity",), parameters=(_MOMENTUM,), reference="Polyak 1964",
))  # fmt: skip
optimizers.register(Optimizer(
    "nesterov", "momentum that looks ahead",
    {"velocity": Expression("momentum * velocity - learning_rate * g"),
     "w": Expression("w + momentum * velocity - learning_rate * g")},
    state=("velocity",), parameters=(_MOMENTUM,), reference="Nesterov 1983; Sutskever et al. 2013",
))  # fmt: skip
optimizers.register(Optimizer(
    "rmsprop", "each step divided by the recent size of the gradient",
    {"v": Expression("rho * v + (1 - rho) * g**2"), "w": Expression("w - learning_rate * g / (sqrt(v) + epsilon)")},
    state=("v",), reference="Tieleman and Hinton 2012",
    parameters=(Parameter("rho", 0.9, "decay rate of the mean squared gradient", 0.0, 1.0, open_high=True), _EPSILON),
))  # fmt: skip
optimizers.register(Optimizer(
    "adam", "momentum over the recent size of the gradient, both corrected for their start",
    {**_ADAM_STATE, "w": Expression(f"w - {_ADAM_STEP}")},
    state=("m", "v"), scalars=_ADAM_SCALARS, parameters=(_BETA_1, _BETA_2, _EPSILON), reference="Kingma and Ba 2015",
))  # fmt: skip
optimizers.register(Optimizer(
    "adamw", "adam with weights that decay on their own, apart from the gradient",
    {**_ADAM_STATE, "w": Expression(f"w * (1 - learning_rate * weight_decay) - {_ADAM_STEP}")},
    state=("m", "v"), scalars=_ADAM_SCALARS, reference="Loshchilov and Hutter 2019",
    parameters=(
        _BETA_1, _BETA_2, _EPSILON, Parameter("weight_decay", 0.01, "share of the weight lost per unit step", 0.0),
    ),
))  # fmt: skip
