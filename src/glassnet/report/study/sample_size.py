"""The sample size that Riley's criteria require for a model (Riley et al. 2019, 2020).

For two classes, and for times to an event.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from glassnet.errors import ConfigurationError

SHRINKAGE, OPTIMISM, MARGIN = 0.9, 0.05, 0.05
"""The criteria: smallest shrinkage factor, largest optimism of R2, and margin of error of the outcome proportion."""


@dataclass(frozen=True)
class SampleSize:
    """The number of rows that each criterion requires.

    Attributes
    ----------
    n_parameters : int
    share : float
        The proportion of rows with the outcome.
    r2 : float
        The expected Cox-Snell R2 of the model.
    shrinkage, optimism, precision : int
        Rows for an expected shrinkage of 0.9, for an optimism of at most 0.05 in Nagelkerke's R2, and for the outcome
        proportion (for times, by the horizon) to within 0.05.
    rate, follow_up, horizon : float or None
        For times to an event: events per row and unit of time, the mean follow-up, and the horizon of predictions.
    """

    n_parameters: int
    share: float
    r2: float
    shrinkage: int
    optimism: int
    precision: int
    rate: float | None = None
    follow_up: float | None = None
    horizon: float | None = None

    @property
    def needed(self) -> int:
        """The number of rows that satisfies all three."""
        return max(self.shrinkage, self.optimism, self.precision)


def largest_r2(share: float) -> float:
    """The largest possible Cox-Snell R2 for two classes with these proportions.

    Examples
    --------
    >>> round(largest_r2(0.5), 2)
    0.75
    """
    return 1.0 - math.exp(2.0 * (share * math.log(share) + (1.0 - share) * math.log1p(-share)))


def sample_size_of_two_classes(n_parameters: int, share: float, r2: float) -> SampleSize:
    """The number of rows that Riley's three criteria require for two classes.

    ``n1 = P / ((S - 1) log(1 - R2 / S))`` with S = 0.9; ``n2`` the same with ``S = R2 / (R2 + 0.05 max R2)``;
    ``n3 = (1.96 / 0.05)^2 q (1 - q)``.

    Parameters
    ----------
    n_parameters : int
        The number of predictor parameters: inputs of the model, with one level of each category omitted.
    share : float
        The proportion of rows with the outcome, above 0 and below 1.
    r2 : float
        Cox and Snell's R2 that is expected.

    Raises
    ------
    ConfigurationError
        A number outside its range.

    Examples
    --------
    >>> needed = sample_size_of_two_classes(24, 0.174, 0.288)
    >>> needed.shrinkage, needed.optimism, needed.precision
    (623, 662, 221)
    """
    _check_parameters(n_parameters)
    if not 0.0 < share < 1.0:
        raise ConfigurationError(f"share={share!r} of rows with the outcome must be above 0 and below 1.")
    precision = math.ceil((1.96 / MARGIN) ** 2 * share * (1.0 - share))
    return SampleSize(n_parameters, share, r2, *_of_r2(n_parameters, r2, largest_r2(share)), precision)


def largest_r2_of_times(events: float) -> float:
    """The largest possible Cox-Snell R2 for times of which this proportion ends with the event.

    It is that of an exponential model with one rate, with log likelihood ``s log s - s`` per row (Riley et al. 2019).

    Examples
    --------
    >>> round(largest_r2_of_times(0.065 * 2.07), 2)
    0.55
    """
    return 1.0 - math.exp(2.0 * (events * math.log(events) - events))


def sample_size_of_times(
    n_parameters: int, rate: float, follow_up: float, horizon: float, r2: float
) -> SampleSize:  # fmt: skip
    """The number of rows that Riley's criteria require for a model of times to an event.

    The first two are those of `sample_size_of_two_classes` with the largest R2 of such times. By the third, the
    interval of the risk by the horizon, ``1 - exp(-rate horizon)``, ends at most 0.05 above it.

    Parameters
    ----------
    n_parameters : int
    rate : float
        Events per row and unit of time.
    follow_up : float
        The mean follow-up of a row, in that unit.
    horizon : float
        The horizon of predicted risks.
    r2 : float
        Cox and Snell's R2 that is expected.

    Examples
    --------
    >>> needed = sample_size_of_times(25, 0.065, 2.07, 2.0, 0.051)
    >>> needed.shrinkage, needed.optimism, needed.needed
    (4286, 866, 4286)
    """
    _check_parameters(n_parameters)
    for name, value in (("rate", rate), ("follow_up", follow_up), ("horizon", horizon)):
        if not (math.isfinite(value) and value > 0):
            raise ConfigurationError(f"{name}={value!r} must be above 0.")
    events = rate * follow_up
    share = 1.0 - math.exp(-rate * horizon)
    widest = -math.log(max(1.0 - share - MARGIN, 1e-12)) / horizon - rate  # raises the risk by MARGIN
    precision = math.ceil(1.96**2 * rate / (follow_up * widest**2))
    counts = _of_r2(n_parameters, r2, largest_r2_of_times(events))
    return SampleSize(n_parameters, share, r2, *counts, precision, rate, follow_up, horizon)


def _check_parameters(n_parameters: int) -> None:
    """Raise an error for fewer than one parameter."""
    if n_parameters < 1:
        raise ConfigurationError(f"n_parameters={n_parameters} must be 1 or more.")


def _of_r2(n_parameters: int, r2: float, most: float) -> tuple[int, int]:
    """The numbers of rows for the shrinkage and for a small optimism of R2."""
    if not 0.0 < r2 < min(most, SHRINKAGE):
        raise ConfigurationError(
            f"r2={r2!r} must be above 0 and below {min(most, SHRINKAGE):.3f}, the largest possible value here."
        )

    def rows(shrinkage: float) -> int:
        return math.ceil(n_parameters / ((shrinkage - 1.0) * math.log(1.0 - r2 / shrinkage)))

    return rows(SHRINKAGE), rows(r2 / (r2 + OPTIMISM * most))
