"""A second, independent training loop in plain NumPy: what the engine's results are held against."""

import math

import numpy as np

from glassnet.formulas import activations, losses, optimizers, reduction_factor, schedules
from glassnet.formulas.randomness import Purpose, permutation


def objective_and_gradients(
    sizes, acts, loss, weights, biases, X, y, w, *, reduction="mean", l1=0.0, l2=0.0, per_row=False
):
    """Backpropagation written out, float64."""
    acts, loss = [activations.resolve(a) for a in acts], losses.resolve(loss)
    z, a = [], [np.asarray(X, dtype=float)]
    for W, b, act in zip(weights, biases, acts, strict=True):
        z.append(a[-1] @ W + b)
        a.append(act.apply(z[-1]))
    factor = reduction_factor(reduction, w.sum())
    scale = 1.0 / w.sum() if per_row else 1.0
    value = factor * (w * loss.row_losses(a[-1], y, w)).sum()
    value += scale * sum(l1 * np.abs(W).sum() + l2 * (W**2).sum() for W in weights)
    upstream = factor * w[:, None] * loss.raw_gradient(a[-1], y, w)
    d_weights, d_biases = [], []
    for k in reversed(range(len(weights))):
        delta = upstream * acts[k].slope(z[k], a[k + 1])
        d_weights.insert(0, a[k].T @ delta + scale * (l1 * np.sign(weights[k]) + 2 * l2 * weights[k]))
        d_biases.insert(0, delta.sum(axis=0))
        upstream = delta @ weights[k].T
    return value, d_weights, d_biases


def train(plan, weights, biases, X, y, w=None, *, seed=0, member=0, learning_rate=None):
    """The loop of the plan (no stopping): final weights, biases and the loss curve."""
    n = len(X)
    w = np.ones(n) if w is None else w
    batch = min(plan.batch_size or n, n)
    optimizer, schedule = optimizers.resolve(plan.optimizer), schedules.resolve(plan.schedule)
    parameters = [np.array(p, dtype=float) for p in [*weights, *biases]]
    states = [{} for _ in parameters]
    steps, step, curve = plan.epochs * math.ceil(n / batch), 0, []
    for epoch in range(plan.epochs):
        order = permutation(seed, Purpose.SHUFFLE, n, member=member, epoch=epoch) if plan.shuffle else np.arange(n)
        total = 0.0
        for start in range(0, n, batch):
            rows = order[start : start + batch]
            k = len(plan.activations)
            value, d_weights, d_biases = objective_and_gradients(
                plan.layer_sizes,
                plan.activations,
                plan.loss,
                parameters[:k],
                parameters[k:],
                X[rows],
                y[rows],
                w[rows],
                reduction=plan.reduction,
                l1=plan.l1,
                l2=plan.l2,
                per_row=plan.penalty_per_row,
            )
            total += value * len(rows)
            rate = (learning_rate or plan.learning_rate) * schedule.factor_at(step=step, steps=steps, samples=epoch * n)
            step += 1
            for i, g in enumerate([*d_weights, *d_biases]):
                new = optimizer.update({"w": parameters[i], **states[i]}, g=g, learning_rate=rate, step=step)
                parameters[i] = new.pop("w")
                states[i] = new
        curve.append(total / n)
    k = len(plan.activations)
    return parameters[:k], parameters[k:], np.array(curve)


def targets_for(loss, rng, n, outputs):
    """Random targets inside a loss's domain, in the raw prediction's shape."""
    y = rng.normal(size=(n, outputs))
    if loss.scope == "batch":
        events = rng.integers(0, outputs + 1, n)
        return np.column_stack([rng.integers(1, 1 + max(2, n // 3), n), events, rng.integers(0, 2, n)]).astype(float)
    if loss.task == "multiclass":
        return np.eye(outputs)[rng.integers(outputs, size=n)]
    low, high = loss.target_domain
    if (low, high) == (0.0, 1.0):
        return (y > 0).astype(float)
    if (low, high) == (-1.0, 1.0):
        return np.where(y > 0, 1.0, -1.0)
    return np.abs(y) + 0.1 if low == 0.0 else y
