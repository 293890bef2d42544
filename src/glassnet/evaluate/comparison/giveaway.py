"""Columns that give the target away, alone or in pairs, and columns that are copies of each other.

A column that determines the target is often known only after the outcome, and then the scores mean nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from itertools import combinations

import numpy as np

from glassnet.estimators.sampling.copies import columns_of
from glassnet.evaluate.metrics.metric import Metric
from glassnet.tables import Schema
from glassnet.tables.outcome import Answer

SUSPICIOUS = 0.95
"""Columns are examined only if some model scores at least this well."""
ALONE = 0.99
_SHARE_OF_ERRORS = 0.2  # the fraction of the errors of predicting the most frequent class that a column may leave
_FEWEST_ERRORS = 5  # of predicting the most frequent class; with fewer, nothing can be concluded
MOST_ROWS = 5000
MOST_TEST_ROWS = 50_000
MOST_COLUMNS = 1000
_CANDIDATES = 6


def giveaways(
    schema: Schema, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], metric: Metric
) -> list[tuple[tuple[str, ...], float]]:
    """Columns that by themselves reach the score `ALONE` on test rows, with their scores, best first.

    A column is judged by a small tree and a linear model on its inputs only. If one class is frequent, the column must
    also avoid most of the errors of always predicting this class. If no column is sufficient, pairs of the best are
    tried.

    Parameters
    ----------
    schema : Schema
    train, test : (X, y)
        Encoded rows with their codes or numbers.
    metric : Metric
        Accuracy or R2.

    Examples
    --------
    >>> from glassnet.evaluate.metrics.metric import metrics_for
    >>> from glassnet.tables import Table
    >>> after = ["high" if k % 3 else "low" for k in range(60)]
    >>> table = Table.from_columns({"age": range(60), "dose": after, "y": [k % 3 > 0 for k in range(60)]})
    >>> schema = Schema.infer(table, "y").fit(table)
    >>> rows = schema.encode(table).matrix, schema.encode_target(table)
    >>> giveaways(schema, rows, rows, metrics_for("classification", 2)[0])
    [(('dose',), 1.0)]
    """
    rows = np.unique(np.linspace(0, len(train[1]) - 1, min(len(train[1]), MOST_ROWS)).astype(np.int64))
    X_train, y_train = train[0][rows], train[1][rows]
    judging = np.unique(np.linspace(0, len(test[1]) - 1, min(len(test[1]), MOST_TEST_ROWS)).astype(np.int64))
    test = test[0][judging], test[1][judging]
    needed = ALONE
    if metric.share_of is not None:
        errors = len(test[1]) - np.bincount(test[1]).max()
        if errors < _FEWEST_ERRORS:
            return []
        needed = max(ALONE, 1 - _SHARE_OF_ERRORS * errors / len(test[1]))
    columns = dict(zip((column.name for column in schema.inputs[:MOST_COLUMNS]), columns_of(schema), strict=False))
    score_of = {
        name: _score((X_train[:, inputs], y_train), (test[0][:, inputs], test[1]), metric)
        for name, inputs in columns.items()
    }
    single: list[tuple[tuple[str, ...], float]] = [
        ((name,), score) for name, score in score_of.items() if score >= needed
    ]
    if not single:
        candidates = sorted(score_of, key=lambda name: -score_of[name])[:_CANDIDATES]
        for pair in combinations(candidates, 2):
            inputs = np.r_[tuple(columns[name] for name in pair)]
            score = _score((X_train[:, inputs], y_train), (test[0][:, inputs], test[1]), metric)
            if score >= needed:
                single.append((pair, score))
    return sorted(single, key=lambda each: -each[1])


def _score(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], metric: Metric) -> float:
    """The best score that some inputs reach on their own."""
    if metric.quick is None or len(np.unique(train[1])) < 2:
        return 0.0
    once = np.ones((1, len(test[1])))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model that reaches its iteration limit is good enough here
        quick_answers = [Answer(model.fit(*train).predict(test[0])) for model in metric.quick()]
    return max(float(metric.measure(test[1], answer, once)[0]) for answer in quick_answers)


def giveaway_text(columns_found: Sequence[tuple[tuple[str, ...], float]], target: str, metric: Metric) -> str:
    """A warning about columns that give the target away.

    Examples
    --------
    >>> from glassnet.evaluate.metrics.metric import metrics_for
    >>> giveaway_text([(("dose",), 1.0)], "survived", metrics_for("classification", 2)[0])  # doctest: +ELLIPSIS
    "The column 'dose' alone tells 'survived' (accuracy 1.000 on the test rows). If it is known only after the ..."
    """
    names = [f"{' and '.join(map(repr, columns))} ({metric.name} {score:.3f})" for columns, score in columns_found[:3]]
    (columns, score), more = columns_found[0], f" and {len(columns_found) - 3} more" if len(columns_found) > 3 else ""
    if len(columns) > 1:
        pair = " and ".join(map(repr, columns))
        start = f"The columns {pair} together tell {target!r} ({metric.name} {score:.3f} on the test rows). If they are"
    elif len(columns_found) == 1:
        start = (
            f"The column {columns[0]!r} alone tells {target!r} ({metric.name} {score:.3f} on the test rows). If it is"
        )
    else:
        start = f"Some columns alone tell {target!r} on the test rows: {', '.join(names)}{more}. If one is"
    which = "them" if len(columns) > 1 else "it"
    after = f"known only after the outcome, declare {which} left_out"
    return f"{start} {after}: these scores then say nothing about new cases."


def twins(schema: Schema, X: np.ndarray) -> list[tuple[str, str]]:
    """Pairs of columns that are copies of each other: the same values, renamed levels, or another unit.

    Columns with mostly distinct values are compared by their correlation, others value by value.

    Examples
    --------
    >>> from glassnet.tables import Table
    >>> feet = [float(k * k % 17) for k in range(60)]
    >>> columns = {"feet": feet, "meters": [0.3048 * x for x in feet], "sex": ["f", "m", "m"] * 20, "y": range(60)}
    >>> table = Table.from_columns({**columns, "male": [0, 1, 1] * 20})
    >>> schema = Schema.infer(table, "y").fit(table)
    >>> twins(schema, schema.encode(table).matrix)
    [('feet', 'meters'), ('sex', 'male')]
    """
    rows = np.unique(np.linspace(0, len(X) - 1, min(len(X), MOST_ROWS)).astype(np.int64))
    some, first, fine = X[rows], dict[bytes, str](), dict[str, np.ndarray]()
    pairs = []
    for column, inputs in zip(schema.inputs[:MOST_COLUMNS], columns_of(schema), strict=False):
        order, codes = np.unique(some[:, inputs], axis=0, return_index=True, return_inverse=True)[1:]
        if len(order) > len(some) / 2:
            if inputs.stop - inputs.start == 1:
                fine[column.name] = some[:, inputs.start].astype(np.float64)
            continue
        number = np.argsort(np.argsort(order))  # number levels by their first row, whatever their names
        key = number[codes.ravel()].astype(np.int32).tobytes()
        if key in first and len(order) > 1:
            pairs.append((first[key], column.name))
        first.setdefault(key, column.name)
    if len(fine) > 1:
        names, values = list(fine), np.stack(list(fine.values()))
        with np.errstate(invalid="ignore", divide="ignore"):
            alike = np.abs(np.corrcoef(values)) > 1 - 1e-9
        pairs += [
            (names[i], names[int(j)]) for i in range(len(names)) for j in np.flatnonzero(alike[i, i + 1 :]) + i + 1
        ]
    return pairs


def twins_text(pairs: Sequence[tuple[str, str]]) -> str:
    """A note on columns that are copies of each other.

    Examples
    --------
    >>> twins_text([("feet", "meters")])
    "The columns 'feet' and 'meters' are copies of each other: leave one out, or their weights share one effect."
    """
    named = "; ".join(f"{a!r} and {b!r}" for a, b in pairs[:3]) + (f"; {len(pairs) - 3} more pairs" * (len(pairs) > 3))
    return f"The columns {named} are copies of each other: leave one out, or their weights share one effect."
