"""Pictures of the fit: a curve, a decision map, or predictions beside the truth, from weights and a view."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from glassnet.formulas import activations
from glassnet.network.forward import Forward, forward
from glassnet.studio.contract.picture import Curve, DecisionMap, Picture, Point, Points, Predictions
from glassnet.studio.preparation import Floats, Prepared
from glassnet.studio.view import View, axis, even, grid, held_text, readings

COARSE = 12
_MOST_NEURONS = 64
_MOST_PREDICTIONS, _MOST_POINTS = 400, 2000
_CURVE_POINTS = 121


def passed(prepared: Prepared, weights: Sequence[Floats], biases: Sequence[Floats], inputs: Floats) -> Forward:
    """The forward pass in float64."""
    records = [activations.resolve(spec) for spec in prepared.activations]
    with np.errstate(over="ignore", invalid="ignore"):
        return forward(inputs, list(weights), list(biases), records, prepared.loss)


def paint(prepared: Prepared, weights: Sequence[Floats], biases: Sequence[Floats], view: View) -> Picture:
    """The picture of a view."""
    view = view.resolved(prepared)
    if view.x is None:
        return _predictions(prepared, weights, biases)
    if view.y is None:
        return _curve(prepared, weights, biases, view)
    return _map(prepared, weights, biases, view)


def _curve(prepared: Prepared, weights: Sequence[Floats], biases: Sequence[Floats], view: View) -> Curve:
    """Prediction and every neuron over one input."""
    assert view.x is not None
    x = axis(prepared, view.x)
    at = even(x, _CURVE_POINTS)
    run = passed(prepared, weights, biases, grid(prepared, view, {view.x: at}))
    values = prepared.predicted(run.raw_prediction)
    columns = [values] if values.ndim == 1 else list(values.T)
    return Curve(
        x, at.tolist(), [rounded(column) for column in columns], _neurons(run, slice(None)), held_text(prepared, view)
    )


def _map(prepared: Prepared, weights: Sequence[Floats], biases: Sequence[Floats], view: View) -> DecisionMap:
    """Prediction over two inputs, and a coarse map of every neuron."""
    assert view.x is not None
    assert view.y is not None
    x, y = axis(prepared, view.x), axis(prepared, view.y)

    def run(count: int) -> Forward:
        across, up = np.meshgrid(even(x, count), even(y, count))
        return passed(prepared, weights, biases, grid(prepared, view, {view.x: across.ravel(), view.y: up.ravel()}))  # type: ignore[dict-item]

    values = prepared.predicted(run(view.resolution).raw_prediction)
    winners: list[int] = []
    if values.ndim == 2:
        several = values.shape[1] > 2
        winners = values.argmax(axis=1).tolist() if several else []
        values = values.max(axis=1) if several else values[:, 1]
    few = sum(prepared.layer_sizes[1:]) <= _MOST_NEURONS
    return DecisionMap(
        x, y, view.resolution, view.resolution, rounded(values), winners, COARSE,
        _neurons(run(COARSE), slice(None)) if few else [], held_text(prepared, view),
    )  # fmt: skip


def _neurons(run: Forward, rows: slice) -> list[list[list[float | None]]]:
    """The activation of each neuron, layer by layer."""
    if sum(a.shape[1] for a in run.a[1:]) > _MOST_NEURONS:
        return []
    return [[rounded(column) for column in a[rows].T] for a in run.a[1:]]


def _predictions(prepared: Prepared, weights: Sequence[Floats], biases: Sequence[Floats]) -> Predictions:
    """Actual and predicted, of rows spread over the table."""
    rows = spread(len(prepared.X), _MOST_PREDICTIONS)
    values = prepared.predicted(passed(prepared, weights, biases, prepared.X[rows]).raw_prediction)
    truth = prepared.truth[rows]
    if values.ndim == 2:
        values = values[np.arange(len(rows)), truth.astype(np.int64)]
    return Predictions(
        prepared.present[rows].tolist(), [float(t) for t in truth], rounded(values),
        [prepared.parts[row] for row in rows],
    )  # fmt: skip


def points(prepared: Prepared, view: View) -> Points:
    """The rows behind a picture."""
    view = view.resolved(prepared)
    rows = spread(len(prepared.X), _MOST_POINTS)
    across, up = (None if name is None else readings(prepared, name)[rows] for name in (view.x, view.y))
    found = [
        Point(
            row=int(prepared.present[row]), name=prepared.table.row_name(int(row)),
            x=None if across is None else finite(across[place]), y=None if up is None else finite(up[place]),
            target=float(prepared.truth[row]), part=prepared.parts[row],
        )
        for place, row in enumerate(rows)
    ]  # fmt: skip
    return Points(found, len(prepared.X))


def spread(count: int, most: int) -> np.ndarray:
    """At most `most` of `count` positions, evenly."""
    return np.arange(count) if count <= most else np.unique(np.linspace(0, count - 1, most).astype(np.int64))


def finite(value: float) -> float | None:
    """A number, or None where it is not finite."""
    return float(value) if np.isfinite(value) else None


def rounded(values: Floats) -> list[float | None]:
    """Numbers of a picture, to six significant digits (a pixel shows fewer); None where one is not finite."""
    return [float(f"{value:.6g}") if math.isfinite(value) else None for value in values.tolist()]
