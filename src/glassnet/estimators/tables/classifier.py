"""`GlassClassifier`: classes from a raw table."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin

from glassnet.errors import ConfigurationError
from glassnet.estimators.tables.class_labels import labels_of_texts
from glassnet.estimators.tables.class_weights import class_weights
from glassnet.estimators.tables.estimator import TableEstimator, table_estimators
from glassnet.estimators.tables.fitted_attribute import Held
from glassnet.estimators.tables.input import TrainingTable
from glassnet.estimators.tables.threshold import Wish, read_threshold
from glassnet.files.exports.decision import Decision
from glassnet.tables import Table


class GlassClassifier(ClassifierMixin, TableEstimator):
    """Predicts classes from a raw table: numbers, categories, yes/no columns, dates, missing cells, any scale.

    The columns are understood as `schema_` says. One network is trained on four fifths of the rows, and the epoch with
    the smallest loss on the rest is kept; each of several is trained on rows of its own, and the rows that it misses
    choose its epoch. The prediction is the mean of theirs. Two classes get one logistic output, more get one each with
    softmax. Work over a second shows a progress bar on a terminal.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        As all parameters down to `patience`: ``"auto"`` leaves it to the recipe, any other value takes its place.
    activation : str, Activation, or one per hidden layer
    recipe : str
        How the network is built and trained: a name from `glassnet.estimators.recipes.preset.PRESETS`, or ``"auto"``,
        which chooses by the table. ``recipe_.explain()`` says what was chosen and why.
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
    n_networks : int
        Networks whose mean predicts; several give standard errors. ``"auto"`` leaves it to the recipe.
    time_budget : float, optional
        Seconds that the training may take. Some steps are measured first, and as many epochs planned as fit: fewer
        than the recipe's own, or up to four times as many where its learning rate follows the length of the training.
        If the machine becomes slower, the clock ends the training, which then cannot be repeated to the bit. With
        ``epochs`` of your own, or a checkpoint, nothing is measured.
    resampling : {"auto", "bootstrap", "folds"}
        Which rows each of several networks trains on: as many as there are, drawn with replacement, or all but one
        part. Bootstraps give standard errors, folds train on more rows.
    dropout : float
        Share of the hidden neurons that each training step leaves out at random; prediction leaves out nothing.
    label_smoothing : float
        Share of each class label that is spread over all classes in training; 0 for numbers.
    scaling : {"auto", "standard", "robust", "quantile", "piecewise_linear", "robust_and_bins", "none"}
        How number columns become inputs; ``"quantile"`` gives each the shape of a standard normal one, so that a few
        very large numbers do not rule; ``"piecewise_linear"`` makes one input per bin;
        ``"robust_and_bins"``, what the default takes, makes inputs for bins and one for the number.
    embedding : {"auto", "none", "mixtures", "periodic"}
        Layers that see one column at a time, before all others: ``"periodic"`` makes waves of each number and a few
        numbers of each category with many levels; ``"periodic(frequency=0.5)"`` starts with faster waves;
        ``"mixtures"`` trains eight mixtures of the bins of each number, and multiplies them into the first layer at
        the end.
    verbose : bool
        Print the loss of each epoch.
    class_weight : "balanced", dict of label to weight, or None
        How much a row of each class counts in the loss and in the choice of the epoch, times the weight of the row; not
        in the constants of scaling, and not in scores. "balanced" lets each class count alike, as scikit-learn's
        `compute_class_weight`: ``rows / (classes * rows of the class)``. Probabilities are then those of a table in
        which classes have such shares.
    threshold : float, str, Aim or None
        Of two classes the least probability of the `event` at which `predict` says it; None: the most probable class. A
        number, or an aim, for which it is chosen on the rows that networks leave out of their training, each row judged
        by the networks that did not see it: "youden", "cost=5" (a missed case costs five false alarms),
        "sensitivity=0.95" and "specificity=0.9" (at least), "f1"; see `glassnet.evaluate.AIMS`. Probabilities stay what
        they are.
    event : label, optional
        The class that the threshold is of; the second of `classes_` by default.

    Attributes
    ----------
    fitted_ : glassnet.estimators.recipes.fitted_table.FittedTable
        All of the following as one frozen record.
    schema_ : Schema
        How each column was understood.
    classes_ : array
        The labels, in the order of the probabilities; with the type of `y`, sorted, or in the order of the schema.
    feature_names_in_ : array of str
        The columns of the training table, the target apart; not there when it was an array.
    n_features_in_ : int
    decision_ : Decision or None
        The threshold with what it was chosen for, on how many rows, and what it reaches there.
    network_ : glassnet.Network
        The trained network in readable NumPy.
    networks_ : list of glassnet.Network
        Each of several.
    history_ : History
        How the training went; of the first of several networks.
    histories_ : list of History
        One per network.
    recipe_ : Recipe
        The settings of the training, with everything automatic decided.
    n_rows_without_target_ : int
        Rows that were left out.
    weights_, biases_ : list of array
        Per layer; those of several networks have a leading axis.
    scales_ : array of shape (n_networks, n_inputs), or None
        Of networks that share a body: what each multiplies the inputs by; part of its first weights already.

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
    classes_: Any = Held("labels")

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

    def _weights_in_training(self, codes: np.ndarray, row_weights: np.ndarray | None) -> np.ndarray | None:
        weights = class_weights(self.class_weight, self.schema_.classes, codes, type(self).__name__)
        self.fitted_ = replace(self.fitted_, recipe=replace(self.recipe_, class_weights=weights))
        if len(set(weights)) < 2:  # none, or all alike
            return row_weights
        of_row = np.array(weights)[codes]
        return of_row if row_weights is None else of_row * row_weights

    def _stored_parameters(self) -> dict[str, Any]:
        given = super()._stored_parameters()
        for name in ("class_weight", "threshold", "event"):
            if given[name] is None:  # as files from before there was a choice
                del given[name]
        return given

    def _set_labels(self, given: TrainingTable) -> None:
        labels = given.labels_in_order(self.schema_.classes)
        labels = labels_of_texts(self.schema_.classes) if labels is None else labels
        self.fitted_ = replace(self.fitted_, labels=labels)
        classes, owner = self.schema_.classes, type(self).__name__
        self._wish = Wish.of(self.threshold, self.event, classes, str(self.schema_.target), owner)

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of shape (n_rows, n_classes), in the order of `classes_`; the target may be missing."""
        return self._answers(self._raw_prediction(X))

    def decision_function(self, X: Any) -> np.ndarray:
        """Raw predictions before the link: shape (n_rows,) for two classes, else (n_rows, n_classes)."""
        raw = self._raw_prediction(X)
        return raw.ravel() if raw.shape[1] == 1 else raw

    def predict(self, X: Any) -> np.ndarray:
        """The most probable label of each row; with a threshold, the event from this probability on."""
        raw = self._raw_prediction(X)
        return self.classes_[self._codes(raw)]

    def with_threshold(self, threshold: float | str | None, *, event: Any = None) -> Self:
        """A copy of the trained model that decides by another threshold; probabilities stay what they are.

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
        decision = Decision(float(read_threshold(wish.threshold, owner)), wish.event)
        other.fitted_ = replace(self.fitted_, decision=decision)
        return other

    def score(self, X: Any, y: Any = None, sample_weight: Any = None, *, weights: Any = None) -> float:
        """The share of rows with the right label, among rows whose target is there.

        `sample_weight` or `weights` say how much each row counts: one number per row, or the name of a column. A label
        of `y` that training has not seen is one that no answer can be.
        """
        return self._score(X, y, sample_weight, weights)

    def _said(self, table: Table) -> np.ndarray:
        return self._codes(self._raw_prediction(table))

    def _printed(self, X: Any) -> dict[str, list[Any]]:
        raw = self._raw_prediction(X)
        chances = zip(self.classes_, self._answers(raw).T, strict=True)
        return {
            "prediction": self.classes_[self._codes(raw)].tolist(),
            **{f"probability of {label}": column.tolist() for label, column in chances},
        }

    def _score_of(self, truth: np.ndarray, said: np.ndarray, weights: np.ndarray | None = None) -> float:
        return float(np.average(truth == said, weights=weights))

    def _codes(self, raw: np.ndarray) -> np.ndarray:
        """Class codes from raw predictions: by the threshold where there is one."""
        if self.decision_ is not None:
            return self.decision_.codes(self._answers(raw))
        return self._most_probable(raw)

    def _most_probable(self, raw: np.ndarray) -> np.ndarray:
        """The codes of the most probable classes."""
        return self.outcome_.answer(raw, self.loss_).predicted


table_estimators[GlassClassifier.task] = GlassClassifier
