"""Penalties: what large weights cost. They act on weights, never on biases, and are added to the data loss.

The strength multiplies the sum over all weights: ``strength * sum(value(w))``. Every penalty is a mix of two
strengths, ``l1`` on ``|w|`` and ``l2`` on ``w**2``; networks and the engine take these two numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters


@dataclass(frozen=True)
class Penalty(WithParameters):
    """One penalty: formulas in the weight ``w``; ``l1`` and ``l2`` say how much of each strength it takes.

    Examples
    --------
    >>> from glassnet.formulas import penalties
    >>> penalties["l2"].apply([3.0, -1.0]).tolist(), penalties["l2"].slope([3.0, -1.0]).tolist()
    ([9.0, 1.0], [6.0, -2.0])
    >>> penalties["elastic_net"].with_parameters(mix=0.25).shares
    (0.25, 0.75)
    """

    name: str
    summary: str
    value: Expression
    gradient: Expression
    l1_share: Expression
    l2_share: Expression
    parameters: tuple[Parameter, ...] = ()
    kinks: tuple[float, ...] = ()
    reference: str = ""

    def __post_init__(self) -> None:
        for formula in (self.value, self.gradient):
            formula.check_names(["w", *self.values], f"penalty {self.name!r}")

    def apply(self, w: Any) -> Any:
        """The penalty of each weight, same shape."""
        return self.value(w=w, **self.values)

    def slope(self, w: Any) -> Any:
        """The derivative with respect to each weight, same shape; 0 at a kink."""
        return self.gradient(w=w, **self.values)

    @property
    def shares(self) -> tuple[float, float]:
        """How much of a strength goes to ``l1`` and to ``l2``."""
        return float(self.l1_share(**self.values)), float(self.l2_share(**self.values))


penalties: Registry[Penalty] = Registry("penalty")

penalties.register(Penalty(
    "l1", "the absolute weight: drives useless weights to zero and so selects inputs",
    Expression("abs(w)"), Expression("where(w > 0, 1, where(w < 0, -1, 0))"), Expression("1"), Expression("0"),
    kinks=(0.0,), reference="Tibshirani 1996",
))  # fmt: skip
penalties.register(Penalty(
    "l2", "the squared weight: spreads the work over many small weights",
    Expression("w**2"), Expression("2 * w"), Expression("0"), Expression("1"), reference="Hoerl and Kennard 1970",
))  # fmt: skip
penalties.register(Penalty(
    "elastic_net", "a mix of the absolute and the squared weight",
    Expression("mix * abs(w) + (1 - mix) * w**2"),
    Expression("mix * where(w > 0, 1, where(w < 0, -1, 0)) + 2 * (1 - mix) * w"),
    Expression("mix"), Expression("1 - mix"), kinks=(0.0,), reference="Zou and Hastie 2005",
    parameters=(Parameter("mix", 0.5, "share of the absolute part", 0.0, 1.0),),
))  # fmt: skip
