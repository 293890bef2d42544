"""`ClassModel`: a trained model of classes that answers."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators.tables.classes.aim import Aim
from glassnet.estimators.tables.classes.threshold import Wish, read_threshold
from glassnet.estimators.tables.models.fitted_attribute import FittedAttribute
from glassnet.estimators.tables.models.model import TableModel
from glassnet.files.exports.decision import Decision
from glassnet.tables.encoded_table import EncodedTable
from glassnet.tables.outcome import Answer


class ClassModel(TableModel):
    """Answers of a trained model about the classes of rows."""

    task = "classification"
    classes_: Any = FittedAttribute("labels")

    def __init__(
        self, hidden_layer_sizes: Any = "auto", activation: Any = "auto", *, recipe: str = "auto",
        optimizer: Any = "auto", learning_rate: float | str = "auto", schedule: Any = "auto",
        epochs: int | str = "auto", batch_size: int | str = "auto", l1: float | str = "auto", l2: float | str = "auto",
        validation_fraction: float = 0.2, patience: int | str = "auto", random_state: Any = 0,
        n_jobs: int | None = None, n_networks: int | str = "auto", resampling: str = "auto",
        dropout: float | str = "auto", label_smoothing: float | str = "auto", scaling: str = "auto",
        embedding: str = "auto", time_budget: float | None = None, verbose: bool = False, class_weight: Any = None,
        threshold: Any = None, event: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(
            hidden_layer_sizes, activation, recipe=recipe, optimizer=optimizer, learning_rate=learning_rate,
            schedule=schedule, epochs=epochs, batch_size=batch_size, l1=l1, l2=l2,
            validation_fraction=validation_fraction, patience=patience, random_state=random_state, n_jobs=n_jobs,
            n_networks=n_networks, resampling=resampling, dropout=dropout, label_smoothing=label_smoothing,
            scaling=scaling, embedding=embedding, time_budget=time_budget, verbose=verbose,
        )  # fmt: skip
        self.class_weight = class_weight
        self.threshold = threshold
        self.event = event

    def _stored_parameters(self) -> dict[str, Any]:
        given = super()._stored_parameters()
        for name in ("class_weight", "threshold", "event"):
            if given[name] is None:  # as files from before there was a choice
                del given[name]
        return given

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of shape (n_rows, n_classes), in the order of `classes_`; the target may be missing."""
        return self._answers(self._raw_prediction(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Raw predictions before the link: shape (n_rows,) for two classes, else (n_rows, n_classes)."""
        raw = self._raw_prediction(X)
        return raw.ravel() if raw.shape[1] == 1 else raw

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each row; with a threshold, the event if its probability is at or above it."""
        return self._prediction_of(self._raw_prediction(X))

    def _prediction_of(self, raw: np.ndarray) -> np.ndarray:
        labels: np.ndarray = self.classes_[self._codes(raw)]
        return labels

    def with_threshold(self, threshold: float | str | None, *, event: Any = None) -> Self:
        """A copy of the trained model with another threshold; the probabilities are the same.

        Parameters
        ----------
        threshold : float or None
            The least probability of the event at which rows are called it; None: the most probable class. To choose one
            for an aim on rows of your own, see `glassnet.evaluate.choose_threshold`.
        event : label, optional
            That of the model by default, else the second of `classes_`.

        Examples
        --------
        >>> from sklearn.datasets import load_breast_cancer
        >>> from glassnet import GlassClassifier
        >>> frame = load_breast_cancer(as_frame=True).frame
        >>> model = GlassClassifier().fit(frame, target="target")
        >>> int((model.with_threshold(0.9, event=0).predict(frame) == 0).sum() < (model.predict(frame) == 0).sum())
        1
        """
        self._check_fitted()
        other, owner = copy(self), type(self).__name__
        if threshold is None and event is None:
            other.fitted_ = replace(self.fitted_, decision=None)
            return other
        if event is None and self.decision_ is not None:
            event = self.classes_[self.decision_.event]
        wish = Wish.of(threshold, event, self.schema_.classes, str(self.schema_.target), owner)
        if wish is None or wish.needs_rows:
            raise ConfigurationError(
                f"{owner}: threshold={threshold!r} is an aim, which is chosen in training: {owner}(threshold=...). "
                "Give a number here; glassnet.evaluate.choose_threshold finds one on rows of your own."
            )
        number = read_threshold(wish.threshold, owner)
        assert not isinstance(number, Aim)  # which needs rows
        decision = Decision(float(number), wish.event)
        other.fitted_ = replace(self.fitted_, decision=decision)
        return other

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, *, weights: Any = None) -> float:
        """The accuracy over rows whose target is present.

        `sample_weight` or `weights` say how much each row counts: one number per row, or the name of a column. A label
        of `y` that training has not seen is one that no answer can be.
        """
        return self._score(X, y, sample_weight, weights)

    def _scored(self, rows: EncodedTable) -> np.ndarray:
        return self._codes(self._raw_prediction(rows))

    def _prediction_columns(self, X: Any) -> dict[str, list[Any]]:
        raw = self._raw_prediction(X)
        chances = zip(self.classes_, self._answers(raw).T, strict=True)
        return {
            "prediction": self.classes_[self._codes(raw)].tolist(),
            **{f"probability of {label}": column.tolist() for label, column in chances},
        }

    def _score_of(self, truth: np.ndarray, predicted: np.ndarray, weights: np.ndarray | None = None) -> float:
        return float(np.average(truth == predicted, weights=weights))

    def _codes(self, raw: np.ndarray) -> np.ndarray:
        """Class codes from raw predictions, by the threshold if there is one."""
        codes: np.ndarray
        codes = self._most_probable(raw) if self.decision_ is None else self.decision_.codes(self._answers(raw))
        return codes

    def _most_probable(self, raw: np.ndarray) -> np.ndarray:
        """The codes of the most probable classes."""
        answer: Answer = self.outcome_.answer(raw, self.loss_)
        return answer.predicted
