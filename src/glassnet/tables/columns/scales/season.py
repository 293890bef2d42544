"""The season of a date: two inputs that place it on the circle of the year, where December lies next to January.

The angle is the time since January 1 of the first year in training, in years of 365.2425 days, so it is off the
calendar by a day or so. Sine and cosine are computed by additions and products alone, which give the same bits on every
machine.
"""

from __future__ import annotations

import datetime
import math
from typing import Any

import numpy as np

from glassnet.formulas import Expression
from glassnet.pages.number import short_number
from glassnet.tables.notation.number_text import iso_day

YEAR = 365.2425
"""Days, on average over the 400 years after which the calendar repeats."""
_FORMULAS = tuple(Expression(f"{function}(2 * pi * ((x - start) / {YEAR}))") for function in ("sin", "cos"))
_NAMES = ("sine", "cosine")
_TERMS = tuple((-1.0) ** k / math.factorial(2 * k + 1) for k in range(12))
"""Of the series of the sine, which is exact to the last bits for angles up to a right one."""


def season_names(name: str) -> list[str]:
    """The names of the two inputs."""
    return [f"{name} season ({which})" for which in _NAMES]


def start_of(first: float) -> float:
    """January 1 of the year of a day, both in days since 1970-01-01; the day itself where no calendar reaches.

    Examples
    --------
    >>> start_of(40.5), start_of(400.0), start_of(1e9)
    (0.0, 365.0, 1000000000.0)
    """
    text = iso_day(first)[:4]
    if not text.isdecimal():
        return first
    return float(datetime.date(int(text), 1, 1).toordinal() - datetime.date(1970, 1, 1).toordinal())


def season(days: Any, start: float) -> Any:
    """Sine and cosine of the time of year, shape (n, 2).

    Examples
    --------
    >>> season(np.array([0.0, 365.2425 / 4, 365.2425 / 2]), 0.0).round(12).tolist()
    [[0.0, 1.0], [1.0, 0.0], [0.0, -1.0]]
    """
    turns = (days - start) / YEAR
    return np.stack([_sine(turns), _sine(turns + 0.25)], axis=-1)


def _sine(turns: Any) -> Any:
    """The sine of an angle in turns."""
    part = turns - np.rint(turns)
    part = np.where(part > 0.25, 0.5 - part, np.where(part < -0.25, -0.5 - part, part))
    angle = 2.0 * math.pi * part
    square, total = angle * angle, np.full(np.shape(angle), _TERMS[-1])
    for term in reversed(_TERMS[:-1]):
        total = total * square + term
    return total * angle


def season_formulas(start: float) -> list[tuple[Expression, dict[str, float]]]:
    """The two inputs as formulas in the day ``x`` and the start, for exports."""
    return [(formula, {"start": start}) for formula in _FORMULAS]


def season_text(day: float, start: float, which: int) -> str:
    """The text on how a day becomes one of the two inputs.

    Examples
    --------
    >>> season_text(334.0, 0.0, 0)
    'sin(2π · 334 / 365.2425), 334 days after 1970-01-01: on the circle of the year, December lies next to January'
    """
    days = short_number(day - start)
    return (
        f"{'sin' if which == 0 else 'cos'}(2π · {days} / {YEAR}), {days} days after {iso_day(start)}: on the circle of "
        "the year, December lies next to January"
    )
