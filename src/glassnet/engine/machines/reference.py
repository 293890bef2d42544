"""`ReferenceTraining`: a population trained by the readable network, step by step in NumPy and double precision.

It follows a `Plan` as the native module does and keeps the same states, so a training can change from one to the other.
It is slow, and the reference for the native module; new training rules are written here first.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine.checks.arrays import as_matrix, as_weights, readable_targets
from glassnet.engine.machines.layout import Layout
from glassnet.engine.machines.loop import SLICE_SECONDS
from glassnet.engine.machines.result import Divergence, PopulationProgress, TrainingResult
from glassnet.engine.machines.state import CAUSES, STOPS, Counters, MemberState
from glassnet.engine.plan import Plan
from glassnet.engine.population import Population
from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import Optimizer, Schedule, reduction_factor
from glassnet.layers import Dense
from glassnet.network import Network, OptimizerState
from glassnet.network.course import Course
from glassnet.network.fit import take_step

Floats = NDArray[np.float64]


@dataclass
class _Member:
    """One network between two steps, with the same numbers as a native member."""

    network: Network
    course: Course
    rows: NDArray[np.int64]
    held: NDArray[np.int64] | None
    weights: Floats
    held_weights: Floats | None
    rate: float
    last_rate: float
    epoch: int = 0
    position: int = 0
    step: int = 0
    no_improvement: int = 0
    best_epoch: int = 0
    epoch_sum: float = 0.0
    best: float = np.nan
    stop: int = 0
    divergence: Divergence | None = None
    earlier: list[int] = field(default_factory=list)  # step and epoch of the training from which this one resumed
    loss_curve: list[float] = field(default_factory=list)
    validation_curve: list[float] = field(default_factory=list)
    best_weights: Floats | None = None


class ReferenceTraining:
    """The readable twin of `Training`: the same arguments, the same methods, in double precision.

    Parameters
    ----------
    plan, population, X, y, sample_weight, validation, threads
        As for `Training`; one thread computes.

    Raises
    ------
    ConfigurationError
        The plan has heads, mixes, connections or a parametrization.

    Examples
    --------
    >>> plan = Plan([1, 1], ["identity"], "squared_error", learning_rate=0.1, epochs=400, monitor="none")
    >>> training = ReferenceTraining(plan, Population(seed=0), [[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]])
    >>> training.advance_steps(400), training.result.weights[0][0].round(2).tolist()
    (True, [[2.0]])
    """

    def __init__(
        self, plan: Plan, population: Population, X: Any, y: Any, sample_weight: Any = None,
        validation: tuple[Any, Any, Any] | None = None, threads: int | None = None,  # noqa: ARG002 - one computes
    ) -> None:  # fmt: skip
        if plan.heads > 1 or any(plan.mixes) or plan.connections or not all(p.plain for p in plan.parametrizations):
            raise ConfigurationError(
                "The reference machine does not support heads, mixes, connections or parametrizations. Use Training."
            )
        self.plan, self.population, self.layout = plan, population, Layout.of(plan)
        n_in, n_out = plan.layer_sizes[0], plan.layer_sizes[-1]
        self._X = as_matrix("X", X, n_in, "float64")
        n = len(self._X)
        self._y = readable_targets("y", y, plan.loss_record, n_out, "float64", n)
        shared = population.weigh_rows(n, as_weights("sample_weight", sample_weight, n, "float64"), "float64")
        self._held: tuple[Any, Any] | None = None
        held_weights: Any = None
        if validation is not None:
            held = as_matrix("validation X", validation[0], n_in, "float64")
            self._held = (
                held,
                readable_targets("validation y", validation[1], plan.loss_record, n_out, "float64", len(held)),
            )
            held_weights = as_weights(
                "validation sample_weight", validation[2], len(held), "float64", len(population.ids)
            )
        elif plan.monitor.startswith("validation"):
            raise ConfigurationError(f"monitor={plan.monitor!r} needs validation=(X, y, sample_weight or None).")
        rows, count = population.row_lists(n), len(population.ids)
        of_held = population.row_lists(0 if self._held is None else len(self._held[0]), "validation_rows")
        start, rates = population.start(plan, self._X), population.per_member("learning_rate", plan.learning_rate)
        strengths = {name: population.per_member(name, getattr(plan, name)) for name in ("l1", "l2")}
        smoothing, dropout = population.smoothing(plan), population.dropout_rates(plan)
        self._members: list[_Member] = []
        for m in range(count):
            own = np.asarray(rows[m], dtype=np.int64) if rows else np.arange(n)
            sizes = zip(plan.layer_sizes, plan.layer_sizes[1:], plan.activations, strict=False)
            network = Network(
                plan.layers or [Dense(n_in, n_out, activation) for n_in, n_out, activation in sizes],
                loss=plan.loss_record, reduction=plan.reduction, l1=strengths["l1"][m], l2=strengths["l2"][m],
                penalty_per_row=plan.penalty_per_row, dropout=dropout[m] if dropout else 0.0,
                label_smoothing=smoothing[m], seed=population.seed, augmentation=plan.augmentation,
            )  # fmt: skip
            network.weights = [np.array(w[m], dtype=np.float64).reshape(shape[0]) for (w, _), shape in zip(
                start, self.layout.shapes, strict=True)]  # fmt: skip
            network.biases = [np.array(b[m], dtype=np.float64) for _, b in start]
            weights = np.ones(n) if shared is None else shared if shared.ndim == 1 else shared[m]
            course = Course(
                len(own), plan.batch_size, max(1, plan.epochs), plan.shuffle, plan.schedule, population.seed,
                int(population.ids[m]),
            )  # fmt: skip
            self._members.append(_Member(
                network, course, own, np.asarray(of_held[m], dtype=np.int64) if of_held else None,
                np.asarray(weights, dtype=np.float64),
                held_weights[m] if np.ndim(held_weights) == 2 else held_weights, rates[m], rates[m],
                stop=int(plan.epochs == 0),
            ))  # fmt: skip

    def advance(self, seconds: float = SLICE_SECONDS) -> bool:
        """Train for about this long; True when every member has finished."""
        end = time.perf_counter() + seconds
        while not self.advance_steps(1):
            if time.perf_counter() >= end:
                return False
        return True

    def advance_steps(self, steps: int) -> bool:
        """Exactly this many more steps for every member that still runs; True when every member has finished."""
        for number, member in enumerate(self._members):
            for _ in range(steps):
                if member.stop:
                    break
                self._one_step(number, member)
        return all(member.stop for member in self._members)

    def _factor(self, member: _Member, schedule: Any) -> float:
        """The factor of a schedule for the next step."""
        assert isinstance(schedule, Schedule)
        samples = self.plan.rows_before + member.epoch * len(member.rows)
        return schedule.factor_at(step=member.step, steps=member.course.n_steps, samples=samples)

    def _one_step(self, number: int, member: _Member) -> None:
        plan, course = self.plan, member.course
        assert course.batch_size is not None
        places = course.rows(member.epoch * course.batches + member.position // course.batch_size)
        rows, ident = member.rows[places], int(self.population.ids[number])
        seen = self._X[rows]
        if plan.augmentation:
            seen = member.network.augmented(seen, epoch=member.epoch, rows=places.tolist(), member=ident)
        assert isinstance(plan.optimizer, Optimizer)
        member.last_rate = member.rate * self._factor(member, plan.schedule)
        try:
            value = take_step(
                member.network, seen, self._y[rows], member.weights[rows], learning_rate=member.last_rate,
                optimizer=plan.optimizer, clip_norm=plan.clip_norm, member=ident,
                dropout=self._factor(member, plan.dropout_schedule), decay=self._factor(member, plan.decay_schedule),
            )  # fmt: skip
        except TrainingDiverged as error:
            text = str(error)
            cause = "loss" if "the loss is" in text else "gradient" if "a gradient of" in text else "weights"
            layer = -1 if cause == "loss" else int(text.split(" of layer ")[1].split()[0]) - 1
            member.stop = STOPS.index("diverged")
            member.divergence = Divergence(
                ident,
                cause,
                layer,
                member.step,
                member.epoch,
                member.last_rate,
                float(np.abs(self._X[rows]).max()),
                text,
            )
            return
        member.step += 1
        member.position += len(rows)
        member.epoch_sum += value.total * len(rows)
        if member.position >= len(member.rows):
            self._end_epoch(member)

    def _end_epoch(self, member: _Member) -> None:
        plan = self.plan
        loss = member.epoch_sum / len(member.rows)
        member.loss_curve.append(loss)
        member.epoch, member.position, member.epoch_sum = member.epoch + 1, 0, 0.0
        if plan.monitor == "training_loss":
            self._judge(member, loss, sign=1.0)
        elif plan.monitor != "none":
            value = self._validate(member)
            member.validation_curve.append(value)
            self._judge(member, value, sign=-1.0 if plan.monitor == "validation_score" else 1.0)
        if not member.stop and member.epoch >= plan.epochs:
            member.stop = STOPS.index("all_epochs")
        if member.stop and member.best_weights is not None and member.best_epoch:
            self._set(member, member.best_weights)

    def _judge(self, member: _Member, value: float, sign: float) -> None:
        """Apply scikit-learn's rule: an epoch not better than the best by the tolerance is no improvement."""
        plan, first = self.plan, np.isnan(member.best)
        improved = first or not sign * value > sign * member.best - plan.tolerance
        member.no_improvement = 0 if improved else member.no_improvement + 1
        if first or (plan.latest_tie and value == member.best) or sign * value < sign * member.best:
            member.best, member.best_epoch = value, member.epoch
            if plan.restore_best:
                member.best_weights = self._flat(member.network.weights, member.network.biases)
        if member.no_improvement <= plan.patience:
            return
        assert isinstance(plan.schedule, Schedule)
        if plan.schedule.plateau_divisor and member.rate > plan.schedule.smallest_rate:
            member.rate, member.no_improvement = member.rate / plan.schedule.plateau_divisor, 0
        else:
            member.stop = STOPS.index("plateau")

    def _validate(self, member: _Member) -> float:
        """The mean loss on the validation rows, or the score."""
        assert self._held is not None
        rows = np.arange(len(self._held[0])) if member.held is None else member.held
        y, weights = self._held[1][rows], np.ones(len(rows))
        if member.held_weights is not None:
            weights = member.held_weights[rows]
        raw = member.network.forward(self._held[0][rows]).raw_prediction
        if self.plan.monitor == "validation_score":
            return _score(self.plan.loss_record.task, raw, y, weights)
        reduction = "half-mean" if self.plan.reduction.startswith("half") else "mean"
        losses = self.plan.loss_record.row_losses(raw, y, weights)
        return float(reduction_factor(reduction, weights.sum()) * (weights * losses).sum())

    def _flat(self, weights: Sequence[Any], biases: Sequence[Any]) -> Floats:
        """Weights and biases of each layer as the flat array of a state."""
        flat = np.zeros(self.layout.size)
        for (to_weights, to_biases), w, b in zip(self.layout.layers(flat), weights, biases, strict=True):
            to_weights[...], to_biases[...] = w, b
        return flat

    def _set(self, member: _Member, flat: Floats) -> None:
        """Take over weights and biases."""
        layers = self.layout.layers(np.array(flat, dtype=np.float64))
        member.network.weights, member.network.biases = [w for w, _ in layers], [b for _, b in layers]

    def save(self) -> list[MemberState]:
        """The state of every member, in double precision; `Training` by a plan in double precision takes it, too."""
        return [self._state(member) for member in self._members]

    def _state(self, member: _Member) -> MemberState:
        assert isinstance(self.plan.optimizer, Optimizer)
        network, kept = member.network, member.network.optimizer_state
        arrays = [self._flat(network.weights, network.biases)]
        for name in self.plan.optimizer.state:
            zeros = [(np.zeros(w), np.zeros(b)) for w, b in self.layout.shapes]
            both = [
                (kept.of("weights", k).get(name, w), kept.of("biases", k).get(name, b)) if kept is not None else (w, b)
                for k, (w, b) in enumerate(zeros)
            ]
            arrays.append(self._flat(*zip(*both, strict=True)))
        if self.plan.restore_best:
            arrays.append(np.zeros(self.layout.size) if member.best_weights is None else member.best_weights)
        why = member.divergence or Divergence(0, "none", -1, 0, 0, 0.0, 0.0)
        count = Counters(
            member.epoch, member.position, member.step, member.no_improvement, member.best_epoch, member.stop,
            CAUSES.index(why.cause), why.layer, why.step, why.epoch,
        )  # fmt: skip
        numbers = [
            member.rate, member.last_rate, member.epoch_sum, member.best, why.learning_rate, why.largest_input, 0.0,
        ]  # fmt: skip
        return MemberState(
            np.stack(arrays), np.array([*count, *member.earlier], dtype=np.int64), np.array(numbers),
            np.array(member.loss_curve), np.array(member.validation_curve),
        )  # fmt: skip

    def restore(self, state: Sequence[MemberState]) -> None:
        """Continue where `save` was called, in a training made with the same plan, population and data.

        Raises
        ------
        ConfigurationError
            The state belongs to another plan or population.
        """
        assert isinstance(self.plan.optimizer, Optimizer)
        names = self.plan.optimizer.state
        wanted = (1 + len(names) + self.plan.restore_best, self.layout.size)
        if len(state) != len(self._members) or any(np.shape(each[0]) != wanted for each in state):
            raise ConfigurationError("The state belongs to another plan or population. Restore into its own.")
        for number, (member, each) in enumerate(zip(self._members, state, strict=True)):
            one = MemberState(*each)
            flat, _, numbers, losses, validation = one
            self._set(member, flat[0])
            (member.epoch, member.position, member.step, member.no_improvement, member.best_epoch, member.stop,
             cause, layer, bad_step, bad_epoch) = one.position  # fmt: skip
            member.earlier = [*one.earlier]
            member.rate, member.last_rate, member.epoch_sum, member.best, rate, largest, _ = map(float, numbers)
            member.loss_curve, member.validation_curve = losses.tolist(), validation.tolist()
            member.best_weights = np.array(flat[-1], dtype=np.float64) if self.plan.restore_best else None
            member.divergence = None
            if cause:
                ident = int(self.population.ids[number])
                member.divergence = Divergence(ident, CAUSES[cause], layer, bad_step, bad_epoch, rate, largest)
            memories = [self.layout.layers(np.array(row, dtype=np.float64)) for row in flat[1 : 1 + len(names)]]
            both = [
                tuple(
                    {name: layers[k][part] for name, layers in zip(names, memories, strict=True)}
                    for k in range(len(self.layout.shapes))
                )
                for part in (0, 1)
            ]
            known = OptimizerState(self.plan.optimizer, member.step, *both)
            member.network.optimizer_state = known if member.step else None

    @property
    def progress(self) -> PopulationProgress:
        """Where the training stands."""
        known = [member.loss_curve[-1] for member in self._members if member.loss_curve]
        return PopulationProgress(
            sum(bool(member.stop) for member in self._members), len(self._members),
            sum(member.epoch for member in self._members), sum(member.step for member in self._members),
            float(np.mean(known)) if known else float("nan"),
        )  # fmt: skip

    @property
    def result(self) -> TrainingResult:
        """Weights and history as they are now."""
        return self._result([self._flat(each.network.weights, each.network.biases) for each in self._members])

    @property
    def best_result(self) -> TrainingResult:
        """As `result`, with the weights of each member's best epoch where the plan says ``restore_best``."""
        return self._result([
            self._flat(each.network.weights, each.network.biases)
            if each.best_weights is None or not each.best_epoch else each.best_weights
            for each in self._members
        ])  # fmt: skip

    def _result(self, flats: list[Floats]) -> TrainingResult:
        members, layers = self._members, [self.layout.layers(flat) for flat in flats]
        empty = [np.empty((len(members), 0)) for _ in self.layout.shapes]
        return TrainingResult(
            weights=[np.stack([each[k][0] for each in layers]) for k in range(len(self.layout.shapes))],
            biases=[np.stack([each[k][1] for each in layers]) for k in range(len(self.layout.shapes))],
            scales=empty, mixes=list(empty),
            loss_curve=[np.array(member.loss_curve) for member in members],
            validation_curve=[np.array(member.validation_curve) for member in members],
            n_epochs=np.array([member.epoch for member in members]),
            n_steps=np.array([member.step for member in members]),
            best_epoch=np.array([member.best_epoch for member in members]),
            best_loss=np.array([member.best for member in members]),
            learning_rate=np.array([member.last_rate for member in members]),
            stop_reason=[STOPS[member.stop] for member in members],
            divergence=[member.divergence for member in members],
        )  # fmt: skip


def _score(task: str, raw: Floats, y: Floats, weights: Floats) -> float:
    """The mean R2 of the outputs, or the share of rows whose classes are all correct."""
    if task == "multiclass":
        return float(np.average(raw.argmax(axis=1) == y.argmax(axis=1), weights=weights))
    if task == "binary":
        return float(np.average(((raw > 0) == (y > 0)).all(axis=1), weights=weights))
    mean = np.average(y, axis=0, weights=weights)
    residual, spread = weights @ (y - raw) ** 2, weights @ (y - mean) ** 2
    scores = [1 - r / s if s > 0 else float(r <= 0) for r, s in zip(residual, spread, strict=True)]
    return float(np.mean(scores))
