"""Class labels that a person gave beside a table, as cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.tables.notation.cells import ListText


@dataclass(frozen=True, eq=False)
class LabelText(ListText):
    """Labels as texts; whatever a text says, it is a label: none of them means that there is none.

    Examples
    --------
    >>> LabelText(("None", "ill")).without(["None"]).values
    ('None', 'ill')
    """

    def take(self, rows: Any) -> LabelText:
        """The labels of the given rows, in that order."""
        return LabelText(tuple(self.values[int(row)] for row in rows))

    def without(self, _nulls: Sequence[str]) -> LabelText:
        """Themselves."""
        return self
