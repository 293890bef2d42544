"""Explain: how the gradient of one number of networks with a shared body comes about, and what the step makes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from glassnet.network.trace.equations.arithmetic import Arithmetic, Piece, product
from glassnet.network.trace.equations.chain import gradient_line
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.symbols import latex_name
from glassnet.network.trace.equations.update import optimizer_lines, penalty_lines
from glassnet.network.trace.views.explain import Explanation

if TYPE_CHECKING:
    from glassnet.network.shared.trace import SharedTrace
    from glassnet.network.trace.records import ParameterStep


def explain_shared(trace: SharedTrace, name: str, *, digits: int, terms: int) -> Explanation:
    """Explain one number; see `SharedTrace.explain`. ``L_h`` is the loss of head ``h`` alone."""
    step = trace.parameter(name)
    own = step.layer == len(trace.before.layers) or (step.kind == "scales" and step.layer == 1)
    head = step.index[0] if own else 0
    place = step.index[1:] if own else step.index
    indices: tuple[int, ...] = place
    if step.kind == "scales":
        lines, indices = [_scale_line(trace, step, head if own else None, place[0], digits, terms)], (place[0], 0)
    else:
        lines = [_mean_line(trace, step, head if own else None, place, digits, terms)]
    lines.append(_gradient_line(trace, step, head, indices, digits, terms))
    shared_trace: Any = trace  # has what these lines read: the update, and the penalties of the loss
    lines += penalty_lines(shared_trace, step, digits)
    rate = trace.before.layers[step.layer - 1].parametrization.rates[("weights", "biases", "scales").index(step.kind)]
    lines += optimizer_lines(shared_trace, step, digits, rate)
    others = "" if own or trace.heads == 1 else "; the other heads likewise"
    notes = {
        "chain rule": f" (L: the mean of the losses L_0 … L_{trace.heads - 1} of the heads)",
        "where": f" (head {head}{others})",
    }
    return Explanation(step.name, _title(trace, step, head if own else None, place), tuple(lines), trace.check(name),
                       digits, notes)  # fmt: skip


def _title(trace: SharedTrace, step: ParameterStep, head: int | None, place: tuple[int, ...]) -> str:
    """Describe the number in words."""
    whose = "shared by all heads" if head is None else f"of head {head}"
    names, layer = trace.networks[0].feature_names, step.layer
    source = names[place[0]] if layer == 1 and step.kind != "biases" else f"neuron {place[0]} of layer {layer - 1}"
    if step.kind == "scales":
        return f"{step.name}: the scale of {source}, {whose}"
    neuron = f"neuron {place[-1]} of layer {layer} ({trace.before.layers[layer - 1].activation.name})"
    if step.kind == "biases":
        return f"{step.name}: the bias of {neuron}, {whose}"
    kind = "weight" if trace.letter(layer) == "W" else "free weight"
    return f"{step.name}: the {kind} from {source} to {neuron}, {whose}"


def _multipliers(trace: SharedTrace, layer: int, head: int, i: int) -> tuple[list[float], list[str]]:
    """The multipliers of the free weights of input `i` in a head: the factor and its scale, with their names."""
    record, networks = trace.before.layers[layer - 1], trace.before
    factor = record.parametrization.factor(record.n_in, record.n_out)
    values, names = ([] if factor == 1.0 else [factor]), ([] if factor == 1.0 else ["factor"])
    scales = networks.of_head(networks.scales, layer - 1, head)
    if scales is not None:
        own = networks.scales[layer - 1] is not scales
        values.append(float(scales[i]))
        names.append(f"s{layer}[{head},{i}]" if own else f"s{layer}[{i}]")
    return values, names


def _mean_line(
    trace: SharedTrace, step: ParameterStep, head: int | None, place: tuple[int, ...], digits: int, terms: int
) -> Line:
    """``dL/dV = 1/k · sum over the heads of factor · s · dL_h/dW``, of one head's own number without the sum."""
    layer, kind = step.layer, "W" if step.kind == "weights" else "b"
    inside = ",".join(map(str, place))
    heads = range(trace.heads) if head is None else (head,)
    pieces = []
    for h in list(heads)[:terms]:
        backward = trace.networks[h].backward[layer - 1]
        slope = float((backward.d_weights if kind == "W" else backward.d_biases)[place])
        values, names = _multipliers(trace, layer, h, place[0]) if kind == "W" else ([], [])
        pieces.append(product(*values, slope, sources=[*names, f"dL_{h}/d{kind}{layer}[{inside}]"]))
    symbols = [name.replace("[0,", "[h,") if head is None else name for name in _multipliers(
        trace, layer, 0 if head is None else head, place[0])[1]] if kind == "W" else []  # fmt: skip
    at = "h" if head is None else str(head)
    symbols.append(f"dL_{at}/d{kind}{layer}[{inside}]")
    sum_sign = "Σ_h " if head is None else ""
    numbers = Arithmetic(
        tuple(pieces), step.data_gradient, len(heads) - len(pieces), denominator=float(trace.heads), digits=digits
    )
    prefix = f"1 / {trace.heads} · " if trace.heads > 1 else ""
    latex = (rf"\frac{{1}}{{{trace.heads}}} " if prefix else "") + (r"\sum_h " if sum_sign else "")
    latex += r" \, ".join(map(latex_name, symbols))
    return Line("chain rule", f"dL/d{step.name}", f"{prefix}{sum_sign}{' · '.join(symbols)}", latex, numbers)


