"""The base of `GlassClassifier` and `GlassRegressor`: a raw table in, a schema, a trained network, answers out."""

from __future__ import annotations

import os
import time
import warnings
from abc import ABC
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.networks.parameters import check_count
from glassnet.estimators.recipes.decision import read_recipe
from glassnet.estimators.recipes.embedding import check_embedding
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.estimators.sampling.copies import check_copies, find_copies
from glassnet.estimators.sampling.row_groups import Groups, fewer_folds, read_groups
from glassnet.estimators.sampling.row_weights import either_weights, read_weights
from glassnet.estimators.sampling.traps import warn_of_traps
from glassnet.estimators.tables.classes.threshold import Wish
from glassnet.estimators.tables.input import TrainingTable, names_of, training_table, without_roles
from glassnet.estimators.tables.models.model import TableModel
from glassnet.estimators.training.fitted_table import FittedTable
from glassnet.estimators.training.training import Watcher, train
from glassnet.files import fingerprint
from glassnet.formulas import Parameter
from glassnet.tables import Schema, Table
from glassnet.tables.encoded_table import EncodedTable

if TYPE_CHECKING:
    from glassnet.estimators.training.training import Roles


_TIME_BUDGET = Parameter("time_budget", 60.0, "seconds that the training may take", 0.0, open_low=True)


table_estimators: dict[str, type[TableEstimator]] = {}
"""Which table estimator serves which task."""


