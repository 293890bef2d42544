"""The recipe of the table estimators: how their networks are built and trained, and why by default so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.estimators.parameters import check_count, hidden_sizes, layer_activations, seed_from
from glassnet.formulas import Activation, Optimizer, Parameter, Schedule, optimizers, schedules

NUMBERS = (
    Parameter("learning_rate", 0.01, "first step size", 0.0, open_low=True),
    Parameter("l1", 0.0, "strength of the L1 penalty", 0.0),
    Parameter("l2", 0.0, "strength of the L2 penalty", 0.0),
    Parameter("validation_fraction", 0.2, "share of the rows that choose the epoch", 0.0, 1.0, open_high=True),
)
FEWEST_ROWS_TO_SPLIT = 20


@dataclass(frozen=True)
class Recipe:
    """Checked settings of one training.

    Attributes
    ----------
    hidden : tuple of int
    activations : tuple of Activation
        Of the hidden layers and the identity of the last one.
    optimizer : Optimizer
    schedule : Schedule
    batch_size : int
    seed : int
    """

    hidden: tuple[int, ...]
    activations: tuple[Activation, ...]
    optimizer: Optimizer
    schedule: Schedule
    batch_size: int
    seed: int


def read_recipe(given: Mapping[str, Any], n_rows: int, owner: str) -> Recipe:
    """Check the parameters of a table estimator for a training on `n_rows` rows."""
    for parameter in NUMBERS:
        parameter.check(given[parameter.name], owner)
    for name, otherwise in (("epochs", None), ("patience", None), ("batch_size", "auto")):
        check_count(owner, name, given[name], otherwise=otherwise)
    hidden = hidden_sizes(given["hidden_layer_sizes"])
    return Recipe(
        hidden, layer_activations(given["activation"], len(hidden)), optimizers.resolve(given["optimizer"]),
        schedules.resolve(given["schedule"]),
        _automatic_batch(n_rows) if given["batch_size"] == "auto" else min(int(given["batch_size"]), n_rows),
        seed_from(given["random_state"]),
    )  # fmt: skip


def _automatic_batch(n_rows: int) -> int:
    """About 16 steps per epoch on small tables, never more than 256 rows at once."""
    return int(min(256, max(8, 2 ** round(np.log2(max(n_rows, 1) / 16)))))
