"""Stability: how large the learning rate of gradient descent may be before the steps overshoot and grow.

Near a minimum one step multiplies the distance along an eigenvector of the Hessian by ``1 - learning_rate * lambda``,
so it shrinks only while ``learning_rate < 2 / lambda_max``. For one linear layer with squared error the Hessian is the
same everywhere and the limit is exact; elsewhere it holds near the current weights only, and the result says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.formulas import penalties
from glassnet.layers import Dense
from glassnet.network.backward import backward
from glassnet.network.forward import forward
from glassnet.network.shapes import Array
from glassnet.network.update import check_learning_rate

if TYPE_CHECKING:
    from glassnet.network.structure import Network

LARGEST_NUMERICAL = 300
"""Most parameters for which the Hessian is formed by differences of gradients (two gradients for each)."""


@dataclass(frozen=True)
class Stability:
    """The largest stable learning rate of gradient descent, and where the number holds.

    Attributes
    ----------
    largest_learning_rate : float or None
        ``2 / largest_curvature``; None when there is no such number (`explanation` says why).
    largest_curvature : float or None
        The largest eigenvalue of the Hessian of the objective.
    exact : bool
        True when the Hessian is the same everywhere; False when it belongs to the current weights.
    explanation : str
    """

    largest_learning_rate: float | None
    largest_curvature: float | None
    exact: bool
    explanation: str

    def diverges(self, learning_rate: float) -> bool | None:
        """Whether gradient descent with this learning rate grows; None when that is not known."""
        rate = check_learning_rate(learning_rate)
        return None if self.largest_learning_rate is None else rate > self.largest_learning_rate

    def verdict(self, learning_rate: float) -> str:
        """Say in words what a learning rate does."""
        answer = self.diverges(learning_rate)
        if answer is None or self.largest_curvature is None:
            return self.explanation
        place = "" if self.exact else " near the current weights"
        factor = abs(1.0 - learning_rate * self.largest_curvature)
        direction = "along the steepest direction"
        if answer:
            return (
                f"Gradient descent with learning rate {learning_rate:g} diverges{place}: the largest stable learning "
                f"rate is {self.largest_learning_rate:.4g}, and each step multiplies the error {direction} by "
                f"{factor:.4g}. Choose a learning rate below {self.largest_learning_rate:.4g}."
            )
        return (
            f"Gradient descent with learning rate {learning_rate:g} is stable{place}: it is not above "
            f"{self.largest_learning_rate:.4g}, and each step multiplies the error {direction} by {factor:.4g}."
        )

    def __str__(self) -> str:
        return self.explanation


def stability(network: Network, X: Array, y: Array, row_weights: Array, *, numerical: bool = True) -> Stability:
    """The stability limit on a checked batch.

    Parameters
    ----------
    network : Network
    X, y, row_weights : array
        As `Network.loss` takes them, already checked.
    numerical : bool
        Whether to form the Hessian by differences of gradients where it is not known exactly.
    """
    first = network.layers[0]
    linear = len(network.layers) == 1 and first.activation.name == "identity" and isinstance(first, Dense)
    if linear and network.objective.loss.name == "squared_error":
        curvature = _largest_eigenvalue(_exact_hessian(network, X, row_weights))
        if curvature > 0:
            limit = 2.0 / curvature
            text = (
                f"The largest stable learning rate of gradient descent is {limit:.4g} = 2 / {curvature:.6g}, where "
                f"{curvature:.6g} is the largest eigenvalue of the Hessian, the same everywhere for one linear layer "
                f"with squared error (reduction {network.objective.reduction!r})."
            )
            return Stability(limit, curvature, True, text)
    if not numerical or network.n_parameters > LARGEST_NUMERICAL:
        reason = (
            "it is cheap and exact only for one linear layer with squared error"
            if network.n_parameters <= LARGEST_NUMERICAL
            else f"the network has {network.n_parameters} parameters, over the {LARGEST_NUMERICAL} for which the "
            "Hessian is formed"
        )
        return Stability(None, None, False, f"The stability limit is not computed: {reason}.")
    curvature = _largest_eigenvalue(_numerical_hessian(network, X, y, row_weights))
    if not np.isfinite(curvature) or curvature <= 1e-12:
        text = (
            "The objective does not curve upwards in any direction at the current weights, so its curvature sets no "
            "limit on the learning rate there."
        )
        return Stability(None, None, False, text)
    limit = 2.0 / curvature
    text = (
        f"Near the current weights the largest stable learning rate of gradient descent is about {limit:.4g} = 2 / "
        f"{curvature:.6g} (largest eigenvalue of the Hessian, from differences of gradients). The curvature of this "
        "network changes as it learns, so the number holds here and not everywhere."
    )
    return Stability(limit, curvature, False, text)


def _exact_hessian(network: Network, X: Array, row_weights: Array) -> Array:
    """The Hessian of one output's weights and bias; every output has the same one."""
    extended = np.column_stack([X, np.ones(len(X))])
    hessian = 2.0 * network.objective.factor(row_weights) * (extended.T * row_weights) @ extended
    strength = network.objective.strengths(row_weights).get("l2", 0.0)
    slope = float(penalties["l2"].slope(1.0))  # the l2 penalty is quadratic, so its slope at 1 is its curvature
    hessian[:-1, :-1] += strength * slope * np.eye(X.shape[1])
    return np.asarray(hessian, dtype=np.float64)


def _numerical_hessian(network: Network, X: Array, y: Array, row_weights: Array) -> Array:
    """The Hessian of all parameters by central differences of the gradient, made symmetric."""
    start = np.concatenate([p.ravel() for p in (*network.weights, *network.biases)])
    shapes = [p.shape for p in (*network.weights, *network.biases)]
    cuts, n_layers = np.cumsum([int(np.prod(shape)) for shape in shapes])[:-1], len(network.layers)

    def gradient(flat: Array) -> Array:
        parts = [part.reshape(shape) for part, shape in zip(np.split(flat, cuts), shapes, strict=True)]
        weights, biases = parts[:n_layers], parts[n_layers:]
        passed = forward(X, network.layers, weights, biases, network.objective.loss, mixes=network.mixes)
        slopes = backward(passed, y, row_weights, network.layers, weights, network.objective, network.mixes)
        penalty = [network.objective.penalty_gradients(name, weights, row_weights) for name in ("l1", "l2")]
        d_weights = [d + (l1 + l2) for d, l1, l2 in zip(slopes.data_d_weights, *penalty, strict=True)]
        return np.concatenate([s.ravel() for s in (*d_weights, *slopes.d_biases)])

    hessian = np.empty((start.size, start.size))
    for i in range(start.size):
        width = 1e-5 * max(1.0, abs(start[i]))
        above, below = start.copy(), start.copy()
        above[i], below[i] = start[i] + width, start[i] - width
        hessian[i] = (gradient(above) - gradient(below)) / (above[i] - below[i])
    return np.asarray(0.5 * (hessian + hessian.T), dtype=np.float64)


def _largest_eigenvalue(hessian: Array) -> float:
    """The largest eigenvalue of a symmetric matrix; nan when it holds a value that is not finite."""
    return float(np.linalg.eigvalsh(hessian)[-1]) if np.isfinite(hessian).all() else float("nan")
