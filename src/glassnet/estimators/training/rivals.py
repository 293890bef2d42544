"""Kinds of models that train on the same folds and are compared on the same left-out rows; only the best kind is kept.

On few rows, networks without bins train first, and those with bins must have a lower loss. Models that are behind on
the first folds are abandoned there: a network has the same bits whether it trains alone or among others, so they can be
trained one after the other. Linear models replace networks that are no better. A mean of all kinds, weighted by the
left-out rows, gained less than half a percent.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from glassnet.engine import Plan, Population, Shard, TrainingData, TrainingResult, drive, merge_results, split
from glassnet.estimators.networks.workers import spread
from glassnet.estimators.recipes.embedding import ColumnInputs, points_of_levels
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.estimators.sampling.resampling import left_out_mean
from glassnet.formulas import Loss, activations, initializers, optimizers, parametrizations, schedules
from glassnet.tables import Schema
from glassnet.tables.encoded_table import plain_inputs
from glassnet.tables.matrix import take_columns

MOST_ROWS_WITHOUT_BINS = 2000
"""On longer tables networks with bins were never more than one percent worse than those without, but for one table
that had about as many inputs as rows."""
_ROWS_PER_INPUT = 2
_STAGES = (2, 4)
"""Folds after which networks with bins are given up if they lost more: on half A and the generated families this rule
kept the accuracy, and took two thirds of the time."""
_EPOCHS, _PATIENCE, _LEARNING_RATE = 400, 20, 0.006


def linear_plan(plan: Plan, n_rows: int, given: Collection[str] = ()) -> Plan:
    """The plan of a linear model for the data of another plan: weights from zero, an L2 penalty, plain Adam.

    It has its own epochs and patience, unless the user has given these parameters.
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
    """The recipe of the linear models that replace networks: the settings of their training."""
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
class FoldModels:
    """Models that were trained on folds, with a short description, and whether their inputs include bins."""

    what: str
    recipe: Recipe
    result: TrainingResult
    binned: bool = False
    conclusion: str = ""


@dataclass(frozen=True)
class Folds:
    """The folds on which all kinds of models are trained and evaluated."""

    population: Population
    X: np.ndarray
    targets: np.ndarray
    row_weights: np.ndarray | None
    left_out: list[np.ndarray]
    threads: int | None

    def train(self, plan: Plan, X: np.ndarray, until: float) -> TrainingResult | None:
        """Train models by a plan; None if the time was too short."""
        return self._train(split(plan, self.population, 1)[0], X, until)

    def challenge(
        self, plan: Plan, X: np.ndarray, holder: TrainingResult, until: float
    ) -> tuple[TrainingResult | None, int]:
        """Train models that must have a lower loss than others; return None if abandoned, and after how many folds."""
        n_folds, done = len(self.left_out), 0
        ends = (*(stage for stage in _STAGES if stage < n_folds), n_folds)
        shards = split(plan, self.population, [list(range(start, end)) for start, end in pairwise((0, *ends))])
        results: list[TrainingResult] = []
        for shard, end in zip(shards, ends, strict=True):
            result = self._train(shard, X, until)
            if result is None:
                return None, done
            results.append(result)
            done = end
            losses = np.concatenate([each.best_loss for each in results])
            if done < n_folds and not losses.mean() < holder.best_loss[:done].mean():
                return None, done
        return merge_results(shards, results), n_folds

    def _train(self, shard: Shard, X: np.ndarray, until: float) -> TrainingResult | None:
        """Train the models of some folds; None if the time was too short."""
        data = TrainingData(X, self.targets, self.row_weights, (X, self.targets, self.row_weights))
        training = spread(shard.begin(data, threads=self.threads))
        ended = drive(training, until=until)
        return training.best_result if ended == "finished" else None

    def loss(self, result: TrainingResult) -> float:
        """The mean loss on the left-out rows."""
        return left_out_mean(result.best_loss, self.left_out, self.row_weights)

    def standard_error(self, one: TrainingResult, other: TrainingResult) -> float:
        """The standard error of the difference of two mean losses, from the differences of the folds."""
        differences = np.asarray(one.best_loss) - np.asarray(other.best_loss)
        return float(differences.std(ddof=1) / np.sqrt(len(differences))) if len(differences) > 1 else np.inf


