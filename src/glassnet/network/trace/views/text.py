"""A trace as plain text: seven parts in reading order, calm and aligned, for a terminal of 80 to 100 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
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
    listed_inputs,
    loss_section,
)
from glassnet.pages.number import distinct_numbers, plain_number

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

_NEURONS = 4
_TERMS = 8
_PARAMETERS = 24
_WRITTEN_OUT = 6
_SHADES = " .:-=+*#%@"


def trace_text(trace: Trace, *, digits: int, rows: int, width: int) -> str:
    """The whole step; `rows` bounds the rows that are written out, `width` the columns."""
    out = textwrap.wrap(headline(trace), width) + textwrap.wrap(trace.note, width)
    if trace.engine is not None:
        out += textwrap.wrap(trace.engine.sentence, width)
    out += _heading("1  Inputs", width) + _inputs(trace, digits, rows, width)
    out += _heading("2  Forward: z = a W + b, then the activation", width)
    for section in forward_sections(trace, digits, rows, _NEURONS, _TERMS):
        out += _section(section, width, rule_once=True)
    out += _heading("3  Loss", width) + _section(loss_section(trace, digits, rows), width, rule_once=True, bare=True)
    out += _heading("4  Backward: δ = dL/dz", width)
    for section in backward_sections(trace, digits, rows, _NEURONS, _TERMS):
        out += _section(section, width, rule_once=True)
    names = trace.parameter_names[:_WRITTEN_OUT]
    lines = [gradient_line(trace, trace.parameter(name), digits, _TERMS) for name in names]
    notes = left_out(len(trace.parameter_names), len(names), "gradient")
    out += _section(Section("gradients (data part)", tuple(lines), notes), width, rule_once=False)
    out += _heading("5–7  Penalty, check and update of each parameter", width)
    out += _optimizer(trace, digits, width)
    out += _parameters(trace, digits)
    loss, new = distinct_numbers(trace.loss.total, trace.new_loss, digits)
    out += ["", f"Loss on these rows: {loss} before the step, {new} after it."]
    return "\n".join(out)


def _heading(title: str, width: int) -> list[str]:
    """A title with a rule under it."""
    return ["", title, "─" * min(width, max(len(title), 40))]


def _section(section: Section, width: int, *, rule_once: bool, bare: bool = False) -> list[str]:
    """A section; with `rule_once` a rule is written for the first equation of its kind only."""
    out = [] if bare else [f"  {section.title}"]
    seen: set[str] = set()
    for line in section.lines:
        kind = _kind(line) if rule_once else line.name
        out += line.text(width, rule=kind not in seen)
        seen.add(kind)
    return out + [f"    {note}" for note in section.notes]


def _kind(line: Line) -> str:
    """The quantity that an equation computes: its name without indices."""
    return line.name.partition("[")[0]


def _inputs(trace: Trace, digits: int, rows: int, width: int) -> list[str]:
    """The inputs of each row: raw value and how it became what the network sees."""
    kept = min(rows, trace.n_rows)
    plain = all(step.raw == step.formula for row in trace.inputs[:kept] for step in row)
    out = []
    if plain and len(trace.forward[0].spec.shape_in) == 3:
        for r in range(kept):
            out += _image(trace, r, digits, width)
        return out + [f"  {note}" for note in left_out(trace.n_rows, kept, "row")]
    if plain and sum(max(len(name), 10) + 2 for name in trace.feature_names) + 30 <= width:
        table = [["", *trace.feature_names, *trace.target_columns]]
        for r in range(kept):
            values = (*trace.X[r], *trace.y[r])
            table.append([trace.row_names[r], *(plain_number(float(value), digits) for value in values)])
        return _align(table) + [f"  {note}" for note in left_out(trace.n_rows, kept, "row")]
    for r in range(kept):
        target = ", ".join(plain_number(float(value), digits) for value in trace.y[r])
        out.append(f"  {trace.row_names[r]} (target {target})")
        table = []
        for name, step in listed_inputs(trace.inputs[r]):
            value = plain_number(step.value, digits)
            table.append([name, step.raw, "" if step.formula == step.raw else f"→ {step.formula} =", value])
        out += ["  " + line for line in _align(table, left=(0, 2))]
    return out + [f"  {note}" for note in left_out(trace.n_rows, kept, "row")]


def _image(trace: Trace, r: int, digits: int, width: int) -> list[str]:
    """An image of a row, as numbers if they fit or else in shades, followed by the other numbers."""
    first = trace.forward[0].spec
    rows, columns, channels = first.shape_in
    target = ", ".join(plain_number(float(value), digits) for value in trace.y[r])
    out = [f"  {trace.row_names[r]} (target {target})"]
    image = trace.X[r, : rows * columns * channels].reshape(first.shape_in)
    for c in range(channels):
        out += [f"    channel {c}"] if channels > 1 else []
        table = [[plain_number(float(value), 2) for value in line] for line in image[:, :, c]]
        cell = max(len(text) for line in table for text in line)
        if columns * (cell + 2) + 2 <= width:
            out += ["  " + line for line in _align(table, left=())]
        else:
            low, high = float(image[:, :, c].min()), float(image[:, :, c].max())
            steps = (image[:, :, c] - low) / ((high - low) or 1.0) * (len(_SHADES) - 1)
            out += ["    " + "".join(_SHADES[round(float(step))] for step in line) for line in steps]
            out.append(f"    blank is {plain_number(low, 3)}, {_SHADES[-1]} is {plain_number(high, 3)}")
    beside = zip(trace.feature_names[image.size :], trace.X[r, image.size :], strict=True)
    return out + [f"    {name} = {plain_number(float(value), digits)}" for name, value in beside]


def _align(table: Sequence[Sequence[str]], left: tuple[int, ...] = (0,)) -> list[str]:
    """Rows of cells in columns; the `left` columns start at the left, numbers end at the right."""
    widths = [max(len(row[c]) for row in table) for c in range(len(table[0]))]
    return [
        "  " + "  ".join(
            cell.ljust(w) if c in left else cell.rjust(w) for c, (cell, w) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]  # fmt: skip


def _optimizer(trace: Trace, digits: int, width: int) -> list[str]:
    """The optimizer's formulas, with the numbers of the first parameter."""
    if not trace.parameter_names:
        return ["  This network trains nothing.", ""]
    first = trace.parameter(trace.parameter_names[0])
    out = [f"  {trace.update.optimizer.name}, written out for {first.name}"]
    for line in update_lines(trace, first, digits):
        out += line.text(width)
    return [*out, ""]


def _parameters(trace: Trace, digits: int) -> list[str]:
    """The table of parameters."""
    names = trace.parameter_names[:_PARAMETERS]
    with_penalty = bool(trace.loss.penalties)
    header = ["", "old", "data gradient", *(["penalty"] if with_penalty else []), "difference", "rel. error", "new"]
    table, remarks = [header], []
    for name in names:
        step, check = trace.parameter(name), trace.check(name)
        table.append([
            name, plain_number(step.old, digits), plain_number(step.data_gradient, digits),
            *([plain_number(step.penalty_gradient, digits)] if with_penalty else []),
            plain_number(check.numeric, digits), plain_number(check.relative_error, 2), plain_number(step.new, digits),
        ])  # fmt: skip
        if check.kink or not check.agrees:
            remarks.append(f"  {name}: the finite difference {check.verdict}" + (
                f" ({check.kink})" if check.kink and check.agrees else ""))  # fmt: skip
    return (
        _align(table)
        + [f"  {note}" for note in left_out(len(trace.parameter_names), len(names), "parameter")]
        + remarks
    )
