"""The simpler models that a committee must beat on the rows left out: networks without bins, and linear models.

They train on the same folds and are judged by the same rows. What wins is kept alone, so a model stays one stack of
networks: a mean of all of them, weighted by the rows left out, gained less than half a percent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from glassnet.engine import Plan, Population, Training, TrainingResult, drive
from glassnet.estimators.networks.workers import spread
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.estimators.sampling.resampling import left_out_mean
from glassnet.formulas import Loss, activations, initializers, optimizers, schedules
from glassnet.tables import Schema
from glassnet.tables.encoded_table import plain_inputs
from glassnet.tables.matrix import take_columns

MOST_ROWS_WITHOUT_BINS = 2000
"""On longer tables networks with bins were never more than one percent worse than those without."""
_EPOCHS, _PATIENCE, _LEARNING_RATE = 400, 20, 0.006


def linear_plan(plan: Plan, n_rows: int, given: Collection[str] = ()) -> Plan:
    """The plan of a linear model for the data of another plan: weights from zero, an L2 penalty, plain Adam.

    Epochs and patience are its own, unless they are among the parameters that the user has given.
    """
    epochs = plan.epochs if "epochs" in given else _EPOCHS
    patience = plan.patience if "patience" in given else min(_PATIENCE, epochs)
    return replace(
        plan, layer_sizes=(plan.layer_sizes[0], plan.layer_sizes[-1]), activations=(activations["identity"],),
        optimizer="adam", learning_rate=_LEARNING_RATE, schedule="constant", l1=0.0, l2=min(0.015, 6.0 / n_rows),
        initializer="constant", parametrization="standard", batch_size=min(64, n_rows), epochs=epochs,
        patience=patience, dropout=0.0, label_smoothing=0.0, clip_norm=None, connections=None, mixed=None,
        dropout_schedule="constant", decay_schedule="constant",
    )  # fmt: skip


def linear_recipe(recipe: Recipe, plan: Plan, n_rows: int, reason: str) -> Recipe:
    """The recipe of the linear models that take the place of networks: what they were trained with."""
    linear = linear_plan(plan, n_rows, recipe.given)
    return replace(
        recipe, reason=reason, hidden=(), activations=(activations["identity"],), embedding=(), mixed=False,
        optimizer=optimizers.resolve(linear.optimizer), learning_rate=linear.learning_rate,
        schedule=schedules.resolve(linear.schedule), l1=linear.l1, l2=linear.l2, epochs=linear.epochs,
        batch_size=int(linear.batch_size or n_rows), patience=linear.patience, dropout=0.0, label_smoothing=0.0,
        clip_norm=None, initializers=tuple(map(initializers.resolve, linear.initializers)),
        parametrization=linear.parametrizations, dropout_schedule=schedules["constant"],
        decay_schedule=schedules["constant"],
    )  # fmt: skip


@dataclass(frozen=True)
class Trained:
    """Models that were trained on folds, in a few words, and whether they see numbers without their bins."""

    what: str
    recipe: Recipe
    result: TrainingResult
    without_bins: bool = False
    conclusion: str = ""


@dataclass(frozen=True)
class Folds:
    """The folds on which all kinds of models are trained and judged."""

    population: Population
    X: np.ndarray
    targets: np.ndarray
    row_weights: np.ndarray | None
    left_out: list[np.ndarray]
    threads: int | None

    def train(self, plan: Plan, X: np.ndarray, until: float) -> TrainingResult | None:
        """Models by a plan; None when the time was too short."""
        here = Training(
            plan, self.population, X, self.targets, sample_weight=self.row_weights,
            validation=(X, self.targets, self.row_weights), threads=self.threads,
        )  # fmt: skip
        training = spread(here)
        ended = drive(training, until=until)
        return training.best_result if ended == "finished" else None

    def loss(self, result: TrainingResult) -> float:
        """The mean loss on the rows left out."""
        return left_out_mean(result.best_loss, self.left_out, self.row_weights)

    def standard_error(self, one: TrainingResult, other: TrainingResult) -> float:
        """Of the difference of two mean losses, from the differences of the folds."""
        differences = np.asarray(one.best_loss) - np.asarray(other.best_loss)
        return float(differences.std(ddof=1) / np.sqrt(len(differences))) if len(differences) > 1 else np.inf


def the_best(
    recipe: Recipe, plan: Plan, result: TrainingResult, schema: Schema, loss: Loss, folds: Folds,
    until: float,
) -> Trained:  # fmt: skip
    """The networks, or simpler models where these have the smaller loss on the rows left out."""
    candidates = [Trained("networks", recipe, result)]
    numbers = plain_inputs(schema)
    binned = len(numbers) < len(schema.feature_names) and "scaling" not in recipe.given
    compared = binned and len(folds.X) <= MOST_ROWS_WITHOUT_BINS and "embedding" not in recipe.given
    if not (compared or recipe.linear_rival) or "diverged" in result.stop_reason:  # which is to be said, not hidden
        return candidates[0]
    X = take_columns(folds.X, numbers) if binned else folds.X
    if compared:
        plain = without_bins(recipe)
        own = plain.plan(X.shape[1], plan.layer_sizes[-1], loss, plan.dtype, watched=True)
        trained = folds.train(own, X, until)
        if trained is not None:
            candidates.append(Trained("networks without bins", plain, trained, True, "so numbers have no bins"))
    if recipe.linear_rival:
        linear = replace(plan, layer_sizes=(X.shape[1], *plan.layer_sizes[1:]), connections=None)
        trained = folds.train(linear_plan(linear, len(X), recipe.given), X, until)
        if trained is not None:
            own_recipe = linear_recipe(recipe, linear, len(X), recipe.reason)
            own_recipe = replace(own_recipe, scaling="robust") if binned else own_recipe
            candidates.append(Trained("linear models", own_recipe, trained, binned, "so the layers are left out"))
    if len(candidates) == 1:
        return candidates[0]
    losses = [folds.loss(each.result) for each in candidates]
    best = int(np.nanargmin(losses))
    each = [f"{value:.4g} for {one.what}" for one, value in zip(candidates, losses, strict=True)][::-1]
    losses_text = f"the loss on the rows left out is {', '.join(each[:-1])} and {each[-1]}"
    if best == 0 and candidates[1].without_bins and candidates[1].recipe.hidden:
        error = folds.standard_error(candidates[0].result, candidates[1].result)
        if losses[1] - losses[0] <= error:  # the network that can be read with less
            best, losses_text = 1, f"{losses_text}, and its standard error between the first two {error:.2g}"
    ending = f", {candidates[best].conclusion}" if best else ""
    return replace(
        candidates[best], recipe=replace(candidates[best].recipe, reason=f"{recipe.reason}; {losses_text}{ending}")
    )


def without_bins(recipe: Recipe) -> Recipe:
    """The recipe for numbers that make one input each."""
    first = len(recipe.embedding)
    return replace(
        recipe, scaling="robust", embedding=(), hidden=recipe.hidden[first:], activations=recipe.activations[first:],
        initializers=recipe.initializers[first:], parametrization=recipe.parametrization[first:],
        dropout=recipe.dropout if "dropout" in recipe.given else 0.0,
    )  # fmt: skip
