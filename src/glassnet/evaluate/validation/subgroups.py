"""`subgroups`: every measure for each level of a column, so that worse performance in a group does not go unnoticed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError, nearest
from glassnet.estimators.sampling.bootstrap import affordable_draws
from glassnet.estimators.sampling.copies import check_copies
from glassnet.evaluate.comparison.judge import COVERAGE, Judge, OutcomeMeasures
from glassnet.evaluate.metrics.cases import Cases, check_thresholds, check_weights
from glassnet.evaluate.validation.outcome_cases import cases_of, check_model, endpoint_of, with_own
from glassnet.formulas.randomness import check_seed
from glassnet.tables import Table
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import NUMERIC

FEW_ROWS, FEW_OUTCOMES = 50, 20
"""A group with fewer rows, or fewer rows with or without the outcome, is marked as small."""
MOST_LEVELS = 12
_PARTS = 3
MISSING = "(missing)"
_REST = "(all others)"


@dataclass(frozen=True, eq=False)
class Subgroup:
    """The rows of one level of a column.

    Attributes
    ----------
    column, level : str
    n_rows : int
    outcomes : tuple of OutcomeMeasures
        As in `Performance`, without curves.
    small : str
        Why the group is small; empty if it is large enough.
    """

    column: str
    level: str
    n_rows: int
    outcomes: tuple[OutcomeMeasures, ...]
    small: str

    def to_dict(self) -> dict[str, Any]:
        """Plain types."""
        return asdict(self)


def subgroups(
    model: Any, test: Any, columns: Sequence[str], y: Any = None, *, weights: Any = None, groups: Any = None,
    event: Any = None, thresholds: Sequence[float] = (), draws: int = 1000, coverage: float = 0.95, seed: int = 0,
    copies: str = "together", horizon: float | None = None,
) -> tuple[Subgroup, ...]:  # fmt: skip
    """Evaluate a trained model on the rows of each level of some columns.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    test : Table, data frame, array, dict of columns, or path
        New rows with the target, unless `y` is given. The columns need not be inputs of the model.
    columns : sequence of str
        Names of columns, or ``column=cuts``, such as ``age=40,65``, for numbers below 40, from 40 to below 65, and from
        65 on. Without cuts, numbers with many values are split at tertiles.
    y : array-like of shape (n_rows,), optional
    weights, groups : str or array-like, optional
    event : label, optional
        The class that is the event, if there are two; the second by default.
    thresholds : sequence of float
        Probabilities of the event at or above which rows are classified as positive.
    draws : int
    coverage : float
    seed : int
    copies : {"together", "apart"}
    horizon : float, optional
        For times to an event, as for `performance`.

    Returns
    -------
    tuple of Subgroup
        Groups by column and by level in order, with missing cells last.

    Raises
    ------
    ConfigurationError, DataError
        When a column does not exist, cuts are not increasing numbers, or the column with cuts is not a number.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_breast_cancer(as_frame=True).frame[["mean radius", "mean texture", "target"]]
    >>> model = GlassClassifier(recipe="lecture").fit(frame[::2], target="target")
    >>> for result in subgroups(model, frame[1::2], ["mean texture=17,21"], draws=200):
    ...     print(result.level, result.n_rows, result.outcomes[0]["AUC"].value > 0.8, result.small or "large enough")
    below 17 85 True 10 rows without the outcome
    17 to below 21 110 True large enough
    21 or more 89 True large enough
    """
    seed, coverage = check_seed(seed), COVERAGE.check(coverage, "subgroups")
    check_copies(copies, "subgroups")
    check_model(model)
    cuts = check_thresholds(thresholds)
    endpoint = endpoint_of(model, event, cuts, horizon)
    cuts = with_own(model, endpoint, cuts)
    known = model._target_rows(test, y, weights, groups)
    together = known.drawn_together(model.schema_, copies)
    own = check_weights(known.weights, len(known.truth))
    judge = Judge(own, together, affordable_draws(len(known.truth), draws), seed, coverage)
    several = cases_of(model, model._answer(known.rows), known.truth, endpoint)
    columns_known = {column.name: column for column in model.schema_.columns}
    result = []
    for wanted in columns:
        name, at = _requested_column(known.table, wanted)
        for level, rows in _levels(known.table, name, at, columns_known.get(name)):
            chosen = {outcome: cases.take(rows) for outcome, cases in several.items()}
            outcomes = judge.take(rows).outcomes(chosen, cuts, curves=False)
            result.append(Subgroup(name, level, len(rows), outcomes, _small(chosen)))
    return tuple(result)


def _small(several: dict[str, Cases]) -> str:
    """The reason why a group is small."""
    cases = next(iter(several.values()))
    if len(cases) < FEW_ROWS:
        return f"{len(cases)} rows"
    if cases.are_amounts:
        return ""
    fewest = []
    for outcome, own in several.items():
        named = "the outcome" if len(several) == 1 else outcome
        fewest += [(int(own.truth.sum()), f"with {named}"), (int((~own.truth).sum()), f"without {named}")]
    count, words = min(fewest, key=lambda pair: pair[0])
    return f"{count} rows {words}" if count < FEW_OUTCOMES else ""


def _requested_column(table: Table, wanted: str) -> tuple[str, tuple[float, ...]]:
    """The column and its cuts; the name of a column may contain an equals sign."""
    if wanted in table.names:
        return wanted, ()
    name, equals, text = wanted.rpartition("=")
    if not equals or name not in table.names:
        raise ConfigurationError(f"There is no column {wanted!r} for subgroups. {nearest(wanted, table.names)}")
    try:
        cuts = tuple(float(part) for part in text.split(","))
    except ValueError:
        cuts = ()
    if not cuts or not np.isfinite(cuts).all() or list(cuts) != sorted(set(cuts)):
        raise ConfigurationError(
            f"The cuts of {name!r} are {text!r}; they must be increasing numbers, such as {name}=40,65."
        )
    return name, cuts


def _levels(
    table: Table, name: str, cuts: tuple[float, ...], column: ColumnSchema | None
) -> Iterator[tuple[str, np.ndarray]]:
    """Each level of a column with its rows; columns of the schema are interpreted by it."""
    cells = table.column(name) if column is None else column.cells(table)
    missing = cells.missing
    counts = cells.level_counts()
    if cuts or len(counts) > MOST_LEVELS:
        values, bad = column.numbers(cells) if column is not None and column.kind in NUMERIC else cells.numbers()
        if not (bad & ~missing).any():
            yield from _of_numbers(values, missing, cuts)
            return
        if cuts:
            first = int(np.flatnonzero(bad & ~missing)[0])
            raise DataError(
                f"{table.origin}, {table.row_name(first)}: {table.row_text(first)[name]!r} in column {name!r} is not a "
                f"number, so cuts do not apply to it. Name the column alone: {name!r}."
            )
    levels = sorted(counts, key=lambda level: (-counts[level], level))[:MOST_LEVELS]
    levels = sorted(levels, key=_by_number)
    codes = cells.codes(levels)
    for code, level in enumerate(levels):
        yield str(level), np.flatnonzero((codes == code) & ~missing)
    rest = ~missing & ~np.isin(codes, np.arange(len(levels)))
    for label, rows in ((_REST, rest), (MISSING, missing)):
        if rows.any():
            yield label, np.flatnonzero(rows)


def _of_numbers(values: np.ndarray, missing: np.ndarray, cuts: tuple[float, ...]) -> Iterator[tuple[str, np.ndarray]]:
    """The parts of a number column between cuts, or its tertiles without cuts."""
    known = ~missing & np.isfinite(values)
    at = cuts or tuple(np.unique(np.quantile(values[known], np.arange(1, _PARTS) / _PARTS)).tolist())
    part = np.searchsorted(at, values, side="right")
    between = [f"{low:.6g} to below {high:.6g}" for low, high in pairwise(at)]
    names = [f"below {at[0]:.6g}", *between, f"{at[-1]:.6g} or more"]
    for k, label in enumerate(names):
        rows = np.flatnonzero(known & (part == k))
        if len(rows):
            yield label, rows
    if not known.all():
        yield MISSING, np.flatnonzero(~known)


def _by_number(level: str) -> tuple[int, float, str]:
    """Sort numbers by size, followed by texts."""
    try:
        return 0, float(level), level
    except ValueError:
        return 1, 0.0, level
