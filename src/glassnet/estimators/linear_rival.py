"""The linear model that a committee must beat: no hidden layer, the same folds, the same judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from glassnet.engine import Plan, Population, Training, TrainingResult
from glassnet.estimators.recipe import Recipe
from glassnet.formulas import activations, initializers, optimizers, schedules

_EPOCHS, _PATIENCE, _LEARNING_RATE = 400, 20, 0.006


def linear_plan(plan: Plan, n_rows: int) -> Plan:
    """The plan of a linear model for the data of another plan: weights from zero, an L2 penalty, plain Adam."""
    return replace(
        plan, layer_sizes=(plan.layer_sizes[0], plan.layer_sizes[-1]), activations=(activations["identity"],),
        optimizer="adam", learning_rate=_LEARNING_RATE, schedule="constant", l1=0.0, l2=min(0.015, 6.0 / n_rows),
        initializer="constant", parametrization="standard", batch_size=min(64, n_rows), epochs=_EPOCHS,
        patience=_PATIENCE, dropout=0.0, label_smoothing=0.0, clip_norm=None, connections=None, mixed=None,
        dropout_schedule="constant", decay_schedule="constant",
    )  # fmt: skip


def linear_recipe(recipe: Recipe, plan: Plan, n_rows: int, reason: str) -> Recipe:
    """The recipe of the linear models that take the place of networks: what they were trained with."""
    linear = linear_plan(plan, n_rows)
    return replace(
        recipe, reason=reason, hidden=(), activations=(activations["identity"],), embedding=(), mixed=False,
        optimizer=optimizers.resolve(linear.optimizer), learning_rate=linear.learning_rate,
        schedule=schedules.resolve(linear.schedule), l1=linear.l1, l2=linear.l2, epochs=linear.epochs,
        batch_size=int(linear.batch_size or n_rows), patience=linear.patience, dropout=0.0, label_smoothing=0.0,
        clip_norm=None, initializers=tuple(map(initializers.resolve, linear.initializers)),
        parametrization=linear.parametrizations, dropout_schedule=schedules["constant"],
        decay_schedule=schedules["constant"],
    )  # fmt: skip


def train_linear(
    plan: Plan, population: Population, X: Any, targets: Any, row_weights: Any, threads: int | None,
    time_left: Callable[[], bool],
) -> TrainingResult | None:  # fmt: skip
    """Train linear models on the rows of a committee and judge them by its folds; None when the time was too short."""
    training = Training(
        linear_plan(plan, len(X)), population, X, targets, sample_weight=row_weights,
        validation=(X, targets, row_weights), threads=threads,
    )  # fmt: skip
    while not training.advance():
        if not time_left():
            return None
    return training.best_result
