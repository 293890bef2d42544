"""`Scored`: how a table estimator is held against the truth."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.bootstrap import ScoreInterval, bootstrap_score
from glassnet.estimators.parameters import check_count
from glassnet.estimators.row_groups import Groups, read_groups
from glassnet.estimators.row_weights import read_weights
from glassnet.estimators.table_input import as_table, check_width, with_targets
from glassnet.tables import Schema, Table


class Known(NamedTuple):
    """Rows with a target: it as codes or numbers, how much each row counts, and which rows belong together."""

    table: Table
    truth: np.ndarray
    weights: np.ndarray | None
    groups: Groups | None


class Scored:
    """A table estimator's scores; it says what it compares with the truth, and how."""

    schema_: Schema
    n_features_in_: int

    @abstractmethod
    def _check_fitted(self) -> None:
        """Refuse to answer before there is a network."""

    def score_interval(
        self, table: Any, y: Any = None, *, weights: Any = None, groups: Any = None, coverage: float = 0.95,
        draws: int = 1000, seed: int = 0,
    ) -> ScoreInterval:  # fmt: skip
        """The score, and how far it may be from that on other rows of the same kind (bootstrap over rows).

        Parameters
        ----------
        table : Table, data frame, array, dict of columns, or path of a CSV file
            Rows that the training did not see; those without a target are left out.
        y : array-like of shape (n_rows,), optional
        weights : str or array-like of shape (n_rows,), optional
            How much each row counts; a column's name, or one number per row.
        groups : str or array-like of shape (n_rows,), optional
            Which rows belong together; a column's name, or one label per row. Groups are then drawn, not rows.
        coverage : float
        draws : int
            Bootstraps; fewer for very long tables.
        seed : int

        Returns
        -------
        ScoreInterval
            A tuple of `score`, `low`, `high`.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from glassnet import GlassClassifier
        >>> frame = load_iris(as_frame=True).frame
        >>> model = GlassClassifier().fit(frame[::2], target="target")
        >>> score, low, high = model.score_interval(frame[1::2])
        >>> low < score < high <= 1
        True
        """
        if not (isinstance(coverage, float) and 0.0 < coverage < 1.0):
            raise ConfigurationError(f"coverage={coverage!r} must be a number above 0 and below 1, such as 0.95.")
        check_count("score_interval", "draws", draws)
        known = self._known(table, y, weights, groups)
        return bootstrap_score(
            self._score_of, known.truth, self._said(known.table), coverage, draws, seed, known.weights, known.groups
        )

    @abstractmethod
    def _said(self, table: Table) -> np.ndarray:
        """What `score` compares with the truth: class codes, or numbers."""

    @abstractmethod
    def _score_of(self, truth: np.ndarray, said: np.ndarray, weights: np.ndarray | None = None) -> float:
        """The score of what was said, rows weighed."""

    def _with_y(self, table: Any, y: Any) -> Table:
        """A table that holds its target, or gets it from `y`."""
        if y is None:
            return self._read(table)
        check_width(table, self.n_features_in_, type(self).__name__)
        return with_targets(self._read(table), y, self.schema_.target)

    def _read(self, table: Any) -> Table:
        """Whatever a user has as a table, read as the schema says."""
        return as_table(table, nulls=self.schema_.null_strings)

    def _known(self, table: Any, y: Any, weights: Any = None, groups: Any = None) -> Known:
        """The rows whose target is there, and what is known of them."""
        self._check_fitted()
        table = self._with_y(table, y)
        row_weights, together = read_weights(table, weights), read_groups(table, groups)
        present = self.schema_.rows_with_target(table)
        if row_weights is not None:
            present = present[row_weights[present] > 0]
            row_weights = row_weights[present]
        table = table.take(present) if len(present) < table.n_rows else table
        if not table.n_rows:
            raise DataError(f"{table.origin} has no row with a value in {self.schema_.target!r}, so nothing to score.")
        together = None if together is None else together.take(present)
        return Known(table, self.schema_.encode_target(table), row_weights, together)
