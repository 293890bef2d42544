"""Central finite differences: the gradient found without the chain rule, to hold the chain rule against.

One parameter is moved up and down by a small width and everything behind it is computed again. Row losses are
subtracted row by row before they are added up, which keeps the rounding error small. Where the objective bends inside
the interval (a relu at 0, an absolute error at its target, an L1 penalty at weight 0) the check says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.formulas import MixedActivation, penalties
from glassnet.layers import Place
from glassnet.network.shapes import Array
from glassnet.network.trace.checks import GradientCheck
from glassnet.network.trace.records import LayerForward

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

_EPSILON = float(np.finfo(np.float64).eps)
WIDTH = _EPSILON ** (1 / 3)  # where the errors of rounding and of truncation are about equal
_AFFORDABLE = 1e7
_CHUNK = 2e6


def affordable(trace: Trace) -> bool:
    """Whether checking every parameter takes no more than about a second."""
    return len(trace.parameter_names) * trace.n_rows * sum(trace.layer_sizes) <= _AFFORDABLE


def check_parameters(trace: Trace, names: Sequence[str]) -> dict[str, GradientCheck]:
    """Check the named parameters, many at a time."""
    located = [(name, *trace.locate(name)) for name in names]
    checks: dict[str, GradientCheck] = {}
    size = max(1, int(_CHUNK / (2 * trace.n_rows * max(trace.layer_sizes))))
    with np.errstate(over="ignore", invalid="ignore"):  # a step that overflows can still be looked at
        for (layer, mixing), group in groupby(located, key=lambda entry: (entry[2], entry[1] == "mixes")):
            entries = [(name, kind, index) for name, kind, _, index in group]
            moving = _shift_mixes if mixing else _shift_parameters
            for start in range(0, len(entries), size):
                chunk = entries[start : start + size]
                for check in _check_chunk(trace, layer, chunk, *moving(trace, layer, chunk)):
                    checks[check.parameter] = check
    return {name: checks[name] for name in names}


Entries = list[tuple[str, str, tuple[int, ...]]]  # name, kind and place of some parameters of one layer
Moved = tuple[Array, Array, Array, list[str]]  # widths, parameters down and up, activations of the layer, kinks met


def _shift_parameters(trace: Trace, layer: int, entries: Entries) -> Moved:
    """Weights or biases moved down and up: axis 0 is the parameter, axis 1 down and up, axis 2 the row."""
    here = trace.forward[layer - 1]
    old = np.array([getattr(here, kind)[index] for _, kind, index in entries])
    fed = [_arrivals(here, kind, index) for _, kind, index in entries]
    sizes = np.abs(here.z).max(axis=0)
    largest = np.array([[sizes[units].max(initial=0.0), np.abs(by).max(initial=0.0)] for units, by in fed])
    width = WIDTH * np.maximum(1.0, largest[:, 0]) / np.maximum(1.0, largest[:, 1])
    moved = np.stack([old - width, old + width], axis=1)
    z = np.repeat(here.z[None, None], len(entries), axis=0).repeat(2, axis=1)
    if all(len(units) == 1 for units, _ in fed):  # as in a dense layer: all at once
        neuron, by = np.array([units[0] for units, _ in fed]), np.stack([by[:, 0] for _, by in fed])
        z[np.arange(len(entries)), :, :, neuron] += (moved - old[:, None])[:, :, None] * by[:, None, :]
    else:
        for e, (units, by) in enumerate(fed):
            for side in (0, 1):
                z[e, side][:, units] += (moved[e, side] - old[e]) * by
    bends = [""] * len(entries)
    _find_activation_kinks(bends, trace, layer, z)
    return width, moved, np.asarray(here.activation.apply(z), dtype=np.float64), bends


def _arrivals(here: LayerForward, kind: str, index: tuple[int, ...]) -> tuple[Any, Array]:
    """The numbers that a weight or bias acts on, and what it is multiplied by there, shape (n, n_units)."""
    if kind == "biases":
        units = here.spec.units_of(index[0])
        return units, np.ones((len(here.z), len(units)))
    flat = int(np.ravel_multi_index(index, here.weights.shape))
    links = here.spec.links_through(flat)
    if len(links) == 1 or len(np.unique(links.units)) == len(links):
        return links.units, here.arriving[:, links.inputs] * links.shares
    units, at = np.unique(links.units, return_inverse=True)
    fed = np.zeros((len(here.z), len(units)))
    np.add.at(fed.T, at, (here.arriving[:, links.inputs] * links.shares).T)
    return units, fed


def _shift_mixes(trace: Trace, layer: int, entries: Entries) -> Moved:
    """The same for the mixes of a layer."""
    here = trace.forward[layer - 1]
    assert isinstance(here.activation, MixedActivation)
    assert here.mixes is not None
    neuron = np.array([index[0] for _, _, index in entries])
    units = [here.spec.units_of(int(j)) for j in neuron]
    apart = np.asarray(here.activation.base.apply(here.z) - here.z)
    old = here.mixes[neuron]
    width = WIDTH / np.maximum(1.0, np.array([np.abs(apart[:, own]).max() for own in units]))
    moved = np.stack([old - width, old + width], axis=1)
    a = np.repeat(here.a[None, None], len(entries), axis=0).repeat(2, axis=1)
    for e, own in enumerate(units):
        for side in (0, 1):
            a[e, side][:, own] += (moved[e, side] - old[e]) * apart[:, own]
    return width, moved, a, [""] * len(entries)


def _check_chunk(
    trace: Trace, layer: int, entries: Entries, width: Array, moved: Array, a: Array, bends: list[str]
) -> list[GradientCheck]:
    """Check some parameters of one layer together, from what its neurons answer when each is moved."""
    for following in trace.forward[layer:]:
        a = a if following.keep is None else a * following.keep
        z = following.spec.forward(a, following.weights, following.biases)
        _find_choices(bends, trace, following, a)
        _find_activation_kinks(bends, trace, following.layer, z)
        a = np.asarray(following.activation.apply(z), dtype=np.float64)
    numeric, rounding = _differences(trace, a, bends)
    numeric = numeric / (moved[:, 1] - moved[:, 0])
    for term in trace.loss.penalties:
        weight = np.array([kind == "weights" and trace.weight_parts(layer) is None for _, kind, _ in entries])
        record = penalties[term.name]
        value = term.strength * np.asarray(record.apply(moved))
        numeric += weight * (value[:, 1] - value[:, 0]) / (moved[:, 1] - moved[:, 0])
        rounding += weight * np.abs(value).sum(axis=1)
        for kink in record.kinks:
            for at in np.flatnonzero(weight & (moved[:, 0] <= kink) & (moved[:, 1] >= kink)):
                bends[at] = bends[at] or f"the {term.name} penalty bends at {kink:g}"
    noise = 8 * _EPSILON * (rounding + _rounding_reach(trace)) / width
    checks = []
    for e, (name, _, _) in enumerate(entries):
        analytic = trace.parameter(name).gradient
        largest = max(abs(analytic), abs(float(numeric[e])))
        error = abs(analytic - float(numeric[e])) / largest if largest > 0 else 0.0
        checks.append(GradientCheck(
            name, analytic, float(numeric[e]), float(width[e]), float(error), float(noise[e]), bends[e]
        ))  # fmt: skip
    return checks


def check_input(trace: Trace, row: int, i: int) -> GradientCheck:
    """Check the slope of the loss along one input of one row."""
    name = str(Place("x", 0, (row, *trace.index_of(0, i)), "dL/d"))
    one, at = (trace, row) if trace.loss.coupled is not None else (_of_row(trace, row), 0)
    old = float(trace.X[row, i])
    width = WIDTH * max(1.0, abs(old))
    a = np.repeat(one.X[None, None], 2, axis=1)
    a[0, 0, at, i], a[0, 1, at, i] = old - width, old + width
    bends = [""]
    with np.errstate(over="ignore", invalid="ignore"):
        for here in one.forward:
            a = a if here.keep is None else a * here.keep
            z = here.spec.forward(a, here.weights, here.biases)
            _find_choices(bends, one, here, a)
            _find_activation_kinks(bends, one, here.layer, z)
            a = np.asarray(here.activation.apply(z), dtype=np.float64)
        difference, rounding = _differences(one, a, bends)
    numeric = float(difference[0]) / ((old + width) - (old - width))
    analytic = float(trace.d_inputs[row, i])
    largest = max(abs(analytic), abs(numeric))
    error = abs(analytic - numeric) / largest if largest > 0 else 0.0
    noise = 8 * _EPSILON * (float(rounding[0]) + _rounding_reach(one)) / width
    return GradientCheck(name, analytic, numeric, width, error, noise, bends[0])


def _of_row(trace: Trace, row: int) -> Trace:
    """The trace of one row of a step, with the reduction over all rows."""
    own, step = slice(row, row + 1), trace.loss
    forward = tuple(
        replace(f, arriving=f.arriving[own], z=f.z[own], a=f.a[own], keep=None if f.keep is None else f.keep[own])
        for f in trace.forward
    )
    backward = tuple(
        replace(b, arriving=b.arriving[own], slope=b.slope[own], delta=b.delta[own]) for b in trace.backward
    )
    loss = replace(
        step, raw_prediction=step.raw_prediction[own], prediction=step.prediction[own], y=step.y[own],
        row_losses=step.row_losses[own], row_weights=step.row_weights[own], slopes=step.slopes[own],
    )  # fmt: skip
    return replace(
        trace, X=trace.X[own], y=trace.y[own], forward=forward, backward=backward, loss=loss,
        row_names=trace.row_names[own], d_inputs=trace.d_inputs[own],
    )  # fmt: skip


def _differences(trace: Trace, raw: Array, bends: list[str]) -> tuple[Array, Array]:
    """The data loss above minus below for each parameter, and the size of what was subtracted."""
    loss, step = trace.loss.loss, trace.loss
    count, _, n_rows, n_out = raw.shape
    if step.coupled is None:
        y = np.broadcast_to(step.y, raw.shape)
        rows = np.asarray(loss.row_losses(raw.reshape(-1, n_out), y.reshape(-1, n_out))).reshape(count, 2, n_rows)
    else:
        batches = raw.reshape(-1, n_rows, n_out)
        rows = np.array([loss.row_losses(batch, step.y, step.row_weights) for batch in batches])
        rows = rows.reshape(count, 2, n_rows)
    if loss.kinks is not None:
        where = np.asarray(loss.kinks(f=raw, y=y, **loss.values)) * np.ones(raw.shape)
        crossed = (where[:, 0] * where[:, 1] <= 0) & (raw[:, 0] != raw[:, 1]) & (step.row_weights > 0)[:, None]
        for e, row, _ in np.argwhere(crossed):
            bends[e] = bends[e] or f"the loss {loss.name} bends there ({trace.row_names[row]})"
    weighted = step.factor * step.row_weights
    difference = ((rows[:, 1] - rows[:, 0]) * weighted).sum(axis=1)
    return difference, (np.abs(rows).sum(axis=1) * weighted).sum(axis=1)


def _find_activation_kinks(bends: list[str], trace: Trace, layer: int, z: Array) -> None:
    """Note for each parameter the first kink of an activation between the two sides."""
    activation = trace.forward[layer - 1].activation
    for kink in activation.kinks:
        below, above = z[:, 0] - kink, z[:, 1] - kink
        crossed = (below * above <= 0) & (below != above) & (trace.loss.row_weights > 0)[:, None]
        for e, row, unit in np.argwhere(crossed):
            place = ",".join(map(str, trace.index_of(layer, int(unit))))
            bends[e] = bends[e] or (
                f"{activation.name} of layer {layer}, neuron {place}, bends at {kink:g} ({trace.row_names[row]})"
            )


def _find_choices(bends: list[str], trace: Trace, here: LayerForward, a: Array) -> None:
    """Find, for each parameter, the first number of a layer that chooses differently on the other side."""
    changed = here.spec.bends(a[:, 0], a[:, 1])
    if changed is None:
        return
    for e, row, unit in np.argwhere(changed & (trace.loss.row_weights > 0)[:, None]):
        place = ",".join(map(str, here.spec.index_of(int(unit))))
        bends[e] = bends[e] or (
            f"another number wins the {here.spec.kind} at {place} of layer {here.layer} ({trace.row_names[row]})"
        )


def _rounding_reach(trace: Trace) -> float:
    """How much one rounding in every pre-activation can move the loss, in units of the rounding."""
    total = 0.0
    for forward, backward in zip(trace.forward, trace.backward, strict=True):
        size = forward.spec.forward(np.abs(forward.arriving), np.abs(forward.weights), np.abs(forward.biases))
        total += float((np.abs(backward.delta) * size).sum())
    return total
