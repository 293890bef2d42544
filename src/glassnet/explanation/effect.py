"""`effect`: the prediction as a function of one column: individual curves, partial dependence and local effects."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.kinship import ordered
from glassnet.explanation.question import Floats, Question, background_rows
from glassnet.formulas.randomness import check_seed

POINTS, MOST_ROWS, BINS = 31, 200, 20


@dataclass(frozen=True, eq=False)
class Effect:
    """The prediction as a function of one column.

    Attributes
    ----------
    column : str
    outputs : tuple of str
    texts : tuple of str
        The evaluated values, in the notation of the table.
    at : array of float64, shape (values,), or None
        The values of a number column; dates are in days.
    each : array of float64, shape (rows, values, outputs)
        The prediction for each row with each value (individual conditional expectation, Goldstein et al. 2015).
    mean : array of float64, shape (values, outputs)
        Their mean over the rows (partial dependence, Friedman 2001). If columns are correlated, it includes
        combinations that cannot exist.
    edges : array of float64, shape (bins + 1,), or None
        For a number column: edges of bins with about equally many rows.
    local : array of float64, shape (bins + 1, outputs) or (values, outputs), or None
        Accumulated local effects at the edges, with mean 0 (Apley and Zhu 2020): small steps of existing rows. For a
        category, effects at its values: steps between levels whose rows are similar in all other columns; NaN for
        levels without rows.
    counts : array of float64, shape (bins,) or (values,)
        The number of rows in each bin, or with each value.
    """

    column: str
    outputs: tuple[str, ...]
    texts: tuple[str, ...]
    at: Floats | None
    each: Floats
    mean: Floats
    edges: Floats | None
    local: Floats | None
    counts: Floats


def effect(
    model: Any, X: Any, column: str, *, scale: str | None = None, rows: int = MOST_ROWS, seed: int = 0,
    horizon: float | None = None,
) -> Effect:  # fmt: skip
    """Partial dependence, the curve of each row, and accumulated local effects of one column.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    X : Table, data frame, array, dict of columns, or path
        Rows such as the training rows; no target is needed.
    column : str
    scale : {"probability", "log_odds", "amount", "survival"}, optional
    rows : int
        The number of rows with individual curves; local effects use all rows.
    seed : int
    horizon : float, optional
        For times to an event: explain the event-free probability at this time instead of the risk.

    Returns
    -------
    Effect

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from glassnet.estimators import GlassRegressor
    >>> frame = load_diabetes(as_frame=True).frame
    >>> found = effect(GlassRegressor().fit(frame, target="target"), frame, "bmi")
    >>> bool(found.mean[-1, 0] > found.mean[0, 0]), found.each.shape[0]
    (True, 200)
    """
    question = Question.of(model, scale, horizon)
    return effect_of(EncodedRows(question, question.table(X)), question.column(column), rows, check_seed(seed))


def effect_of(background: EncodedRows, column: int, rows: int = MOST_ROWS, seed: int = 0) -> Effect:
    """The same for encoded rows."""
    question = background.question
    values = background.some_values(column, POINTS)
    if not values:
        name, image = question.names[column], question.model.schema_.image_column
        raise ConfigurationError(
            f"Column {name!r} holds images, which have no order. Use `occlusion` to find the parts of an image that "
            "affect a prediction."
            if image is not None and image.name == name
            else f"Column {name!r} has no values in these rows. Give rows in which it has values."
        )
    chosen = background.matrix[background_rows(len(background.matrix), rows, seed)]
    answers = question.answer(background.with_values(chosen, column, background.inputs(column, values)))
    each = answers.reshape(len(chosen), len(values), -1)
    number = background.is_number(column)
    edges, local, counts = _local(background, column) if number else _local_of_levels(background, column, values)
    return Effect(
        question.names[column], question.outputs, tuple(background.written(column, value) for value in values),
        np.array(values) if number else None, each, each.mean(axis=0), edges, local, counts,
    )  # fmt: skip


def _local(background: EncodedRows, column: int) -> tuple[Floats | None, Floats | None, Floats]:
    """Edges, accumulated local effects at them, and the rows in each bin."""
    numbers = background.numbers(column)
    present = np.flatnonzero(np.isfinite(numbers))
    edges = np.array(background.some_values(column, BINS + 1))
    if len(edges) < 2:
        return None, None, np.array([float(len(present))])
    bins = np.clip(np.searchsorted(edges, numbers[present], side="left") - 1, 0, len(edges) - 2)
    inputs, part = background.inputs(column, edges.tolist()), background.question.slices[column]
    lower, upper = background.matrix[present].copy(), background.matrix[present].copy()
    lower[:, part], upper[:, part] = inputs[bins], inputs[bins + 1]
    moved = background.question.answer(upper) - background.question.answer(lower)
    counts = np.bincount(bins, minlength=len(edges) - 1).astype(np.float64)
    sums = np.stack([np.bincount(bins, moved[:, k], len(edges) - 1) for k in range(moved.shape[1])], axis=1)
    steps = sums / np.maximum(counts, 1)[:, None]
    reached = np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])
    middle = (reached[:-1] + reached[1:]) / 2
    return edges, reached - (counts[:, None] * middle).sum(axis=0) / counts.sum(), counts


def _local_of_levels(background: EncodedRows, column: int, levels: list[str]) -> tuple[None, Floats | None, Floats]:
    """Accumulated local effects of each level, and the number of its rows."""
    question = background.question
    codes = question.columns[column].cells(background.table).codes(levels)
    counts = np.bincount(codes[codes >= 0], minlength=len(levels)).astype(np.float64)
    part = question.slices[column]
    others = np.delete(background.matrix, np.arange(background.matrix.shape[1])[part], axis=1)
    order = ordered(codes, len(levels), others)
    if len(order) < 2:
        return None, None, counts
    inputs = background.inputs(column, levels)
    reached = np.full((len(levels), len(question.outputs)), np.nan)
    reached[order[0]] = 0.0
    for one, other in pairwise(order):
        either = np.flatnonzero((codes == one) | (codes == other))
        before, after = background.matrix[either].copy(), background.matrix[either].copy()
        before[:, part], after[:, part] = inputs[one], inputs[other]
        reached[other] = reached[one] + (question.answer(after) - question.answer(before)).mean(axis=0)
    center = (counts[order, None] * reached[order]).sum(axis=0) / counts[order].sum()
    return None, reached - center, counts
