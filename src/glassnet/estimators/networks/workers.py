"""Work distributed through joblib to whatever backend is configured: processes, Dask, Ray, Spark.

Nothing here schedules or moves data. Populations are sent out as shards of members (`glassnet.engine.split`), which
train for a while and return their states; repetitions of a whole training are sent out one by one. Neither the backend
nor the number of workers changes a bit, because a member's bits depend only on the plan, its data and its id.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from glassnet.engine import MemberState, PopulationProgress, Shard, Training, TrainingResult, drive
from glassnet.engine.machines.data import TrainingData
from glassnet.engine.machines.shards import merge_states, split

FIRST_ROUND, LONGEST_ROUND = 0.5, 10.0
"""Seconds that shards train before they report: short at first, so that a progress bar moves, then longer."""
MOST_LOSSES = 5
"""So many times a round, or a call, is done again because a worker was lost, before the error is passed on."""


_LOSSES = ("TerminatedWorkerError", "BrokenProcessPool", "FutureCancelledError", "CancelledError", "KilledWorker")
"""The errors of loky and Dask when a worker is gone, and with it all that was sent there."""


def worker_count() -> int:
    """The number of workers that joblib is configured for; 1 without a configuration and for threads.

    Examples
    --------
    >>> import joblib
    >>> worker_count()
    1
    >>> with joblib.parallel_config("loky", n_jobs=3):
    ...     worker_count()
    3
    """
    joblib = sys.modules.get("joblib")
    if joblib is None:  # not configured
        return 1
    backend, n_jobs = joblib.parallel.get_active_backend()
    if getattr(backend, "supports_sharedmem", False):
        return 1
    return max(1, int(backend.effective_n_jobs(n_jobs)))


def each_of(function: Callable[..., Any], calls: Sequence[tuple[Any, ...]]) -> Iterator[Any]:
    """``function(*call)`` for each of the calls, in their order, on the workers if there are any.

    When a worker is lost, the calls whose results have not been yielded yet are repeated.
    """
    if worker_count() < 2 or len(calls) < 2:
        yield from (function(*call) for call in calls)
        return
    import joblib

    backend, _ = joblib.parallel.get_active_backend()
    one_by_one = getattr(backend, "supports_return_generator", False)  # Ray's backend returns all of them at the end
    done = 0
    for attempt in range(1, MOST_LOSSES + 1):
        parallel = joblib.Parallel(return_as="generator" if one_by_one else "list")
        try:
            for result in parallel(joblib.delayed(_alone)(function, *call) for call in calls[done:]):
                done += 1
                yield result
            return
        except Exception as error:
            if not _lost(error) or attempt == MOST_LOSSES:
                raise


def _alone(function: Callable[..., Any], *call: Any) -> Any:
    """Run a call on a worker, which has no workers of its own."""
    import joblib

    with joblib.parallel_config("sequential"):
        return function(*call)


def train_for(
    shard: Shard, state: bytes, seconds: float | None, steps: int, X: Any, y: Any, sample_weight: Any,
    *validation: Any,
) -> list[MemberState]:  # fmt: skip
    """Train the members of a shard for this long or for this many steps, and return their state.

    The state is returned as bytes: arrays of its size would be memory-mapped again in each round, and never released.
    """
    data = TrainingData(X, y, sample_weight, (validation[0], validation[1], validation[2]) if validation else None)
    training = shard.begin(data, pickle.loads(state))  # noqa: S301 (written by this program a moment ago)
    if seconds is None:
        training.advance_steps(steps)
    else:
        training.advance(seconds)
    return training.save()


class SpreadTraining:
    """A `Training` whose members train on workers, with the methods that the loops of estimators call.

    Between two rounds, the complete state is held here by a training that does not itself train: progress, results and
    checkpoints are read from it, an interrupt loses at most one round, and a round whose worker was killed is repeated
    from the same states.

    Parameters
    ----------
    training : Training
        At its start.
    workers : int
    """

    def __init__(self, training: Training, workers: int) -> None:
        self._kept, self.plan, self.population = training, training.plan, training.population
        self._shards = split(training.plan, training.population, workers)
        data = training.data
        self._arrays = [data.X, data.y, data.sample_weight, *(() if data.validation is None else data.validation)]
        self._round = FIRST_ROUND

    @property
    def slice_seconds(self) -> float:
        """The length of the next round."""
        return self._round

    def advance(self, seconds: float = LONGEST_ROUND) -> bool:
        """Run one round of at most this length on all workers; return True when every member has finished."""
        finished = self._round_of(min(self._round, seconds), 0)
        self._round = min(2 * self._round, LONGEST_ROUND)
        return finished

    def advance_steps(self, steps: int) -> bool:
        """Exactly this many more steps for every member that still runs; True when every member has finished."""
        return self._round_of(None, steps)

    def _round_of(self, seconds: float | None, steps: int) -> bool:
        """Run one round; repeat it if a worker is lost, since its initial state is still here."""
        import joblib

        states = self._kept.save()
        calls = [
            joblib.delayed(_alone)(
                train_for, shard, pickle.dumps([states[m] for m in shard.places]), seconds, steps, *self._arrays
            )
            for shard in self._shards
        ]  # fmt: skip
        for attempt in range(1, MOST_LOSSES + 1):
            try:
                results = joblib.Parallel()(calls)
                break
            except Exception as error:
                if not _lost(error) or attempt == MOST_LOSSES:
                    raise
        self._kept.restore(merge_states(self._shards, results))
        return self._kept.advance_steps(0)

    @property
    def progress(self) -> PopulationProgress:
        """Where the training stands."""
        return self._kept.progress

    @property
    def result(self) -> TrainingResult:
        """Weights and history as they are now."""
        return self._kept.result

    @property
    def best_result(self) -> TrainingResult:
        """As `result`, with the weights of each member's best epoch."""
        return self._kept.best_result

    def save(self) -> list[MemberState]:
        """The state of every member."""
        return self._kept.save()

    def restore(self, state: Sequence[Any]) -> None:
        """Continue where `save` was called."""
        self._kept.restore(state)

    def run(self, progress: Callable[[PopulationProgress], Any] | None = None) -> TrainingResult:
        """Train to the end, as `Training.run` does."""
        drive(self, None if progress is None else lambda: progress(self.progress))
        return self.result


def _lost(error: Exception) -> bool:
    """Whether a worker died, for example killed by the machine or its scheduler; its work can be repeated."""
    return any(kind.__name__ in _LOSSES for kind in type(error).__mro__)


def spread(training: Training) -> Training | SpreadTraining:
    """The training itself, or one on the workers that joblib is configured for; it must not have started yet.

    The rows of a table that is read in blocks stay on this machine, and so does the training.

    Examples
    --------
    >>> from glassnet.engine import Plan, Population
    >>> plan = Plan([1, 1], ["identity"], "squared_error", epochs=3)
    >>> spread(Training(plan, Population(members=3), [[0.0], [1.0]], [[1.0], [3.0]])).run().n_epochs.tolist()
    [3, 3, 3]
    """
    workers = min(worker_count(), len(training.population.ids))
    return training if workers < 2 or _in_a_file(training.data.X) else SpreadTraining(training, workers)


def _in_a_file(X: Any) -> bool:
    """Whether rows lie in a temporary file of this process, which no other can open."""
    while isinstance(X, np.ndarray):
        if isinstance(X, np.memmap):
            return True
        X = X.base
    return False
