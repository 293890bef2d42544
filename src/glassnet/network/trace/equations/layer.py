"""The equations of a layer: its numbers on the way forward, and the signals that come back through it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from glassnet.formulas import MixedActivation
from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.display import LATEX, TEXT
from glassnet.layers import Dense
from glassnet.network.trace.equations.arithmetic import Arithmetic, Piece, product, with_factors
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.loss import loss_gradient, loss_symbol, reduction_parts, weighted
from glassnet.network.trace.equations.symbols import latex_name, latex_rule
from glassnet.network.trace.sums import below_name, following_factors
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.network.trace.records import Factor, LayerForward
    from glassnet.network.trace.trace import Trace


_FEW_MORE = 4
_CHOICES = 9  # numbers of a window that are written out where one of them wins


def z_line(trace: Trace, layer: int, row: int, neuron: int, digits: int, terms: int) -> Line:
    """A pre-activation: the products over the connections and the bias."""
    total, here = trace.z_sum(layer, row, neuron), trace.forward[layer - 1]
    if not isinstance(here.spec, Dense) and total.n_terms <= terms + _FEW_MORE:
        terms = total.n_terms  # the nine numbers under a small kernel belong together
    biased = bool(total.terms) and total.terms[-1].factors[-1].kind == "bias"
    written = [*total.terms[: len(total.terms) - biased][:terms], *(total.terms[-1:] if biased else ())]
    pieces = tuple(of_factors(term.factors) for term in written) or (product(total.total),)
    symbolic, latex = total.symbolic, latex_rule(total.symbolic)
    numbers = Arithmetic(pieces, total.total, max(0, total.n_terms - len(pieces)), digits=digits)
    if here.spec.selects:
        symbolic, latex = _choice(trace, layer, row, neuron, total.symbolic)
    return Line("forward", total.name, symbolic, latex, numbers)


def _choice(trace: Trace, layer: int, row: int, unit: int, winner: str) -> tuple[str, str]:
    """All that a layer could choose from, and what won; in text and in LaTeX."""
    here = trace.forward[layer - 1]
    could = [int(i) for i in here.spec.links(unit).inputs]
    names = [below_name(layer, row, trace.index_of(layer - 1, i)) for i in could[:_CHOICES]]
    values = [plain_number(float(here.arriving[row, i]), 3) for i in could]
    written = [f"{name} = {value}" for name, value in zip(names, values, strict=False)]
    more = len(could) - len(names)
    latex = [*map(latex_name, names), *([r"\ldots"] if more else [])]
    return (
        f"max({'; '.join([*written, *([f'{more} more'] if more else [])])}): {winner} wins",
        rf"\max\left({', '.join(latex)}\right)",
    )


def a_line(trace: Trace, layer: int, row: int, neuron: int, digits: int) -> Line:
    """An activation from its own formula."""
    here = trace.forward[layer - 1]
    record = here.activation.of(neuron)
    values = {"z": float(here.z[row, neuron]), **record.values}
    places = {"z": here.place("z", row, neuron), "mix": _mix_name(here, neuron)}
    piece = Piece(record.value, values, frozenset(record.values) - {"mix"}, places)
    numbers = Arithmetic((piece,), float(here.a[row, neuron]), digits=digits)
    name = here.place("a", row, neuron)
    return Line("forward", name, f"{record.name}(z): {record.value.text}", record.value.latex, numbers)


def slope_line(trace: Trace, layer: int, row: int, j: int, digits: int) -> Line:
    """The slope of one activation, from its own formula."""
    forward, backward = trace.forward[layer - 1], trace.backward[layer - 1]
    record = forward.activation.of(j)
    values = {"z": float(forward.z[row, j]), "a": float(forward.a[row, j]), **record.values}
    values = {name: value for name, value in values.items() if name in record.derivative.names}
    places = {name: forward.place(name, row, j) for name in ("z", "a")} | {"mix": _mix_name(forward, j)}
    piece = Piece(record.derivative, values, frozenset(record.values) - {"mix"}, places)
    at = "" if values.keys() & {"a"} else f"  at {places['z']} = {plain_number(float(forward.z[row, j]), digits)}"
    return Line(
        "where", f"{record.name}'({places['z']})", record.derivative.text + at, record.derivative.latex,
        Arithmetic((piece,), float(backward.slope[row, j]), digits=digits),
    )  # fmt: skip


def delta_line(trace: Trace, layer: int, row: int, j: int, digits: int, terms: int) -> Line:
    """One error signal opened."""
    here, backward, record = trace.forward[layer - 1], trace.backward[layer - 1], trace.forward[layer - 1].activation
    slope = f"{record.name}'({here.place('z', row, j)})", float(backward.slope[row, j])
    name, total = here.place("δ", row, j), float(backward.delta[row, j])
    own_slope = None if record.name == "identity" else slope
    return _signal_line(trace, name, total, (layer, row, j), own_slope, digits, terms)


def arriving_line(trace: Trace, layer: int, row: int, j: int, digits: int, terms: int) -> Line:
    """The derivative of the loss with respect to a neuron's activation, as a line."""
    name = f"dL/d{trace.forward[layer - 1].place('a', row, j)}"
    total = float(trace.backward[layer - 1].arriving[row, j])
    return _signal_line(trace, name, total, (layer, row, j), None, digits, terms)


