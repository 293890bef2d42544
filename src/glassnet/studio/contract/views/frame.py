"""Frames: what the stream of a run tells a page, again and again."""

from __future__ import annotations

from glassnet.studio.contract.evaluation import ComparisonState
from glassnet.studio.contract.message import Message
from glassnet.studio.contract.run import Curves, Losses, Position, RunState, Status
from glassnet.studio.contract.views.explanation import OperationWithLines
from glassnet.studio.contract.views.maps import Maps
from glassnet.studio.contract.views.picture import Picture
from glassnet.studio.contract.views.trace import TraceView


class Link(Message, frozen=True):
    """A strong weight of a layer that is too large to send whole."""

    source: int
    target: int
    weight: float


class LayerWeights(Message, frozen=True):
    """The weights of one layer, as they are now.

    `weights` has one list per input; null for a layer of a network with over 5000 parameters, of which only the
    strongest `links` are sent, and for layers on images, whose kernels stand in `Maps`. `size` is the mean absolute
    weight.
    """

    weights: list[list[float]] | None
    biases: list[float]
    links: list[Link]
    size: float


class OpenedStep(Message, frozen=True):
    """The step that comes next, whole; `operations` is empty when there are many, then ask for one at a time."""

    step: TraceView
    operations: list[OperationWithLines]


class Frame(Message, frozen=True):
    """Event ``frame`` of GET /api/runs/{run}/stream: the run as it is now. Frames that are late are left out.

    `opened` is the step that comes next, at the same moment as all the rest; null where it is too large to be made as
    often as frames are: then it is read by itself. `maps` is the row of the view as a network on images sees it.
    """

    run: str
    revision: int
    sequence: int
    status: Status
    position: Position
    losses: Losses
    curves: Curves
    layers: list[LayerWeights]
    picture: Picture | None
    opened: OpenedStep | None
    message: str
    maps: Maps | None


class StreamEvents(Message, frozen=True):
    """The content of each event of the stream; its name is the field. ``state`` comes first and after every change.

    The stream takes the view as query: ``?x=tumor size&y=temperature&row=0&resolution=40&pictures=1&maps=values``.
    """

    state: RunState
    frame: Frame
    comparison: ComparisonState
