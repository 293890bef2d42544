"""The laboratory: simulated images, one knob turned at a time, and which models still work."""

from __future__ import annotations

from typing import Literal

from glassnet.studio.contract.data import ExampleImage
from glassnet.studio.contract.message import Message, Request


class LaboratoryRequest(Request, frozen=True):
    """POST /api/laboratory: begin to measure; POST /api/laboratory/examples: draw some of the phantoms.

    `train` and `test` count phantoms. Under `straight` all knobs are at their defaults for the training.
    """

    knobs: list[str]
    models: list[str]
    values: list[float]
    train: int
    test: int
    straight: bool = False
    seed: int = 0


class Measured(Message, frozen=True):
    """The accuracy of one model at one setting of a knob, with its 95 % interval over the test phantoms."""

    value: float
    model: str
    correct: int
    total: int
    accuracy: float
    low: float
    high: float


class KnobCurves(Message, frozen=True):
    """The accuracies of one knob so far; when all are there, `finding` says in words what was found."""

    knob: str
    results: list[Measured]
    finding: str = ""


class LaboratoryState(Message, frozen=True):
    """GET /api/laboratory: all knobs and models, the quick settings, and how the last measurement goes.

    `asked` are the settings of the last measurement, `about` says in words what its accuracies are; `done` of `total`
    accuracies are there.
    """

    status: Literal["none", "running", "ready", "failed", "canceled"]
    knobs: list[str]
    models: list[str]
    quick: LaboratoryRequest
    asked: LaboratoryRequest | None = None
    about: str = ""
    done: int = 0
    total: int = 0
    curves: list[KnobCurves] = []
    message: str = ""


class KnobExamples(Message, frozen=True):
    """Test phantoms with the knob at one end of its values: the same lesions at both ends."""

    knob: str
    value: float
    benign: list[ExampleImage]
    malignant: list[ExampleImage]


class LaboratoryExamples(Message, frozen=True):
    """POST /api/laboratory/examples: for each knob its lowest value and its highest."""

    examples: list[KnobExamples]
