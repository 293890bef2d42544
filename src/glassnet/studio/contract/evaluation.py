"""How good the network is: scores by part, confusion, ROC, and the comparison with other models."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.data import ExampleImage
from glassnet.studio.contract.message import Message, Request
from glassnet.studio.contract.settings import Settings


class Score(Message, frozen=True):
    """A score with its bootstrap interval; null where there is none, as when every draw gives the same."""

    metric: str
    value: float | None
    low: float | None
    high: float | None


class PartScore(Message, frozen=True):
    """The scores of one part of the rows.

    `confusion` counts rows by true class (first index) and predicted class. `roc` is ``[1 - specificity,
    sensitivity]``, for two classes. `actual` and `predicted` are numbers in the target's unit, for regression, at
    most 2000 rows.
    """

    part: Literal["train", "validation", "test"]
    n_rows: int
    scores: list[Score]
    confusion: list[list[int]]
    roc: list[tuple[float, float]]
    actual: list[float]
    predicted: list[float | None]
    rows: list[int]
    names: list[str]


class Evaluation(Message, frozen=True):
    """GET /api/runs/{run}/evaluation: the network as it is now."""

    step: int
    classes: list[str]
    parts: list[PartScore]


class JudgedRow(Message, frozen=True):
    """A row of the table, the probability of the class that is predicted for it, and its image where it has one."""

    row: int
    name: str
    share: float | None
    picture: ExampleImage | None = None


class ConfusionCell(Message, frozen=True):
    """GET /api/runs/{run}/cell?part=test&truth=1&predicted=0: rows of one cell, the surest first, at most 200."""

    part: Literal["train", "validation", "test"]
    truth: int
    predicted: int
    total: int
    rows: list[JudgedRow]


class Calls(Message, frozen=True):
    """How many rows are classified correctly and wrongly at a threshold on the probability of the second class."""

    threshold: float
    true_positive: int
    false_positive: int
    true_negative: int
    false_negative: int


class CalibrationPoint(Message, frozen=True):
    """The observed share of the second class at a predicted probability of it, with a 95 % band."""

    predicted: float | None
    observed: float | None
    low: float | None
    high: float | None


class Decisions(Message, frozen=True):
    """GET /api/runs/{run}/decisions?part=test: two classes at every threshold.

    `calls` have the thresholds 0.01, 0.02, ..., 0.99; there are none without probabilities. `calibration` is empty
    where one of the classes has no row.
    """

    part: Literal["train", "validation", "test"]
    n_rows: int
    n_positive: int
    calls: list[Calls]
    calibration: list[CalibrationPoint]


class RunsRequest(Request, frozen=True):
    """POST /api/beside: runs to be shown side by side."""

    runs: list[str]


class RunBeside(Message, frozen=True):
    """One of several runs: its settings, the points of its curves by epoch, and its scores on each part."""

    id: str
    name: str
    about: str
    step: int
    settings: Settings
    n_parameters: int
    epoch: list[int]
    data: list[float | None]
    validation: list[float | None]
    parts: list[PartScore]


class RunsBeside(Message, frozen=True):
    """The runs that were asked for, in that order."""

    runs: list[RunBeside]


class ReportRequest(Request, frozen=True):
    """POST /api/runs/{run}/report: begin a study report. `refits` repeat the making of the model, for optimism."""

    refits: int = 0


class ReportState(Message, frozen=True):
    """How a study report goes; `step` is that of the network, `doing` what is computed, `word` if Word files can be."""

    status: Literal["none", "running", "ready", "failed", "canceled"]
    step: int = 0
    doing: str = ""
    message: str = ""
    word: bool = False


class ModelScore(Message, frozen=True):
    """One model of the comparison; `skipped` says why it has no scores."""

    model: str
    settings: str
    scores: list[Score]
    fit_seconds: float | None
    skipped: str


class Difference(Message, frozen=True):
    """By how much one model beats another on the same rows."""

    better: str
    other: str
    metric: str
    value: float
    low: float
    high: float
    clear: bool


class ComparisonState(Message, frozen=True):
    """POST /api/runs/{run}/compare starts it, GET /api/runs/{run}/comparison and the stream say how it goes.

    `step` is that of the network that was compared.
    """

    status: Literal["none", "running", "ready", "failed"]
    step: int = 0
    doing: str = ""
    message: str = ""
    models: list[ModelScore] = []
    difference: Difference | None = None
    verdict: str = ""
    n_train: int = 0
    n_test: int = 0
    coverage: float = 0.95
    notes: list[str] = []
