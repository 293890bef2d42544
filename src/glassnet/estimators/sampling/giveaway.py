"""Columns that give the target away, alone or in pairs.

A column that determines the target is often known only after the outcome, and then the scores mean nothing.
"""

from __future__ import annotations

import shlex
import warnings
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.estimators.sampling.copies import columns_of
from glassnet.estimators.sampling.split import split_rows
from glassnet.tables import Schema
from glassnet.tables.columns.images.image_column import KIND

ALONE = 0.99
_SHARE_OF_ERRORS = 0.2  # the fraction of the errors of predicting the most frequent class that a column may leave
_FEWEST_ERRORS = 5  # of predicting the most frequent class; with fewer, nothing can be concluded
MOST_ROWS = 5000
MOST_TEST_ROWS = 50_000
MOST_COLUMNS = 1000
_CANDIDATES = 6
_BINS, _BINS_OF_A_PAIR = 64, 16
_COARSE = 0.05
"""The part of the score that the answers of bins may lack."""


def find_giveaways(
    schema: Schema, X: np.ndarray, y: np.ndarray, groups: Any = None
) -> list[tuple[tuple[str, ...], float]]:
    """The giveaways of a table that has no test rows: a quarter of the rows, or groups, tests the columns."""
    try:
        split = split_rows(len(y), y if schema.outcome.labeled else None, groups=groups, test=0.25)
    except DataError:  # a few rows, or two groups
        return []
    return giveaways(schema, (X[split.train], y[split.train]), (X[split.test], y[split.test]))


def giveaways(
    schema: Schema, train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray]
) -> list[tuple[tuple[str, ...], float]]:
    """Columns that by themselves reach the score `ALONE` on test rows, with their scores, best first.

    The score is the accuracy, or R2 of amounts. A column is judged by a small tree and a linear model on its inputs
    only, if the means of its bins come close to that score. If one class is frequent, the column must also avoid most
    of the errors of always predicting this class. If no column is sufficient, pairs of the best are tried. Columns
    beside which there is no other are no giveaway.

    Parameters
    ----------
    schema : Schema
        Without bins for numbers.
    train, test : (X, y)
        Encoded rows with their codes or numbers.

    Examples
    --------
    >>> from glassnet.tables import Table
    >>> after = ["high" if k % 3 else "low" for k in range(60)]
    >>> age, ill = [7 * k % 41 for k in range(60)], [k % 3 > 0 for k in range(60)]
    >>> table = Table.from_columns({"age": age, "dose": after, "y": ill})
    >>> schema = Schema.infer(table, "y").fit(table)
    >>> rows = schema.encode(table).matrix, schema.encode_target(table)
    >>> giveaways(schema, rows, rows)
    [(('dose',), 1.0)]
    """
    from threadpoolctl import threadpool_limits

    if schema.outcome.measured_as not in ("probability", "amount"):
        return []
    X_train, y_train = some_rows(train, MOST_ROWS)
    test = some_rows(test, MOST_TEST_ROWS)
    labeled, needed = schema.outcome.labeled, ALONE
    if labeled:
        errors = len(test[1]) - np.bincount(test[1]).max()
        if errors < _FEWEST_ERRORS:
            return []
        needed = max(ALONE, 1 - _SHARE_OF_ERRORS * errors / len(test[1]))
    if len(np.unique(y_train)) < 2 or len(np.unique(test[1])) < 2:
        return []
    columns = {
        column.name: inputs
        for column, inputs in zip(schema.inputs[:MOST_COLUMNS], columns_of(schema), strict=False)
        if column.kind != KIND  # an image is meant to tell the target alone
    }
    coarse = {name: _coarse_score([X_train[:, inputs]], y_train, labeled=labeled) for name, inputs in columns.items()}

    def judge(names: tuple[str, ...]) -> list[tuple[tuple[str, ...], float]]:
        """The columns with their score, if that suffices."""
        if len(names) == len(schema.inputs):  # all that there is to learn from
            return []
        inputs = np.r_[tuple(columns[name] for name in names)]
        score = _score((X_train[:, inputs], y_train), (test[0][:, inputs], test[1]), labeled=labeled)
        return [(names, score)] if score >= needed else []

    with threadpool_limits(1, user_api="blas"):  # on so few columns more threads only wait for each other
        sufficient = [one for name, score in coarse.items() if score >= needed - _COARSE for one in judge((name,))]
        if sufficient:
            return sorted(sufficient, key=lambda each: -each[1])
        best = sorted(coarse, key=lambda name: -coarse[name])[:_CANDIDATES]
        for pair in combinations(best, 2):
            parts = [X_train[:, columns[name]] for name in pair]
            if _coarse_score(parts, y_train, labeled=labeled) >= needed - _COARSE:
                sufficient += judge(pair)
    return sorted(sufficient, key=lambda each: -each[1])


