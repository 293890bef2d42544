"""Equations: every step of a trace as ``name = rule = numbers = result``, ready for any output language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.formulas import MixedActivation, penalties
from glassnet.formulas.language import Expression
from glassnet.formulas.render.display import LATEX, TEXT, Style, render
from glassnet.formulas.syntax import Call, Operation
from glassnet.layers import Dense, Place
from glassnet.network.trace.arithmetic import Arithmetic, Piece, product, shown, split_constant, with_factors
from glassnet.network.trace.sums import below_name, following_factors
from glassnet.network.trace.symbols import latex_name, latex_rule, wrapped

if TYPE_CHECKING:
    from glassnet.formulas.coupled import Derivation
    from glassnet.network.trace.records import Factor, LayerForward
    from glassnet.network.trace.trace import Trace


_FEW_MORE = 4
_SHARERS = 12  # rows whose shares in one risk set are written out
_CHOICES = 9  # numbers of a window that are written out where one of them wins


@dataclass(frozen=True)
class Line:
    """One shown equation: ``name = symbolic = numbers = result``.

    Attributes
    ----------
    part : str
        ``"chain rule"``, ``"where"``, ``"penalty"``, ``"gradient"``, ``"update"``.
    name : str
        The left side.
    symbolic, symbolic_latex : str
        The rule.
    arithmetic : Arithmetic
        The numbers.
    """

    part: str
    name: str
    symbolic: str
    symbolic_latex: str
    arithmetic: Arithmetic

    @property
    def label(self) -> str:
        """The left side as text, indices written as such."""
        return render(Expression(self.name), TEXT) if self.name.isidentifier() else self.name

    @property
    def right_side(self) -> str:
        """The numbers and the result, for example ``0.5 · 2 = 1``."""
        written, result = self.arithmetic.write(TEXT), self.arithmetic.result
        return written if written == result else f"{written} = {result}"

    @property
    def numbers(self) -> str:
        """The equation with numbers, for example ``g = 0.5 · 2 = 1``."""
        return f"{self.label} = {self.right_side}"

    def text(self, width: int = 96, indent: str = "    ", *, rule: bool = True) -> list[str]:
        """The rule, and the numbers under it at the same equal sign."""
        under = indent + " " * len(self.label) + "   "
        if not (self.symbolic and rule):
            return wrapped(self.numbers, width, indent, under)
        return [
            *wrapped(f"{self.label} = {self.symbolic}", width, indent, under),
            *wrapped(f" = {self.right_side}", width, under[:-3], under),
        ]

    @property
    def latex(self) -> str:
        """The whole equation in LaTeX, aligned at the equal signs."""
        result = self.arithmetic.result.replace("−", "-")
        mantissa, mark, exponent = result.partition("e")
        result = rf"{mantissa} \cdot 10^{{{exponent}}}" if mark else result
        parts = [f"{latex_name(self.name)} &= {self.symbolic_latex}", f"&= {self.arithmetic.write(LATEX)}"]
        if parts[1] != f"&= {result}":
            parts.append(f"&= {result}")
        return " \\\\\n".join(parts)


def reduction_parts(trace: Trace) -> tuple[float, float]:
    """The reduction factor as numerator and denominator, so that 1/3 is not shown as 0.33333."""
    half = 0.5 if trace.loss.reduction.startswith("half") else 1.0
    return half, float(trace.loss.row_weights.sum()) if trace.loss.reduction.endswith("mean") else 1.0


def loss_gradient(trace: Trace, row: int, j: int) -> tuple[float, Piece]:
    """dL/df of one output as a constant and a formula with numbers, before reduction and row weight."""
    step = trace.loss
    if step.coupled is not None:
        return 1.0, pieces_of(step.coupled.slope_derivation(row, j))[0]
    f, y = float(step.raw_prediction[row, j]), float(step.y[row, j])
    if step.loss.gradient is None:  # softmax: the prediction minus the target
        share = float(step.y[row].sum())
        values = {"p": float(step.prediction[row, j]), "s": share, "y": y}
        return 1.0, Piece(Expression("p - y" if share == 1 else "p * s - y"), values, sources=_at(row, j, "p", "y"))
    constant, rest = split_constant(step.loss.gradient)
    values = {"f": f, "y": y, **step.loss.values}
    return constant, Piece(rest, values, frozenset(step.loss.values), _at(row, j, "f", "y"))


def pieces_of(total: Derivation) -> tuple[Piece, ...]:
    """The parts of an opened number as pieces of arithmetic."""
    return tuple(Piece(each.formula, each.values, sources=each.sources) for each in total.parts)


def derivation_line(name: str, total: Derivation, digits: int) -> Line:
    """A number of a coupled loss."""
    numbers = Arithmetic(pieces_of(total), total.total, total.omitted, digits=digits)
    return Line("loss", name, total.symbolic, total.latex, numbers)


def _at(row: int, j: int, *names: str) -> dict[str, str]:
    """The sources of a row's quantities, for example ``f[0,0]``."""
    return {name: f"{name}[{row},{j}]" for name in names}


