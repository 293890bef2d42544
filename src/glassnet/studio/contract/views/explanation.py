"""Opened numbers: equations as tokens, each number with the name of where it comes from.

Names are the trace's own: ``x[r,i]``, ``W1[i,j]``, ``b1[j]``, ``z1[r,j]``, ``a1[r,j]``, ``f[r,k]`` (raw prediction),
``p[r,k]``, ``y[r,k]``, ``ℓ[r]``, ``L``, ``δ1[r,j]``, ``relu'(z1[r,j])``, ``dL/dW1[i,j]``, ``m(W1[i,j])`` (the
optimizer's memory), ``learning_rate``. Layers count from 1, rows of the batch, inputs and neurons from 0.
"""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.message import Message
from glassnet.studio.contract.run import Position
from glassnet.studio.contract.views.maps import ExcitingPatch, NumberPicture
from glassnet.studio.contract.views.picture import Response

Phase = Literal["inputs", "forward", "loss", "backward", "gradient", "update"]


class Token(Message, frozen=True):
    """A piece of an equation: plain text, or a number with its exact value and the name of its source."""

    text: str
    source: str | None = None
    value: float | None = None


class EquationLine(Message, frozen=True):
    """``name = symbolic = tokens = result``; `omitted` terms are counted in the result and not written.

    `latex` is the same for an ``align*`` block of amsmath.
    """

    part: str
    name: str
    symbolic: str
    tokens: list[Token]
    result: str
    value: float | None
    omitted: int
    latex: str


class Check(Message, frozen=True):
    """A gradient entry held against a central finite difference."""

    analytic: float | None
    numeric: float | None
    width: float
    relative_error: float | None
    verdict: str
    sentence: str


class Explanation(Message, frozen=True):
    """GET /api/runs/{run}/explain?name=W1[0,2]&digits=5: any number of the current step, opened.

    `picture` is what lies behind a pixel of a map, or behind a weight of a convolution.
    """

    name: str
    title: str
    position: Position
    lines: list[EquationLine]
    check: Check | None
    note: str
    picture: NumberPicture | None


class Operation(Message, frozen=True):
    """One operation of a step: what is computed, for which row of the batch; `names` are the numbers it makes."""

    index: int
    phase: Phase
    layer: int | None
    row: int | None
    title: str
    names: list[str]


class OperationLines(Message, frozen=True):
    """GET /api/runs/{run}/operation?index=3: the arithmetic of one operation of the current step."""

    position: Position
    operation: Operation
    lines: list[EquationLine]


class OperationWithLines(Message, frozen=True):
    """An operation and its arithmetic."""

    operation: Operation
    lines: list[EquationLine]


class AllOperations(Message, frozen=True):
    """GET /api/runs/{run}/operations?most=40: every operation of the current step with its arithmetic.

    Empty when there are more than `most` operations; then ask for one at a time.
    """

    position: Position
    operations: list[OperationWithLines]


class NeuronDriver(Message, frozen=True):
    """One connection into a neuron; `original_weight` is per original unit of the input."""

    source: str
    weight: float
    original_weight: float
    share: float


class NeuronSummary(Message, frozen=True):
    """A neuron in words."""

    layer: int
    index: int
    activation: str
    bias: float
    drivers: list[NeuronDriver]
    lowest: float
    mean: float
    highest: float
    off_share: float
    saturated_share: float
    dead: bool
    best_rows: list[tuple[str, float]]
    sentence: str


class Neurons(Message, frozen=True):
    """GET /api/runs/{run}/neurons: every neuron, first layer first, over at most 2000 training rows."""

    position: Position
    neurons: list[NeuronSummary]


class ClassCounts(Message, frozen=True):
    """How the activation spreads over the rows of one class (or of a third of the targets)."""

    label: str
    counts: list[int]


class NeuronCard(Message, frozen=True):
    """GET /api/runs/{run}/neuron?layer=1&index=0&x=..&y=..: one neuron, opened.

    The histograms share `low` to `high`; `response` is the activation over the inputs of the view. `patches` are those
    that excite a channel of a convolution most.
    """

    position: Position
    neuron: NeuronSummary
    low: float
    high: float
    histograms: list[ClassCounts]
    response: Response | None
    patches: list[ExcitingPatch]
