"""Places in a spreadsheet: cells such as B3, and ranges such as A3:D20."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from glassnet.errors import ConfigurationError


@dataclass(frozen=True)
class Area:
    """A range of a sheet, rows and columns from 0, both ends included."""

    top: int = 0
    left: int = 0
    bottom: int = 1 << 30
    right: int = 1 << 30

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell is inside."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @classmethod
    def parse(cls, text: str, part: str) -> Area:
        """The range of a text such as ``A3:D20``."""
        first, colon, last = text.partition(":")
        corners = [place_of(corner) for corner in (first, last)]
        if not colon or None in corners:
            raise ConfigurationError(f"The range {part!r} must name two corners, as in Sheet1!A3:D20.")
        (top, left), (bottom, right) = (corner for corner in corners if corner is not None)
        return cls(top, left, bottom, right)


def few(names: Any) -> str:
    """The first names, and how many more there are."""
    every = [str(name) for name in names]
    return ", ".join(every[:3]) + (f" and {len(every) - 3} more" if len(every) > 3 else "")


def place_of(corner: str) -> tuple[int, int] | None:
    """Row and column of a cell such as ``B3``, from 0; None for another text."""
    match = re.fullmatch(r"\$?([A-Za-z]{1,3})\$?([0-9]{1,7})", corner.strip())
    if match is None or int(match[2]) == 0:
        return None
    column = 0
    for letter in match[1].upper():
        column = 26 * column + ord(letter) - ord("A") + 1
    return int(match[2]) - 1, column - 1


def letters(column: int) -> str:
    """The letters of a column, from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(ord("A") + rest) + text
    return text
