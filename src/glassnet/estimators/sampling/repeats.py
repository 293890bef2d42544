"""Columns whose values repeat like patient numbers: a split with one patient on both sides tests memorization."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

import numpy as np

from glassnet.tables import Table

_FEWEST_LEVELS = 8
_MOST_ROWS = 100_000
_FEWEST_REPEATED = 0.9
_EXACT = 2.0**53
"""Up to here every whole number is a float of its own."""
_TOLD = 0.6
"""The fraction of the error of guessing that rows with the same value must explain."""
_RUNS_PER_LEVEL = 1.5
"""The rows of a value that names something are one block each, or a few more if two things happen to share a value."""
_MOST_SORTED = 0.8
"""A table sorted by a column also has its values in blocks, so nearly sorted columns do not count."""


def repeats(table: Table, names: Sequence[str], target: np.ndarray) -> str:
    """A note on a column whose values repeat and predict the target like patient numbers, or empty.

    Its values also determine another column, or are in blocks of rows in a table that is not sorted by them.

    Parameters
    ----------
    table : Table
    names : sequence of str
        The columns to examine.
    target : array of shape (n_rows,)
        Class codes, or numbers.

    Returns
    -------
    str
        The note, with the option that keeps such rows together.

    Examples
    --------
    >>> patient = np.repeat(np.arange(20), 4)
    >>> table = Table.from_columns({"chart": patient, "age": 30 + patient % 7, "pulse": np.arange(80) * 7 % 50})
    >>> repeats(table, ["chart", "age", "pulse"], patient % 3 % 2)  # doctest: +ELLIPSIS
    "Rows with the same 'chart' share their 'age' and nearly always their target, like visits of one patient. ..."
    """
    pair = repeated(table, names, target)
    return "" if pair is None else repeats_text(*pair)


def repeated(table: Table, names: Sequence[str], target: np.ndarray) -> tuple[str, str | None] | None:
    """A column whose values repeat and predict the target, and another column that it determines.

    The second is None if no column is determined, but the values come in blocks of rows.

    Examples
    --------
    >>> patient = np.repeat(np.arange(20), 4)
    >>> table = Table.from_columns({"chart": patient, "age": 30 + patient % 7, "pulse": np.arange(80) * 7 % 50})
    >>> repeated(table, ["chart", "age", "pulse"], patient % 3 % 2)
    ('chart', 'age')
    """
    if table.n_rows > _MOST_ROWS:
        table, target = table.take(np.arange(_MOST_ROWS)), target[:_MOST_ROWS]
    codes = {name: _codes(table, name) for name in names}
    for name, mine in codes.items():
        if not _FEWEST_LEVELS <= mine.max() + 1 <= len(mine) / 2 or not _tells(mine, target):
            continue
        fixed = next((other for other in names if other != name and _fixes(mine, codes[other])), None)
        if fixed is not None or _in_blocks(mine):
            return name, fixed
    return None


def repeats_text(name: str, fixed: str | None, option: str = "") -> str:
    """A note on such a column, with the option that keeps its rows together."""
    option = option or f"groups={name!r}, --groups {shlex.quote(name)}"
    shared = "form blocks and nearly share" if fixed is None else f"share their {fixed!r} and nearly always"
    return (
        f"Rows with the same {name!r} {shared} their target, like visits of one patient. If they belong together, "
        f"keep them on one side of every split: {option}."
    )


def _codes(table: Table, name: str) -> np.ndarray:
    """A code for each distinct cell of a column; numbers are compared as such, which avoids formatting them as text."""
    cells = table.column(name)
    values, bad = cells.numbers()
    as_text = bool(bad.any() or (np.abs(values) >= _EXACT).any())
    keys: np.ndarray = cells.codes(cells.distinct(~cells.missing)) if as_text else values
    return np.unique(keys, return_inverse=True)[1].ravel().astype(np.int64)


def _fixes(codes: np.ndarray, other: np.ndarray) -> bool:
    """Whether another, non-constant column has a single value for each value of this one."""
    n_other = int(other.max()) + 1
    return bool(3 <= n_other <= codes.max() and len(np.unique(codes * n_other + other)) == codes.max() + 1)


def _in_blocks(codes: np.ndarray) -> bool:
    """Whether equal values stand next to each other although the table is not sorted by them."""
    steps = np.diff(codes)
    steps = steps[steps != 0]
    runs, levels = len(steps) + 1, int(codes.max()) + 1
    rising = float((steps > 0).mean()) if len(steps) else 1.0
    return runs <= min(_RUNS_PER_LEVEL * levels, len(codes) / 2) and 1 - _MOST_SORTED <= rising <= _MOST_SORTED


def _tells(codes: np.ndarray, target: np.ndarray) -> bool:
    """Whether the other rows with the same value predict a row's target far better than guessing."""
    counts = np.bincount(codes)
    others = np.maximum(counts[codes] - 1, 1)
    repeated = counts[codes] > 1
    if repeated.mean() < _FEWEST_REPEATED:
        return False
    if np.issubdtype(target.dtype, np.integer):
        agree = np.zeros(len(target))
        for label in np.unique(target):
            mine = target == label
            agree[mine] = ((np.bincount(codes, weights=mine)[codes] - 1) / others)[mine]
        guess = np.bincount(target).max() / len(target)
        return bool(agree[repeated].mean() > guess + _TOLD * (1 - guess))
    mean = (np.bincount(codes, weights=target)[codes] - target) / others
    return float(((target - mean)[repeated] ** 2).mean()) < (1 - _TOLD) * float(target.var())
