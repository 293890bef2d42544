"""Training, one plain loop: shuffle, cut into batches, step, and stop in the very step that goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import Optimizer, Schedule, optimizers, schedules
from glassnet.formulas.whole_number import check_whole
from glassnet.network.course import Course
from glassnet.network.objective import LossValue
from glassnet.network.reparametrization import stepped, trained
from glassnet.network.shapes import Array
from glassnet.network.update import OptimizerState, check_learning_rate

if TYPE_CHECKING:
    from glassnet.network.structure import Network


@dataclass
class StepHistory:
    """The course of a `fit`.

    Attributes
    ----------
    losses : list of float
        The objective of each step's batch, before the step.
    epoch_losses : list of float
        Per epoch, the mean of its steps' losses weighted by their rows.
    learning_rates : list of float
        The learning rate of each step.
    weights, biases : list of list of array
        With ``record="weights"``: the parameters before the first step and after each one; else empty.
    loss : float
        The objective on all rows at the end.
    stop_reason : str
        Why the training ended: ``"epochs"``, ``"plateau"`` or ``"steps"``.
    """

    losses: list[float] = field(default_factory=list)
    epoch_losses: list[float] = field(default_factory=list)
    learning_rates: list[float] = field(default_factory=list)
    weights: list[list[Array]] = field(default_factory=list)
    biases: list[list[Array]] = field(default_factory=list)
    loss: float = float("nan")
    stop_reason: str = "epochs"

    @property
    def n_steps(self) -> int:
        """How many steps were taken."""
        return len(self.losses)

    def __repr__(self) -> str:
        if not self.losses:
            return "StepHistory(0 steps)"
        return (
            f"StepHistory({self.n_steps} steps in {len(self.epoch_losses)} epochs, loss {self.losses[0]:.6g} -> "
            f"{self.loss:.6g}, stopped by {self.stop_reason})"
        )

    def _keep(self, network: Network) -> None:
        """Copy the current parameters into the record."""
        self.weights.append([w.copy() for w in network.weights])
        self.biases.append([b.copy() for b in network.biases])


def take_step(
    network: Network,
    X: Array,
    y: Array,
    row_weights: Array,
    *,
    learning_rate: float,
    optimizer: Optimizer,
    clip_norm: float | None = None,
    seed: int | None = None,
    member: int = 0,
    dropout: float = 1.0,
    decay: float = 1.0,
) -> LossValue:
    """Take one step on a checked batch: forward, backward, update; raise for anything that is not finite.

    `dropout` and `decay` multiply the rates of dropout and the weight decay, as schedules do.
    """
    state = network.optimizer_state
    if state is None or state.optimizer != optimizer:
        state = OptimizerState(optimizer)
    masks = network.dropout_masks(len(X), step=state.step, seed=seed, member=member, share=dropout)
    now = trained(network)
    passed = network._forward(X, masks)
    before = network.objective.value(passed.raw_prediction, y, row_weights, now.weights)
    gradients = network._backward(passed, y, row_weights)
    step = stepped(network, now, gradients, row_weights, state, learning_rate, clip_norm, decay)
    culprit = _not_finite(before, gradients.d_weights, gradients.d_biases, "gradient") or _not_finite(
        before, step.weights, step.new.biases, "new value"
    )
    if culprit:
        raise TrainingDiverged(
            f"Training diverged in step {state.step + 1}: {culprit} (learning rate {learning_rate:g}). "
            f"The weights from before this step are kept. {_advice(network, X, y, row_weights, learning_rate)}"
        )
    network.weights, network.biases = step.weights, step.new.biases
    network.scales, network.mixes = step.new.scales, step.mixes
    network.optimizer_state = step.new.state
    return before


def _not_finite(loss: LossValue, weights: list[Array], biases: list[Array], what: str) -> str:
    """Where the first value that is not finite sits, or nothing."""
    if not np.isfinite(loss.total):
        return f"the loss is {loss.total:g}"
    for k, arrays in enumerate(zip(weights, biases, strict=True), start=1):
        for name, array in zip(("weights", "biases"), arrays, strict=True):
            if not np.isfinite(array).all():
                return f"a {what} of the {name} of layer {k} is not finite"
    return ""


def _advice(network: Network, X: Array, y: Array, row_weights: Array, learning_rate: float) -> str:
    """How to repair a divergence; names the stability limit where it is exact."""
    from glassnet.network.stability import stability

    if all(layer.plain and not layer.mixed for layer in network.layers):
        limit = stability(network, X, y, row_weights, numerical=False)
        if limit.largest_learning_rate is not None:
            return limit.verdict(learning_rate)
    return f"Try learning_rate={learning_rate / 10:g}, scale the inputs, or choose a loss that grows more slowly."


def fit(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    learning_rate: float,
    optimizer: str | Optimizer = "gradient_descent",
    epochs: int = 200,
    batch_size: int | None = None,
    shuffle: bool = True,
    schedule: str | Schedule = "constant",
    dropout_schedule: str | Schedule = "constant",
    decay_schedule: str | Schedule = "constant",
    sample_weight: ArrayLike | None = None,
    clip_norm: float | None = None,
    seed: int | None = None,
    member: int = 0,
    patience: int | None = None,
    tolerance: float = 1e-4,
    first_step: int = 0,
    steps: int | None = None,
    record: Literal["", "weights"] = "",
) -> StepHistory:
    """Train a network in place.

    Parameters
    ----------
    network : Network
    X : array-like of shape (n, n_in)
    y : array-like of shape (n, n_outputs)
    learning_rate : float
        Step size before the schedule.
    optimizer : str or Optimizer
        Continues with the network's optimizer state when it is the same one.
    epochs : int
        Passes over the rows.
    batch_size : int, optional
        Rows per step; all rows when not given. The last batch of an epoch may be shorter.
    shuffle : bool
        Draw a new order of the rows for each epoch (does nothing with one batch).
    schedule : str or Schedule
        Factor on the learning rate over the steps.
    dropout_schedule, decay_schedule : str or Schedule
        Factors on the rates of dropout and on the optimizer's weight decay over the steps.
    sample_weight : array-like of shape (n,), optional
        A batch whose rows all have weight 0 is a step without a slope: the optimizer's memory and penalties act.
    clip_norm : float, optional
        Gradients with a longer Euclidean norm over all weights and biases are scaled down to it.
    seed : int, optional
        Decides the orders and what is dropped; the network's own seed when not given.
    member : int
        Member of a population whose random numbers to repeat.
    patience : int, optional
        End (or, with a schedule that answers a plateau, lower the rate) when the epoch loss has not improved by
        `tolerance` for more than this many epochs in a row; never when not given.
    tolerance : float
        Smallest improvement that counts.
    first_step : int
        Continue a training of which this many steps are done.
    steps : int, optional
        End after this many steps, though more are planned.
    record : {"", "weights"}
        ``"weights"`` keeps the parameters after each step, for drawing.

    Returns
    -------
    StepHistory

    Raises
    ------
    TrainingDiverged
        In the step that goes wrong; the network keeps the last good weights.
    """
    inputs, targets, row_weights = network._batch(X, y, sample_weight)
    rate, rule = check_learning_rate(learning_rate), schedules.resolve(schedule)
    course = Course(len(inputs), batch_size, epochs, shuffle, rule, network.seed if seed is None else seed, member)
    chosen = optimizers.resolve(optimizer)
    dropping, decaying = (schedules.resolve(each) for each in (dropout_schedule, decay_schedule))
    if record not in ("", "weights"):
        raise ConfigurationError(f"record={record!r} is not known. Leave it out or write record='weights'.")
    if patience is None and rule.plateau_divisor:
        patience = 10
    first = 0 if first_step == 0 else check_whole("first_step", first_step)
    end = course.n_steps if steps is None else min(course.n_steps, first + check_whole("steps", steps))
    history, best, idle, sum_of_losses, n_rows = StepHistory(), float("inf"), 0, 0.0, 0
    if record:
        history._keep(network)
    for step in range(first, end):
        rows = course.rows(step)
        now = rate * course.factor(step)
        seen = inputs[rows]
        if network.augmentation:
            seen = network.augmented(seen, epoch=course.epoch(step), rows=rows.tolist(), seed=seed, member=member)
        value = take_step(
            network, seen, targets[rows], row_weights[rows], learning_rate=now, optimizer=chosen,
            clip_norm=clip_norm, seed=seed, member=member, dropout=course.factor(step, dropping),
            decay=course.factor(step, decaying),
        )  # fmt: skip
        history.losses.append(value.total)
        history.learning_rates.append(now)
        sum_of_losses, n_rows = sum_of_losses + len(rows) * value.total, n_rows + len(rows)
        if record:
            history._keep(network)
        if (step + 1) % course.batches:
            continue
        history.epoch_losses.append(sum_of_losses / n_rows)
        sum_of_losses, n_rows = 0.0, 0
        idle = idle + 1 if not history.epoch_losses[-1] <= best - tolerance else 0
        best = min(best, history.epoch_losses[-1])
        if patience is not None and idle > patience:
            if not rule.plateau_divisor or rate <= rule.smallest_rate:
                history.stop_reason = "plateau"
                break
            rate, idle = rate / rule.plateau_divisor, 0
    else:
        history.stop_reason = "epochs" if end == course.n_steps else "steps"
    history.loss = network.loss(inputs, targets, row_weights).total
    return history
