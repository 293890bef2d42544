"""The parts of a trace in reading order, each as equations; the text and LaTeX renderers write the same ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from glassnet.network.arithmetic import shown
from glassnet.network.equations import Line, a_line, delta_line, loss_lines, slope_line, z_line

if TYPE_CHECKING:
    from glassnet.network.records import InputStep
    from glassnet.network.trace import Trace

_ALIKE = 4


@dataclass(frozen=True)
class Section:
    """One part: a title, equations and what was left out, in words."""

    title: str
    lines: tuple[Line, ...]
    notes: tuple[str, ...] = ()


def headline(trace: Trace) -> str:
    """The step in one sentence."""
    update, loss = trace.update, trace.loss
    sizes = "-".join(map(str, trace.layer_sizes))
    rows = "1 row" if trace.n_rows == 1 else f"{trace.n_rows} rows"
    epoch = "" if trace.epoch is None else f" of epoch {trace.epoch}"
    extras = ["dropout"] if any(layer.keep is not None for layer in trace.forward) else []
    extras += [f"label smoothing {shown(loss.label_smoothing)}"] if loss.label_smoothing else []
    extras += [
        f"weights of layer {k} made by {m.parametrization.spec}"
        for k, m in enumerate(update.made, 1)
        if m and not m.parametrization.plain
    ]
    if update.clipping.clip_norm is not None:
        norm, limit = shown(update.clipping.norm), shown(update.clipping.clip_norm)
        extras.append(f"gradient of norm {norm} {'clipped to' if update.clipping.factor < 1 else 'within'} {limit}")
    return (
        f"Training step {update.step}{epoch}: a {sizes} network on {rows}, loss {loss.loss.spec} ({loss.reduction}), "
        f"{update.optimizer.spec}, learning rate {shown(update.learning_rate, 6)}"
        + "".join(f", {extra}" for extra in extras)
    )


def left_out(total: int, kept: int, what: str) -> tuple[str, ...]:
    """A note on what is not written, if anything."""
    more = total - kept
    return (f"… and {more} more {what}{'s' if more > 1 else ''}",) if more > 0 else ()


def listed_inputs(steps: Sequence[InputStep]) -> Iterator[tuple[str, InputStep]]:
    """Each input step under its name; neighbors that came about alike (levels a cell does not have) share a line."""
    for (raw, formula, _), run in itertools.groupby(steps, key=lambda step: (step.raw, step.formula, step.value)):
        alike = list(run)
        if len(alike) >= _ALIKE and raw != formula:
            yield f"{alike[0].feature} and {len(alike) - 1} more", alike[0]
        else:
            yield from ((step.feature, step) for step in alike)


def forward_sections(trace: Trace, digits: int, rows: int, neurons: int, terms: int) -> list[Section]:
    """One section per layer, then the link."""
    sections, kept = [], min(rows, trace.n_rows)
    for here in trace.forward:
        units = min(neurons, len(here.biases))
        lines = []
        for row in range(kept):
            for j in range(units):
                lines.append(z_line(trace, here.layer, row, j, digits, terms))
                if here.activation.name != "identity":
                    lines.append(a_line(trace, here.layer, row, j, digits))
        notes = left_out(len(here.biases), units, "neuron") + left_out(trace.n_rows, kept, "row")
        sections.append(Section(f"layer {here.layer} ({here.activation.spec})", tuple(lines), notes))
    if trace.loss.loss.link != "identity":
        outputs = min(neurons, trace.layer_sizes[-1])
        links = [
            f"prediction[{row},{j}] = {trace.loss.loss.link}(f[{row},{j}]) at "
            f"f = {shown(float(trace.loss.raw_prediction[row, j]), digits)}: "
            f"{shown(float(trace.loss.prediction[row, j]), digits)}"
            for row in range(kept)
            for j in range(outputs)
        ]
        sections.append(Section(f"prediction (link {trace.loss.loss.link})", (), tuple(links)))
    return sections


def loss_section(trace: Trace, digits: int, rows: int) -> Section:
    """Row losses, reduction, penalties, total."""
    return Section("loss", tuple(loss_lines(trace, digits, rows)), left_out(trace.n_rows, rows, "row"))


def backward_sections(trace: Trace, digits: int, rows: int, neurons: int, terms: int) -> list[Section]:
    """One section per layer, from the last to the first."""
    sections, kept = [], min(rows, trace.n_rows)
    for here in reversed(trace.forward):
        units = min(neurons, len(here.biases))
        lines = []
        for row in range(kept):
            for j in range(units):
                lines.append(delta_line(trace, here.layer, row, j, digits, terms))
                if here.activation.name != "identity":
                    lines.append(slope_line(trace, here.layer, row, j, digits))
        notes = left_out(len(here.biases), units, "neuron") + left_out(trace.n_rows, kept, "row")
        sections.append(Section(f"layer {here.layer}", tuple(lines), notes))
    return sections