def input_line(trace: Trace, row: int, i: int, digits: int, terms: int) -> Line:
    """How the loss changes with one input: what the first layer sends back to it."""
    total = trace.input_sum(row, i)
    return came_back(
        total.name, total.total, [term.factors for term in total.terms], total.symbolic, None, digits, terms
    )


def _signal_line(
    trace: Trace, name: str, total: float, place: tuple[int, int, int], slope: tuple[str, float] | None,
    digits: int, terms: int,
) -> Line:  # fmt: skip
    """A neuron's gradient from the loss or the next layer, times the slope of its activation where that is given."""
    layer, row, j = place
    if layer == len(trace.forward):
        constant, piece = loss_gradient(trace, row, j)
        half, denominator = reduction_parts(trace)
        factors = [(f"w[{row}]", float(trace.loss.row_weights[row]))] if weighted(trace) else []
        factors += [slope] if slope else []
        names = [factor for factor, _ in factors]
        numbers = Arithmetic(
            (with_factors(piece, [value for _, value in factors], names),), total, numerator=half * constant,
            denominator=denominator, digits=digits,
        )  # fmt: skip
        head = [numbers.prefix(TEXT)] if numbers.prefix(TEXT) else []
        symbolic = " · ".join([*head, loss_symbol(trace, TEXT), *names])
        latex = r" \, ".join([numbers.prefix(LATEX), loss_symbol(trace, LATEX), *map(latex_name, names)]).strip()
        return Line("where", name, symbolic, latex, numbers)
    products, symbolic = following_factors(trace, layer, row, j)
    return came_back(name, total, products, symbolic, slope, digits, terms)


def came_back(
    name: str, total: float, products: Sequence[tuple[Factor, ...]], symbolic: str, slope: tuple[str, float] | None,
    digits: int, terms: int,
) -> Line:  # fmt: skip
    """The gradient from the next layer, times a slope where there is one."""
    pieces, latex = tuple(of_factors(factors) for factors in products[:terms]), latex_rule(symbolic)
    if slope:
        symbolic, latex = f"({symbolic}) · {slope[0]}", rf"\Bigl({latex}\Bigr) \, {latex_name(slope[0])}"
    suffix_source, suffix = slope or ("", 1.0)
    numbers = Arithmetic(
        pieces, total, len(products) - len(pieces), suffix=suffix, digits=digits, suffix_source=suffix_source
    )
    return Line("where", name, symbolic, latex, numbers)


def mix_line(trace: Trace, layer: int, j: int, digits: int, terms: int) -> Line:
    """The data gradient of a mix: over the rows, what arrives times how far the activation is from the identity."""
    forward, backward = trace.forward[layer - 1], trace.backward[layer - 1]
    assert isinstance(forward.activation, MixedActivation)
    assert backward.d_mixes is not None
    base, units = forward.activation.base, forward.spec.units_of(j)
    rule = Expression(f"u * ({base.value.source} - z)")
    places = [(row, int(unit)) for row in range(trace.n_rows) for unit in units]
    pieces = tuple(
        Piece(
            rule, {"u": float(backward.arriving[row, u]), "z": float(forward.z[row, u]), **base.values},
            frozenset(base.values), {"u": f"dL/d{forward.place('a', row, u)}", "z": forward.place("z", row, u)},
        )
        for row, u in places[:terms]
    )  # fmt: skip
    numbers = Arithmetic(pieces, float(backward.d_mixes[j]), len(places) - len(pieces), digits=digits)
    at, over = (f"r,{j}", "r") if len(units) == 1 else (f"r,{j},y,x", "r,y,x")
    symbolic = f"Σ_{over} dL/da{layer}[{at}] · ({base.name}(z{layer}[{at}]) − z{layer}[{at}])"
    latex = r"\sum_r" if over == "r" else rf"\sum_{{{over}}}"
    latex += rf" \frac{{\partial L}}{{\partial a_{{{at}}}}} \left({base.value.latex} - z\right)"
    return Line("chain rule", f"dL/dm{layer}[{j}]", symbolic, latex, numbers)


def of_factors(factors: Sequence[Factor]) -> Piece:
    """A product of named numbers."""
    return product(*(factor.value for factor in factors), sources=[factor.name for factor in factors])


def _mix_name(forward: LayerForward, unit: int) -> str:
    """The name of the mix that a number has."""
    return f"m{forward.layer}[{int(forward.spec.neurons[unit])}]"
