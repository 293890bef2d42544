"""Pictures of the fit: a curve, a decision map, or predictions beside the truth, from weights and a view."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import predict_raw
from glassnet.network.forward import Forward, forward
from glassnet.plain import finite
from glassnet.studio.contract.views.picture import Axis, Curve, DecisionMap, Picture, Point, Points, Predictions
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.views.view import View, axis, even, grid, held_text, readings

COARSE = 12
_MOST_NEURONS = 64
_MOST_PREDICTIONS, _MOST_POINTS = 400, 2000
_FEWEST_PREDICTIONS, _MOST_PRODUCTS = 50, 30_000_000
_CURVE_POINTS = 121
_SMALLEST_ROUNDED, _LARGEST_ROUNDED = 1e-15, 999_999.0


def forward_pass(
    preparation: Preparation, weights: Sequence[Floats], biases: Sequence[Floats], inputs: Floats
) -> Forward:
    """The forward pass in float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        return forward(
            inputs, preparation.layers, list(weights), list(biases), preparation.loss, mixes=preparation.mixes
        )


def raw_of(preparation: Preparation, weights: Sequence[Floats], biases: Sequence[Floats], inputs: Floats) -> Floats:
    """Raw predictions in float64; of layers that look at images by the engine, as patches take much memory."""
    if not preparation.settings.image:
        return forward_pass(preparation, weights, biases, inputs).raw_prediction
    acting = [layer.acting(mix) for layer, mix in zip(preparation.layers, preparation.mixes, strict=True)]
    return predict_raw(list(weights), list(biases), acting, inputs, layers=preparation.layers).astype(np.float64)


