"""The laboratory in a thread of its own, which tells every accuracy as soon as it is there and can be asked to stop."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec.structs import replace

from glassnet.errors import ConfigurationError
from glassnet.evaluate.lab import FEWEST, KNOBS, MODELS, VALUES, LabResult, laboratory, turned
from glassnet.images import Knobs
from glassnet.report.lab_page import finding, how_measured, lab_page
from glassnet.studio.contract.data import ExampleImage
from glassnet.studio.contract.laboratory import KnobCurves, KnobExamples, LaboratoryRequest, LaboratoryState, Measured
from glassnet.studio.data.table_text import table_text
from glassnet.studio.job import End, Job

MOST_PHANTOMS, MOST_VALUES, MOST_SEED = 5000, 11, 2**53 - 1
"""More phantoms would take hours, and the page holds no larger seed exactly."""
_NAMES = [model.name for model in MODELS]
_QUICK = LaboratoryRequest(list(KNOBS), _NAMES, list(VALUES), 300, 500)
_NEW = LaboratoryState("none", list(KNOBS), _NAMES, _QUICK)
_EXAMPLES = 2
"""Lesions of each class that are shown."""


class Laboratory:
    """Measures one thing at a time.

    Attributes
    ----------
    state : LaboratoryState
        How the last measurement goes, or went.
    """

    def __init__(self) -> None:
        self.state = _NEW
        self._results: list[LabResult] = []
        self._job = Job("laboratory", "Use fewer phantoms.")

    def start(self, asked: LaboratoryRequest) -> LaboratoryState:
        """Begin, unless a measurement is under way.

        Raises
        ------
        ConfigurationError
            When nothing is chosen, a name is unknown or a number is outside its domain.
        """
        asked = checked(asked)
        with self._job.lock:
            if self.state.status == "running":
                return self.state
            self._results = []
            about = how_measured(train=asked.train, test=asked.test, straight=asked.straight)
            total = len(asked.knobs) * len(asked.values) * len(asked.models)
            self.state = replace(_NEW, status="running", asked=asked, about=about, total=total)
            self._job.start(lambda: self._work(asked), self._ended)
        return self.state

    def cancel(self) -> LaboratoryState:
        """Stop after the model that is being trained; what has been measured stays."""
        self._job.stop()
        return self.state

    def close(self) -> None:
        """Stop, and wait a while until nothing runs any more."""
        self._job.close()

    def page(self) -> str:
        """The page of `glassnet lab`, of the knobs that are finished."""
        asked, results = self._finish()
        return lab_page(
            results, train=asked.train, test=asked.test, straight=asked.straight, base=Knobs(), seed=asked.seed
        )

    def table(self) -> str:
        """The accuracies of the knobs that are finished, as CSV."""
        _, results = self._finish()
        rows = (
            [r.knob, f"{r.value:g}", r.model, str(r.correct), str(r.total), repr(r.accuracy), *map(repr, r.interval)]
            for r in results
        )
        return table_text(["knob", "value", "model", "correct", "total", "accuracy", "low", "high"], rows)

    def _finish(self) -> tuple[LaboratoryRequest, list[LabResult]]:
        """The settings, and the results of those knobs of which all is there."""
        asked, finished = self.state.asked, {curves.knob for curves in self.state.curves if curves.finding}
        if asked is None or not finished:
            raise ConfigurationError("No knob has been measured to its end yet. Start the laboratory and wait for one.")
        return asked, [result for result in self._results if result.knob in finished]

    def _work(self, asked: LaboratoryRequest) -> None:
        """Measure."""

        def progress(results: Sequence[LabResult], _: int) -> None:
            self._results = list(results)
            self.state = replace(self.state, done=len(results), curves=_curves(results, asked))
            if len(results) < self.state.total:
                self._job.check()

        laboratory(
            asked.knobs, values=asked.values, models=asked.models, train=asked.train, test=asked.test,
            straight=asked.straight, seed=asked.seed, progress=progress,
        )  # fmt: skip
        self.state = replace(self.state, status="ready")

    def _ended(self, status: End, message: str) -> None:
        """Keep what is measured, and say why there is no more."""
        self.state = replace(self.state, status=status, message=message)


def checked(asked: LaboratoryRequest) -> LaboratoryRequest:
    """The settings in the order of knobs, models and values, each once.

    Raises
    ------
    ConfigurationError
        When nothing is chosen, a name is unknown or a number is outside its domain.
    """
    for what, chosen, known in (("knob", asked.knobs, list(KNOBS)), ("model", asked.models, _NAMES)):
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise ConfigurationError(f"Unknown {what} {unknown[0][:40]!r}. Choose from {', '.join(known)}.")
        if not chosen:
            raise ConfigurationError(f"No {what} is chosen. Choose at least one.")
    values = sorted(set(asked.values))
    if not 1 <= len(values) <= MOST_VALUES:
        raise ConfigurationError(f"Give 1 to {MOST_VALUES} values of the knobs, not {len(values)}.")
    outside = [value for value in values if not 0 <= value <= 1]
    if outside:
        raise ConfigurationError(f"The value {outside[0]:g} of a knob is not from 0 to 1.")
    for what, count in (("training", asked.train), ("test", asked.test)):
        if not FEWEST <= count <= MOST_PHANTOMS:
            raise ConfigurationError(f"{count} {what} phantoms: give {FEWEST} to {MOST_PHANTOMS}.")
    if not 0 <= asked.seed <= MOST_SEED:
        raise ConfigurationError(f"The seed {asked.seed} must be a whole number from 0 to {MOST_SEED}.")
    return replace(
        asked, knobs=[name for name in KNOBS if name in asked.knobs],
        models=[name for name in _NAMES if name in asked.models], values=values,
    )  # fmt: skip


def examples(asked: LaboratoryRequest) -> list[KnobExamples]:
    """The first test phantoms at the lowest value of each knob and at the highest."""
    asked = checked(asked)
    ends = dict.fromkeys((asked.values[0], asked.values[-1]))
    examples_of_knobs = []
    for knob in asked.knobs:
        for value in ends:
            drawn = turned(Knobs(), knob, value).draw(2 * _EXAMPLES, asked.seed, asked.train)
            pictures = [_picture(image, f"at {knob} {value:g}") for image in drawn.images]
            examples_of_knobs.append(KnobExamples(knob, value, pictures[::2], pictures[1::2]))
    return examples_of_knobs


def _picture(image: np.ndarray, where: str) -> ExampleImage:
    """A phantom on the whole gray scale, so that pictures can be compared."""
    height, width = image.shape
    return ExampleImage(where, height, width, [float(value) for value in image.ravel()], 0.0, 255.0)


def _curves(results: Sequence[LabResult], asked: LaboratoryRequest) -> list[KnobCurves]:
    """The results by knob."""
    curves = []
    for knob in dict.fromkeys(result.knob for result in results):
        own = [result for result in results if result.knob == knob]
        measured = [Measured(r.value, r.model, r.correct, r.total, r.accuracy, *r.interval) for r in own]
        whole = len(own) == len(asked.values) * len(asked.models)
        curves.append(KnobCurves(knob, measured, finding(own, knob) if whole else ""))
    return curves
