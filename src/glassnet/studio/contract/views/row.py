"""A row, opened: what the network says of it, what each column contributes, and what other values would change."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.message import Message, Request
from glassnet.studio.contract.run import Position


class CellControl(Message, frozen=True):
    """How one cell of a row is changed: a number within a range, a date (days since 1970-01-01), or one of the levels.

    `low` and `high` are what training saw; `own` is the row's cell as a value of the control, null where it is missing.
    """

    name: str
    kind: Literal["number", "integer", "date", "level"]
    own: float | str | None
    low: float | None = None
    high: float | None = None
    levels: list[str] = []


class RowForm(Message, frozen=True):
    """GET /api/runs/{run}/form?row=17: the inputs of a row, as a form to begin a new one from."""

    row: int
    name: str
    controls: list[CellControl]


class RowQuestion(Request, frozen=True):
    """POST /api/runs/{run}/row: a row of the table, with other values in some of its cells.

    Numbers and dates are given as numbers, levels as texts, null for a missing cell. `output` is the class that is
    explained, null for the one that the network predicts for the row as it is in the table; or one of competing causes.
    """

    row: int
    changes: dict[str, float | str | None] = {}
    output: str | None = None


class ColumnPart(Message, frozen=True):
    """The contribution of a column to the answer; `error` is the standard error of the sampling, 0 where it is exact.

    `remark` says when the value lies outside of what training saw.
    """

    name: str
    cell: str
    contribution: float | None
    error: float
    remark: str


class RowCard(Message, frozen=True):
    """The network's answer for a row: ``answer = base + contributions``.

    `answers` are probabilities of all classes, or one amount in the target's unit; `answer` and `base`, the mean answer
    to the background, are those of number `output` of the `outputs`, the classes or the causes that compete, of which
    there are none for one amount. Contributions are null, and `method` is empty, where there are too many columns.
    """

    row: int
    name: str
    position: Position
    label: str
    output: int
    outputs: list[str]
    predicted: str
    truth: str
    answers: list[float]
    answer: float
    base: float
    background: str
    method: str
    columns: list[ColumnPart]
