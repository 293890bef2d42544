"""Value labels for some codes in a numeric column, as in statistics packages: 99 "refused" among ages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from glassnet.pages.number import short_number
from glassnet.tables.columns.kinds.judgment import Judgment, join, quote
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.notation.missing_word import is_missing_word
from glassnet.tables.notation.number_text import counted
from glassnet.tables.table import Table

_MOST = 4
_AMOUNTS = ("none", "nil")
"""Words that mean 0 where they label a code."""


def with_code_labels(table: Table, name: str, judgment: Judgment) -> Judgment:
    """The judgment of a numeric column, with remarks and questions about its value labels."""
    labels = table.code_labels.get(name, {})
    if not labels or judgment.kind not in ("integer", "number"):
        return judgment
    values = table.column(name).numbers()[0]
    listed = [f"{_declaration_of(code)} is labeled {quote(label)}" for code, label in list(labels.items())[:_MOST]]
    more = f" and {len(labels) - _MOST} more are" if len(labels) > _MOST else ""
    note = f"{', '.join(listed)}{more}, and its other numbers have no label, so it is read as numbers"
    base = f"{judgment.kind}:{judgment.notation}+" if judgment.notation else f"{judgment.kind}:"
    absent = [code for code, label in labels.items() if is_missing_word(label) and label.lower() not in _AMOUNTS]
    asked = " ".join(kind for proposal in judgment.proposals for kind in proposal.kinds)
    nulls = "+".join(f"null={_declaration_of(code)}" for code in absent)
    proposals = [
        Proposal(
            f"{_declaration_of(code)} is labeled {quote(labels[code])} and stands in "
            f"{counted(int((values == code).sum()), 'cell')} ({np.mean(values == code):.0%}). Does it mean that the "
            "value is missing?",
            kinds=(f"{base}{nulls}",),
        )
        for code in absent
        if f"null={_declaration_of(code)}" not in asked
    ]
    return replace(judgment, note=join(judgment.note, note), proposals=(*judgment.proposals, *proposals))


def _declaration_of(code: float) -> str:
    """A code as written in a declaration."""
    return short_number(code).replace("−", "-")
