"""`contributions`: the Shapley values of each column against background rows, with standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators.networks.parameters import check_count
from glassnet.explanation.question import Floats, Question, background_rows
from glassnet.explanation.shapley import draw_sampling, exact_values, linear_values, sampled_values
from glassnet.formulas.randomness import check_seed

METHODS = ("auto", "exact", "sampled")
MOST_EXACT_COLUMNS = 14
FEWEST_EXACT, MOST_BACKGROUND = 100, 1000
"""Limits on the background rows: the exact method uses fewer if there are many sets of columns, but at least these."""
MOST_ANSWERS = 1_000_000
"""The largest number of predictions for an explanation; three fifths of it if orders are sampled."""
_FEWEST_PAIRS, _MOST_PAIRS = 12, 500


@dataclass(frozen=True, eq=False)
class Contributions:
    """The contribution of each column to the predictions; contributions sum to the prediction minus the base.

    Attributes
    ----------
    names : tuple of str
        The columns.
    outputs : tuple of str
        The classes, or the target.
    scale : str
    base : array of float64, shape (outputs,)
        The mean prediction over the background rows.
    answers : array of float64, shape (rows, outputs)
    values : array of float64, shape (rows, columns, outputs)
    errors : array of float64, shape (rows, columns, outputs)
        Standard errors of the sampling, or 0 if the values are exact.
    method : str
        The method of computation, in words.
    n_background : int
    """

    names: tuple[str, ...]
    outputs: tuple[str, ...]
    scale: str
    base: Floats
    answers: Floats
    values: Floats
    errors: Floats
    method: str
    n_background: int

    @property
    def gap(self) -> float:
        """The largest difference between a prediction and the base plus its contributions; 0 except for rounding."""
        return float(np.abs(self.base + self.values.sum(axis=1) - self.answers).max(initial=0.0))


def contributions(
    model: Any, X: Any, *, background: Any = None, scale: str | None = None, method: str = "auto",
    pairs: int | None = None, seed: int = 0, horizon: float | None = None,
) -> Contributions:  # fmt: skip
    """Shapley values of the table's columns, for every row of a table.

    The contributions explain how a row's prediction differs from the mean prediction over the background rows. A
    category, or a number that an embedding turns into many inputs, counts as one column.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    X : Table, data frame, array, dict of columns, or path
        The rows to explain; no target is needed.
    background : Table, data frame, array, dict of columns, or path, optional
        The rows to compare with, such as the training rows; the rows of `X` by default. If there are more than 1000,
        1000 are sampled, or as few as 100 if there are many sets of columns to evaluate exactly.
    scale : {"probability", "log_odds", "amount", "survival"}, optional
        Probabilities by default for classes.
    method : {"auto", "exact", "sampled"}
        All sets of columns, or orders sampled at random; by default exact where that is cheap. For a network without
        hidden layers, on the scale on which it is a weighted sum, contributions are coefficients times differences.
    pairs : int, optional
        The number of sampled orders, each used forward and backward; by default more if there are few rows.
    seed : int
    horizon : float, optional
        For times to an event: explain the event-free probability at this time instead of the risk.

    Returns
    -------
    Contributions

    Raises
    ------
    ConfigurationError
        When there are more than 14 columns and ``method="exact"``.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_iris(as_frame=True).frame
    >>> model = GlassClassifier().fit(frame, target="target")
    >>> result = contributions(model, frame.head(2), background=frame)
    >>> result.values.shape, result.gap < 1e-6
    ((2, 4, 3), True)
    """
    if method not in METHODS:
        raise ConfigurationError(f"method={method!r} must be one of {', '.join(METHODS)}.")
    if pairs is not None:
        check_count("contributions", "pairs", pairs)
        if pairs < 3:
            raise ConfigurationError(f"pairs={pairs} does not give an error estimate. Give 3 or more.")
    seed, question = check_seed(seed), Question.of(model, scale, horizon)
    rows = question.matrix(X)
    table = rows if background is None else question.matrix(background)
    return contributions_of(question, rows, table, method=method, pairs=pairs, seed=seed)


def contributions_of(
    question: Question, rows: Any, table: Any, *, method: str = "auto", pairs: int | None = None, seed: int = 0,
    most_answers: int = MOST_ANSWERS,
) -> Contributions:  # fmt: skip
    """The same for encoded rows; fewer predictions make it faster and less precise."""
    p, of_input = len(question.columns), question.column_of_input
    affordable = most_answers // max(1, len(rows) * 2 ** min(p, MOST_EXACT_COLUMNS))
    few = table[background_rows(len(table), min(max(affordable, FEWEST_EXACT), MOST_BACKGROUND), seed)]
    if method == "exact" and p > MOST_EXACT_COLUMNS:
        raise ConfigurationError(
            f"The model has {p} columns, and their {2**p:,} sets are too many; the limit is {MOST_EXACT_COLUMNS} "
            "columns. Use method='sampled', which reports its standard error."
        )
    cheap = p <= MOST_EXACT_COLUMNS and len(rows) * 2**p * len(few) <= most_answers
    if question.coefficients is not None and method == "auto":
        against, how = table, "coefficients times differences from the mean, since the model is a weighted sum"
        shapley = linear_values(rows, table, question.coefficients, of_input)
    elif method == "exact" or (method == "auto" and cheap):
        against, how = few, f"evaluating all {2**p:,} sets of columns"
        shapley = exact_values(question.answer, rows, few, of_input)
    else:
        against = table[background_rows(len(table), MOST_BACKGROUND, seed)]
        walks = 3 * most_answers // max(1, 10 * len(rows) * p)
        wanted = min(max(walks, _FEWEST_PAIRS), _MOST_PAIRS) if pairs is None else pairs
        if pairs is None and wanted > len(against):
            wanted -= wanted % len(against)  # use all background rows equally often
        sampling = draw_sampling(p, len(against), wanted, seed)
        shapley = sampled_values(question.answer, rows, against, of_input, sampling)
        how = f"sampling {2 * wanted:,} orders"
    base = question.answer(against).mean(axis=0)
    return Contributions(
        question.names, question.outputs, question.scale, base, question.answer(rows), shapley.values, shapley.errors,
        how, len(against),
    )  # fmt: skip
