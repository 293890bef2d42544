"""Many networks in one call: the public interface to the engine's populations."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.engine import Plan, Population, PopulationProgress, Predictor, Training, TrainingResult
from glassnet.errors import ConfigurationError, ShapeError
from glassnet.estimators.networks.image_layers import flat_images, has_records, layer_stack, read_shape
from glassnet.estimators.networks.progress_bar import progress_bar
from glassnet.estimators.networks.readable import network_of
from glassnet.estimators.networks.workers import spread
from glassnet.formulas import Activation, Loss, activations, losses
from glassnet.layers import LayerSpec
from glassnet.network import Dense, Network

_PER_MEMBER = ("learning_rate", "l1", "l2", "dropout", "label_smoothing")
_NO_ROWS = "Give it rows=bootstrap_rows(...) or rows=fold_rows(...)."


def train_population(
    X: ArrayLike,
    y: ArrayLike,
    *,
    hidden_layer_sizes: Sequence[int | LayerSpec] = (32,),
    input_shape: Sequence[int] | None = None,
    activation: str | Activation = "relu",
    loss: str | Loss = "squared_error",
    members: int | ArrayLike | None = None,
    seed: int = 0,
    rows: Sequence[ArrayLike] | NDArray[Any] | None = None,
    row_weights: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    validation: tuple[ArrayLike, ArrayLike] | tuple[ArrayLike, ArrayLike, ArrayLike | None] | None = None,
    learning_rate: float | ArrayLike = 0.001,
    l1: float | ArrayLike = 0.0,
    l2: float | ArrayLike = 0.0,
    dropout: float | ArrayLike = 0.0,
    label_smoothing: float | ArrayLike = 0.0,
    epochs: int = 200,
    batch_size: int | None = 32,
    progress: bool | Callable[[PopulationProgress], Any] = False,
    threads: int | None = None,
    **rules: Any,
) -> TrainedPopulation:
    """Train many networks side by side on the same data.

    They share the shape and the formulas, and differ in their random numbers and, if you like, in their training rows,
    learning rate, penalties, dropout and label smoothing. A network trained among others has the same bits as one
    trained alone, with any number of threads.

    Parameters
    ----------
    X : array-like, shape (n, n_in)
        Finite numbers of moderate size; scale columns that are not.
    y : array-like, shape (n,) or (n, n_outputs)
        Numbers for regression, 0 and 1 for ``logistic``, -1 and 1 for hinge losses, labels for
        ``softmax_cross_entropy``.
    hidden_layer_sizes : sequence of int or LayerSpec
        Neurons of each hidden layer, or its record, such as ``Convolution(6, 5, "relu")``.
    input_shape : (rows, columns) or (rows, columns, channels), optional
        Shape of the images, for image layers; inferred from `X` if that is (n, rows, columns[, channels]).
    activation : str or Activation
        Of the hidden layers given by their size; the last layer has none.
    loss : str or Loss
    members : int or array of int, optional
        The number of networks, or their ids; inferred from the settings if not given.
    seed : int
        All random numbers follow from the seed and the id.
    rows : sequence of arrays of int, one per network, optional
        The rows that each network trains on; see `bootstrap_rows` and `fold_rows`.
    row_weights : array-like, shape (members, n), optional
        Weight of each row for each network.
    sample_weight : array-like, shape (n,), optional
        Weight of each row for all networks.
    validation : (X, y) or (X, y, weights), optional
        Validation rows; weights of shape (n_validation,) or (members, n_validation).
    learning_rate, l1, l2, dropout, label_smoothing : float or array-like, shape (members,)
        One number for all networks, or one for each; see `grid`. An array for `dropout` always has one number per
        network.
    epochs : int
        Maximum number of passes over the rows.
    batch_size : int or None
        Rows per step; None takes all.
    progress : bool or function
        True shows a progress bar. A function is called with a `PopulationProgress` about twenty times a second;
        when it returns False, the training stops there.
    threads : int, optional
        All usable cores when not given.
    **rules
        Further settings of `glassnet.engine.Plan`: ``optimizer``, ``schedule``, ``clip_norm``, ``monitor``,
        ``patience``, ``tolerance``, ``restore_best``, ``initializer``, ``reduction``, ``dtype``, ``augmentation``.
        ``monitor`` is
        ``"validation_loss"`` with validation rows and ``"training_loss"`` without.

    Returns
    -------
    TrainedPopulation

    Raises
    ------
    ConfigurationError, ShapeError, DataError
        A setting, a shape or a value cannot be used.
    TrainingDiverged
        Every network met a number that is not finite.

    Examples
    --------
    >>> from glassnet import bootstrap_rows
    >>> X = np.linspace(-2, 2, 40)[:, None]
    >>> y = np.sin(X[:, 0])
    >>> population = train_population(
    ...     X, y, hidden_layer_sizes=[8], activation="tanh", rows=bootstrap_rows(40, 20), learning_rate=0.02, epochs=100
    ... )
    >>> population.predict(X).shape
    (20, 40, 1)
    >>> bool(population.predict(X).std(axis=0).max() < 0.5)
    True
    """
    record = losses.resolve(loss)
    targets, classes = _targets(y, record)
    held = None
    if validation is not None:
        held_targets, _ = _targets(validation[1], record, classes)
        held = (validation[0], held_targets, validation[2] if len(validation) > 2 else None)
        rules.setdefault("monitor", "validation_loss")
    given = dict(zip(_PER_MEMBER, (learning_rate, l1, l2, dropout, label_smoothing), strict=True))
    each: dict[str, Any] = {
        name: np.asarray(value, dtype=np.float64) for name, value in given.items() if np.ndim(value)
    }
    shared: dict[str, Any] = {name: value for name, value in given.items() if name not in each}
    inputs = np.asarray(X)
    hidden = tuple(hidden_layer_sizes)
    shared |= {"epochs": epochs, "batch_size": batch_size, **rules}
    if has_records(hidden):
        shape = read_shape(input_shape, inputs, "train_population")
        inputs = flat_images(inputs, shape, "train_population")
        layers = layer_stack(
            hidden, [activations.resolve(activation)] * len(hidden), shared.pop("initializer", "glorot"), shape,
            inputs.shape[-1], targets.shape[1], "train_population",
        )  # fmt: skip
        plan = Plan.of(layers, record, **shared)
        if held is not None:
            held = (flat_images(np.asarray(held[0]), shape, "train_population: validation"), *held[1:])
    else:
        n_in = 1 if inputs.ndim == 1 else inputs.shape[-1]
        sizes = [size for size in hidden if not isinstance(size, LayerSpec)]
        plan = Plan(
            (n_in, *sizes, targets.shape[1]), (activation,) * len(sizes) + ("identity",), record, **shared
        )  # fmt: skip
    ids = _members(members, each, rows, row_weights)
    population = Population(seed, ids, **each, rows=rows, row_weights=row_weights)
    training = spread(Training(plan, population, inputs, targets, sample_weight, held, threads))
    bar = progress_bar(epochs * len(population.ids)) if progress is True else nullcontext(progress or None)
    with bar as show:
        try:
            training.run(show)
        except KeyboardInterrupt:
            warnings.warn("Training interrupted: the networks are as they were at that moment.", stacklevel=2)
        if progress is True and show:
            show(training.progress)
    return TrainedPopulation(plan, population, training.best_result, len(targets), classes)


@dataclass(frozen=True)
class TrainedPopulation:
    """Networks that were trained together, and the history of their training.

    Attributes
    ----------
    plan : Plan
        What they share.
    population : Population
        The differences between them.
    result : TrainingResult
        Weights, curves and reasons for stopping, as the engine reports them.
    n_rows : int
        Rows of the training data.
    classes : array or None
        The labels in the order of the outputs, for ``softmax_cross_entropy``.
    """

    plan: Plan
    population: Population
    result: TrainingResult
    n_rows: int
    classes: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.population.ids)

    @property
    def weights(self) -> list[NDArray[Any]]:
        """Per layer, shape (members, n_in, n_out)."""
        return self.result.weights

    @property
    def biases(self) -> list[NDArray[Any]]:
        """Per layer, shape (members, n_out)."""
        return self.result.biases

    @property
    def loss_curve(self) -> NDArray[np.float64]:
        """Training loss, shape (members, epochs); NaN after a network has stopped."""
        return _pad(self.result.loss_curve)

    @property
    def validation_curve(self) -> NDArray[np.float64]:
        """Loss or score on the validation rows, shape (members, epochs); NaN after a network has stopped."""
        return _pad(self.result.validation_curve)

    @property
    def best_loss(self) -> NDArray[np.float64]:
        """Best value of the monitored loss or score, shape (members,)."""
        return self.result.best_loss

    def predict(self, X: ArrayLike, *, threads: int | None = None) -> NDArray[np.float64]:
        """The predictions of every network, after the link of the loss: shape (members, n, n_outputs)."""
        inputs = np.ascontiguousarray(np.asarray(X), dtype=self.plan.dtype)
        if self.plan.layers is not None:
            shape = self.plan.layers[0].shape_in
            inputs = flat_images(inputs, shape if len(shape) == 3 else None, "predict")
        inputs = inputs[:, None] if inputs.ndim == 1 else inputs
        raw = [self._predictor(k)(inputs, threads) for k in range(len(self))]
        return np.asarray(self.plan.loss_record.predict(np.stack(raw).astype(np.float64)))

    def predict_left_out(self, X: ArrayLike, *, threads: int | None = None) -> NDArray[np.float64]:
        """The mean prediction for each training row by the networks that did not train on it, shape (n, n_outputs).

        With folds this is the cross-validated prediction, with bootstraps the out-of-bag one (Breiman 2001). A row that
        every network has seen gets NaN.

        Parameters
        ----------
        X : array-like, shape (n, n_in)
            The rows that the population trained on.
        """
        left_out = self.left_out()
        predictions = self.predict(X, threads=threads)
        if predictions.shape[1] != self.n_rows:
            raise ShapeError(
                f"X has {predictions.shape[1]} rows, the training data had {self.n_rows}. Give the training rows."
            )
        counts = left_out.sum(axis=0)[:, None]
        total = np.einsum("mn,mnk->nk", left_out.astype(np.float64), predictions)
        return np.where(counts > 0, total / np.maximum(counts, 1), np.nan)

    def left_out(self) -> NDArray[np.bool_]:
        """Which rows each network did not train on, shape (members, n)."""
        if self.population.rows is not None:
            seen = np.zeros((len(self), self.n_rows), dtype=bool)
            for k, rows in enumerate(self.population.row_lists(self.n_rows)):
                seen[k, rows] = True
        elif self.population.row_weights is not None:
            seen = np.asarray(self.population.row_weights) > 0
        else:
            raise ConfigurationError(f"Every network of this population trained on all rows. {_NO_ROWS}")
        return ~seen

    def network(self, member: int) -> Network:
        """One network, counted from 0, for tracing and inspection."""
        if not 0 <= member < len(self):
            raise ConfigurationError(f"There is no network {member}; they are counted from 0 to {len(self) - 1}.")
        layers = self.plan.layers or [
            Dense(w.shape[1], w.shape[2], activation, weights=w[member], biases=b[member])
            for w, b, activation in zip(self.weights, self.biases, self.plan.activations, strict=True)
        ]
        own = {
            name: self.population.per_member(name, getattr(self.plan, name))[member]
            for name in ("l1", "l2", "label_smoothing")
        }
        dropout = self.population.dropout_rates(self.plan)
        return network_of(
            layers, [w[member] for w in self.weights], [b[member] for b in self.biases], loss=self.plan.loss_record,
            reduction=self.plan.reduction, penalty_per_row=self.plan.penalty_per_row,
            dropout=dropout[member] if dropout else 0.0, seed=self.population.seed,
            augmentation=self.plan.augmentation if self.plan.layers is not None else (), **own,
        )  # fmt: skip

    def _predictor(self, member: int) -> Predictor:
        """The engine's predictor of one network."""
        return Predictor(
            [w[member] for w in self.weights], [b[member] for b in self.biases], tuple(self.plan.activations),
            layers=self.plan.layers or (),
        )  # fmt: skip

    def __repr__(self) -> str:
        sizes = "-".join(map(str, self.plan.layer_sizes))
        return f"TrainedPopulation({len(self)} networks {sizes}, {self.result.n_epochs.mean():.0f} epochs each)"


