"""The equations of a loss: its value row by row, what reduces and adds to it, and its slope at a raw prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.formulas import penalties
from glassnet.formulas.language import Expression
from glassnet.formulas.language.render.display import LATEX, TEXT, Style, render
from glassnet.formulas.language.syntax import Call, Operation
from glassnet.layers import Place
from glassnet.network.trace.equations.arithmetic import Arithmetic, Piece, product, split_constant
from glassnet.network.trace.equations.line import Line

if TYPE_CHECKING:
    from glassnet.formulas.coupled.batch_loss import Derivation
    from glassnet.network.trace.trace import Trace


_SHARERS = 12  # rows whose shares in one risk set are written out


def reduction_parts(trace: Trace) -> tuple[float, float]:
    """The reduction factor as numerator and denominator, so that 1/3 is not shown as 0.33333."""
    half = 0.5 if trace.loss.reduction.startswith("half") else 1.0
    return half, float(trace.loss.row_weights.sum()) if trace.loss.reduction.endswith("mean") else 1.0


def numerator_of(trace: Trace) -> float:
    """The constant factor of the gradient: of the loss and of the reduction."""
    gradient = trace.loss.loss.gradient
    return reduction_parts(trace)[0] * (1.0 if gradient is None else split_constant(gradient)[0])


def weighted(trace: Trace) -> bool:
    """Whether row weights differ from 1."""
    return bool((trace.loss.row_weights != 1).any())


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


def pieces_of(total: Derivation) -> tuple[Piece, ...]:
    """The parts of an opened number as pieces of arithmetic."""
    return tuple(Piece(each.formula, each.values, sources=each.sources) for each in total.parts)


def derivation_line(name: str, total: Derivation, digits: int) -> Line:
    """A number of a coupled loss."""
    numbers = Arithmetic(pieces_of(total), total.total, total.omitted, digits=digits)
    return Line("loss", name, total.symbolic, total.latex, numbers)


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


def _at(row: int, j: int, *names: str) -> dict[str, str]:
    """The sources of a row's quantities, for example ``f[0,0]``."""
    return {name: f"{name}[{row},{j}]" for name in names}
