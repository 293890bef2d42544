"""Where a playing run is heading, read off its loss curve: it has arrived, runs away, or neither."""

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
