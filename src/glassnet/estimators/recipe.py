"""The recipe of the table estimators: how their networks are built and trained, and why by default so.

The defaults were chosen on scikit-learn's built-in tables (breast cancer, iris, wine, digits, diabetes) and two made-up
ones, eight splits each, held against logistic or linear regression: one hidden layer of 32 was as good as anything
larger below a thousand rows, and is easier to read; an L2 penalty that falls with the number of rows was worth more
than any choice of activation or schedule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.estimators.parameters import check_count, hidden_sizes, layer_activations, seed_from
from glassnet.formulas import Activation, Optimizer, Parameter, Schedule, optimizers, schedules

AUTO = "auto"
FEWEST_ROWS_TO_SPLIT = 20
_NUMBERS = (
    Parameter("learning_rate", 0.006, "first step size", 0.0, open_low=True),
    Parameter("l1", 0.0, "strength of the L1 penalty", 0.0),
    Parameter("l2", 0.0, "strength of the L2 penalty", 0.0),
    Parameter("validation_fraction", 0.2, "share of the rows that choose the epoch", 0.0, 1.0, open_high=True),
)
# most rows for which these hidden layers are taken; wider tables of examples can feed wider layers
_HIDDEN_BY_ROWS = ((1_000, (32,)), (20_000, (64, 64)))
_HIDDEN_BEYOND = (128, 128)


@dataclass(frozen=True)
class Recipe:
    """Checked settings of one training, with everything automatic decided.

    Attributes
    ----------
    hidden : tuple of int
    activations : tuple of Activation
        Of the hidden layers and the identity of the last one.
    optimizer : Optimizer
    schedule : Schedule
    batch_size : int
    l2 : float
    seed : int
    """

    hidden: tuple[int, ...]
    activations: tuple[Activation, ...]
    optimizer: Optimizer
    schedule: Schedule
    batch_size: int
    l2: float
    seed: int

    @property
    def settings(self) -> dict[str, Any]:
        """The same in plain types: records as their specs, for printing and for papers."""
        plain = {name: getattr(self, name) for name in ("batch_size", "l2", "seed")}
        specs = {name: getattr(self, name).spec for name in ("optimizer", "schedule")}
        return {"hidden": self.hidden, "activations": tuple(a.spec for a in self.activations), **specs, **plain}

    def __repr__(self) -> str:
        return f"Recipe({', '.join(f'{name}={value!r}' for name, value in self.settings.items())})"


def read_recipe(given: Mapping[str, Any], n_rows: int, owner: str) -> Recipe:
    """Check the parameters of a table estimator and decide what is automatic for `n_rows` rows."""
    automatic = {name for name in ("hidden_layer_sizes", "batch_size", "l2") if _is_auto(given[name])}
    for parameter in _NUMBERS:
        if parameter.name not in automatic:
            parameter.check(given[parameter.name], owner)
    for name, otherwise in (("epochs", None), ("patience", None), ("batch_size", AUTO)):
        check_count(owner, name, given[name], otherwise=otherwise)
    hidden = _hidden(n_rows) if "hidden_layer_sizes" in automatic else hidden_sizes(given["hidden_layer_sizes"])
    return Recipe(
        hidden, layer_activations(given["activation"], len(hidden)), optimizers.resolve(given["optimizer"]),
        schedules.resolve(given["schedule"]),
        _batch_size(n_rows) if "batch_size" in automatic else min(int(given["batch_size"]), n_rows),
        min(0.015, 6.0 / n_rows) if "l2" in automatic else float(given["l2"]),
        seed_from(given["random_state"]),
    )  # fmt: skip


def _is_auto(value: Any) -> bool:
    """Whether a parameter is left to the recipe."""
    return isinstance(value, str) and value == AUTO


def _hidden(n_rows: int) -> tuple[int, ...]:
    """Hidden layers for a number of rows."""
    return next((sizes for most, sizes in _HIDDEN_BY_ROWS if n_rows <= most), _HIDDEN_BEYOND)


def _batch_size(n_rows: int) -> int:
    """About 16 steps per epoch on small tables, never more than 256 rows at once."""
    return int(min(256, max(8, 2 ** round(np.log2(max(n_rows, 1) / 16)), 1)))
