"""The number of epochs that a time budget allows, measured by a few steps on this table and this machine."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from glassnet.engine import Training, drive
from glassnet.estimators.recipes.recipe import Recipe

TRIAL = 0.08
"""Share of the time that is left which the steps to measure by may take."""
PLANNED, PLANNED_BEFORE_RIVALS = 0.85, 0.55
"""Share of the time that is left that the epochs may take; the rest is for rivals, and for a load that grows."""
LONGEST = 4
"""How many times as many epochs as its own a recipe may be stretched to; more gained nothing."""


def measured(
    recipe: Recipe, own_epochs: int, n_rows: Sequence[int], seconds: float, end: float,
    begin: Callable[[Recipe], Training], challenged: bool,
) -> Recipe:  # fmt: skip
    """The recipe with as many epochs as fit; the measured steps are discarded.

    Recipes whose learning rate follows the length of the training are also stretched, to `LONGEST` times `own_epochs`
    if there is time; the others end by themselves.

    Parameters
    ----------
    recipe : Recipe
    own_epochs : int
        The epochs of the recipe without a time limit.
    n_rows : sequence of int
        Rows that each network trains on.
    seconds : float
        The whole budget, for messages.
    end : float
        The deadline, in the time of `time.perf_counter`.
    begin : function
        Begins a training of a recipe.
    challenged : bool
        Whether networks of two kinds train, one after the other.
    """
    started, training = time.perf_counter(), begin(recipe)
    left = end - started
    drive(training, until=started + TRIAL * left)
    elapsed = time.perf_counter() - started
    done = training.progress
    if not done.steps:
        return recipe
    of_epoch = sum(-(-rows // recipe.batch_size) for rows in n_rows)
    share = PLANNED_BEFORE_RIVALS if challenged else PLANNED
    affordable = int(share * (left - elapsed) / (of_epoch * elapsed / done.steps))
    longest = own_epochs if recipe.schedule.name == "constant" else LONGEST * own_epochs
    epochs = max(1, min(affordable, longest))
    reason = f"{epochs} epochs, in place of its {own_epochs}, fit into {seconds:g} s by the time that steps took"
    patience = epochs if recipe.patience == recipe.epochs else min(recipe.patience, epochs)
    return replace(recipe, epochs=epochs, patience=patience, reason=f"{recipe.reason}; {reason}")
