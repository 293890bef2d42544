"""`compare`: a trained network beside simpler and stronger models, on the same rows and the same inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts, wilson
from glassnet.estimators.sampling.copies import check_copies, columns_of, find_copies
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate.comparison.caveats import (
    class_caveats,
    copy_caveats,
    epoch_caveats,
    group_caveats,
    size_caveats,
    threshold_caveats,
)
from glassnet.evaluate.comparison.comparison import Comparison, Measured, Row
from glassnet.evaluate.comparison.giveaway import SUSPICIOUS, giveaways, told, twins, twins_told
from glassnet.evaluate.comparison.repeats import repeats
from glassnet.evaluate.comparison.rival_inputs import CRAFTED, NO_FEATURES, sights
from glassnet.evaluate.comparison.rivals import BASELINE, Rival, Setup, answer_of, rivals_for
from glassnet.evaluate.comparison.row_budget import Clock, check_time_budget
from glassnet.evaluate.comparison.verdict import NETWORK, Difference, Judged, verdict
from glassnet.evaluate.metrics.metric import Metric, deciding, metrics_for
from glassnet.formulas import Parameter
from glassnet.formulas.randomness import check_seed
from glassnet.tables import Table
from glassnet.tables.notation.number_text import megabytes
from glassnet.tables.outcome import Answer

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
    """Hold a trained network against other models.

    Every rival is trained on all the rows that the network was given, encoded by the network's own schema (without
    the bins beside numbers) and with its class weights, and judged on the same test rows. Intervals are bootstrap
    percentiles over the test rows; the difference between the network and the best rival is drawn in pairs. They do
    not include what another training sample would change. Classes are judged by the log loss, which asks for honest
    probabilities, and by the accuracy beside it.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
        Fitted on `train`.
    train, test : Table, data frame, array, dict of columns, or path
        With the target, or `y_train` and `y_test` beside them; rows without a target are left out.
    y_train, y_test : array-like, optional
    weights : str, optional
        The column that says how much each row counts, to the rivals and to the scores.
    groups : str, optional
        The column that says which rows belong together, such as the visits of one patient. Groups are then drawn for
        the intervals, not rows.
    rivals : sequence of str, optional
        Names of the rivals wanted; all when not given.
    draws : int
        Bootstrap draws; lowered for very long test parts.
    coverage : float
        Share of the draws inside an interval.
    seed : int
        Of the draws and the forest.
    n_jobs : int, optional
        Threads of the forest.
    progress : callable, optional
        Called with the name of each rival before it is trained.
    memory_limit : float, optional
        Bytes; rivals that would take more are skipped, and so are all that need the rows of a table read in blocks.
    time_budget : float, optional
        Seconds that all rivals may take. Each is tried on some rows first, and trained on as many as its share of the
        time allows; without a budget some are trained on a sample of long tables, too. Either is said.
    copies : {"together", "apart"}
        Whether test rows that are copies of each other are drawn together, as groups are.

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
    seed, coverage, budget = check_seed(seed), _COVERAGE.check(coverage, "compare"), check_time_budget(time_budget)
    check_copies(copies, "compare")
    train_table, train_y, train_weights, _ = model._known(train, y_train, weights)
    test_table, truth, test_weights, together = model._known(test, y_test, weights, groups)
    classes = model.schema_.classes
    schema = model.schema_.without_bins()  # which are made for a network: lines and forests need the numbers alone
    X_train, X_test = (schema.encode(table).matrix for table in (train_table, test_table))
    outcome = model.outcome_
    metrics = metrics_for(outcome.name, len(classes))
    answers = {NETWORK: model._answer(test_table)}
    history = getattr(model, "history_", None)  # a model from a file has none
    seconds = None if history is None else history.seconds
    facts: dict[str, tuple[str, float | None, str]] = {NETWORK: (_describe(model), seconds, "")}
    samples: list[str] = []
    wanted = _wanted(outcome.compared_as, rivals, images=model.schema_.image_column is not None)
    crafted = any(rival.sees == CRAFTED for rival in wanted)
    seen = sights(model, train_table, test_table, (X_train, X_test), crafted=crafted)
    rival_weights = _with_class_weights(model, train_y, train_weights)
    clock = Clock(budget, sum(rival.name != BASELINE for rival in wanted))
    for rival in wanted:
        reason = NO_FEATURES
        if rival.sees in seen:
            reason = _reason_to_skip(rival, seen[rival.sees].train, train_y, memory_limit)
        if reason:
            facts[rival.name] = (rival.settings, None, reason)
            continue
        if progress is not None:
            progress(rival.name)
        setup = Setup(seed, n_jobs, len(train_y))
        weighed = train_weights if rival.name == BASELINE else rival_weights
        fitted, rows, seconds = clock.fit(rival, setup, seen[rival.sees].train, train_y, weighed, len(truth))
        sample = f"trained on {rows:,} of the {len(train_y):,} rows" if rows < len(train_y) else ""
        samples += [f"The {rival.name} was {sample}: more would take too long."] if sample else []
        facts[rival.name] = (f"{rival.settings}, {sample}" if sample else rival.settings, seconds, "")
        answers[rival.name] = (rival.answer or answer_of)(fitted, seen[rival.sees].test, len(classes))
    n_draws = affordable_draws(len(truth), draws)
    columns = columns_of(schema)
    drawn_together = together
    if copies == "together":
        drawn_together = find_copies(X_test, columns).kept_together(together)
    counts = row_counts(len(truth), n_draws, seed, drawn_together)
    plain, drawn = _measure(metrics, truth, answers, counts, test_weights)
    models = tuple(
        Row(
            name, settings,
            _scores(metrics, plain[name], drawn[name], truth, drawn_together, coverage) if name in plain else (),
            seconds, why,
        )
        for name, (settings, seconds, why) in facts.items()
    )  # fmt: skip
    one_class = outcome.labeled and len(np.unique(truth)) == 1
    judged = [] if one_class else [_judged(metric, plain, drawn, coverage) for metric in deciding(metrics)]
    remarks = group_caveats(train_table, test_table, groups)
    if len(plain) > 1:
        remarks += _data_caveats(model, (train_table, X_train, train_y), (X_test, truth), plain, metrics[0])
    if train is not test and not isinstance(X_train, np.memmap):
        both, score = find_copies(np.concatenate([X_train, X_test]), columns), plain[NETWORK][metrics[0].name]
        remarks += copy_caveats(both, len(train_y), truth, answers[NETWORK], metrics[0], score)
    if outcome.labeled:
        said = answers[NETWORK]
        by_threshold = None if model.decision_ is None else model.decision_.codes(np.asarray(said.probability))
        remarks += threshold_caveats(model)
        remarks += class_caveats(
            classes, train_y, truth, said.predicted if by_threshold is None else by_threshold, models[0].scores
        )
    remarks += samples + epoch_caveats(model)
    remarks += size_caveats(metrics, plain[NETWORK], model, len(train_y), len(truth), sampled=bool(samples))
    return Comparison(
        outcome.name, models, tuple(each.difference for each in judged if each.difference is not None),
        verdict(judged, len(truth), coverage, one_class=one_class), len(train_y), len(truth), n_draws, coverage,
        tuple(remarks), answers, truth,
    )  # fmt: skip


