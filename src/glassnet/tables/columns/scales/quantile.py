"""Normal quantiles: a piecewise-linear curve that maps any column of numbers to a standard normal distribution.

The share of the training cells below a number (of those equal to it, half) is read as a probability, and the input is
the place that has this probability under the standard normal distribution. The smallest of n cells so lies at
``1 / (2 n)``, which few cells do not push far out, and a constant column lies at 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from glassnet.pages.number import short_number
from glassnet.tables.notation.number_text import digits_between

MOST_KNOTS = 1000
_NORMAL = NormalDist()
_NEAREST = 2.0**-53
"""The smallest distance of a probability to 0 and to 1."""


def normal_knots(values: Any, weights: Any = None) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The knots of the curve, in ascending order, and the input at each.

    Every distinct number is a knot while there are few. Of many, those that stand on both sides of places spread
    evenly over the inputs are, so that no training cell's input is further off than the distance of these places.

    Parameters
    ----------
    values : array of float64, shape (n,)
        Finite.
    weights : array of float64, shape (n,), optional
        How much each counts.

    Examples
    --------
    >>> knots, inputs = normal_knots(np.array([1.0, 1.0, 4.0, 9.0]))
    >>> knots, [round(z, 3) for z in inputs]
    ((1.0, 4.0, 9.0), [-0.674, 0.319, 1.15])
    """
    if weights is not None:
        values, weights = values[weights > 0], weights[weights > 0]
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    mass = counts.astype(np.float64) if weights is None else np.bincount(place, weights, len(distinct))
    below = np.cumsum(mass)
    shares = np.clip((below - mass / 2) / below[-1], _NEAREST, 1 - _NEAREST)
    chosen = np.arange(len(distinct))
    if len(distinct) > MOST_KNOTS:
        first, last = (_NORMAL.inv_cdf(float(share)) for share in (shares[0], shares[-1]))
        places = np.array([_NORMAL.cdf(z) for z in np.linspace(first, last, MOST_KNOTS // 2)[1:-1]])
        after = np.clip(np.searchsorted(shares, places), 1, len(distinct) - 1)
        chosen = np.unique(np.concatenate([[0], after - 1, after, [len(distinct) - 1]]))
    return tuple(distinct[chosen].tolist()), tuple(_NORMAL.inv_cdf(share) for share in shares[chosen].tolist())


def on_curve(values: Any, knots: Sequence[float], inputs: Sequence[float]) -> Any:
    """The curve at some numbers; beyond its ends the input of the end."""
    with np.errstate(over="ignore", invalid="ignore"):
        return np.interp(values, knots, inputs)


def curve_text(value: float, knots: Sequence[float], inputs: Sequence[float]) -> str:
    """The text on how a number becomes its input, with the two adjacent knots.

    Examples
    --------
    >>> curve_text(5.0, (1.0, 4.0, 9.0), (-0.5, 0.25, 1.25))
    '0.25 + (1.25 − 0.25) · (5 − 4) / (9 − 4)'
    >>> curve_text(0.0, (1.0, 4.0), (-0.5, 0.25))
    '−0.5, the normal quantile of the smallest training cell, 1'
    """
    after = int(np.searchsorted(knots, value))
    if after == len(knots) or value < knots[0]:
        end, which = (-1, "largest") if after else (0, "smallest")
        return (
            f"{short_number(inputs[end])}, the normal quantile of the {which} training cell, {short_number(knots[end])}"
        )
    if value == knots[after]:
        return f"{short_number(inputs[after])}, the normal quantile of {short_number(value)} among the training cells"
    low, high = short_number(inputs[after - 1]), short_number(inputs[after])
    digits = digits_between(knots[after - 1], knots[after])
    left, right = short_number(knots[after - 1], digits), short_number(knots[after], digits)
    part = f"({short_number(value, digits)} − {_in_brackets(left)}) / ({right} − {_in_brackets(left)})"
    return f"{low} + ({high} − {_in_brackets(low)}) · {part}"


def _in_brackets(text: str) -> str:
    """A number that follows a minus sign."""
    return f"({text})" if text.startswith("−") else text
