"""A model file that someone opens in the studio: what it is, and the tables on which it goes on."""

from __future__ import annotations

from glassnet.studio.contract.data import ColumnChoice, Task
from glassnet.studio.contract.message import Message, Request
from glassnet.studio.contract.settings import Settings


class SavedModel(Request, frozen=True):
    """POST /api/models: the bytes of a model file, which is read and not kept."""

    name: str
    content: bytes


class ModelQuestion(Request, frozen=True):
    """POST /api/models/predictions: the model file, and the data set whose rows it answers for."""

    model: SavedModel
    data: str


class ModelColumn(Message, frozen=True):
    """A column that the model reads, or its target."""

    name: str
    kind: str
    target: bool


class ModelTable(Message, frozen=True):
    """A data set beside a model: inputs that it lacks, and whether it has the target, without which it cannot train."""

    data: str
    name: str
    missing: list[str]
    target: bool


class ModelCard(Message, frozen=True):
    """A model file as the page shows it.

    `columns` and `settings` begin a run that resumes from its weights; where they are null, `problem` is the reason.
    """

    name: str
    network: str
    task: Task | None
    classes: list[str]
    inputs: list[ModelColumn]
    tables: list[ModelTable]
    columns: ColumnChoice | None
    settings: Settings | None
    notes: list[str]
    problem: str