def begins_without_bins(recipe: Recipe, schema: Schema, n_rows: int) -> bool:
    """Whether networks without bins train first: if there are few rows, or few rows per input."""
    chosen = "scaling" in recipe.given or "embedding" in recipe.given
    few = n_rows <= MOST_ROWS_WITHOUT_BINS or n_rows < _ROWS_PER_INPUT * len(schema.feature_names)
    return few and not chosen and has_bins(schema)


def the_best(
    own: FoldModels, plan: Plan, schema: Schema, loss: Loss, folds: Folds, until: float,
    with_bins: Recipe | None = None,
) -> FoldModels:  # fmt: skip
    """The trained networks, or others if these have a smaller loss on the left-out rows.

    Parameters
    ----------
    own : Trained
    plan : Plan
        Of the networks that were trained.
    schema : Schema
        Whose inputs the rows of `folds` are.
    loss : Loss
    folds : Folds
    until : float
        The deadline, in the time of `time.perf_counter`.
    with_bins : Recipe, optional
        The recipe of networks with bins, if those that were trained have none.
    """
    if "diverged" in own.result.stop_reason:  # which must be reported, not hidden
        return own
    candidates, given_up, base = [own], "", own.recipe.reason
    X = (
        take_columns(folds.X, plain_inputs(schema))
        if has_bins(schema) and "scaling" not in own.recipe.given
        else folds.X
    )
    if with_bins is not None:
        wider = with_bins.plan(folds.X.shape[1], plan.layer_sizes[-1], loss, plan.dtype, watched=True)
        trained, done = folds.challenge(wider, folds.X, own.result, until)
        if trained is not None:
            candidates.insert(0, FoldModels("networks", with_bins, trained, True))
        elif done:
            given_up = f"; networks with bins were given up after {done} folds, where they did not lose less"
    if own.recipe.linear_rival:
        linear = replace(plan, layer_sizes=(X.shape[1], *plan.layer_sizes[1:]), connections=None)
        trained = folds.train(linear_plan(linear, len(X), own.recipe.given), X, until)
        if trained is not None:
            recipe = linear_recipe(own.recipe, linear, len(X), base)
            recipe = replace(recipe, scaling="robust") if X is not folds.X else recipe
            candidates.append(FoldModels("linear models", recipe, trained, X is folds.X, "so the layers are left out"))
    if len(candidates) == 1:
        return replace(own, recipe=replace(own.recipe, reason=f"{base}{given_up}"))
    losses = [folds.loss(each.result) for each in candidates]
    best = int(np.nanargmin(losses))
    each = [f"{value:.4g} for {one.what}" for one, value in zip(candidates, losses, strict=True)][::-1]
    losses_text = f"the loss on the rows left out is {', '.join(each[:-1])} and {each[-1]}"
    if best == 0 and candidates[1] is own:
        error = folds.standard_error(candidates[0].result, own.result)
        if losses[1] - losses[0] <= error:  # the network that is easier to read
            best, losses_text = 1, f"{losses_text}, and its standard error between the first two {error:.2g}"
    ending = f", {candidates[best].conclusion}" if candidates[best].conclusion else ""
    recipe = replace(candidates[best].recipe, reason=f"{base}; {losses_text}{given_up}{ending}")
    return replace(candidates[best], recipe=recipe)


def has_bins(schema: Schema) -> bool:
    """Whether numbers have bins in addition."""
    return any(column.how.beside and column.n_bins for column in schema.inputs)


def without_bins(recipe: Recipe, schema: Schema) -> Recipe:
    """The recipe for numbers that make one input each, of a schema without bins."""
    first, points = len(recipe.embedding), points_of_levels(list(map(ColumnInputs.of, schema.inputs)))
    return replace(
        recipe, scaling="robust", embedding=points,
        hidden=(*(layer.connections.n_out for layer in points), *recipe.hidden[first:]),
        activations=(*(activations.resolve(layer.activation) for layer in points), *recipe.activations[first:]),
        initializers=(*(initializers.resolve(layer.initializer) for layer in points), *recipe.initializers[first:]),
        parametrization=(
            *(parametrizations.resolve(layer.parametrization) for layer in points), *recipe.parametrization[first:],
        ),
        dropout=recipe.dropout if "dropout" in recipe.given else 0.0,
    )  # fmt: skip
