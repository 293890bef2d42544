"""From raw predictions of times to an event to risks and curves: relative hazards, or a hazard for each interval."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.estimators.tables.hazards.base import Arrays, Curves, Hazards
from glassnet.estimators.tables.hazards.interval import IntervalHazards
from glassnet.estimators.tables.hazards.relative import RelativeHazards
from glassnet.formulas import Loss
from glassnet.tables.outcome import TimeToEvent

__all__ = [
    "Curves", "Hazards", "IntervalHazards", "RelativeHazards", "checked_arrays", "hazards_of", "learned_hazards",
]  # fmt: skip


def hazards_of(outcome: TimeToEvent, arrays: Arrays, link: str) -> Hazards:
    """The way from raw predictions to curves that belongs to an outcome."""
    kind = RelativeHazards if outcome.time_intervals is None else IntervalHazards
    return kind(outcome, arrays, link)


def learned_hazards(
    outcome: TimeToEvent, link: str, raw: np.ndarray, left_out: np.ndarray, y: np.ndarray, weights: np.ndarray
) -> Hazards:
    """The same, learned from training rows, as far as networks left them out; see `IntervalHazards.of`."""
    if outcome.time_intervals is None:
        return RelativeHazards.of(outcome, raw, left_out, y, weights)
    return IntervalHazards.of(outcome, link, raw, left_out, y, weights)


def checked_arrays(arrays: Arrays, outcome: TimeToEvent, loss: Loss, n_outputs: int) -> dict[str, np.ndarray]:
    """The arrays of a model file that its way to curves needs; a `ModelFileError` where they do not fit together."""
    relative = outcome.time_intervals is None
    if relative != (loss.scope == "batch") or n_outputs != outcome.n_outputs(np.empty(0)):
        raise ModelFileError(
            f"The model file's loss {loss.name!r}, its {n_outputs} outputs and the intervals of its schema do not fit "
            "together."
        )
    return RelativeHazards.checked(arrays, outcome) if relative else IntervalHazards.checked(arrays, outcome)
