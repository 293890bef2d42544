"""Presets: named ways to build and train a network for a table, each with its source and its ingredients.

A preset turns what is known about a table (`Problem`) into settings. Whatever the user gives beside it wins.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest

AUTO = "auto"


@dataclass(frozen=True)
class Problem:
    """What a preset may look at: the task, and how large the table is.

    Attributes
    ----------
    task : {"classification", "regression"}
    n_rows : int
        Rows with a target.
    n_inputs : int
        Inputs of the network.
    """

    task: str
    n_rows: int
    n_inputs: int


@dataclass(frozen=True)
class Preset:
    """One preset.

    Attributes
    ----------
    name, summary : str
    ingredients : tuple of str
        What it is made of, one short sentence each.
    settings : function
        ``settings(problem)`` gives the value of every automatic parameter.
    reference : str
    """

    name: str
    summary: str
    ingredients: tuple[str, ...]
    settings: Callable[[Problem], Mapping[str, Any]]
    reference: str = ""


def preset(name: object) -> Preset:
    """The preset of a name; `ConfigurationError` names the nearest one.

    Examples
    --------
    >>> preset("lecture").summary
    'a plain network: one or two layers, an L2 penalty, the best epoch kept'
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise ConfigurationError(f"Unknown recipe {name!r}. {nearest(str(name), [AUTO, *PRESETS])}")
    return PRESETS[name]


def choose(name: object, problem: Problem) -> tuple[Preset, str]:
    """The preset for a problem and the reason; a name other than "auto" is taken at its word."""
    if name != AUTO:
        return preset(name), "you asked for it"
    return preset("lecture"), f"it is the default for tables of any size, {problem.n_rows} rows among them"


# most rows for which these hidden layers are taken; wider tables of examples can feed wider layers
_HIDDEN_BY_ROWS = ((1_000, (32,)), (20_000, (64, 64)))
_HIDDEN_BEYOND = (128, 128)


def _lecture(problem: Problem) -> dict[str, Any]:
    """One hidden layer of 32 was as good as anything larger below a thousand rows of scikit-learn's tables."""
    n_rows = problem.n_rows
    return {
        "hidden_layer_sizes": next((sizes for most, sizes in _HIDDEN_BY_ROWS if n_rows <= most), _HIDDEN_BEYOND),
        "activation": "relu", "optimizer": "adam", "learning_rate": 0.006, "schedule": "constant", "epochs": 200,
        # about 16 steps per epoch on small tables, never more than 256 rows at once
        "batch_size": int(min(256, max(8, 2 ** round(np.log2(max(n_rows, 1) / 16)), 1))),
        "l1": 0.0, "l2": min(0.015, 6.0 / n_rows), "patience": 20,
    }  # fmt: skip


PRESETS: dict[str, Preset] = {
    recipe.name: recipe
    for recipe in (
        Preset(
            "lecture", "a plain network: one or two layers, an L2 penalty, the best epoch kept",
            ("numbers standardised, categories one-hot", "relu", "Adam at a constant learning rate of 0.006",
             "an L2 penalty of 6 / rows, at most 0.015", "20 epochs without improvement end the training"),
            _lecture, "He et al. 2015; Kingma and Ba 2015",
        ),
    )
}  # fmt: skip
"""Name -> preset, the plain one first."""
