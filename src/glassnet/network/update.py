"""Update: one optimizer step on all weights and biases, and the state that the optimizer keeps between steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.formulas import Optimizer
from glassnet.network.shapes import Array


@dataclass(frozen=True)
class OptimizerState:
    """What an optimizer remembers; empty dictionaries stand for zeros, before the first step.

    Attributes
    ----------
    optimizer : Optimizer
    step : int
        Steps taken so far.
    weights, biases : tuple of dict
        For each layer, state name -> array shaped like the parameter.
    """

    optimizer: Optimizer
    step: int = 0
    weights: tuple[dict[str, Array], ...] = field(default=())
    biases: tuple[dict[str, Array], ...] = field(default=())

    def of(self, kind: str, layer: int) -> dict[str, Array]:
        """The state of one layer's ``"weights"`` or ``"biases"``; empty before the first step."""
        kept: tuple[dict[str, Array], ...] = getattr(self, kind)
        return kept[layer] if kept else {}


@dataclass(frozen=True)
class Updated:
    """The result of one update: new parameters and the new state."""

    weights: list[Array]
    biases: list[Array]
    state: OptimizerState


def check_learning_rate(learning_rate: float) -> float:
    """The learning rate as a positive finite float."""
    if isinstance(learning_rate, bool) or not isinstance(learning_rate, (int, float, np.integer, np.floating)):
        raise ConfigurationError(
            f"learning_rate={learning_rate!r} is not a number. Give a positive number such as 0.01."
        )
    rate = float(learning_rate)
    if not (np.isfinite(rate) and rate > 0):
        raise ConfigurationError(f"learning_rate={rate:g} is not a positive finite number. Give one such as 0.01.")
    return rate


def updated(
    weights: Sequence[Array],
    biases: Sequence[Array],
    d_weights: Sequence[Array],
    d_biases: Sequence[Array],
    state: OptimizerState,
    learning_rate: float,
) -> Updated:
    """Apply the optimizer's formulas to every parameter; nothing is changed in place."""
    step = state.step + 1
    new: dict[str, list[Array]] = {"weights": [], "biases": []}
    kept: dict[str, list[dict[str, Array]]] = {"weights": [], "biases": []}
    for kind, values, slopes in (("weights", weights, d_weights), ("biases", biases, d_biases)):
        for layer, (value, slope) in enumerate(zip(values, slopes, strict=True)):
            after = state.optimizer.update(
                {"w": value, **state.of(kind, layer)}, g=slope, learning_rate=learning_rate, step=step
            )
            new[kind].append(after.pop("w"))
            kept[kind].append(after)
    after_state = OptimizerState(state.optimizer, step, tuple(kept["weights"]), tuple(kept["biases"]))
    return Updated(new["weights"], new["biases"], after_state)
