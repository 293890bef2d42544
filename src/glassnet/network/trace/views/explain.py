"""Explain: the chain rule for one weight or bias, in symbols and with the numbers of a step plugged in.

Where a single path leads from the parameter to the loss, the whole path is written out as one product per row. Where
paths branch, the gradient is written with error signals ``δ``, which are opened one after another for the first row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from glassnet.layers import Convolution
from glassnet.network.trace.equations.chain import gradient_line, single_path
from glassnet.network.trace.equations.layer import arriving_line, delta_line, slope_line
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.update import penalty_lines, update_lines
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.network.trace.checks import GradientCheck
    from glassnet.network.trace.records import ParameterStep
    from glassnet.network.trace.trace import Trace

_OPENED = 3  # neurons per layer whose error signals are opened


@dataclass(frozen=True)
class Explanation:
    """How one parameter's gradient and update come about.

    ``print`` it, or read its `lines`. `numbers` is the chain rule with numbers, `symbolic` without; of a weight of a
    kernel, `patches` are the patches that move it most, as lines of text.
    """

    parameter: str
    title: str
    lines: tuple[Line, ...]
    check: GradientCheck
    digits: int
    notes: Mapping[str, str] = field(default_factory=dict)
    patches: tuple[str, ...] = ()

    @property
    def symbolic(self) -> str:
        """The chain rule in symbols."""
        return f"{self.lines[0].name} = {self.lines[0].symbolic}"

    @property
    def numbers(self) -> str:
        """The chain rule with numbers."""
        return self.lines[0].numbers

    @property
    def note(self) -> str:
        """Which row the opened error signals belong to; empty with a single row."""
        return self.notes.get("where", "")

    def text(self, width: int = 96) -> str:
        """All lines as plain text."""
        out, part = [self.title], ""
        for line in self.lines:
            if line.part != part:
                part = line.part
                out += ["", f"  {part}{self.notes.get(part, '')}"]
            out += line.text(width)
        out += ["", *self.patches] if self.patches else []
        return "\n".join([*out, "", "  check", f"    {check_sentence(self.check, self.digits)}"])

    @property
    def latex(self) -> str:
        """All lines as LaTeX (needs amsmath)."""
        body = " \\\\[4pt]\n".join(line.latex for line in self.lines)
        return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"

    def _repr_latex_(self) -> str:
        """The explanation as notebooks show it."""
        return self.latex

    def __str__(self) -> str:
        return self.text()


def check_sentence(check: GradientCheck, digits: int) -> str:
    """The finite-difference check in words."""
    sentence = (
        f"(L(w + h) − L(w − h)) / 2h = {plain_number(check.numeric, digits)} with h = {plain_number(check.width, 2)}; "
        f"relative error {plain_number(check.relative_error, 2)}: {check.verdict}"
    )
    return sentence + (f" ({check.kink})" if check.kink and check.agrees else "")


def explain(trace: Trace, name: str, *, digits: int = 5, terms: int = 8) -> Explanation:
    """Explain one parameter; see `Trace.explain`."""
    step = trace.parameter(name)
    first, *rest = parameter_lines(trace, step, digits, terms)
    lines, notes = [first], {}
    if step.kind == "mixes":
        lines.append(arriving_line(trace, step.layer, 0, step.index[0], digits, terms))
        lines += _delta_lines(trace, step, digits, terms, first=step.layer + 1)
    elif single_path(trace, step.layer):
        notes["chain rule"] = {
            "entry": " (f: raw prediction, y: target)", "row": " (p: predicted share, y: target)",
            "batch": " (e: each event, r: each row)",
        }[trace.loss.loss.scope]  # fmt: skip
        lines += _slope_lines(trace, step, digits)
    else:
        lines += _delta_lines(trace, step, digits, terms)
    if lines[0].arithmetic.omitted and len(trace.forward[step.layer - 1].spec.shape_out) == 3:
        notes["chain rule"] = " (largest terms first)"
    if any(line.part == "where" for line in lines) and trace.n_rows > 1:
        notes["where"] = f" ({trace.row_names[0]}; the other rows likewise)"
    lines += rest
    patches = _patches(trace, step, digits)
    return Explanation(step.name, _title(trace, step), tuple(lines), trace.check(step.name), digits, notes, patches)


def parameter_lines(trace: Trace, step: ParameterStep, digits: int, terms: int) -> list[Line]:
    """The lines of a parameter: its gradient, penalty and new value, without the signals behind the gradient."""
    return [
        gradient_line(trace, step, digits, terms), *penalty_lines(trace, step, digits),
        *update_lines(trace, step, digits),
    ]  # fmt: skip


def _patches(trace: Trace, step: ParameterStep, digits: int) -> tuple[str, ...]:
    """Of a weight of a kernel: the patches that move it most, as text."""
    if step.kind != "weights" or not isinstance(trace.forward[step.layer - 1].spec, Convolution):
        return ()
    from glassnet.network.trace.views.pictures import patches_behind

    out = ["  patches that move it most (what the kernel sees there, the number under the tap in brackets)"]
    for where, patch, delta, pixel in patches_behind(trace, step, _OPENED):
        out += ["", f"    {where}: δ = {plain_number(delta, digits)}, times {plain_number(pixel, digits)}"]
        for y, line in enumerate(patch):
            texts = [plain_number(float(value), 3) for value in line]
            cells = [f"[{text}]" if (y, x) == step.index[2:] else f"{text} " for x, text in enumerate(texts)]
            out.append("    " + "".join(cell.rjust(8) for cell in cells).rstrip())
    return tuple(out)


def _neurons_to_open(trace: Trace, step: ParameterStep) -> list[int]:
    """The numbers whose error signals a parameter's gradient adds up, those that are opened for the first row."""
    here = trace.forward[step.layer - 1]
    if step.kind != "weights":
        return _strongest(trace, step.layer, here.spec.units_of(step.index[0]).tolist())
    links = here.spec.links_through(int(np.ravel_multi_index(step.index, here.weights.shape)), here.arriving[0])
    return _strongest(trace, step.layer, links.units.tolist())


