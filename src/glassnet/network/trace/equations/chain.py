"""The chain rule for one parameter: its gradient as a sum over the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.formulas.language.render.display import LATEX, TEXT
from glassnet.layers import Dense
from glassnet.network.trace.equations.arithmetic import Arithmetic, with_factors
from glassnet.network.trace.equations.layer import mix_line, of_factors
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.loss import loss_gradient, loss_symbol, numerator_of, reduction_parts, weighted
from glassnet.network.trace.equations.symbols import latex_name, latex_rule
from glassnet.network.trace.sums import arriving_factors, arriving_symbol, keep_factors, keep_name

if TYPE_CHECKING:
    from glassnet.network.trace.records import ParameterStep
    from glassnet.network.trace.trace import Trace


def single_path(trace: Trace, layer: int) -> bool:
    """Whether one path only leads from a neuron of this layer to the loss, along dense layers."""
    dense = all(isinstance(here.spec, Dense) for here in trace.forward[layer - 1 :])
    return dense and all(size == 1 for size in trace.layer_sizes[layer + 1 :])


def _path(trace: Trace, step: ParameterStep, row: int | None) -> tuple[list[float], list[str]]:
    """The factors after the loss gradient along a single path: their numbers (for a row) and their names."""
    values: list[float] = []
    names: list[str] = []
    at, r = ("r", 0) if row is None else (str(row), row)

    def add(name: str, value: float) -> None:
        names.append(name)
        values.append(value)

    if weighted(trace):
        add(f"w[{at}]", float(trace.loss.row_weights[r]))
    for layer in range(len(trace.forward), step.layer - 1, -1):
        j = step.index[-1] if layer == step.layer else 0
        forward, backward = trace.forward[layer - 1], trace.backward[layer - 1]
        if forward.activation.name != "identity":
            add(f"{forward.activation.name}'(z{layer}[{at},{j}])", float(backward.slope[r, j]))
        if layer > step.layer:
            i = step.index[-1] if layer == step.layer + 1 else 0
            add(f"W{layer}[{i},{j}]", float(forward.weights[i, j]))
            for factor in keep_factors(trace, layer, r, i):
                add(keep_name(layer, at, (i,)), factor.value)
    if step.kind == "weights":
        i = step.index[0]
        names += arriving_symbol(trace, step.layer, at, trace.index_of(step.layer - 1, i)).split(" · ")
        values += [factor.value for factor in arriving_factors(trace, step.layer, r, i)]
    return values, names


def gradient_line(trace: Trace, step: ParameterStep, digits: int, terms: int) -> Line:
    """The data gradient over the rows."""
    if step.kind == "mixes":
        return mix_line(trace, step.layer, step.index[0], digits, terms)
    shown_rows = range(min(trace.n_rows, terms))
    neuron, name = step.index[-1], f"dL/d{step.name}"
    if single_path(trace, step.layer):
        output = neuron if step.layer == len(trace.forward) else 0
        pieces = tuple(
            with_factors(loss_gradient(trace, row, output)[1], *_path(trace, step, row)) for row in shown_rows
        )
        numerator, denominator = numerator_of(trace), reduction_parts(trace)[1]
        factors = _path(trace, step, None)[1]
        before = Arithmetic((), 0.0, numerator=numerator, denominator=denominator)
        symbols = " · ".join([f"Σ_r {loss_symbol(trace, TEXT)}", *factors])
        latex = r" \, ".join([rf"\sum_r {loss_symbol(trace, LATEX)}", *map(latex_name, factors)])
        head, head_latex = before.prefix(TEXT), before.prefix(LATEX)
        symbolic = f"{head} · {symbols}" if head else symbols
        arithmetic = Arithmetic(
            pieces, step.data_gradient, trace.n_rows - len(shown_rows), numerator=numerator, denominator=denominator,
            digits=digits,
        )  # fmt: skip
        return Line("chain rule", name, symbolic, f"{head_latex} {latex}".strip(), arithmetic)
    total = trace.gradient_sum(step.name, terms=terms)
    pieces = tuple(of_factors(term.factors) for term in total.terms)
    numbers = Arithmetic(pieces, total.total, total.n_terms - len(pieces), digits=digits)
    return Line("chain rule", name, total.symbolic, latex_rule(total.symbolic), numbers)
