"""The loss over two parameters, the others as they are, and the path that the training walked over it."""

from __future__ import annotations

import numpy as np

from glassnet.layers import LayerSpec
from glassnet.network.forward import forward
from glassnet.network.objective import Objective
from glassnet.plain import finite
from glassnet.studio.contract.views.picture import Surface
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.run.parameter import Parameter, locate
from glassnet.studio.run.run import Run
from glassnet.studio.views.paint import rounded, spread

MOST_PATH = 500
_MOST_ROWS, _FEWEST_ROWS = 500, 4
_MOST_PRODUCTS = 10**9  # of networks on images, in all
_MOST_REPLAYED = 1_000  # steps of the readable network that are taken again for the path; beyond, only the snapshots
_LARGEST = 1e4


def surface(run: Run, first: str | None, second: str | None, resolution: int) -> Surface:
    """The surface around the path, the start and the minimum; by default over the first weight and the last bias."""
    preparation = run.preparation
    layers = preparation.layers
    names = first or _first_weight(layers[0]), second or f"b{len(layers)}[0]"
    places = [locate(name, layers) for name in names]
    with run.still() as machine:
        weights, biases = machine.parameters()
    loss = _Loss(preparation, weights, biases, places, resolution**2 + MOST_PATH)
    steps, path = _path(run, places)
    minimum = _minimum(preparation, places)
    seen = path if minimum is None else np.vstack([path, minimum])
    seen = seen[np.isfinite(seen).all(axis=1) & (np.abs(seen) < _LARGEST).all(axis=1)]
    ends = [_range(seen[:, k]) for k in (0, 1)]
    across, up = (np.linspace(*end, resolution) for end in ends)
    values = np.array([[loss(a, b) for a in across] for b in up])
    walked = [(float(a), float(b), finite(loss(a, b))) for a, b in path]
    return Surface(
        places[0].name, places[1].name, *ends[0], *ends[1], resolution, resolution, rounded(values.ravel()), walked,
        steps, None if minimum is None else (float(minimum[0]), float(minimum[1]), loss(*minimum)),
    )  # fmt: skip


def _first_weight(layer: LayerSpec) -> str:
    """The name of the first weight of the first layer."""
    return f"W1[{','.join('0' for _ in layer.arrays['weights'])}]"


class _Loss:
    """The objective over the training rows as a function of two parameters."""

    def __init__(
        self,
        preparation: Preparation,
        weights: list[Floats],
        biases: list[Floats],
        places: list[Parameter],
        evaluations: int,
    ) -> None:
        most = _MOST_ROWS
        if preparation.settings.image:  # a pixel of a map has as many products as its kernel has inputs
            products = sum(layer.n_out * layer.fans[0] for layer in preparation.layers if layer.n_trained)
            most = max(_FEWEST_ROWS, min(_MOST_ROWS, _MOST_PRODUCTS // (products * evaluations)))
        rows = preparation.train[spread(len(preparation.train), most)]
        self._X, self._y, self._row_weights = preparation.X[rows], preparation.y[rows], preparation.row_weights[rows]
        self._weights, self._biases = [w.copy() for w in weights], [b.copy() for b in biases]
        self._places, self._loss = places, preparation.loss
        self._layers, self._mixes = preparation.layers, preparation.mixes
        self._objective: Objective = preparation.network().objective

    def __call__(self, first: float, second: float) -> float:
        """The objective at two values."""
        for place, value in zip(self._places, (first, second), strict=True):
            (self._weights if place.kind == "weights" else self._biases)[place.layer][place.index] = value
        with np.errstate(over="ignore", invalid="ignore"):
            run = forward(self._X, self._layers, self._weights, self._biases, self._loss, mixes=self._mixes)
        return self._objective.value(run.raw_prediction, self._y, self._row_weights, self._weights).total


def _path(run: Run, places: list[Parameter]) -> tuple[list[int], Floats]:
    """The two parameters at steps from the start to now, taken again by a machine of its own."""
    with run.still() as machine:
        known, edits = {**run.snapshots.states, machine.step: machine.save()}, list(run.edits)
        done, again = machine.step, machine.twin()
    few = done <= _MOST_REPLAYED or run.preparation.compiled
    wanted = spread(done + 1, MOST_PATH).tolist() if few else sorted(step for step in known if step <= done)
    path = []
    for step in wanted:
        near = max((s for s in known if again.step < s <= step), default=None)
        if near is not None:
            again.restore(known[near])
        while again.step < step:
            stop = min([step, *(edit.step for edit in edits if edit.step > again.step)])
            again.advance(stop - again.step)
            for edit in (edit for edit in edits if edit.step == again.step):
                place = locate(edit.parameter, run.preparation.layers)
                again.set_parameter(place.kind, place.layer, place.index, edit.value)
        weights, biases = again.parameters()
        path.append([(weights if p.kind == "weights" else biases)[p.layer][p.index] for p in places])
    return wanted, np.array(path)


def _minimum(preparation: Preparation, places: list[Parameter]) -> Floats | None:
    """The minimum of one linear neuron with one input and squared error, without penalties."""
    s = preparation.settings
    linear = preparation.layer_sizes == (1, 1) and preparation.activations == ("identity",)
    named = [place.name for place in places] == ["W1[0,0]", "b1[0]"]
    if not (linear and named and preparation.loss.name == "squared_error" and s.l1 == s.l2 == 0):
        return None
    X = np.column_stack([preparation.X[preparation.train], np.ones(len(preparation.train))])
    return np.asarray(np.linalg.lstsq(X, preparation.y[preparation.train], rcond=None)[0][:, 0], dtype=np.float64)


def _range(values: Floats) -> tuple[float, float]:
    """The limits of an axis: the range of the values with a margin."""
    low, high = float(values.min()), float(values.max())
    margin = max(0.25 * (high - low), 0.5)
    return low - margin, high + margin
