"""`GlassRegressor`: numbers from a raw table."""

from __future__ import annotations

from sklearn.base import RegressorMixin

from glassnet.estimators.tables.estimator import TableEstimator
from glassnet.estimators.tables.models.amount import AmountModel


class GlassRegressor(AmountModel, RegressorMixin, TableEstimator):
    """Predicts a number from a raw table: numbers, categories, yes/no columns, dates, missing cells, any scale.

    As `GlassClassifier`, with the squared error. The target is standardized for the training with the center and
    scale that the schema keeps, so the loss is the share of the target's variance that is not explained; predictions
    are in the target's own unit.

    Parameters
    ----------
    hidden_layer_sizes, activation, recipe, optimizer, learning_rate, schedule, epochs, batch_size, l1, l2
        As for `GlassClassifier`.
    validation_fraction, patience, random_state, n_jobs, n_networks, time_budget, resampling, verbose
        As for `GlassClassifier`.
    dropout, label_smoothing, scaling, embedding
        As for `GlassClassifier`.

    Attributes
    ----------
    fitted_ : glassnet.estimators.training.fitted_table.FittedTable
        All of the following as one frozen record.
    schema_ : Schema
        How each column was understood.
    network_ : glassnet.Network
        The trained network in readable NumPy; it predicts the standardized target.
    networks_ : list of glassnet.Network
        Each of several.
    history_, histories_ : History, list of History
    recipe_ : Recipe
        The settings of the training, with everything automatic decided.
    feature_names_in_ : array of str
        The columns of the training table, the target apart; not there when it was an array.
    n_features_in_ : int
    n_rows_without_target_ : int
        Rows that were left out.
    weights_, biases_ : list of array

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> frame = load_diabetes(as_frame=True).frame
    >>> model = GlassRegressor().fit(frame, target="target")
    >>> model.score(frame) > 0.4
    True
    """
