"""A trace as LaTeX: the same sections and equations as the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.network.trace.equations.chain import gradient_line
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.update import update_lines
from glassnet.network.trace.views.sections import (
    Section,
    backward_sections,
    forward_sections,
    headline,
    left_out,
    loss_section,
)

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

_NEURONS = 3
_TERMS = 6
_PARAMETERS = 6
_SPECIAL = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "_": r"\_", "%": r"\%", "&": r"\&", "#": r"\#",
            "$": r"\$", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "…": r"\dots{}", "−": "$-$",
            "→": r"$\to$"}  # fmt: skip


def escaped(text: str) -> str:
    """Plain text that LaTeX sets as it stands."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def trace_latex(trace: Trace, *, digits: int, rows: int) -> str:
    """The whole step as a LaTeX fragment with paragraphs and ``align*`` blocks."""
    out = [rf"\paragraph{{{escaped(headline(trace))}}}"]
    for section in forward_sections(trace, digits, rows, _NEURONS, _TERMS):
        out += _block("Forward, " + section.title, section)
    out += _block("Loss", loss_section(trace, digits, rows))
    for section in backward_sections(trace, digits, rows, _NEURONS, _TERMS):
        out += _block("Backward, " + section.title, section)
    names = trace.parameter_names[:_PARAMETERS]
    lines: list[Line] = []
    for name in names:
        step = trace.parameter(name)
        lines += [gradient_line(trace, step, digits, _TERMS), *update_lines(trace, step, digits)]
    notes = left_out(len(trace.parameter_names), len(names), "parameter")
    out += _block("Gradients and update", Section("", tuple(lines), notes))
    return "\n".join(out)


def _block(title: str, section: Section) -> list[str]:
    """One section."""
    out = [rf"\paragraph{{{escaped(title)}}}"]
    if section.lines:
        body = " \\\\[3pt]\n".join(line.latex for line in section.lines)
        out += [r"\begin{align*}", body, r"\end{align*}"]
    return out + [escaped(note) + r"\par" for note in section.notes]
