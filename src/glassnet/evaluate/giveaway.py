"""Columns that tell the target alone: often they are known only after the outcome, and then the scores mean nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.evaluate.metric import Answer, Metric
from glassnet.tables import Schema

SUSPICIOUS = 0.95
"""No column is looked at unless some model scores as well as this."""
ALONE = 0.99
_SHARE_OF_ERRORS = 0.2  # that a column may leave of those that guessing the most frequent class makes
_FEWEST_ERRORS = 5  # of guessing; with fewer nothing can be told
MOST_ROWS = 5000
MOST_COLUMNS = 1000


def giveaways(
    schema: Schema, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], metric: Metric
) -> list[tuple[str, float]]:
    """Columns that reach the score `ALONE` on test rows by themselves, with their scores, the best first.

    A column is judged by a small tree that sees its inputs only, and for numbers by a straight line, too. Where one
    class is frequent, it must also leave few of the errors that guessing this class makes.

    Parameters
    ----------
    schema : Schema
    train, test : (X, y)
        Encoded rows with their codes or numbers.
    metric : Metric
        Accuracy or R2.

    Examples
    --------
    >>> from glassnet.evaluate.metric import metrics_for
    >>> from glassnet.tables import Table
    >>> after = ["high" if k % 3 else "low" for k in range(60)]
    >>> table = Table.from_columns({"age": range(60), "dose": after, "y": [k % 3 > 0 for k in range(60)]})
    >>> schema = Schema.infer(table, "y").fit(table)
    >>> rows = schema.encode(table).matrix, schema.encode_target(table)
    >>> giveaways(schema, rows, rows, metrics_for("classification", 2)[0])
    [('dose', 1.0)]
    """
    rows = np.unique(np.linspace(0, len(train[1]) - 1, min(len(train[1]), MOST_ROWS)).astype(np.int64))
    X_train, y_train = train[0][rows], train[1][rows]
    needed, found, first = ALONE, [], 0
    if metric.task == "classification":
        errors = len(test[1]) - np.bincount(test[1]).max()
        if errors < _FEWEST_ERRORS:
            return []
        needed = max(ALONE, 1 - _SHARE_OF_ERRORS * errors / len(test[1]))
    for column in schema.inputs[:MOST_COLUMNS]:
        inputs = slice(first, first := first + len(column.features))
        score = _alone((X_train[:, inputs], y_train), (test[0][:, inputs], test[1]), metric)
        if score >= needed:
            found.append((column.name, score))
    return sorted(found, key=lambda each: -each[1])


def _alone(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], metric: Metric) -> float:
    """The best score that the inputs of one column reach."""
    from sklearn.linear_model import LinearRegression
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    if metric.task == "classification":
        models = [DecisionTreeClassifier(max_leaf_nodes=16, random_state=0)]
    else:
        models = [DecisionTreeRegressor(max_leaf_nodes=64, random_state=0), LinearRegression()]
    once = np.ones((1, len(test[1])))
    said = (Answer(model.fit(*train).predict(test[0])) for model in models)
    return max(float(metric.measure(test[1], answer, once)[0]) for answer in said)


def told(found: Sequence[tuple[str, float]], target: str, metric: Metric) -> str:
    """What a reader should bear in mind about such columns.

    Examples
    --------
    >>> from glassnet.evaluate.metric import metrics_for
    >>> told([("dose", 1.0)], "survived", metrics_for("classification", 2)[0])  # doctest: +ELLIPSIS
    "The column 'dose' alone tells 'survived' (accuracy 1.000 on the test rows). If it is known only after the ..."
    """
    names = [f"{name!r} ({metric.name} {score:.3f})" for name, score in found[:3]]
    if len(found) == 1:
        name, score = found[0]
        start = f"The column {name!r} alone tells {target!r} ({metric.name} {score:.3f} on the test rows). If it is"
    else:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        start = f"Some columns alone tell {target!r} on the test rows: {', '.join(names)}{more}. If one is"
    return f"{start} known only after the outcome, declare it left_out: these scores then say nothing about new cases."
