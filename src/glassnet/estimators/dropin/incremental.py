"""`partial_fit`: one epoch over some rows, with the optimizer's memory kept from call to call."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.estimators.dropin.quasi_newton import NOT_FINITE
from glassnet.estimators.dropin.stochastic import batch_rows
from glassnet.estimators.networks.parameters import read_callbacks, schedule_record, thread_count
from glassnet.estimators.networks.progress import Progress, call_back

if TYPE_CHECKING:
    from glassnet.engine import Plan, TrainingResult
    from glassnet.estimators.dropin.multilayer import MultilayerPerceptron
    from glassnet.estimators.dropin.rows import Rows
    from glassnet.estimators.networks.parameters import Settings
    from glassnet.formulas import Optimizer

ENDLESS = 2**31 - 1
"""Epochs of the plan: the number of calls is not known in advance."""


def supports_partial_fit(estimator: MultilayerPerceptron) -> bool:
    """Whether `partial_fit` exists: L-BFGS needs all rows at once, and some schedules the number of all steps."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    try:
        schedule = schedule_record(vars(estimator))
    except ConfigurationError:  # raised when partial_fit is called
        return True
    if "steps" in schedule.factor.names:
        raise AttributeError(
            f"The schedule {schedule.spec!r} runs over all steps of a training, and partial_fit may be called any "
            "number of times. Use 'constant' or 'inverse_scaling', or call fit."
        )
    return True


class OptimizerMemory:
    """The state between two calls: the optimizer's for each network, and the plan, which is made once.

    Attributes
    ----------
    optimizer : Optimizer
    steps : int
    arrays : list of array, shape (states, parameters), or None
        One for each network; None before the first step.
    """

    def __init__(self, optimizer: Optimizer, steps: int = 0, arrays: list[np.ndarray] | None = None) -> None:
        self.optimizer, self.steps, self.arrays = optimizer, steps, arrays
        self._plan: tuple[Any, Plan | None] = (None, None)

    def later(self, steps: int, arrays: list[np.ndarray]) -> OptimizerMemory:
        """The memory after this many more steps; copies of an estimator share the earlier one."""
        later = OptimizerMemory(self.optimizer, self.steps + steps, arrays)
        later._plan = self._plan
        return later

    def plan(self, estimator: MultilayerPerceptron, settings: Settings, rows: Rows) -> Plan:
        """The plan of a call; the plan of the last call if nothing has changed."""
        batch, dtype = batch_rows(estimator, len(rows.X)), str(rows.X.dtype)
        sizes = [np.shape(w) for w in estimator.coefs_]
        shuffle = bool(estimator.shuffle)
        key = (
            settings,
            estimator._loss,
            sizes,
            batch,
            dtype,
            shuffle,
            estimator.alpha,
            estimator.l1,
            estimator.clip_norm,
            str(estimator.augmentation),
        )
        known, plan = self._plan
        if plan is None or known != key:
            plan = estimator._plan(
                optimizer=settings.optimizer, learning_rate=estimator.learning_rate_init, batch_size=batch,
                epochs=ENDLESS, shuffle=shuffle, monitor="none", dropout=settings.dropout,
                clip_norm=estimator.clip_norm, dtype=dtype,
            )  # fmt: skip
            self._plan = key, plan
        return plan

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_plan": (None, None)}  # rebuilt when needed


def one_epoch(estimator: MultilayerPerceptron, settings: Settings, rows: Rows) -> None:
    """Run one pass over the rows, continuing from the last call; store the result only if all of it succeeds."""
    from glassnet.engine import Population, Training, drive

    started = time.perf_counter()
    if estimator.early_stopping:
        raise ConfigurationError("partial_fit does not support early_stopping=True. Set it to False, or call fit.")
    assert settings.optimizer is not None
    memory = estimator._memory
    if memory is None or (memory.optimizer is not settings.optimizer and memory.optimizer != settings.optimizer):
        memory = OptimizerMemory(settings.optimizer)
    plan, rate = memory.plan(estimator, settings, rows), _learning_rate(estimator, settings)
    population = Population(
        seed=estimator._seed, members=estimator.n_networks, learning_rate=[rate] * estimator.n_networks,
        initial=list(zip(estimator.coefs_, estimator.intercepts_, strict=True)),
    )  # fmt: skip
    training = Training(
        plan, population, rows.X, rows.targets, sample_weight=rows.weights, threads=thread_count(estimator.n_jobs)
    )
    training.start_after(memory.arrays, memory.steps, estimator._epochs)
    assert plan.batch_size is not None
    steps = -(-len(rows.X) // plan.batch_size)
    drive(training, steps=steps)
    result = training.result
    if "diverged" in result.stop_reason:
        raise _divergence(result, memory.steps)
    estimator._set_weights(result.weights, result.biases, rows.X.dtype)
    estimator._memory = memory.later(steps, training.optimizer_memory)
    estimator._epochs += 1
    estimator.n_iter_, estimator.t_ = 1, estimator.t_ + len(rows.X)
    estimator.learning_rate_ = rate
    losses = [float(curve[-1]) for curve in result.loss_curve]
    estimator.loss_ = float(np.mean(losses))
    for curve, loss in zip([estimator.loss_curve_] if len(losses) == 1 else estimator.loss_curve_, losses, strict=True):
        curve.append(loss)
    estimator.best_loss_ = min(estimator.best_loss_, *losses) if estimator.best_loss_ is not None else min(losses)
    if estimator.verbose:
        print(f"Iteration {estimator.n_iter_}, loss = {estimator.loss_:.8f}")  # noqa: T201 - asked for by verbose
    progress = Progress(
        estimator._epochs, estimator._epochs, estimator.loss_, None, estimator._epochs, time.perf_counter() - started
    )
    call_back(read_callbacks(estimator.callbacks), progress)


def _learning_rate(estimator: MultilayerPerceptron, settings: Settings) -> float:
    """The learning rate of this call, which depends on the number of rows seen before it."""
    from glassnet.engine.kernels.schedule import factor

    return float(estimator.learning_rate_init) * factor(settings.schedule, step=0, steps=1, samples=estimator.t_)


def _divergence(result: TrainingResult, steps_before: int) -> TrainingDiverged:
    """The error for an epoch that diverged: where it did, which weights are kept, and the remedies."""
    gone = [report for report in result.divergence if report is not None]
    first = gone[0]
    where = f"{first.cause} of layer {first.layer + 1}" if first.layer >= 0 else first.cause
    return TrainingDiverged(
        f"{NOT_FINITE} partial_fit: the {where} stopped being finite in step {first.step - steps_before + 1} of this "
        f"call at learning_rate={first.learning_rate:g}; the largest input was {first.largest_input:g}. The weights "
        "from before this call are kept. Lower the learning rate or scale the inputs.",
        gone,
    )