def of_factors(factors: Sequence[Factor]) -> Piece:
    """A product of named numbers."""
    return product(*(factor.value for factor in factors), sources=[factor.name for factor in factors])


def loss_symbol(trace: Trace, style: Style) -> str:
    """The loss gradient without its constant, bracketed where it is a sum or has branches."""
    if trace.loss.coupled is not None:
        slope = trace.loss.coupled.slope_derivation(0, 0)
        return style.bracket(slope.symbolic if style is TEXT else slope.latex)
    if trace.loss.loss.gradient is None:
        return "(p − y)" if style is TEXT else r"\left(p - y\right)"
    rest = split_constant(trace.loss.loss.gradient)[1]
    text = render(rest, style)
    tree = rest.tree
    branches = isinstance(tree, Call) and tree.function == "where"
    loose = branches or (isinstance(tree, Operation) and tree.operator in ("+", "-", "neg"))
    return style.bracket(text) if loose else text


def numerator_of(trace: Trace) -> float:
    """The constant factor of the gradient: of the loss and of the reduction."""
    gradient = trace.loss.loss.gradient
    return reduction_parts(trace)[0] * (1.0 if gradient is None else split_constant(gradient)[0])


def weighted(trace: Trace) -> bool:
    """Whether row weights differ from 1."""
    return bool((trace.loss.row_weights != 1).any())


def slope_line(trace: Trace, layer: int, row: int, j: int, digits: int) -> Line:
    """The slope of one activation, from its own formula."""
    forward, backward = trace.forward[layer - 1], trace.backward[layer - 1]
    record = forward.activation.of(j)
    values = {"z": float(forward.z[row, j]), "a": float(forward.a[row, j]), **record.values}
    values = {name: value for name, value in values.items() if name in record.derivative.names}
    places = {name: forward.place(name, row, j) for name in ("z", "a")} | {"mix": _mix_name(forward, j)}
    piece = Piece(record.derivative, values, frozenset(record.values) - {"mix"}, places)
    at = "" if values.keys() & {"a"} else f"  at {places['z']} = {shown(float(forward.z[row, j]), digits)}"
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


def input_line(trace: Trace, row: int, i: int, digits: int, terms: int) -> Line:
    """How the loss changes with one input: what the first layer sends back to it."""
    total = trace.input_sum(row, i)
    return came_back(
        total.name, total.total, [term.factors for term in total.terms], total.symbolic, None, digits, terms
    )


def _mix_name(forward: LayerForward, unit: int) -> str:
    """The name of the mix that a number has."""
    return f"m{forward.layer}[{int(forward.spec.neurons[unit])}]"


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
    values = [shown(float(here.arriving[row, i]), 3) for i in could]
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


def row_loss_line(trace: Trace, row: int, digits: int) -> Line:
    """The loss of one row, a sum over its outputs."""
    step = trace.loss
    total, loss = float(step.row_losses[row]), step.loss
    if step.coupled is not None:
        return derivation_line(f"ℓ[{row}]", step.coupled.loss_derivation(row), digits)
    pieces: tuple[Piece, ...]
    if loss.value is not None:
        pieces = tuple(
            Piece(
                loss.value,
                {"f": float(f), "y": float(y), **loss.values},
                frozenset(loss.values),
                _at(row, j, "f", "y"),
            )
            for j, (f, y) in enumerate(zip(step.raw_prediction[row], step.y[row], strict=True))
        )
        symbolic, latex = loss.value.text, loss.value.latex
    else:  # softmax: minus the logarithm of the probability of the row's class
        outputs = enumerate(zip(step.y[row], step.prediction[row], strict=True))
        seen = [(j, float(y), float(p)) for j, (y, p) in outputs if y]
        pieces = tuple(
            Piece(
                Expression("-log(p)" if y == 1 else "-y * log(p)"), {"p": p} if y == 1 else {"y": y, "p": p},
                sources=_at(row, j, "p", "y"),
            )
            for j, y, p in seen
        )  # fmt: skip
        if not all(p > 0 for _, _, p in seen):  # so improbable that the probability is 0 in float64
            pieces = (product(total),)
        symbolic, latex = "−Σ_k y_k · log(p_k)", r"-\sum_k y_k \, \log p_k"
    return Line("loss", f"ℓ[{row}]", symbolic, latex, Arithmetic(pieces, total, digits=digits))


