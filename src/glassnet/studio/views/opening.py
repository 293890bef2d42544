"""Opening: the step that comes next as a trace, any of its numbers as equations whose numbers know their sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.network import InputStep, Network, Trace
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.quantity import place_of, quantity_lines
from glassnet.network.trace.views.card import input_json, lines_json, number_card
from glassnet.network.trace.views.explain import parameter_lines
from glassnet.network.trace.views.json import canonical
from glassnet.network.trace.views.sections import is_map, written_units
from glassnet.studio.contract.run import Position
from glassnet.studio.contract.views.explanation import (
    EquationLine,
    Explanation,
    Operation,
    OperationWithLines,
)
from glassnet.studio.contract.views.trace import TracedInput, TracedLayer, TracedLoss, TracedStep, TraceView
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.data.preparation.timed import beside
from glassnet.studio.run.run import Run
from glassnet.studio.views.number_picture import number_picture
from glassnet.studio.views.view import position as position_of

MOST_SHOWN_ROWS = 20
_MOST_PARAMETERS = 24  # of an operation that are written out
_MOST_NEURONS = 16
_CHECKED = 200  # parameters up to which every gradient is checked at once


@dataclass(frozen=True)
class Moment:
    """The state of a run at one moment, taken while its machine stands still.

    Attributes
    ----------
    preparation : Preparation
    network : Network
    position : Position
    operations : sequence of Operation
    batch : array of int
        Positions, among the rows with a target, of the rows of the step that comes next.
    factor : float
        What the schedule makes of the learning rate.
    dtype : str
        The precision that trains.
    engine_raw : array or None
        Raw predictions of the engine, where it trains.
    """

    preparation: Preparation
    network: Network
    position: Position
    operations: Sequence[Operation]
    batch: NDArray[np.int64]
    factor: float
    dtype: str
    engine_raw: Floats | None


@dataclass(frozen=True)
class OpenStep:
    """A trace with its place in the run.

    Attributes
    ----------
    trace : Trace
    rows : list of int
        Positions in the table of the rows of the batch.
    operations : sequence of Operation
    position : Position
    """

    trace: Trace
    rows: list[int]
    operations: Sequence[Operation]
    position: Position

    @cached_property
    def _explanations(self) -> dict[tuple[str, int, int], tuple[Line, ...]]:
        """The lines of the parameters that were explained."""
        return {}

    def explained(self, parameter: str, digits: int, terms: int) -> tuple[Line, ...]:
        """The gradient and the update of one parameter, which share the work."""
        key = (parameter, digits, terms)
        if key not in self._explanations:
            lines = parameter_lines(self.trace, self.trace.parameter(parameter), digits, terms)
            self._explanations[key] = tuple(lines)
        return self._explanations[key]


def moment(run: Run, row: int | None = None) -> Moment:
    """The moment before the step that comes next; or before the one that a single row of the table would make."""
    with run.still() as machine:
        preparation, step = run.preparation, machine.step
        batch = (
            preparation.train[run.course.rows(step)]
            if row is None
            else beside(preparation, position_of(preparation, row))
        )
        raw = machine.raw_prediction(preparation.X[batch]) if preparation.compiled else None
        return Moment(
            preparation, machine.network(), run.position(), run.operations(read=True), batch, run.course.factor(step),
            machine.dtype, raw,
        )  # fmt: skip


def open_step(run: Run, row: int | None = None, rows: int = MOST_SHOWN_ROWS) -> OpenStep:
    """Trace the step that comes next; or the one that a single row of the table would make.

    Of the first `rows` rows the trace tells how cells became inputs; that costs more than all of the arithmetic.
    """
    return step_at(moment(run, row), rows)


def step_at(at: Moment, rows: int = MOST_SHOWN_ROWS, *, check: bool = True) -> OpenStep:
    """Trace the step that comes next at a moment; where it is small, with a `check` of every gradient."""
    preparation, settings, batch = at.preparation, at.preparation.settings, at.batch
    trace = at.network.trace(
        preparation.X[batch], preparation.y[batch], sample_weight=preparation.given_weights(batch),
        learning_rate=settings.learning_rate * at.factor, optimizer=settings.optimizer, epoch=at.position.epoch,
        feature_names=preparation.schema.feature_names,
        target_names=preparation.target_names, row_names=[preparation.table.row_name(int(r)) for r in batch],
        inputs=_inputs(preparation, batch, rows), check=check and at.network.n_parameters <= _CHECKED,
        engine_values=None if at.engine_raw is None else {"raw_prediction": at.engine_raw, "dtype": at.dtype},
    )  # fmt: skip
    return OpenStep(trace, [int(r) for r in preparation.present[batch]], at.operations, at.position)


def step_view(step: OpenStep, rows: int) -> TraceView:
    """The step as the page draws it."""
    trace, kept = step.trace, slice(0, rows)
    written = trace.is_flat  # of images, a whole step has megabytes
    inputs = [
        [TracedInput(one.feature, one.raw, canonical(one.value), one.formula) for one in row]
        for row in trace.inputs[kept]
    ]  # fmt: skip
    forward = [
        TracedLayer(f.layer, f.activation.spec, canonical(f.z[kept]), canonical(f.a[kept])) for f in trace.forward
    ] if written else []  # fmt: skip
    loss = trace.loss
    traced = TracedStep(
        n_rows=trace.n_rows, rows_shown=min(trace.n_rows, rows), row_names=list(trace.row_names[kept]),
        target_names=list(trace.target_names), inputs=inputs if written else [],
        X=canonical(trace.X[kept]) if written else [], y=canonical(trace.y[kept]), forward=forward,
        loss=TracedLoss(loss.loss.spec, canonical(loss.prediction[kept]), canonical(loss.row_losses[kept])),
        precision="" if trace.engine is None else trace.engine.sentence,
    )  # fmt: skip
    return TraceView(step.position, step.rows[:rows], list(step.operations), traced)


def all_operations(step: OpenStep, *, most: int, digits: int, terms: int) -> list[OperationWithLines]:
    """Every operation with its arithmetic; none when there are more than `most`."""
    places = range(len(step.operations) if len(step.operations) <= most else 0)
    operations = [operation_lines(step, place, digits=digits, terms=terms) for place in places]
    return [OperationWithLines(operation, lines) for operation, lines in operations]


def _inputs(preparation: Preparation, batch: NDArray[np.int64], rows: int) -> list[list[InputStep]]:
    """The conversion of cells to inputs for the rows shown, and the inputs alone for the others."""
    few = preparation.table.take(batch[:rows])
    given = [preparation.schema.inputs_of(few, row) for row in range(few.n_rows)]
    names = preparation.schema.feature_names
    for row in batch[rows:]:
        texts = [(name, repr(value), value) for name, value in zip(names, preparation.X[row].tolist(), strict=True)]
        given.append([InputStep(name, text, value, text) for name, text, value in texts])
    return given


def explain(step: OpenStep, name: str, *, digits: int, terms: int) -> Explanation:
    """Any number of the step by its name."""
    card = number_card(step.trace, name, digits=digits, terms=terms)
    picture = number_picture(step.trace, step.rows, name)
    return msgspec.convert({**card, "position": step.position, "picture": picture}, Explanation)


def operation_lines(step: OpenStep, index: int, *, digits: int, terms: int) -> tuple[Operation, list[EquationLine]]:
    """The arithmetic of one operation."""
    if not 0 <= index < len(step.operations):
        raise ConfigurationError(f"This step has the operations 0 to {len(step.operations) - 1}; not {index}.")
    operation, trace = step.operations[index], step.trace
    names = operation.names
    if operation.phase == "inputs":
        return operation, [_input_line(trace, name) for name in names]
    if operation.phase in ("gradient", "update"):
        parts = ("chain rule", "penalty", "gradient") if operation.phase == "gradient" else ("update",)
        lines = [
            line
            for name in names[:_MOST_PARAMETERS]
            for line in step.explained(name.removeprefix("dL/d"), digits, terms)
            if line.part in parts
        ]
        return operation, equations(lines)
    if names == ["L"]:
        rows = {f"ℓ[{row}]" for row in range(trace.n_rows)}
        lines = [line for line in quantity_lines(trace, "L", digits=digits, terms=terms) if line.name not in rows]
        return operation, equations(lines)
    names = _steepest(trace, operation) or names[: 2 * _MOST_NEURONS]
    lines = [line for name in names for line in _lines(trace, name, digits, terms)]
    return operation, equations(lines)


def _steepest(trace: Trace, operation: Operation) -> list[str]:
    """Of maps, which hold hundreds of numbers, those that the step learns most from; nothing for other layers."""
    here = None if operation.layer is None or operation.row is None else trace.forward[operation.layer - 1]
    if here is None or not is_map(here):
        return []
    letters = ("z", "a") if operation.phase == "forward" else ("δ",)
    units = written_units(trace, here.layer, operation.row or 0, _MOST_NEURONS)
    return [here.place(letter, operation.row or 0, unit) for unit in units for letter in letters]


def _lines(trace: Trace, name: str, digits: int, terms: int) -> tuple[Line, ...]:
    """The equations of a quantity; an activation that does nothing has none, an error signal has its slope with it."""
    place = place_of(trace, name)
    straight = place.layer > 0 and trace.forward[place.layer - 1].activation.name == "identity"
    if place.kind == "a" and straight:
        return ()
    lines = quantity_lines(trace, name, digits=digits, terms=terms)
    if place.kind != "δ" or straight:
        return lines
    at = ",".join(map(str, place.index))
    slope = f"{trace.forward[place.layer - 1].activation.name}'(z{place.layer}[{at}])"
    return (*quantity_lines(trace, slope, digits=digits, terms=terms), *lines)


def equations(lines: Iterable[Line]) -> list[EquationLine]:
    """Lines as the page takes them."""
    return msgspec.convert(lines_json(lines), list[EquationLine])


def _input_line(trace: Trace, name: str) -> EquationLine:
    """How a cell of the table became an input."""
    return msgspec.convert(input_json(trace, name), EquationLine)
