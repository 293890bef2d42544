"""The outlook of a playing run, from its loss curve: converged, no longer improving, running away, or none of these."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from glassnet.studio.contract.run import Losses

POINTS = 10
"""Ends of epochs that are looked at."""
STILL = 1e-9
"""Share of the loss by which it may still change when it has arrived."""
AWAY = 1e9
"""How many times its start the loss has become when it runs away."""


def has_arrived(points: Sequence[tuple[int, Losses]]) -> bool:
    """Whether the loss has stood still over the last epochs.

    Examples
    --------
    >>> points = [(step, Losses(0.5, 0.0, 0.0, 0.5, None)) for step in range(11)]
    >>> has_arrived(points), has_arrived(points[:10])
    (True, False)
    """
    last = [losses.total for _, losses in points[-POINTS - 1 :]]
    known = [value for value in last if value is not None]
    return len(known) == POINTS + 1 and max(known) - min(known) <= STILL * max(map(abs, known))


def runs_away(points: Sequence[tuple[int, Losses]]) -> bool:
    """Whether the loss has risen for some epochs in a row and is a billion times what it was.

    Examples
    --------
    >>> points = [(step, Losses(20.0**step, 0.0, 0.0, 20.0**step, None)) for step in range(11)]
    >>> runs_away(points), runs_away(points[::-1])
    (True, False)
    """
    last = [losses.total for _, losses in points[-POINTS - 1 :]]
    start = points[0][1].total if points else None
    if start is None or len(last) <= POINTS or any(value is None for value in last):
        return False
    known = [value for value in last if value is not None]
    return all(a < b for a, b in pairwise(known)) and known[-1] > AWAY * max(start, 1e-12)


def end_of_patience(
    points: Sequence[tuple[int, Losses]], every: int, patience: int, begun: int = 0
) -> tuple[int, int] | None:
    """Find where the validation loss has not been lower for so many epochs.

    Patience that had ended when a run was played on begins again there.

    Parameters
    ----------
    points : sequence of (step, Losses)
        The start and the ends of epochs.
    every : int
        The number of epochs from one point to the next.
    patience : int
        The number of epochs; 0 waits for ever.
    begun : int
        The step from which the run plays.

    Returns
    -------
    tuple of int or None
        The step of the lowest validation loss and the step at which patience ends; None as long as it lasts.

    Examples
    --------
    >>> falls_and_rises = [3.0, 2.0, 1.0, 1.5, 1.25, 2.0]
    >>> points = [(10 * k, Losses(0.0, 0.0, 0.0, 0.0, loss)) for k, loss in enumerate(falls_and_rises)]
    >>> end_of_patience(points, 1, 2), end_of_patience(points, 1, 4), end_of_patience(points, 1, 0)
    ((20, 40), None, None)
    >>> end_of_patience(points, 1, 2, begun=30), end_of_patience(points, 1, 2, begun=40)
    ((20, 40), None)
    """
    if not patience:
        return None
    waits = max(1, patience // every)
    best, since, lowest = 0, 0, float("inf")
    for place, (step, losses) in enumerate(points):
        if losses.validation is not None and losses.validation < lowest:
            best, since, lowest = place, place, losses.validation
        elif place - since >= waits and lowest < float("inf"):
            if step > begun:
                return points[best][0], step
            since = place
    return None
