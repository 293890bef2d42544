"""A text table on its way to a regular one, and what was done to it so far."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_text import number_pattern
from glassnet.tables.reading.csv.layout import records_of

SAMPLE, MOST_LINES, FEWEST_ROWS = 1 << 16, 200, 3
NUMBER = re.compile(rf"{number_pattern('.')}|{number_pattern(',')}")

Record = tuple[int, list[str]]


@dataclass
class Draft:
    """A text table on its way to a regular one.

    Parameters
    ----------
    data : bytes
    delimiter : str
    notes : list of str
    declared : str
        What separates the cells in the file, as it is given to `read_table`.
    emptied : set of int
        Lines that held a remark or units, and are empty now.
    """

    data: bytes
    delimiter: str = ""
    notes: list[str] = field(default_factory=list)
    declared: str = ""
    emptied: set[int] = field(default_factory=set)
    _seen: tuple[bytes, str, list[Record]] | None = field(default=None, repr=False)

    def records(self) -> list[Record]:
        """The first records that have a cell, with the lines on which they start."""
        if self._seen is None or self._seen[0] is not self.data or self._seen[1] != self.delimiter:
            stripped = [
                (line, [cell.strip() for cell in record])
                for line, record in records_of(first_lines(self.data), self.delimiter)
            ]
            self._seen = (self.data, self.delimiter, [record for record in stripped if any(record[1])])
        return self._seen[2]

    def forget(self) -> None:
        """Discard what was read from earlier forms of the data."""
        self._seen = None

    def replace_lines(self, texts: dict[int, str]) -> None:
        """Replace some of the first lines (counted from 1)."""
        last = max(texts)
        lines = self.data.split(b"\n", last)
        if last > len(lines):
            return
        for line, text in texts.items():
            lines[line - 1] = text.encode("utf-8")
            if not text:
                self.emptied.add(line)
        self.data = b"\n".join(lines)


def first_lines(data: bytes) -> str:
    """The first lines of a file as text."""
    sample = data[:SAMPLE]
    if len(data) > SAMPLE and b"\n" in sample:
        sample = sample[: sample.rfind(b"\n") + 1]
    return "\n".join(lines_of(sample.decode("utf-8", errors="ignore"))[:MOST_LINES])


def lines_of(text: str) -> list[str]:
    """The lines of a text, split at line ends only."""
    return text.replace("\r\n", "\n").split("\n")


def all_numbers(cells: Sequence[str]) -> bool:
    """Whether the present cells are numbers, at least two of them."""
    present = [cell for cell in cells if cell and not is_missing_word(cell)]
    return len(present) > 1 and all(NUMBER.fullmatch(cell) for cell in present)
