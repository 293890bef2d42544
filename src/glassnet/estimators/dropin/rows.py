"""The checked rows of a training, divided into training and validation rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse

from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.estimators.dropin.multilayer import MultilayerPerceptron


@dataclass(frozen=True)
class Rows:
    """Checked rows: inputs (n, n_features), targets (n, n_outputs), weights (n,) or None; one dtype."""

    X: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None

    @classmethod
    def of(cls, X: Any, targets: np.ndarray, weights: Any, dtype: np.dtype) -> Rows:
        """Checked rows, dense, in one precision; row weights stay in double precision."""
        if weights is not None and not weights.sum() > 0:
            raise ConfigurationError(
                f"The row weights sum to {weights.sum():g}; their sum must be positive. Give rows a positive "
                "sample_weight."
            )
        return cls(
            np.ascontiguousarray(X.toarray() if issparse(X) else X, dtype=dtype),
            np.ascontiguousarray(targets, dtype=dtype),
            None if weights is None else np.asarray(weights, dtype=np.float64),
        )

    def take(self, rows: np.ndarray) -> Rows:
        """Some of the rows."""
        return Rows(self.X[rows], self.targets[rows], None if self.weights is None else self.weights[rows])


def set_aside(estimator: MultilayerPerceptron, rows: Rows) -> tuple[Rows, Rows]:
    """Split into training and validation rows, stratified by class if there is one label per row."""
    from sklearn.base import is_classifier
    from sklearn.model_selection import train_test_split

    one_label = is_classifier(estimator) and (rows.targets.shape[1] == 1 or estimator.out_activation_ == "softmax")
    kept, aside = train_test_split(
        np.arange(len(rows.X)), test_size=estimator.validation_fraction, random_state=estimator._seed % 2**32,
        stratify=estimator._stratum(rows.targets) if one_label else None,
    )  # fmt: skip
    if len(aside) < 2:
        raise ConfigurationError(
            "The validation set is too small. Increase 'validation_fraction' or the size of your dataset."
        )
    return rows.take(kept), rows.take(aside)
