"""`compare`: a comparison of a trained network with other models, on the same rows and the same inputs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.estimators.networks.workers import each_of
from glassnet.estimators.sampling.bootstrap import affordable_draws
from glassnet.estimators.sampling.copies import check_copies, find_copies
from glassnet.estimators.sampling.giveaway import giveaway_text, giveaways
from glassnet.estimators.sampling.repeats import repeats
from glassnet.estimators.sampling.subsample import subsample
from glassnet.estimators.sampling.twins import twins, twins_text
from glassnet.evaluate.comparison.caveats import (
    class_caveats,
    copy_caveats,
    epoch_caveats,
    group_caveats,
    size_caveats,
    threshold_caveats,
)
from glassnet.evaluate.comparison.comparison import Comparison, Estimate, Row
from glassnet.evaluate.comparison.rival_inputs import CRAFTED, NO_FEATURES, sights
from glassnet.evaluate.comparison.rivals import BASELINE, Rival, Setup, answer_of, rivals_for
from glassnet.evaluate.comparison.row_budget import Clock, check_time_budget, in_double
from glassnet.evaluate.comparison.scoring import Scoring
from glassnet.evaluate.comparison.verdict import NETWORK, verdict
from glassnet.evaluate.metrics.metric import deciding, metrics_for
from glassnet.formulas import Parameter
from glassnet.formulas.randomness import check_seed
from glassnet.tables import Table
from glassnet.tables.notation.number_text import megabytes
from glassnet.tables.outcome import Answer

MOST_JUDGED_ROWS, _FEWEST_JUDGED_ROWS, _JUDGED_PER_SECOND = 100_000, 10_000, 3_000
"""The largest number of test rows under a time budget, in all and per second: 100,000 determine an accuracy to 0.3
points, 10,000 to one point."""
_MOST_RESERVED, _BEFORE_REMARKS = 0.4, 0.85
"""Shares of a time budget: for bootstrap draws, and for everything before notes are computed."""
_COVERAGE = Parameter("coverage", 0.95, "share of the draws inside an interval", 0.0, 1.0, True, True)


def compare(
    model: TableEstimator,
    train: Any,
    test: Any,
    *,
    y_train: Any = None,
    y_test: Any = None,
    weights: str | None = None,
    groups: str | None = None,
    rivals: Sequence[str] | None = None,
    draws: int = 1000,
    coverage: float = 0.95,
    seed: int = 0,
    n_jobs: int | None = None,
    progress: Callable[[str], object] | None = None,
    memory_limit: float | None = None,
    time_budget: float | None = None,
    copies: str = "together",
) -> Comparison:
    """Compare a trained network with other models.

    Without a time budget, the other models are trained on the workers that joblib is configured for.

    Every model is trained on all the rows that the network was given, encoded by the network's own schema (without
    bins for numbers) and with its class weights, and evaluated on the same test rows. Intervals are bootstrap
    percentiles over the test rows; the difference between the network and the best other model is bootstrapped in
    pairs. They do not include the variation between training samples. Classifiers are judged by the log loss, which
    rewards honest probabilities, and by accuracy.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Fitted on `train`.
    train, test : Table, EncodedTable, data frame, array, dict of columns, or path
        Rows with the target, unless `y_train` and `y_test` are given; rows without a target are left out.
    y_train, y_test : array-like, optional
    weights : str, optional
        The column with the weight of each row, for training the other models and for the scores.
    groups : str, optional
        The column that says which rows belong together, such as the visits of one patient. Intervals are then from
        resampling groups, not rows.
    rivals : sequence of str, optional
        Names of the models to compare with; all by default.
    draws : int
        The number of bootstrap draws; reduced for very many test rows.
    coverage : float
        Share of the draws inside an interval.
    seed : int
        The seed of the draws and of the forest.
    n_jobs : int, optional
        Threads of the forest.
    progress : callable, optional
        A function that is called with the name of each model before it is trained.
    memory_limit : float, optional
        The limit in bytes. Models that would need more are skipped, and so are all models that need the rows in memory
        if the table is read in blocks.
    time_budget : float, optional
        The time limit in seconds for the whole comparison. Each model is first tried on some rows, and then trained on
        as many as its share of the time allows; without a budget, some models are also trained on a sample of a long
        table. With a budget, at most 100,000 test rows are used (3,000 per second), and fewer bootstrap draws when
        time is up. The notes report all of this.
    copies : {"together", "apart"}
        Whether test rows that are copies of each other are resampled together, like groups.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier, split_rows
    >>> frame = load_iris(as_frame=True).frame
    >>> split = split_rows(len(frame), frame["target"], test=0.3)
    >>> train, test = frame.iloc[split.train], frame.iloc[split.test]
    >>> result = compare(GlassClassifier().fit(train, target="target"), train, test, rivals=["logistic regression"])
    >>> [row.model for row in result.models]
    ['network', 'logistic regression']
    """
    started = time.perf_counter()
    seed, coverage, budget = check_seed(seed), _COVERAGE.check(coverage, "compare"), check_time_budget(time_budget)
    check_copies(copies, "compare")
    trained, tested = model._target_rows(train, y_train, weights), model._target_rows(test, y_test, weights, groups)
    judging = None
    if time_budget is not None:
        most = int(min(MOST_JUDGED_ROWS, max(_FEWEST_JUDGED_ROWS, _JUDGED_PER_SECOND * budget)))
        judging = subsample(len(tested.truth), most, seed, tested.groups)
    n_test = len(tested.truth)
    tested = tested if judging is None else tested.take(judging)
    train_y, truth = trained.truth, tested.truth
    classes, outcome = model.schema_.classes, model.outcome_
    schema = model.schema_.without_bins()  # bins are for networks; linear models and forests need only the numbers
    answers = {NETWORK: model._answer(tested.rows)}
    X_train, X_test = trained.rows.matrix(schema), in_double(tested.rows.matrix(schema))
    history = getattr(model, "history_", None)  # a model from a file has none
    seconds = None if history is None else history.seconds
    facts: dict[str, tuple[str, float | None, str]] = {NETWORK: (_describe(model), seconds, "")}
    samples: list[str] = []
    wanted = _requested_models(outcome.compared_as, rivals, images=model.schema_.image_column is not None)
    crafted = any(rival.sees == CRAFTED for rival in wanted)
    seen = sights(model, trained.table, tested.table, (X_train, X_test), crafted=crafted)
    skipped = {
        rival.name: _reason_to_skip(rival, seen[rival.sees].train, train_y, memory_limit)
        if rival.sees in seen else NO_FEATURES for rival in wanted
    }  # fmt: skip
    scoring = Scoring(
        metrics_for(outcome.name, len(classes)), truth, tested.weights, tested.drawn_together(schema, copies), draws,
        seed, coverage, started + _BEFORE_REMARKS * budget,
    )  # fmt: skip
    rival_weights = _with_class_weights(model, train_y, trained.weights)
    to_come = sum(not skipped[rival.name] and rival.name != BASELINE for rival in wanted)
    reserved = _reserve(scoring, answers[NETWORK], to_come, budget)
    clock = Clock(_BEFORE_REMARKS * budget - (time.perf_counter() - started) - reserved, to_come)
    setup = Setup(seed, n_jobs, len(train_y))
    calls = [
        (
            clock, rival, setup, seen[rival.sees].train, train_y,
            trained.weights if rival.name == BASELINE else rival_weights, seen[rival.sees].test, len(classes),
        )
        for rival in wanted if not skipped[rival.name]
    ]  # fmt: skip
    # shares of a time budget are given out one after the other, and rows in a file stay on this machine
    at_home = math.isfinite(budget) or isinstance(X_train, np.memmap)
    trained_rivals = (_answer_of(*call) for call in calls) if at_home else each_of(_answer_of, calls)
    for rival in wanted:
        if skipped[rival.name]:
            facts[rival.name] = (rival.settings, None, skipped[rival.name])
            continue
        if progress is not None:
            progress(rival.name)
        answers[rival.name], rows, seconds = next(trained_rivals)
        sample = f"trained on {rows:,} of the {len(train_y):,} rows" if rows < len(train_y) else ""
        samples += [f"The {rival.name} was {sample}: more would take too long."] if sample else []
        facts[rival.name] = (f"{rival.settings}, {sample}" if sample else rival.settings, seconds, "")
    drawn = scoring.measure(answers)
    plain, metrics = drawn.plain, scoring.metrics
    models = tuple(
        Row(name, settings, drawn.scores(name), seconds, why) for name, (settings, seconds, why) in facts.items()
    )
    one_class = outcome.labeled and len(np.unique(truth)) == 1
    judged = [] if one_class else [drawn.judged(metric) for metric in deciding(metrics)]
    remarks = group_caveats(trained.table, tested.table, groups)
    if judging is not None:
        remarks.append(
            f"All models were evaluated on {len(truth):,} of the {n_test:,} test rows, sampled at random, because all "
            "of them would take too long."
        )
    if len(plain) > 1:
        remarks += _data_caveats(model, (trained.table, X_train, train_y), (X_test, truth))
    if train is not test and not isinstance(X_train, np.memmap):
        both = find_copies(np.concatenate([trained.rows.values(schema), tested.rows.values(schema)]))
        remarks += copy_caveats(
            both, len(train_y), truth, answers[NETWORK], metrics[0], plain[NETWORK][metrics[0].name]
        )  # fmt: skip
    if outcome.labeled:
        answer = answers[NETWORK]
        by_threshold = None if model.decision_ is None else model.decision_.codes(np.asarray(answer.probability))
        remarks += threshold_caveats(model)
        remarks += class_caveats(
            classes, train_y, truth, answer.predicted if by_threshold is None else by_threshold, models[0].scores
        )
    remarks += samples + epoch_caveats(model)
    remarks += size_caveats(metrics, plain[NETWORK], model, len(train_y), len(truth), sampled=bool(samples))
    return Comparison(
        outcome.name, models, tuple(each.difference for each in judged if each.difference is not None),
        verdict(judged, len(truth), coverage, one_class=one_class), len(train_y), len(truth), drawn.n_draws, coverage,
        tuple(remarks), answers, truth, judging,
    )  # fmt: skip


def _answer_of(
    clock: Clock, rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None,
    X_test: np.ndarray, n_classes: int,
) -> tuple[Answer, int, float]:  # fmt: skip
    """The predictions of a model for the test rows, its number of training rows, and its time; may run on a worker."""
    fitted, rows, seconds = clock.fit(rival, setup, X, y, weights, len(X_test))
    return (rival.answer or answer_of)(fitted, X_test, n_classes), rows, seconds


def own_scores(
    model: TableEstimator, X: Any, rows: np.ndarray | None = None, *, weights: str | None = None,
    groups: str | None = None, draws: int = 1000, coverage: float = 0.95, seed: int = 0,
    most_rows: int = MOST_JUDGED_ROWS, until: float = math.inf,
) -> tuple[int, tuple[Estimate, ...]]:  # fmt: skip
    """A network's scores on some rows without other models, and the number of rows: a random `most_rows` at most.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    X : Table, EncodedTable, data frame, dict of columns, or path
        Rows with the target.
    rows : array of int, optional
        A subset of the rows that have a target and a weight above 0.
    weights, groups : str, optional
        As for `compare`.
    draws : int
    coverage : float
    seed : int
    most_rows : int
    until : float
        The time, by `time.perf_counter`, after which only few draws are made.
    """
    known = model._target_rows(X, None, weights, groups)
    known = known if rows is None else known.take(rows)
    chosen = subsample(len(known.truth), most_rows, seed, known.groups)
    known = known if chosen is None else known.take(chosen)
    together = known.drawn_together(model.schema_, "together")
    metrics = metrics_for(model.outcome_.name, len(model.schema_.classes))
    scoring = Scoring(metrics, known.truth, known.weights, together, draws, seed, coverage, until)
    return len(known.truth), scoring.measure({NETWORK: model._answer(known.rows)}).scores(NETWORK)


def _reserve(scoring: Scoring, answer: Answer, n_rivals: int, budget: float) -> float:
    """The part of a time budget that the draws will take, found by one measurement."""
    if math.isinf(budget):
        return 0.0
    started = time.perf_counter()
    scoring.plain(answer)
    of_model = time.perf_counter() - started
    return min(_MOST_RESERVED * budget, of_model * (n_rivals + 2) * affordable_draws(len(scoring.truth), scoring.draws))


def _data_caveats(
    model: TableEstimator, train: tuple[Table, np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]
) -> list[str]:  # fmt: skip
    """Notes on columns that give the target away, alone or together, and on rows that seem to belong together."""
    schema = model.schema_.without_bins()
    notes = [twins_text(pairs)] if (pairs := twins(schema, train[1])) else []
    if not isinstance(train[1], np.memmap):
        told_by = train[2] if train[2].ndim == 1 else train[2][:, 0]  # for a time to an event, the time
        notes += filter(None, [repeats(train[0], [column.name for column in schema.inputs], told_by)])
    columns = giveaways(schema, train[1:], test)
    return [*notes, giveaway_text(columns, schema)] if columns else notes


def _with_class_weights(model: TableEstimator, codes: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
    """The weights of the training rows as used for the network, including class weights."""
    if not model.recipe_.class_weights:
        return weights
    of_class: np.ndarray = np.array(model.recipe_.class_weights)[codes]
    return of_class if weights is None else of_class * weights


def _requested_models(task: str, names: Sequence[str] | None, *, images: bool = False) -> list[Rival]:
    """The requested models."""
    known = {rival.name: rival for rival in rivals_for(task, images=images)}
    for name in names or ():
        if name not in known:
            raise ConfigurationError(f"Unknown model {name!r} for {task}. {nearest(name, known)}")
    return [rival for name, rival in known.items() if names is None or name in names]


def _reason_to_skip(rival: Rival, X_train: np.ndarray, train_y: np.ndarray, memory_limit: float | None) -> str:
    """The reason why a model cannot or should not be trained on these rows."""
    if isinstance(X_train, np.memmap) and rival.name != BASELINE:
        return "skipped: it needs the whole table in memory, but the table is read in blocks"
    memory = rival.memory(*X_train.shape)
    if memory_limit is not None and memory > memory_limit:
        return f"skipped: it would need about {megabytes(memory)} of memory, and the limit is {megabytes(memory_limit)}"
    if rival.most_rows is not None and len(train_y) > rival.most_rows:
        return f"skipped: more than {rival.most_rows:,} training rows would take too long"
    if rival.needs_two_classes and len(np.unique(train_y)) < 2:
        return "skipped: the training rows hold only one class"
    return ""


def _describe(model: TableEstimator) -> str:
    """The network's settings in a few words."""
    if model.recipe_.layers:
        several = f"mean of {model.recipe_.n_networks} networks, " if model.recipe_.n_networks > 1 else ""
        return f"{several}{model.recipe_.in_words}"
    shapes = dict.fromkeys("-".join(str(w.shape[-1]) for w in part.weights_[:-1]) for part in model.parts_ or [model])
    shape = " and ".join(filter(None, shapes))
    text = f"hidden {shape}, {model._activations[0].name}" if shape else "no hidden layer"
    if model.recipe_.n_networks > 1:
        return f"mean of {model.recipe_.n_networks} networks{' with shared layers' * model.recipe_.shared}, {text}"
    return f"{text}, epoch {model.history_.best_epoch} kept" if hasattr(model, "histories_") else text
