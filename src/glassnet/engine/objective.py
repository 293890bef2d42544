"""The objective of a plan over fixed rows, with its gradient, without training."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import _native
from glassnet.engine.checks.arrays import as_matrix, as_weights, engine_targets, readable_targets
from glassnet.engine.native import native_plan
from glassnet.engine.plan import Plan
from glassnet.engine.prediction import layer_sizes, sizes_of
from glassnet.errors import ConfigurationError, ShapeError

DECREASE = 2.220446049250313e-09
"""The smallest relative decrease that L-BFGS goes on after; SciPy's."""
Arrays = list[NDArray[np.float64]]


class TrainingObjective:
    """The objective over fixed rows as a function of all parameters in one vector, and the search for its minimum.

    Rows and plan are checked and prepared once; each later evaluation costs only the arithmetic. Everything
    is float64.

    Parameters
    ----------
    plan : Plan
        Shape, formulas, reduction and penalties; its precision and training rules are not used.
    X, y : arrays, shapes (n, n_in) and (n, n_out)
    sample_weight : array, shape (n,), optional

    Raises
    ------
    ConfigurationError
        The plan has heads or mixed layers.

    Examples
    --------
    >>> plan = Plan([1, 1], ["identity"], "squared_error")
    >>> objective = TrainingObjective(plan, [[1.0], [2.0]], [[0.0], [0.0]])
    >>> objective(objective.pack([np.array([[1.0]])], [np.array([0.0])]))
    (2.5, array([5., 3.]))
    """

    def __init__(self, plan: Plan, X: Any, y: Any, sample_weight: Any = None) -> None:
        if plan.heads > 1:
            raise ConfigurationError(
                f"loss_and_gradients looks at one network, and the plan has heads={plan.heads}. Give a plan with "
                "heads=1, or read the gradients of all from glassnet.network.SharedNetworks."
            )
        if any(plan.mixes):
            raise ConfigurationError(
                "This function does not support mixes. Use Network.gradients for a network with mixed layers."
            )
        self.plan = plan
        X = as_matrix("X", X, plan.layer_sizes[0], "float64")
        y = readable_targets("y", y, plan.loss_record, plan.layer_sizes[-1], "float64", len(X))
        sample_weight = as_weights("sample_weight", sample_weight, len(X), "float64")
        self._given = plan, X, y, sample_weight  # what the native objective holds anyway, for copies
        y = engine_targets(y, plan.loss_record, "float64")
        self._native = _native.Objective(native_plan(plan, len(X), 0), plan.l1, plan.l2, X, y, sample_weight)
        self._shapes = [shape for k in range(len(plan.activations)) for shape in _shapes(plan, k)]
        self._ends = np.cumsum([math.prod(shape) for shape in self._shapes]).tolist()

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies hold plan and rows, and prepare them again."""
        return TrainingObjective, self._given

    def __call__(self, parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """The objective and its gradient at a point, a vector as `pack` makes it."""
        objective, gradient = self._native.at(parameters)
        return objective, gradient

    def search(
        self, start: NDArray[np.float64], *, iterations: int, evaluations: int, slope: float, decrease: float = DECREASE
    ) -> Any:
        """A search of the minimum by L-BFGS, from a vector as `pack` makes it.

        Parameters
        ----------
        start : array of float64
        iterations, evaluations : int
            The maximum numbers; an iteration in progress is finished.
        slope : float
            The search ends where no entry of the gradient is larger.
        decrease : float
            It ends after an iteration that lowers the objective by no larger share (of 1, if it is below 1).

        Returns
        -------
        Search
            ``advance(iterations)`` continues for this many more and is True at the end, for the reason ``end``;
            ``point``, ``value``, ``gradient`` and ``iterations`` give its current state.

        Examples
        --------
        >>> objective = TrainingObjective(Plan([1, 1], ["identity"], "squared_error"), [[0.0], [1.0]], [[1.0], [3.0]])
        >>> search = objective.search(np.zeros(2), iterations=50, evaluations=100, slope=1e-4)
        >>> search.advance(50), search.end, search.point.round(3).tolist()
        (True, 'flat', [2.0, 1.0])
        """
        return _native.Search(self._native, start, iterations, evaluations, slope, decrease)

    def pack(self, weights: Sequence[Any], biases: Sequence[Any]) -> NDArray[np.float64]:
        """One vector of all parameters: layer by layer, weights and then biases."""
        sizes = (
            layer_sizes(weights, biases) if self.plan.layers is None else sizes_of(self.plan.layers, weights, biases)
        )
        if sizes != tuple(self.plan.layer_sizes):
            raise ShapeError(f"The weights make layers of sizes {sizes}; the plan has {tuple(self.plan.layer_sizes)}.")
        parts = [
            np.ravel(w) if connected is None else connected.kept(np.asarray(w))
            for w, connected in zip(weights, self.plan.layer_connections, strict=True)
        ]
        packed = np.concatenate([part for layer in zip(parts, biases, strict=True) for part in layer])
        return np.ascontiguousarray(packed, dtype=np.float64)

    def unpack(self, vector: NDArray[np.float64]) -> tuple[Arrays, Arrays]:
        """Weights and biases, or their gradients, from one vector; views of it where nothing is left out."""
        parts = [
            vector[start:end].reshape(shape)
            for (start, end), shape in zip(pairwise((0, *self._ends)), self._shapes, strict=True)
        ]
        weights = [
            part if connected is None else connected.spread(part)
            for part, connected in zip(parts[::2], self.plan.layer_connections, strict=True)
        ]
        return weights, parts[1::2]


def _shapes(plan: Plan, k: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The shapes of what a layer trains: weights and biases."""
    windowed, connected = plan.windowed(k), plan.layer_connections[k]
    if windowed is not None:
        return windowed.arrays["weights"], windowed.arrays["biases"]
    n_in, n_out = plan.layer_sizes[k], plan.layer_sizes[k + 1]
    return (n_in, n_out) if connected is None else (connected.n_weights,), (n_out,)


def loss_and_gradients(
    plan: Plan, weights: Sequence[Any], biases: Sequence[Any], X: Any, y: Any, sample_weight: Any = None
) -> tuple[float, Arrays, Arrays]:
    """The objective over all rows and its gradient, in float64.

    Parameters
    ----------
    plan : Plan
        Shape, formulas, reduction and penalties; its precision and training rules are not used.
    weights, biases : list of array, shapes (n_in, n_out) and (n_out,)
    X, y : arrays, shapes (n, n_in) and (n, n_out)
    sample_weight : array, shape (n,), optional

    Returns
    -------
    objective : float
    d_weights, d_biases : list of array
        Shaped like the weights and biases.

    Examples
    --------
    >>> plan = Plan([1, 1], ["identity"], "squared_error")
    >>> loss_and_gradients(plan, [np.array([[1.0]])], [np.array([0.0])], [[1.0], [2.0]], [[0.0], [0.0]])
    (2.5, [array([[5.]])], [array([3.])])
    """
    objective = TrainingObjective(plan, X, y, sample_weight)
    value, gradient = objective(objective.pack(weights, biases))
    return value, *objective.unpack(gradient)
