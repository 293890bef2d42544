"""Training: a plan, a population and data; the loop runs in the native module, in slices of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import _native
from glassnet.engine.checks import memory
from glassnet.engine.checks.arrays import as_matrix, as_weights, engine_targets, readable_targets
from glassnet.engine.checks.number import check_number
from glassnet.engine.checks.threads import resolve_threads
from glassnet.engine.machines.data import TrainingData
from glassnet.engine.machines.loop import SLICE_SECONDS, drive
from glassnet.engine.machines.result import Divergence, PopulationProgress, TrainingResult
from glassnet.engine.machines.state import MemberState
from glassnet.engine.machines.turns import Turns
from glassnet.engine.native import native_plan
from glassnet.engine.plan import Plan
from glassnet.engine.population import Population
from glassnet.errors import ConfigurationError, TrainingDiverged
from glassnet.formulas import Activation, Optimizer
from glassnet.formulas.whole_number import check_whole


class Training:
    """A training that can be watched, sliced, interrupted and continued without changing a bit of its result.

    Parameters
    ----------
    plan : Plan
    population : Population
    X : array of float, shape (n, n_in)
    y : array of float, shape (n, n_out)
        Targets in the raw prediction's shape: one-hot rows for softmax, 0/1 for logistic, -1/+1 for hinge losses.
    sample_weight : array of float, shape (n,), optional
    validation : (X, y, sample_weight or None), optional
        Needed when the plan monitors a validation loss or score. Weights of shape (members, n) give each member rows of
        its own.
    threads : int, optional
        All usable cores when None. No number of threads changes a bit of the result.

    Raises
    ------
    ConfigurationError, ShapeError, DataError
        A setting, a shape or a value cannot be used; too little memory.

    Examples
    --------
    >>> X = [[0.0], [1.0], [2.0]]
    >>> y = [[1.0], [3.0], [5.0]]
    >>> plan = Plan([1, 1], ["identity"], "squared_error", learning_rate=0.1, epochs=400, monitor="none")
    >>> result = Training(plan, Population(seed=0), X, y).run()
    >>> result.weights[0][0].round(2).tolist(), result.biases[0][0].round(2).tolist()
    ([[2.0]], [1.0])
    """

    def __init__(
        self, plan: Plan, population: Population, X: Any, y: Any, sample_weight: Any = None,
        validation: tuple[Any, Any, Any] | None = None, threads: int | None = None,
    ) -> None:  # fmt: skip
        self.plan, self.population = plan, population
        n_in, n_out = plan.layer_sizes[0], plan.layer_sizes[-1]
        X = as_matrix("X", X, n_in, plan.dtype)
        self._turns = Turns()
        given_threads, count, threads = threads, len(population.ids), resolve_threads(threads)
        prepared = native_plan(plan, len(X), population.seed)
        self._check_memory(prepared, count, len(X), threads)
        loss = plan.loss_record
        y = readable_targets("y", y, loss, n_out, plan.dtype, len(X))
        shared_weights = as_weights("sample_weight", sample_weight, len(X), plan.dtype)
        weights = population.weigh_rows(len(X), shared_weights, plan.dtype)
        held: list[Any] = [None, None, None]
        if validation is not None:
            held[0] = as_matrix("validation X", validation[0], n_in, plan.dtype)
            held[1] = readable_targets("validation y", validation[1], loss, n_out, plan.dtype, len(held[0]))
            held[2] = as_weights(
                "validation sample_weight", validation[2], len(held[0]), plan.dtype, len(population.ids)
            )
        elif population.validation_rows is not None:
            raise ConfigurationError("validation_rows needs validation=(X, y, sample_weight or None).")
        elif plan.monitor.startswith("validation"):
            raise ConfigurationError(f"monitor={plan.monitor!r} needs validation=(X, y, sample_weight or None).")
        # what the native trainer holds anyway (but for times to an event), for copies and for workers
        self._given = (X, y, shared_weights, None if validation is None else tuple(held), given_threads)
        y = engine_targets(y, loss, plan.dtype)
        if validation is not None:
            held[1] = engine_targets(held[1], loss, plan.dtype)
        self._trainer = self._kind(
            prepared, population.ids.tolist(), population.per_member("learning_rate", plan.learning_rate),
            population.per_member("l1", plan.l1), population.per_member("l2", plan.l2), population.dropout_rates(plan),
            population.smoothing(plan), population.row_lists(len(X)),
            population.row_lists(0 if held[0] is None else len(held[0]), "validation_rows"),
            X, y, weights, *held, threads,
        )  # fmt: skip
        for layer, (start_weights, start_biases) in enumerate(population.start(plan, X)):
            self._trainer.set_layer(layer, start_weights, start_biases)
        if plan.parametrizations[0].has_scales:
            self._trainer.set_scales(0, population.first_scales(plan))

    @property
    def data(self) -> TrainingData:
        """The training data as given, in the precision of the plan."""
        X, y, sample_weight, validation, _ = self._given
        return TrainingData(X, y, sample_weight, validation)

    @property
    def _kind(self) -> Any:
        """The native class of the plan's precision."""
        return _native.TrainerSingle if self.plan.dtype == "float32" else _native.TrainerDouble

    def _check_memory(self, prepared: Any, members: int, rows: int, threads: int) -> None:
        """Raise for a training that does not fit, before anything that grows with the members is allocated."""
        plan = self.plan
        assert isinstance(plan.optimizer, Optimizer)
        prepared.dropout = any(plan.dropout) or self.population.dropout is not None
        needed = self._kind.bytes_needed(prepared, members, rows, threads)
        arrays = 2 + len(plan.optimizer.state) + plan.restore_best
        matrices = sum(each.n_in * each.n_out for each in plan.layer_connections if each is not None)
        memory.check(needed, members, plan.n_parameters, arrays, np.dtype(plan.dtype).itemsize, matrices)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles and copies hold plan, population, data and the state of every member, and continue from there."""
        return _restore, (self.plan, self.population, *self._given, self.save())

    def advance(self, seconds: float = SLICE_SECONDS) -> bool:
        """Train for about this long; True when every member has finished."""
        seconds = check_number("seconds", seconds, 0.0)
        with self._turns:
            return bool(self._trainer.advance(seconds))

    def advance_steps(self, steps: int) -> bool:
        """Exactly this many more steps for every member that still runs; True when every member has finished."""
        steps = check_whole("steps", steps, 0)
        with self._turns:
            return bool(self._trainer.advance_steps(steps))

    def run(
        self, progress: Callable[[PopulationProgress], Any] | None = None, *, raise_when_all_diverged: bool = True
    ) -> TrainingResult:
        """Train to the end.

        Parameters
        ----------
        progress : function of PopulationProgress, optional
            Called after every slice; when it returns False, the training stops there and can be continued.
        raise_when_all_diverged : bool

        Returns
        -------
        TrainingResult

        Raises
        ------
        TrainingDiverged
            Every member met a loss, gradient or weight that is not finite. The last good weights are in `result`.
        """
        drive(self, None if progress is None else lambda: progress(self.progress))
        result = self.result
        if raise_when_all_diverged and all(reason == "diverged" for reason in result.stop_reason):
            first = result.divergence[0]
            assert first is not None
            raise TrainingDiverged(
                f"{first.message} The last good weights are kept. Lower the learning rate or scale the inputs."
            )
        return result

    def save(self) -> list[MemberState]:
        """The state of every member, as arrays: enough to continue elsewhere, bit for bit."""
        with self._turns:
            return [MemberState(*_native.save_member(self._trainer, m)) for m in range(len(self.population.ids))]

    def restore(self, state: Sequence[tuple[NDArray[Any], ...]]) -> None:
        """Continue where `save` was called, in a training made with the same plan, population and data.

        Every member's state is checked before the first is restored, so an error changes nothing.

        Raises
        ------
        ConfigurationError
            The state belongs to another plan, population or table, or is damaged.
        """
        if len(state) != len(self.population.ids):
            raise ConfigurationError(
                f"The state has {len(state)} members, the population {len(self.population.ids)}. "
                "Restore into the population that was saved."
            )
        with self._turns:
            for only_check in (True, False):
                for m, member in enumerate(state):
                    try:
                        _native.load_member(self._trainer, m, only_check, *member)
                    except (TypeError, ValueError, OverflowError) as error:
                        why = "its arrays are malformed" if isinstance(error, TypeError) else error
                        raise ConfigurationError(
                            f"The state of member {m} belongs to another plan or table, or is damaged: {why}. Restore "
                            "into the training that was saved."
                        ) from None

    @property
    def optimizer_memory(self) -> list[NDArray[Any]]:
        """The optimizer state of each member: arrays of shape (states, parameters), for `start_after`."""
        with self._turns:
            return [_native.read_memory(self._trainer, m) for m in range(len(self.population.ids))]

    def start_after(self, memory: Sequence[NDArray[Any]] | None, steps: int, epochs: int) -> None:
        """Continue, before the first step, from an earlier training of the same layers and optimizer on other rows.

        Parameters
        ----------
        memory : list of array or None
            The `optimizer_memory` of the earlier training; None for an optimizer without memory.
        steps, epochs : int
            Counts of the earlier training; corrections for the first steps and random numbers depend on them.

        Raises
        ------
        ConfigurationError
            The memory belongs to other layers or another optimizer.
        """
        memory = self.optimizer_memory if memory is None else memory
        try:
            for m, member in zip(range(len(self.population.ids)), memory, strict=True):
                own = np.ascontiguousarray(member, dtype=self.plan.dtype)
                with self._turns:
                    _native.take_memory(self._trainer, m, own, steps, epochs)
        except (TypeError, ValueError, IndexError):
            raise ConfigurationError(
                "The optimizer memory belongs to another optimizer or to other layers. Use the memory of the same plan."
            ) from None

    @property
    def progress(self) -> PopulationProgress:
        """Where the training stands."""
        with self._turns:
            finished, epochs, steps, loss = self._trainer.progress()
        return PopulationProgress(finished, len(self.population.ids), epochs, steps, loss)

    @property
    def result(self) -> TrainingResult:
        """Weights and history as they are now."""
        return self._result(best=False)

    @property
    def best_result(self) -> TrainingResult:
        """As `result`, but with the weights of each member's best epoch when the plan says ``restore_best``.

        For a training that ended early, for example by Ctrl-C; a finished one has them in `result`.
        """
        return self._result(best=True)

    def _result(self, best: bool) -> TrainingResult:
        """The complete result of the trainer."""
        with self._turns:
            return self._everything(best)

    def _everything(self, best: bool) -> TrainingResult:
        """The result, for a caller that holds the lock."""
        reports = [self._trainer.report(m) for m in range(len(self.population.ids))]
        heads, count = self.plan.heads, len(self.plan.activations)
        if heads == 1:
            layers = [self._layer(k, best) for k in range(count)]
        else:
            copies = [heads if 0 < k < count - 1 else 1 for k in range(count)]
            layers = [
                (
                    *(_for_each_head(part, copies[k]) for part in self._trainer.get_heads(k, best)),
                    np.empty((heads * len(reports), 0)),
                )
                for k in range(count)
            ]
        return TrainingResult(
            weights=[weights for weights, _, _, _ in layers],
            biases=[biases for _, biases, _, _ in layers],
            scales=[scales for _, _, scales, _ in layers],
            mixes=[self._mixes(k, mixes) for k, (_, _, _, mixes) in enumerate(layers)],
            loss_curve=[r["loss_curve"] for r in reports],
            validation_curve=[r["validation_curve"] for r in reports],
            n_epochs=np.array([r["epochs"] for r in reports]),
            n_steps=np.array([r["steps"] for r in reports]),
            best_epoch=np.array([r["best_epoch"] for r in reports]),
            best_loss=np.array([r["best"] for r in reports]),
            learning_rate=np.array([r["learning_rate"] for r in reports]),
            stop_reason=[r["stop_reason"] for r in reports],
            divergence=[
                Divergence(member=int(self.population.ids[m]), **r["divergence"]) if "divergence" in r else None
                for m, r in enumerate(reports)
            ],
        )

    def _layer(self, layer: int, best: bool) -> tuple[NDArray[Any], ...]:
        """Weights, biases, scales and mixes of a layer, kernels in their own shape."""
        weights, *others = self._trainer.get_layer(layer, best)
        windowed = self.plan.windowed(layer)
        if windowed is not None:
            weights = weights.reshape(len(weights), *windowed.arrays["weights"])
        return weights, *others

    def _mixes(self, layer: int, trained: NDArray[Any]) -> NDArray[Any]:
        """The mixes of a layer: those that were trained, those that let copies pass an activation, or none."""
        connections, activation = self.plan.layer_connections[layer], self.plan.activations[layer]
        if self.plan.mixes[layer] or connections is None or not connections.carried:
            return trained
        assert isinstance(activation, Activation)
        fixed = connections.trained_neurons.astype(self.plan.dtype)
        return trained if activation.name == "identity" else np.tile(fixed, (len(trained), 1))


def _restore(
    plan: Plan, population: Population, X: Any, y: Any, sample_weight: Any, validation: Any, threads: int | None,
    state: Sequence[MemberState],
) -> Training:  # fmt: skip
    """A training as it was when it was pickled."""
    training = Training(plan, population, X, y, sample_weight, validation, threads)
    training.restore(state)
    return training


def _for_each_head(part: NDArray[Any], heads: int) -> NDArray[Any]:
    """Repeat the arrays that all heads of a member share, once per head; a view without a copy for one member."""
    if len(part) == 1:
        return np.broadcast_to(part, (heads, *part.shape[1:])) if heads > 1 else part
    return np.repeat(part, heads, axis=0)
