"""`MLPClassifier`: a dense network that predicts classes, with scikit-learn's parameters and more."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call, type_of_target, unique_labels

from glassnet.errors import ConfigurationError
from glassnet.estimators.dropin.constraints import constraints
from glassnet.estimators.dropin.documentation import documented
from glassnet.estimators.dropin.incremental import supports_partial_fit
from glassnet.estimators.dropin.labels import Labels, plain_labels
from glassnet.estimators.dropin.multilayer import MultilayerPerceptron
from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links


def _probabilistic(estimator: MLPClassifier) -> bool:
    """Whether the loss predicts probabilities."""
    if estimator.loss != "log_loss" and losses.resolve(estimator.loss).link == "sign":
        raise AttributeError(f"The loss {estimator.loss!r} predicts no probabilities. Use loss='log_loss'.")
    return True


@documented
class MLPClassifier(ClassifierMixin, MultilayerPerceptron):
    """A dense network that predicts classes: change one import of ``sklearn.neural_network.MLPClassifier``.

    Two classes get one output with the logistic loss, more classes one output each with softmax cross-entropy, and
    a 0/1 matrix `y` (several labels per row) one logistic output per label.

    Parameters
    ----------
    {parameters}
    loss : str or Loss
        ``"log_loss"`` as above, or a registered loss for classes such as ``"hinge"`` (one class against the rest).
    class_weight : dict, "balanced" or None
        Weight of each class; ``"balanced"`` weights classes inversely to their frequency.
    label_smoothing : float
        Share of each target that is spread evenly over the classes (over yes and no, for one output per label).

    Attributes
    ----------
    classes_ : array
        The labels, sorted.
    {attributes}

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(hidden_layer_sizes=8, solver="lbfgs", max_iter=2000, random_state=0).fit(X, y)
    >>> model.score(X, y) > 0.9
    True
    >>> model.predict_proba(X[:1]).shape
    (1, 3)
    """

    def __init__(
        self, hidden_layer_sizes: Any = (100,), activation: Any = "relu", *, solver: str = "adam",
        alpha: float = 0.0001, batch_size: int | str = "auto", learning_rate: str = "constant",
        learning_rate_init: float = 0.001, power_t: float = 0.5, max_iter: int = 200, shuffle: bool = True,
        random_state: Any = None, tol: float = 1e-4, verbose: bool = False, warm_start: bool = False,
        momentum: float = 0.9, nesterovs_momentum: bool = True, early_stopping: bool = False,
        validation_fraction: float = 0.1, beta_1: float = 0.9, beta_2: float = 0.999, epsilon: float = 1e-8,
        n_iter_no_change: int = 10, max_fun: int = 15000, l1: float = 0.0, schedule: Any = None,
        n_jobs: int | None = None, dtype: Any = None, loss: Any = "log_loss", class_weight: Any = None,
        label_smoothing: float = 0.0, dropout: Any = 0.0, clip_norm: float | None = None, n_networks: int = 1,
        monitor: str = "auto", restore_best: Any = "auto", callbacks: Any = None, input_shape: Any = None,
        augmentation: Any = None,
    ) -> None:  # fmt: skip
        self._keep(locals())

    _parameter_constraints = constraints(__init__)

    @property
    def _label_binarizer(self) -> LabelBinarizer:
        """The binarizer that scikit-learn's class keeps; skl2onnx, for example, reads it."""
        if "_labels" not in self.__dict__:
            raise AttributeError(f"This {type(self).__name__} has seen no labels yet. Call fit.")
        return self._labels.binarizer()

    def _learn_labels(self, y: Any, *, incremental: bool, first: bool) -> None:
        if not hasattr(self, "classes_") or (first and not incremental):
            self._labels = Labels(y)
            self.classes_ = self._labels.classes
        else:
            self._check_labels(y, all_classes=self.warm_start and not incremental)

    def _read_targets(self, y: Any) -> np.ndarray:
        targets = self._labels.targets(y)
        return targets if self._target_low(targets.shape[1]) == 0 else 2 * targets - 1

    def _check_labels(self, y: Any, *, all_classes: bool) -> None:
        """Raise for labels that the current network has no output for."""
        labels = plain_labels(y)
        labels = unique_labels(y) if labels is None or self._labels.several_per_row else labels
        if all_classes and set(labels) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous call to fit. "
                f"Previously got {self.classes_}, `y` has {labels}"
            )
        if len(np.setdiff1d(labels, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. 'y' has {labels}."
            )

    def _target_low(self, n_outputs: int) -> float:
        """The target value of "no": 0, or -1 for hinge losses."""
        return -1.0 if self._chosen_loss(n_outputs).target_domain[0] < 0 else 0.0

    def _chosen_loss(self, n_outputs: int) -> Loss:
        """The loss record for this number of outputs."""
        one_of_many = n_outputs > 1 and not self._labels.several_per_row
        if self.loss == "log_loss":
            return losses["softmax_cross_entropy" if one_of_many else "logistic"]
        record = losses.resolve(self.loss)
        if record.task == "regression":
            raise ConfigurationError(
                f"MLPClassifier: loss={self.loss!r} is for numbers. Use 'log_loss', 'hinge', or MLPRegressor."
            )
        if record.task == "multiclass" and not one_of_many:
            raise ConfigurationError(f"MLPClassifier: loss={self.loss!r} needs at least 3 classes. Use 'log_loss'.")
        return record

    def _loss_record(self) -> Loss:
        return self._chosen_loss(self.n_outputs_)

    def _stratum(self, targets: np.ndarray) -> np.ndarray:
        """The labels whose shares a stratified split preserves."""
        return targets > 0

    def _class_weights(self, y: Any, *, incremental: bool) -> np.ndarray | None:
        if self.class_weight is None:
            return None
        if incremental and isinstance(self.class_weight, str):
            raise ConfigurationError(
                f"MLPClassifier: class_weight={self.class_weight!r} needs all rows at once, partial_fit sees a part. "
                "Give a dictionary of weights."
            )
        weights: np.ndarray = compute_sample_weight(self.class_weight, y)
        return weights

    @available_if(supports_partial_fit)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one epoch on some rows, continuing from the end of the last call.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
        sample_weight : array-like of shape (n_samples,), optional
        classes : array-like, optional
            All labels that will ever occur; required in the first call.

        Returns
        -------
        self
        """
        # the same classes again: scikit-learn's check of them takes longer than a small batch
        again = "classes_" in self.__dict__ and (classes is None or np.array_equal(self.classes_, classes))
        if not again and _check_partial_fit_first_call(self, classes):
            self._labels = Labels(y if type_of_target(y).startswith("multilabel") else classes)
        return self._train(X, y, sample_weight, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """The predicted labels, shape (n_samples,), or a 0/1 matrix for several labels per row."""
        raw = self._raw_prediction(X)
        # a raw prediction above 0 is a probability above one half
        labels: np.ndarray
        if self._labels.several_per_row:
            labels = self._labels.matrix(raw > 0)
        elif len(self.classes_) == 1:
            labels = np.repeat(self.classes_, len(raw))
        else:
            labels = self.classes_[raw.argmax(axis=1) if raw.shape[1] > 1 else (raw[:, 0] > 0).astype(np.int64)]
        return labels

    def decision_function(self, X: Any) -> np.ndarray:
        """Raw predictions before the link, shape (n_samples,) for two classes, else (n_samples, n_outputs)."""
        raw = self._raw_prediction(X)
        return raw.ravel() if raw.shape[1] == 1 else raw

    @available_if(_probabilistic)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of shape (n_samples, n_classes), in the order of `classes_`."""
        raw = self._raw_prediction(X)
        chance: np.ndarray = links[self._loss.link].apply(raw).astype(raw.dtype)
        if chance.shape[1] == 1:
            return np.concatenate([1 - chance, chance], axis=1)
        if self._loss.link == "softmax" or self._labels.several_per_row:
            return chance
        return np.asarray(chance / chance.sum(axis=1, keepdims=True))

    @available_if(_probabilistic)
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """The logarithm of `predict_proba`, same shape."""
        with np.errstate(divide="ignore"):
            logarithms: np.ndarray = np.log(self.predict_proba(X))
        return logarithms

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
