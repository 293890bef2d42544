"""Class labels that a person gave separately from a table, as cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from glassnet.tables.notation.cells import ListText


@dataclass(frozen=True, eq=False)
class LabelText(ListText):
    """Labels as texts, every one of which is a label: no text means a missing label.

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
