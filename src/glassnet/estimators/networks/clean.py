"""Clean inputs: the usual arrays and frames, for which scikit-learn's checks cannot fail, told apart from all others.

Those checks take a fraction of a millisecond, which is as long as a network of a few neurons trains. Whatever is not
plainly clean goes through them, so every error and warning is theirs.
"""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

_FEW = 4096
"""Entries up to which a product with itself is fastest; for more, BLAS may wake up threads, which takes longer."""


def all_finite(array: np.ndarray) -> bool:
    """Whether all entries are finite; sums that overflow count as not finite, and are left to the slow checks."""
    flat = array.ravel("K")
    if flat.size <= _FEW:
        return isfinite(np.vdot(flat, flat))
    with np.errstate(over="ignore", invalid="ignore"):
        return isfinite(flat.sum())


def clean_matrix(X: Any) -> np.ndarray | None:
    """X as the finite float matrix that scikit-learn's checks would return without a warning; otherwise None."""
    X = _as_array(X)
    if type(X) is not np.ndarray or X.ndim != 2 or 0 in X.shape:
        return None
    if X.dtype.kind in "iub":
        return X.astype(np.float64)
    return X if X.dtype in (np.float64, np.float32) and all_finite(X) else None


def clean_targets(y: Any, n_rows: int, *, numeric: bool) -> np.ndarray | None:
    """One label or number per row, as scikit-learn's checks would return it without a warning; otherwise None."""
    y = _as_array(y)
    if _is(y, "pandas", "Series") and isinstance(y.dtype, np.dtype):
        y = y.to_numpy()
    if type(y) is not np.ndarray or y.shape != (n_rows,):
        return None
    if y.dtype.kind == "f":
        return y if all_finite(y) else None
    return y if y.dtype.kind in ("iu" if numeric else "iubU") else None


def plain_frame(X: Any) -> tuple[np.ndarray, np.ndarray] | None:
    """The numbers and the column names of a pandas frame of NumPy floats; None for anything else."""
    if not _is(X, "pandas", "DataFrame"):
        return None
    numbers = X.to_numpy()
    if numbers.dtype not in (np.float64, np.float32) or not all_finite(numbers):
        return None
    if not all(dtype in (np.float64, np.float32) for dtype in X.dtypes):  # sparse columns, for example
        return None
    names = np.asarray(X.columns, dtype=object)
    if names.ndim != 1 or 0 in numbers.shape or not all(type(name) is str for name in names):
        return None
    return numbers, names


class SeenFrame:
    """The columns of a frame that passed the checks, which frames of the same columns need not pass again."""

    def __init__(self, frame: Any, names: np.ndarray) -> None:
        self._kind, self._columns, self._names = type(frame), frame.columns, names

    @classmethod
    def of(cls, X: Any, names: Any) -> SeenFrame | None:
        """Remember an X that was checked against the names of the inputs; None if it is not a data frame."""
        return cls(X, names) if _is(X, "pandas", "DataFrame") or _is(X, "polars", "DataFrame") else None

    def numbers(self, X: Any, names: Any) -> np.ndarray | None:
        """The numbers of a clean frame with exactly these columns, otherwise None."""
        if type(X) is not self._kind or names is not self._names:
            return None
        columns = X.columns
        if not (columns == self._columns if isinstance(columns, list) else columns.equals(self._columns)):
            return None
        return clean_matrix(X.to_numpy())


def _is(value: Any, library: str, name: str) -> bool:
    """Whether this is an object of an optional library."""
    kind = type(value)
    return kind.__name__ == name and kind.__module__.partition(".")[0] == library


def _as_array(values: Any) -> Any:
    """A list of numbers as an array; anything else unchanged."""
    if type(values) is not list:
        return values
    try:
        array = np.asarray(values)
    except (ValueError, OverflowError):  # ragged, for example; the slow checks report it
        return values
    return array if array.dtype.kind in "iubf" else values
