"""Schedules: the learning rate of a step as a factor on the initial one.

The formula may use ``step`` (0 for the first), ``steps`` (all planned), ``samples`` (rows seen until the end of the
last epoch) and the parameters. A schedule may also answer a plateau by dividing the rate instead of stopping.
"""

from __future__ import annotations

from dataclasses import dataclass

from glassnet.formulas.language import Expression
from glassnet.formulas.registry import Parameter, Registry, WithParameters


@dataclass(frozen=True)
class Schedule(WithParameters):
    """One schedule.

    Parameters
    ----------
    name, summary : str
    factor : Expression
        Formula of the factor on the learning rate.
    plateau_divisor : float
        What a plateau divides the rate by; 0 means that a plateau ends the training.
    smallest_rate : float
        With a plateau divisor: training ends when the rate falls to this or below.

    Examples
    --------
    >>> from glassnet.formulas import schedules
    >>> schedules["cosine"].factor_at(step=50, steps=100, samples=0)
    0.5
    """

    name: str
    summary: str
    factor: Expression
    parameters: tuple[Parameter, ...] = ()
    plateau_divisor: float = 0.0
    smallest_rate: float = 0.0
    reference: str = ""

    def __post_init__(self) -> None:
        self.factor.check_names(["step", "steps", "samples", *self.values], f"schedule {self.name!r}")

    def factor_at(self, *, step: int, steps: int, samples: int) -> float:
        """The factor on the learning rate at a step."""
        return float(self.factor(step=step, steps=steps, samples=samples, **self.values))


schedules: Registry[Schedule] = Registry("schedule")

schedules.register(Schedule("constant", "the same rate throughout", Expression("1")))
schedules.register(Schedule(
    "inverse_scaling", "falls with a power of the rows seen", Expression("1 / power(samples + 1, power_t)"),
    parameters=(Parameter("power_t", 0.5, "exponent", 0.0),), reference="Robbins and Monro 1951",
), aliases=("invscaling",))  # fmt: skip
schedules.register(Schedule(
    "adaptive", "constant until a plateau, then a fifth of it, and so on", Expression("1"),
    plateau_divisor=5.0, smallest_rate=1e-6,
))  # fmt: skip
schedules.register(Schedule(
    "cosine", "half a cosine wave from 1 to 0", Expression("0.5 * (1 + cos(pi * step / steps))"),
    reference="Loshchilov and Hutter 2017",
))  # fmt: skip
schedules.register(Schedule(
    "coslog4", "four cosine waves that grow longer",
    Expression("0.5 * (1 - cos(2 * pi * log(1 + 15 * step / steps) / log(2)))"),
    reference="Holzmüller, Grinsztajn and Steinwart 2024",
))  # fmt: skip
schedules.register(Schedule(
    "flat_cos", "constant for one half, then half a cosine wave to 0",
    Expression("0.5 * (1 + cos(pi * max(0, 2 * step / steps - 1)))"),
))  # fmt: skip
schedules.register(Schedule(
    "warm_up", "a straight rise over the first share of the steps, then constant",
    Expression("min(1, (step + 1) / max(1, share * steps))"),
    parameters=(Parameter("share", 0.1, "share of all steps that the rise takes", 0.0, 1.0),),
    reference="Goyal et al. 2017",
))  # fmt: skip
