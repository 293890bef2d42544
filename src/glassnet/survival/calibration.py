"""Calibration of survival curves, at a horizon and over the whole follow-up (D-calibration)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.survival.curves import aalen_johansen, incidence_draws, kaplan_meier, survival_draws
from glassnet.survival.times import Floats, Times

BINS = 10
_TAIL = 0.025
_STEPS, _CLOSE, _MOST_STEP = 40, 1e-9, 2.0


@dataclass(frozen=True)
class HorizonGroup:
    """Patients with similar predicted risk: predicted and observed risk at a horizon.

    Attributes
    ----------
    rows : int
    events : int
        The number of events up to the horizon.
    predicted : float
        The mean predicted risk at the horizon.
    observed, low, high : float
        One minus the Kaplan-Meier estimate with its interval; NaN if nobody was followed that long.
    """

    rows: int
    events: int
    predicted: float
    observed: float
    low: float
    high: float


def at_horizon(
    times: Times, alive: Floats, horizon: float, groups: int = 5, cause: int | None = None
) -> tuple[HorizonGroup, ...]:  # fmt: skip
    """Groups of increasing predicted risk at a horizon.

    Parameters
    ----------
    times : Times
    alive : array, shape (n,)
        The predicted event-free probability at the horizon.
    horizon : float
    groups : int
        The number of groups, of about equal size; rows with the same prediction stay together.
    cause : int, optional
        With competing causes, the cause to which `alive` refers.

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 1), (3.0, 0), (4.0, 0)])
    >>> low, high = at_horizon(times, np.array([0.2, 0.3, 0.9, 0.8]), 2.5, groups=2)
    >>> (round(low.predicted, 3), low.observed), (round(high.predicted, 3), high.observed)
    ((0.15, 0.0), (0.75, 1.0))
    """
    edges = np.quantile(1.0 - alive, np.linspace(0, 1, groups + 1)[1:-1])
    place = np.searchsorted(edges, 1.0 - alive, "left")
    results = []
    for group in np.unique(place):
        rows = place == group
        mine = times.take(rows)
        curve = kaplan_meier(mine)
        seen = float(mine.time.max()) >= horizon or bool(curve.value[-1] == 0)
        value, (low, high) = curve.at(horizon), curve.interval_at(horizon)
        happened = mine.happened
        if cause is not None:
            incidence, happened = aalen_johansen(mine, cause), mine.event == cause
            ends = incidence.interval_at(horizon)
            value, low, high = 1 - incidence.at(horizon), 1 - ends[1], 1 - ends[0]
        events = int((happened & (mine.time <= horizon)).sum())
        numbers = (1 - float(value), 1 - float(high), 1 - float(low)) if seen else (np.nan,) * 3
        if numbers[0] in (0.0, 1.0):  # no variation: use the exact binomial interval
            watched = max(1, int(curve.at_risk_at([horizon])[0])) if numbers[0] == 0 else len(mine)
            far = _TAIL ** (1 / watched)
            numbers = (0.0, 0.0, 1 - far) if numbers[0] == 0 else (1.0, far, 1.0)
        results.append(HorizonGroup(int(rows.sum()), events, float(1 - alive[rows].mean()), *numbers))
    return tuple(results)


def observed_over_expected(
    times: Times, alive: Floats, horizon: float, weights: Floats, cause: int | None = None
) -> Floats:  # fmt: skip
    """The ratio of observed (Kaplan-Meier) to predicted events by a horizon, for each draw of the rows; 1 is ideal.

    For a competing cause, the observed events are those of the Aalen-Johansen estimate.
    """
    drawn, at = np.atleast_2d(weights), np.array([horizon])
    seen = (1.0 - survival_draws(times, drawn, at) if cause is None else incidence_draws(times, drawn, at, cause))[:, 0]
    expected = drawn @ (1.0 - alive) / drawn.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(expected > 0, seen / expected, np.nan))


def distribution_counts(times: Times, alive_at_own: Floats, bins: int = BINS) -> Floats:
    """The fraction of each row in each bin of its own predicted survival probability, (n, bins).

    A patient censored at a predicted survival probability s has the event somewhere below s, and is spread over the
    bins below. Calibrated curves fill all bins equally (Haider et al. 2020).

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 0)])
    >>> distribution_counts(times, np.array([0.3, 0.75]), bins=2).round(3).tolist()
    [[1.0, 0.0], [0.667, 0.333]]
    """
    share = np.clip(alive_at_own, 0.0, 1.0)
    edges = np.linspace(0.0, 1.0, bins + 1)
    own = np.minimum((share * bins).astype(int), bins - 1)
    counts = np.zeros((len(share), bins))
    event = times.happened
    counts[event, own[event]] = 1.0
    below = np.clip(share[:, None] - edges[:-1], 0.0, 1.0 / bins)  # the part of each bin below it
    lost = ~event & (share > 0)
    counts[lost] = below[lost] / share[lost, None]
    counts[~event & (share == 0), 0] = 1.0
    return counts


def distribution_test(times: Times, alive_at_own: Floats, bins: int = BINS) -> float:
    """The p-value of D-calibration, which is small if the bins are too unequal for calibrated curves."""
    from scipy.stats import chi2

    counts = distribution_counts(times, alive_at_own, bins).sum(axis=0)
    expected = len(times) / bins
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), bins - 1))


def hazard_slopes(times: Times, log_hazard: Floats, weights: Floats) -> Floats:
    """The slope of a Cox regression on the predicted log hazard, for each draw of the rows.

    A slope of 1 is ideal; below 1, predictions are too extreme. Ties are handled by Breslow's method. The slope is NaN
    if all rows have the same value, or if the order is perfect, so that no finite slope is best.

    Parameters
    ----------
    times : Times
    log_hazard : array, shape (n,)
        Logarithms of hazards, up to a constant.
    weights : array, shape (draws, n)

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 1), (3.0, 1)])
    >>> hazard_slopes(times, np.array([1.0, 0.0, 1.0]), np.ones((1, 3))).round(4).tolist()  # e^b = sqrt(1/2)
    [-0.3466]
    """
    drawn = np.atleast_2d(weights)
    known = np.isfinite(log_hazard)
    spread = float(log_hazard[known].std()) if known.any() else 0.0
    if not spread > 1e-12 * (1 + abs(float(log_hazard[known].mean()) if known.any() else 0.0)):
        return np.full(len(drawn), np.nan)
    ends = log_hazard[known].min(), log_hazard[known].max()
    x = (np.clip(np.nan_to_num(log_hazard, nan=0.0), *ends) - log_hazard[known].mean()) / spread
    order = np.lexsort((-times.time, times.layers))
    x, sorted_times, drawn = x[order], times.take(order), drawn[:, order]
    happened, layers = sorted_times.happened, np.unique(sorted_times.layers, return_inverse=True)[1]
    at = np.column_stack([layers, -sorted_times.time])
    stops = np.append(np.flatnonzero((at[1:] != at[:-1]).any(axis=1)) + 1, len(x))
    last = stops[np.searchsorted(stops, np.arange(len(x)), "right")]  # those at risk end before it, in this order
    first = np.searchsorted(layers, layers)  # and begin here
    events = drawn * happened
    slope, errors = np.zeros(len(drawn)), np.full(len(drawn), np.nan)
    active = np.asarray(events.sum(axis=1) > 0)
    for _ in range(_STEPS):
        if not active.any():
            break
        own = slope[active, None] * x
        size = drawn[active] * np.exp(own - own.max(axis=1, keepdims=True))
        sums = (np.cumsum(np.pad(size * x**power, ((0, 0), (1, 0))), axis=1) for power in (0, 1, 2))
        at_risk, mean, square = (each[:, last] - each[:, first] for each in sums)
        with np.errstate(invalid="ignore", divide="ignore"):
            mean, square = mean / at_risk, square / at_risk
            counted = events[active] > 0
            gradient = np.where(counted, events[active] * (x - mean), 0.0).sum(axis=1)
            curvature = np.where(counted, events[active] * (square - mean**2), 0.0).sum(axis=1)
            step = np.where(curvature > 0, gradient / curvature, np.nan)
        rows = np.flatnonzero(active)
        slope[rows] += np.clip(np.nan_to_num(step), -_MOST_STEP, _MOST_STEP)
        done = np.abs(step) <= _CLOSE * (1 + np.abs(slope[rows]))
        errors[rows[done]] = slope[rows[done]] / spread
        active[rows[done | ~np.isfinite(step)]] = False
    return errors