def _data_caveats(
    model: TableEstimator, train: tuple[Table, np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray],
    plain: dict[str, dict[str, float]], metric: Metric,
) -> list[str]:  # fmt: skip
    """Columns that tell the target alone or together, and rows that seem to belong together."""
    schema = model.schema_.without_bins()
    notes = [twins_told(pairs)] if (pairs := twins(schema, train[1])) else []
    if not isinstance(train[1], np.memmap):
        told_by = train[2] if train[2].ndim == 1 else train[2][:, 0]  # of a time to an event, the time
        notes += filter(None, [repeats(train[0], [column.name for column in schema.inputs], told_by)])
    if (
        metric.quick is not None
        and metric.larger_is_better
        and max(scores[metric.name] for scores in plain.values()) >= SUSPICIOUS
    ):
        found = giveaways(schema, train[1:], test, metric)
        notes += [told(found, str(schema.target), metric)] if found else []
    return notes


def _with_class_weights(model: TableEstimator, codes: np.ndarray, weights: np.ndarray | None) -> np.ndarray | None:
    """The weights of the training rows as the network had them, class weights among them."""
    if not model.recipe_.class_weights:
        return weights
    of_class: np.ndarray = np.array(model.recipe_.class_weights)[codes]
    return of_class if weights is None else of_class * weights