def _target_lines(trace: Trace, row: int, digits: int) -> list[Line]:
    """The smoothed targets of a row; none without label smoothing."""
    step = trace.loss
    if not step.label_smoothing:
        return []
    classes = 2.0 if step.loss.elementwise else float(step.y.shape[1])
    lines = []
    for j, target in enumerate(trace.y[row]):
        values = {"s": step.label_smoothing, "t": float(target), "k": classes}
        numbers = Piece(Expression("(1 - s) * t + s / k"), values, frozenset("sk"), {"s": "label_smoothing"})
        lines.append(Line(
            "loss", f"y[{row},{j}]", "(1 − s) · target + s / classes",
            r"(1 - s) \, \mathrm{target} + \frac{s}{\mathrm{classes}}",
            Arithmetic((numbers,), float(step.y[row, j]), digits=digits),
        ))  # fmt: skip
    return lines


def _coupled_lines(trace: Trace, row: int, digits: int) -> list[Line]:
    """The sums behind the loss of a row, and the share of each row in it, where the batch is looked at as a whole."""
    coupled = trace.loss.coupled
    if coupled is None:
        return []
    names = [f"{letter}[{row}]" for letter in coupled.sums_of(row)]
    names += [f"share[{row},{other}]" for other in coupled.sharers_of(row)[:_SHARERS]]
    lines = []
    for name in names:
        place = Place.read(name)
        quantity = None if place is None else coupled.derivation(place.letter, place.numbers)
        lines += [] if quantity is None else [derivation_line(name, quantity, digits)]
    return lines


def loss_lines(trace: Trace, digits: int, rows: int) -> list[Line]:
    """The row losses, their reduction, each penalty and the total."""
    step = trace.loss
    lines = [
        line
        for row in range(min(rows, trace.n_rows))
        for line in (*_target_lines(trace, row, digits), *_coupled_lines(trace, row, digits),
                     row_loss_line(trace, row, digits))
    ]  # fmt: skip
    half, denominator = reduction_parts(trace)
    heavy = weighted(trace)
    pieces = tuple(
        product(
            *([float(step.row_weights[row])] if heavy else []),
            float(step.row_losses[row]),
            sources=[*([f"w[{row}]"] if heavy else []), f"ℓ[{row}]"],
        )
        for row in range(min(rows, trace.n_rows))
    )
    numbers = Arithmetic(
        pieces, step.data, trace.n_rows - len(pieces), numerator=half, denominator=denominator, digits=digits
    )
    head, head_latex = numbers.prefix(TEXT), numbers.prefix(LATEX)
    symbolic = (f"{head} · " if head else "") + ("Σ_r w[r] · ℓ[r]" if heavy else "Σ_r ℓ[r]")
    latex = rf"{head_latex} \sum_r {'w_r ' if heavy else ''}\ell_r".strip()
    name = "data loss" if step.penalties else "L"
    lines.append(Line("loss", name, symbolic, latex, numbers))
    for term in step.penalties:
        record = penalties[term.name]
        size = sum(float(np.asarray(record.apply(w)).sum()) for w in trace.penalized)
        piece = Piece(Expression("s * v"), {"s": term.strength, "v": size}, frozenset({"s"}), {"s": term.name})
        lines.append(Line(
            "loss", f"{term.name} penalty", f"{term.name} · Σ_w {record.value.text}",
            rf"\mathrm{{{term.name}}} \sum_w {record.value.latex}", Arithmetic((piece,), term.value, digits=digits),
        ))  # fmt: skip
    if step.penalties:
        names = ["data loss", *(f"{term.name} penalty" for term in step.penalties)]
        values = (step.data, *(term.value for term in step.penalties))
        parts = tuple(product(value, sources=[part]) for value, part in zip(values, names, strict=True))
        latex = " + ".join(rf"\text{{{part}}}" for part in names)
        lines.append(Line("loss", "L", " + ".join(names), latex, Arithmetic(parts, step.total, digits=digits)))
    return lines
