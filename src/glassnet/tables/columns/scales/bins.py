"""Piecewise-linear encoding: a number as one input per bin, 0 before the bin, 1 after it, and its share inside.

The bins lie between quantiles of the training cells. A network that only adds up such inputs already draws any curve
with bends at the edges (Gorishniy, Rubachev and Babenko 2022). Theirs go on beyond the training range; here numbers
there count as its ends, since a last bin that is narrow would carry them far away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from glassnet.formulas import Expression
from glassnet.pages.number import short_number
from glassnet.tables.notation.number_text import digits_between

MOST_BINS = 48
FEWEST_CELLS = 10
"""Training cells that a bin should hold."""
_FORMULA = Expression("min(max((x - low) / (high - low), 0), 1)")


def bin_edges(values: Any, weights: Any = None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The edges of the bins, ascending; ties leave fewer, and the bin of a constant is 1 wide. The second is empty.

    Examples
    --------
    >>> bin_edges(np.arange(21.0))
    ((0.0, 10.0, 20.0), ())
    """
    values, order = np.sort(values), np.argsort(values)
    count = int(np.clip(len(values) // FEWEST_CELLS, 1, MOST_BINS))
    places = np.arange(len(values), dtype=np.float64)
    if weights is not None:
        mass = weights[order]
        places = np.cumsum(mass) - mass / 2
        places -= places[0]
    edges = np.unique(np.interp(np.linspace(0, places[-1], count + 1), places, values))
    return _two_or_more(edges), ()


def spread_edges(values: Any, weights: Any = None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Edges at numbers of the column, with no number counting for more than one bin; the second is empty.

    A number that fills several bins by itself (such as zeros among amounts) counts as much as one bin, so that the
    others have the bins that it would leave empty. If there are few distinct numbers, each is an edge.

    Examples
    --------
    >>> amounts = np.array([0.0] * 80 + list(range(1, 21)))
    >>> spread_edges(amounts)[0]
    (0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0)
    >>> [round(edge, 6) for edge in bin_edges(amounts)[0]]
    [0.0, 0.2, 10.1, 20.0]
    """
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    count = int(np.clip(len(values) // FEWEST_CELLS, 1, MOST_BINS))
    if len(distinct) <= count + 1 or len(distinct) < 3:
        return _two_or_more(distinct), ()
    mass = counts.astype(np.float64) if weights is None else np.bincount(place, weights, len(distinct))
    for _ in range(MOST_BINS):  # each round frees the excess of the capped numbers
        most = mass.sum() / count
        if mass.max() <= most * (1 + 1e-9):
            break
        mass = np.minimum(mass, most)
    places = np.cumsum(mass) - mass / 2
    places -= places[0]
    chosen = np.searchsorted(places, np.linspace(0, places[-1], count + 1))
    return _two_or_more(np.unique(distinct[np.minimum(chosen, len(distinct) - 1)])), ()


def _two_or_more(edges: Any) -> tuple[float, ...]:
    """The edges; the bin of a constant is 1 wide."""
    if len(edges) == 1:
        edges = np.array([edges[0], edges[0] + max(1.0, abs(edges[0]) * 1e-6)])
    return tuple(edges.tolist())


def formula_of(place: int, edges: Sequence[float]) -> tuple[Expression, dict[str, float]]:
    """The input of one bin as a formula in the number ``x``, and its edges by name."""
    return _FORMULA, {"low": edges[place], "high": edges[place + 1]}


def in_bins(values: Any, edges: Sequence[float]) -> Any:
    """The inputs of numbers, shape (n, bins).

    Examples
    --------
    >>> in_bins(np.array([2.0, 12.5, 30.0]), (0.0, 10.0, 20.0)).tolist()
    [[0.2, 0.0], [1.0, 0.25], [1.0, 1.0]]
    """
    low, high = np.array(edges[:-1]), np.array(edges[1:])
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray(_FORMULA(x=values[:, None], low=low, high=high))


def bin_names(name: str, edges: Sequence[float], written: Callable[[float, int], str]) -> list[str]:
    """The names of the inputs: the column and the two edges, with enough digits to distinguish the edges."""
    for digits in (4, 6, 9, 17):
        texts = [written(edge, digits) for edge in edges]
        if len(set(texts)) == len(texts):
            break
    else:
        texts = [short_number(edge, 17) for edge in edges]
    return [f"{name} {low} to {high}" for low, high in pairwise(texts)]


def bin_text(value: float, place: int, edges: Sequence[float]) -> str:
    """The text on how a number becomes the input of one bin; it is the same for all bins below it, and for all above.

    Examples
    --------
    >>> [bin_text(12.5, place, (0.0, 10.0, 20.0, 30.0)) for place in range(3)]
    ['1 because the bin ends before the number', '(12.5 − 10) / (20 − 10)', '0 because the bin begins after the number']
    """
    if value <= edges[place]:
        return f"0 because the bin begins {'at' if value == edges[place] else 'after'} the number"
    if value >= edges[place + 1]:
        return f"1 because the bin ends {'at' if value == edges[place + 1] else 'before'} the number"
    digits = digits_between(edges[place], edges[place + 1])
    number, low, high = (short_number(part, digits) for part in (value, edges[place], edges[place + 1]))
    low = f"({low})" if low.startswith("−") else low
    return f"({number} − {low}) / ({high} − {low})"
