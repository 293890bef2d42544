"""Which dates become a season as well: those that cover two years and whose time of year the outcome follows.

"Follows" is an F-test on the training rows: a sine and a cosine of the time of year must explain more of the outcome
than chance would in one of a hundred tables, beyond a bent trend over the days. A declaration (``date:season``,
``date:no-season``) decides without a test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.scales.season import YEAR, season
from glassnet.tables.notation.date_notation import SEASON, SEASONS
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.tables.schema import Schema

FEWEST_YEARS = 2
"""In fewer, a season cannot be told from a trend."""
CHANCE = 0.01
_FREE = 5
"""Numbers that the test fits: the average, the trend and its bend, the sine and the cosine."""


def with_seasons(schema: Schema, table: Table, weights: np.ndarray | None = None) -> Schema:
    """The schema whose date columns have a season where that is declared, or helps in the rows of the table."""
    seasonal = {
        column.name: _decide(schema, table, weights, column) for column in schema.inputs if column.kind == "date"
    }
    if not seasonal:
        return schema
    columns = tuple(replace(column, seasonal=seasonal.get(column.name, False)) for column in schema.columns)
    return replace(schema, columns=columns)


def _decide(schema: Schema, table: Table, weights: np.ndarray | None, column: ColumnSchema) -> bool:
    """Whether a date column has a season."""
    declared = set(column.manner.traits) & set(SEASONS)
    if declared or schema.task is None or column.maximum - column.minimum < FEWEST_YEARS * YEAR:
        return SEASON in declared
    needed = table.select([column.name, *(target.name for target in schema.outcome.columns)])
    days = column.numbers(needed.column(column.name))[0]
    rows = np.intersect1d(schema.rows_with_target(needed), np.flatnonzero(~np.isnan(days)))
    truth = schema.encode_target(needed.take(rows))
    each = np.ones(len(rows)) if weights is None else weights[rows]
    return chance_of_season(days[rows], schema.outcome.deviations(truth, each), each) < CHANCE


def chance_of_season(days: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> float:
    """The p value of the season of days in an outcome of one or more columns, adjusted for their number.

    Examples
    --------
    >>> days = np.arange(0.0, 1000.0, 5.0)
    >>> steady, seasonal = days[:, None] / 100, np.cos(2 * np.pi * days[:, None] / 365.2425)
    >>> bool(chance_of_season(days, steady, np.ones(200)) > 0.1)
    True
    >>> bool(chance_of_season(days, steady + seasonal, np.ones(200)) < 1e-6)
    True
    """
    free = float(weights.sum()) - _FREE
    if free < 1:
        return 1.0
    at = (days - days.min()) / max(1.0, float(np.ptp(days)))
    around = season(days, 0.0)
    basis = _orthogonal([np.ones_like(at), at, at * at, around[:, 0], around[:, 1]], weights)
    smallest = 1.0
    for values in outcome.T:
        left = values - sum(one * (weights * one * values).sum() for one in basis[:3])
        before = float((weights * left * left).sum())
        if before <= 1e-12 * float((weights * values * values).sum()):  # nothing is left to explain
            continue
        left = left - sum(one * (weights * one * left).sum() for one in basis[3:])
        share = float((weights * left * left).sum()) / before
        smallest = min(smallest, share ** (free / 2))  # the F distribution with two degrees of freedom
    return float(min(1.0, smallest * outcome.shape[1]))


def _orthogonal(columns: list[np.ndarray], weights: np.ndarray) -> list[np.ndarray]:
    """The columns made orthogonal and of length 1, one after the other; 0 where nothing is left of one."""
    basis = list[np.ndarray]()
    for column in columns:
        left = column
        for _ in range(2):  # the second time for what rounding leaves
            left = left - sum((one * (weights * one * left).sum() for one in basis), np.zeros_like(left))
        length = float(np.sqrt((weights * left * left).sum()))
        size = float(np.sqrt((weights * column * column).sum()))
        basis.append(left / length if length > 1e-9 * size else np.zeros_like(left))
    return basis
