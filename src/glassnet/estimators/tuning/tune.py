"""`tune`: settings from a documented space, trained as populations, the losers stopped early, the best averaged."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError, TrainingDiverged
from glassnet.estimators.networks.parameters import check_count, seed_from, thread_count
from glassnet.estimators.networks.progress_bar import tuning_bar
from glassnet.estimators.recipes.decision import read_recipe
from glassnet.estimators.recipes.preset import AUTO, Problem, choose
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.estimators.recipes.training_time import PLANNED_SHARE, seconds_per_epoch
from glassnet.estimators.sampling.resampling import fold_rows, missed_rows
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.tables.classifier import GlassClassifier
from glassnet.estimators.tables.estimator import TableEstimator
from glassnet.estimators.tables.input import TrainingTable, training_table
from glassnet.estimators.tables.registry import table_estimators
from glassnet.estimators.tables.regressor import GlassRegressor
from glassnet.estimators.training.training import Roles, check_decision
from glassnet.estimators.tuning.halving import RUNGS, Data, Ended, Entry, Finalist, race
from glassnet.estimators.tuning.result import BY_THE_CLOCK, tuned
from glassnet.estimators.tuning.search_space import space_of
from glassnet.tables import EncodedTable, Schema

BUDGET = "60 s"
_FEWEST_ROWS = 20
_TRIALS, _FEWEST_TRIALS = 12, 4  # settings of a round
_FEWEST_EPOCHS = 8
_MOST_FINALISTS = 12  # that are kept between rounds
_DECIDED = frozenset({"n_networks", "resampling", "time_budget", "verbose"})
"""Parameters of the estimators that `tune` decides itself."""


@dataclass(frozen=True)
class TuningProgress:
    """The progress of a tuning.

    Attributes
    ----------
    round : int
        From 1.
    running, tried : int
        Settings that are training now, and settings that were begun so far.
    best_loss : float
        The smallest loss so far on rows left out; infinite before the first comparison.
    seconds : float
    budget : float
        Seconds; infinite when rounds are counted.
    rounds : int or None
    """

    round: int
    running: int
    tried: int
    best_loss: float
    seconds: float
    budget: float
    rounds: int | None


def tune(
    table: Any,
    y: Any = None,
    *,
    target: str | None = None,
    schema: Schema | None = None,
    task: str | None = None,
    weights: Any = None,
    groups: Any = None,
    recipe: str = AUTO,
    budget: float | str | None = None,
    rounds: int | None = None,
    trials: int | None = None,
    random_state: Any = 0,
    n_jobs: int | None = -1,
    progress: bool | Callable[[TuningProgress], object] | None = None,
    memory_limit: float | str | None = None,
    **fixed: Any,
) -> GlassClassifier | GlassRegressor:
    """Try many settings of a recipe and average the best.

    Each round draws settings from the space of the recipe (`glassnet.estimators.tuning.search_space.SPACES`), trains
    all of them side by side, one network per fold, and stops the worse half after a fifth of the epochs and again after
    7/15 of them. Settings are judged by the loss of the rows that each fold leaves out. At the end a greedy ensemble
    averages the best (Caruana et al. 2004), whatever their layers, some perhaps counted several times.

    Parameters
    ----------
    table, y, target, schema, weights, groups, memory_limit
        As for `GlassClassifier.fit`.
    task : {"classification", "regression"}, optional
        The target decides when it is not given.
    recipe : str
        The preset around which settings are drawn; the first trial is the preset as it comes.
    budget : float or str, optional
        How long it may take: seconds, or a text such as "90 s" or "5 min"; 60 s when neither budget nor rounds are
        given. The clock ends a round in its middle, so the result of a budget cannot be repeated to the bit.
    rounds : int, optional
        A counted budget: the same seed gives the same bits, whatever the threads and the machine's speed.
    trials : int, optional
        Settings of each round; 12, or fewer where a budget is too short for them.
    random_state : int, RandomState or None
        The seed of folds, settings and networks.
    n_jobs : int
        Threads; all cores by default.
    progress : bool or function, optional
        A display is shown on terminals and in notebooks; True writes lines elsewhere too, False shows none. A function
        is called with a `TuningProgress` a few times a second.
    **fixed
        Parameters of the estimator that are not drawn, such as ``epochs=64`` or ``hidden_layer_sizes=(32,)``.

    Returns
    -------
    GlassClassifier or GlassRegressor
        Fitted; ``trials_`` is the table of what was tried. Its parameters are the settings with the most votes. Where
        several settings are averaged, ``parts_`` holds a model for each (for each body, where networks share one), and
        ``recipe_.explain()`` says which they are.

    Raises
    ------
    ConfigurationError, DataError, SchemaError, TrainingDiverged

    Notes
    -----
    Ctrl-C ends the tuning and keeps the best so far.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> frame = load_diabetes(as_frame=True).frame
    >>> model = tune(frame[::2], target="target", rounds=1, trials=4, epochs=16, progress=False)
    >>> len(model.trials_), model.score(frame[1::2]) > 0.3
    (4, True)
    """
    started = time.perf_counter()
    end = started + _seconds_of(budget if budget is not None or rounds is not None else BUDGET)
    for name, count in (("rounds", rounds), ("trials", trials)):
        if count is not None:
            check_count("tune", name, count)
    estimator, X, codes, row_weights, together = _prepare(
        table, y, target, schema, task, weights, groups, recipe, random_state, n_jobs, memory_limit, fixed
    )
    problem = estimator._problem(len(X), estimator.schema_)
    seed = estimator.recipe_.seed
    trained = fold_rows(
        len(X), min(space_of(estimator.recipe_.name).folds, len(X) // 2 if together is None else len(together)),
        classes=estimator.outcome_.strata(codes),
        groups=together, seed=seed,
    )  # fmt: skip
    targets = estimator.outcome_.encode(codes, estimator.loss_).astype(X.dtype)
    data = Data(
        X, targets, estimator.loss_, trained, [missed_rows(rows, len(X)) for rows in trained], thread_count(n_jobs),
        estimator.outcome_.n_outputs(targets), row_weights, together,
    )  # fmt: skip
    check_decision(estimator, Roles(data.trained, data.left_out, True), codes)
    per_round, fixed = _affordable(trials, end - started, problem, estimator.recipe_, data.folds, fixed)
    with tuning_bar(progress, None if rounds is None else rounds * per_round, end - started) as show:
        search = Search(estimator, problem, data, seed, fixed, started, end, rounds, show)
        search.run(per_round)
    return estimator._part(tuned(search, codes))


def _seconds_of(budget: float | str | None) -> float:
    """Seconds from a number or a text such as "60s", "90 s" or "5 min".

    Examples
    --------
    >>> _seconds_of("90 s"), _seconds_of("1.5min"), _seconds_of("1h"), _seconds_of(2), _seconds_of(None)
    (90.0, 90.0, 3600.0, 2.0, inf)
    """
    if budget is None:
        return math.inf
    match = re.fullmatch(r"\s*([0-9]*\.?[0-9]+)\s*(s|sec|seconds?|m|min|minutes?|h|hours?)?\s*", str(budget).lower())
    seconds = float(match[1]) * {"m": 60.0, "h": 3600.0}.get((match[2] or "s")[0], 1.0) if match else 0.0
    if isinstance(budget, bool) or not (0 < seconds < math.inf):
        raise ConfigurationError(
            f"budget={budget!r} is not a duration. Write seconds, or a text such as '90 s' or '5 min'."
        )
    return seconds


def _prepare(
    table: Any, y: Any, target: str | None, schema: Schema | None, task: str | None, weights: Any, groups: Any,
    recipe: str, random_state: Any, n_jobs: int | None, memory_limit: Any, fixed: dict[str, Any],
) -> tuple[TableEstimator, np.ndarray, np.ndarray, np.ndarray | None, Groups | None]:  # fmt: skip
    """An estimator with its schema, and the rows, codes or numbers, weights, and groups."""
    known = schema is not None
    encoded, table = (table, table.table) if isinstance(table, EncodedTable) else (None, table)
    given, schema = _judge_table(table, y, target, schema, task, memory_limit)
    rows = given.table
    if encoded is None or encoded.table is not rows:
        encoded = EncodedTable(rows)
    if task is not None and schema.task != task:
        raise ConfigurationError(f"The schema is for {schema.task}, and tune was asked for task={task!r}.")
    kind = table_estimators[str(schema.task)]
    if unknown := set(fixed) - (set(kind().get_params()) - _DECIDED):
        raise ConfigurationError(
            f"tune cannot fix {', '.join(sorted(unknown))}: not a parameter of {kind.__name__}, or tune decides it."
        )
    n_rows = len(schema.rows_with_target(rows))
    if n_rows < _FEWEST_ROWS:
        raise DataError(f"{rows.origin} has {n_rows} rows with a target; tune needs at least {_FEWEST_ROWS}.")
    probe = kind(recipe=recipe, random_state=seed_from(random_state), n_jobs=n_jobs)
    problem = probe._problem(n_rows, schema)
    name = choose(recipe, problem)[0].name
    space_of(name)
    settings = {**fixed, "recipe": name, "random_state": seed_from(random_state), "n_jobs": n_jobs}
    estimator = kind(**settings)
    X, codes, row_weights, together = estimator._understand(given, encoded, schema, weights, groups)
    estimator._set_names(table, beside_y=y is not None)
    if not known:
        estimator._warn_of_missing_targets(rows.n_rows)
    return estimator, X, codes, row_weights, together


def _judge_table(
    table: Any, y: Any, target: str | None, schema: Schema | None, task: str | None, memory_limit: Any
) -> tuple[TrainingTable, Schema]:
    """The table with its target, and the schema; the task is inferred from the target if not given."""
    known = task or ("" if schema is None else str(schema.task))
    given = training_table(table, y, target, schema, task=known, owner="tune", memory_limit=memory_limit)
    if schema is not None:
        return given, schema
    if given.labels is not None:
        task = "classification"
    inferred = Schema.infer(given.table, given.target, task, classes=given.classes)
    if y is None or given.labels is not None or not inferred.outcome.labeled:
        return given, inferred
    # numbers that turn out to be classes are labels like any other
    given = training_table(table, y, target, None, task=str(inferred.task), owner="tune", memory_limit=memory_limit)
    schema = Schema.infer(given.table, given.target, inferred.task, classes=given.classes)
    return given, replace(schema, task_reason=inferred.task_reason)


def _affordable(
    trials: int | None, seconds: float, problem: Problem, recipe: Recipe, folds: int, fixed: dict[str, Any]
) -> tuple[int, dict[str, Any]]:
    """Settings of a round, and fixed parameters with fewer epochs where a budget is too short for one round."""
    count = trials or _TRIALS
    if math.isinf(seconds):
        return count, fixed
    shape = {
        "hidden_layer_sizes": recipe.layers or recipe.dense, "embedding": recipe.embedding,
        "batch_size": recipe.batch_size, "n_networks": folds * (recipe.n_networks if recipe.shared else 1),
    }  # fmt: skip
    epochs = recipe.epochs * (RUNGS[0] + (RUNGS[1] - RUNGS[0]) / 2 + (1 - RUNGS[1]) / 4)
    affordable = PLANNED_SHARE * seconds / (epochs * seconds_per_epoch(problem, shape))
    if trials is None:
        count = int(min(_TRIALS, max(_FEWEST_TRIALS, affordable)))
    if affordable < count and "epochs" not in fixed:
        fewer = max(_FEWEST_EPOCHS, int(recipe.epochs * affordable / count))
        fixed = {**fixed, "epochs": fewer, "patience": min(fewer, recipe.patience)}
    return count, fixed


class Search:
    """The rounds of a tuning, and their results so far."""

    def __init__(
        self, estimator: TableEstimator, problem: Problem, data: Data, seed: int, fixed: dict[str, Any],
        started: float, end: float, rounds: int | None, show: Callable[[TuningProgress], object] | None,
    ) -> None:  # fmt: skip
        self.estimator, self.problem, self.data, self.seed, self.fixed = estimator, problem, data, seed, fixed
        self.started, self.end, self.rounds, self.show = started, end, rounds, show
        self.space = space_of(estimator.recipe_.name)
        self.round, self.entries = 0, list[tuple[int, Entry]]()
        self.finalists: list[Finalist] = []
        self.ended = ""

    def run(self, per_round: int) -> None:
        """Run rounds until the budget is spent."""
        try:
            self._rounds(per_round)
        except KeyboardInterrupt:  # between two trainings
            self.ended = "interrupted"
            for _, entry in self.entries:
                entry.state = "interrupted" if entry.state == "running" else entry.state
        if not self.finalists:
            if self.ended == "interrupted":
                raise KeyboardInterrupt
            raise TrainingDiverged(
                f"All {len(self.entries)} settings diverged. Check the table for extreme values, or fix "
                "learning_rate= to something smaller."
            )

    def _rounds(self, per_round: int) -> None:
        while not self.ended:
            self.round += 1
            first = len(self.entries)
            entries = [Entry(number, self._recipe(number)) for number in range(first, first + per_round)]
            self.entries += [(self.round, entry) for entry in entries]
            finalists, self.ended = race(entries, self.data, self._tick)
            self.finalists = _fewest(self.finalists + finalists)
            if self.rounds is not None and self.round >= self.rounds:
                break
            if not self.ended and time.perf_counter() >= self.end:
                self.ended = BY_THE_CLOCK

    def settings(self, number: int) -> dict[str, Any]:
        """The parameters of a trial, for the estimator."""
        drawn = self.space.draw(number, self.seed, self.estimator.task)
        settings = {**self.estimator.get_params(deep=False), **drawn, **self.fixed}
        if self.estimator.recipe_.shared:
            return settings
        return {**settings, "n_networks": self.data.folds, "resampling": "folds"}

    def _recipe(self, number: int) -> Recipe:
        recipe = read_recipe(self.settings(number), self.problem, "tune")
        return replace(recipe, monitor="validation_loss", linear_rival=False)

    def _tick(self, alive: list[Entry], usable: bool) -> None:
        """Report progress, and end when the time is up and there is a result."""
        now = time.perf_counter()
        if self.show is not None:
            best = min((entry.loss for _, entry in self.entries), default=math.inf)
            progress = TuningProgress(
                self.round,
                len(alive),
                len(self.entries),
                best,
                now - self.started,
                self.end - self.started,
                self.rounds,
            )
            self.show(progress)
        if now >= self.end and (usable or self.finalists):
            raise Ended(BY_THE_CLOCK)


def _fewest(finalists: list[Finalist]) -> list[Finalist]:
    """The best few, so that a long tuning does not fill the memory."""
    return sorted(finalists, key=lambda finalist: (finalist.entry.loss, finalist.entry.number))[:_MOST_FINALISTS]
