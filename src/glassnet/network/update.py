"""Update: one optimizer step on all weights and biases, and the state that the optimizer keeps between steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.formulas import Optimizer
from glassnet.formulas.whole_number import is_number
from glassnet.network.shapes import Array

KINDS = ("weights", "biases", "scales", "mixes")
"""The kinds of parameters that a layer may train, in the order of the rates of its parametrization."""


@dataclass(frozen=True)
class OptimizerState:
    """The state of an optimizer; empty dictionaries stand for zeros, before the first step.

    Attributes
    ----------
    optimizer : Optimizer
    step : int
        Steps taken so far.
    weights, biases, scales, mixes : tuple of dict
        For each layer, state name -> array shaped like the parameter; of the free weights where a layer has a
        parametrization, and of its scales and mixes where it has some.
    """

    optimizer: Optimizer
    step: int = 0
    weights: tuple[dict[str, Array], ...] = field(default=())
    biases: tuple[dict[str, Array], ...] = field(default=())
    scales: tuple[dict[str, Array], ...] = field(default=())
    mixes: tuple[dict[str, Array], ...] = field(default=())

    def of(self, kind: str, layer: int) -> dict[str, Array]:
        """The state of one layer's `KINDS`; empty before the first step."""
        kept: tuple[dict[str, Array], ...] = getattr(self, kind)
        return kept[layer] if kept else {}


@dataclass(frozen=True)
class Updated:
    """The result of one update: new parameters and the new state."""

    weights: list[Array]
    biases: list[Array]
    state: OptimizerState
    scales: list[Array | None]
    mixes: list[Array | None]


def check_learning_rate(learning_rate: float) -> float:
    """The learning rate as a positive finite float."""
    if not is_number(learning_rate):
        raise ConfigurationError(
            f"learning_rate={learning_rate!r} is not a number. Give a positive number such as 0.01."
        )
    rate = float(learning_rate)
    if not (np.isfinite(rate) and rate > 0):
        raise ConfigurationError(f"learning_rate={rate:g} is not a positive finite number. Give one such as 0.01.")
    return rate


@dataclass(frozen=True)
class Clipping:
    """How the gradient of a step is shortened: by ``factor = min(1, clip_norm / norm)``.

    Attributes
    ----------
    clip_norm : float or None
        Longest allowed Euclidean norm over all weights and biases; None for any.
    norm : float
        Of this step's gradient, penalties included.
    """

    clip_norm: float | None
    norm: float

    @property
    def factor(self) -> float:
        """The factor on every entry of the gradient; 1 where the norm is within the limit."""
        return 1.0 if self.clip_norm is None or not self.norm > self.clip_norm else self.clip_norm / self.norm


def clipping(d_weights: Sequence[Array], d_biases: Sequence[Array], clip_norm: float | None) -> Clipping:
    """Measure a gradient; its squares are taken of shares of the largest entry, so that they stay finite."""
    if clip_norm is not None and not (isinstance(clip_norm, (int, float)) and 0 < clip_norm < np.inf):
        raise ConfigurationError(f"clip_norm={clip_norm!r} must be a positive number, or None for no clipping.")
    entries = np.concatenate([np.abs(g).ravel() for g in (*d_weights, *d_biases)])
    largest = float(entries.max(initial=0.0))
    if not (0 < largest < np.inf):
        return Clipping(clip_norm, largest)
    return Clipping(clip_norm, largest * float(np.sqrt(((entries / largest) ** 2).sum())))


def updated(
    values: Sequence[Sequence[Array | None]],
    slopes: Sequence[Sequence[Array | None]],
    state: OptimizerState,
    learning_rate: float,
    clip_factor: float = 1.0,
    *,
    rates: Sequence[Sequence[float]] = (),
    decays: Sequence[Sequence[float]] = (),
) -> Updated:
    """Apply the optimizer's formulas to every parameter; nothing is changed in place.

    `values` and `slopes` hold, for the first of `KINDS` or all, one array per layer, or None where a layer has none.
    `rates` and `decays` are multiples of the learning rate and of the weight decay for each layer's kinds, 1 where not
    given.
    """
    step = state.step + 1
    new: dict[str, list[Any]] = {kind: [] for kind in KINDS}
    kept: dict[str, list[dict[str, Array]]] = {kind: [] for kind in KINDS}
    for group, (kind, parts, part_slopes) in enumerate(zip(KINDS, values, slopes, strict=False)):
        for layer, (value, slope) in enumerate(zip(parts, part_slopes, strict=True)):
            if value is None or slope is None:
                new[kind].append(None)
                kept[kind].append({})
                continue
            rate = rates[layer][group] * learning_rate if rates else learning_rate
            optimizer = state.optimizer.with_decay(decays[layer][group]) if decays else state.optimizer
            g = slope if clip_factor == 1.0 else clip_factor * slope
            after = optimizer.update({"w": value, **state.of(kind, layer)}, g=g, learning_rate=rate, step=step)
            new[kind].append(after.pop("w"))
            kept[kind].append(after)
    after_state = OptimizerState(state.optimizer, step, *(tuple(kept[kind]) for kind in KINDS))
    return Updated(new["weights"], new["biases"], after_state, new["scales"], new["mixes"])
