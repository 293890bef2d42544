"""What `GlassClassifier` and `GlassRegressor` share: a raw table in, a schema, a trained network, answers out."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError

from glassnet.engine import predict_raw
from glassnet.errors import ConfigurationError, DataError, ModelFileError
from glassnet.estimators.parameters import thread_count
from glassnet.estimators.preset import Problem
from glassnet.estimators.recipe import read_recipe
from glassnet.estimators.stored import restored_parameters, stored_recipe
from glassnet.estimators.table_training import Watcher, train
from glassnet.files import ModelFile, fingerprint, write_model
from glassnet.formulas import Loss, activations, losses
from glassnet.tables import Schema, Table, read_table

if TYPE_CHECKING:
    from glassnet.network import Network
    from glassnet.network.trace import Trace


class TableEstimator(BaseEstimator, ABC):
    """Base of the table estimators; use `GlassClassifier` or `GlassRegressor`."""

    task: ClassVar[str]

    def __init__(
        self, hidden_layer_sizes: Any = "auto", activation: Any = "auto", *, recipe: str = "auto",
        optimizer: Any = "auto", learning_rate: float | str = "auto", schedule: Any = "auto",
        epochs: int | str = "auto", batch_size: int | str = "auto", l1: float | str = "auto", l2: float | str = "auto",
        validation_fraction: float = 0.2, patience: int | str = "auto", random_state: Any = 0,
        n_jobs: int | None = None,
    ) -> None:  # fmt: skip
        self.recipe = recipe
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.l1 = l1
        self.l2 = l2
        self.validation_fraction = validation_fraction
        self.patience = patience
        self.random_state = random_state
        self.n_jobs = n_jobs

    @abstractmethod
    def _targets(self, y: np.ndarray) -> np.ndarray:
        """What the network is trained towards, shape (n, n_outputs), from class codes or numbers."""

    @abstractmethod
    def _chosen_loss(self) -> Loss:
        """The loss, once the schema is known."""

    def fit(
        self,
        table: Any,
        y: Any = None,
        *,
        target: str | None = None,
        schema: Schema | None = None,
        progress: Watcher | None = None,
    ) -> Self:
        """Understand a table, and train a network on it.

        Parameters
        ----------
        table : Table, data frame, array, dict of columns, or path of a CSV file
        y : array-like of shape (n_rows,), optional
            The targets, when they are not a column of the table.
        target : str, optional
            The column to predict.
        schema : Schema, optional
            A schema with a target that was inferred before (and perhaps edited); its constants are learned anew from
            this table.
        progress : callable, optional
            Called with a `Progress` several times a second. Ctrl-C during training keeps the best epoch so far.

        Returns
        -------
        self

        Raises
        ------
        SchemaError, DataError, ConfigurationError, TrainingDiverged
        """
        table, target = _with_target(table, y, target, schema)
        if schema is None:
            schema = Schema.infer(table, target, self.task)
        elif schema.task != self.task:
            raise ConfigurationError(f"The schema is for {schema.task}, {type(self).__name__} does {self.task}.")
        present = schema.rows_with_target(table)
        if len(present) < 2:
            raise DataError(
                f"{table.origin} has {len(present)} rows with a value in {schema.target!r}. Training needs at least 2."
            )
        self.n_rows_without_target_ = table.n_rows - len(present)
        table = table.take(present) if self.n_rows_without_target_ else table
        problem = Problem(self.task, table.n_rows, len(schema.feature_names))
        self.recipe_ = read_recipe(self.get_params(deep=False), problem, type(self).__name__)
        self._set_schema(schema.with_scaling(self.recipe_.scaling).fit(table))
        codes = self.schema_.encode_target(table)
        X = self._matrix(table)
        self.fingerprint_ = fingerprint(X, codes)
        self.scores_: dict[str, Any] = {}
        self.loss_, self._activations = self._chosen_loss(), self.recipe_.activations
        train(self, self.recipe_, X, codes, progress)
        return self

    def _check_fitted(self) -> None:
        """Refuse to answer before there is a network."""
        if not hasattr(self, "weights_"):
            raise NotFittedError(f"This {type(self).__name__} is not fitted yet. Call fit(table, target=...) first.")

    def _raw_prediction(self, table: Any) -> np.ndarray:
        """Raw predictions (n_rows, n_outputs) in float32."""
        self._check_fitted()
        X = self._matrix(as_table(table))
        return predict_raw(self.weights_, self.biases_, self._activations, X, threads=thread_count(self.n_jobs))

    def _matrix(self, table: Table) -> np.ndarray:
        """A table as the network sees it."""
        return np.ascontiguousarray(self.schema_.encode(table).matrix, dtype=np.float32)

    @property
    def network_(self) -> Network:
        """The trained network in readable NumPy: a `glassnet.Network` with float64 copies of the weights."""
        from glassnet.network import Dense, Network

        self._check_fitted()
        layers = [
            Dense(*w.shape, activation, weights=w, biases=b)
            for w, b, activation in zip(self.weights_, self.biases_, self._activations, strict=True)
        ]
        return Network(layers, loss=self.loss_, l1=self.recipe_.l1, l2=self.recipe_.l2, seed=self.recipe_.seed)

    def trace(
        self, table: Any, row: int = 0, *, y: Any = None, learning_rate: float | None = None,
        optimizer: Any = "gradient_descent", **settings: Any,
    ) -> Trace:  # fmt: skip
        """Open one row: its way through the network, and what one training step on it would change.

        The step is computed, not taken.

        Parameters
        ----------
        table : Table, data frame, array, dict of columns, or path of a CSV file
            With the target, or `y` beside it.
        row : int
            Position of the row, from 0.
        y : array-like of shape (n_rows,), optional
        learning_rate : float, optional
            That of the training when not given.
        optimizer : str or Optimizer
            Plain gradient descent shows the gradient at work; the training's own is ``estimator.optimizer``.
        **settings
            Passed on to `glassnet.Network.trace`.

        Returns
        -------
        glassnet.network.trace.Trace
            For regression the target is the standardised one, as in training.
        """
        self._check_fitted()
        table = as_table(table) if y is None else with_targets(as_table(table), y, self.schema_.target)
        steps = self.schema_.inputs_of(table, row)
        one = table.take([row])
        X = self._matrix(one)
        raw = predict_raw(self.weights_, self.biases_, self._activations, X)
        settings = {
            "feature_names": self.schema_.feature_names, "row_names": [table.row_name(row)], "inputs": [steps],
            "target_names": self._target_names(),
            "engine_values": {"raw_prediction": raw, "dtype": str(X.dtype)}, **settings,
        }  # fmt: skip
        return self.network_.trace(
            X, self._targets(self.schema_.encode_target(one)),
            learning_rate=self.recipe_.learning_rate if learning_rate is None else learning_rate, optimizer=optimizer,
            **settings,
        )  # fmt: skip

    @abstractmethod
    def _target_names(self) -> list[str]:
        """The names of the network's outputs."""

    def _known(self, table: Any, y: Any) -> tuple[Table, np.ndarray]:
        """The rows whose target is there, and these targets as codes or numbers."""
        self._check_fitted()
        table = as_table(table) if y is None else with_targets(as_table(table), y, self.schema_.target)
        table = table.take(self.schema_.rows_with_target(table))
        if not table.n_rows:
            raise DataError(f"{table.origin} has no row with a value in {self.schema_.target!r}, so nothing to score.")
        return table, self.schema_.encode_target(table)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the model to a file that holds no code; `glassnet.load` reads it back, to the same bits.

        Raises
        ------
        FileError
            When the system refuses; an older file of the name stays as it was.
        """
        return write_model(path, self._model_file())

    def _model_file(self) -> ModelFile:
        """Everything that a file must hold to answer as this estimator does."""
        self._check_fitted()
        layers = [
            (*np.shape(w)[-2:], activation) for w, activation in zip(self.weights_, self._activations, strict=True)
        ]
        return ModelFile(
            self.task, layers, self.loss_, self.weights_, self.biases_, schema=self.schema_.to_dict(),
            classes=self.classes_.tolist() if self.task == "classification" else (),
            recipe=stored_recipe(self.get_params(deep=False), self.recipe_.seed), scores=self.scores_,
            fingerprint=self.fingerprint_, seed=self.recipe_.seed, estimator=type(self).__name__,
        )  # fmt: skip

    @classmethod
    def _from_file(cls, model: ModelFile) -> Self:
        """The estimator that a model file describes."""
        schema = model.table_schema
        if schema is None:
            raise ModelFileError(f"The model file has no table schema, so {cls.__name__} cannot use it.")
        try:
            # files from before there were recipes name none
            estimator = cls(**{"recipe": "lecture", **restored_parameters(model)})
            problem = Problem(cls.task, max(1, schema.n_rows), len(schema.feature_names))
            estimator.recipe_ = read_recipe(estimator.get_params(deep=False), problem, cls.__name__)
        except (TypeError, ConfigurationError) as error:
            raise ModelFileError(f"The model file's recipe is not one of {cls.__name__}: {error}") from None
        estimator._set_schema(schema)
        estimator.loss_ = losses.resolve(model.loss)
        estimator._activations = tuple(activations.resolve(layer.activation) for layer in model.layers)
        if model.members != 1:
            raise ModelFileError(f"The model file holds {model.members} networks; this {cls.__name__} has one.")
        estimator.weights_, estimator.biases_ = [w[0] for w in model.weights], [b[0] for b in model.biases]
        estimator.fingerprint_, estimator.scores_ = model.fingerprint, dict(model.scores)
        return estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def _set_schema(self, schema: Schema) -> None:
        """Take over a schema and what follows from it."""
        self.schema_ = schema
        self.n_features_in_ = len(schema.columns) - 1


def as_table(table: Any) -> Table:
    """A table from whatever a user has: a `Table`, a data frame, an array, named columns, or the path of a file."""
    return read_table(table) if isinstance(table, (str, os.PathLike)) else Table.from_frame(table)


def with_targets(table: Table, y: Any, name: str | None) -> Table:
    """The table with the targets as one more column."""
    values = np.asarray(y)
    values = values.ravel() if values.ndim == 2 and values.shape[1] == 1 else values
    if values.shape != (table.n_rows,):
        raise DataError(f"y has shape {values.shape} for a table of {table.n_rows} rows. Give one target per row.")
    column = Table.from_columns({"y": values}).column("y")
    return replace(table, columns={**table.columns, name or "target": column})


def _with_target(table: Any, y: Any, target: str | None, schema: Schema | None) -> tuple[Table, str]:
    """The training table with its target column, and that column's name."""
    table = as_table(table)
    wanted = target if schema is None else schema.target
    if y is not None:
        name = wanted or str(getattr(y, "name", None) or "target")
        if name in table.columns:
            raise ConfigurationError(f"The table already has a column {name!r}. Leave y out, or name another target=.")
        return with_targets(table, y, name), name
    if wanted is None:
        raise ConfigurationError("Say what to predict: fit(table, target='column'), or give y.")
    return table, wanted
