"""The recipe of one training of a table estimator: a preset's settings, those that the user gave in their place,
and everything that depends on the size of the table decided.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from glassnet.engine import Plan
from glassnet.estimators.recipes.embedding import EmbeddingLayer
from glassnet.formulas import (
    Activation,
    Augmentation,
    Initializer,
    Loss,
    Optimizer,
    Parameter,
    Parametrization,
    Schedule,
    schedules,
)
from glassnet.formulas.optimizer import DECAY
from glassnet.layers import Dense, LayerSpec, stacked

Precision = Literal["float32", "float64"]
FEWEST_ROWS_TO_SPLIT = 20
_WORDS = ("reason", "summary", "ingredients", "reference")
RESAMPLINGS = ("bootstrap", "folds")
TOLERANCE = 1e-4
DECIDED = (
    "hidden_layer_sizes", "activation", "optimizer", "learning_rate", "schedule", "epochs", "batch_size", "l1", "l2",
    "patience", "n_networks", "resampling", "dropout", "label_smoothing", "scaling", "embedding",
)  # fmt: skip
"""The parameters that a preset decides where they are "auto"."""
_PARAMETERS = (
    Parameter("learning_rate", 0.006, "first step size", 0.0, open_low=True),
    Parameter("l1", 0.0, "strength of the L1 penalty", 0.0),
    Parameter("l2", 0.0, "strength of the L2 penalty", 0.0),
    Parameter("dropout", 0.0, "share of the hidden neurons that a step leaves out", 0.0, 1.0, open_high=True),
    Parameter("label_smoothing", 0.0, "share of a class label spread over all classes", 0.0, 1.0, open_high=True),
    Parameter("validation_fraction", 0.2, "share of the rows that choose the epoch", 0.0, 1.0, open_high=True),
)

NUMBERS = {parameter.name: parameter for parameter in _PARAMETERS}
"""Name -> domain of the settings that are real numbers."""


@dataclass(frozen=True)
class Recipe:
    """Checked settings of one training, with everything automatic decided.

    Attributes
    ----------
    name : str
        Of the preset.
    reason : str
        Why this preset.
    hidden : tuple of int
    activations : tuple of Activation
        Of the hidden layers and the identity of the last one.
    optimizer : Optimizer
    learning_rate : float
    schedule : Schedule
    epochs, batch_size : int
    l1, l2 : float
    patience : int
    seed : int
    n_networks : int
        Networks whose mean predicts.
    resampling : {"bootstrap", "folds", "none"}
        Which rows each of several networks trains on; networks that share a body all train on the same.
    given : tuple of str
        The parameters that the user gave; they override the preset's.
    initializers : tuple of Initializer
        One per layer.
    parametrization : tuple of Parametrization
        One per layer.
    dropout : float
        Share of the hidden neurons that each training step leaves out.
    label_smoothing : float
        Label smoothing: the share of a class label that is spread over all classes.
    scaling : str
        How numeric columns become inputs: a name from `glassnet.tables.columns.scales.scaling.SCALINGS`.
    monitor : {"validation_loss", "validation_score"}
        The quantity by which validation rows choose the epoch; the score of classes is accuracy.
    latest_tie : bool
        Among equally good epochs, keep the latest instead of the first.
    linear_rival : bool
        Whether simpler models (linear models, and networks without bins), trained on the same rows, replace networks
        that are no better on the left-out rows of each.
    shared : bool
        Whether the networks share a body: all layers but the last, and each network's scales of the inputs.
    scale_start : str
        Where the scales of the inputs start.
    clip_norm : float or None
        Gradients with a longer norm are scaled down to it.
    embedding : tuple of EmbeddingLayer
        The first layers, which see the inputs column by column; `hidden`, `activations`, `initializers` and
        `parametrization` speak of them too.
    mixed : bool
        Whether the neurons of the hidden layers behind the embedding train the share of their activation.
    dropout_schedule, decay_schedule : Schedule
        Schedules of the dropout rate and of the weight decay.
    clamped : bool
        Whether predicted numbers stay between the smallest and the largest target of the training table.
    reduction : str
        How the losses of rows become one: a name from `glassnet.formulas.loss.REDUCTIONS`.
    class_weights : tuple of float
        The weight of the rows of each class; empty if all are equal.
    summary, reference : str
        The preset in one line, and its source.
    ingredients : tuple of str
        What the preset is made of, one short sentence each.
    averaged : tuple of str
        If networks of several settings are averaged: each of the settings in words.
    layers : tuple of LayerSpec
        All hidden layers, bound to their input shapes, if some are image layers; `hidden` then counts their outputs.
    augmentation : tuple of Augmentation
        How images differ from epoch to epoch.
    last_epoch : bool
        Whether a network keeps its last epoch, whatever its validation loss.
    """

    name: str
    reason: str
    hidden: tuple[int, ...]
    activations: tuple[Activation, ...]
    optimizer: Optimizer
    learning_rate: float
    schedule: Schedule
    epochs: int
    batch_size: int
    l1: float
    l2: float
    patience: int
    seed: int
    n_networks: int = 1
    resampling: str = "bootstrap"
    given: tuple[str, ...] = ()
    initializers: tuple[Initializer, ...] = ()
    parametrization: tuple[Parametrization, ...] = ()
    dropout: float = 0.0
    label_smoothing: float = 0.0
    scaling: str = "standard"
    monitor: Literal["validation_loss", "validation_score"] = "validation_loss"
    latest_tie: bool = False
    linear_rival: bool = False
    shared: bool = False
    scale_start: str = "ones"
    clip_norm: float | None = None
    embedding: tuple[EmbeddingLayer, ...] = ()
    mixed: bool = False
    dropout_schedule: Schedule = schedules["constant"]
    decay_schedule: Schedule = schedules["constant"]
    clamped: bool = False
    reduction: str = "mean"
    class_weights: tuple[float, ...] = ()
    summary: str = ""
    ingredients: tuple[str, ...] = ()
    reference: str = ""
    averaged: tuple[str, ...] = ()
    layers: tuple[LayerSpec, ...] = ()
    augmentation: tuple[Augmentation, ...] = ()
    last_epoch: bool = False

    @property
    def settings(self) -> dict[str, Any]:
        """The same in plain types: records as their specs, for printing and for papers."""
        plain: dict[str, Any] = {}
        for name, value in vars(self).items():
            if hasattr(value, "spec"):
                value = value.spec
            elif isinstance(value, tuple):
                value = tuple(getattr(entry, "spec", entry) for entry in value)
            if name == "embedding":
                value = tuple(repr(layer.connections) for layer in self.embedding)
            plain[name] = value
        return plain

    @property
    def trained_alike(self) -> Recipe:
        """The settings that all members of a population share; settings that may differ are set to neutral values."""
        return replace(
            self, reason="", given=(), learning_rate=1.0, l1=0.0, l2=0.0, dropout=0.0, label_smoothing=0.0
        )  # fmt: skip

    @property
    def dense(self) -> tuple[int, ...]:
        """The hidden layers after the embedding."""
        return self.hidden[len(self.embedding) :]

    @property
    def in_words(self) -> str:
        """The hidden layers after the embedding: their sizes, or their records if some are image layers."""
        return ", ".join(map(repr, self.layers)) if self.layers else "-".join(map(str, self.dense))

    def stack(self, n_out: int) -> tuple[LayerSpec, ...]:
        """All layers of an image network, and none for others."""
        return stacked([*self.layers, Dense(n_out, initializer=self.initializers[-1])]) if self.layers else ()

    def in_short(self) -> str:
        """The settings in a few words.

        Examples
        --------
        >>> from glassnet.estimators.recipes.decision import Problem, read_recipe
        >>> read_recipe({"recipe": "lecture"}, Problem("regression", n_rows=500, n_inputs=10), "it").in_short()
        'hidden layers 32, relu, adam at 0.006, 200 epochs'
        """
        dense = self.in_words or "none"
        behind = " behind embeddings" if self.embedding else ""
        named = f"{self.activations[-2].spec}, " if self.hidden else ""
        smoothed = f", labels smoothed by {self.label_smoothing:g}" if self.label_smoothing else ""
        dropped = f", dropout {self.dropout:g}" if self.dropout else ""
        decay = self.optimizer.values.get(DECAY)
        decayed = f", weight decay {decay:g}" if decay else ""
        return (
            f"hidden layers {dense}{behind}, {named}{self.optimizer.name} at {self.learning_rate:g}, "
            f"{self.epochs} epochs{decayed}{dropped}{smoothed}"
        )

    def explain(self) -> str:
        """Explain the choices and their reasons, in a few lines.

        Examples
        --------
        >>> from glassnet.estimators.recipes.decision import Problem, read_recipe
        >>> problem = Problem("classification", n_rows=500, n_inputs=10)
        >>> print(read_recipe({}, problem, "it").explain().splitlines()[0])
        committee: eight small networks in the manner of realmlp-s, each judged by the fold that it leaves out
        """
        layers = self.in_words if self.layers else "-".join(map(str, self.hidden)) or "none"
        lines = [f"{self.name}: {self.summary}", f"Chosen because {self.reason}."]
        lines += [f"* {ingredient}" for ingredient in self.ingredients]
        if self.linear_rival:
            lines.append(
                "* linear models, and on few rows networks without bins, take their place where they lose less on the "
                "rows left out"
            )
        lines.append(
            f"Here: hidden layers {layers}, {self.activations[-2].spec if self.hidden else 'linear'}, "
            f"{self.optimizer.spec} at {self.learning_rate:g}, {self.schedule.spec}, at most {self.epochs} epochs, "
            f"{self.batch_size} rows per step, scaling {self.scaling}, "
            f"{self.n_networks} network{'s' if self.n_networks > 1 else ''}"
            f"{' with a shared body' if self.shared else ''}."
        )
        if self.class_weights:
            weights = ", ".join(f"{weight:.4g}" for weight in self.class_weights)
            lines.append(f"A row of each class, in their order, counts {weights}.")
        lines += [f"Averaged: {setting}." for setting in self.averaged]
        if self.given:
            lines.append(f"Given by you: {', '.join(self.given)}.")
        if self.reference:
            lines.append(f"Source: {self.reference}.")
        return "\n".join(lines)

    def plan(self, n_in: int, n_out: int, loss: Loss, dtype: Precision, *, watched: bool) -> Plan:
        """The plan for the engine; `watched` says whether there are validation rows that choose the epoch."""
        if self.layers:
            stack = self.stack(n_out)
            return Plan.of(
                stack, loss, optimizer=self.optimizer, learning_rate=self.learning_rate, schedule=self.schedule,
                reduction=self.reduction, l1=self.l1, l2=self.l2, batch_size=self.batch_size, epochs=self.epochs,
                monitor=self.monitor if watched else "training_loss", patience=self.patience, tolerance=TOLERANCE,
                restore_best=watched and not self.last_epoch, dtype=dtype, latest_tie=self.latest_tie,
                dropout=[self.dropout if k and isinstance(layer, Dense) else 0.0 for k, layer in enumerate(stack)],
                dropout_schedule=self.dropout_schedule, decay_schedule=self.decay_schedule,
                label_smoothing=self.label_smoothing, clip_norm=self.clip_norm, augmentation=self.augmentation,
            )  # fmt: skip
        before, dense = len(self.embedding), len(self.hidden) - len(self.embedding)
        return Plan(
            (n_in, *self.hidden, n_out), self.activations, loss, optimizer=self.optimizer,
            learning_rate=self.learning_rate, schedule=self.schedule, l1=self.l1, l2=self.l2,
            initializer=self.initializers or "he", batch_size=self.batch_size, epochs=self.epochs,
            monitor=self.monitor if watched else "training_loss", patience=self.patience, tolerance=TOLERANCE,
            restore_best=watched, dtype=dtype,
            latest_tie=self.latest_tie, parametrization=self.parametrization or "standard",
            dropout=[0.0] * (before + 1) + [self.dropout] * dense, dropout_schedule=self.dropout_schedule,
            decay_schedule=self.decay_schedule, mixed=[False] * before + [self.mixed] * dense + [False],
            connections=[layer.connections for layer in self.embedding] + [None] * (dense + 1),
            label_smoothing=self.label_smoothing, reduction=self.reduction,
            clip_norm=self.clip_norm, heads=self.n_networks if self.shared else 1, scale_start=self.scale_start,
        )  # fmt: skip

    def __repr__(self) -> str:
        fields_shown = {name: value for name, value in self.settings.items() if value != () and name not in _WORDS}
        return f"Recipe({', '.join(f'{name}={value!r}' for name, value in fields_shown.items())})"


def precision_of(X: np.ndarray) -> Precision:
    """The precision of a matrix as plans name it."""
    return "float64" if X.dtype == np.float64 else "float32"