def _scale_line(trace: SharedTrace, step: ParameterStep, head: int | None, i: int, digits: int, terms: int) -> Line:
    """``dL/ds = 1/k · factor · sum over the neurons (and heads) of V · dL_h/dW``."""
    layer, networks = step.layer, trace.before
    record = networks.layers[layer - 1]
    factor = record.parametrization.factor(record.n_in, record.n_out)
    heads = range(trace.heads) if head is None else (head,)
    count = len(heads) * record.n_out
    pieces: list[Piece] = []
    for h in heads:
        free = networks.of_head(networks.weights, layer - 1, h)
        assert free is not None
        own = f"{h},{i}" if free is not networks.weights[layer - 1] else str(i)
        for j in range(min(record.n_out, max(0, terms - len(pieces)))):
            slope = float(trace.networks[h].backward[layer - 1].d_weights[i, j])
            names = [f"V{layer}[{own},{j}]", f"dL_{h}/dW{layer}[{i},{j}]"]
            pieces.append(product(float(free[i, j]), slope, sources=names))
    numbers = Arithmetic(
        tuple(pieces), step.data_gradient, count - len(pieces), numerator=factor, denominator=float(trace.heads),
        digits=digits,
    )  # fmt: skip
    scaled = "" if factor == 1.0 else "factor · "
    prefix = f"1 / {trace.heads} · " if trace.heads > 1 else ""
    sum_sign, at = ("Σ_h Σ_j ", "h") if head is None else ("Σ_j ", str(head))
    symbolic = f"{prefix}{scaled}{sum_sign}V{layer}[{i},j] · dL_{at}/dW{layer}[{i},j]"
    over_heads = r"\sum_h " if head is None else ""
    latex = rf"\frac{{{'c' if scaled else 1}}}{{{trace.heads}}} {over_heads}\sum_j V_{{{i},j}} "
    latex += rf"\frac{{\partial L_{{{at}}}}}{{\partial W_{{{i},j}}}}"
    return Line("chain rule", f"dL/d{step.name}", symbolic, latex, numbers)


def _gradient_line(
    trace: SharedTrace, step: ParameterStep, head: int, place: tuple[int, ...], digits: int, terms: int
) -> Line:
    """One head's gradient over the rows."""
    kind = "b" if step.kind == "biases" else "W"
    alone = trace.networks[head]
    line = gradient_line(alone, alone.parameter(f"{kind}{step.layer}[{','.join(map(str, place))}]"), digits, terms)
    return replace(line, part="where", name=line.name.replace("dL/", f"dL_{head}/", 1))
