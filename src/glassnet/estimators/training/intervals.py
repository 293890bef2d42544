"""Conformal prediction intervals from left-out rows, whose coverage does not depend on a model.

For each calibration row ``i`` let ``m_i`` be the mean of the networks that left it out, and ``r_i = y_i - m_i(x_i)``
its residual, which is honest. For a new row ``x`` the values ``m_i(x) + r_i`` say where its target may lie, and the
interval runs from their ``(1 - coverage) / 2`` to their ``(1 + coverage) / 2`` quantile, counted as among one row more
than there are. With bootstraps this is the jackknife+ after bootstrap (Kim, Xu and Barber 2020) with signed residuals,
so that skewed errors give skewed intervals; with one network and rows set aside it is the split conformal interval
(Papadopoulos et al. 2002; Lei et al. 2018).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from glassnet.errors import ConfigurationError, DataError, ModelFileError

MOST_ROWS = 2000
_VALUES_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class Calibration:
    """Residuals of rows that networks left out.

    Attributes
    ----------
    residuals : array of float64, shape (rows,)
        Target less the mean prediction of the networks that left the row out.
    left_out : array of bool, shape (members, rows)
        Which networks left which row out; at least one for each row.
    """

    residuals: np.ndarray
    left_out: np.ndarray

    @classmethod
    def from_predictions(cls, targets: np.ndarray, predictions: np.ndarray, left_out: np.ndarray) -> Calibration:
        """Make it from targets (rows,) and predictions (members, rows), without the rows that all members saw."""
        known = left_out.any(axis=0)
        left_out, predictions = left_out[:, known], predictions[:, known]
        means = (left_out * predictions).sum(axis=0) / left_out.sum(axis=0)
        return cls(targets[known] - means, left_out)

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays as stored in a model file."""
        return {"interval_left_out": self.left_out.astype(np.float32), "interval_residuals": self.residuals}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], members: int) -> Calibration | None:
        """Make it from a model file: None if it has none, `ModelFileError` if they are inconsistent."""
        if not {"interval_left_out", "interval_residuals"} & set(arrays):
            return None
        left_out, residuals = (arrays.get(name, np.empty(0)) for name in ("interval_left_out", "interval_residuals"))
        marks = left_out.astype(bool)
        if residuals.ndim != 1 or left_out.shape != (members, len(residuals)) or not (marks == left_out).all():
            raise ModelFileError("The model file's rows for prediction intervals do not fit its networks.")
        if not marks.any(axis=0).all():
            raise ModelFileError("The model file has a row for prediction intervals that no network left out.")
        return cls(residuals.astype(np.float64), marks)

    def interval(self, predictions: np.ndarray, coverage: float) -> np.ndarray:
        """Lower and upper ends for new rows.

        Parameters
        ----------
        predictions : array of float, shape (members, n)
            Each network's predictions of the new rows.
        coverage : float
            Share of new targets that must lie inside, above 0 and below 1.

        Returns
        -------
        array of float64, shape (n, 2)

        Raises
        ------
        ConfigurationError
            When `coverage` is not between 0 and 1.
        DataError
            When there are too few calibration rows for this coverage.

        Examples
        --------
        >>> calibration = Calibration(np.arange(-9.5, 10), np.ones((1, 20), dtype=bool))
        >>> calibration.interval(np.array([[100.0]]), 0.9).tolist()
        [[90.5, 109.5]]
        """
        number = isinstance(coverage, (float, np.floating)) and math.isfinite(coverage)
        if not (number and 0.0 < coverage < 1.0):
            raise ConfigurationError(f"coverage={coverage!r} must be a number above 0 and below 1, such as 0.9.")
        rows = len(self.residuals)
        below = math.floor((1.0 - coverage) / 2.0 * (rows + 1) + 1e-9)
        if below < 1:
            raise DataError(
                f"An interval that covers {coverage:g} needs at least {math.ceil(2.0 / (1.0 - coverage) - 1e-9) - 1} "
                f"rows that a network left out, and there are {rows}. Ask for less coverage, or train on more rows."
            )
        shares = self.left_out / self.left_out.sum(axis=0)
        ends = np.empty((predictions.shape[1], 2))
        places = [below - 1, rows - below]
        for first in range(0, len(ends), block := max(1, _VALUES_AT_ONCE // rows)):
            some = slice(first, first + block)
            values = predictions[:, some].T.astype(np.float64) @ shares + self.residuals
            ends[some] = np.partition(values, places, axis=1)[:, places]
        return ends
