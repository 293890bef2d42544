"""`GlassRegressor`: numbers from a raw table."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import RegressorMixin

from glassnet.estimators.table_estimator import TableEstimator
from glassnet.formulas import Loss, losses


class GlassRegressor(RegressorMixin, TableEstimator):
    """Predicts a number from a raw table: numbers, categories, yes/no columns, dates, missing cells, any scale.

    As `GlassClassifier`, with the squared error. The target is standardised for the training with the centre and
    scale that the schema keeps, so the loss is the share of the target's variance that is not explained; predictions
    are in the target's own unit.

    Parameters
    ----------
    hidden_layer_sizes, activation, recipe, optimizer, learning_rate, schedule, epochs, batch_size, l1, l2
        As for `GlassClassifier`.
    validation_fraction, patience, random_state, n_jobs
        As for `GlassClassifier`.

    Attributes
    ----------
    schema_ : Schema
        How each column was understood.
    network_ : glassnet.Network
        The trained network in readable NumPy; it predicts the standardised target.
    history_ : History
    recipe_ : Recipe
        The settings of the training, with everything automatic decided.
    n_rows_without_target_ : int
        Rows that were left out.
    weights_, biases_ : list of array

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> frame = load_diabetes(as_frame=True).frame
    >>> model = GlassRegressor().fit(frame, target="target")
    >>> model.score(frame) > 0.4
    True
    """

    task = "regression"

    def _chosen_loss(self) -> Loss:
        return losses["squared_error"]

    def _targets(self, y: np.ndarray) -> np.ndarray:
        column = self.schema_.target_column
        return ((y - column.centre) / column.scale).reshape(-1, 1)

    def _target_names(self) -> list[str]:
        return [f"{self.schema_.target} (standardised)"]

    def predict(self, table: Any) -> np.ndarray:
        """The predicted numbers in the target's unit, shape (n_rows,); the target may be missing."""
        raw = self._raw_prediction(table)[:, 0].astype(np.float64)
        column = self.schema_.target_column
        return raw * column.scale + column.centre

    def score(self, table: Any, y: Any = None) -> float:
        """R2, the share of the variance that is explained, over rows whose target is there."""
        from sklearn.metrics import r2_score

        table, numbers = self._known(table, y)
        return float(r2_score(numbers, self.predict(table)))