def _wanted(task: str, names: Sequence[str] | None, *, images: bool = False) -> list[Rival]:
    """The rivals asked for."""
    known = {rival.name: rival for rival in rivals_for(task, images=images)}
    for name in names or ():
        if name not in known:
            raise ConfigurationError(f"Unknown rival {name!r} for {task}. {nearest(name, known)}")
    return [rival for name, rival in known.items() if names is None or name in names]


def _reason_to_skip(rival: Rival, X_train: np.ndarray, train_y: np.ndarray, memory_limit: float | None) -> str:
    """Why a rival cannot or should not be trained on these rows."""
    if isinstance(X_train, np.memmap) and rival.name != BASELINE:
        return "skipped: it would need the whole table in memory, and the table is read in blocks"
    memory = rival.memory(*X_train.shape)
    if memory_limit is not None and memory > memory_limit:
        return f"skipped: it would take about {megabytes(memory)} of memory, and the limit is {megabytes(memory_limit)}"
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
        return f"mean of {model.recipe_.n_networks} networks{' with a shared body' * model.recipe_.shared}, {text}"
    return f"{text}, epoch {model.history_.best_epoch} kept" if hasattr(model, "histories_") else text


def _measure(
    metrics: Sequence[Metric],
    truth: np.ndarray,
    answers: dict[str, Answer],
    draws: Iterable[np.ndarray],
    weights: np.ndarray | None,
) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, np.ndarray]]]:
    """Each model's scores on the test rows, and on every bootstrap draw of them."""
    once = np.ones((1, len(truth))) if weights is None else weights[None]
    plain = {
        name: {m.name: float(m.measure(truth, answer, once)[0]) for m in metrics} for name, answer in answers.items()
    }
    blocks: dict[str, dict[str, list[np.ndarray]]] = {name: {m.name: [] for m in metrics} for name in answers}
    for drawn_rows in draws:
        counts = drawn_rows if weights is None else drawn_rows * weights
        for name, answer in answers.items():
            for m in metrics:
                blocks[name][m.name].append(m.measure(truth, answer, counts))
    drawn = {
        name: {key: np.concatenate(parts) for key, parts in by_metric.items()} for name, by_metric in blocks.items()
    }
    return plain, drawn


def _scores(
    metrics: Sequence[Metric], plain: dict[str, float], drawn: dict[str, np.ndarray], truth: np.ndarray,
    groups: Groups | None, coverage: float,
) -> tuple[Measured, ...]:  # fmt: skip
    """One model's scores with their intervals."""
    scores = []
    for m in metrics:
        value, ends = plain[m.name], interval(drawn[m.name], coverage)
        if not np.isfinite(value):
            scores.append(Measured(m.name, None, None, None))
            continue
        if m.share_of is not None and ends == (value, value) and value in (0.0, 1.0):
            rows = m.share_of(truth)
            ends = wilson(value, len(rows) if groups is None else len(np.unique(groups.of_row[rows])), coverage)
        scores.append(Measured(m.name, value, *(ends or (None, None))))
    return tuple(scores)


def _judged(
    metric: Metric, plain: dict[str, dict[str, float]], drawn: dict[str, dict[str, np.ndarray]], coverage: float
) -> Judged:
    """The network against its best rival by one metric, and the better of the two against the baseline."""
    sign = 1.0 if metric.larger_is_better else -1.0
    scores = {name: float(each[metric.name]) for name, each in plain.items()}
    value = {name: sign * score for name, score in scores.items() if np.isfinite(score)}
    rivals = [name for name in value if name not in (NETWORK, BASELINE)] or [n for n in value if n == BASELINE]
    if not rivals or NETWORK not in value:
        return Judged(metric, scores, None)
    best = max(rivals, key=lambda name: value[name])

    def between(first: str, second: str) -> Difference | None:
        better, other = (first, second) if value[first] >= value[second] else (second, first)
        ends = interval(sign * (drawn[better][metric.name] - drawn[other][metric.name]), coverage)
        return None if ends is None else Difference(better, other, metric.name, value[better] - value[other], *ends)

    difference = between(NETWORK, best)
    if difference is None or BASELINE not in value or best == BASELINE:
        return Judged(metric, scores, difference)
    above = between(difference.better, BASELINE)
    if above is not None and above.better == BASELINE:  # the baseline is best of all
        above = Difference(difference.better, BASELINE, metric.name, -above.value, -above.high, -above.low)
    return Judged(metric, scores, difference, above)
