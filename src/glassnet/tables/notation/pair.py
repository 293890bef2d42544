"""Two numbers in one cell, as 120/80: each is seen as a column of its own, ``bp (first)`` and ``bp (second)``."""

from __future__ import annotations

import re

from glassnet.tables.notation.cells import Cells, renamed

BOTH = "both"
"""The notation of a column that is declared to be two."""
_SIDES = (" (first)", " (second)")
_PAIR = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*/\s*([0-9]+(?:[.,][0-9]+)?)(?:\s*[^\W\d_/]\D*)?")


def sides_of(name: str) -> tuple[str, str]:
    """The names of the two columns.

    Examples
    --------
    >>> sides_of("pressure")
    ('pressure (first)', 'pressure (second)')
    """
    return name + _SIDES[0], name + _SIDES[1]


def whole_of(name: str) -> str | None:
    """The name of the column that a side is of; None for other names."""
    return next((name.removesuffix(side) for side in _SIDES if name.endswith(side)), None)


def side(cells: Cells, name: str) -> Cells:
    """The cells reduced to one of two numbers, as the name of the side says; other cells are unchanged.

    Examples
    --------
    >>> from glassnet.tables.notation.cells import ListText
    >>> side(ListText(("120/80", None, "n.d.")), "pressure (second)").values
    ('80', None, 'n.d.')
    """
    place = 1 + next(k for k, ending in enumerate(_SIDES) if name.endswith(ending))
    matches = {text: _PAIR.fullmatch(text.strip()) for text in cells.distinct(~cells.missing)}
    return renamed(cells, {text: pair[place] for text, pair in matches.items() if pair is not None})
