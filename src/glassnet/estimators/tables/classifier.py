"""`GlassClassifier`: classes from a raw table."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from sklearn.base import ClassifierMixin

from glassnet.estimators.tables.classes.labels import labels_of_texts
from glassnet.estimators.tables.classes.threshold import Wish
from glassnet.estimators.tables.classes.weights import class_weights
from glassnet.estimators.tables.estimator import TableEstimator
from glassnet.estimators.tables.input import TrainingTable
from glassnet.estimators.tables.models.classes import ClassModel


class GlassClassifier(ClassModel, ClassifierMixin, TableEstimator):
    """Predicts classes from a raw table: numbers, categories, yes/no columns, dates, missing cells, any scale.

    `schema_` shows how the columns are understood. One network is trained on four fifths of the rows, and the epoch
    with the smallest loss on the rest is kept; each of several is trained on its own rows, and the left-out rows
    choose its epoch. The prediction is the mean of theirs. Two classes get one logistic output, more get one each with
    softmax. Work over a second shows a progress bar on a terminal.

    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int
        As for all parameters up to `patience`, ``"auto"`` leaves it to the recipe, and any other value overrides it.
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
    fitted_ : glassnet.estimators.training.fitted_table.FittedTable
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

    def _weights_in_training(self, codes: np.ndarray, row_weights: np.ndarray | None) -> np.ndarray | None:
        weights = class_weights(self.class_weight, self.schema_.classes, codes, type(self).__name__)
        self.fitted_ = replace(self.fitted_, recipe=replace(self.recipe_, class_weights=weights))
        if len(set(weights)) < 2:  # none, or all alike
            return row_weights
        of_row: np.ndarray = np.array(weights)[codes]
        return of_row if row_weights is None else of_row * row_weights

    def _set_labels(self, given: TrainingTable) -> None:
        labels = given.labels_in_order(self.schema_.classes)
        labels = labels_of_texts(self.schema_.classes) if labels is None else labels
        self.fitted_ = replace(self.fitted_, labels=labels)
        classes, owner = self.schema_.classes, type(self).__name__
        self._wish = Wish.of(self.threshold, self.event, classes, str(self.schema_.target), owner)