def _targets(y: Any, loss: Loss, classes: Any = None) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """Targets of shape (n, n_outputs), and the labels of a multi-class target given as labels."""
    targets = np.asarray(y)
    if loss.task == "multiclass" and targets.ndim == 1:
        known = np.unique(targets) if classes is None else classes
        if len(known) < 2 or not np.isin(targets, known).all():
            raise ConfigurationError(
                f"The labels in y are {np.unique(targets)[:6].tolist()}; the loss {loss.name!r} needs at least two, "
                "and validation rows may have only labels of the training rows."
            )
        return (targets[:, None] == known).astype(np.float64), known
    return targets[:, None] if targets.ndim == 1 else targets, classes


def _members(members: Any, each: dict[str, NDArray[Any]], rows: Any, row_weights: Any) -> Any:
    """The number of networks, or their ids: as given, or else the number of entries of the settings."""
    counts = {name: len(values) for name, values in each.items()}
    counts |= {
        name: len(values) for name, values in (("rows", rows), ("row_weights", row_weights)) if values is not None
    }
    if members is not None:
        counts["members"] = int(members) if np.ndim(members) == 0 else len(np.asarray(members))
    if not counts:
        raise ConfigurationError(
            "How many networks? Give members=, or one number per network for a setting, or rows= for each."
        )
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{name} has {count}" for name, count in counts.items())
        raise ShapeError(f"The settings do not agree on the number of networks: {listed}.")
    return members if members is not None else next(iter(counts.values()))


def _pad(curves: list[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Curves of different lengths as one matrix, padded at the end."""
    table = np.full((len(curves), max(map(len, curves), default=0)), np.nan)
    for row, curve in zip(table, curves, strict=True):
        row[: len(curve)] = curve
    return table
