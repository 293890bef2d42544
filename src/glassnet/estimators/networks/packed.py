"""Networks ready to predict: packed once for many calls, and prediction without any checks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from glassnet.engine import Predictor
from glassnet.estimators.networks.clean import SeenFrame, all_finite
from glassnet.estimators.networks.members import average_raw, members_of
from glassnet.formulas import Activation
from glassnet.formulas.loss import links
from glassnet.layers import LayerSpec


class PackedNetworks:
    """A cache for the packed networks of an estimator: empty at first, and refilled after weights have changed."""

    def __init__(self) -> None:
        self._predictors: list[Predictor] = []
        self.dtype, self._n_inputs, self._link = np.dtype(object), 0, "identity"
        self.seen: SeenFrame | None = None

    def pack(
        self, weights: Sequence[Any], biases: Sequence[Any], activations: Sequence[Activation], link: str,
        layers: Sequence[LayerSpec] = (),
    ) -> None:  # fmt: skip
        """Pack the layers of one network, or of several with a leading axis, to be averaged after the link."""
        single = all(np.asarray(part).dtype == np.float32 for part in (*weights, *biases))
        self.dtype = np.dtype(np.float32 if single else np.float64)
        weights, biases = ([np.asarray(part, dtype=self.dtype) for part in parts] for parts in (weights, biases))
        self._predictors = [Predictor(w, b, activations, layers=layers) for w, b in members_of(weights, biases)]
        self._n_inputs, self._link = self._predictors[0].sizes[0], link

    def takes(self, X: Any) -> bool:
        """Whether X is a clean matrix, which no check could reject."""
        return (
            type(X) is np.ndarray
            and X.dtype is self.dtype
            and X.ndim == 2
            and X.shape[1] == self._n_inputs
            and X.shape[0] > 0
            and X.flags.c_contiguous
            and all_finite(X)
        )

    def holds(self, weights: Sequence[Any], biases: Sequence[Any]) -> bool:
        """Whether these are the packed numbers; arrays may have been replaced or changed in place."""
        if not all(type(part) is np.ndarray for part in (*weights, *biases)):
            return False
        if len(self._predictors) == 1:
            return weights[-1].ndim == 2 and self._predictors[0].holds(weights, biases)
        members = members_of(weights, biases)
        return len(members) == len(self._predictors) > 0 and all(
            predictor.holds(*parts) for predictor, parts in zip(self._predictors, members, strict=True)
        )

    def raw(self, X: np.ndarray, threads: int | None) -> np.ndarray:
        """Raw predictions (n, n_outputs) of checked rows."""
        if len(self._predictors) == 1:
            only: np.ndarray = self._predictors[0].fast(X, self._predictors[0].workers(len(X), threads))
            return only
        return average_raw(np.stack([predictor(X, threads) for predictor in self._predictors]), self._link)


def compiled(
    weights: Sequence[Any], biases: Sequence[Any], activations: Sequence[Activation], link: str,
    layers: Sequence[LayerSpec] = (),
) -> Callable[[np.ndarray], Any]:  # fmt: skip
    """A function from one row or a matrix to predictions, without any checks."""
    answer: Callable[[np.ndarray], Any] | None = None
    if len(members_of(weights, biases)) == 1:
        if link in ("identity", "sign"):
            answer = Predictor(weights, biases, activations, layers=layers).answer
        elif link == "logistic" and activations[-1].name == "identity":
            # the link as the activation of the last layer, so that everything happens in one call
            answer = Predictor(weights, biases, [*activations[:-1], link], layers=layers).answer
        elif link == "softmax":
            answer = Predictor(weights, biases, activations, softmax=True, layers=layers).answer
    if answer is not None:
        return answer
    ready = PackedNetworks()
    ready.pack(weights, biases, activations, link, layers)
    apply = links[link if link != "sign" else "identity"].apply

    def predict(X: np.ndarray) -> Any:
        one = X.ndim == 1
        prediction = apply(ready.raw(X[None] if one else X, 1))
        prediction = prediction[:, 0] if prediction.shape[1] == 1 else prediction
        return prediction[0] if one else prediction

    return predict
