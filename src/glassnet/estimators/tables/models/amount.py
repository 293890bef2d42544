"""`AmountModel`: a trained model of amounts that answers."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.estimators.tables.models.model import TableModel


class AmountModel(TableModel):
    """Answers of a trained model about the amounts of rows."""

    task = "regression"

    def predict(self, X: Any) -> np.ndarray:
        """The predicted numbers in the target's unit, shape (n_rows,); the target may be missing."""
        return self._prediction_of(self._raw_prediction(X))

    def predict_interval(self, X: Any, coverage: float = 0.9) -> np.ndarray:
        """Prediction intervals, in the target's unit, that hold the target of a proportion `coverage` of rows.

        Conformal: it rests on rows that a network did not train on, not on the shape of the errors, and the share
        holds on average over tables and new rows of the same kind. One network calibrates with the rows that chose
        its epoch (split conformal), several with what each of them left out (jackknife+ after bootstrap). Where
        errors are larger for some kinds of rows, the share is met over all rows, not within each kind.

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a CSV file
            The target may be missing.
        coverage : float

        Returns
        -------
        array of float64, shape (n_rows, 2)
            Lower and upper ends.

        Raises
        ------
        ConfigurationError, DataError
            `coverage` is not a share; the training table had too few rows (90 % needs 19 rows that a network left out).

        Examples
        --------
        >>> from sklearn.datasets import load_diabetes
        >>> from glassnet import GlassRegressor
        >>> frame = load_diabetes(as_frame=True).frame
        >>> model = GlassRegressor(n_networks=10).fit(frame[::2], target="target")
        >>> ends = model.predict_interval(frame[1::2])
        >>> inside = (ends[:, 0] <= frame["target"][1::2]) & (frame["target"][1::2] <= ends[:, 1])
        >>> bool(0.85 < inside.mean() < 0.97)
        True
        """
        inputs = self._matrix_of(X)
        if self._calibration is None:
            raise DataError(
                "This model has no rows for prediction intervals: the table was too small or validation_fraction was "
                "0, or it was saved by a version without intervals. Train it with n_networks=10, or on 100 rows or "
                "more."
            )
        ends: np.ndarray = self._calibration.interval(self._answers(self._raw_of_each(inputs)), coverage)
        return ends

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, *, weights: Any = None) -> float:
        """R2, the proportion of variance explained, over rows whose target is present.

        `sample_weight` or `weights` say how much each row counts: one number per row, or the name of a column.
        """
        return self._score(X, y, sample_weight, weights)

    def _score_of(self, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> float:
        from sklearn.metrics import r2_score

        return float(r2_score(truth, predicted, sample_weight=weights))
