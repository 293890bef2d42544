"""Columns that name or count rows rather than measure something: ids, keys and counters."""

from __future__ import annotations

import re
import shlex

import numpy as np

from glassnet.tables.cells import Cells
from glassnet.tables.table import Table

_ID_NAME = re.compile(
    r"(?:.*[_ .-])?(?:id|ids|uuid|guid)|index|row|row[_ .]?(?:names?|id|no|nr|number)|nr|no|column_1"
    r"|unnamed: 0(?:\.[0-9]+)?|(?:u?subj(?:ect)?|pat(?:ient)?|pt|case|record|sample|study|person|participant"
    r"|visit|specimen|episode|encounter)"
    r"[_ .-]?(?:id|ids|no|nr|num|number|code|key)\.?|u?subjid|patid|ptid|mrn|medical[_ .-]record[_ .-]number|ssn|nhs"
    r"[_ .-]?(?:no|number)|__index_level_[0-9]+__|(?:case|file|chart)[_ .-]?(?:no|nr|number)\.?"
)
_ID_IN_CAMEL_CASE = re.compile(r".*[a-z]I[dD]")
_OF_TIME = re.compile(
    r"(?:.*[_ .-])?(?:t|time|day|days|week|weeks|month|months|year|years|hour|hours|minute|minutes|second|seconds|step|"
    r"period|date|age|epoch|dose|x|depth|distance|position)(?:[_ .-].*)?"
)
_FEW_IDS = 10
_FEW_BESIDE_A_COUNTER = 2  # a table of one input and a target keeps both
_FIRST_ROWS = 1000


def id_reason(name: str, cells: Cells, present: int) -> str:
    """Why a column is an id by its name, or nothing."""
    if not (_ID_NAME.fullmatch(name.lower()) or _ID_IN_CAMEL_CASE.fullmatch(name)):
        return ""
    distinct = cells.n_distinct()
    if distinct > _FEW_IDS or distinct == present > 2:
        reason = f"its name says id, and it has {distinct} different values in {present} rows"
        together = (
            f"; if rows of one {name} are alike, keep them together: groups={name!r}, --groups {shlex.quote(name)}"
        )
        return reason + together if distinct < present else reason
    return ""


def counter_reason(table: Table, name: str, values: np.ndarray) -> str:
    """Why a column is a number of the row, or nothing; where rows are sorted by target, it would give that away."""
    if len(table.names) <= _FEW_BESIDE_A_COUNTER or len(values) <= _FEW_IDS:
        return ""
    if name != table.names[0] and _OF_TIME.fullmatch(name.lower()):
        return ""
    first = values[0]
    step = 1 if first in (0, 1) else -1
    if values[-1 if step < 0 else 0] not in (0, 1) or not all(
        np.array_equal(part, first + step * np.arange(len(part))) for part in (values[:_FIRST_ROWS], values)
    ):
        return ""
    return f"it counts the rows, from {first:.0f} to {values[-1]:.0f}"
