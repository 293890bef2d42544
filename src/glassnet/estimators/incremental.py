"""`partial_fit`: one epoch over some rows, with the optimizer's memory kept from call to call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.estimators.members import members_of
from glassnet.estimators.parameters import read_callbacks
from glassnet.estimators.progress import Progress, call_back
from glassnet.estimators.quasi_newton import NOT_FINITE, first_bad_layer
from glassnet.estimators.stochastic import batch_rows
from glassnet.formulas.dropout import dropout_mask
from glassnet.formulas.randomness import Purpose, permutation

if TYPE_CHECKING:
    from glassnet.estimators.multilayer import MultilayerPerceptron
    from glassnet.estimators.parameters import Settings
    from glassnet.estimators.rows import Rows


def one_epoch(estimator: MultilayerPerceptron, settings: Settings, rows: Rows) -> None:
    """One pass over the rows: gradients from the engine, the optimizer's formulas in double precision."""
    started = time.perf_counter()
    if estimator.early_stopping:
        raise ConfigurationError("partial_fit does not support early_stopping=True. Set it to False, or call fit.")
    trained = [
        _train_member(estimator, settings, rows, member, *parts)
        for member, parts in enumerate(members_of(estimator.coefs_, estimator.intercepts_))
    ]
    weights, biases, estimator._optimizer_states, losses = (list(part) for part in zip(*trained, strict=True))
    estimator._set_weights(
        *([np.stack(layer) for layer in zip(*parts, strict=True)] for parts in (weights, biases)), rows.X.dtype
    )
    estimator._epochs += 1
    estimator.n_iter_, estimator.t_ = 1, estimator.t_ + len(rows.X)
    estimator.loss_ = float(np.mean(losses))
    for curve, loss in zip([estimator.loss_curve_] if len(losses) == 1 else estimator.loss_curve_, losses, strict=True):
        curve.append(loss)
    estimator.best_loss_ = min(estimator.best_loss_, *losses) if estimator.best_loss_ is not None else min(losses)
    if estimator.verbose:
        print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")  # noqa: T201 - asked for by verbose
    progress = Progress(
        estimator._epochs, estimator._epochs, estimator.loss_, None, estimator._epochs, time.perf_counter() - started
    )
    call_back(read_callbacks(estimator.callbacks), progress)


def _train_member(
    estimator: MultilayerPerceptron, settings: Settings, rows: Rows, member: int, weights: Any, biases: Any
) -> tuple[Any, Any, Any, float]:
    """The epoch of one network: new weights, biases and optimizer state, and the loss."""
    from glassnet.network.update import OptimizerState, clipping, updated

    assert settings.optimizer is not None
    state = estimator._optimizer_states[member]
    if state is None or state.optimizer != settings.optimizer:
        state = OptimizerState(settings.optimizer)
    n_rows = len(rows.X)
    X, targets = rows.X.astype(np.float64, copy=False), rows.targets.astype(np.float64, copy=False)
    size, total = batch_rows(estimator, n_rows), 0.0
    order = np.arange(n_rows)
    if estimator.shuffle and size < n_rows:
        order = permutation(estimator._seed, Purpose.SHUFFLE, n_rows, member=member, epoch=estimator._epochs)
    # a schedule over all steps has no end here: it stays where the rows seen so far put it
    rate = estimator.learning_rate_init * settings.schedule.factor_at(
        step=state.step, steps=max(1, state.step), samples=estimator.t_
    )
    weights, biases = ([part.astype(np.float64) for part in parts] for parts in (weights, biases))
    for start in range(0, n_rows, size):
        batch = order[start : start + size]
        row_weights = None if rows.weights is None else rows.weights[batch]
        if row_weights is not None and not row_weights.any():
            continue
        masks = [
            dropout_mask(share, len(batch), len(w), seed=estimator._seed, member=member, step=state.step, layer=k)
            if share else None for k, (share, w) in enumerate(zip(settings.dropout, weights, strict=True))
        ]  # fmt: skip
        loss, d_weights, d_biases = _gradients(
            estimator, weights, biases, X[batch], targets[batch], row_weights, masks if any(settings.dropout) else None
        )
        factor = clipping(d_weights, d_biases, estimator.clip_norm).factor
        new = updated((weights, biases), (d_weights, d_biases), state, rate, factor)
        if not (np.isfinite(loss) and all(np.isfinite(part).all() for part in (*new.weights, *new.biases))):
            raise _divergence(start // size + 1, rate, loss, (d_weights, d_biases), X[batch])
        weights, biases, state, total = new.weights, new.biases, new.state, total + loss * len(batch)
    estimator.learning_rate_ = rate
    return weights, biases, state, total / n_rows


def _gradients(
    estimator: MultilayerPerceptron, weights: Any, biases: Any, X: np.ndarray, y: np.ndarray, row_weights: Any,
    masks: Any,
) -> tuple[float, Any, Any]:  # fmt: skip
    """The objective of a batch and its gradients: from the engine, or from the reference where dropout has masks."""
    plan = estimator._plan(dtype="float64")
    if masks is None:
        from glassnet.engine import loss_and_gradients

        return loss_and_gradients(plan, weights, biases, X, y, row_weights)
    from glassnet.layers import dense_layers
    from glassnet.network.backward import backward
    from glassnet.network.forward import forward
    from glassnet.network.objective import Objective

    counts = np.ones(len(X)) if row_weights is None else row_weights
    objective = Objective(plan.loss_record, plan.reduction, plan.l1, plan.l2, plan.penalty_per_row)
    layers = dense_layers(weights, estimator._activations)
    passed = forward(X, layers, weights, biases, plan.loss_record, masks)
    gradients = backward(passed, y, counts, layers, weights, objective)
    loss = objective.value(passed.raw_prediction, y, counts, weights).total
    return float(loss), gradients.d_weights, gradients.d_biases


def _divergence(step: int, rate: float, loss: float, gradients: tuple[Any, Any], X: np.ndarray) -> TrainingDiverged:
    """Where the epoch went wrong, what is kept, and what helps."""
    layer = first_bad_layer(*gradients)
    where = f"the gradient of layer {layer + 1}" if layer >= 0 else "a new weight" if np.isfinite(loss) else "the loss"
    return TrainingDiverged(
        f"{NOT_FINITE} partial_fit: {where} stopped being finite in step {step} of this call at "
        f"learning_rate={rate:g}; the largest input was {np.abs(X).max():g}. The weights from before this call are "
        "kept. Lower the learning rate or scale the inputs."
    )
