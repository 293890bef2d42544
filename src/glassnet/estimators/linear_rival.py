"""The linear model that a committee must beat: no hidden layer, the same folds, the same judge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from glassnet.engine import Plan, Population, Training, TrainingResult
from glassnet.formulas import activations

_EPOCHS, _PATIENCE, _LEARNING_RATE = 400, 20, 0.006


def linear_plan(plan: Plan, n_rows: int) -> Plan:
    """The plan of a linear model for the data of another plan: weights from zero, an L2 penalty, plain Adam."""
    return replace(
        plan, layer_sizes=(plan.layer_sizes[0], plan.layer_sizes[-1]), activations=(activations["identity"],),
        optimizer="adam", learning_rate=_LEARNING_RATE, schedule="constant", l1=0.0, l2=min(0.015, 6.0 / n_rows),
        initializer="constant", parametrization="standard", batch_size=min(64, n_rows), epochs=_EPOCHS,
        patience=_PATIENCE, dropout=0.0, label_smoothing=0.0, clip_norm=None,
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
