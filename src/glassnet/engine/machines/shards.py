"""Shards: a population divided into groups of members, trained anywhere, and merged again.

A member's bits depend only on the plan, its data and its id, so neither the number of shards nor where they train
changes any. Everything here is plain data that can be pickled, and `train_shard` is a plain function: code that sends
shards to other processes or machines need not know anything about networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine.machines.data import TrainingData
from glassnet.engine.machines.loop import drive
from glassnet.engine.machines.result import TrainingResult
from glassnet.engine.machines.state import MemberState
from glassnet.engine.machines.training import Training
from glassnet.engine.plan import Plan
from glassnet.engine.population import Population
from glassnet.errors import ConfigurationError
from glassnet.formulas.whole_number import check_whole


@dataclass(frozen=True, eq=False)
class Shard:
    """Some members of a population.

    Attributes
    ----------
    plan : Plan
    population : Population
        These members only.
    places : array of int, shape (members,)
        Their positions in the whole population.
    """

    plan: Plan
    population: Population
    places: NDArray[np.int64]

    def begin(
        self, data: TrainingData, state: Sequence[MemberState] | None = None, threads: int | None = 1
    ) -> Training:
        """The training of this shard at its start, or from a state of its own members.

        Parameters
        ----------
        data : TrainingData
            That of the whole population.
        state : list of MemberState, optional
        threads : int, optional
        """
        own = data.of(self.places)
        training = Training(self.plan, self.population, own.X, own.y, own.sample_weight, own.validation, threads)
        if state is not None:
            training.restore(state)
        return training


def split(plan: Plan, population: Population, shards: int | Sequence[Sequence[int]]) -> list[Shard]:
    """Divide a population into shards.

    Parameters
    ----------
    plan : Plan
    population : Population
    shards : int, or list of lists of int
        The number of groups of consecutive members, of sizes that differ by at most one (fewer if there are fewer
        members); or the positions of each group's members, each member once.

    Returns
    -------
    list of Shard

    Raises
    ------
    ConfigurationError
        A member is missing, or is in two shards.

    Examples
    --------
    >>> plan = Plan([1, 1], ["identity"], "squared_error")
    >>> [shard.population.ids.tolist() for shard in split(plan, Population(members=5), 2)]
    [[0, 1, 2], [3, 4]]
    """
    count = len(population.ids)
    if isinstance(shards, (int, np.integer)):
        groups = np.array_split(np.arange(count), min(check_whole("shards", shards, 1), count))
    else:
        groups = [np.asarray(places, dtype=np.int64) for places in shards]
        if (
            not groups
            or any(group.ndim != 1 or not len(group) for group in groups)
            or not np.array_equal(np.sort(np.concatenate(groups)), np.arange(count))
        ):
            raise ConfigurationError(
                f"The shards hold the places {[group.tolist() for group in groups][:4]}; together they must hold each "
                f"place from 0 to {count - 1} once, and no shard may be empty."
            )
    return [Shard(plan, population.take(group, plan), group.astype(np.int64)) for group in groups]


def train_shard(
    shard: Shard, data: TrainingData, state: Sequence[MemberState] | None = None, *, steps: int | None = None,
    threads: int | None = 1,
) -> list[MemberState]:  # fmt: skip
    """Train the members of a shard to their end, or for this many steps, and return their states.

    Parameters
    ----------
    shard : Shard
    data : TrainingData
        That of the whole population.
    state : list of MemberState, optional
        The states of its members; their start if not given.
    steps : int, optional
        At most this many more for each member.
    threads : int, optional

    Returns
    -------
    list of MemberState

    Examples
    --------
    >>> plan = Plan([1, 1], ["identity"], "squared_error", epochs=3)
    >>> population, data = Population(members=3), TrainingData([[0.0], [1.0]], [[1.0], [3.0]])
    >>> shards = split(plan, population, 2)
    >>> apart = merge_states(shards, [train_shard(shard, data) for shard in shards])
    >>> [state.step for state in apart]
    [3, 3, 3]
    """
    training = shard.begin(data, state, threads)
    drive(training, steps=steps)
    return training.save()


def merge_states(shards: Sequence[Shard], states: Sequence[Sequence[MemberState]]) -> list[MemberState]:
    """The states of all members in the order of the whole population, for `Training.restore` or a checkpoint."""
    whole = _in_order(shards, [list(each) for each in states])
    return [MemberState(*state) for state in whole]


def merge_results(shards: Sequence[Shard], results: Sequence[TrainingResult]) -> TrainingResult:
    """The results of all shards as one, members in the order of the whole population."""
    heads = shards[0].plan.heads if shards else 1
    order = _order(shards)
    networks = (order[:, None] * heads + np.arange(heads)).ravel()

    def layers(name: str) -> list[NDArray[Any]]:
        return [np.concatenate(each)[networks] for each in zip(*(getattr(r, name) for r in results), strict=True)]

    def arrays(name: str) -> NDArray[Any]:
        return np.concatenate([getattr(result, name) for result in results])[order]

    def lists(name: str) -> list[Any]:
        return _in_order(shards, [getattr(result, name) for result in results])

    if len(results) != len(shards):
        raise ConfigurationError(f"There are {len(results)} results for {len(shards)} shards. Give one for each.")
    merged: dict[str, Any] = {name: layers(name) for name in ("weights", "biases", "scales", "mixes")}
    merged |= {name: lists(name) for name in ("loss_curve", "validation_curve", "stop_reason", "divergence")}
    merged |= {name: arrays(name) for name in ("n_epochs", "n_steps", "best_epoch", "best_loss", "learning_rate")}
    return TrainingResult(**merged)


def _order(shards: Sequence[Shard]) -> NDArray[np.int64]:
    """The position of each member in the concatenated shards; raises if they are not a whole population."""
    places = np.concatenate([shard.places for shard in shards]) if shards else np.zeros(0, dtype=np.int64)
    if not len(places) or not np.array_equal(np.sort(places), np.arange(len(places))):
        raise ConfigurationError(
            "Some members of the population are in no shard, or in two. Give all shards of a split."
        )
    return np.argsort(places)


def _in_order(shards: Sequence[Shard], parts: Sequence[list[Any]]) -> list[Any]:
    """One entry per member, in the order of the whole population."""
    counts = [len(shard.places) for shard in shards]
    if [len(part) for part in parts] != counts:
        raise ConfigurationError(
            f"The shards have {counts} members, and there are {[len(part) for part in parts]} entries for them."
        )
    flat = [entry for part in parts for entry in part]
    return [flat[place] for place in _order(shards)]
