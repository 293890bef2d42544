"""`Dialect`: how a text file of columns is written, such as that of the table from which predictions were made."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

Columns = Mapping[str, Sequence[Any]]
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_NUMBER = re.compile(r"[+-][0-9\s.,'’]*(?:[eE][+-]?[0-9]+)?|[+-](?:inf|nan)")
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Dialect:
    """How text is written.

    Parameters
    ----------
    delimiter, decimal, encoding : str
    """

    delimiter: str = ","
    decimal: str = "."
    encoding: str = "utf-8"

    @classmethod
    def of(cls, reading: Mapping[str, Any]) -> Self:
        """That of a table that was read so; the usual one of a table that was not text.

        Examples
        --------
        >>> Dialect.of({"delimiter": ";", "decimal": ",", "encoding": "cp1252"}).words
        'with the delimiter semicolon, decimal commas and the encoding cp1252'
        """
        delimiter = reading.get("delimiter")
        if delimiter not in _DELIMITERS:  # runs of blanks and fixed widths are read, and written with commas
            return cls(encoding=reading.get("encoding", "utf-8"))
        return cls(delimiter, reading.get("decimal", "."), reading.get("encoding", "utf-8"))

    @property
    def words(self) -> str:
        """A description of anything unusual; empty where there is nothing."""
        names = {";": "semicolon", "\t": "tab", "|": "pipe"}
        parts = [f"the delimiter {names[self.delimiter]}"] if self.delimiter in names else []
        parts += ["decimal commas"] if self.decimal == "," else []
        plain = self.encoding.lower().replace("_", "-") in ("utf-8", "utf8")
        parts += [] if plain else [f"the encoding {self.encoding}"]
        return f"with {', '.join(parts[:-1])}{' and ' * (len(parts) > 1)}{parts[-1]}" if parts else ""

    def text(self, columns: Columns) -> str:
        """The columns as text; a text that a spreadsheet would run as a formula gets an apostrophe."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n", delimiter=self.delimiter)
        writer.writerow([safe_cell(name) for name in columns])
        writer.writerows([self._cell(cell) for cell in row] for row in zip(*columns.values(), strict=True))
        return text.getvalue()

    def _cell(self, cell: Any) -> Any:
        """A cell with the decimal sign of the dialect."""
        return self.number(cell) if isinstance(cell, float) else safe_cell(cell)

    def number(self, value: float, form: str = "") -> str:
        """A number with the decimal sign of the dialect; `form` is a format specification, as ``.6g``."""
        return (format(value, form) if form else repr(value)).replace(".", self.decimal)

    def holding(self, columns: Columns) -> Dialect:
        """The same dialect, in UTF-8 (with the mark by which spreadsheets know it) if its encoding lacks a letter."""
        try:
            self.encoded(columns)
        except UnicodeEncodeError:
            return replace(self, encoding="utf-8-sig")
        return self

    def encoded(self, columns: Columns) -> bytes:
        """The columns in the encoding of the dialect."""
        return self.text(columns).encode(self.encoding)


def safe_cell(cell: Any) -> Any:
    """A cell that no spreadsheet runs as a formula: text that starts like one gets an apostrophe, numbers stay.

    Examples
    --------
    >>> safe_cell("=1+1"), safe_cell("-1,5"), safe_cell(-1.5), safe_cell("well"), safe_cell("-")
    ("'=1+1", '-1,5', -1.5, 'well', '-')
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
