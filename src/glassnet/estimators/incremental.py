"""`partial_fit`: one epoch over some rows, with the optimizer's memory kept from call to call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.estimators.quasi_newton import NOT_FINITE
from glassnet.estimators.stochastic import batch_rows
from glassnet.formulas.randomness import Purpose, permutation

if TYPE_CHECKING:
    from glassnet.estimators.multilayer import MultilayerPerceptron, Rows
    from glassnet.estimators.parameters import Settings


def one_epoch(estimator: MultilayerPerceptron, settings: Settings, rows: Rows) -> None:
    """One pass over the rows: gradients from the engine, the optimizer's formulas in double precision."""
    from glassnet.engine import loss_and_gradients
    from glassnet.network.update import OptimizerState, updated

    if estimator.early_stopping:
        raise ConfigurationError("partial_fit does not support early_stopping=True. Set it to False, or call fit.")
    assert settings.optimizer is not None
    state = estimator._optimizer_state
    if state is None or state.optimizer != settings.optimizer:
        state = OptimizerState(settings.optimizer)
    plan, n_rows, dtype = estimator._plan(dtype="float64"), len(rows.X), rows.X.dtype
    X, targets = rows.X.astype(np.float64, copy=False), rows.targets.astype(np.float64, copy=False)
    size, total = batch_rows(estimator, n_rows), 0.0
    order = np.arange(n_rows)
    if estimator.shuffle and size < n_rows:
        order = permutation(estimator._seed, Purpose.SHUFFLE, n_rows, epoch=estimator._epochs)
    # a schedule over all steps has no end here: it stays where the rows seen so far put it
    rate = estimator.learning_rate_init * settings.schedule.factor_at(
        step=state.step, steps=max(1, state.step), samples=estimator.t_
    )
    weights, biases = (
        [part.astype(np.float64) for part in parts] for parts in (estimator.coefs_, estimator.intercepts_)
    )
    for start in range(0, n_rows, size):
        batch = order[start : start + size]
        row_weights = None if rows.weights is None else rows.weights[batch]
        if row_weights is not None and not row_weights.any():
            continue
        loss, d_weights, d_biases = loss_and_gradients(plan, weights, biases, X[batch], targets[batch], row_weights)
        new = updated(weights, biases, d_weights, d_biases, state, rate)
        if not (np.isfinite(loss) and all(np.isfinite(part).all() for part in (*new.weights, *new.biases))):
            raise TrainingDiverged(
                f"{NOT_FINITE} partial_fit met a loss of {loss:g} in its step {start // size + 1} "
                f"(learning rate {rate:g}); the weights from before this call are kept."
            )
        weights, biases, state, total = new.weights, new.biases, new.state, total + loss * len(batch)
    estimator.coefs_, estimator.intercepts_ = ([part.astype(dtype) for part in parts] for parts in (weights, biases))
    estimator._optimizer_state = state
    estimator._epochs += 1
    estimator.n_iter_, estimator.t_ = 1, estimator.t_ + n_rows
    estimator.loss_ = total / n_rows
    estimator.loss_curve_.append(estimator.loss_)
    estimator.best_loss_ = min(estimator.best_loss_, estimator.loss_)
    if estimator.verbose:
        print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")  # noqa: T201 - asked for by verbose
