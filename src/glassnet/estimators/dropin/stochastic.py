"""The training loop of solvers that work in batches: set up the engine, watch it, store its result."""

from __future__ import annotations

import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.estimators.dropin.quasi_newton import NOT_FINITE
from glassnet.estimators.dropin.rows import Rows, set_aside
from glassnet.estimators.networks.checkpointing import Checkpoints
from glassnet.estimators.networks.parameters import AUTO, read_callbacks, thread_count
from glassnet.estimators.networks.progress import Progress, call_back
from glassnet.files import identity_of

if TYPE_CHECKING:
    from glassnet.engine import Training, TrainingResult
    from glassnet.estimators.dropin.multilayer import MultilayerPerceptron
    from glassnet.estimators.networks.parameters import Settings


def run(
    estimator: MultilayerPerceptron, settings: Settings, rows: Rows, held: Rows | None,
    saving: tuple[Any, int] | None = None,
) -> None:  # fmt: skip
    """Train until the monitored quantity stops improving or `max_iter` epochs are done, `saving` checkpoints."""
    from sklearn.exceptions import ConvergenceWarning

    from glassnet.engine import Population, Training

    if held is None and estimator.early_stopping:
        rows, held = set_aside(estimator, rows)
    n_rows = len(rows.X)
    monitor = _monitor(estimator, held)
    restore = monitor.startswith("validation") if estimator.restore_best == AUTO else bool(estimator.restore_best)
    rows = estimator._smoothed(rows)
    plan = estimator._plan(
        optimizer=settings.optimizer, schedule=settings.schedule, learning_rate=estimator.learning_rate_init,
        batch_size=batch_rows(estimator, n_rows), epochs=estimator.max_iter, shuffle=bool(estimator.shuffle),
        monitor=monitor, patience=patience(estimator), tolerance=estimator.tol, restore_best=restore,
        dropout=settings.dropout, clip_norm=estimator.clip_norm, dtype=str(rows.X.dtype), rows_before=estimator.t_,
    )  # fmt: skip
    population = Population(
        seed=estimator._seed, members=estimator.n_networks,
        initial=list(zip(estimator.coefs_, estimator.intercepts_, strict=True)),
    )  # fmt: skip
    training = Training(
        plan, population, rows.X, rows.targets, sample_weight=rows.weights,
        validation=None if held is None or monitor == "training_loss" else (held.X, held.targets, held.weights),
        threads=thread_count(estimator.n_jobs),
    )  # fmt: skip
    checkpoints = None
    if saving is not None:
        parts = [part for some in (rows, held) if some for part in (some.X, some.targets, some.weights)]
        identity = identity_of(plan, population, table=[part for part in parts if part is not None])
        checkpoints = Checkpoints(*saving, identity, [n_rows] * estimator.n_networks)
        checkpoints.resume(training)
    stop = None
    try:
        stop = _train_in_slices(training, estimator, checkpoints, steps=-(-n_rows // plan.batch_size))
        if stop == "interrupted":
            warnings.warn("Training interrupted by user.", stacklevel=5)
    finally:
        result = training.best_result
        _store(estimator, result, n_rows, stop)
    if "diverged" in result.stop_reason:
        raise diverged(result, NOT_FINITE, estimator.n_networks)
    if estimator.verbose and result.stop_reason[0] == "plateau":
        print(_plateau_text(estimator))  # noqa: T201 - asked for by verbose
    if "all_epochs" in result.stop_reason:
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the optimization hasn't "
            "converged yet.",
            ConvergenceWarning, stacklevel=5,
        )  # fmt: skip


def _monitor(estimator: MultilayerPerceptron, held: Rows | None) -> str:
    """The quantity that determines when to stop and which epoch is best."""
    if estimator.monitor == AUTO:
        return "training_loss" if held is None else "validation_score"
    if held is None and estimator.monitor != "training_loss":
        raise ConfigurationError(
            f"{type(estimator).__name__}: monitor={estimator.monitor!r} needs validation rows. "
            "Set early_stopping=True, or give fit(..., validation_data=(X, y))."
        )
    return str(estimator.monitor)


def batch_rows(estimator: MultilayerPerceptron, n_rows: int) -> int:
    """Batch size: rows per step."""
    if estimator.batch_size == "auto":
        return min(200, n_rows)
    if estimator.batch_size > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=6
        )
    return min(int(estimator.batch_size), n_rows)


def patience(estimator: MultilayerPerceptron) -> int:
    """`n_iter_no_change` as a whole number, which need not exceed `max_iter`."""
    return int(min(estimator.n_iter_no_change, estimator.max_iter))


def _train_in_slices(
    training: Training, estimator: MultilayerPerceptron, checkpoints: Checkpoints | None, steps: int
) -> str | None:
    """Train in short slices, or in the `steps` of one epoch with callbacks; return why it ended early, or None."""
    from glassnet.engine import drive

    callbacks = read_callbacks(estimator.callbacks)
    printed = 0 if checkpoints is None else int(training.result.n_epochs.max())
    started, reported = time.perf_counter(), 0

    def watch() -> bool:
        nonlocal printed, reported
        reported = _count_epochs(training, estimator, reported)
        if not (estimator.verbose or callbacks):
            return True
        result = training.result
        if estimator.verbose:
            printed = print_epochs(result, printed, training.plan.monitor.removeprefix("validation_"))
        progress = progress_of(result, training.plan.monitor, estimator.max_iter, time.perf_counter() - started)
        return not (callbacks and call_back(callbacks, progress))

    ended = drive(
        training, watch, steps_at_once=steps if callbacks else None, saving=checkpoints, keep_interrupted=True
    )
    return {"stopped": "callback", "interrupted": "interrupted"}.get(ended)


