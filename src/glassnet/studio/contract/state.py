"""A whole lab in one message: for links, files, and opening it again elsewhere."""

from __future__ import annotations

from glassnet.studio.contract.data import ColumnChoice
from glassnet.studio.contract.message import Request
from glassnet.studio.contract.settings import Settings


class StoredData(Request, frozen=True):
    """The table of a lab: the id of a built-in set, or the text of a small own one.

    Both are null where the table does not go along; then `fingerprint` finds it where it is open already.
    """

    name: str
    built_in: str | None = None
    csv: str | None = None
    fingerprint: str = ""


class StoredEdit(Request, frozen=True):
    """A weight set by hand after `step` steps."""

    step: int
    parameter: str
    value: float


class StoredChange(Request, frozen=True):
    """Settings that hold from a step on."""

    step: int
    settings: Settings


class Lab(Request, frozen=True):
    """GET /api/runs/{run}/export/state, POST /api/labs (answer: `RunState`).

    `settings` are those of the start, `changes` later ones. `view` and `hidden` belong to the page: what it shows, and
    the controls that a teacher hides.
    """

    data: StoredData
    columns: ColumnChoice
    settings: Settings
    format: int = 1
    version: str = ""
    name: str = ""
    edits: list[StoredEdit] = []
    changes: list[StoredChange] = []
    step: int = 0
    operation: int = 0
    view: dict[str, str | float | bool | None] = {}
    hidden: list[str] = []
