"""`Answers`: the predictions of a trained table estimator, and its networks for inspection."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from glassnet.errors import ConfigurationError, TableWarning
from glassnet.estimators.networks.members import average_raw
from glassnet.estimators.networks.parameters import thread_count
from glassnet.estimators.networks.progress import History
from glassnet.estimators.networks.readable import ReadableNetworks
from glassnet.estimators.tables.models.fitted_attribute import FittedAttribute
from glassnet.estimators.tables.models.scores import Scored
from glassnet.estimators.tables.models.trace import open_row
from glassnet.estimators.training.fitted_table import FittedTable
from glassnet.estimators.training.shared_body import shared_networks
from glassnet.tables import Table
from glassnet.tables.encoded import Encoded
from glassnet.tables.encoded_table import EncodedTable
from glassnet.tables.outcome import Answer

if TYPE_CHECKING:
    from glassnet.estimators.training.trials import Trials
    from glassnet.network import SharedNetworks, Trace
    from glassnet.network.shared.trace import SharedTrace


class Answers(ReadableNetworks, Scored):
    """A table estimator with a model: the fields of that model, its answers, and its networks in readable NumPy."""

    n_jobs: Any
    fitted_: FittedTable
    schema_: Any = FittedAttribute()
    recipe_: Any = FittedAttribute()
    loss_: Any = FittedAttribute()
    fingerprint_: Any = FittedAttribute()
    mixes_: Any = FittedAttribute()
    scales_: Any = FittedAttribute(before=None)
    decision_: Any = FittedAttribute(before=None)
    outcome_: Any = FittedAttribute()
    _calibration: Any = FittedAttribute()
    _determinism: Any = FittedAttribute()

    def _check_fitted(self) -> None:
        """Raise an error if there is no network yet."""
        if "fitted_" not in self.__dict__ or not self.fitted_.trained:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(f"This {type(self).__name__} is not fitted yet. Call fit(X, target=...) first.")

    @property
    def weights_(self) -> Any:
        """The weights of each layer; those of several networks have a leading axis."""
        return self._of_layers("weights")

    @property
    def biases_(self) -> Any:
        """The biases of each layer; those of several networks have a leading axis."""
        return self._of_layers("biases")

    def _of_layers(self, name: str) -> Any:
        """Arrays of each layer; an error that names `parts_` if networks of different layers are averaged."""
        fitted = self.__dict__.get("fitted_")
        if fitted is None or not fitted.trained:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute '{name}_'")
        if fitted.parts:
            raise AttributeError(
                f"This {type(self).__name__} averages networks of {len(fitted.parts)} settings, which have no {name}_ "
                f"in common. Use parts_[0].{name}_, or a network: networks_[0]."
            )
        return getattr(fitted, name)

    @property
    def _activations(self) -> tuple[Any, ...]:  # type: ignore[override]
        return tuple(self.recipe_.activations)

    @property
    def scores_(self) -> dict[str, Any]:
        """The scores of the model and their rows, in plain JSON types; stored in its file."""
        return self.fitted_.scores

    @scores_.setter
    def scores_(self, scores: dict[str, Any]) -> None:
        self.fitted_ = replace(self.fitted_, scores=scores)

    @property
    def histories_(self) -> list[History]:
        """The history of the training of each network; a model from a file has none."""
        if "fitted_" not in self.__dict__ or not self.fitted_.histories:
            raise AttributeError(f"This {type(self).__name__} has no histories_: they are not stored in files.")
        return list(self.fitted_.histories)

    @property
    def trials_(self) -> Trials:
        """The trials of a tuning."""
        if "fitted_" not in self.__dict__ or self.fitted_.trials is None:
            raise AttributeError(f"This {type(self).__name__} has no trials_. glassnet.tune leaves them.")
        return self.fitted_.trials

    @property
    def history_(self) -> History:
        """The history of the training of the network; of the first of several."""
        return self.histories_[0]

    def _raw_prediction(self, X: Any) -> np.ndarray:
        """Raw predictions (n_rows, n_outputs): in float32 of one network, in float64 of the average of several."""
        return average_raw(self._raw_of_each(self._matrix_of(X)), self.loss_.link)

    def _raw_of_each(self, X: np.ndarray) -> np.ndarray:
        """Raw predictions of each network, (n_networks, n_rows, n_outputs)."""
        return self.fitted_.raw_of_each(X, thread_count(self.n_jobs))

    def _answers(self, raw: np.ndarray) -> np.ndarray:
        """Values of raw predictions (n_networks, n_rows, n_outputs): numbers in the target's unit, or probabilities."""
        return self.fitted_.values(raw)

    @property
    def _unit(self) -> tuple[float, float]:
        """Center and scale: an answer that is a number is the prediction times the scale plus the center."""
        center, scale = self.outcome_.unit
        return center, scale

    def _answer(self, X: Any) -> Answer:
        """The answer of the mean of the networks for rows."""
        return self._answer_of(self._raw_prediction(X))

    def _answer_of(self, raw: np.ndarray) -> Answer:
        """The answer that the average of raw predictions (n_rows, n_outputs) gives."""
        answer: Answer = self.outcome_.answer(raw, self.loss_, clamped=self.recipe_.clamped)
        return answer

    def _prediction_of(self, raw: np.ndarray) -> np.ndarray:
        """The result of `predict` for the average of raw predictions."""
        return self._answer_of(raw).predicted

    def _scored(self, rows: EncodedTable) -> np.ndarray:
        return self._answer(rows).predicted

    def _prediction_columns(self, X: Any) -> dict[str, list[Any]]:
        """The columns of a table of predictions."""
        return {"prediction": self.predict(X).tolist()}

    @abstractmethod
    def predict(self, X: Any) -> np.ndarray:
        """The prediction for each row; the target may be missing."""

    def predict_standard_error(self, X: Any) -> np.ndarray:
        """How much the prediction would differ, had the table held other rows of the same kind.

        The standard deviation of the networks' predictions (bootstrap standard error, Efron 1979): of the predicted
        number, shape (n_rows,), or of each probability, shape (n_rows, n_classes). It describes the prediction, not
        single targets, which vary more: see `predict_interval` for these. With 30 networks it is known to about 13 %.

        Raises
        ------
        ConfigurationError
            When there is one network, or the networks trained on folds, whose rows are nearly the same.
        """
        inputs = self._matrix_of(X)
        if self.recipe_.n_networks < 2 or self.recipe_.resampling != "bootstrap":
            raise ConfigurationError(
                f"Standard errors need several networks on bootstrap samples, and this {type(self).__name__} was "
                f"trained with n_networks={self.recipe_.n_networks}, resampling={self.recipe_.resampling!r}. "
                f"Train with {type(self).__name__}(n_networks=30, resampling='bootstrap')."
            )
        return np.asarray(self._answers(self._raw_of_each(inputs)).std(axis=0, ddof=1))

    def _matrix_of(self, X: Any) -> np.ndarray:
        """A user's table of any type as the matrix for the network."""
        self._check_fitted()
        return self._matrix(self._rows(X))

    def _matrix(self, rows: EncodedTable | Table) -> np.ndarray:
        """A table as the network sees it."""
        encoded: Encoded = (rows if isinstance(rows, EncodedTable) else EncodedTable(rows)).encoded(self.schema_)
        for warning in encoded.warnings:
            warnings.warn(warning, TableWarning, stacklevel=4)
        return encoded.matrix

    def _layers(self) -> tuple[Any, Any]:
        self._check_fitted()
        return self.weights_, self.biases_

    @property
    def _stack(self) -> tuple[Any, ...] | None:  # type: ignore[override]
        """All layers, where some look at images."""
        return self.fitted_.stack or None

    def _activations_of(self, member: int) -> tuple[Any, ...]:
        """The activations of one network, with the mixes of its neurons if there are any."""
        return self.fitted_.activations_of(member)

    def _layer_settings(self, _member: int) -> list[dict[str, Any]]:
        recipe = self.recipe_
        connections = [*(layer.connections for layer in recipe.embedding), *[None] * len(self.weights_)]
        return [
            {"connections": connections[k], "mixed": bool(mixes is not None and k >= len(recipe.embedding))}
            for k, mixes in enumerate(self.mixes_)
        ]

    def _network_settings(self) -> dict[str, Any]:
        self._check_fitted()
        recipe = self.recipe_
        plain = {
            "loss": self.loss_, "reduction": recipe.reduction, "l1": recipe.l1, "l2": recipe.l2, "seed": recipe.seed,
        }  # fmt: skip
        return {**plain, "augmentation": recipe.augmentation} if recipe.layers else plain

    @overload
    def trace(
        self, X: Any, row: int = 0, *, y: Any = None, learning_rate: float | None = None,
        optimizer: Any = "gradient_descent", network: int = 0, **settings: Any,
    ) -> Trace: ...  # fmt: skip

    @overload
    def trace(
        self, X: Any, row: int = 0, *, y: Any = None, learning_rate: float | None = None,
        optimizer: Any = "gradient_descent", network: Literal["all"], **settings: Any,
    ) -> SharedTrace: ...  # fmt: skip

    def trace(
        self, X: Any, row: int = 0, *, y: Any = None, learning_rate: float | None = None,
        optimizer: Any = "gradient_descent", network: int | str = 0, **settings: Any,
    ) -> Trace | SharedTrace:  # fmt: skip
        """Open one row: its way through the network, and what one training step on it would change.

        The step is computed, not taken. It is one on the weights themselves, also where the recipe trains what they are
        made of (`Recipe.parametrization`).

        Parameters
        ----------
        X : Table, data frame, array, dict of columns, or path of a CSV file
            With the target, or `y` beside it.
        row : int
            Position of the row, from 0.
        y : array-like of shape (n_rows,), optional
        learning_rate : float, optional
            That of the training when not given.
        optimizer : str or Optimizer
            Plain gradient descent shows the gradient at work; the training's own is ``estimator.optimizer``.
        network : int or "all"
            Which of several networks, from 0. Of networks that share a body, "all" opens the step of all.
        **settings
            Passed on to `glassnet.Network.trace`, or to that of `glassnet.network.SharedNetworks`.

        Returns
        -------
        glassnet.network.trace.trace.Trace, or glassnet.network.shared.trace.SharedTrace for all
            For regression the target is the standardized one, as in training.
        """
        self._check_fitted()
        options = {"learning_rate": learning_rate, "optimizer": optimizer, **settings}
        if y is None:
            return open_row(self, self._read(X), row, network, options)
        return open_row(self, self._one_with_y(X, row, y), 0, network, options)

    @property
    def shared_networks_(self) -> SharedNetworks:
        """The networks that share a body, in readable NumPy and with what training changes: scales, free weights."""
        self._check_fitted()
        if self.parts_ and self.recipe_.shared:
            raise AttributeError(
                f"This {type(self).__name__} averages {len(self.parts_)} bodies. Open one of them: parts_[0] is a "
                "model of its own."
            )
        if self.scales_ is None:
            raise AttributeError(
                f"The networks of the recipe {self.recipe_.name!r} share no body. Open one of them: networks_[0], or "
                "train with recipe='tabm-mini'."
            )
        return shared_networks(self.recipe_, self.weights_, self.biases_, self.scales_, self._network_settings())

    def _note_of(self, _raw: np.ndarray, _table: Table) -> str:
        """A remark of a trace on its first row, besides the networks; empty for most outcomes."""
        return ""
