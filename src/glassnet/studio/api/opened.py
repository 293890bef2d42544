"""Opened numbers: trace, explanations, operations, neurons."""

from __future__ import annotations

from glassnet.studio.api.runs import entry_of
from glassnet.studio.contract.views.explanation import (
    AllOperations,
    Explanation,
    NeuronCard,
    Neurons,
    OperationLines,
)
from glassnet.studio.contract.views.maps import OcclusionView
from glassnet.studio.contract.views.row import RowCard, RowForm, RowQuestion
from glassnet.studio.contract.views.survival import SurvivalView
from glassnet.studio.contract.views.trace import TraceView
from glassnet.studio.http.request import Call
from glassnet.studio.run.timeline import SHOWN_ROWS
from glassnet.studio.studio import Studio
from glassnet.studio.views.covering import occlusion_view
from glassnet.studio.views.neuron_card import card
from glassnet.studio.views.neuron_card import neurons as all_neurons
from glassnet.studio.views.opening import (
    MOST_SHOWN_ROWS,
    OpenStep,
    all_operations,
    open_step,
    operation_lines,
    step_view,
)
from glassnet.studio.views.opening import explain as explained
from glassnet.studio.views.row_card import card as card_of_row
from glassnet.studio.views.row_card import form as form_of_row
from glassnet.studio.views.survival import survival_view

_MOST_DIGITS, _MOST_TERMS = 17, 200


def _opened_step(studio: Studio, call: Call, rows: int = SHOWN_ROWS) -> OpenStep:
    """The step that a call asks for."""
    row = call.whole("row", -1, 0, 10**9)
    return open_step(entry_of(studio, call).run, None if row < 0 else row, rows)


def trace(studio: Studio, call: Call) -> TraceView:
    """The next step."""
    rows = call.whole("rows", MOST_SHOWN_ROWS, 1, MOST_SHOWN_ROWS)
    return step_view(_opened_step(studio, call, rows), rows)


def explain(studio: Studio, call: Call) -> Explanation:
    """One number opened."""
    digits, terms = call.whole("digits", 5, 1, _MOST_DIGITS), call.whole("terms", 8, 1, _MOST_TERMS)
    return explained(_opened_step(studio, call), call.text("name"), digits=digits, terms=terms)


def operation(studio: Studio, call: Call) -> OperationLines:
    """One operation of the step."""
    step = _opened_step(studio, call)
    index = call.whole("index", step.position.operation, 0, 10**6)
    digits, terms = call.whole("digits", 5, 1, _MOST_DIGITS), call.whole("terms", 8, 1, _MOST_TERMS)
    opened_operation, lines = operation_lines(step, index, digits=digits, terms=terms)
    return OperationLines(step.position, opened_operation, lines)


def operations(studio: Studio, call: Call) -> AllOperations:
    """All operations of the step, if they are few."""
    step = _opened_step(studio, call)
    digits, terms = call.whole("digits", 5, 1, _MOST_DIGITS), call.whole("terms", 8, 1, _MOST_TERMS)
    most = call.whole("most", 40, 1, 400)
    return AllOperations(step.position, all_operations(step, most=most, digits=digits, terms=terms))


def neurons(studio: Studio, call: Call) -> Neurons:
    """Every neuron in words."""
    return all_neurons(entry_of(studio, call).run)


def neuron(studio: Studio, call: Call) -> NeuronCard:
    """One neuron, opened."""
    layer, index = call.whole("layer", 1, 1, 10**4), call.whole("index", 0, 0, 10**6)
    return card(entry_of(studio, call).run, layer, index, call.view())


def form(studio: Studio, call: Call) -> RowForm:
    """A row as a form."""
    return form_of_row(entry_of(studio, call).run, call.whole("row", 0, 0, 10**9))


def occlusion(studio: Studio, call: Call) -> OcclusionView:
    """Which parts of a row's image raise its answer."""
    return occlusion_view(entry_of(studio, call).run, call.whole("row", 0, 0, 10**9), call.query.get("output"))


def survival(studio: Studio, call: Call) -> SurvivalView:
    """Curves of risk groups, and of a row."""
    asked = call.whole("row", -1, -1, 10**9)
    run, cause = entry_of(studio, call).run, call.whole("cause", 0, 0, 10**3)
    return survival_view(run, None if asked < 0 else asked, cause)


def row(studio: Studio, call: Call) -> RowCard:
    """The network's answer for a row."""
    asked: RowQuestion = call.decode(RowQuestion)
    return card_of_row(entry_of(studio, call).run, asked)
