"""Neurons in words and pictures: what excites each one, how its activation spreads over the classes."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.layers import sizes_text
from glassnet.network.neurons import Neuron
from glassnet.studio.contract.run import Position
from glassnet.studio.contract.views.explanation import ClassCounts, NeuronCard, NeuronDriver, Neurons, NeuronSummary
from glassnet.studio.contract.views.maps import ExcitingPatch
from glassnet.studio.contract.views.picture import Response, ResponseCurve, ResponseMap
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.run.run import Run
from glassnet.studio.views.paint import forward_pass, rounded, spread
from glassnet.studio.views.view import View, axis, even, grid, held_text
from glassnet.tables.columns.images.image_column import KIND as IMAGE
from glassnet.tables.columns.kinds.kind import NUMERIC

MOST_ROWS = 2_000
_BINS, _DRIVERS = 24, 12
_MOST_PIXELS, _FEWEST_IMAGES = 300_000, 50
_MOST_ENTERING = 16


def _rows(preparation: Preparation) -> NDArray[np.int64]:
    """The training rows that are looked at: fewer of large images, whose patches take much memory."""
    shape = preparation.image_shape
    most = MOST_ROWS if shape is None else min(MOST_ROWS, max(_FEWEST_IMAGES, _MOST_PIXELS // math.prod(shape)))
    return np.asarray(preparation.train[spread(len(preparation.train), most)], dtype=np.int64)


def neurons(run: Run) -> Neurons:
    """Every neuron in words."""
    position, described, _ = _describe_neurons(run)
    return Neurons(position, [_summary(neuron) for neuron in described])


def _describe_neurons(
    run: Run, only: tuple[int, int] | None = None
) -> tuple[Position, tuple[Neuron, ...], dict[str, int]]:
    """Where the run stands, its neurons, and the place in the table of each row that was looked at."""
    with run.still() as machine:
        network, position = machine.network(), run.position()
    preparation, rows = run.preparation, _rows(run.preparation)
    center, scale = _units(preparation)
    names = [preparation.table.row_name(int(row)) for row in rows]
    report = network.neurons(
        preparation.X[rows],
        feature_names=preparation.schema.feature_names,
        center=center,
        scale=scale,
        rows=names,
        only=only,
    )
    places = dict(zip(names, preparation.present[rows].tolist(), strict=True))
    return position, report.neurons, places


def _units(preparation: Preparation) -> tuple[Floats, Floats]:
    """Center and scale of each input, for telling weights and thresholds in the table's units."""
    center, scale = [], []
    for column in preparation.schema.inputs:
        if column.kind == IMAGE:
            center += [column.center] * len(column.features)
            scale += [column.scale] * len(column.features)
            continue
        for feature in column.features:
            number = column.kind in NUMERIC and feature == column.name and column.how.straight
            center.append(column.center if number else 0.0)
            scale.append(column.scale if number else 1.0)
    return np.array(center), np.array(scale)


def _summary(neuron: Neuron) -> NeuronSummary:
    """One neuron as the page takes it."""
    return NeuronSummary(
        layer=neuron.layer, index=neuron.index, activation=neuron.activation.spec, bias=neuron.bias,
        drivers=[NeuronDriver(d.source, d.weight, d.original_weight, d.share) for d in neuron.drivers[:_DRIVERS]],
        lowest=neuron.lowest, mean=neuron.mean, highest=neuron.highest, off_share=neuron.off_share,
        saturated_share=neuron.saturated_share, dead=neuron.dead, best_rows=list(neuron.best_rows),
        sentence=neuron.sentence,
    )  # fmt: skip


def card(run: Run, layer: int, index: int, view: View) -> NeuronCard:
    """One neuron, opened."""
    preparation = run.preparation
    position, report, places = _describe_neurons(run, (layer, index))
    neuron = next(iter(report), None)
    if neuron is None:
        sizes = sizes_text(preparation.layers)
        raise ConfigurationError(f"There is no neuron or channel {index} in layer {layer} of layers {sizes}.")
    weights, biases = run.parameters()
    rows = _rows(preparation)
    spec = preparation.layers[layer - 1]
    a = forward_pass(preparation, weights, biases, preparation.X[rows]).a[layer]
    is_map = len(spec.shape_out) == 3  # of a channel, its largest answer in each image
    a = a[:, spec.units_of(index)].max(axis=1) if is_map else a[:, index]
    known = a[np.isfinite(a)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    if high <= low:
        low, high = low - 0.5, high + 0.5
    edges = np.linspace(low, high, _BINS + 1)
    histograms = [
        ClassCounts(label, [int(count) for count in np.histogram(a[mask & np.isfinite(a)], edges)[0]])
        for label, mask in _groups(preparation, rows)
    ]
    response = _response(preparation, weights, biases, layer, index, view.resolved(preparation))
    patches = [
        ExcitingPatch(
            patch.row, places.get(patch.row, -1), *patch.place, patch.value,
            [rounded(channel.ravel()) for channel in patch.pixels.transpose(2, 0, 1)[:_MOST_ENTERING]],
        )
        for patch in neuron.patches
    ]  # fmt: skip
    return NeuronCard(position, _summary(neuron), low, high, histograms, response, patches)


def _groups(preparation: Preparation, rows: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """The classes, or the low, middle and high third of the targets."""
    truth = preparation.measured[rows]
    if preparation.classes:
        return [(label, truth == code) for code, label in enumerate(preparation.classes)]
    if len(np.unique(truth)) < 6:
        return [("all rows", np.ones(len(rows), dtype=bool))]
    first, second = np.quantile(truth, (1 / 3, 2 / 3))
    target = preparation.schema.target
    return [
        (f"low {target}", truth <= first), (f"middle {target}", (truth > first) & (truth <= second)),
        (f"high {target}", truth > second),
    ]  # fmt: skip


def _response(
    preparation: Preparation, weights: list[Floats], biases: list[Floats], layer: int, index: int, view: View
) -> Response | None:
    """The activation over the inputs of the view."""
    if view.x is None:
        return None
    x = axis(preparation, view.x)
    if view.y is None:
        at = even(x, 121)
        a = forward_pass(preparation, weights, biases, grid(preparation, view, {view.x: at})).a[layer][:, index]
        return ResponseCurve(x, at.tolist(), rounded(a), held_text(preparation, view))
    y = axis(preparation, view.y)
    across, up = np.meshgrid(even(x, view.resolution), even(y, view.resolution))
    places = {view.x: across.ravel(), view.y: up.ravel()}
    a = forward_pass(preparation, weights, biases, grid(preparation, view, places)).a[layer][:, index]
    return ResponseMap(x, y, view.resolution, view.resolution, rounded(a), held_text(preparation, view))
