"""`Scored`: how a table estimator is held against the truth."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, NamedTuple

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.networks.parameters import check_count
from glassnet.estimators.sampling.bootstrap import ScoreInterval, bootstrap_score
from glassnet.estimators.sampling.copies import find_copies
from glassnet.estimators.sampling.row_groups import Groups, read_groups
from glassnet.estimators.sampling.row_weights import either_weights, read_weights
from glassnet.estimators.tables.classes.labels import read_labels
from glassnet.estimators.tables.input import as_table, column_of, matched_columns, with_several, with_targets
from glassnet.tables import Schema, Table
from glassnet.tables.columns.level import match_levels
from glassnet.tables.encoded_table import EncodedTable


class TargetRows(NamedTuple):
    """Rows with a target: it as codes or numbers, how much each row counts, and which rows belong together."""

    rows: EncodedTable
    truth: np.ndarray
    weights: np.ndarray | None
    groups: Groups | None

    @property
    def table(self) -> Table:
        """The rows as they were given."""
        return self.rows.table

    def take(self, rows: np.ndarray) -> TargetRows:
        """Some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        groups = None if self.groups is None else self.groups.take(rows)
        return TargetRows(self.rows.take(rows), self.truth[rows], weights, groups)

    def drawn_together(self, schema: Schema, copies: str) -> Groups | None:
        """The groups that bootstraps draw whole; with ``copies="together"`` copies of a row are in one of them."""
        if copies != "together":
            return self.groups
        return find_copies(self.rows.values(schema)).kept_together(self.groups)


class Scored:
    """A table estimator's scores; it says what it compares with the truth, and how."""

    schema_: Schema
    _beside_y: bool

    @abstractmethod
    def _check_fitted(self) -> None:
        """Refuse to answer before there is a network."""

    def score_interval(
        self, X: Any, y: Any = None, *, weights: Any = None, groups: Any = None, coverage: float = 0.95,
        draws: int = 1000, seed: int = 0,
    ) -> ScoreInterval:  # fmt: skip
        """The score, and how far it may be from that on other rows of the same kind (bootstrap over rows).

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a CSV file
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
        known = self._target_rows(X, y, weights, groups, as_said=True)
        self._check_scorable(known.truth)
        return bootstrap_score(
            self._score_of, known.truth, self._scored(known.rows), coverage, draws, seed, known.weights, known.groups,
            is_share=self.schema_.outcome.score_is_share,
        )  # fmt: skip

    def _score(self, X: Any, y: Any, sample_weight: Any, weights: Any) -> float:
        """The score of what is said of rows whose target is there."""
        known = self._target_rows(X, y, either_weights(sample_weight, weights), as_said=True)
        self._check_scorable(known.truth)
        return self._score_of(known.truth, self._scored(known.rows), known.weights)

    def _check_scorable(self, _truth: np.ndarray) -> None:
        """Refuse rows for which the score is not defined."""

    @abstractmethod
    def _scored(self, rows: EncodedTable) -> np.ndarray:
        """The predictions that `score` compares with the truth: class codes, or numbers."""

    @abstractmethod
    def _score_of(self, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> float:
        """The score of what was said, rows weighed."""

    def _with_y(self, X: Any, y: Any) -> Table:
        """A table that holds its target, or gets it from `y`."""
        table = self._read(X)
        return table if y is None else self._beside(table, y)

    def _one_with_y(self, X: Any, row: int, y: Any) -> Table:
        """One row with its target; those of other rows may be missing."""
        table, values = self._read(X), np.asarray(y)
        table.row_text(row)  # refuses a row that does not exist
        if len(np.atleast_1d(values)) != table.n_rows:
            raise DataError(f"y has shape {values.shape} for a table of {table.n_rows} rows. Give one target per row.")
        return self._beside(table.take([row]), values[[row]])

    def _beside(self, table: Table, y: Any) -> Table:
        """A table with targets that came beside it."""
        outcome = self.schema_.outcome
        if outcome.target_columns > 1:
            return with_several(table, y, self.schema_.targets, outcome.target_columns)[0]
        values = column_of(y)
        labels = read_labels(values, type(self).__name__) if self.schema_.classes else None
        return with_targets(table, values, str(self.schema_.target), labels=labels)

    def _rows(self, X: Any) -> EncodedTable:
        """Whatever a user has as a table, whose rows are encoded once."""
        table = self._read(X)
        return X if isinstance(X, EncodedTable) and X.table is table else EncodedTable(table)

    def _read(self, X: Any) -> Table:
        """Whatever a user has as a table, read as the schema says, its columns under the names of training."""
        X = X.table if isinstance(X, EncodedTable) else X
        table = as_table(X, nulls=self.schema_.null_strings, schema=self.schema_)
        owner, named = type(self).__name__, hasattr(self, "feature_names_in_")
        return matched_columns(X, table, self.schema_, owner, named=named, beside_y=self._beside_y)

    def _target_rows(
        self, X: Any, y: Any, weights: Any = None, groups: Any = None, *, as_said: bool = False
    ) -> TargetRows:
        """The rows whose target is there, and what is known of them.

        With `as_said`, labels of a `y` that training has not seen have the code -2, which no answer has, in place of
        an error.
        """
        self._check_fitted()
        rows = self._rows(X) if y is None else EncodedTable(self._with_y(X, y))
        table = rows.table
        row_weights, together = read_weights(table, weights), read_groups(table, groups)
        present = self.schema_.rows_with_target(table)
        if row_weights is not None:
            present = present[row_weights[present] > 0]
            row_weights = row_weights[present]
        rows = rows.take(present) if len(present) < rows.n_rows else rows
        table = rows.table
        if not table.n_rows:
            raise DataError(
                f"{table.origin} has no row with a value in {self.schema_.target!r}, so there is nothing to score."
            )
        together = None if together is None else together.take(present)
        if as_said and y is not None and self.schema_.classes:
            truth = match_levels(table.column(self.schema_.target_column.name), self.schema_.classes)
        else:
            truth = self.schema_.encode_target(table)
        return TargetRows(rows, truth, row_weights, together)
