"""Concordance: how often, of two patients with a known order of events, the first to have it had the higher risk.

Pairs with unknown order (the earlier time is censored, or both events are at the same time) do not count, nor do pairs
of two strata; equal risks count half. Harrell's concordance depends on the censoring; Uno's weights each pair by the
inverse of its probability of being observed.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError
from glassnet.survival.censoring import Censoring
from glassnet.survival.times import Floats, Times

_CHUNK = 4_000_000  # pairs compared at once


def concordance(
    times: Times, risk: Floats, weights: Floats | None = None, pair_weights: Floats | None = None
) -> Floats:
    """Harrell's concordance, one value for each draw.

    Parameters
    ----------
    times : Times
    risk : array, shape (n,)
        Larger for those whose event is expected earlier.
    weights : array, shape (draws, n), optional
        The number of times that each row was drawn; by default each once.
    pair_weights : array, shape (n,), optional
        The weight of a pair, by the row with the earlier event.

    Returns
    -------
    array, shape (draws,)
        NaN if no pair can be compared.

    Examples
    --------
    >>> times = Times.read([(2.0, 1), (4.0, 0), (5.0, 1), (6.0, 1)])
    >>> concordance(times, np.array([3.0, 1.0, 1.0, 2.0])).tolist()  # 3 pairs of the first, 1 of the third
    [0.75]
    """
    drawn = np.ones((1, len(times))) if weights is None else np.atleast_2d(weights)
    risk, happened = np.asarray(risk, dtype=np.float64), times.happened
    first = np.flatnonzero(happened if pair_weights is None else happened & (pair_weights > 0))
    right, all_pairs = np.zeros(len(drawn)), np.zeros(len(drawn))
    size = max(1, _CHUNK // len(times))
    for start in range(0, len(first), size):
        rows = first[start : start + size]
        later = _later(times, rows)
        agree = later * ((risk[rows, None] > risk) + 0.5 * (risk[rows, None] == risk))
        own = drawn[:, rows] if pair_weights is None else drawn[:, rows] * pair_weights[rows]
        right += (own * (drawn @ agree.T)).sum(axis=1)
        all_pairs += (own * (drawn @ later.T.astype(np.float64))).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray(right / np.where(all_pairs > 0, all_pairs, np.nan))


def _later(times: Times, rows: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Which patients are known to have the event after each of these rows, (rows, n)."""
    own = times.time[rows, None]
    later = (own < times.time) | ((own == times.time) & ~times.happened)
    return np.asarray(later if times.stratum is None else later & (times.stratum[rows, None] == times.stratum))


def check_comparable(truth: Floats, events: Sequence[str], causes: Sequence[int] | None = None) -> None:
    """Raise a `DataError` if no pair of rows can be compared by an event.

    Parameters
    ----------
    truth : array, shape (n, 2) or (n, 3)
        As in `concordance_of_causes`.
    events : sequence of str
        The name of each event.
    causes : sequence of int, optional
        The numbers of the events that are scored, from 1; all by default.

    Examples
    --------
    >>> check_comparable(np.array([[5.0, 0], [8.0, 0]]), ["death"])
    Traceback (most recent call last):
    ...
    glassnet.errors.DataError: No two of 2 rows can be compared, because none has the event 'death', so there is no \
    concordance. Give rows of which some have it earlier than others.
    """
    times = Times.of_truth(truth)
    for cause in range(1, len(events) + 1) if causes is None else causes:
        own = times.of_cause(cause) if len(events) == 1 else times.awaiting(cause)
        if any(_later(own, np.array([row])).any() for row in np.flatnonzero(own.happened)):
            continue
        name = repr(events[cause - 1])
        why = f"none is known to have {name} after another had it" if own.n_events else f"none has the event {name}"
        others = "" if len(events) == 1 else ", or name another cause: score(rows, cause=...)"
        raise DataError(
            f"No two of {len(times)} rows can be compared, because {why}, so there is no concordance. Give rows of "
            f"which some have it earlier than others{others}."
        )


def concordance_of_causes(
    truth: Floats, risk: Floats, weights: Floats | None = None, causes: Sequence[int] | None = None
) -> Floats:
    """The mean over causes of Harrell's concordance, one value for each draw.

    Parameters
    ----------
    truth : array, shape (n, 2) or (n, 3)
        Time, the event code (0 if censored, otherwise the cause 1, 2, ...), and the stratum if there are strata.
    risk : array, shape (n,) or (n, causes)
    weights : array, shape (draws, n), optional
    causes : sequence of int, optional
        The causes to include; all by default.

    Examples
    --------
    >>> truth = np.array([[1.0, 1], [2.0, 2], [3.0, 1], [4.0, 0]])
    >>> concordance_of_causes(truth, np.array([[2.0, 0], [0, 2], [1, 1], [0, 0]])).tolist()
    [1.0]
    """
    times = Times.of_truth(truth)
    if risk.ndim == 1:
        return concordance(times, risk, weights)
    numbers = range(1, risk.shape[1] + 1) if causes is None else causes
    return np.asarray(np.mean([concordance(times.awaiting(k), risk[:, k - 1], weights) for k in numbers], axis=0))


def concordance_of_rows(times: Times, risk: Floats, weights: Floats | None = None) -> tuple[Floats, Floats]:
    """For each row, the weight of its correctly ordered pairs, and of all its comparable pairs.

    Examples
    --------
    >>> times = Times.read([(2.0, 1), (4.0, 0), (5.0, 1), (6.0, 1)])
    >>> right, pairs = concordance_of_rows(times, np.array([3.0, 1.0, 1.0, 2.0]))
    >>> right.tolist(), pairs.tolist()
    ([3.0, 1.0, 1.0, 1.0], [3.0, 1.0, 2.0, 2.0])
    """
    own = np.ones(len(times)) if weights is None else weights
    risk, first = np.asarray(risk, dtype=np.float64), np.flatnonzero(times.happened)
    right, pairs = np.zeros(len(times)), np.zeros(len(times))
    size = max(1, _CHUNK // len(times))
    for start in range(0, len(first), size):
        rows = first[start : start + size]
        later = _later(times, rows)
        agree = later * ((risk[rows, None] > risk) + 0.5 * (risk[rows, None] == risk))
        right[rows] += agree @ own
        pairs[rows] += later @ own
        right += own[rows] @ agree
        pairs += own[rows] @ later
    return right, pairs


def uno_concordance(times: Times, risk: Floats, censoring: Censoring, weights: Floats | None = None) -> Floats:
    """Uno's concordance: pairs up to the horizon, weighted by ``1 / G(t-)**2`` at the earlier event.

    Parameters
    ----------
    times, risk, weights
        As in `concordance`.
    censoring : Censoring
        The censoring distribution, estimated from the training rows or from these times.
    """
    inside = times.time <= censoring.horizon
    with np.errstate(divide="ignore"):
        squared = np.where(inside, 1.0 / np.maximum(censoring.watched.at(times.time, before=True), 1e-300) ** 2, 0.0)
    return concordance(times, risk, weights, squared)
