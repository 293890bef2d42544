"""Training of a table estimator: the rows of each network, the engine run in slices, the best epochs kept."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine import Population, Training, TrainingResult, drive
from glassnet.engine.checks.memory import check_start
from glassnet.engine.random_numbers import permutation
from glassnet.errors import TrainingDiverged
from glassnet.estimators.dropin.stochastic import diverged, print_epochs, progress_of
from glassnet.estimators.networks.checkpointing import Checkpoints
from glassnet.estimators.networks.parameters import thread_count
from glassnet.estimators.networks.progress import History, Progress
from glassnet.estimators.networks.progress_bar import training_bar
from glassnet.estimators.networks.workers import spread
from glassnet.estimators.recipes.recipe import FEWEST_ROWS_TO_SPLIT, Recipe, precision_of
from glassnet.estimators.sampling.resampling import bootstrap_rows, fold_rows, missed_rows
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.sampling.split import split_rows
from glassnet.estimators.training.budget import measured
from glassnet.estimators.training.fitted_table import FittedTable
from glassnet.estimators.training.intervals import MOST_ROWS, Calibration
from glassnet.estimators.training.merging import merged_result
from glassnet.estimators.training.rivals import FoldModels, Folds, begins_without_bins, has_bins, the_best, without_bins
from glassnet.files import fingerprint, identity_of
from glassnet.formulas.randomness import Purpose
from glassnet.tables.encoded_table import plain_inputs
from glassnet.tables.matrix import take_columns, take_rows

if TYPE_CHECKING:
    from glassnet.estimators.tables.classes.threshold import Wish
    from glassnet.estimators.tables.estimator import TableEstimator

Watcher = Callable[[Progress], object]


@dataclass(frozen=True)
class Roles:
    """The roles of the rows in the training of each network.

    Attributes
    ----------
    trained : list of array of int
        The training rows of each network, possibly with repetitions.
    left_out : list of array of int
        The rows that choose its epoch and calibrate its intervals.
    watched : bool
        Whether the left-out rows choose the epoch: not in tables of a few rows, nor if disabled.
    """

    trained: list[np.ndarray]
    left_out: list[np.ndarray]
    watched: bool

    def of(self, members: list[int]) -> Roles:
        """The roles for some of the networks."""
        return Roles([self.trained[m] for m in members], [self.left_out[m] for m in members], self.watched)

    def mask(self, rows: np.ndarray) -> np.ndarray:
        """Which networks left out which of the rows, shape (members, rows)."""
        return np.stack([np.isin(rows, left_out) for left_out in self.left_out])


def train(
    estimator: TableEstimator, recipe: Recipe, X: np.ndarray, y: np.ndarray, row_weights: np.ndarray | None,
    groups: Groups | None, progress: Watcher | None, checkpoint: tuple[Any, int] | None = None,
    started: float | None = None,
) -> tuple[FittedTable, TrainingDiverged | None]:  # fmt: skip
    """Train on the encoded rows of a table and their codes or numbers.

    Networks that diverged come with their error, and have the weights of the best epoch before it.

    A time budget counts from `started`, the time when the user began to wait.
    """
    started = time.perf_counter() if started is None else started
    end = math.inf if estimator.time_budget is None else started + estimator.time_budget
    targets = estimator.outcome_.encode(y, estimator.loss_).astype(X.dtype)
    n_outputs = estimator.outcome_.n_outputs(targets)
    if not recipe.layers:
        behind = (X.shape[1], *recipe.hidden)[len(recipe.embedding) :]  # layers that connect all to all
        check_start(1 if recipe.shared else recipe.n_networks, (*behind, n_outputs), X.itemsize, len(X))
    roles = _roles(estimator, recipe, y, groups)
    check_decision(estimator, roles, y)
    several = roles.watched and len(roles.trained) > 1
    population = Population(
        seed=recipe.seed, members=len(roles.trained), rows=roles.trained,
        validation_rows=roles.left_out if several else None,
    )  # fmt: skip
    validation = _validation(roles, X, targets, row_weights) if roles.watched else None

    def begin(recipe: Recipe) -> Training:
        plan = recipe.plan(X.shape[1], n_outputs, estimator.loss_, precision_of(X), watched=roles.watched)
        return Training(
            plan, population, X, targets, sample_weight=row_weights, validation=validation,
            threads=thread_count(estimator.n_jobs),
        )  # fmt: skip

    known, X_all = estimator.fitted_, X
    challenged = several and begins_without_bins(recipe, known.schema, len(X))
    if estimator.time_budget is not None and "epochs" not in recipe.given and checkpoint is None:
        unhurried, rows = estimator._unhurried(len(X)).epochs, list(map(len, roles.trained))
        recipe = measured(recipe, unhurried, rows, estimator.time_budget, end, begin, challenged)
    with_bins = recipe if challenged else None
    if with_bins is not None:
        X = take_columns(X, plain_inputs(known.schema))
        validation = _validation(roles, X, targets, row_weights)
        known = _table_without_bins(known, X, y, row_weights)
        recipe = without_bins(recipe, known.schema)
    training = spread(begin(recipe))
    plan = training.plan
    checkpoints = None
    if checkpoint is not None:
        identity = identity_of(plan, population, table=estimator.fingerprint_)
        checkpoints = Checkpoints(*checkpoint, identity, [len(rows) for rows in roles.trained])
        checkpoints.resume(training)
    printed = 0
    with training_bar(recipe.epochs, hidden=progress is not None or bool(estimator.verbose)) as bar:
        watchers = [each for each in (bar, progress) if each is not None]

        def watch() -> None:
            nonlocal printed
            result = training.result
            now = progress_of(result, plan.monitor, recipe.epochs, time.perf_counter() - started)
            for watcher in watchers:
                watcher(now)
            if estimator.verbose:
                printed = print_epochs(result, printed, plan.monitor.removeprefix("validation_"))

        end_of = drive(
            training, watch if watchers or estimator.verbose else None, until=end, whole_epoch=True, saving=checkpoints,
            keep_interrupted=True,
        )  # fmt: skip
    ended = "" if end_of == "finished" else end_of
    result = training.best_result
    if several and not ended:
        with suppress(KeyboardInterrupt):  # the networks are complete; only their rivals are not
            folds = Folds(population, X_all, targets, row_weights, roles.left_out, thread_count(estimator.n_jobs))
            without = with_bins is not None
            holder = FoldModels(
                "networks without bins" if without else "networks", recipe, result, not without,
                "so numbers have no bins" if without else "",
            )  # fmt: skip
            schema = estimator.fitted_.schema
            best = the_best(holder, plan, schema, known.loss, folds, end, with_bins)
            recipe, result = best.recipe, best.result
            if best.binned:
                X, known = X_all, estimator.fitted_
            elif not without and has_bins(schema):
                X = take_columns(X_all, plain_inputs(schema))
                known = _table_without_bins(known, X, y, row_weights)
    recipe, result = merged_result(recipe, result)
    # networks that ended before their first epoch are untrained, and have no vote
    kept = [m for m, done in enumerate(result.n_epochs) if done] or list(range(len(roles.trained)))
    roles = roles.of(kept)
    recipe = recipe if recipe.shared else replace(recipe, n_networks=len(kept))
    weights, biases = _layers(recipe, result, kept)
    own = kept[0] if len(kept) == 1 else kept
    seconds = time.perf_counter() - started
    fitted = replace(
        known, recipe=recipe, weights=weights, biases=biases,
        scales=result.scales[0] if recipe.shared else None,
        mixes=[np.ascontiguousarray(mixes[own]) if mixes.size else None for mixes in result.mixes],
        histories=tuple(
            history_of(result, member, roles, place, recipe, seconds, ended) for place, member in enumerate(kept)
        ),
        determinism="statistical" if ended else "bitwise",  # the moment at which it ended cannot be reproduced
    )  # fmt: skip
    if "diverged" in result.stop_reason:
        message = f"The training of {type(estimator).__name__} diverged."
        return fitted, diverged(result, message, len(roles.trained))
    fitted = replace(fitted, arrays=estimator._settle(fitted, roles, X, y, row_weights))
    return judged(fitted, estimator._wish, roles, (X, y, row_weights, groups), thread_count(estimator.n_jobs)), None


def _table_without_bins(
    known: FittedTable, X: np.ndarray, y: np.ndarray, row_weights: np.ndarray | None
) -> FittedTable:
    """The same table with one input per number, for the rows that networks use."""
    seen = fingerprint(X, y, *([] if row_weights is None else [row_weights]))
    return replace(known, schema=known.schema.without_bins(), fingerprint=seen)


def _layers(recipe: Recipe, result: TrainingResult, kept: list[int]) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Weights and biases of the networks that are kept; without a leading axis if there is only one.

    A shared body stays one: its arrays have no step from network to network.
    """
    if recipe.shared:
        which: Any = 0 if recipe.n_networks == 1 else slice(None)
        return [w[which] for w in result.weights], [b[which] for b in result.biases]
    which = kept[0] if len(kept) == 1 else kept
    parts = (result.weights, result.biases)
    weights, biases = ([np.ascontiguousarray(part[which]) for part in each] for each in parts)
    return weights, biases


