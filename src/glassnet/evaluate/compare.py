"""`compare`: a trained network beside simpler and stronger models, on the same rows and the same inputs."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.estimators.bootstrap import affordable_draws, interval, row_counts
from glassnet.evaluate.comparison import NETWORK, Comparison, Difference, Measured, Row, verdict
from glassnet.evaluate.giveaway import SUSPICIOUS, giveaways, told
from glassnet.evaluate.metric import Answer, Metric, metrics_for
from glassnet.evaluate.rivals import BASELINE, Rival, Setup, answer_of, rivals_for
from glassnet.formulas import Parameter
from glassnet.formulas.randomness import check_seed
from glassnet.tables import Table
from glassnet.tables.number_text import megabytes

_COVERAGE = Parameter("coverage", 0.95, "share of the draws inside an interval", 0.0, 1.0, True, True)
_SMALL_TEST = 30


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
) -> Comparison:
    """Hold a trained network against other models.

    Every rival is trained on all the rows that the network was given, encoded by the network's own schema, and judged
    on the same test rows. Intervals are bootstrap percentiles over the test rows; the difference between the network
    and the best rival is drawn in pairs. They do not include what another training sample would change.

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
    seed, coverage = check_seed(seed), _COVERAGE.check(coverage, "compare")
    train_table, train_y, train_weights, _ = model._known(train, y_train, weights)
    test_table, truth, test_weights, together = model._known(test, y_test, weights, groups)
    n_classes = len(model.schema_.classes)
    X_train, X_test = (model.schema_.encode(table).matrix for table in (train_table, test_table))
    metrics = metrics_for(model.task, n_classes)
    answers = {NETWORK: _network_answer(model, test_table, n_classes)}
    history = getattr(model, "history_", None)  # a model from a file has none
    seconds = None if history is None else history.seconds
    facts: dict[str, tuple[str, float | None, str]] = {NETWORK: (_describe(model), seconds, "")}
    for rival in _wanted(model.task, rivals):
        reason = _reason_to_skip(rival, X_train, train_y, memory_limit)
        if reason:
            facts[rival.name] = (rival.settings, None, reason)
            continue
        if progress is not None:
            progress(rival.name)
        started = time.perf_counter()
        fitted = rival.make(Setup(seed, n_jobs, len(train_y)))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a rival that stops at its limit of iterations is still a fair rival
            fitted.fit(X_train, train_y, **({} if train_weights is None else {"sample_weight": train_weights}))
        facts[rival.name] = (rival.settings, time.perf_counter() - started, "")
        answers[rival.name] = answer_of(fitted, X_test, n_classes)
    n_draws = affordable_draws(len(truth), draws)
    plain, drawn = _measure(metrics, truth, answers, row_counts(len(truth), n_draws, seed, together), test_weights)
    models = tuple(
        Row(name, settings, _scores(metrics, plain[name], drawn[name], coverage) if name in plain else (), seconds, why)
        for name, (settings, seconds, why) in facts.items()
    )
    difference, above = _differences(metrics[0], plain, drawn, coverage)
    scores = {name: float(values[metrics[0].name]) for name, values in plain.items()}
    remarks = _group_notes(train_table, test_table, groups)
    if len(plain) > 1 and max(scores.values()) >= SUSPICIOUS and metrics[0].larger_is_better:
        found = giveaways(model.schema_, (X_train, train_y), (X_test, truth), metrics[0])
        remarks += [told(found, str(model.schema_.target), metrics[0])] if found else []
    return Comparison(
        model.task, models, difference, verdict(metrics[0], scores, difference, above, len(truth), coverage),
        len(train_y), len(truth), n_draws, coverage,
        (*remarks, *_notes(metrics, plain, model, train_y, truth)),
    )  # fmt: skip


def _wanted(task: str, names: Sequence[str] | None) -> list[Rival]:
    """The rivals asked for."""
    known = {rival.name: rival for rival in rivals_for(task)}
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
    if rival.task == "classification" and rival.name != BASELINE and len(np.unique(train_y)) < 2:
        return "skipped: the training rows hold only one class"
    return ""


