"""The choices on offer; menus are made from them, and nothing on the page lists a concept."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.data import DataSummary
from glassnet.studio.contract.message import Message


class ParameterChoice(Message, frozen=True):
    """A number that shapes a formula. `low` and `high` are null where there is no limit."""

    name: str
    default: float
    meaning: str
    domain: str
    low: float | None
    high: float | None
    open_low: bool
    open_high: bool


class FormulaText(Message, frozen=True):
    """One formula of a concept, for a reader: plain text and LaTeX."""

    name: str
    text: str
    latex: str


class Concept(Message, frozen=True):
    """One record of a registry. Its spec is ``name`` or ``name(parameter=value)``.

    `task` and `link` belong to losses. `curve` belongs to activations: ``[z, a, slope]`` for a small picture.
    """

    name: str
    summary: str
    reference: str
    parameters: list[ParameterChoice]
    formulas: list[FormulaText]
    task: Literal["regression", "binary", "multiclass", "survival"] | None = None
    link: str | None = None
    curve: list[tuple[float, float, float]] = []


class Reduction(Message, frozen=True):
    """How the losses of the rows become one number."""

    name: str
    text: str


class Limits(Message, frozen=True):
    """The limits beyond which the server refuses a request."""

    upload_bytes: int
    image_bytes: int
    columns: int
    field_characters: int
    editable_rows: int
    editable_columns: int
    neurons_per_layer: int
    layers: int
    frames_per_second: int


class Catalog(Message, frozen=True):
    """GET /api/catalog: every menu of the page."""

    version: str
    activations: list[Concept]
    losses: list[Concept]
    reductions: list[Reduction]
    optimizers: list[Concept]
    schedules: list[Concept]
    initializers: list[Concept]
    penalties: list[Concept]
    kinds: list[str]
    data_sets: list[DataSummary]
    limits: Limits
