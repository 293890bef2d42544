"""The step that comes next, as a page draws it: the numbers of the rows that are shown."""

from __future__ import annotations

from glassnet.studio.contract.message import Message
from glassnet.studio.contract.run import Position
from glassnet.studio.contract.views.explanation import Operation

Wire = float | str
"""A number, or one of the three texts for floats that JSON lacks: ``"Infinity"``, ``"-Infinity"``, ``"NaN"``."""


class TracedInput(Message, frozen=True):
    """A cell on its way into the network: its text, the input's value, and the formula between them."""

    feature: str
    raw: str
    value: Wire
    formula: str


class TracedLayer(Message, frozen=True):
    """One layer, counted from 1; sums `z` and activations `a` have one list per row."""

    layer: int
    activation: str
    z: list[list[Wire]]
    a: list[list[Wire]]


class TracedLoss(Message, frozen=True):
    """The predictions, one list per row, and the loss of each row."""

    loss: str
    prediction: list[list[Wire]]
    row_losses: list[Wire]


class TracedStep(Message, frozen=True):
    """The forward pass and the loss of a step's first rows; `n_rows` counts them all.

    Of a network on images, `inputs`, `X` and `forward` are empty: maps come with the frame. Everything else of a step
    is opened by name, see `Explanation`. `precision` says how closely the numbers agree with those of the engine that
    trains, where one does.
    """

    n_rows: int
    rows_shown: int
    row_names: list[str]
    target_names: list[str]
    inputs: list[list[TracedInput]]
    X: list[list[Wire]]
    y: list[list[Wire]]
    forward: list[TracedLayer]
    loss: TracedLoss
    precision: str


class TraceView(Message, frozen=True):
    """GET /api/runs/{run}/trace: the step that comes next.

    `rows` are the positions in the table of the rows of the batch that are shown. With ``?row=17`` it is the step that
    this row alone would make.
    """

    position: Position
    rows: list[int]
    operations: list[Operation]
    trace: TracedStep
