"""A round of a tuning: many settings start, the worse half is stopped twice, and the rest trains to the end.

Successive halving (Jamieson and Talwalkar 2016). Every setting trains one network per fold, all side by side in the
engine; settings that differ in what members may have of their own make one population. They are judged by the mean loss
of the rows that each fold leaves out. The first halving comes after a fifth of the epochs, the second after 7/15:
there the waves of the schedule ``coslog4`` end, where its networks are at rest and can be
compared.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from glassnet.engine import Plan, Population, Training, TrainingResult, drive, predict_raw
from glassnet.engine.checks.memory import usable_cores
from glassnet.estimators.networks.members import activations_of, average_raw
from glassnet.estimators.networks.workers import SpreadTraining, spread
from glassnet.estimators.recipes.preset import Problem
from glassnet.estimators.recipes.recipe import Recipe, precision_of
from glassnet.estimators.recipes.training_time import seconds_per_epoch
from glassnet.estimators.sampling.resampling import left_out_mean
from glassnet.estimators.sampling.row_groups import Groups

RUNGS = (0.2, 7 / 15, 1.0)
"""Shares of the epochs after which settings are compared."""
_TURNS = 8  # between two comparisons
_CHUNK_SECONDS = 0.1  # of work between two looks at the clock, by a guess


@dataclass(frozen=True)
class Data:
    """The data on which all settings are trained.

    Attributes
    ----------
    X, targets : array
    loss : Loss
    trained, left_out : list of array of int
        The training rows and the validation rows of each fold's network.
    threads : int or None
    n_outputs : int
    row_weights : array, shape (n,), or None
    groups : Groups or None
    """

    X: np.ndarray
    targets: np.ndarray
    loss: Any
    trained: list[np.ndarray]
    left_out: list[np.ndarray]
    threads: int | None
    n_outputs: int
    row_weights: np.ndarray | None = None
    groups: Groups | None = None

    @property
    def folds(self) -> int:
        """How many networks each setting has."""
        return len(self.trained)


@dataclass
class Entry:
    """A setting in the race: its recipe and its state.

    Attributes
    ----------
    number : int
    recipe : Recipe
    loss : float
        Infinite before its first epoch, and when a network diverged.
    epochs : int
    state : str
    """

    number: int
    recipe: Recipe
    loss: float = math.inf
    epochs: int = 0
    state: str = "running"


@dataclass(frozen=True)
class Finalist:
    """A setting whose networks can be used, with their predictions for the rows that they left out.

    Attributes
    ----------
    entry : Entry
    weights, biases, mixes : list of array
        Per layer, with a leading axis of folds; of networks that share a body one per fold and head.
    scales : array
        Of the inputs, where networks share a body.
    raw : array of float64, shape (n, n_outputs)
        Raw prediction of each row by the network that left it out.
    result : TrainingResult
        Of the population in which they trained.
    places : range
        Their members in it.
    """

    entry: Entry
    weights: list[np.ndarray]
    biases: list[np.ndarray]
    mixes: list[np.ndarray | None]
    scales: np.ndarray
    raw: np.ndarray
    result: TrainingResult
    places: range


class Heat:
    """Settings that train as one population: the same layers, formulas and optimizer."""

    def __init__(self, entries: list[Entry], data: Data) -> None:
        self.entries, self.data = entries, data
        self.plan = self._plan(entries[0].recipe)
        self.training = self._training(entries)
        batch = self.plan.batch_size
        assert batch is not None
        self.steps_per_epoch = max(-(-len(rows) // batch) for rows in data.trained)
        self.steps, self.finished = 0, False

    def _plan(self, recipe: Recipe) -> Plan:
        X = self.data.X
        return recipe.plan(X.shape[1], self.data.n_outputs, self.data.loss, precision_of(X), watched=True)

    def _training(self, entries: list[Entry]) -> Training | SpreadTraining:
        data, folds = self.data, self.data.folds
        each: dict[str, Any] = {
            name: np.repeat([getattr(entry.recipe, name) for entry in entries], folds)
            for name in ("learning_rate", "l1", "l2", "label_smoothing")
        }
        each["dropout"] = np.repeat([self._plan(entry.recipe).dropout for entry in entries], folds, axis=0)
        ids = np.concatenate([entry.number * folds + np.arange(folds) for entry in entries])
        population = Population(
            entries[0].recipe.seed, ids, rows=data.trained * len(entries),
            validation_rows=data.left_out * len(entries), **each,
        )  # fmt: skip
        here = Training(
            self.plan, population, data.X, data.targets, sample_weight=data.row_weights,
            validation=(data.X, data.targets, data.row_weights), threads=data.threads,
        )  # fmt: skip
        return spread(here)

    @property
    def ready(self) -> bool:
        """Whether every setting has had an epoch, so that it can be used."""
        return self.steps >= self.steps_per_epoch

    def advance(self, share: float, tick: Callable[[], None]) -> None:
        """Train to a share of the epochs; `tick` is called a few times a second and may raise to stop."""
        until = math.ceil(share * self.plan.epochs) * self.steps_per_epoch
        problem = Problem("", len(self.data.X), self.data.X.shape[1], threads=self.data.threads or usable_cores())
        epoch = seconds_per_epoch(problem, {
            "hidden_layer_sizes": self.plan.layer_sizes[1:-1], "batch_size": self.plan.batch_size,
            "n_networks": len(self.entries) * self.data.folds,
        })  # fmt: skip
        chunk = max(
            1, int(max(_CHUNK_SECONDS, getattr(self.training, "slice_seconds", 0.0)) / epoch * self.steps_per_epoch)
        )
        before = self.steps

        def watch() -> None:
            self.steps = min(self.steps + chunk, until)
            tick()

        if before < until and not self.finished:
            self.finished = drive(self.training, watch, steps=until - before, steps_at_once=chunk) == "finished"

    def judge(self) -> None:
        """Evaluate each setting."""
        result, folds = self.training.result, self.data.folds
        for place, entry in enumerate(self.entries):
            own = slice(place * folds, (place + 1) * folds)
            entry.epochs = int(result.n_epochs[own].max())
            if "diverged" in result.stop_reason[own]:
                entry.loss, entry.state = math.inf, "diverged"
            elif result.n_epochs[own].min() > 0:
                entry.loss = left_out_mean(result.best_loss[own], self.data.left_out, self.data.row_weights)

    def keep(self, alive: list[Entry]) -> None:
        """Continue with some of the settings only, bit for bit."""
        places = [place for place, entry in enumerate(self.entries) if entry in alive]
        if len(places) == len(self.entries):
            return
        state, folds, kept = self.training.save(), self.data.folds, [self.entries[place] for place in places]
        training = self.training
        if kept:
            training = self._training(kept)
            training.restore([state[place * folds + fold] for place in places for fold in range(folds)])
        self.entries, self.training = kept, training

    def finalists(self, state: str) -> list[Finalist]:
        """The settings whose networks can be used, each network at its best epoch."""
        result, data, heads, finalists = self.training.best_result, self.data, self.plan.heads, []
        for place, entry in enumerate(self.entries):
            entry.state = state if entry.state == "running" else entry.state
            if not math.isfinite(entry.loss):
                continue
            own = range(place * data.folds, (place + 1) * data.folds)
            some = slice(own.start * heads, own.stop * heads)
            weights, biases = (
                [np.ascontiguousarray(part[some]) for part in each] for each in (result.weights, result.biases)
            )
            mixes = [np.ascontiguousarray(part[some]) if part.size else None for part in result.mixes]
            finalist = Finalist(
                entry, weights, biases, mixes, np.array(result.scales[0][some]),
                np.empty((len(data.X), data.n_outputs)), result, own,
            )  # fmt: skip
            for fold, rows in enumerate(data.left_out):
                finalist.raw[rows] = self._raw(finalist, range(fold * heads, (fold + 1) * heads), data.X[rows])
            finalists.append(finalist)
        return finalists

    def _raw(self, finalist: Finalist, networks: range, X: np.ndarray) -> np.ndarray:
        """The raw prediction of the mean of some networks."""
        weights, biases = finalist.weights, finalist.biases
        raw = [
            predict_raw(
                [w[m] for w in weights], [b[m] for b in biases],
                activations_of(self.plan.activations, finalist.mixes, weights, m), X, threads=self.data.threads,
                layers=self.plan.layers or (),
            )
            for m in networks
        ]  # fmt: skip
        return raw[0] if len(raw) == 1 else average_raw(np.stack(raw).astype(np.float64), self.data.loss.link)


def race(entries: list[Entry], data: Data, tick: Callable[[list[Entry], bool], None]) -> tuple[list[Finalist], str]:
    """Run one round: its finalists, and why it was ended early, if it was.

    `tick` is called a few times a second with the settings that are in the race and whether some of them can be used;
    when it raises `Ended`, or at Ctrl-C, the settings that are still in the race are the finalists as they are.
    """
    same: list[list[Entry]] = []
    for entry in entries:
        alike = entry.recipe.trained_alike
        group = next((group for group in same if group[0].recipe.trained_alike == alike), None)
        if group is None:
            same.append([entry])
        else:
            group.append(entry)
    heats, ended = [Heat(group, data) for group in same], ""
    try:
        for rung, share in enumerate(RUNGS):
            alive = [entry for heat in heats for entry in heat.entries]
            _run_to(share, heats, partial(tick, alive))
            if rung + 1 < len(RUNGS):
                alive = _better_half(alive)
                for heat in heats:
                    heat.keep(alive)
                heats = [heat for heat in heats if heat.entries]
    except Ended as end:
        ended = str(end)
    except KeyboardInterrupt:
        ended = "interrupted"
    for heat in heats:
        heat.judge()
    return [finalist for heat in heats for finalist in heat.finalists(ended or "finished")], ended


def _run_to(share: float, heats: list[Heat], tick: Callable[[bool], None]) -> None:
    """Train all heats to a share of their epochs in short turns, so that they advance evenly until time runs out."""
    before = max((rung for rung in RUNGS if rung < share), default=0.0)
    for part in range(1, _TURNS + 1):
        for heat in heats:
            now = share if part == _TURNS else before + (share - before) * part / _TURNS
            heat.advance(now, lambda: tick(any(heat.ready for heat in heats)))
    for heat in heats:
        heat.judge()


def _better_half(entries: list[Entry]) -> list[Entry]:
    """The half with the smaller losses; ties keep the earlier ones, and diverged ones are dropped."""
    good = sorted(
        (entry for entry in entries if entry.state == "running"), key=lambda entry: (entry.loss, entry.number)
    )
    kept = good[: -(-len(good) // 2)]
    for entry in good[len(kept) :]:
        entry.state = "stopped"
    return kept


class Ended(Exception):
    """Ends the tuning; the text is the reason."""
