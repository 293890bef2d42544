"""Checks of arrays for the engine: shape, precision and values are checked here, once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.formulas import Loss

LARGEST_ROW_COUNT = 2**31 - 1


def as_matrix(name: str, value: Any, columns: int, dtype: str, rows: int | None = None) -> NDArray[Any]:
    """A contiguous finite matrix of the expected shape; a vector is one column."""
    array = np.asarray(value)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or array.shape[1] != columns:
        raise ShapeError(f"{name} has shape {np.shape(value)}; the plan needs (rows, {columns}).")
    if len(array) == 0 or len(array) > LARGEST_ROW_COUNT:
        raise ShapeError(f"{name} has {len(array)} rows; it needs 1 to {LARGEST_ROW_COUNT}.")
    if rows is not None and len(array) != rows:
        raise ShapeError(f"{name} has {len(array)} rows, but there are {rows} rows of inputs.")
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(array, dtype=dtype)
    check_finite(name, result)
    return result


def as_weights(name: str, value: Any, rows: int, dtype: str, members: int = 0) -> NDArray[Any] | None:
    """Row weights as a contiguous vector, or None; with `members`, possibly one vector for each."""
    if value is None:
        return None
    with np.errstate(over="ignore"):
        result = np.ascontiguousarray(value, dtype=dtype)
    if result.shape != (rows,) and not (members and result.shape == (members, rows)):
        also = f" or ({members}, {rows})" if members else ""
        raise ShapeError(f"{name} has shape {result.shape}; it needs one weight per row, shape ({rows},){also}.")
    check_finite(name, result)
    if (result < 0).any() and (result.sum(axis=-1) <= 0).any():
        raise ConfigurationError(
            f"{name} must not be negative in total; {name}{[int(i) for i in np.argwhere(result < 0)[0]]} is negative, "
            f"and the sum is {result.sum(axis=-1).min():g}."
        )
    check_total(name, value, result)
    return result


def readable_targets(name: str, value: Any, loss: Loss, outputs: int, dtype: str, rows: int) -> NDArray[Any]:
    """Targets of the shape that the loss expects, inside its domain."""
    if loss.batch is not None:
        value, dtype = loss.whole_targets(np.asarray(value, dtype=np.float64)), "float64"
    targets = as_matrix(name, value, loss.target_width(outputs), dtype, rows)
    loss.check_targets(targets, outputs)
    return targets


def engine_targets(targets: NDArray[Any], loss: Loss, dtype: str) -> NDArray[Any]:
    """Readable targets as the native module takes them; times to an event become ranks.

    Ranks of ranks would differ, so copies and workers start from readable targets, never from these.
    """
    return targets if loss.batch is None else np.ascontiguousarray(loss.batch.engine_targets(targets), dtype=dtype)


def check_total(name: str, given: Any, converted: NDArray[Any]) -> None:
    """Raise if the sum of row weights is too small to divide by in the given precision; all may be 0."""
    limits = np.finfo(converted.dtype)
    with np.errstate(over="ignore"):
        total = float(np.sum(given, dtype=np.float64))
    if total != 0 and not float(limits.tiny) <= total <= float(limits.max):
        raise DataError(
            f"{name} adds up to {total:.3g}; in {converted.dtype} the total must lie between {limits.tiny:.2g} and "
            f"{limits.max:.2g}. Multiply all of them by one number."
        )


def check_not_lost(name: str, given: NDArray[Any], converted: NDArray[Any]) -> None:
    """Raise if all nonzero numbers become 0 in the given precision."""
    if given.any() and not converted.any():
        raise DataError(
            f"All {name} are 0 in {converted.dtype}: the largest given is {np.abs(given).max():.3g}, and the smallest "
            f"number there is {np.finfo(converted.dtype).smallest_subnormal:.2g}. Scale them up, or use float64."
        )


def check_finite(name: str, array: NDArray[Any]) -> None:
    """Raise for the first entry that is not a finite number."""
    with np.errstate(invalid="ignore", over="ignore"):
        good = bool(np.isfinite(array.sum(dtype=array.dtype)))
    if not good and not np.isfinite(array).all():
        place = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise DataError(
            f"{name}{list(place)} is {array[place]}; the engine needs finite numbers in {array.dtype}. "
            "Fill or drop missing values, or scale the data."
        )
