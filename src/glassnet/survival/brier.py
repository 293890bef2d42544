"""The Brier score of survival curves, with inverse probability of censoring weights.

Patients censored before the horizon do not count; those followed that long stand in for them (Graf et al. 1999).
"""

from __future__ import annotations

import numpy as np

from glassnet.survival.censoring import Censoring
from glassnet.survival.times import Floats, Times


def brier(
    times: Times, alive: Floats, horizons: Floats, censoring: Censoring, weights: Floats | None = None,
    cause: int | None = None,
) -> Floats:  # fmt: skip
    """The Brier score at horizons, (draws, horizons).

    Parameters
    ----------
    times : Times
    alive : array, shape (n, horizons)
        The predicted event-free probability at each horizon.
    horizons : array, shape (horizons,)
        The times of the scores; scores beyond ``censoring.horizon`` are NaN.
    censoring : Censoring
    weights : array, shape (draws, n), optional
        The number of times that each row was drawn.
    cause : int, optional
        With competing causes, the cause to which `alive` refers; a patient with another event stays free of it.

    Examples
    --------
    >>> times = Times.read([(1.0, 1), (2.0, 1), (3.0, 1), (4.0, 1)])  # nobody was lost: the usual Brier score
    >>> brier(times, np.full((4, 1), 0.5), np.array([2.5]), Censoring.of(times)).tolist()
    [[0.25]]
    """
    drawn = np.ones((1, len(times))) if weights is None else np.atleast_2d(weights)
    scores = np.full((len(drawn), len(horizons)), np.nan)
    total = drawn.sum(axis=1)
    for k, horizon in enumerate(horizons):
        if horizon > censoring.horizon:
            continue
        free = times.time > horizon if cause is None else (times.time > horizon) | (times.event != cause)
        missed = np.where(free, (1.0 - alive[:, k]) ** 2, alive[:, k] ** 2)
        weight = censoring.weights_at(times, float(horizon))
        scores[:, k] = drawn @ np.where(weight > 0, weight * missed, 0.0) / total
    return scores


def integrated(scores: Floats, horizons: Floats) -> Floats:
    """The mean of Brier scores over time by the trapezoidal rule, (draws,); horizons with NaN are omitted.

    Examples
    --------
    >>> integrated(np.array([[0.1, 0.2, 0.2]]), np.array([1.0, 2.0, 4.0])).round(4).tolist()
    [0.1833]
    """
    known = np.isfinite(scores).all(axis=0)
    if known.sum() < 2:
        return scores[:, known][:, 0] if known.any() else np.full(len(scores), np.nan)
    at = horizons[known]
    middle = (scores[:, known][:, 1:] + scores[:, known][:, :-1]) / 2
    return np.asarray(middle @ np.diff(at) / (at[-1] - at[0]))


def grid(times: Times, censoring: Censoring, most: int = 50) -> Floats:
    """Times for integrating a Brier score: at most this many event times up to the horizon."""
    events: Floats = np.unique(times.time[times.happened & (times.time <= censoring.horizon)])
    events = events[events < times.time.max()]
    if len(events) <= most:
        return events
    return np.asarray(events[np.unique(np.linspace(0, len(events) - 1, most).round().astype(int))])
