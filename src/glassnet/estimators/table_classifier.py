"""`GlassClassifier`: classes from a raw table."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import ClassifierMixin

from glassnet.estimators.table_estimator import TableEstimator
from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links
from glassnet.tables import Schema


class GlassClassifier(ClassifierMixin, TableEstimator):
    """Predicts classes from a raw table: numbers, categories, yes/no columns, dates, missing cells, any scale.

    The columns are understood as `schema_` says. A dense network is trained on four fifths of the rows, and the epoch
    with the smallest loss on the rest is kept. Two classes get one logistic output, more get one each with softmax.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        As all parameters down to `patience`: ``"auto"`` leaves it to the recipe, any other value takes its place.
    activation : str, Activation, or one per hidden layer
    recipe : str
        How the network is built and trained: a name from `glassnet.estimators.preset.PRESETS`, or ``"auto"``, which
        chooses by the table. ``recipe_.explain()`` says what was chosen and why.
    optimizer : str or Optimizer
    learning_rate : float
    schedule : str or Schedule
    epochs : int
        The most there will be.
    batch_size : int
    l1, l2 : float
        Penalties on the weights: ``l1 * sum |W| + l2 * sum W**2``.
    patience : int
        More epochs than this without improvement end the training.
    validation_fraction : float
        Share of the rows that chooses the epoch; tables below 20 rows set none aside.
    random_state : int, RandomState or None
        The same whole number gives the same bits each time; None takes a new seed from NumPy.
    n_jobs : int, optional
        Threads.

    Attributes
    ----------
    schema_ : Schema
        How each column was understood.
    classes_ : array
        The labels, in the order of the probabilities.
    network_ : glassnet.Network
        The trained network in readable NumPy.
    history_ : History
    recipe_ : Recipe
        The settings of the training, with everything automatic decided.
    n_rows_without_target_ : int
        Rows that were left out.
    weights_, biases_ : list of array

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> frame = load_iris(as_frame=True).frame
    >>> model = GlassClassifier().fit(frame, target="target")
    >>> model.score(frame) > 0.9
    True
    >>> model.predict_proba(frame.head(2)).shape
    (2, 3)
    """

    task = "classification"

    def _set_schema(self, schema: Schema) -> None:
        super()._set_schema(schema)
        self.classes_ = _labels(schema.classes)

    def _chosen_loss(self) -> Loss:
        return losses["logistic" if len(self.classes_) == 2 else "softmax_cross_entropy"]

    def _targets(self, y: np.ndarray) -> np.ndarray:
        if len(self.classes_) == 2:
            return y.reshape(-1, 1).astype(np.float64)
        return np.eye(len(self.classes_))[y]

    def _target_names(self) -> list[str]:
        classes, target = self.schema_.classes, self.schema_.target
        return [f"{target} = {label}" for label in (classes[1:] if len(classes) == 2 else classes)]

    def predict_proba(self, table: Any) -> np.ndarray:
        """Probabilities of shape (n_rows, n_classes), in the order of `classes_`; the target may be missing."""
        raw = self._raw_prediction(table)
        chance = links[self.loss_.link].apply(raw.astype(np.float64))
        return np.hstack([1 - chance, chance]) if chance.shape[1] == 1 else chance

    def decision_function(self, table: Any) -> np.ndarray:
        """Raw predictions before the link: shape (n_rows,) for two classes, else (n_rows, n_classes)."""
        raw = self._raw_prediction(table)
        return raw.ravel() if raw.shape[1] == 1 else raw

    def predict(self, table: Any) -> np.ndarray:
        """The most probable label of each row."""
        raw = self._raw_prediction(table)
        return self.classes_[self._codes(raw)]

    def score(self, table: Any, y: Any = None) -> float:
        """The share of rows with the right label, among rows whose target is there."""
        table, codes = self._known(table, y)
        return float(np.mean(self._codes(self._raw_prediction(table)) == codes))

    def _codes(self, raw: np.ndarray) -> np.ndarray:
        """Class codes from raw predictions."""
        return (raw[:, 0] > 0).astype(np.int64) if raw.shape[1] == 1 else raw.argmax(axis=1)


def _labels(classes: tuple[str, ...]) -> np.ndarray:
    """Class labels as an array: whole numbers and true/false as such, everything else as text."""
    if set(classes) == {"false", "true"}:
        return np.array([label == "true" for label in classes])
    try:
        numbers = [int(label) for label in classes]
    except ValueError:
        return np.array(classes, dtype=object)
    canonical = all(str(number) == label for number, label in zip(numbers, classes, strict=True))
    return np.array(numbers) if canonical else np.array(classes, dtype=object)
