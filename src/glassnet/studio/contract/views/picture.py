"""Pictures of the fit, in the table's own units; which one comes depends on the inputs and the view.

A view names one or two columns. With one: a `Curve`; with two: a `DecisionMap`; the other inputs are held at a pinned
row, or at their average. Without a view a table with one or two inputs shows those, any other the `Predictions`.
"""

from __future__ import annotations

from glassnet.studio.contract.message import Message


class Axis(Message, frozen=True):
    """An input column and the range that is drawn."""

    column: str
    low: float
    high: float


class Curve(Message, frozen=True, tag_field="kind", tag="curve"):
    """The prediction over one input: `values` has one list per output (classes: shares), `neurons` one per neuron.

    `neurons` is null where there are too many for that.
    """

    x: Axis
    at: list[float]
    values: list[list[float | None]]
    neurons: list[list[list[float | None]]] | None
    held: str


class DecisionMap(Message, frozen=True, tag_field="kind", tag="map"):
    """The prediction over two inputs on a grid, row by row from the lowest y.

    `values` is the prediction: the number, or the share of the second class; with more classes the share of the winner,
    whose code is in `winners`. `neurons` has a coarse map of each neuron, layer by layer, on `coarse` x `coarse` cells;
    null where there are too many neurons for that.
    """

    x: Axis
    y: Axis
    columns: int
    rows: int
    values: list[float | None]
    winners: list[int]
    coarse: int
    neurons: list[list[list[float | None]]] | None
    held: str


class Predictions(Message, frozen=True, tag_field="kind", tag="predictions"):
    """Actual and predicted value of rows, at most 400: numbers, or class codes and the share of the row's own class."""

    rows: list[int]
    names: list[str]
    actual: list[float]
    predicted: list[float | None]
    part: list[str]


Picture = Curve | DecisionMap | Predictions


class ResponseCurve(Message, frozen=True, tag_field="response", tag="curve"):
    """One neuron's activation over one input: a value per place in `at`."""

    x: Axis
    at: list[float]
    values: list[float | None]
    held: str


class ResponseMap(Message, frozen=True, tag_field="response", tag="map"):
    """One neuron's activation over two inputs on a grid, row by row from the lowest y."""

    x: Axis
    y: Axis
    columns: int
    rows: int
    values: list[float | None]
    held: str


Response = ResponseCurve | ResponseMap


class Point(Message, frozen=True):
    """A row of the table in a picture."""

    row: int
    name: str
    x: float | None
    y: float | None
    target: float
    part: str


class Points(Message, frozen=True):
    """GET /api/runs/{run}/points?x=..&y=..: the rows behind a picture, at most 2000. `target` is a number or a code."""

    points: list[Point]
    total: int


class Surface(Message, frozen=True):
    """GET /api/runs/{run}/surface?first=W1[0,0]&second=b1[0]: the loss over two parameters, the others as they are.

    `values` row by row from the lowest `second`; `path` is ``[first, second, loss]`` of the steps done, thinned to 500;
    `minimum` is known for one linear neuron with squared error.
    """

    first: str
    second: str
    first_low: float
    first_high: float
    second_low: float
    second_high: float
    columns: int
    rows: int
    values: list[float | None]
    path: list[tuple[float, float, float | None]]
    path_steps: list[int]
    minimum: tuple[float, float, float] | None
