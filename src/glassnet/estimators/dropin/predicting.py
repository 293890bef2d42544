"""`Predicting`: raw predictions of a drop-in estimator, the checked way and the fast ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_is_fitted, validate_data

from glassnet.estimators.networks.clean import SeenFrame, clean_matrix
from glassnet.estimators.networks.image_layers import flat_images
from glassnet.estimators.networks.packed import PackedNetworks, compiled
from glassnet.estimators.networks.parameters import thread_count
from glassnet.formulas import Loss
from glassnet.layers import LayerSpec


class Predicting:
    """An estimator with `coefs_` and `intercepts_` that predicts."""

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]
    dtype: Any
    n_features_in_: int
    n_jobs: int | None
    _activations: tuple[Any, ...]
    _loss: Loss
    _stack: tuple[LayerSpec, ...] | None

    def _raw_prediction(self, X: Any) -> np.ndarray:
        """Raw predictions (n, n_outputs), computed in the precision of the weights; of several networks, their average.

        They come in the wider of the precisions of X and of the weights, as in scikit-learn, or in the chosen `dtype`.
        """
        ready = self.__dict__.get("_prepared")
        if ready is None or "feature_names_in_" in self.__dict__ or not ready.takes(X):
            check_is_fitted(self)
            X = self._checked(X, ready)
            ready = PackedNetworks() if ready is None else ready
        if not ready.holds(self.coefs_, self.intercepts_):
            ready.pack(self.coefs_, self.intercepts_, self._activations, self._loss.link, self._stack or ())
        raw = ready.raw(np.ascontiguousarray(X, dtype=ready.dtype), thread_count(self.n_jobs))
        return raw if self.dtype is not None or raw.dtype.itemsize >= X.dtype.itemsize else raw.astype(X.dtype)

    def _checked(self, X: Any, ready: PackedNetworks | None) -> np.ndarray:
        """Checked inputs, dense; a clean frame with the columns of one that was checked before is not checked again."""
        X = flat_images(X, self.__dict__.get("input_shape_"), type(self).__name__)
        names = self.__dict__.get("feature_names_in_")
        if ready is not None and ready.seen is not None:
            if (numbers := ready.seen.numbers(X, names)) is not None:
                return numbers
        elif names is None and (matrix := clean_matrix(X)) is not None and matrix.shape[1] == self.n_features_in_:
            return matrix
        checked = validate_data(self, X, accept_sparse=["csr", "csc"], dtype=(np.float64, np.float32), reset=False)
        if ready is not None and names is not None:
            ready.seen = SeenFrame.of(X, names)
        dense: np.ndarray = checked.toarray() if issparse(checked) else checked
        return dense

    def compile_predict(self) -> Callable[[np.ndarray], Any]:
        """A function that predicts without any check, in a microsecond for a row of a small network.

        It keeps the weights as they are now. Its argument must be a C-contiguous array in the precision of the
        weights (``model.coefs_[0].dtype``), without missing values: one row as a vector, or a matrix of rows. What is
        wrong in shape or type raises a TypeError or ValueError; what is not finite goes through.

        Returns
        -------
        function
            ``f(row)`` or ``f(X)``: the predicted numbers; for classes the probabilities, for two classes that of
            ``classes_[1]`` (raw predictions for losses without probabilities). They equal those of `predict` or
            `predict_proba` to rounding. A row and one output give a plain number.

        Examples
        --------
        >>> from glassnet import MLPRegressor
        >>> X = np.linspace(0.0, 1.0, 40).reshape(20, 2)
        >>> model = MLPRegressor(hidden_layer_sizes=4, solver="lbfgs", random_state=0).fit(X, X.sum(axis=1))
        >>> fast = model.compile_predict()
        >>> bool(fast(X[0]) == model.predict(X[:1])[0]), fast(X).shape
        (True, (20,))
        """
        check_is_fitted(self)
        return compiled(self.coefs_, self.intercepts_, self._activations, self._loss.link, self._stack or ())

    def __getstate__(self) -> Any:
        given: Any = super().__getstate__()
        state = dict(given)
        if "_prepared" in state:
            state["_prepared"] = PackedNetworks()  # packed again when needed
        return state

    def _inputs(self, X: Any) -> np.ndarray:
        """Checked inputs of a fitted estimator, dense, in the dtype of the weights."""
        return np.ascontiguousarray(self._checked(X, None), dtype=np.asarray(self.coefs_[0]).dtype)
