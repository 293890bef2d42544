"""Activations: what a neuron makes of its pre-activation ``z``.

`value` is a formula in ``z``; `derivative` is a formula in ``z`` and ``a`` (the value), written by hand so that it is
accurate at both ends, and proved against 50-digit arithmetic by the contract tests.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters


@dataclass(frozen=True)
class Activation(WithParameters):
    """One activation.

    Parameters
    ----------
    name, summary : str
        Name in the registry and one line of meaning.
    value : Expression
        Formula in ``z`` and the parameters.
    derivative : Expression
        Formula in ``z``, ``a`` and the parameters. At a kink it gives one of the one-sided slopes.
    range : tuple of float
        Smallest and largest value (limits included).
    kinks : tuple of float
        Where the slope jumps, for at least some parameter values.
    gain : float
        Factor on the standard deviation of the He initializer that keeps the size of the signal.
    parameters : tuple of Parameter
    reference : str
        Source.
    lowest : Expression, optional
        The smallest value where it depends on the parameters; it takes the place of ``range[0]``.

    Examples
    --------
    >>> from glassnet.formulas import activations
    >>> tanh = activations["tanh"]
    >>> tanh.apply(0.5).round(6).item(), tanh.slope(0.5).round(6).item()
    (0.462117, 0.786448)
    """

    name: str
    summary: str
    value: Expression
    derivative: Expression
    range: tuple[float, float] = (-math.inf, math.inf)
    kinks: tuple[float, ...] = ()
    gain: float = 1.0
    parameters: tuple[Parameter, ...] = ()
    reference: str = ""
    lowest: Expression | None = None

    def __post_init__(self) -> None:
        if self.lowest is not None:
            object.__setattr__(self, "range", (float(self.lowest(**self.values)), self.range[1]))
        self.value.check_names(["z", *self.values], f"activation {self.name!r}, value")
        self.derivative.check_names(["z", "a", *self.values], f"activation {self.name!r}, derivative")

    def apply(self, z: Any) -> Any:
        """The activation ``a`` of pre-activations ``z`` (any shape), in float64."""
        return self.value(z=z, **self.values)

    def slope(self, z: Any, a: Any = None) -> Any:
        """The derivative ``da/dz`` at ``z`` (any shape), in float64."""
        return self.derivative(z=z, a=self.apply(z) if a is None else a, **self.values)

    def of(self, neuron: int) -> Activation:  # noqa: ARG002
        """The activation of one neuron of a layer; see `MixedActivation`."""
        return self


@dataclass(frozen=True, eq=False)
class MixedActivation(Activation):
    """A layer's activation with a separate share for each neuron: ``(1 - mix) * z + mix * f(z)``.

    A mix of 1 is the activation itself, 0 is the identity. Made by `mixed`.

    Parameters
    ----------
    base : Activation
        The activation that is mixed in.
    mixes : array, shape (n_out,)

    Examples
    --------
    >>> shared = mixed(activations["relu"], np.array([1.0, 0.5, 0.0]))
    >>> shared.apply(np.array([[-2.0, -2.0, -2.0]])).tolist()
    [[0.0, -1.0, -2.0]]
    """

    base: Activation = None  # type: ignore[assignment]
    mixes: Any = None

    @property
    def values(self) -> dict[str, Any]:
        """The parameters of the activation, and the mixes of all neurons."""
        return {**self.base.values, "mix": self.mixes}

    @property
    def spec(self) -> str:
        """The activation that is mixed in, with the range of the mixes."""
        return f"{self.base.spec}, mixed {self.mixes.min():.3g} to {self.mixes.max():.3g}"

    def of(self, neuron: int) -> Activation:
        """The activation of one neuron, its mix as a parameter."""
        return _with_mix(self.base, float(self.mixes[neuron]))


def mixed(base: Activation, mixes: Any) -> MixedActivation:
    """The activation of a layer whose neurons have these mixes, shape (n_out,)."""
    plain = _with_mix(base, 1.0)
    return MixedActivation(
        plain.name, plain.summary, plain.value, plain.derivative, kinks=base.kinks, gain=base.gain,
        parameters=plain.parameters, reference=base.reference, base=base, mixes=np.asarray(mixes, dtype=np.float64),
    )  # fmt: skip


def _with_mix(base: Activation, mix: float) -> Activation:
    """An activation of which a share is taken, the identity being the rest."""
    value, slope = base.value.source, re.sub(r"\ba\b", f"({base.value.source})", base.derivative.source)
    return Activation(
        f"mixed_{base.name}", f"a mixture of the identity and {base.name}",
        Expression(f"(1 - mix) * z + mix * ({value})"), Expression(f"(1 - mix) + mix * ({slope})"), kinks=base.kinks,
        gain=base.gain, parameters=(*base.parameters, Parameter("mix", mix, "share of the activation")),
        reference=base.reference,
    )  # fmt: skip


activations: Registry[Activation] = Registry("activation")

activations.register(Activation(
    "identity", "the pre-activation itself: a linear layer", Expression("z"), Expression("1"),
))  # fmt: skip
activations.register(Activation(
    "relu", "zero below zero, the identity above", Expression("max(z, 0)"), Expression("where(z > 0, 1, 0)"),
    range=(0.0, math.inf), kinks=(0.0,), gain=math.sqrt(2.0), reference="Nair and Hinton 2010",
))  # fmt: skip
activations.register(Activation(
    "leaky_relu", "a small slope below zero, the identity above",
    Expression("where(z > 0, z, slope * z)"), Expression("where(z > 0, 1, slope)"),
    kinks=(0.0,), gain=math.sqrt(2.0), reference="Maas, Hannun and Ng 2013",
    parameters=(Parameter("slope", 0.01, "slope below zero", 0.0, 1.0),),
))  # fmt: skip
activations.register(Activation(
    "elu", "a smooth bend towards -alpha below zero, the identity above",
    Expression("where(z > 0, z, alpha * expm1(z))"), Expression("where(z > 0, 1, a + alpha)"),
    range=(-1.0, math.inf), kinks=(0.0,), gain=math.sqrt(2.0), lowest=Expression("-alpha"),
    reference="Clevert, Unterthiner and Hochreiter 2016",
    parameters=(Parameter("alpha", 1.0, "depth below zero", 0.0, open_low=True),),
))  # fmt: skip
activations.register(Activation(
    "selu", "an elu scaled so that deep networks keep mean 0 and variance 1",
    Expression("1.0507009873554805 * where(z > 0, z, 1.6732632423543772 * expm1(z))"),
    Expression("where(z > 0, 1.0507009873554805, a + 1.7580993408473766)"),
    range=(-1.7580993408473766, math.inf), kinks=(0.0,), reference="Klambauer et al. 2017",
))  # fmt: skip
activations.register(Activation(
    "gelu", "z times the probability that a standard normal lies below z",
    Expression("0.5 * z * (1 + erf(z / sqrt(2)))"),
    Expression("0.5 * (1 + erf(z / sqrt(2))) + z * exp(-0.5 * z**2) / sqrt(2 * pi)"),
    range=(-0.16997120747990369, math.inf), gain=math.sqrt(2.0), reference="Hendrycks and Gimpel 2016",
))  # fmt: skip
activations.register(Activation(
    "silu", "z times its logistic value (swish)", Expression("z / (1 + exp(-z))"),
    Expression("1 / (1 + exp(-z)) + z * exp(-abs(z)) / (1 + exp(-abs(z)))**2"),
    range=(-0.27846454276107380, math.inf), gain=math.sqrt(2.0), reference="Elfwing, Uchibe and Doya 2018",
), aliases=("swish",))  # fmt: skip
activations.register(Activation(
    "mish", "z times the tanh of its softplus", Expression("z * tanh(max(z, 0) + log1p(exp(-abs(z))))"),
    Expression("tanh(max(z, 0) + log1p(exp(-abs(z))))"
               " + z * (1 - tanh(max(z, 0) + log1p(exp(-abs(z))))**2) / (1 + exp(-z))"),
    range=(-0.30884341301725870, math.inf), gain=math.sqrt(2.0), reference="Misra 2019",
))  # fmt: skip
activations.register(Activation(
    "tanh", "an S-curve from -1 to 1", Expression("tanh(z)"), Expression("(1 - a) * (1 + a)"),
    range=(-1.0, 1.0), gain=5.0 / 3.0, reference="LeCun et al. 1998",
))  # fmt: skip
activations.register(Activation(
    "logistic", "an S-curve from 0 to 1 (the sigmoid)", Expression("1 / (1 + exp(-z))"), Expression("a * (1 - a)"),
    range=(0.0, 1.0), reference="Verhulst 1845",
), aliases=("sigmoid",))  # fmt: skip
activations.register(Activation(
    "softplus", "a smooth relu", Expression("max(z, 0) + log1p(exp(-abs(z)))"), Expression("1 / (1 + exp(-z))"),
    range=(0.0, math.inf), reference="Dugas et al. 2001",
))  # fmt: skip
activations.register(Activation(
    "hard_tanh", "the identity cut off at -1 and 1", Expression("max(-1, min(z, 1))"),
    Expression("where(abs(z) < 1, 1, 0)"), range=(-1.0, 1.0), kinks=(-1.0, 1.0), reference="Collobert 2004",
))  # fmt: skip
activations.register(Activation(
    "sine", "a wave", Expression("sin(z)"), Expression("cos(z)"),
    range=(-1.0, 1.0), reference="Sitzmann et al. 2020",
))  # fmt: skip
activations.register(Activation(
    "cosine", "a wave that begins at its crest", Expression("cos(z)"), Expression("-sin(z)"),
    range=(-1.0, 1.0), reference="Rahimi and Recht 2007",
))  # fmt: skip

BUILT_IN = frozenset(activations)
"""The activations that every installation has; a model file spells out the formulas of all others."""
