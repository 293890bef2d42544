"""The row weights of a table: one of its columns, or one number per row."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError, SchemaError
from glassnet.tables import Table
from glassnet.tables.columns.kinds.kind import bad_cells

REASON = "it holds the weights of the rows"


def either_weights(sample_weight: Any, weights: Any) -> Any:
    """The weights under scikit-learn's name or under ours; giving both is an error."""
    if sample_weight is not None and weights is not None:
        raise ConfigurationError("sample_weight and weights are the same thing. Give one of them.")
    return weights if sample_weight is None else sample_weight


def read_weights(table: Table, weights: Any) -> np.ndarray | None:
    """The weight of each row, float64 of shape (n_rows,), from a column's name or one number per row; None for None.

    Raises
    ------
    SchemaError, DataError
        When there is no such column, or a weight is missing, negative, infinite or not a number.
    """
    if weights is None:
        return None
    if isinstance(weights, str):
        cells = table.column(weights)
        values, bad = cells.numbers()
        if (bad | cells.missing).any():
            raise SchemaError(
                f"{table.origin}: the weights in column {weights!r} must be numbers, but "
                f"{bad_cells(table, weights, bad | cells.missing)} are none. Give weight 0 to a row that must not "
                f"count."
            )
        what = f"column {weights!r}"
    else:
        try:
            values = np.asarray(weights, dtype=np.float64)
        except (TypeError, ValueError):
            raise DataError("weights must be numbers, one per row, or the name of a column.") from None
        if values.shape != (table.n_rows,):
            raise DataError(f"weights has shape {values.shape} for a table of {table.n_rows} rows. Give one per row.")
        what = "weights"
    wrong = np.flatnonzero(~((values >= 0) & np.isfinite(values)))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"{table.origin}, {table.row_name(row)}, {what}: {values[row]} is not a weight. Give finite numbers at "
            f"or above 0; 0 leaves a row out."
        )
    if not values.any():
        raise DataError(f"{table.origin}: every row has weight zero in {what}. Give at least one a weight above 0.")
    return values
