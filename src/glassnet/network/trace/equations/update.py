"""The equations of a step on one parameter: its penalties, and how the optimizer makes the new value of the old one.

A weight of a layer with a parametrization is made of others: what it is made of, how that is trained, the new weight.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glassnet.formulas import penalties
from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.display import LATEX, TEXT
from glassnet.layers import Place
from glassnet.network.trace.equations.arithmetic import Arithmetic, Piece, product, split_constant
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.symbols import latex_name
from glassnet.network.update import KINDS

if TYPE_CHECKING:
    from glassnet.network.trace.records import ParameterStep, WeightParts
    from glassnet.network.trace.trace import Trace

_MOST_TERMS = 8


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
    parts = trace.weight_parts(step.layer)
    if parts is not None and step.kind == "weights":
        return _parts_lines(trace, step, parts, digits)
    return optimizer_lines(trace, step, digits, *group_of(parts, step.kind))


def group_of(parts: WeightParts | None, kind: str) -> tuple[float, float]:
    """The multiples of the learning rate and of the weight decay for one of a layer's `KINDS`."""
    if parts is None:
        return 1.0, 1.0
    group = KINDS.index(kind)
    return parts.parametrization.rates[group], parts.parametrization.decays[group]


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


def _parts_lines(trace: Trace, step: ParameterStep, parts: WeightParts, digits: int) -> list[Line]:
    """The update of one weight of a layer with a parametrization, from its old value to its new one."""
    k = step.layer
    free, scale = str(Place("V", k, step.index)), f"s{k}[{step.index[0]}]" if parts.scales is not None else ""
    lines = [_weight_line(parts, step.name, free, scale, step.index, digits, new=False)]
    lines.append(_free_gradient(parts, step, free, scale, digits))
    lines += optimizer_lines(trace, _free_step(trace, parts, step, free), digits, *group_of(parts, "weights"))
    if parts.scales is not None:
        lines.append(_scale_gradient(trace, parts, step, scale, digits))
        lines += optimizer_lines(trace, _scale_step(trace, parts, step, scale), digits, *group_of(parts, "scales"))
    return [*lines, _weight_line(parts, step.name, free, scale, step.index, digits, new=True)]


def _weight_line(
    parts: WeightParts, name: str, free: str, scale: str, index: tuple[int, ...], digits: int, *, new: bool
) -> Line:
    """``W = factor · s · V``."""
    values, scales = (parts.new_free, parts.new_scales) if new else (parts.free, parts.scales)
    numbers = {"c": parts.factor, "v": float(values[index])} | (
        {} if scales is None else {"s": float(scales[index[0]])}
    )  # fmt: skip
    mark = "new " if new else ""
    names = ["factor", *([f"{mark}{scale}"] if scale else []), f"{mark}{free}"]
    sources = {"v": f"{mark}{free}", "s": f"{mark}{scale}"}
    piece = Piece(Expression("c * s * v" if scale else "c * v"), numbers, sources=sources)
    total = parts.factor * numbers.get("s", 1.0) * numbers["v"]
    return Line("update", f"{mark}{name}", " · ".join(names), parts.parametrization.weights.latex,
                Arithmetic((piece,), total, digits=digits))  # fmt: skip


def _free_gradient(parts: WeightParts, step: ParameterStep, free: str, scale: str, digits: int) -> Line:
    """``dL/dV = factor · s · dL/dW``, and the penalty on V."""
    own = 1.0 if parts.scales is None else float(parts.scales[step.index[0]])
    penalty = float(parts.d_free[step.index]) - parts.factor * own * step.data_gradient
    numbers = {"c": parts.factor, "g": step.data_gradient} | ({"s": own} if scale else {})
    rule, total = "c * s * g" if scale else "c * g", float(parts.d_free[step.index])
    names = ["factor", *([scale] if scale else []), f"dL/d{step.name}"]
    symbolic, latex = " · ".join(names), r"c \, s \, \frac{\partial L}{\partial W}"
    if abs(penalty) > 1e-12 * abs(total):
        rule, symbolic, numbers = f"{rule} + p", f"{symbolic} + penalty", {**numbers, "p": penalty}
        latex += r" + \frac{\partial P}{\partial V}"
    sources = {"g": f"dL/d{step.name}", "s": scale}
    return Line("update", f"dL/d{free}", symbolic, latex,
                Arithmetic((Piece(Expression(rule), numbers, sources=sources),), total, digits=digits))  # fmt: skip


def _scale_gradient(trace: Trace, parts: WeightParts, step: ParameterStep, scale: str, digits: int) -> Line:
    """``dL/ds = factor · sum over the neurons of V · dL/dW``."""
    assert parts.d_scales is not None
    k, i = step.layer, step.index[0]
    slopes = trace.backward[k - 1].d_weights[i]
    terms = range(min(len(slopes), _MOST_TERMS))
    pieces = tuple(
        Piece(Expression("v * g"), {"v": float(parts.free[i, o]), "g": float(slopes[o])},
              sources={"v": f"V{k}[{i},{o}]", "g": f"dL/dW{k}[{i},{o}]"})
        for o in terms
    )  # fmt: skip
    numbers = Arithmetic(
        pieces, float(parts.d_scales[i]), len(slopes) - len(terms), numerator=parts.factor, digits=digits
    )
    latex = r"c \sum_j V_{ij} \frac{\partial L}{\partial W_{ij}}"
    return Line("update", f"dL/d{scale}", f"factor · Σ_j V{k}[{i},j] · dL/dW{k}[{i},j]", latex, numbers)


def _free_step(trace: Trace, parts: WeightParts, step: ParameterStep, free: str) -> ParameterStep:
    """The free weight through the step."""
    gradient = float(parts.d_free[step.index])
    return replace(
        step, name=free, kind="free weights", old=float(parts.free[step.index]), data_gradient=gradient,
        penalty_gradients={}, gradient=gradient, new=float(parts.new_free[step.index]),
        state_before=_memory(trace.update.state_before, step.layer, "weights", step.index),
        state_after=_memory(trace.update.state_after, step.layer, "weights", step.index),
    )  # fmt: skip


def _scale_step(trace: Trace, parts: WeightParts, step: ParameterStep, scale: str) -> ParameterStep:
    """The scale of an input through the step."""
    assert parts.scales is not None
    assert parts.d_scales is not None
    assert parts.new_scales is not None
    i = step.index[0]
    gradient = float(parts.d_scales[i])
    return replace(
        step, name=scale, kind="scales", index=(i,), old=float(parts.scales[i]), data_gradient=gradient,
        penalty_gradients={}, gradient=gradient, new=float(parts.new_scales[i]),
        state_before=_memory(trace.update.state_before, step.layer, "scales", (i,)),
        state_after=_memory(trace.update.state_after, step.layer, "scales", (i,)),
    )  # fmt: skip


def _memory(states: Sequence[Mapping[str, Any]], layer: int, kind: str, index: tuple[int, ...]) -> dict[str, float]:
    """The optimizer's state for one number."""
    return {name: float(values[index]) for name, values in states[layer - 1][kind].items()}
