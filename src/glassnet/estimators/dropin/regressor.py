"""`MLPRegressor`: a dense network that predicts numbers, with scikit-learn's parameters and more."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils.metaestimators import available_if

from glassnet.errors import ConfigurationError
from glassnet.estimators.dropin.constraints import constraints
from glassnet.estimators.dropin.documentation import documented
from glassnet.estimators.dropin.incremental import supports_partial_fit
from glassnet.estimators.dropin.multilayer import MultilayerPerceptron
from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links


@documented
class MLPRegressor(RegressorMixin, MultilayerPerceptron):
    """A dense network that predicts numbers: change one import of ``sklearn.neural_network.MLPRegressor``.

    Parameters
    ----------
    loss : str or Loss
        ``"squared_error"`` (halved, as in scikit-learn), or any registered loss for numbers, for example
        ``"absolute_error"``, ``"huber(delta=1.5)"``, ``"quantile(level=0.9)"``, ``"poisson"``, ``"gamma"``.
    {parameters}

    Attributes
    ----------
    {attributes}

    Examples
    --------
    >>> import numpy as np
    >>> X = np.linspace(-1, 1, 50).reshape(-1, 1)
    >>> model = MLPRegressor(hidden_layer_sizes=8, activation="tanh", solver="lbfgs", random_state=0)
    >>> model.fit(X, X.ravel() ** 2).score(X, X.ravel() ** 2) > 0.99
    True
    """

    def __init__(
        self, loss: Any = "squared_error", hidden_layer_sizes: Any = (100,), activation: Any = "relu", *,
        solver: str = "adam", alpha: float = 0.0001, batch_size: int | str = "auto", learning_rate: str = "constant",
        learning_rate_init: float = 0.001, power_t: float = 0.5, max_iter: int = 200, shuffle: bool = True,
        random_state: Any = None, tol: float = 1e-4, verbose: bool = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True, early_stopping: bool = False,
        validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        n_iter_no_change: int = 10, max_fun: int = 15000, l1: float = 0.0, schedule: Any = None,
        n_jobs: int | None = None, dtype: Any = None, dropout: Any = 0.0, clip_norm: float | None = None,
        n_networks: int = 1, monitor: str = "auto", restore_best: Any = "auto", callbacks: Any = None,
        input_shape: Any = None, augmentation: Any = None,
    ) -> None:  # fmt: skip
        self._keep(locals())

    _parameter_constraints = constraints(__init__)

    @property
    def reduction(self) -> str:
        """Squared errors are halved, as in scikit-learn, so that the gradient is the plain difference."""
        return "half-mean" if self._loss.name == "squared_error" else "mean"

    def _read_targets(self, y: Any) -> np.ndarray:
        targets: np.ndarray = y.reshape(len(y), -1)
        return targets

    def _loss_record(self) -> Loss:
        record = losses.resolve(self.loss)
        if record.task != "regression":
            raise ConfigurationError(
                f"MLPRegressor: loss={self.loss!r} is for classes. Use 'squared_error' or MLPClassifier."
            )
        return record

    @available_if(supports_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train for one epoch on some rows, continuing from the end of the last call.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), optional

        Returns
        -------
        self
        """
        return self._train(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """The predicted numbers, shape (n_samples,) or (n_samples, n_outputs)."""
        raw = self._raw_prediction(X)
        prediction = raw if self._loss.link == "identity" else links[self._loss.link].apply(raw).astype(raw.dtype)
        return prediction.ravel() if prediction.shape[1] == 1 else prediction