def some_rows(rows: tuple[np.ndarray, np.ndarray], most: int) -> tuple[np.ndarray, np.ndarray]:
    """At most so many of the rows, evenly."""
    X, y = rows
    kept = np.unique(np.linspace(0, len(y) - 1, min(len(y), most)).astype(np.int64))
    return X[kept], y[kept]


def _coarse_score(parts: Sequence[np.ndarray], y: np.ndarray, *, labeled: bool) -> float:
    """The score on the training rows of the answers of bins: of one column, or of the cells of two."""
    cells = np.zeros(len(y), dtype=np.int64)
    for inputs in parts:
        own = _bin_codes(inputs, _BINS if len(parts) == 1 else _BINS_OF_A_PAIR)
        cells = np.unique(cells * (int(own.max()) + 1) + own, return_inverse=True)[1]
    counts = np.bincount(cells)
    if labeled:
        n_classes = int(y.max()) + 1
        of_cell = np.bincount(cells * n_classes + y, minlength=len(counts) * n_classes).reshape(-1, n_classes)
        return float(of_cell.max(axis=1).sum() / len(y))
    left = y - (np.bincount(cells, weights=y) / counts)[cells]
    return 1.0 - float((left @ left) / max(((y - y.mean()) ** 2).sum(), np.finfo(float).tiny))


def _bin_codes(inputs: np.ndarray, bins: int) -> np.ndarray:
    """A code for each row: its distinct cell, or of many different numbers the bin between quantiles."""
    key = row_keys(inputs)
    distinct, codes = np.unique(key, return_inverse=True)
    if len(distinct) <= bins or inputs.shape[1] > 2:  # levels are not numbers
        return codes
    order = np.argsort(key, kind="stable")
    places = np.empty(len(key), dtype=np.int64)
    places[order] = np.arange(len(key)) * bins // len(key)
    first = np.full(len(distinct), bins, dtype=np.int64)
    np.minimum.at(first, codes, places)  # equal numbers are in one bin
    return first[codes]


def row_keys(inputs: np.ndarray) -> np.ndarray:
    """A number for each row, the same for equal inputs and different for different ones."""
    return np.asarray(inputs.astype(np.float64) @ np.sqrt(np.arange(2.0, inputs.shape[1] + 2)))


def _score(train: tuple[np.ndarray, np.ndarray], test: tuple[np.ndarray, np.ndarray], *, labeled: bool) -> float:
    """The best score that some inputs reach on their own, in a small tree and a linear model."""
    from sklearn import config_context
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    models: list[Any] = (
        [DecisionTreeClassifier(max_leaf_nodes=16, random_state=0), LogisticRegression(C=1e4, max_iter=500)]
        if labeled
        else [DecisionTreeRegressor(max_leaf_nodes=64, random_state=0), LinearRegression()]
    )
    X, y = test
    with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
        warnings.simplefilter("ignore")  # a model that reaches its iteration limit is good enough here
        answers = [model.fit(*train).predict(X) for model in models]
    if labeled:
        return max(float(np.mean(answer == y)) for answer in answers)
    return 1.0 - min(float(((y - answer) ** 2).sum()) for answer in answers) / float(((y - y.mean()) ** 2).sum())


def giveaway_text(
    giveaways: Sequence[tuple[tuple[str, ...], float]], schema: Schema, where: str = "the test rows", *,
    options: bool = True,
) -> str:  # fmt: skip
    """A warning about columns that give the target away; `where` are the rows that the score is from.

    `options` says whether to add the options of the command line that leave them out.

    Examples
    --------
    >>> from glassnet.tables import Table
    >>> schema = Schema.infer(Table.from_columns({"dose": [1, 2, 5], "survived": ["no", "yes", "no"]}), "survived")
    >>> giveaway_text([(("dose",), 1.0)], schema)  # doctest: +ELLIPSIS
    "The column 'dose' alone tells 'survived' (accuracy 1.000 on the test rows). If it is known only after the ..."
    """
    score_name, target = schema.outcome.score, schema.target
    names = [f"{' and '.join(map(repr, columns))} ({score_name} {score:.3f})" for columns, score in giveaways[:3]]
    (columns, score), more = giveaways[0], f" and {len(giveaways) - 3} more" if len(giveaways) > 3 else ""
    if len(columns) > 1:
        pair = " and ".join(map(repr, columns))
        start = f"The columns {pair} together tell {target!r} ({score_name} {score:.3f} on {where}). If they are"
    elif len(giveaways) == 1:
        start = f"The column {columns[0]!r} alone tells {target!r} ({score_name} {score:.3f} on {where}). If it is"
    else:
        start = f"Some columns alone tell {target!r} on {where}: {', '.join(names)}{more}. If one is"
    which = "them" if len(columns) > 1 else "it"
    ways = " ".join(f"--kind {shlex.quote(f'{name}=left_out')}" for name in columns) if options else ""
    after = f"known only after the outcome, leave {which} out{f' ({ways})' if ways else ''}"
    return f"{start} {after}: scores with {which} say nothing about new cases."
