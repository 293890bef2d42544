"""Cards: any number of a trace, opened, as strict JSON types, for the studio and the stand-alone drawing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError
from glassnet.network.trace.equations.quantity import place_of, quantity_lines, value_of
from glassnet.network.trace.equations.symbols import latex_name
from glassnet.network.trace.views.explain import check_sentence
from glassnet.network.trace.views.latex import escaped
from glassnet.pages.number import ascii_number, plain_number
from glassnet.plain import finite

if TYPE_CHECKING:
    from glassnet.network.trace.equations.line import Line
    from glassnet.network.trace.trace import Trace

_TITLES = {
    "x": "input {1} of {0}", "z": "weighted sum of neuron {1}", "a": "activation of neuron {1}", "f": "raw prediction",
    "p": "prediction", "y": "target", "w": "row weight", "ℓ": "loss of the row", "δ": "error signal of neuron {1}",
    "slope": "slope of the activation of neuron {1}", "keep": "what dropout leaves of neuron {1}",
}  # fmt: skip

_OF_A_MAP = 4
"""Indices of a number of a feature map: row, channel, y, x."""
_PARAMETER = re.compile(r"[Wbm]\d")  # m(W1[0,0]), without a digit, is what an optimizer remembers


def number_card(trace: Trace, name: str, *, digits: int, terms: int) -> dict[str, Any]:
    """Any number of a step by its name: what it is, how it comes about, and of a parameter the check.

    Raises
    ------
    ConfigurationError
        When the step has no such number.
    """
    if _PARAMETER.match(name):
        if (fixed := _fixed_card(trace, name)) is not None:
            return fixed
        explanation = trace.explain(name, digits=digits, terms=terms)
        c = explanation.check
        check = {
            "analytic": finite(c.analytic), "numeric": finite(c.numeric), "width": c.width,
            "relative_error": finite(c.relative_error), "verdict": c.verdict, "sentence": check_sentence(c, digits),
        }  # fmt: skip
        return _card(explanation.parameter, explanation.title, lines_json(explanation.lines), check, explanation.note)
    if name.startswith("dL/d") and not name.startswith(("dL/da", "dL/dx")):
        explanation = trace.explain(name[4:], digits=digits, terms=terms)
        lines = [line for line in explanation.lines if line.part in ("chain rule", "where")]
        return _card(name, f"the slope of the loss along {name[4:]}", lines_json(lines), None, explanation.note)
    if name != "L" and place_of(trace, name).kind == "x":
        return _card(name, _title(trace, name), [input_json(trace, name)])
    return _card(name, _title(trace, name), lines_json(quantity_lines(trace, name, digits=digits, terms=terms)))


def _fixed_card(trace: Trace, name: str) -> dict[str, Any] | None:
    """The card of a weight, bias or mix that is part of the step and never trained; None for all others."""
    try:
        trace.locate(name)
    except ConfigurationError:
        place = place_of(trace, name)  # raises for unknown names
        value = plain_number(value_of(trace, name))
        what = {"W": "weight", "b": "bias", "m": "mix"}[place.kind]
        note = f"It is always {value}: the connections of layer {place.layer} carry an input on, or leave it out."
        return _card(name, f"{name}: a {what} of layer {place.layer} that is not trained", [], None, note)
    return None


def _card(
    name: str, title: str, lines: list[dict[str, Any]], check: dict[str, Any] | None = None, note: str = ""
) -> dict[str, Any]:
    """One card."""
    return {"name": name, "title": title, "lines": lines, "check": check, "note": note}


def lines_json(lines: Iterable[Line]) -> list[dict[str, Any]]:
    """Equations as tokens, each number with its exact value and the name of where it comes from, and as LaTeX."""
    return [
        {
            "part": line.part, "name": line.name, "symbolic": line.symbolic,
            "tokens": [
                {"text": t.text, "source": t.source or None, "value": None if t.value is None else finite(t.value)}
                for t in line.arithmetic.tokens()
            ],
            "result": line.arithmetic.result, "value": finite(line.arithmetic.total),
            "omitted": line.arithmetic.omitted, "latex": line.latex,
        }
        for line in lines
    ]  # fmt: skip


def input_json(trace: Trace, name: str) -> dict[str, Any]:
    """How a cell of the table became an input."""
    place = place_of(trace, name)
    unit = trace.unit_at(0, place.numbers[1:])
    assert unit is not None
    step = trace.inputs[place.numbers[0]][unit]
    return {
        "part": "inputs", "name": name, "symbolic": step.feature,
        "tokens": [{"text": step.formula, "source": None, "value": None}], "result": plain_number(step.value),
        "value": finite(step.value), "omitted": 0,
        "latex": rf"{latex_name(name)} &= \text{{{escaped(step.formula)}}} = {ascii_number(step.value)}",
    }  # fmt: skip


def _title(trace: Trace, name: str) -> str:
    """Describe a quantity in words."""
    if name == "L":
        return "the loss of the batch"
    place = place_of(trace, name)
    row = place.numbers[0]
    if place.letter == "x":
        unit = trace.unit_at(0, place.numbers[1:])
        assert unit is not None
        slope = "slope of the loss along " if place.role else ""
        return f"{slope}{trace.feature_names[unit]} of {trace.row_names[row]}"
    index = ",".join(map(str, place.index[1:]))
    what = _TITLES.get(place.kind, place.kind).format(row, index)
    if len(place.index) == _OF_A_MAP:
        what = what.replace(f"neuron {index}", "channel {} at {},{}".format(*place.index[1:]))
    layer = f" of layer {place.layer}" if place.layer else ""
    return f"{what}{layer}, {trace.row_names[row]}"
