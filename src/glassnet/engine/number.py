"""Single numbers at the door of the engine: whole ones within 64 bits, others finite."""

from __future__ import annotations

import math

import numpy as np

from glassnet.errors import ConfigurationError

LARGEST_WHOLE = 2**63 - 1
LARGEST_LAYER = 2**31 - 1
"""Neurons of a layer, and heads; rows have the same limit."""
LARGEST_POPULATION = 2**32


def check_number(name: str, value: object, low: float, *, open_low: bool = False) -> float:
    """Return a finite float at or above `low`, else raise."""
    good = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    try:
        number = float(value) if good else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.inf
    if not (math.isfinite(number) and (number > low if open_low else number >= low)):
        rule = "above" if open_low else "at or above"
        raise ConfigurationError(f"{name}={_shown(value)} must be a finite number {rule} {low:g}.")
    return number


def check_whole(name: str, value: object, low: int, high: int = LARGEST_WHOLE) -> int:
    """Return a whole number from `low` to `high`, else raise."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or int(value) < low:
        raise ConfigurationError(f"{name} must be a whole number at or above {low}, not {_shown(value)}.")
    if int(value) > high:
        raise ConfigurationError(f"{name} must be a whole number from {low} to {high}, not {_shown(value)}.")
    return int(value)


def _shown(value: object) -> str:
    """A value for a message; a number with more digits than anyone reads by its size."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return f"a number of more than {int(abs(value).bit_length() * math.log10(2))} digits"
    return repr(value)
