"""Scalings: how the numbers of a column become inputs of a size that a network can work with.

Each learns a center and a scale from the training cells; an input is ``t = (value - center) / scale``, and with a
smooth clip ``t / sqrt(1 + (t / bound)**2)``, which leaves small ``t`` alone and never passes ``bound``. The scaling
"quantile" bends the column into a standard normal shape instead: its input lies on a curve between knots. Normal rather
than uniform, since the starts of the weights expect inputs of mean 0 and variance 1. "piecewise_linear" makes several
inputs of a number, one for each bin; "robust_and_bins" makes those and the robust one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.formulas import Expression
from glassnet.tables.columns.scales.bins import bin_edges, spread_edges
from glassnet.tables.columns.scales.quantile import normal_knots


@dataclass(frozen=True)
class Scaling:
    """One scaling.

    Attributes
    ----------
    name : str
    learn : function
        Center and scale (above 0) of an array of finite numbers, and of their weights (None where all count alike).
    center_name, scale_name : str
        What center and scale are, in words.
    bound : float or None
        Of the smooth clip; None without one.
    signed : bool
        Whether no and yes become -1 and 1 instead of 0 and 1.
    curve : function, optional
        Knots, in rising order, and the input at each, of an array of finite numbers and of their weights (or None);
        straight lines between the knots take the place of center and scale, which then only describe the column.
    bins : bool
        Whether the knots are the edges of bins with an input each; then there are no inputs at knots.
    beside : bool
        Whether the number itself, by center and scale, follows its bins.
    reference : str

    Examples
    --------
    >>> SCALINGS["robust"].learn(np.array([1.0, 2.0, 3.0, 4.0, 100.0]))
    (3.0, 2.0)
    >>> SCALINGS["robust"].clip(np.array([0.0, 48.5])).round(3).tolist()
    [0.0, 2.994]
    """

    name: str
    learn: Callable[..., tuple[float, float]]
    center_name: str
    scale_name: str
    bound: float | None = None
    signed: bool = False
    curve: Callable[..., tuple[tuple[float, ...], tuple[float, ...]]] | None = None
    bins: bool = False
    beside: bool = False
    reference: str = ""

    @property
    def formula(self) -> Expression:
        """An input as a formula in the number ``x``, its ``center`` and its ``scale``, for exports.

        Of a scaling with a curve, ``x`` is what the curve gives; beside bins it is the number.
        """
        if self.curve is not None and not self.beside:
            return Expression("x")
        scaled = "(x - center) / scale"
        return Expression(scaled if self.bound is None else f"{scaled} / sqrt(1 + ({scaled} / {self.bound!r})**2)")

    @property
    def straight(self) -> bool:
        """Whether inputs are the numbers in another unit."""
        return self.bound is None and self.curve is None

    def clip(self, scaled: Any) -> Any:
        """The smooth clip of scaled numbers; with bins, only of the last input, as the others are within 0 and 1."""
        if self.bound is None:
            return scaled
        clipped = scaled / np.sqrt(1.0 + (scaled / self.bound) ** 2)
        return np.concatenate([scaled[..., :-1], clipped[..., -1:]], axis=-1) if self.beside else clipped

    def binary(self, share: Any) -> Any:
        """The input for no (0), yes (1), or a share between them."""
        return 2.0 * share - 1.0 if self.signed else share


def center_and_scale(values: Any, weights: Any = None) -> tuple[float, float]:
    """Mean and standard deviation (divided by n), safe for very large numbers; the scale of a constant is 1.

    Examples
    --------
    >>> center_and_scale(np.array([1.0, 1.0, 4.0])) == center_and_scale(np.array([1.0, 4.0]), np.array([2.0, 1.0]))
    True
    """
    largest = float(max(values.max(), -values.min()))
    if largest == 0.0:
        return 0.0, 1.0
    small = values / largest
    mean = float(np.average(small, weights=weights))
    small -= mean  # in place: the column may be long
    center, scale = mean * largest, float(np.sqrt(np.average(np.square(small, out=small), weights=weights))) * largest
    return center, scale if scale > 1e-12 * largest and scale > 1e-300 else 1.0


def median_and_spread(values: Any, weights: Any = None) -> tuple[float, float]:
    """Median and interquartile range, or half the range if the quartiles coincide; the scale of a constant is 1.

    With weights the numbers stand as far apart as their weights say, from 0 to 1, and a quantile lies on the straight
    line between its neighbors.
    """
    largest = float(np.abs(values).max())
    if largest == 0.0:
        return 0.0, 1.0
    small = values / largest
    low, median, high = (float(q) for q in _quartiles(small, weights))
    spread = high - low
    if spread <= 1e-12:
        spread = (float(small.max()) - float(small.min())) / 2
    scale = spread * largest
    return median * largest, scale if spread > 1e-12 and scale > 1e-300 else 1.0


def _quartiles(values: Any, weights: Any) -> Any:
    """The three quartiles."""
    if weights is None:
        return np.quantile(values, (0.25, 0.5, 0.75))
    order = np.argsort(values, kind="stable")
    weights = weights[order]
    places = np.cumsum(weights) - weights / 2
    return np.interp(np.array([0.25, 0.5, 0.75]) * (places[-1] - places[0]), places - places[0], values[order])


SCALINGS: dict[str, Scaling] = {
    scaling.name: scaling
    for scaling in (
        Scaling("standard", center_and_scale, "mean", "standard deviation"),
        Scaling(
            "robust", median_and_spread, "median", "interquartile range", bound=3.0, signed=True,
            reference="Holzmüller, Grinsztajn and Steinwart 2024",
        ),
        Scaling(
            "quantile", median_and_spread, "median", "interquartile range", curve=normal_knots,
            reference="Gorishniy, Rubachev, Khrulkov and Babenko 2021",
        ),
        Scaling(
            "piecewise_linear", median_and_spread, "median", "interquartile range", curve=bin_edges, bins=True,
            reference="Gorishniy, Rubachev and Babenko 2022",
        ),
        Scaling(
            "robust_and_bins", median_and_spread, "median", "interquartile range", bound=3.0, signed=True,
            curve=spread_edges, bins=True, beside=True,
            reference="Gorishniy, Rubachev and Babenko 2022; Holzmüller, Grinsztajn and Steinwart 2024",
        ),
        Scaling("none", lambda _, __=None: (0.0, 1.0), "zero", "one"),
    )
}  # fmt: skip
"""Name -> scaling, the plain one first."""
