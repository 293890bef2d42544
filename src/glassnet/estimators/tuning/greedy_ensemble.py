"""Selection of the models to average: greedy, with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes 2004).

The first pick is the best model; each further one is the model with which the mean of all picks has the smallest loss.
The picks end where the loss was smallest; a pick that gains nothing is not counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.estimators.networks.members import average_raw
from glassnet.formulas import Loss

_LEAST_GAIN = 1e-6  # of the loss; the mean of a model with itself differs in the last digits only


def mean_loss(raw: np.ndarray, targets: np.ndarray, loss: Loss, row_weights: np.ndarray | None = None) -> float:
    """The mean loss of raw predictions (n, n_outputs), over rows, as the engine counts it."""
    return float(np.average(loss.row_losses(raw, targets, row_weights), weights=row_weights))


def greedy_ensemble(
    raw: Sequence[np.ndarray], targets: np.ndarray, loss: Loss, most_picks: int, row_weights: np.ndarray | None = None
) -> tuple[list[int], float]:
    """The positions of the models to average, possibly with repetitions, and the loss of their mean.

    Parameters
    ----------
    raw : sequence of array, shape (n, n_outputs)
        Raw predictions of each model for rows that it did not train on.
    targets : array, shape (n, n_outputs)
    loss : Loss
    most_picks : int
    row_weights : array, shape (n,), optional

    Examples
    --------
    >>> from glassnet.formulas import losses
    >>> raw = [np.array([[1.0], [0.0]]), np.array([[-1.0], [0.1]]), np.array([[5.0], [5.0]])]
    >>> picks, loss = greedy_ensemble(raw, np.zeros((2, 1)), losses["squared_error"], most_picks=4)
    >>> picks, round(loss, 6)
    ([0, 1], 0.00125)
    """
    picks: list[int] = []
    best: tuple[float, int] | None = None
    for _ in range(most_picks):
        ensembles = [
            mean_loss(
                average_raw(np.stack([raw[place] for place in (*picks, k)]), loss.link), targets, loss, row_weights
            )
            for k in range(len(raw))
        ]
        picks.append(int(np.argmin(ensembles)))
        if best is None or ensembles[picks[-1]] < best[0] * (1.0 - _LEAST_GAIN):
            best = ensembles[picks[-1]], len(picks)
    if best is None:
        return [], float("inf")
    return picks[: best[1]], best[0]
