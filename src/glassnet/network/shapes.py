"""Checks of arrays that enter a network: shape, finiteness and row weights, each with the repair in its message."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from glassnet.errors import DataError, ShapeError
from glassnet.layers.arrays import Array

__all__ = ["Array", "as_inputs", "as_row_weights", "as_targets"]


def _as_matrix(values: Any, name: str, width: int, meaning: str) -> Array:
    """A float64 matrix with `width` columns; one dimension is read as one column when `width` is 1."""
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} cannot be read as numbers ({error}). Give rows of numbers of equal length.") from None
    if array.ndim == 1 and width == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != width:
        raise ShapeError(
            f"{name} has shape {array.shape}; the network has {width} {meaning}, so {name} must have shape "
            f"(rows, {width}). {_repair(array, name, width)}"
        )
    if len(array) == 0:
        raise ShapeError(f"{name} has no rows. Give at least one row.")
    bad = ~np.isfinite(array)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        raise DataError(
            f"{name}[{row}, {column}] is {array[row, column]}; a network computes with finite numbers only. "
            f"Fill or drop row {row} first."
        )
    return array


def _repair(array: Array, name: str, width: int) -> str:
    """How to bring an array of the wrong shape into the right one."""
    if array.ndim == 1 and array.shape[0] == width:
        return f"If this is one row, write [{name}]."
    if array.ndim == 2 and array.shape[0] == width:
        return f"If the rows are in the columns, write {name}.T."
    return "Give one row per case and one column per input." if name == "X" else "Give one row per case."


def as_inputs(X: ArrayLike, n_in: int) -> Array:
    """Inputs as a finite float64 matrix of shape (n, n_in)."""
    return _as_matrix(X, "X", n_in, "inputs" if n_in > 1 else "input")


def as_targets(y: ArrayLike, n_rows: int, width: int, meaning: str) -> Array:
    """Targets as a finite float64 matrix of shape (n_rows, width)."""
    array = _as_matrix(y, "y", width, meaning)
    if len(array) != n_rows:
        raise ShapeError(f"X has {n_rows} rows and y has {len(array)}. Give one target per row.")
    return array


def as_row_weights(sample_weight: ArrayLike | None, n_rows: int) -> Array:
    """Row weights of shape (n_rows,): finite, none negative, not all zero; ones for None."""
    if sample_weight is None:
        return np.ones(n_rows)
    try:
        weight = np.asarray(sample_weight, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"sample_weight cannot be read as numbers ({error}). Give one number per row.") from None
    if weight.shape != (n_rows,):
        raise ShapeError(f"sample_weight has shape {weight.shape}; X has {n_rows} rows. Give one weight per row.")
    bad = ~np.isfinite(weight) | (weight < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(f"sample_weight[{row}] is {weight[row]}; row weights are finite and not negative.")
    if not weight.any():
        raise DataError("All row weights are 0, so there is nothing to learn from. Give at least one row a weight.")
    return weight