def _roles(estimator: TableEstimator, recipe: Recipe, y: np.ndarray, groups: Groups | None) -> Roles:
    """One network leaves out a share of the rows; each of several leaves out the rows not in its bootstrap or folds."""
    n_rows, everything = len(y), np.arange(len(y))
    classes = estimator.outcome_.strata(y)
    watched = estimator.validation_fraction > 0 and n_rows >= FEWEST_ROWS_TO_SPLIT
    if recipe.n_networks > 1 and not recipe.shared:
        trained: list[np.ndarray]
        if recipe.resampling == "folds":
            trained = list(fold_rows(n_rows, recipe.n_networks, classes=classes, groups=groups, seed=recipe.seed))
        else:
            trained = list(bootstrap_rows(n_rows, recipe.n_networks, groups=groups, seed=recipe.seed))
        trained = [rows.astype(np.int32, copy=False) for rows in trained]  # as the engine takes them: no copies there
        left_out = [missed_rows(rows, n_rows) for rows in trained]
        return Roles(trained, left_out, watched and all(len(rows) for rows in left_out))
    if not watched:
        return Roles([everything], [everything[:0]], False)
    parts = split_rows(
        n_rows, classes, groups=groups, test=0.0, validation=estimator.validation_fraction, seed=recipe.seed
    )
    return Roles([parts.train], [parts.validation], True)


