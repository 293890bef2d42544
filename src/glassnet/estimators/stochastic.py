"""The training loop of solvers that go batch by batch: set up the engine, watch it, store what it found."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.estimators.parameters import thread_count
from glassnet.estimators.quasi_newton import NOT_FINITE

if TYPE_CHECKING:
    from glassnet.estimators.multilayer import MultilayerPerceptron, Rows
    from glassnet.estimators.parameters import Settings


def run(estimator: MultilayerPerceptron, settings: Settings, rows: Rows) -> None:
    """Train until the loss (or the validation score) stops improving, or `max_iter` epochs are done."""
    from sklearn.exceptions import ConvergenceWarning

    from glassnet.engine import Population, Training

    training_rows, validation_rows = _split(estimator, rows) if estimator.early_stopping else (rows, None)
    n_rows = len(training_rows.X)
    plan = estimator._plan(
        optimizer=settings.optimizer, schedule=settings.schedule, learning_rate=estimator.learning_rate_init,
        batch_size=batch_rows(estimator, n_rows), epochs=estimator.max_iter, shuffle=bool(estimator.shuffle),
        monitor="validation_score" if estimator.early_stopping else "training_loss",
        patience=patience(estimator), tolerance=estimator.tol, restore_best=bool(estimator.early_stopping),
        dtype=str(rows.X.dtype),
    )  # fmt: skip
    start = [(w[None], b[None]) for w, b in zip(estimator.coefs_, estimator.intercepts_, strict=True)]
    training = Training(
        plan, Population(seed=estimator._seed, initial=start), training_rows.X, training_rows.targets,
        sample_weight=training_rows.weights,
        validation=None if validation_rows is None
        else (validation_rows.X, validation_rows.targets, validation_rows.weights),
        threads=thread_count(estimator.n_jobs),
    )  # fmt: skip
    try:
        _watch(training, estimator.verbose)
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user.", stacklevel=5)
    result = training.best_result
    _store(estimator, result, n_rows)
    reason = result.stop_reason[0]
    if reason == "diverged":
        raise TrainingDiverged(f"{NOT_FINITE} {diverged_text(result)}")
    if estimator.verbose and reason == "plateau":
        print(_plateau_text(estimator))  # noqa: T201 - asked for by verbose
    if reason == "all_epochs":
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({estimator.max_iter}) reached and the optimization hasn't "
            "converged yet.",
            ConvergenceWarning, stacklevel=5,
        )  # fmt: skip


def batch_rows(estimator: MultilayerPerceptron, n_rows: int) -> int:
    """Rows per step."""
    if estimator.batch_size == "auto":
        return min(200, n_rows)
    if estimator.batch_size > n_rows:
        warnings.warn(
            "Got `batch_size` less than 1 or larger than sample size. It is going to be clipped", stacklevel=6
        )
    return min(int(estimator.batch_size), n_rows)


def patience(estimator: MultilayerPerceptron) -> int:
    """`n_iter_no_change` as a whole number: no training outlasts `max_iter` epochs."""
    return int(min(estimator.n_iter_no_change, estimator.max_iter))


def _split(estimator: MultilayerPerceptron, rows: Rows) -> tuple[Rows, Rows]:
    """Set validation rows aside, with the same share of each class where there is one label per row."""
    from sklearn.base import is_classifier
    from sklearn.model_selection import train_test_split

    one_label = is_classifier(estimator) and (rows.targets.shape[1] == 1 or estimator.out_activation_ == "softmax")
    kept, aside = train_test_split(
        np.arange(len(rows.X)), test_size=estimator.validation_fraction, random_state=estimator._seed % 2**32,
        stratify=estimator._stratum(rows.targets) if one_label else None,
    )  # fmt: skip
    if len(aside) < 2:
        raise ConfigurationError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
        )
    return rows.take(kept), rows.take(aside)


def _watch(training: Any, verbose: bool) -> None:
    """Run the engine in short slices, so that Ctrl-C works and `verbose` prints epochs as they are done."""
    printed, finished = 0, False
    while not finished:
        finished = training.advance()
        if verbose:
            printed = _print_epochs(training.result, printed)


def _print_epochs(result: Any, printed: int) -> int:
    """Print the epochs that were not printed yet; returns how many are printed now."""
    losses, scores = result.loss_curve[0], result.validation_curve[0]
    for epoch in range(printed, len(losses)):
        print(f"Iteration {epoch + 1}, loss = {losses[epoch]:.8f}")  # noqa: T201 - asked for by verbose
        if epoch < len(scores):
            print(f"Validation score: {scores[epoch]:f}")  # noqa: T201 - asked for by verbose
    return len(losses)


def _store(estimator: MultilayerPerceptron, result: Any, n_rows: int) -> None:
    """Put the engine's result into the fitted attributes."""
    estimator.coefs_ = [np.ascontiguousarray(w[0]) for w in result.weights]
    estimator.intercepts_ = [np.ascontiguousarray(b[0]) for b in result.biases]
    estimator._optimizer_state = None
    curve = [float(loss) for loss in result.loss_curve[0]]
    estimator.n_iter_ = int(result.n_epochs[0])
    estimator._epochs += estimator.n_iter_
    estimator.t_ += n_rows * estimator.n_iter_
    estimator.loss_curve_.extend(curve)
    if curve:
        estimator.loss_ = curve[-1]
    if estimator.early_stopping:
        scores = [float(score) for score in result.validation_curve[0]]
        estimator.validation_scores_.extend(scores)
        estimator.best_validation_score_ = max([estimator.best_validation_score_, *scores])
    else:
        estimator.best_loss_ = min([estimator.best_loss_, *curve])


def _plateau_text(estimator: MultilayerPerceptron) -> str:
    """The sentence that verbose training ends with."""
    what = "Validation score" if estimator.early_stopping else "Training loss"
    return (
        f"{what} did not improve more than tol={estimator.tol:f} for {estimator.n_iter_no_change} consecutive epochs. "
        "Stopping."
    )


def diverged_text(result: Any) -> str:
    """Where a training with one member went wrong, what is kept, and what helps."""
    return (
        f"{result.divergence[0].message.removeprefix('Member 0: ').capitalize()} The last good weights are kept. "
        "Lower the learning rate or scale the inputs."
    )
