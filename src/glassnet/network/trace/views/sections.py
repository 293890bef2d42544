"""The parts of a trace in reading order, each as equations; the text and LaTeX renderers write the same ones."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.layers import Dense, sizes_text
from glassnet.layers.place import shape_text
from glassnet.network.trace.equations.layer import a_line, delta_line, input_line, slope_line, z_line
from glassnet.network.trace.equations.line import Line
from glassnet.network.trace.equations.loss import loss_lines
from glassnet.network.trace.views.explain import check_sentence
from glassnet.pages.number import plain_number

if TYPE_CHECKING:
    from glassnet.network.trace.records import InputStep, LayerForward
    from glassnet.network.trace.trace import Trace

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
    sizes = sizes_text([here.spec for here in trace.forward])
    network = f"a network {sizes}" if "→" in sizes else f"a {sizes} network"
    rows = "1 row" if trace.n_rows == 1 else f"{trace.n_rows} rows"
    epoch = "" if trace.epoch is None else f" of epoch {trace.epoch}"
    extras = ["dropout"] if any(layer.keep is not None for layer in trace.forward) else []
    extras += [f"label smoothing {plain_number(loss.label_smoothing)}"] if loss.label_smoothing else []
    extras += [
        f"weights of layer {k} made by {m.parametrization.spec}"
        for k, m in enumerate(update.parts, 1)
        if m and not m.parametrization.plain
    ]
    if update.clipping.clip_norm is not None:
        norm, limit = plain_number(update.clipping.norm), plain_number(update.clipping.clip_norm)
        extras.append(f"gradient of norm {norm} {'clipped to' if update.clipping.factor < 1 else 'within'} {limit}")
    return (
        f"Training step {update.step}{epoch}: {network} on {rows}, loss {loss.loss.spec} ({loss.reduction}), "
        f"{update.optimizer.spec}, learning rate {plain_number(update.learning_rate, 6)}"
        + "".join(f", {extra}" for extra in extras)
    )


def left_out(total: int, kept: int, what: str, why: str = "") -> tuple[str, ...]:
    """A note on what is not written, if anything, and on what is."""
    more = total - kept
    reason = f" ({why})" if why else ""
    return (f"… and {more} more {what}{'s' if more > 1 else ''}{reason}",) if more > 0 else ()


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
        lines = []
        for row in range(kept):
            for j in written_units(trace, here.layer, row, neurons):
                lines.append(z_line(trace, here.layer, row, j, digits, terms))
                if here.activation.name != "identity":
                    lines.append(a_line(trace, here.layer, row, j, digits))
        title = f"layer {here.layer} ({_layer_text(here)})"
        sections.append(Section(title, tuple(lines), _rest(trace, here, neurons, kept)))
    if trace.loss.loss.link != "identity":
        outputs = min(neurons, trace.layer_sizes[-1])
        links = [
            f"prediction[{row},{j}] = {trace.loss.loss.link}(f[{row},{j}]) at "
            f"f = {plain_number(float(trace.loss.raw_prediction[row, j]), digits)}: "
            f"{plain_number(float(trace.loss.prediction[row, j]), digits)}"
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
        lines = []
        for row in range(kept):
            for j in written_units(trace, here.layer, row, neurons):
                lines.append(delta_line(trace, here.layer, row, j, digits, terms))
                if here.activation.name != "identity":
                    lines.append(slope_line(trace, here.layer, row, j, digits))
        sections.append(Section(f"layer {here.layer}", tuple(lines), _rest(trace, here, neurons, kept)))
    first = trace.forward[0].spec
    if len(first.shape_in) == 3:
        lines = [
            input_line(trace, row, int(i), digits, terms)
            for row in range(kept)
            for i in np.argsort(-np.abs(trace.d_inputs[row]), kind="stable")[:neurons]
        ]
        checks = tuple(f"{line.name}: {check_sentence(trace.check(line.name), digits)}" for line in lines[:1])
        notes = left_out(first.n_in, neurons, "input", "the steepest are written") + left_out(trace.n_rows, kept, "row")
        notes = (*checks, *notes)
        sections.append(Section("inputs: which pixels would change the loss", tuple(lines), notes))
    return sections


def is_map(here: LayerForward) -> bool:
    """Whether a layer makes feature maps."""
    return len(here.spec.shape_out) == 3


def written_units(trace: Trace, layer: int, row: int, count: int) -> list[int]:
    """The numbers of a layer that are written out: the first neurons, or of maps those with the largest signals."""
    here, delta = trace.forward[layer - 1], trace.backward[layer - 1].delta
    units = min(count, here.z.shape[1])
    if not is_map(here):
        return list(range(units))
    order = np.lexsort((-np.abs(here.a[row]), -np.abs(delta[row])))  # those that the step learns from
    return [int(unit) for unit in order[:units]]


def _layer_text(here: LayerForward) -> str:
    """A layer in a few words."""
    return here.activation.spec if isinstance(here.spec, Dense) else f"{here.spec!r}, {shape_text(here.spec.shape_out)}"


def _rest(trace: Trace, here: LayerForward, neurons: int, rows: int) -> tuple[str, ...]:
    """Sentences about the neurons and rows that a section omits."""
    units = min(neurons, here.z.shape[1])
    what, why = ("number", "those with the largest error signals are written") if is_map(here) else ("neuron", "")
    return left_out(here.z.shape[1], units, what, why) + left_out(trace.n_rows, rows, "row")
