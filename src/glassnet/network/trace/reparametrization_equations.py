"""The equations of a weight that is made from others: what it is made of, how that is trained, and the new weight."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glassnet.formulas import Expression
from glassnet.layers import Place
from glassnet.network.trace.arithmetic import Arithmetic, Piece
from glassnet.network.trace.equations import Line
from glassnet.network.trace.records import LayerMade, ParameterStep
from glassnet.network.trace.update_equations import group_of, optimizer_lines

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

_MOST_TERMS = 8


def made_lines(trace: Trace, step: ParameterStep, parts: LayerMade, digits: int) -> list[Line]:
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
    layer_parts: LayerMade, name: str, free: str, scale: str, index: tuple[int, ...], digits: int, *, new: bool
) -> Line:
    """``W = factor · s · V``."""
    values, scales = (layer_parts.new_free, layer_parts.new_scales) if new else (layer_parts.free, layer_parts.scales)
    numbers = {"c": layer_parts.factor, "v": float(values[index])} | (
        {} if scales is None else {"s": float(scales[index[0]])}
    )  # fmt: skip
    mark = "new " if new else ""
    parts = ["factor", *([f"{mark}{scale}"] if scale else []), f"{mark}{free}"]
    sources = {"v": f"{mark}{free}", "s": f"{mark}{scale}"}
    piece = Piece(Expression("c * s * v" if scale else "c * v"), numbers, sources=sources)
    total = layer_parts.factor * numbers.get("s", 1.0) * numbers["v"]
    return Line("update", f"{mark}{name}", " · ".join(parts), layer_parts.parametrization.weights.latex,
                Arithmetic((piece,), total, digits=digits))  # fmt: skip


def _free_gradient(layer_parts: LayerMade, step: ParameterStep, free: str, scale: str, digits: int) -> Line:
    """``dL/dV = factor · s · dL/dW``, and the penalty on V."""
    own = 1.0 if layer_parts.scales is None else float(layer_parts.scales[step.index[0]])
    penalty = float(layer_parts.d_free[step.index]) - layer_parts.factor * own * step.data_gradient
    numbers = {"c": layer_parts.factor, "g": step.data_gradient} | ({"s": own} if scale else {})
    rule, total = "c * s * g" if scale else "c * g", float(layer_parts.d_free[step.index])
    parts = ["factor", *([scale] if scale else []), f"dL/d{step.name}"]
    symbolic, latex = " · ".join(parts), r"c \, s \, \frac{\partial L}{\partial W}"
    if abs(penalty) > 1e-12 * abs(total):
        rule, symbolic, numbers = f"{rule} + p", f"{symbolic} + penalty", {**numbers, "p": penalty}
        latex += r" + \frac{\partial P}{\partial V}"
    sources = {"g": f"dL/d{step.name}", "s": scale}
    return Line("update", f"dL/d{free}", symbolic, latex,
                Arithmetic((Piece(Expression(rule), numbers, sources=sources),), total, digits=digits))  # fmt: skip


def _scale_gradient(trace: Trace, parts: LayerMade, step: ParameterStep, scale: str, digits: int) -> Line:
    """``dL/ds = factor · sum over the neurons of V · dL/dW``."""
    assert parts.d_scales is not None
    k, i = step.layer, step.index[0]
    slopes = trace.backward[k - 1].d_weights[i]
    places = range(min(len(slopes), _MOST_TERMS))
    pieces = tuple(
        Piece(Expression("v * g"), {"v": float(parts.free[i, o]), "g": float(slopes[o])},
              sources={"v": f"V{k}[{i},{o}]", "g": f"dL/dW{k}[{i},{o}]"})
        for o in places
    )  # fmt: skip
    numbers = Arithmetic(
        pieces, float(parts.d_scales[i]), len(slopes) - len(places), numerator=parts.factor, digits=digits
    )
    latex = r"c \sum_j V_{ij} \frac{\partial L}{\partial W_{ij}}"
    return Line("update", f"dL/d{scale}", f"factor · Σ_j V{k}[{i},j] · dL/dW{k}[{i},j]", latex, numbers)


def _free_step(trace: Trace, parts: LayerMade, step: ParameterStep, free: str) -> ParameterStep:
    """The free weight through the step."""
    gradient = float(parts.d_free[step.index])
    return replace(
        step, name=free, kind="free weights", old=float(parts.free[step.index]), data_gradient=gradient,
        penalty_gradients={}, gradient=gradient, new=float(parts.new_free[step.index]),
        state_before=_memory(trace.update.state_before, step.layer, "weights", step.index),
        state_after=_memory(trace.update.state_after, step.layer, "weights", step.index),
    )  # fmt: skip


def _scale_step(trace: Trace, parts: LayerMade, step: ParameterStep, scale: str) -> ParameterStep:
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
