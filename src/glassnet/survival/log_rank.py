"""The log-rank test for a difference in survival between groups of patients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.curves import table
from glassnet.survival.times import Floats, Times


@dataclass(frozen=True)
class LogRank:
    """Observed and expected events of each group, the statistic and its p-value.

    Attributes
    ----------
    observed, expected : array, shape (groups,)
    statistic : float
        Chi-squared with one degree of freedom less than the number of groups; NaN if no event tells groups apart.
    p : float
    """

    observed: Floats
    expected: Floats
    statistic: float
    p: float

    def in_words(self, groups: int) -> str:
        """The test in a sentence.

        Examples
        --------
        >>> LogRank(np.ones(2), np.ones(2), 3.0, 0.083).in_words(2)
        'Log-rank test of 2 groups: p = 0.0830, the probability of a difference at least this large by chance alone.'
        """
        if np.isnan(self.p):
            return "Log-rank test: not defined, because no event happened while patients of two groups were at risk."
        p = "p < 0.0001" if self.p < 1e-4 else f"p = {self.p:.4f}"
        meaning = "the probability of a difference at least this large by chance alone"
        return f"Log-rank test of {groups} groups: {p}, {meaning}."


def log_rank(times: Times, group: NDArray[np.int64]) -> LogRank:
    """Compare groups numbered 0, 1, ... with the log-rank test, which sums over the strata if there are any.

    The p-value is NaN for a single group, and when no event happened while patients of two groups were at risk.

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1), (5.0, 0), (6.0, 1)])
    >>> found = log_rank(times, np.array([0, 0, 0, 1, 1, 1]))
    >>> found.observed.tolist(), found.expected.round(3).tolist(), round(found.p, 3)
    ([3.0, 2.0], [1.15, 3.85], 0.025)
    """
    from scipy.stats import chi2

    count = int(group.max()) + 1
    layers = [times.layers == layer for layer in np.unique(times.layers)]
    sums = [_sums(times.take(layer), group[layer], count) for layer in layers]
    observed, expected, covariance = (sum(each, np.zeros(())) for each in zip(*sums, strict=True))
    freedom = len(np.unique(group)) - 1
    if not freedom or not np.diag(covariance).any():
        return LogRank(observed, expected, np.nan, np.nan)
    apart = observed - expected
    statistic = float(apart[:-1] @ np.linalg.pinv(covariance[:-1, :-1]) @ apart[:-1])
    return LogRank(observed, expected, statistic, float(chi2.sf(statistic, freedom)))


def _sums(times: Times, group: NDArray[np.int64], count: int) -> tuple[Floats, Floats, Floats]:
    """Observed and expected events of each group, and their covariance."""
    members = np.stack([(group == g).astype(float) for g in range(count)])
    _, at_risk, events, _ = table(times)
    _, own_risk, own_events, _ = table(times, members)
    share = own_risk / at_risk
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.where(at_risk > 1, events * (at_risk - events) / (at_risk - 1), 0.0)
    covariance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    return own_events.sum(axis=1), (share * events).sum(axis=1), covariance
