"""Questions about columns that a person must answer, and the choices for each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.studio.contract.data import Suggestion
from glassnet.tables import Table
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.notation.category_notation import MERGE
from glassnet.tables.notation.notation import Notation
from glassnet.tables.notation.pair import BOTH

_MOST_TEXTS = 5
_MOST_LEVELS = 50
_LONGEST_TEXT = 30
_LOOKED_AT = 50
LEAVE_OUT = Suggestion("Leave it out", kind="left_out")


def ways_out(table: Table, name: str) -> list[Suggestion]:
    """For a column that cannot be read: its odd cells are missing, or all are categories, or it is left out.

    Examples
    --------
    >>> table = Table.from_columns({"size": ["1", "2", "n.d.", "4"]})
    >>> [way.text for way in ways_out(table, "size")]
    ['“n.d.” means missing', 'Read it as categories', 'Leave it out']
    """
    cells = table.column(name)
    _, bad = cells.numbers()
    odd = np.flatnonzero(bad & ~cells.missing)
    texts = list(dict.fromkeys(str(cells.item(int(row))) for row in odd))
    ways = []
    if 0 < len(texts) <= _MOST_TEXTS and 2 * len(odd) < len(cells):
        written = ", ".join(f"“{text[:_LONGEST_TEXT]}”" for text in texts)
        ways.append(Suggestion(f"{written} {'means' if len(texts) == 1 else 'mean'} missing", null_strings=texts))
    if len(odd) and len({cells.item(row) for row in range(min(len(cells), 1000))}) <= _MOST_LEVELS:
        ways.append(Suggestion("Read it as categories", kind="category"))
    return [*ways, LEAVE_OUT]


def ways_of(proposal: Proposal, kind: str, *, left_out: bool) -> list[Suggestion]:
    """The choices of a proposal, the likeliest first, and to leave the column as it is understood.

    Examples
    --------
    >>> [way.text for way in ways_of(Proposal("?", ("date:dmy", "date:mdy"), column="seen"), "text", left_out=True)]
    ['Read day, month, year (31/12/2019)', 'Read month, day, year (12/31/2019)', 'Leave it out']
    >>> [way.text for way in ways_of(Proposal("?", ("integer:null=999",), column="bmi"), "integer", left_out=False)]
    ['999 means missing', 'Keep it as it is']
    """
    if proposal.events:
        ways = [
            Suggestion(_time_button(event, proposal.column), event=event, target=proposal.time)
            for event in proposal.events
        ]
    elif proposal.null:
        ways = [Suggestion(f"“{proposal.null[:_LONGEST_TEXT]}” means missing", null_strings=[proposal.null])]
    else:
        ways = [Suggestion(_words(choice), kind=choice) for choice in proposal.kinds]
    if kind in proposal.kinds:  # to keep it is one of the choices
        return ways
    return [*ways, LEAVE_OUT if left_out else Suggestion("Keep it as it is", kind=kind)]


def _time_button(event: str, column: str) -> str:
    """The text of a button that makes a time the target."""
    cell = event.removeprefix(column).removeprefix("=")
    return f"Predict the time: “{cell[:_LONGEST_TEXT]}” is the event" if cell else "Predict the time to the event"


def _words(choice: str) -> str:
    """The text of a button that declares a kind."""
    kind, _, written = choice.partition(":")
    if not written:
        plain = {"left_out": LEAVE_OUT.text, "category": "Read it as categories", "yes_no": "Read it as yes and no"}
        return plain.get(kind, f"Read it as {kind.replace('_', ' ')}")
    if written in (MERGE, BOTH):
        return "Make them one" if written == MERGE else "Make two columns of it"
    manner = Notation.parse(kind, written)
    nulls = [trait.partition("=")[2] for trait in manner.traits if trait.startswith("null=")]
    return f"{' and '.join(nulls)} means missing" if nulls else f"Read {manner.words}"


def mostly_numbers(table: Table, name: str) -> str:
    """Of a column read as categories, a sentence when most of its cells are numbers; else nothing.

    Examples
    --------
    >>> table = Table.from_columns({"size": ["1", "2", "n.d.", "4"], "stage": ["I", "II", "I", "3"]})
    >>> mostly_numbers(table, "size"), mostly_numbers(table, "stage")
    ('3 of 4 cells are numbers, yet the column is read as categories.', '')
    """
    cells = table.column(name)
    _, bad = cells.numbers()
    odd, present = int((bad & ~cells.missing).sum()), int((~cells.missing).sum())
    if not 0 < odd < present / 2:
        return ""
    return f"{present - odd:,} of {present:,} cells are numbers, yet the column is read as categories."


def copies(table: Table, names: Sequence[str], target: str | None) -> dict[str, str]:
    """Columns with the same cells as the target or as a column before them, and a sentence that says so.

    Examples
    --------
    >>> table = Table.from_columns({"ill": ["1", "0", "1"], "sick": ["1", "0", "1"], "age": ["4", "5", "6"]})
    >>> copies(table, ["ill", "sick", "age"], "ill")
    {'sick': "Every cell is the same as in the target 'ill'. Does it repeat the target?"}
    """
    groups: dict[tuple[str | None, ...], list[str]] = {}
    for name in sorted(names, key=lambda name: name != target):
        cells = table.column(name)
        groups.setdefault(tuple(cells.item(row) for row in range(min(_LOOKED_AT, len(cells)))), []).append(name)
    suggestions = {}
    for start, alike in groups.items():
        first = table.column(alike[0])
        for name in alike[1:] if len(set(start)) > 1 else ():
            cells = table.column(name)
            if all(cells.item(row) == first.item(row) for row in range(_LOOKED_AT, len(cells))):
                suggestions[name] = (
                    f"Every cell is the same as in the target {target!r}. Does it repeat the target?"
                    if alike[0] == target
                    else f"Every cell is the same as in the column {alike[0]!r}."
                )
    return suggestions
