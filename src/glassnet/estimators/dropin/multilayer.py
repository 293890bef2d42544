"""The base of `MLPClassifier` and `MLPRegressor`: reading rows, initial weights, solvers, raw predictions."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from scipy.sparse import issparse
from sklearn.base import BaseEstimator, is_regressor
from sklearn.utils import column_or_1d
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from glassnet.errors import ConfigurationError, ShapeError
from glassnet.estimators.dropin.layered import Layered
from glassnet.estimators.dropin.predicting import Predicting
from glassnet.estimators.dropin.rows import Rows
from glassnet.estimators.networks.clean import clean_matrix, clean_targets, plain_frame
from glassnet.estimators.networks.image_layers import flat_images, has_records, layer_stack
from glassnet.estimators.networks.members import member_count
from glassnet.estimators.networks.packed import PackedNetworks
from glassnet.estimators.networks.parameters import Settings, check_count, read_settings, seed_from
from glassnet.estimators.networks.portable import Portable
from glassnet.estimators.networks.readable import ReadableNetworks
from glassnet.formulas import Loss

if TYPE_CHECKING:
    from glassnet.estimators.dropin.incremental import OptimizerMemory
    from glassnet.files import ModelFile
    from glassnet.network.trace.trace import Trace


class MultilayerPerceptron(Layered, ReadableNetworks, Predicting, Portable, BaseEstimator, ABC):
    """Base of the drop-in estimators; use `MLPClassifier` or `MLPRegressor`."""

    @property
    def reduction(self) -> str:
        """The reduction of the rows' losses to one number."""
        return "mean"

    def _keep(self, given: Mapping[str, Any]) -> None:
        """Store the constructor parameters as they are; they are checked in `fit`."""
        self.__dict__.update((name, value) for name, value in given.items() if name not in ("self", "__class__"))

    @abstractmethod
    def _read_targets(self, y: np.ndarray) -> np.ndarray:
        """Targets of shape (n, n_outputs) from checked labels or numbers."""

    @abstractmethod
    def _loss_record(self) -> Loss:
        """The loss to train with, once the targets are known."""

    def _learn_labels(self, y: np.ndarray, *, incremental: bool, first: bool) -> None:
        """Learn the class labels, or raise for labels that the network has no output for; numbers have none."""

    def _class_weights(self, y: np.ndarray, *, incremental: bool) -> np.ndarray | None:
        """A factor on the weight of each row; numbers have none."""

    def _smoothed(self, rows: Rows) -> Rows:
        """The training rows, with smoothed labels if requested; validation rows keep theirs."""
        share = self._label_smoothing
        return replace(rows, targets=self._loss.smoothed(rows.targets, share).astype(rows.X.dtype)) if share else rows

    @property
    def _label_smoothing(self) -> float:
        """The share of each target that is spread over the classes; numbers have none."""
        return self._loss.check_smoothing(getattr(self, "label_smoothing", 0.0))

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, validation_data: Any = None,
        checkpoint: str | os.PathLike[str] | None = None, checkpoint_every: int = 10,
    ) -> Any:  # fmt: skip
        """Train on rows and their targets.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Class labels or numbers; a matrix of 0 and 1 for several labels per row.
        sample_weight : array-like of shape (n_samples,), optional
            A weight of 2 counts like the same row twice. Some may be negative, as in scikit-learn, while their sum is
            positive; a batch whose sum is not is a step without a slope.
        validation_data : (X, y) or (X, y, sample_weight), optional
            Rows that choose the epoch, so that none of `X` need be set aside; see `monitor`.
        checkpoint : path, optional
            A file for the state of the training. If it exists, the training resumes from it: after a kill or
            Ctrl-C, the same call ends with the same bits as if nothing had happened (with a whole number as
            `random_state`). It is kept after training has finished. Not for ``solver="lbfgs"``.
        checkpoint_every : int
            Epochs between two checkpoints.

        Returns
        -------
        self

        Raises
        ------
        TrainingDiverged
            When a loss, gradient or weight stops being finite; `coefs_` and `intercepts_` hold the last good ones.
        """
        check_count(type(self).__name__, "checkpoint_every", checkpoint_every)
        saving = None if checkpoint is None else (checkpoint, checkpoint_every)
        return self._train(X, y, sample_weight, validation_data, saving, incremental=False)

    def _train(
        self, X: Any, y: Any, sample_weight: Any, validation_data: Any = None, saving: tuple[Any, int] | None = None,
        *, incremental: bool,
    ) -> Self:  # fmt: skip
        """Run `fit`, or one epoch of `partial_fit`."""
        settings = read_settings(self)
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        if first:
            self._learn_shape(X)
        X, y = self._read(X, y, reset=first)
        self._learn_labels(y, incremental=incremental, first=first)
        targets = self._read_targets(y)
        weights = None if sample_weight is None else _check_sample_weight(sample_weight, X)
        factors = self._class_weights(y, incremental=incremental)
        if factors is not None:
            weights = factors if weights is None else factors * weights
        dtype = np.dtype(X.dtype if self.dtype is None else self.dtype)
        rows = Rows.of(X, targets, weights, dtype)
        self.n_outputs_ = rows.targets.shape[1]
        self._loss = self._loss_record()
        self._loss.check_targets(rows.targets)
        self._activations = settings.activations
        held = None if validation_data is None else self._validation_rows(validation_data, dtype)
        if first or not hasattr(self, "_seed"):
            self._seed = seed_from(self.random_state)
        if has_records(settings.hidden):
            stack = layer_stack(
                settings.hidden, settings.activations, settings.initializer, self.input_shape_, rows.X.shape[1],
                self.n_outputs_, type(self).__name__,
            )  # fmt: skip
            self._start_stack(stack, settings, dtype, first=first, validated=self.early_stopping or held is not None)
            self._run_solver(settings, rows, held, saving, incremental)
            return self
        sizes = (rows.X.shape[1], *(size for size in settings.hidden if isinstance(size, int)), self.n_outputs_)
        if first:
            self._start(sizes, settings, dtype, validated=self.early_stopping or held is not None)
        else:
            self._continue(sizes, dtype)
        self._run_solver(settings, rows, held, saving, incremental)
        return self

    def _validation_rows(self, given: Any, dtype: np.dtype) -> Rows:
        """The rows of `validation_data`, checked for consistency with the training rows."""
        if not isinstance(given, (tuple, list)) or len(given) not in (2, 3):
            raise ConfigurationError(
                f"{type(self).__name__}: validation_data must be (X, y) or (X, y, sample_weight), "
                f"not {type(given).__name__} of {len(given) if hasattr(given, '__len__') else 'no'} parts."
            )
        X, y = self._read(*given[:2], reset=False)
        targets = self._known_targets(y)
        if targets.shape[1] != self.n_outputs_:
            raise ShapeError(f"validation_data has {targets.shape[1]} targets per row, y has {self.n_outputs_}.")
        weights = _check_sample_weight(given[2], X) if len(given) == 3 else None
        return Rows.of(X, targets, weights, dtype)

    def _read(self, X: Any, y: Any, *, reset: bool) -> tuple[Any, Any]:
        """Checked inputs and targets, as scikit-learn checks them."""
        X = flat_images(X, self.__dict__.get("input_shape_"), type(self).__name__)
        numeric = is_regressor(self)
        if (clean := self._read_clean(X, y, numeric, reset=reset)) is not None:
            return clean
        X, y = validate_data(
            self, X, y, accept_sparse=["csr", "csc"], multi_output=True, dtype=(np.float64, np.float32),
            y_numeric=numeric, reset=reset,
        )  # fmt: skip
        return X, column_or_1d(y, warn=True) if y.ndim == 2 and y.shape[1] == 1 else y

    def _read_clean(self, X: Any, y: Any, numeric: bool, *, reset: bool) -> tuple[np.ndarray, np.ndarray] | None:
        """The result of the checks if the data obviously pass them; otherwise None."""
        matrix, names = plain_frame(X) or (clean_matrix(X), None)
        targets = None if matrix is None else clean_targets(y, len(matrix), numeric=numeric)
        if matrix is None or targets is None:
            return None
        if reset:
            self.n_features_in_ = matrix.shape[1]
            if names is not None:
                self.feature_names_in_ = names
            elif "feature_names_in_" in self.__dict__:
                del self.feature_names_in_
            return matrix, targets
        known = self.__dict__.get("feature_names_in_")
        same_names = names is known or (names is not None and known is not None and np.array_equal(names, known))
        return (matrix, targets) if same_names and matrix.shape[1] == self.n_features_in_ else None

    def _start(self, sizes: tuple[int, ...], settings: Settings, dtype: np.dtype, *, validated: bool) -> None:
        """Draw the weights and clear the record of the training."""
        from glassnet.engine.checks.memory import check_start

        check_start(self.n_networks, sizes, dtype.itemsize)
        drawn = [
            settings.initializer.draw(
                n_in, n_out, seed=self._seed, member=np.arange(self.n_networks), layer=k,
                gain=settings.activations[k].gain,
            )
            for k, (n_in, n_out) in enumerate(pairwise(sizes))
        ]  # fmt: skip
        weights, biases = zip(*drawn, strict=True)
        self._set_weights(weights, biases, dtype)
        self._begin(len(sizes), settings, validated=validated)

    def _begin(self, n_layers: int, settings: Settings, *, validated: bool) -> None:
        """Start an empty record of the training."""
        self.n_layers_, self.out_activation_ = n_layers, self._loss.link
        self.n_iter_, self.t_, self._epochs = 0, 0, 0
        self.stop_reason_: str | list[str] | None = None
        self._memory: OptimizerMemory | None = None
        if settings.optimizer is not None:
            by_loss = self.monitor == "validation_loss"
            self.loss_curve_ = self._curves()
            self.validation_scores_ = self._curves() if validated and not by_loss else None
            self.validation_loss_curve_ = self._curves() if validated and by_loss else None
            self.best_validation_score_ = -np.inf if validated and not by_loss else None
            self.best_loss_ = None if validated else np.inf

    def _curves(self) -> list[Any]:
        """Empty curves, one number per epoch; with several networks, one curve for each of them."""
        return [] if self.n_networks == 1 else [[] for _ in range(self.n_networks)]

    def _set_weights(self, weights: Any, biases: Any, dtype: np.dtype) -> None:
        """Store weights and biases that come with a leading axis of networks."""
        self.coefs_, self.intercepts_ = (
            [np.ascontiguousarray(part if len(part) > 1 else part[0], dtype=dtype) for part in parts]
            for parts in (weights, biases)
        )
        self._prepared = PackedNetworks()

    def _continue(self, sizes: tuple[int, ...], dtype: np.dtype) -> None:
        """Check that the current weights fit the layers that the parameters specify."""
        have = (self.coefs_[0].shape[-2], *(w.shape[-1] for w in self.coefs_))
        if have != sizes or member_count(self.coefs_) != self.n_networks:
            raise ShapeError(
                f"Fitted were {member_count(self.coefs_)} networks with layers {have}, but the parameters and y ask "
                f"for {self.n_networks} with layers {sizes}. Set warm_start=False to start over."
            )
        self._keep_on(dtype)

    def _keep_on(self, dtype: np.dtype) -> None:
        """Continue from the current weights, in the given precision."""
        self.coefs_ = [np.asarray(w, dtype=dtype) for w in self.coefs_]
        self.intercepts_ = [np.asarray(b, dtype=dtype) for b in self.intercepts_]
        self._epochs = getattr(self, "_epochs", 0)
        self._memory = getattr(self, "_memory", None)

    def _run_solver(
        self, settings: Settings, rows: Rows, held: Rows | None, saving: tuple[Any, int] | None, incremental: bool
    ) -> None:
        """Pass the rows to L-BFGS, to one incremental epoch, or to the engine's training loop."""
        if settings.optimizer is None:
            from glassnet.estimators.dropin.quasi_newton import minimize

            changes = self.augmentation or None
            for name, given in (("validation_data", held), ("checkpoint", saving), ("augmentation", changes)):
                if given is not None:
                    raise ConfigurationError(
                        f"{type(self).__name__}: solver='lbfgs' does not use {name}. Use another solver, or leave "
                        "it out."
                    )
            minimize(self, self._smoothed(rows))
        elif incremental:
            from glassnet.estimators.dropin.incremental import one_epoch

            one_epoch(self, settings, self._smoothed(rows))
        else:
            from glassnet.estimators.dropin.stochastic import run

            run(self, settings, rows, held, saving)

    def _plan(self, **settings: Any) -> Any:
        """The engine's plan of this network and objective; `settings` are those of the training loop."""
        from glassnet.engine import Plan

        # scikit-learn's alpha: half the squared weights, divided by the rows of the batch like the data
        shared = {
            "augmentation": self.augmentation, "reduction": self.reduction, "l1": self.l1, "l2": self.alpha / 2,
            "penalty_per_row": True, **settings,
        }  # fmt: skip
        if self._stack is not None:
            return Plan.of(self._stack, self._loss, **shared)
        sizes = (self.coefs_[0].shape[-2], *(w.shape[-1] for w in self.coefs_))
        return Plan(sizes, self._activations, self._loss, **shared)

    def _model_file(self) -> ModelFile:
        """The network and the record of its training; not what an optimizer keeps between calls of `partial_fit`."""
        from glassnet.estimators.dropin.file import mlp_to_file

        check_is_fitted(self)
        return mlp_to_file(self)

    def _layers(self) -> tuple[Any, Any]:
        check_is_fitted(self)
        return self.coefs_, self.intercepts_

    def _network_settings(self) -> dict[str, Any]:
        check_is_fitted(self)
        return {
            "loss": self._loss, "reduction": self.reduction, "l1": self.l1, "l2": self.alpha / 2,
            "penalty_per_row": True, "dropout": self.dropout, "augmentation": self.augmentation,
            "label_smoothing": self._label_smoothing, "seed": self._seed,
        }  # fmt: skip

    def hidden_activations(self, X: Any, network: int = 0) -> list[np.ndarray]:
        """The activations of each hidden layer for the rows.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        network : int
            Which of the `n_networks`.

        Returns
        -------
        list of array
            (n_samples, n_units) for each hidden layer, in float64.
        """
        check_is_fitted(self)
        return self._network(network).forward(self._inputs(X)).a[1:-1]

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
        glassnet.network.trace.trace.Trace
        """
        check_is_fitted(self)
        chosen = read_settings(self).optimizer
        X, y = self._read(X, y, reset=False)
        keep = np.arange(X.shape[0]) if rows is None else np.atleast_1d(np.asarray(rows))
        inputs = (X.toarray() if issparse(X) else X)[keep]
        if hasattr(self, "feature_names_in_"):
            settings.setdefault("feature_names", list(self.feature_names_in_))
        settings.setdefault("numbers", keep.tolist())
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
