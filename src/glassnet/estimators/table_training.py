"""How a table estimator trains: rows set aside, the engine run in slices, the best epoch kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine import Population, Training
from glassnet.estimators.parameters import thread_count
from glassnet.estimators.progress import History, Progress
from glassnet.estimators.recipe import FEWEST_ROWS_TO_SPLIT, Recipe
from glassnet.estimators.split import split_rows
from glassnet.estimators.stochastic import diverged

if TYPE_CHECKING:
    from glassnet.estimators.table_estimator import TableEstimator

Watcher = Callable[[Progress], object]


def train(estimator: TableEstimator, recipe: Recipe, X: np.ndarray, y: np.ndarray, progress: Watcher | None) -> None:
    """Train on encoded rows and their codes or numbers; stores `weights_`, `biases_` and `history_`."""
    started = time.perf_counter()
    targets = estimator._targets(y).astype(X.dtype)
    kept, aside = _set_aside(estimator, y, recipe.seed)
    watched = len(aside) > 0
    plan = recipe.plan(X.shape[1], targets.shape[1], estimator.loss_, str(X.dtype), watched=watched)
    training = Training(
        plan, Population(seed=recipe.seed), X[kept], targets[kept],
        validation=(X[aside], targets[aside], None) if watched else None, threads=thread_count(estimator.n_jobs),
    )  # fmt: skip
    interrupted = False
    try:
        finished = False
        while not finished:
            finished = training.advance()
            if progress is not None:
                progress(_progress(training.result, recipe, time.perf_counter() - started))
    except KeyboardInterrupt:
        interrupted = True
    result = training.best_result
    estimator.weights_ = [np.ascontiguousarray(w[0]) for w in result.weights]
    estimator.biases_ = [np.ascontiguousarray(b[0]) for b in result.biases]
    reason = "interrupted" if interrupted else str(result.stop_reason[0])
    estimator.history_ = History(
        np.asarray(result.loss_curve[0], dtype=np.float64), np.asarray(result.validation_curve[0], dtype=np.float64),
        int(result.best_epoch[0]), recipe.epochs, reason, time.perf_counter() - started, len(kept), len(aside),
        aside, recipe.monitor,
    )  # fmt: skip
    if reason == "diverged":
        raise diverged(result, f"The training of {type(estimator).__name__} diverged.", 1)


def _set_aside(estimator: TableEstimator, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows to train on, and rows that choose the epoch (none when the table is too small)."""
    if estimator.validation_fraction == 0 or len(y) < FEWEST_ROWS_TO_SPLIT:
        return np.arange(len(y)), np.arange(0)
    classes = y if estimator.task == "classification" else None
    parts = split_rows(len(y), classes, test=0.0, validation=estimator.validation_fraction, seed=seed)
    return parts.train, parts.validation


def _progress(result: Any, recipe: Recipe, seconds: float) -> Progress:
    """The state of a running training."""
    training, validation = result.loss_curve[0], result.validation_curve[0]
    latest = float(validation[-1]) if len(validation) else None
    scored = recipe.monitor == "validation_score"
    return Progress(
        len(training), recipe.epochs, float(training[-1]) if len(training) else float("nan"),
        None if scored else latest, int(result.best_epoch[0]), seconds, latest if scored else None,
    )  # fmt: skip
