"""Runs: where one stands, and how it is controlled."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.data import ColumnChoice, DataSummary, Task
from glassnet.studio.contract.message import Message, Request
from glassnet.studio.contract.settings import Settings

Unit = Literal["operation", "row", "batch", "epoch"]
Status = Literal["paused", "playing", "arrived", "finished", "diverged", "failed"]
"""``arrived``: it played until the loss stood still; more steps can be taken."""


class NewRun(Request, frozen=True):
    """POST /api/runs, and POST /api/runs/{run}/settings.

    The second continues from where the run stands when only the learning rate, the epochs, the penalties or (with the
    readable network) the batch size differ. Otherwise it begins a new run and answers with that; the old one is kept as
    it stands, unless it has done nothing yet. `settings` null takes the proposal for the data set and columns.
    `hidden` are controls that the page does not show; a run that comes from another keeps them.
    """

    data: str
    columns: ColumnChoice | None = None
    settings: Settings | None = None
    name: str = ""
    hidden: list[str] = []


class RunName(Request, frozen=True):
    """POST /api/runs/{run}/rename: what a run is called; empty for the name of its table."""

    name: str


class Threshold(Request, frozen=True):
    """POST /api/runs/{run}/threshold: from which probability on a row is called the second of two classes.

    It goes with the model file; null calls the more probable class.
    """

    value: float | None


class Play(Request, frozen=True, tag_field="do", tag="play"):
    """Go on, `per_second` units a second; null as fast as it goes. Row and operation walk through each step."""

    unit: Unit = "epoch"
    per_second: float | None = None


class Pause(Request, frozen=True, tag_field="do", tag="pause"):
    """Stop where it is."""


class Move(Request, frozen=True, tag_field="do", tag="move"):
    """Go `count` units forward, or back to exactly the bits that were there."""

    unit: Unit
    count: int = 1


class Seek(Request, frozen=True, tag_field="do", tag="seek"):
    """Go to a step (steps done; 0 is the start) and an operation in it."""

    step: int
    operation: int = 0


class Reset(Request, frozen=True, tag_field="do", tag="reset"):
    """Back to the start, edits by hand forgotten."""


class SetParameter(Request, frozen=True, tag_field="do", tag="set"):
    """Give one weight or bias (``W1[0,2]``, ``b1[0]``) a value by hand, now. Later steps are computed again."""

    parameter: str
    value: float


Control = Play | Pause | Move | Seek | Reset | SetParameter
"""POST /api/runs/{run}/control; the answer is the `RunState` afterwards."""


class Position(Message, frozen=True):
    """Where a run stands.

    `step` counts finished steps; `operation` is the place in the step that comes next, from 0 to `operations` - 1.
    `epoch`, `batch` say where that step lies. `furthest` is the last step that was computed under these settings.
    """

    step: int
    steps: int
    epoch: int
    epochs: int
    batch: int
    batches: int
    operation: int
    operations: int
    row: int | None
    furthest: int


class Parts(Message, frozen=True):
    """How many rows train, validate and test, and how many have no target and are there for predictions."""

    train: int
    validation: int
    test: int
    without_target: int


class StabilityLimit(Message, frozen=True):
    """The largest stable learning rate of gradient descent, and what it means for this run's learning rate.

    Holds for gradient descent; null `largest_learning_rate` where there is no such number.
    """

    largest_learning_rate: float | None
    exact: bool
    explanation: str
    verdict: str
    diverges: bool | None


class WeightEdit(Message, frozen=True):
    """A weight that was set by hand after `step` steps."""

    step: int
    parameter: str
    value: float


class Change(Message, frozen=True):
    """Settings that hold from a step on."""

    step: int
    settings: Settings


class Speed(Message, frozen=True):
    """How a playing run goes on."""

    unit: Unit
    per_second: float | None


class RunState(Message, frozen=True):
    """GET /api/runs/{run}: all about a run that does not change with every step.

    `unkept` says why the run is not kept at present, as on a full disk; empty when it is. `target_unit` is
    there where the target is scaled. `hidden` are the controls that a teacher has hidden.
    """

    id: str
    revision: int
    name: str
    created: str
    data: DataSummary
    columns: ColumnChoice
    settings: Settings
    task: Task
    classes: list[str]
    feature_names: list[str]
    target_names: list[str]
    target_unit: TargetUnit | None
    layer_sizes: list[int]
    activations: list[str]
    n_parameters: int
    parts: Parts
    engine: Literal["reference", "compiled"]
    dtype: str
    status: Status
    speed: Speed | None
    position: Position
    edits: list[WeightEdit]
    changes: list[Change]
    stability: StabilityLimit | None
    message: str
    notes: list[str]
    unkept: str
    hidden: list[str]
    threshold: float | None


class TargetUnit(Message, frozen=True):
    """How a scaled target reads in the table: ``center + scale * output``."""

    center: float
    scale: float


class RunSummary(Message, frozen=True):
    """One run of the list, `about` its network in a few words; a damaged one can only be removed."""

    id: str
    name: str
    created: str
    changed: str
    data: DataSummary
    step: int
    status: Status | Literal["damaged"]
    about: str


class Runs(Message, frozen=True):
    """GET /api/runs: the newest first."""

    runs: list[RunSummary]


class Losses(Message, frozen=True):
    """The objective now: ``total = data + l1 + l2`` over the training rows; null where it is not finite or not there.

    `data` and `validation` are the reduced losses without penalties. While a run plays they may be those of the last
    epoch's end, where they take long to compute.
    """

    data: float | None
    l1: float | None
    l2: float | None
    total: float | None
    validation: float | None


class Curves(Message, frozen=True):
    """Points of the loss curves, by column; `first` is the number of points that came before.

    A point belongs to the end of an epoch, or to the start (step 0). When `first` is 0 the page starts over.
    """

    first: int
    step: list[int]
    data: list[float | None]
    l1: list[float | None]
    l2: list[float | None]
    total: list[float | None]
    validation: list[float | None]


class Session(Message, frozen=True):
    """GET /api/session: what the page needs to open. `opened` is the data set named on the command line."""

    version: str
    folder: str
    opened: str | None
    last_run: str | None
    runs: list[RunSummary]