def _network_answer(model: TableEstimator, table: Any, n_classes: int) -> Answer:
    """What the network says about the test rows."""
    if model.task == "regression":
        return Answer(model.predict(table))
    raw = model._raw_prediction(table)
    return Answer(model._codes(raw), raw[:, 0].astype(np.float64) if n_classes == 2 else None)


def _describe(model: TableEstimator) -> str:
    """The network's settings in a few words."""
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
    metrics: Sequence[Metric], plain: dict[str, float], drawn: dict[str, np.ndarray], coverage: float
) -> tuple[Measured, ...]:
    """One model's scores with their intervals."""
    scores = []
    for m in metrics:
        value, ends = plain[m.name], interval(drawn[m.name], coverage)
        if not np.isfinite(value):
            scores.append(Measured(m.name, None, None, None))
        else:
            scores.append(Measured(m.name, value, *(ends or (None, None))))
    return tuple(scores)


def _differences(
    metric: Metric, plain: dict[str, dict[str, float]], drawn: dict[str, dict[str, np.ndarray]], coverage: float
) -> tuple[Difference | None, Difference | None]:
    """The network against its best rival, and the better of the two against the baseline."""
    sign = 1.0 if metric.larger_is_better else -1.0
    value = {name: sign * scores[metric.name] for name, scores in plain.items()}
    rivals = [name for name in value if name not in (NETWORK, BASELINE)] or [n for n in value if n == BASELINE]
    if not rivals or not all(np.isfinite(v) for v in value.values()):
        return None, None
    best = max(rivals, key=lambda name: value[name])

    def between(first: str, second: str) -> Difference | None:
        better, other = (first, second) if value[first] >= value[second] else (second, first)
        ends = interval(sign * (drawn[better][metric.name] - drawn[other][metric.name]), coverage)
        return None if ends is None else Difference(better, other, metric.name, value[better] - value[other], *ends)

    difference = between(NETWORK, best)
    if difference is None or BASELINE not in value or best == BASELINE:
        return difference, None
    above = between(difference.better, BASELINE)
    if above is not None and above.better == BASELINE:  # the baseline is best of all
        above = Difference(difference.better, BASELINE, metric.name, -above.value, -above.high, -above.low)
    return difference, above


def _group_notes(train: Table, test: Table, groups: str | None) -> list[str]:
    """What a reader should know about rows that belong together."""
    if groups is None:
        return []
    known, judged = (set(table.column(groups).level_counts()) for table in (train, test))
    notes = [f"The intervals are drawn over {len(judged)} groups of {groups!r}, not over rows."]
    if both := len(known & judged):
        notes.append(
            f"{both} of these groups have rows that trained, too, so the scores say little about new groups. Split the "
            "rows by groups."
        )
    return notes


def _notes(
    metrics: Sequence[Metric], plain: dict[str, dict[str, float]], model: TableEstimator, train_y: np.ndarray,
    truth: np.ndarray,
) -> list[str]:  # fmt: skip
    """What a reader should bear in mind."""
    notes = [
        m.undefined[0].upper() + m.undefined[1:] + "."
        for m in metrics
        if m.undefined and not np.isfinite(plain[NETWORK][m.name])
    ]
    if len(truth) < _SMALL_TEST:
        notes.append(f"With {len(truth)} test rows every score is uncertain, and so are the intervals themselves.")
    if any(scores.get("accuracy") == 1.0 for scores in plain.values()):
        notes.append(
            f"An accuracy of 1 leaves its interval no width, but {len(truth)} rows without a mistake are compatible "
            f"with up to {300 / len(truth):.1f} % mistakes (rule of three)."
        )
    history = getattr(model, "history_", None)
    if history is not None and history.n_validation_rows and len(model.histories_) == 1:
        notes.append(
            f"The network trained on {history.n_training_rows} of the {len(train_y)} training rows and chose its epoch "
            f"on the other {history.n_validation_rows}; the rivals trained on all of them."
        )
    return notes
