"""What `MLPClassifier` and `MLPRegressor` share: reading rows, starting weights, choosing a solver, raw predictions."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.estimators.parameters import Settings, read_settings, seed_from, thread_count
from glassnet.formulas import Loss

if TYPE_CHECKING:
    from glassnet.network import Network
    from glassnet.network.trace import Trace


@dataclass(frozen=True)
class Rows:
    """Checked training rows: inputs (n, n_features), targets (n, n_outputs), weights (n,) or None; one dtype."""

    X: np.ndarray
    targets: np.ndarray
    weights: np.ndarray | None

    def take(self, rows: np.ndarray) -> Rows:
        """Some of the rows."""
        return Rows(self.X[rows], self.targets[rows], None if self.weights is None else self.weights[rows])


class MultilayerPerceptron(BaseEstimator, ABC):
    """Base of the drop-in estimators; use `MLPClassifier` or `MLPRegressor`."""

    reduction = "mean"

    def _keep(self, given: Mapping[str, Any]) -> None:
        """Store the constructor parameters as they are; they are checked in `fit`."""
        for name in self._get_param_names():
            setattr(self, name, given[name])

    @abstractmethod
    def _read_targets(self, y: np.ndarray) -> np.ndarray:
        """Targets of shape (n, n_outputs) from checked labels or numbers."""

    @abstractmethod
    def _loss_record(self) -> Loss:
        """The loss to train with, once the targets are known."""

    def _learn_labels(self, y: np.ndarray, *, incremental: bool, first: bool) -> None:
        """Learn the class labels, or refuse labels that the network has no output for; numbers have none."""

    def _class_weights(self, y: np.ndarray, *, incremental: bool) -> np.ndarray | None:
        """A factor on the weight of each row; numbers have none."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Train on rows and their targets.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels or numbers; a matrix of 0 and 1 for several labels per row.
        sample_weight : array-like of shape (n_samples,), optional
            A weight of 2 counts like the same row twice.

        Returns
        -------
        self

        Raises
        ------
        TrainingDiverged
            When a loss, gradient or weight stops being finite; `coefs_` and `intercepts_` hold the last good ones.
        """
        return self._train(X, y, sample_weight, incremental=False)

    def _train(self, X: Any, y: Any, sample_weight: Any, *, incremental: bool) -> Any:
        """`fit`, or one epoch of `partial_fit`."""
        settings = read_settings(self)
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        X, y = self._read(X, y, reset=first)
        self._learn_labels(y, incremental=incremental, first=first)
        targets = self._read_targets(y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X, ensure_non_negative=True)
        factors = self._class_weights(y, incremental=incremental)
        if factors is not None:
            weights = factors if weights is None else factors * weights
        if weights is not None and not weights.any():
            raise ConfigurationError("Every row has weight zero. Give at least one row a positive sample_weight.")
        dtype = np.dtype(X.dtype if self.dtype is None else self.dtype)
        rows = Rows(
            np.ascontiguousarray(X.toarray() if issparse(X) else X, dtype=dtype),
            np.ascontiguousarray(targets, dtype=dtype),
            None if weights is None else np.asarray(weights, dtype=np.float64),
        )
        self.n_outputs_ = rows.targets.shape[1]
        self._loss = self._loss_record()
        self._loss.check_targets(rows.targets)
        self._activations = settings.activations
        sizes = (rows.X.shape[1], *settings.hidden, self.n_outputs_)
        if first or not hasattr(self, "_seed"):
            self._seed = seed_from(self.random_state)
        if first:
            self._start(sizes, settings, dtype)
        else:
            self._continue(sizes, dtype)
        self._run_solver(settings, rows, incremental)
        return self

    def _read(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        """Checked inputs and targets, as scikit-learn checks them."""
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, dtype=(np.float64, np.float32),
            y_numeric=self.__sklearn_tags__().estimator_type == "regressor", reset=reset,
        )  # fmt: skip
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _start(self, sizes: tuple[int, ...], settings: Settings, dtype: np.dtype) -> None:
        """Draw the weights and empty the record of the training."""
        self.coefs_, self.intercepts_ = [], []
        for k, (n_in, n_out) in enumerate(pairwise(sizes)):
            weights, biases = settings.initializer.draw(
                n_in, n_out, seed=self._seed, layer=k, gain=settings.activations[k].gain
            )
            self.coefs_.append(weights.astype(dtype))
            self.intercepts_.append(biases.astype(dtype))
        self.n_layers_, self.out_activation_ = len(sizes), self._loss.link
        self.n_iter_, self.t_, self._epochs = 0, 0, 0
        self._optimizer_state = None
        if settings.optimizer is not None:
            self.loss_curve_ = []
            self.validation_scores_ = [] if self.early_stopping else None
            self.best_validation_score_ = -np.inf if self.early_stopping else None
            self.best_loss_ = None if self.early_stopping else np.inf

    def _continue(self, sizes: tuple[int, ...], dtype: np.dtype) -> None:
        """Check that the weights at hand fit the layers that the parameters ask for."""
        have = (self.coefs_[0].shape[0], *(w.shape[1] for w in self.coefs_))
        if have != sizes:
            raise ShapeError(
                f"The fitted network has layers {have}, but the parameters and y ask for {sizes}. "
                "Set warm_start=False to start anew."
            )
        self.coefs_ = [np.asarray(w, dtype=dtype) for w in self.coefs_]
        self.intercepts_ = [np.asarray(b, dtype=dtype) for b in self.intercepts_]
        self._epochs = getattr(self, "_epochs", 0)
        self._optimizer_state = getattr(self, "_optimizer_state", None)

    def _run_solver(self, settings: Settings, rows: Rows, incremental: bool) -> None:
        """Hand the rows to L-BFGS, to one incremental epoch, or to the engine's training loop."""
        if settings.optimizer is None:
            from glassnet.estimators.quasi_newton import minimize

            minimize(self, rows)
        elif incremental:
            from glassnet.estimators.incremental import one_epoch

            one_epoch(self, settings, rows)
        else:
            from glassnet.estimators.stochastic import run

            run(self, settings, rows)

    def _plan(self, **settings: Any) -> Any:
        """The engine's plan of this network and objective; `settings` are those of the training loop."""
        from glassnet.engine import Plan

        sizes = (self.coefs_[0].shape[0], *(w.shape[1] for w in self.coefs_))
        # scikit-learn's alpha: half the squared weights, divided by the rows of the batch like the data
        return Plan(
            sizes, self._activations, self._loss, reduction=self.reduction, l1=self.l1, l2=self.alpha / 2,
            penalty_per_row=True, **settings,
        )  # fmt: skip

    def _raw_prediction(self, X: Any) -> np.ndarray:
        """Raw predictions (n, n_outputs) in the dtype of the weights."""
        from glassnet.engine import predict_raw

        check_is_fitted(self)
        return predict_raw(
            self.coefs_, self.intercepts_, self._activations, self._inputs(X), threads=thread_count(self.n_jobs)
        )

    def _inputs(self, X: Any) -> np.ndarray:
        """Checked inputs of a fitted estimator, dense, in the dtype of the weights."""
        X = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False)
        return np.ascontiguousarray(X.toarray() if issparse(X) else X, dtype=self.coefs_[0].dtype)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the network to a file that holds no code; `glassnet.load` reads it back, to the same bits.

        The file holds what predictions need and the record of the training. What an optimizer remembers between two
        calls of `partial_fit` is not in it.

        Parameters
        ----------
        path : str or path

        Raises
        ------
        FileError
            When the system refuses; an older file of the name stays as it was.
        """
        from glassnet.estimators.mlp_file import mlp_to_file
        from glassnet.files import write_model

        return write_model(path, mlp_to_file(self))

    @property
    def network_(self) -> Network:
        """The trained network in readable NumPy: a `glassnet.network.Network` with float64 copies of the weights."""
        from glassnet.network import Dense, Network

        check_is_fitted(self)
        layers = [
            Dense(*w.shape, activation, weights=w, biases=b)
            for w, b, activation in zip(self.coefs_, self.intercepts_, self._activations, strict=True)
        ]
        return Network(
            layers, loss=self._loss, reduction=self.reduction, l1=self.l1, l2=self.alpha / 2, penalty_per_row=True,
            seed=self._seed,
        )  # fmt: skip

    def hidden_activations(self, X: Any) -> list[np.ndarray]:
        """What each hidden layer makes of the rows: one array (n_samples, n_units) per hidden layer, in float64."""
        check_is_fitted(self)
        return self.network_.forward(self._inputs(X)).a[1:-1]

    def trace(self, X: Any, y: Any, rows: Any = None, *, learning_rate: float | None = None, **settings: Any) -> Trace:
        """Write down one training step on some rows, every number of it; the estimator does not change.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        rows : int or sequence of int, optional
            Which rows make up the step's batch; all when not given.
        learning_rate : float, optional
            `learning_rate_init` when not given.
        **settings
            Passed on to `glassnet.Network.trace`.

        Returns
        -------
        glassnet.network.trace.Trace
        """
        check_is_fitted(self)
        chosen = read_settings(self).optimizer
        X, y = self._read(X, y, reset=False)
        keep = np.arange(X.shape[0]) if rows is None else np.atleast_1d(np.asarray(rows))
        inputs = (X.toarray() if issparse(X) else X)[keep]
        if hasattr(self, "feature_names_in_"):
            settings.setdefault("feature_names", list(self.feature_names_in_))
        return self.network_.trace(
            inputs, self._known_targets(y)[keep],
            learning_rate=self.learning_rate_init if learning_rate is None else learning_rate,
            optimizer="gradient_descent" if chosen is None else chosen, **settings,
        )  # fmt: skip

    def _known_targets(self, y: np.ndarray) -> np.ndarray:
        """Targets (n, n_outputs) for the network that is already trained."""
        self._learn_labels(y, incremental=True, first=False)
        return self._read_targets(y)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


def stochastic(estimator: MultilayerPerceptron) -> bool:
    """Whether `partial_fit` exists: L-BFGS needs all rows at once."""
    if estimator.solver == "lbfgs":
        raise AttributeError(
            f"partial_fit is only available for stochastic optimizers. {estimator.solver} is not stochastic."
        )
    return True