class TableEstimator(TableModel, BaseEstimator, ABC):
    """Base of the table estimators; use `GlassClassifier` or `GlassRegressor`."""

    _wish: Wish | None = None

    def fit(
        self,
        X: Any,
        y: Any = None,
        sample_weight: Any = None,
        *,
        target: str | Sequence[str] | None = None,
        schema: Schema | None = None,
        weights: Any = None,
        groups: Any = None,
        progress: Watcher | None = None,
        checkpoint: str | os.PathLike[str] | None = None,
        checkpoint_every: int = 10,
        memory_limit: float | str | None = None,
        copies: str = "together",
    ) -> Self:
        """Understand a table, and train a network on it.

        Parameters
        ----------
        X : Table, EncodedTable, data frame, array, dict of columns, or path of a file
            A table; or images, of which hand-crafted features are measured: a folder with a sub-folder per class, an
            archive of arrays, or an array of the shape (n, rows, columns) or (n, rows, columns, channels).
        y : array-like of shape (n_rows,), optional
            The targets, when they are not a column of the table. Class labels stay what they are: the texts "None" and
            "0" are labels like any other, and `classes_` has their type.
        sample_weight : array-like of shape (n_rows,), optional
            scikit-learn's word for `weights`.
        target : str or sequence of str, optional
            The column to predict; the columns, where an outcome has several.
        schema : Schema, optional
            A schema with a target that was inferred before (and perhaps edited); its constants are learned again from
            this table.
        weights : str or array-like of shape (n_rows,), optional
            How much each row counts: a column, which is then not an input, or one number per row. A row of weight 2
            counts like two rows in the constants of scaling, in the shares of categories, in the loss, and in the
            choice of the epoch; a row of weight 0 is left out. Rows are counted, not weighed, where kinds are judged,
            rows are split or drawn, and intervals are calibrated.
        groups : str or array-like of shape (n_rows,), optional
            Which rows belong together, such as the visits of one patient: a column, which is then not an input, or one
            label per row. They stay together where rows are set aside, divided into folds, or drawn.
        progress : callable, optional
            Called with a `Progress` several times a second. Ctrl-C during training keeps the best epoch so far.
        checkpoint : path, optional
            A file for the state of the training. If it exists, the training resumes from it: after a kill or
            Ctrl-C, the same call ends with the same bits as if nothing had happened. It stays when all is done.
        checkpoint_every : int
            Epochs between two checkpoints.
        memory_limit : float or str, optional
            How much memory a table in a Parquet file may take, in bytes or as "2 GB"; by default half of the free one.
            A larger one is read a column or a block of rows at a time, its matrix lies in a temporary file, and the
            network has the same bits.
        copies : {"together", "apart"}
            Rows that are alike in all inputs, more of them than the values of the columns explain, stay together as
            groups do: else networks would choose their epochs on rows that they have seen. `copies_` counts them.

        Returns
        -------
        self

        Raises
        ------
        SchemaError, DataError, ConfigurationError, TrainingDiverged
        """
        started = time.perf_counter()
        check_count(type(self).__name__, "checkpoint_every", checkpoint_every)
        if progress is not None and not callable(progress):
            raise ConfigurationError(
                f"progress={progress!r} must be a function, which is called with a Progress after each epoch or so. "
                "Leave it out for a progress bar, or give lambda _: None for none."
            )
        weights = either_weights(sample_weight, weights)
        task, owner = self.task, type(self).__name__
        rows, X = (X, X.table) if isinstance(X, EncodedTable) else (None, X)
        given = training_table(X, y, target, schema, task=task, owner=owner, memory_limit=memory_limit)
        if rows is None or rows.table is not given.table:
            rows = EncodedTable(given.table)
        warns = schema is None and (isinstance(X, (str, os.PathLike)) or names_of(X) is not None)
        inputs, codes, row_weights, together = self._understand(
            given, rows, schema, weights, groups, copies, warns=warns
        )
        self._set_names(X, beside_y=y is not None)
        if schema is None:  # one that was inferred before says it among its notes
            self._warn_of_missing_targets(given.table.n_rows)
        saving = None if checkpoint is None else (checkpoint, checkpoint_every)
        self.fitted_, failure = train(
            self, self.recipe_, inputs, codes, row_weights, together, progress, saving, started
        )
        if failure is not None:
            raise failure
        return self

    def _understand(
        self, given: TrainingTable, rows: EncodedTable, schema: Schema | None, weights: Any = None, groups: Any = None,
        copies: str = "together", *, warns: bool = False,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray | None, Groups | None]:  # fmt: skip
        """Learn the schema and decide the recipe.

        Gives the rows as the network sees them, their codes or numbers, their weights where these differ, and groups.
        """
        check_copies(copies, type(self).__name__)
        table = given.table
        groups = table.groups if groups is None else groups
        if table.n_rows == 1:
            raise DataError(f"{table.origin} has 1 sample (one row). Training needs at least 2.")
        if schema is None:
            schema = Schema.infer(table, given.target, self.task, classes=given.classes)
        elif schema.task != self.task:
            raise ConfigurationError(f"The schema is for {schema.task}, {type(self).__name__} does {self.task}.")
        schema = without_roles(self._with_design(schema, table), weights, groups)
        row_weights, together = read_weights(table, weights), read_groups(table, groups)
        present = schema.rows_with_target(table)
        self.n_rows_without_target_ = table.n_rows - len(present)
        if row_weights is not None:
            present = present[row_weights[present] > 0]
            row_weights = row_weights[present]
            if (row_weights == row_weights[:1]).all():  # all alike is no weight at all
                row_weights = None
        if len(present) < 2:
            weighty = "" if weights is None else " and a weight above 0"
            raise DataError(
                f"{table.origin} has {len(present)} rows with a value in {schema.target!r}{weighty}. Training needs at "
                "least 2."
            )
        together = None if together is None else together.take(present)
        rows = rows.take(present) if len(present) < rows.n_rows else rows
        table = rows.table
        recipe, schema = self._decide(schema, table, row_weights)
        check_embedding(recipe.embedding, recipe.name)
        self._hold(FittedTable(schema, recipe, schema.outcome.loss))
        self._set_labels(given)
        codes = self.schema_.encode_target(table)
        self._choose_loss(codes)
        row_weights = self._weights_in_training(codes, row_weights)
        X = self._matrix(rows)
        self.copies_ = find_copies(rows.values(self.schema_))
        if warns:
            beside = given.labels is not None
            warn_of_traps(
                self.schema_, rows, codes, self.copies_, together, labels_beside=beside, stacklevel=4
            )  # fmt: skip
        if copies == "together":
            together = self.copies_.kept_together(together)
        if together is not None and self.n_networks == "auto":
            recipe = fewer_folds(self.recipe_, together)
        else:
            recipe = self.recipe_
        counting = [] if row_weights is None else [row_weights]
        self.fitted_ = replace(self.fitted_, recipe=recipe, fingerprint=fingerprint(X, codes, *counting))
        return X, codes, row_weights, together

    def _decide(self, schema: Schema, table: Table, row_weights: np.ndarray | None) -> tuple[Recipe, Schema]:
        """The recipe, and the schema scaled as it says; bins and levels are counted before it is decided for good."""
        given, owner = self.get_params(deep=False), type(self).__name__
        recipe = read_recipe(given, self._problem(table.n_rows, schema), owner)
        schema = schema.with_scaling(recipe.scaling).fit(table, row_weights)
        recipe = read_recipe(given, self._problem(table.n_rows, schema), owner)
        if schema.inputs[0].scaling != recipe.scaling:  # with this many inputs another recipe is affordable
            schema = schema.with_scaling(recipe.scaling).fit(table, row_weights)
        return recipe, schema

    def _unhurried(self, n_rows: int) -> Recipe:
        """The recipe that a fitted schema would have without a time budget."""
        given = {**self.get_params(deep=False), "recipe": self.recipe_.name}
        return read_recipe(given, replace(self._problem(n_rows, self.schema_), time_budget=None), type(self).__name__)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _with_design(self, schema: Schema, _table: Table) -> Schema:
        """The schema with the columns that say how rows are compared."""
        return schema

    def _choose_loss(self, _codes: np.ndarray) -> None:
        """Put the loss that the user chose in the place of the outcome's own, with what its targets need."""

    def _weights_in_training(self, _codes: np.ndarray, row_weights: np.ndarray | None) -> np.ndarray | None:
        """How much each row counts in the loss, beyond what it counts in the constants of scaling."""
        return row_weights

    def _warn_of_missing_targets(self, n_rows: int) -> None:
        """Say how many rows teach nothing."""
        if count := self.n_rows_without_target_:
            names = " or ".join(repr(column.name) for column in self.outcome_.columns)
            warnings.warn(
                f"{count} of {n_rows} rows have no value in the target {names}, and are left out.",
                stacklevel=3,
            )

    def _set_names(self, X: Any, *, beside_y: bool) -> None:
        """Remember whether the training table had names, and whether scikit-learn's rules hold for them."""
        self._beside_y = beside_y
        self.__dict__.pop("feature_names_in_", None)
        if isinstance(X, (str, os.PathLike)) or names_of(X) is not None:
            self.feature_names_in_ = np.array(self._columns(), dtype=object)

    def _settle(
        self, _fitted: FittedTable, _roles: Roles, _X: np.ndarray, _y: np.ndarray, _row_weights: np.ndarray | None
    ) -> dict[str, np.ndarray]:
        """Arrays that answers need besides the networks, learned from the training rows; empty for most outcomes."""
        return {}

    def _set_labels(self, given: TrainingTable) -> None:
        """Take over what the user's labels are; numbers have none."""
