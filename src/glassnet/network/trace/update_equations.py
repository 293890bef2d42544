"""The equations of a step on one parameter: its penalties, and how the optimizer makes the new value of the old one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from glassnet.formulas import penalties
from glassnet.formulas.language import Expression
from glassnet.formulas.render.display import LATEX, TEXT
from glassnet.network.trace.arithmetic import Arithmetic, Piece, product, split_constant
from glassnet.network.trace.equations import Line
from glassnet.network.trace.symbols import latex_name
from glassnet.network.update import KINDS

if TYPE_CHECKING:
    from glassnet.network.trace.records import LayerMade, ParameterStep
    from glassnet.network.trace.trace import Trace


def penalty_lines(trace: Trace, step: ParameterStep, digits: int) -> list[Line]:
    """Each penalty's own part of the gradient, then the sum."""
    lines = []
    for term in trace.loss.penalties:
        if term.name not in step.penalty_gradients:
            continue
        record = penalties[term.name]
        constant, rest = split_constant(record.gradient)
        piece = Piece(rest, {"w": step.old, **record.values}, frozenset(record.values))
        values = {**piece.values, "strength": term.strength, "c": constant}
        source = "strength * " + ("" if constant == 1 else f"{constant:g} * ") + f"({piece.resolved.source})"
        sources = {"w": step.name, "strength": term.name}
        numbers = Piece(Expression(source), values, piece.settings | {"strength"}, sources)
        part = step.penalty_gradients[term.name]
        symbolic = f"{term.name} · {TEXT.bracket(record.gradient.text)}"
        latex = rf"\mathrm{{{term.name}}} \, {LATEX.bracket(record.gradient.latex)}"
        lines.append(Line(
            "penalty", f"d{term.name}/d{step.name}", symbolic, latex, Arithmetic((numbers,), part, digits=digits)
        ))  # fmt: skip
    if lines:
        parts = (step.data_gradient, *step.penalty_gradients.values())
        names = [f"dL/d{step.name}", *(f"d{name}/d{step.name}" for name in step.penalty_gradients)]
        pieces = tuple(product(part, sources=[name]) for part, name in zip(parts, names, strict=True))
        numbers_of = Arithmetic(pieces, step.gradient, digits=digits)
        lines.append(Line(
            "gradient", "g", " + ".join(names), " + ".join(map(latex_name, names)), numbers_of
        ))  # fmt: skip
    return lines


def update_lines(trace: Trace, step: ParameterStep, digits: int = 5) -> list[Line]:
    """How the step changes one weight or bias: by the optimizer, or through the numbers that a weight is made of."""
    made = trace.made_of(step.layer)
    if made is not None and step.kind == "weights":
        from glassnet.network.trace.reparametrization_equations import made_lines

        return made_lines(trace, step, made, digits)
    return optimizer_lines(trace, step, digits, *group_of(made, step.kind))


def group_of(made: LayerMade | None, kind: str) -> tuple[float, float]:
    """The multiples of the learning rate and of the weight decay for one of a layer's `KINDS`."""
    if made is None:
        return 1.0, 1.0
    group = KINDS.index(kind)
    return made.parametrization.rates[group], made.parametrization.decays[group]


def optimizer_lines(trace: Trace, step: ParameterStep, digits: int, multiple: float, decay: float = 1.0) -> list[Line]:
    """The optimizer's formulas in their order, with one parameter's numbers.

    `multiple` and `decay` are those of its group, of the learning rate and of the weight decay.
    """
    update = trace.update
    record, rate = update.optimizer.with_decay(update.decay * decay), multiple * update.learning_rate
    scalars = record.scalars_at(update.step, rate)
    values: dict[str, float] = {
        **step.state_before, "w": step.old, "g": step.gradient * update.clipping.factor,
        "learning_rate": rate, **record.values,
    }  # fmt: skip
    exact = frozenset(record.values) | {"learning_rate", "step"}
    gradient = "g" if trace.loss.penalties and step.kind == "weights" else f"dL/d{step.name}"
    lines = _clip_lines(trace, step, gradient, digits)
    gradient = lines[0].name if lines else gradient
    sources = {"w": step.name, "g": gradient, **{name: f"{name}({step.name})" for name in step.state_before}}
    for name, formula in record.scalars.items():
        inputs = {key: value for key, value in {**values, "step": float(update.step)}.items() if key in formula.names}
        named = {key: key for key in inputs}
        numbers = Arithmetic((Piece(formula, inputs, exact, named),), scalars[name], digits=digits)
        lines.append(Line("update", name, formula.text, formula.latex, numbers))
    values |= scalars
    for name, formula in record.updates.items():
        inputs = {key: values[key] for key in sorted(formula.names)}
        values[name] = float(formula(**inputs))
        result = step.new if name == "w" else step.state_after.get(name, values[name])
        shown_name = f"new {step.name}" if name == "w" else f"new {name}"
        enough = max(digits, _visible(step.old, step.new)) if name == "w" else digits
        named = {key: sources.get(key, key) for key in inputs}
        numbers = Arithmetic((Piece(formula, inputs, exact, named),), result, digits=enough)
        sources[name] = shown_name
        lines.append(Line("update", shown_name, formula.text, formula.latex, numbers))
    return lines


def _clip_lines(trace: Trace, step: ParameterStep, gradient: str, digits: int) -> list[Line]:
    """How the gradient was shortened, if it was too long."""
    clip = trace.update.clipping
    if clip.factor == 1.0 or clip.clip_norm is None:
        return []
    values = {"g": step.gradient, "c": clip.clip_norm, "n": clip.norm}
    sources = {"g": gradient, "c": "clip_norm"}
    numbers = Arithmetic(
        (Piece(Expression("g * c / n"), values, frozenset("c"), sources),), step.gradient * clip.factor, digits=digits
    )
    latex = r"\frac{\partial L}{\partial w} \, \frac{\mathrm{clip\_norm}}{\lVert \nabla L \rVert}"
    return [Line("update", "clipped g", "dL/dw · clip_norm / ‖dL/dw of all‖", latex, numbers)]


def _visible(old: float, new: float) -> int:
    """How many digits it takes to see two digits of the change."""
    change, size = abs(new - old), max(abs(old), abs(new))
    if not (change > 0 and math.isfinite(change)):
        return 0
    return min(15, math.floor(math.log10(size)) - math.floor(math.log10(change)) + 2)