def _strongest(trace: Trace, layer: int, units: list[int]) -> list[int]:
    """The first few of some numbers of a layer; in a map those with the largest error signals."""
    if len(trace.forward[layer - 1].spec.shape_out) == 3:
        delta = trace.backward[layer - 1].delta[0]
        units = sorted(units, key=lambda unit: -abs(float(delta[unit])))
    return units[:_OPENED]


def _title(trace: Trace, step: ParameterStep) -> str:
    """Describe the parameter in words."""
    last = step.layer == len(trace.forward)
    activation = trace.forward[step.layer - 1].activation.name
    spec = trace.forward[step.layer - 1].spec
    if len(spec.shape_out) == 3:
        return _title_in_a_map(trace, step)
    place = f"neuron {step.index[-1]} of layer {step.layer} ({activation}{', the output' if last else ''})"
    if step.kind != "weights":
        return f"{step.name}: the {'bias' if step.kind == 'biases' else 'mix'} of {place}"
    source = trace.feature_names[step.index[0]] if step.layer == 1 else trace.unit_name(step.layer - 1, step.index[0])
    return f"{step.name}: the weight from {source} to {place}"


def _title_in_a_map(trace: Trace, step: ParameterStep) -> str:
    """Describe a parameter of a layer of maps in words."""
    spec = trace.forward[step.layer - 1].spec
    place = f"channel {step.index[0]} of layer {step.layer} ({spec!r})"
    if step.kind != "weights":
        return f"{step.name}: the {'bias' if step.kind == 'biases' else 'mix'} of {place}"
    size = " x ".join(map(str, spec.arrays["weights"][2:]))
    tap = ", ".join(map(str, step.index[2:]))
    entering = f"channel {step.index[1]} of what enters"
    return f"{step.name}: the weight at {tap} of the {size} kernel of {place}, for {entering}"


def _slope_lines(trace: Trace, step: ParameterStep, digits: int) -> list[Line]:
    """The slopes along a single path, for the first row."""
    return [
        slope_line(trace, layer, 0, step.index[-1] if layer == step.layer else 0, digits)
        for layer in range(len(trace.forward), step.layer - 1, -1)
        if trace.forward[layer - 1].activation.name != "identity"
    ]


def _delta_lines(trace: Trace, step: ParameterStep, digits: int, terms: int, first: int | None = None) -> list[Line]:
    """The error signals behind the gradient for the first row, layer by layer towards the loss."""
    lines, neurons = [], _neurons_to_open(trace, step)
    for layer in range(step.layer, len(trace.forward) + 1):
        for j in neurons if layer >= (first or step.layer) else ():
            lines.append(delta_line(trace, layer, 0, j, digits, terms))
            if trace.forward[layer - 1].activation.name != "identity":
                lines.append(slope_line(trace, layer, 0, j, digits))
        if layer < len(trace.forward):
            following = trace.forward[layer]
            reached = {int(u) for j in neurons for u in following.spec.links_from(j, following.arriving[0]).units}
            neurons = _strongest(trace, layer + 1, sorted(reached))
    return lines