class Painter:
    """Paints the picture of a view again and again; what no training changes is made once.

    Parameters
    ----------
    preparation : Preparation
    view : View
        Refused, with `ConfigurationError`, when its columns are not inputs of numbers.
    """

    def __init__(self, preparation: Preparation, view: View) -> None:
        self.preparation, self.view = preparation, view.resolved(preparation)

    def __call__(self, weights: Sequence[Floats], biases: Sequence[Floats]) -> Picture:
        """The picture under these weights."""
        if self.view.x is None:
            return self._predictions(weights, biases)
        if self.view.y is None:
            return self._curve(weights, biases)
        return self._map(weights, biases)

    @cached_property
    def _held_text(self) -> str:
        """At what the other inputs are held."""
        return held_text(self.preparation, self.view)

    @cached_property
    def _line(self) -> tuple[Axis, Floats, Floats]:
        """The axis of a curve, its places and the inputs there."""
        assert self.view.x is not None
        x = axis(self.preparation, self.view.x)
        at = even(x, _CURVE_POINTS)
        return x, at, grid(self.preparation, self.view, {self.view.x: at})

    @cached_property
    def _area(self) -> tuple[Axis, Axis, Floats, Floats | None]:
        """The axes of a map, the inputs on its grid, and those on the coarse one of the neurons if they are few."""
        preparation, view = self.preparation, self.view
        assert view.x is not None
        assert view.y is not None
        x, y = axis(preparation, view.x), axis(preparation, view.y)

        def inputs(count: int) -> Floats:
            across, up = np.meshgrid(even(x, count), even(y, count))
            return grid(preparation, view, {view.x: across.ravel(), view.y: up.ravel()})  # type: ignore[dict-item]

        few = sum(preparation.layer_sizes[1:]) <= _MOST_NEURONS
        return x, y, inputs(view.resolution), inputs(COARSE) if few else None

    @cached_property
    def _rows(self) -> tuple[NDArray[np.int64], Floats, list[int], list[float], list[str]]:
        """Rows spread over the table: positions, inputs, and what the page is told of them."""
        preparation = self.preparation
        most = _MOST_PREDICTIONS
        if preparation.settings.image:  # they are asked for with every frame
            products = sum(layer.n_out * layer.fans[0] for layer in preparation.layers if layer.n_trained)
            most = max(_FEWEST_PREDICTIONS, min(most, _MOST_PRODUCTS // products))
        rows = spread(len(preparation.X), most)
        truth, parts = preparation.measured[rows].astype(np.float64), [preparation.parts[row] for row in rows]
        return rows, preparation.X[rows], preparation.present[rows].tolist(), truth.tolist(), list(parts)

    def _curve(self, weights: Sequence[Floats], biases: Sequence[Floats]) -> Curve:
        """Prediction and every neuron over one input."""
        x, at, inputs = self._line
        run = forward_pass(self.preparation, weights, biases, inputs)
        values = self.preparation.predicted(run.raw_prediction)
        columns = [values] if values.ndim == 1 else list(values.T)
        return Curve(x, at.tolist(), [rounded(column) for column in columns], _neurons(run), self._held_text)

    def _map(self, weights: Sequence[Floats], biases: Sequence[Floats]) -> DecisionMap:
        """Prediction over two inputs, and a coarse map of every neuron."""
        x, y, inputs, coarse = self._area
        values = self._to_display(raw_of(self.preparation, weights, biases, inputs))
        winners: list[int] = []
        if values.ndim == 2:
            several = values.shape[1] > 2
            winners = values.argmax(axis=1).tolist() if several else []
            values = values.max(axis=1) if several else values[:, 1]
        neurons = None if coarse is None else _neurons(forward_pass(self.preparation, weights, biases, coarse))
        count = self.view.resolution
        return DecisionMap(x, y, count, count, rounded(values), winners, COARSE, neurons, self._held_text)

    def _predictions(self, weights: Sequence[Floats], biases: Sequence[Floats]) -> Predictions:
        """Actual and predicted, of rows spread over the table."""
        rows, inputs, present, truth, parts = self._rows
        values = self._to_display(raw_of(self.preparation, weights, biases, inputs))
        if values.ndim == 2:
            values = values[np.arange(len(rows)), np.asarray(truth, dtype=np.int64)]
        names = [self.preparation.table.row_name(row) for row in present]
        return Predictions(present, names, truth, rounded(values), parts)

    def _to_display(self, raw: Floats) -> Floats:
        """Numbers, or a share per class; of several outputs that are not classes, hazards of a time, their mean."""
        values = self.preparation.predicted(raw)
        return values if values.ndim == 1 or self.preparation.classes else values.mean(axis=1)


def _neurons(run: Forward) -> list[list[list[float | None]]] | None:
    """The activation of each neuron, layer by layer; None when there are too many."""
    if sum(a.shape[1] for a in run.a[1:]) > _MOST_NEURONS:
        return None
    return [[rounded(column) for column in a.T] for a in run.a[1:]]


def points(preparation: Preparation, view: View) -> Points:
    """The rows behind a picture."""
    view = view.resolved(preparation)
    rows = spread(len(preparation.X), _MOST_POINTS)
    across, up = (None if name is None else readings(preparation, name)[rows] for name in (view.x, view.y))
    result = [
        Point(
            row=int(preparation.present[row]), name=preparation.table.row_name(int(row)),
            x=None if across is None else finite(across[place]), y=None if up is None else finite(up[place]),
            target=float(preparation.measured[row]), part=preparation.parts[row],
        )
        for place, row in enumerate(rows)
    ]  # fmt: skip
    return Points(result, len(preparation.X))


def spread(count: int, most: int) -> np.ndarray:
    """At most `most` of `count` positions, evenly."""
    return np.arange(count) if count <= most else np.unique(np.linspace(0, count - 1, most).astype(np.int64))


def rounded(values: Floats) -> list[float | None]:
    """Numbers of a picture, to six significant digits (a pixel shows fewer); None where one is not finite."""
    size = np.abs(values, dtype=np.float64)
    if not bool(np.isfinite(size).all()) or bool((size > _LARGEST_ROUNDED).any()):
        return [finite(float(f"{value:.6g}")) for value in values.tolist()]
    size[size < _SMALLEST_ROUNDED] = _SMALLEST_ROUNDED  # these, too, become 0 or a few digits
    power = 10.0 ** (5.0 - np.floor(np.log10(size)))  # exact, so that the quotient is the shortest decimal
    numbers: list[float | None] = (np.rint(values * power) / power).tolist()
    return numbers
