"""Checks of single numbers for the engine: finite, and within its limits."""

from __future__ import annotations

import math

from glassnet.errors import ConfigurationError
from glassnet.formulas.whole_number import is_number, number_shown

LARGEST_LAYER = 2**31 - 1
"""Neurons of a layer, and heads; rows have the same limit."""
LARGEST_POPULATION = 2**32


def check_number(name: str, value: object, low: float, *, open_low: bool = False) -> float:
    """Return a finite float at or above `low`, else raise."""
    try:
        number = float(value) if is_number(value) else math.nan
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and (number > low if open_low else number >= low)):
        rule = "above" if open_low else "at or above"
        raise ConfigurationError(f"{name}={number_shown(value)} must be a finite number {rule} {low:g}.")
    return number
