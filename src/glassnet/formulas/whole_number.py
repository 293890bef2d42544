"""Whole numbers, and numbers, that a user gives: one check, one wording."""

from __future__ import annotations

import math
from typing import TypeGuard

import numpy as np

from glassnet.errors import ConfigurationError

LARGEST_WHOLE = 2**63 - 1


def is_whole(value: object, low: float = -LARGEST_WHOLE, high: float = LARGEST_WHOLE) -> TypeGuard[int]:
    """Whether a value is a whole number from `low` to `high`, Python's or NumPy's; truth values do not count.

    Examples
    --------
    >>> is_whole(np.int32(3)), is_whole(True), is_whole(3.0), is_whole(0, low=1)
    (True, False, False, False)
    """
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool) and low <= int(value) <= high


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a number, Python's or NumPy's; truth values do not count."""
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def check_whole(name: str, value: object, low: int = 1, high: int = LARGEST_WHOLE, *, also: object = None) -> int:
    """Return a whole number from `low` to `high` as an int, else raise; `also` is named as what is allowed beside it.

    Raises
    ------
    ConfigurationError
        For anything else, truth values among it.

    Examples
    --------
    >>> check_whole("epochs", np.int32(3))
    3
    >>> check_whole("epochs", 0)
    Traceback (most recent call last):
    ...
    glassnet.errors.ConfigurationError: epochs=0 must be a whole number of at least 1.
    """
    if is_whole(value, low, high):
        return int(value)
    too_large = isinstance(value, (int, np.integer)) and int(value) > high
    rule = f"from {low} to {_limit(high)}" if too_large or high != LARGEST_WHOLE else f"of at least {low}"
    other = "" if also is None else f" (or {also!r})"
    raise ConfigurationError(f"{name}={number_shown(value)} must be a whole number {rule}{other}.")


def _limit(high: int) -> str:
    """A limit in its most readable form."""
    return f"2**{high.bit_length()} - 1" if high > 2**30 and not high & (high + 1) else str(high)


def number_shown(value: object) -> str:
    """A value for a message; a number with more digits than anyone reads by its size."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return f"a number of more than {int(abs(value).bit_length() * math.log10(2))} digits"
    return repr(value)