def _count_epochs(training: Training, estimator: MultilayerPerceptron, reported: int) -> int:
    """Update `n_iter_` after each epoch, as in scikit-learn; for several networks, it is their mean."""
    progress = training.progress
    done = progress.epochs // progress.members
    for epoch in range(reported + 1, done + 1):
        estimator.n_iter_ = epoch
    return max(reported, done)


def progress_of(result: TrainingResult, monitor: str, epochs: int, seconds: float) -> Progress:
    """The progress of a training; for several networks, the mean over those at the latest epoch."""
    done = int(result.n_epochs.max())
    at = [m for m, count in enumerate(result.n_epochs) if count == done]
    training, validation = (
        float(np.mean([curves[m][-1] for m in at])) if len(curves[at[0]]) else None
        for curves in (result.loss_curve, result.validation_curve)
    )
    score = monitor == "validation_score"
    return Progress(
        done, epochs, float("nan") if training is None else training, None if score else validation,
        int(result.best_epoch[at[0]]), seconds, validation if score else None,
    )  # fmt: skip


def print_epochs(result: TrainingResult, printed: int, what: str = "score") -> int:
    """Print the epochs not yet printed; return how many are printed now."""
    epochs = int(result.n_epochs.max())
    for epoch in range(printed, epochs):
        losses = [curve[epoch] for curve in result.loss_curve if epoch < len(curve)]
        print(f"Iteration {epoch + 1}, loss = {np.mean(losses):.8f}")  # noqa: T201 - asked for by verbose
        values = [curve[epoch] for curve in result.validation_curve if epoch < len(curve)]
        if values:
            print(f"Validation {what}: {np.mean(values):f}")  # noqa: T201 - asked for by verbose
    return epochs


def _store(estimator: MultilayerPerceptron, result: TrainingResult, n_rows: int, stop: str | None) -> None:
    """Store the engine's result in the fitted attributes."""
    estimator._set_weights(result.weights, result.biases, result.weights[0].dtype)
    estimator._memory = None
    epochs = int(result.n_epochs.max())
    estimator.learning_rate_ = float(result.learning_rate[0])
    estimator._epochs += epochs
    estimator.t_ += n_rows * epochs
    reasons = [stop if stop and reason == "running" else reason for reason in result.stop_reason]
    estimator.stop_reason_ = reasons[0] if len(set(reasons)) == 1 else reasons
    curves = [[float(loss) for loss in curve] for curve in result.loss_curve]
    _extend(estimator, "loss_curve_", curves)
    if all(curves):
        estimator.loss_ = float(np.mean([curve[-1] for curve in curves]))
    validation = [[float(value) for value in curve] for curve in result.validation_curve]
    if not any(validation):
        best = min((min(curve) for curve in curves if curve), default=np.inf)
        estimator.best_loss_ = best if estimator.best_loss_ is None else min(estimator.best_loss_, best)
    elif estimator.monitor == "validation_loss":
        _extend(estimator, "validation_loss_curve_", validation)
    else:
        _extend(estimator, "validation_scores_", validation)
        best = max(max(curve) for curve in validation if curve)
        estimator.best_validation_score_ = max(best, estimator.best_validation_score_ or -np.inf)
    if estimator.n_iter_ != epochs:
        estimator.n_iter_ = epochs  # last, since code that watches it may raise


def _extend(estimator: MultilayerPerceptron, name: str, curves: list[list[float]]) -> None:
    """Extend a curve, or the curve of each network."""
    if getattr(estimator, name) is None:
        setattr(estimator, name, estimator._curves())
    kept = getattr(estimator, name)
    for curve, more in zip([kept] if estimator.n_networks == 1 else kept, curves, strict=True):
        curve.extend(more)


def _plateau_text(estimator: MultilayerPerceptron) -> str:
    """The sentence that verbose training ends with."""
    what = "Training loss" if estimator.best_loss_ is not None else "Validation score"
    return (
        f"{what} did not improve more than tol={estimator.tol:f} for {estimator.n_iter_no_change} consecutive epochs. "
        "Stopping."
    )


def diverged(result: TrainingResult, opening: str, n_networks: int) -> TrainingDiverged:
    """The error for a training that diverged: where it did, which weights are kept, and the remedies."""
    gone = [report for report in result.divergence if report is not None]
    which = gone[0].message
    if n_networks == 1:
        which = which.removeprefix("Member 0: ").capitalize()
    elif len(gone) > 1:
        which += f" So did {len(gone) - 1} more of {n_networks} networks."
    return TrainingDiverged(
        f"{opening} {which} The last good weights are kept. Lower the learning rate or scale the inputs.", gone
    )