def _validation(
    roles: Roles, X: np.ndarray, targets: np.ndarray, row_weights: np.ndarray | None
) -> tuple[Any, Any, Any]:
    """The rows that choose the epoch; for several networks all rows, of which each uses those that it left out."""
    if len(roles.trained) == 1:
        rows = roles.left_out[0]
        return take_rows(X, rows), targets[rows], None if row_weights is None else row_weights[rows]
    return X, targets, row_weights


def history_of(
    result: TrainingResult, member: int, roles: Roles, place: int, recipe: Recipe, seconds: float, ended: str
) -> History:
    """The history of one network; `place` is its position among those that are kept."""
    left_out = roles.left_out[place] if roles.watched else roles.left_out[place][:0]
    reason = result.stop_reason[member]
    kept = int(result.n_epochs[member] if recipe.last_epoch else result.best_epoch[member])
    return History(
        np.asarray(result.loss_curve[member], dtype=np.float64),
        np.asarray(result.validation_curve[member], dtype=np.float64), kept, recipe.epochs,
        ended if reason == "running" else reason, seconds, len(roles.trained[place]),
        len(left_out), left_out, recipe.monitor,
    )  # fmt: skip


def judged(
    fitted: FittedTable, wish: Wish | None, roles: Roles,
    rows: tuple[np.ndarray, np.ndarray, np.ndarray | None, Groups | None], threads: int | None,
) -> FittedTable:  # fmt: skip
    """A trained model with the results from left-out rows: intervals, and the requested threshold."""
    X, y, row_weights, groups = rows
    decision = None if wish is None else wish.decision(fitted, roles, X, y, row_weights, groups, threads)
    return replace(fitted, calibration=calibration_of(fitted, roles, X, y, threads), decision=decision)


def calibration_of(
    fitted: FittedTable, roles: Roles, X: np.ndarray, y: np.ndarray, threads: int | None
) -> Calibration | None:
    """Residuals of at most `MOST_ROWS` left-out rows; None for classes and without such rows."""
    if not fitted.outcome.intervals:
        return None
    rows = np.unique(np.concatenate(roles.left_out))
    if len(rows) > MOST_ROWS:
        rows = np.sort(rows[permutation(fitted.recipe.seed, Purpose.SPLIT, len(rows), part=9)[:MOST_ROWS]])
    if not len(rows):
        return None
    answers = fitted.values(fitted.raw_of_each(X[rows], threads))
    left_out = np.broadcast_to(roles.mask(rows), (len(answers), len(rows)))  # networks with a shared body: all the same
    return Calibration.from_predictions(y[rows].astype(np.float64), answers, left_out)


def check_decision(estimator: TableEstimator, roles: Roles, y: np.ndarray) -> None:
    """Raise, before any training, for a threshold that no rows could choose."""
    if estimator._wish is not None:
        estimator._wish.check(y, roles, type(estimator).__name__)
