"""How many rows Riley's criteria ask for a model of two classes with so many parameters (Riley et al. 2019, 2020)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from glassnet.errors import ConfigurationError

SHRINKAGE, OPTIMISM, MARGIN = 0.9, 0.05, 0.05
"""The criteria: least shrinkage, largest optimism of R2, and margin of error of the share of outcomes."""


@dataclass(frozen=True)
class SampleSize:
    """The rows that each criterion asks for.

    Attributes
    ----------
    n_parameters : int
    share : float
        Of rows with the outcome.
    r2 : float
        Cox and Snell's R2 that is expected of the model.
    shrinkage, optimism, precision : int
        Rows for an expected shrinkage of 0.9, for at most 0.05 optimism of Nagelkerke's R2, and for the share of
        outcomes to within 0.05.
    """

    n_parameters: int
    share: float
    r2: float
    shrinkage: int
    optimism: int
    precision: int

    @property
    def needed(self) -> int:
        """The rows that satisfy all three."""
        return max(self.shrinkage, self.optimism, self.precision)


def largest_r2(share: float) -> float:
    """The largest Cox and Snell R2 that two classes of these shares can have.

    Examples
    --------
    >>> round(largest_r2(0.5), 2)
    0.75
    """
    return 1.0 - math.exp(2.0 * (share * math.log(share) + (1.0 - share) * math.log1p(-share)))


def sample_size_of_two_classes(n_parameters: int, share: float, r2: float) -> SampleSize:
    """Rows that Riley's three criteria ask for.

    ``n1 = P / ((S - 1) log(1 - R2 / S))`` with S = 0.9; ``n2`` the same with ``S = R2 / (R2 + 0.05 max R2)``;
    ``n3 = (1.96 / 0.05)^2 q (1 - q)``.

    Parameters
    ----------
    n_parameters : int
        Of the predictors: inputs of the model, each level of a category but one.
    share : float
        Of rows with the outcome, above 0 and below 1.
    r2 : float
        Cox and Snell's R2 that is expected.

    Raises
    ------
    ConfigurationError
        A number that is none of these.

    Examples
    --------
    >>> needed = sample_size_of_two_classes(24, 0.174, 0.288)
    >>> needed.shrinkage, needed.optimism, needed.precision
    (623, 662, 221)
    """
    if n_parameters < 1:
        raise ConfigurationError(f"n_parameters={n_parameters} must be 1 or more.")
    if not 0.0 < share < 1.0:
        raise ConfigurationError(f"share={share!r} of rows with the outcome must be above 0 and below 1.")
    most = largest_r2(share)
    if not 0.0 < r2 < min(most, SHRINKAGE):
        raise ConfigurationError(
            f"r2={r2!r} must be above 0 and below {min(most, SHRINKAGE):.3f}, the largest that such a share allows."
        )

    def rows(shrinkage: float) -> int:
        return math.ceil(n_parameters / ((shrinkage - 1.0) * math.log(1.0 - r2 / shrinkage)))

    return SampleSize(
        n_parameters, share, r2, rows(SHRINKAGE), rows(r2 / (r2 + OPTIMISM * most)),
        math.ceil((1.96 / MARGIN) ** 2 * share * (1.0 - share)),
    )  # fmt: skip
