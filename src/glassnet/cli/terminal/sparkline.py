"""A series in one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: ArrayLike, width: int = 16) -> str:
    """Draw a series in one line of bars, the highest bar for the largest value; long series are thinned out."""
    import numpy as np

    given = np.asarray(values, dtype=np.float64)
    finite = given[np.isfinite(given)]
    if not len(finite):
        return ""
    picked = finite[np.unique(np.linspace(0, len(finite) - 1, width).round().astype(int))]
    low, high = picked.min(), picked.max()
    levels = np.zeros(len(picked)) if high == low else (picked - low) / (high - low) * (len(_BARS) - 1)
    return "".join(_BARS[round(level)] for level in levels)
