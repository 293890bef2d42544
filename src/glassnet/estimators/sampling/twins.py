"""Columns that are copies of each other: the same values, in another unit or under other names."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from glassnet.estimators.sampling.copies import columns_of
from glassnet.estimators.sampling.giveaway import MOST_COLUMNS, MOST_ROWS, row_keys, some_rows
from glassnet.tables import Schema

_FEW_LEVELS = 12


def twins(schema: Schema, X: np.ndarray) -> list[tuple[str, str]]:
    """Pairs of columns that are copies of each other: the same values, renamed levels, or another unit.

    Numbers are compared by their correlation, levels by which rows share one: the numbers of copied rows, or of the
    visits of one patient, are in the same rows alike and yet no copies.

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
    some = some_rows((X, np.zeros(len(X))), MOST_ROWS)[0]
    first, numbers = dict[bytes, str](), dict[str, np.ndarray]()
    pairs = []
    for column, inputs in zip(schema.inputs[:MOST_COLUMNS], columns_of(schema), strict=False):
        own = some[:, inputs]
        order, codes = np.unique(row_keys(own), return_index=True, return_inverse=True)[1:]
        if own.shape[1] == 1 and len(order) > _FEW_LEVELS:
            numbers[column.name] = own[:, 0].astype(np.float64)
            continue
        if not 1 < len(order) <= len(some) / 2:
            continue
        number = np.argsort(np.argsort(order))  # number levels by their first row, whatever their names
        key = number[codes.ravel()].astype(np.int32).tobytes()
        pairs += [(first[key], column.name)] if key in first else []
        first.setdefault(key, column.name)
    if len(numbers) > 1:
        names, values = list(numbers), np.stack(list(numbers.values()))
        with np.errstate(invalid="ignore", divide="ignore"):
            same = np.abs(np.corrcoef(values)) > 1 - 1e-9
        pairs += [
            (names[i], names[int(j)]) for i in range(len(names)) for j in np.flatnonzero(same[i, i + 1 :]) + i + 1
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
