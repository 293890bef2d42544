"""From a table, a choice of columns and settings to what a network trains on; every rule that settings must keep."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import Plan
from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.sampling.copies import find_copies
from glassnet.estimators.sampling.row_groups import Groups, read_groups
from glassnet.estimators.tables.input import without_roles
from glassnet.formulas import Loss, losses
from glassnet.layers import LayerSpec
from glassnet.network import Network
from glassnet.network.update import check_learning_rate
from glassnet.studio.contract.data import ColumnChoice, Task
from glassnet.studio.contract.settings import Settings
from glassnet.studio.data.images.image_file import LARGEST_SIDE
from glassnet.studio.data.preparation.division import divided
from glassnet.studio.data.preparation.layer_stack import check_image_layers, layer_stack
from glassnet.studio.data.preparation.stretch import StretchCourse, continues, offset_after
from glassnet.studio.data.preparation.timed import interval_names, timed_schema, with_intervals
from glassnet.studio.data.preparation.weighing import weights_in_words, weights_of_classes
from glassnet.tables import EncodedTable, Schema, Table
from glassnet.tables.framing import SMALLEST_SIDE
from glassnet.tables.image_archive import with_image_size
from glassnet.tables.outcome import Outcome

MOST_LAYERS, MOST_NEURONS, MOST_PARAMETERS, MOST_EPOCHS = 12, 2_048, 5_000_000, 1_000_000
MOST_REFERENCE_ROWS, MOST_REFERENCE_PARAMETERS = 500, 500
"""Up to here the readable NumPy network trains, beyond the engine."""
MOST_NULL_STRINGS, LONGEST_NULL_STRING = 50, 200
LARGEST_SEED = 2**53 - 1  # a page reads whole numbers up to here
Floats = NDArray[np.float64]
Part = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Preparation:
    """The prepared data of a run; rows are positions in the table, without those that lack a target.

    Attributes
    ----------
    table : Table
        The rows with a target only.
    present : array of int
        Their positions in the whole table.
    schema : Schema
        Its constants are learned from the training rows.
    settings : Settings
    task : {"classification", "regression"}
    loss : Loss
    X, y : array, shapes (n, n_in) and (n, n_out)
        All rows with a target; targets as the loss takes them.
    truth : array, shape (n,), of times to an event (n, 2)
        Class codes, or numbers in the target's unit; times, and whether they ended with the event.
    train, validation, test : array of int
        Positions among the rows with a target.
    compiled : bool
        Whether the engine trains.
    notes : tuple of str
    groups : str or None
        The column that says which rows stay together.
    class_weights : tuple of float
        How much a row of each class counts; empty where all count alike.
    first_step, offset : int
        Where these settings begin to hold, and how their course is numbered from there (see `StretchCourse`).
    """

    table: Table
    present: NDArray[np.int64]
    schema: Schema
    settings: Settings
    task: Task
    loss: Loss
    X: Floats
    y: Floats
    truth: NDArray[Any]
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: NDArray[np.int64]
    compiled: bool
    notes: tuple[str, ...]
    groups: str | None = None
    class_weights: tuple[float, ...] = ()
    first_step: int = 0
    offset: int = 0

    @property
    def layer_sizes(self) -> tuple[int, ...]:
        """Inputs, then the numbers that leave each layer."""
        return (self.layers[0].n_in, *(layer.n_out for layer in self.layers))

    @property
    def image_shape(self) -> tuple[int, ...] | None:
        """Rows, columns and channels of the images; None for a table without them."""
        column = self.schema.image_column
        return None if column is None else column.shape

    @cached_property
    def layers(self) -> tuple[LayerSpec, ...]:
        """All layers, each bound to the shape of what enters it."""
        return layer_stack(self.settings, self.image_shape, self.X.shape[1], self.n_outputs)

    @property
    def n_outputs(self) -> int:
        """The numbers that leave the last layer."""
        return self.schema.outcome.n_outputs(self.y)

    @property
    def measured(self) -> Floats:
        """The truth as a picture shows it: class codes, numbers, or times."""
        return self.truth if self.truth.ndim == 1 else self.truth[:, 0]

    @cached_property
    def mixes(self) -> list[Floats | None]:
        """Of layers that carry columns past an image: which numbers the activation leaves as they are."""
        return [layer.start_mixes() for layer in self.layers]

    @property
    def n_parameters(self) -> int:
        """How many weights and biases there are."""
        return sum(layer.n_trained for layer in self.layers)

    @property
    def activations(self) -> tuple[str, ...]:
        """The activation of each layer."""
        return tuple(layer.activation.spec for layer in self.layers)

    @property
    def classes(self) -> tuple[str, ...]:
        """Class labels; empty for regression."""
        return self.schema.classes

    @property
    def target_names(self) -> list[str]:
        """The name of each output; of many, one for each interval of time, in few words."""
        return interval_names(self.schema.outcome) or self.schema.outcome.output_names(self.n_outputs)

    @cached_property
    def row_weights(self) -> Floats:
        """How much each row counts in the loss."""
        return np.array(self.class_weights)[self.truth] if self.class_weights else np.ones(len(self.X))

    def given_weights(self, rows: NDArray[np.int64]) -> Floats | None:
        """The weights of rows; None where all count alike."""
        return self.row_weights[rows] if self.class_weights else None

    @cached_property
    def together(self) -> Groups | None:
        """The group of each row, where there are groups."""
        return read_groups(self.table, self.groups)

    @cached_property
    def course(self) -> StretchCourse:
        """Rows and learning rate of every step."""
        s = self.settings
        return StretchCourse(len(self.train), s.batch_size, s.epochs, s.shuffle, s.schedule, s.seed, offset=self.offset)

    def continued(self, settings: Settings, step: int) -> Preparation:
        """The same run under other settings from a step on.

        Raises
        ------
        ConfigurationError
            When the settings ask for a new start, or for fewer epochs than are done.
        """
        if not continues(self.settings, settings, compiled=self.compiled):
            raise ConfigurationError(f"The settings that are given for step {step} need a new start.")
        _check_settings(settings, self.schema.outcome)
        changed = replace(
            self, settings=settings, first_step=step, offset=offset_after(self.course, step, settings.batch_size)
        )
        if changed.course.n_steps < step:
            raise ConfigurationError(
                f"epochs={settings.epochs} lies before the current epoch of the run, {self.course.epoch(step) + 1}. "
                "Type a larger number, or go back first."
            )
        check_learning_rate(settings.learning_rate)
        changed.network()
        changed.plan()
        return changed

    @cached_property
    def parts(self) -> list[Part]:
        """The part of each row."""
        names: list[Part] = ["train"] * len(self.X)
        for part in ("validation", "test"):
            for row in getattr(self, part):
                names[row] = part
        return names

    def network(self) -> Network:
        """The readable network at its start."""
        s = self.settings
        return Network(self.layers, loss=s.loss, reduction=s.reduction, l1=s.l1, l2=s.l2, seed=s.seed)

    def plan(self) -> Plan:
        """The training of the run; it never stops by itself before the last epoch."""
        s = self.settings
        settings: dict[str, Any] = {
            "reduction": s.reduction, "optimizer": s.optimizer, "learning_rate": s.learning_rate,
            "schedule": s.schedule, "l1": s.l1, "l2": s.l2, "batch_size": s.batch_size, "epochs": s.epochs,
            "shuffle": s.shuffle, "monitor": "none", "dtype": "float32" if self.compiled else "float64",
        }  # fmt: skip
        if s.image:
            return Plan.of(self.layers, s.loss, **settings)
        return Plan(self.layer_sizes, self.activations, s.loss, initializer=s.initializer, **settings)

    def predicted(self, raw: Floats) -> Floats:
        """Values of raw predictions: numbers in the target's unit (n,), or a share per class (n, n_classes).

        Losses without probabilities (hinge) give 0 or 1.
        """
        return self.schema.outcome.values(raw, self.loss)


def prepare(table: Table, choice: ColumnChoice, settings: Settings) -> Preparation:
    """Check everything and make the arrays.

    Raises
    ------
    ConfigurationError, DataError, SchemaError
    """
    if choice.target is None:
        raise ConfigurationError("Choose the column to predict.")
    table = chosen_table(table, choice)
    schema = chosen_schema(table, choice)
    present = schema.rows_with_target(table)
    if len(present) < 2:
        raise DataError(f"{len(present)} rows have a value in {choice.target!r}; learning needs at least 2.")
    task = cast("Task", schema.task)
    loss = _check_settings(settings, schema.outcome)
    kept = table.take(present) if len(present) < table.n_rows else table
    truth = schema.encode_target(kept)
    copies = find_copies(EncodedTable(kept).values(schema)) if schema.image_column is None else None
    split, division = divided(kept, schema.outcome.strata(truth), choice.groups, settings, copies)
    if choice.fitted is None:
        schema = _with_scaling(schema, settings).fit(kept.take(split.train))
    if not schema.feature_names:
        raise DataError("The training rows leave no input column. Use a smaller test share, or other columns.")
    schema = with_intervals(schema, loss, settings.intervals, truth[split.train])
    encoded = schema.encode(kept)
    y = schema.outcome.encode(truth, loss)
    column = schema.image_column
    image = None if column is None else column.shape
    check_image_layers(settings, image)
    n_out = schema.outcome.n_outputs(y)
    count = sum(layer.n_trained for layer in layer_stack(settings, image, encoded.matrix.shape[1], n_out))
    if count > MOST_PARAMETERS:
        raise ConfigurationError(
            f"This network has {count:,} weights and biases; the studio accepts at most {MOST_PARAMETERS:,}. "
            "Use fewer neurons or layers."
        )
    weights = weights_of_classes(settings, schema.outcome, truth[split.train])
    if weights:
        division = (*division, weights_in_words(weights, schema.classes))
    small = len(split.train) <= MOST_REFERENCE_ROWS and count <= MOST_REFERENCE_PARAMETERS
    preparation = Preparation(
        kept, present, schema, settings, task, loss, np.ascontiguousarray(encoded.matrix), y, truth, split.train,
        split.validation, split.test, settings.engine == "compiled" or (settings.engine == "auto" and not small),
        (*schema.notes, *encoded.notes, *division), choice.groups, weights,
    )  # fmt: skip
    preparation.network().objective.check_targets(y, n_out)
    preparation.plan()
    return preparation


def chosen_table(table: Table, choice: ColumnChoice) -> Table:
    """The table in which the user's further texts mean a missing cell, and images are as large as the user says.

    Raises
    ------
    ConfigurationError
        For a text that is empty, too long, or one too many, and for a size that is none.
    """
    if choice.image_side is not None and not SMALLEST_SIDE <= choice.image_side <= LARGEST_SIDE:
        raise ConfigurationError(
            f"image_side={choice.image_side} must be a whole number from {SMALLEST_SIDE} to {LARGEST_SIDE}."
        )
    if len(choice.null_strings) > MOST_NULL_STRINGS:
        raise ConfigurationError(
            f"{len(choice.null_strings)} further texts mean a missing cell; at most {MOST_NULL_STRINGS} are possible. "
            "Clean the column in the file."
        )
    for text in choice.null_strings:
        if not text or len(text) > LONGEST_NULL_STRING:
            raise ConfigurationError(
                f"A text that means a missing cell has 1 to {LONGEST_NULL_STRING} characters, not {len(text)}."
            )
    return with_image_size(table, choice.image_side).with_null_strings(choice.null_strings)  # sizes are remembered


def chosen_schema(table: Table, choice: ColumnChoice) -> Schema:
    """The schema under the user's choice, before it has learned from the training rows.

    Raises
    ------
    SchemaError, DataError
    """
    if choice.fitted is not None:
        schema = _file_schema(table, choice.fitted)
    elif choice.target is not None and choice.event is not None:
        schema = timed_schema(table, choice.target, choice.event, choice.kinds)
    else:
        schema = Schema.infer(table, choice.target, choice.task, kinds=choice.kinds)
    read_groups(table.take(schema.rows_with_target(table)), choice.groups)  # refuses cells that are missing
    return without_roles(schema, None, choice.groups)


def _file_schema(table: Table, plain: dict[str, Any]) -> Schema:
    """The schema of a model file, for a table with its columns."""
    schema = Schema.from_dict(plain)
    absent = [c.name for c in schema.columns if c.role != "left_out" and c.name not in table.columns]
    if absent:
        raise DataError(
            f"The model file reads columns that this table lacks: {', '.join(map(repr, absent[:8]))}. Choose a table "
            "that has them, under the same names."
        )
    return schema


def _check_settings(settings: Settings, outcome: Outcome) -> Loss:
    """The loss, after a look at every number that the library does not check by itself."""
    loss = losses.resolve(settings.loss)
    outcome.check_loss(loss)
    depth = len(settings.hidden) + len(settings.image)
    if depth > MOST_LAYERS:
        raise ConfigurationError(f"A network has at most {MOST_LAYERS} hidden layers here, not {depth}.")
    for number, layer in enumerate(settings.hidden, start=1):
        if not 1 <= layer.neurons <= MOST_NEURONS:
            raise ConfigurationError(f"Layer {number} has {layer.neurons} neurons; 1 to {MOST_NEURONS} are possible.")
    if not 1 <= settings.epochs <= MOST_EPOCHS:
        raise ConfigurationError(f"epochs={settings.epochs} must be a whole number from 1 to {MOST_EPOCHS}.")
    if not 0 <= settings.patience <= MOST_EPOCHS:
        raise ConfigurationError(f"patience={settings.patience} must be a whole number from 0 to {MOST_EPOCHS}.")
    if not 0 <= settings.seed <= LARGEST_SEED:
        raise ConfigurationError(f"seed={settings.seed} must be a whole number from 0 to 2**53 - 1.")
    if settings.start is not None and len(settings.start) != len(settings.hidden) + 1:
        raise ConfigurationError(
            f"start has {len(settings.start)} layers; the network has {len(settings.hidden) + 1}, the output included."
        )
    return loss


def _with_scaling(schema: Schema, settings: Settings) -> Schema:
    """The schema with inputs and target scaled or left as they are."""
    if not settings.scale_inputs:
        schema = schema.with_scaling("none")
    if settings.scale_target or schema.outcome.labeled:
        return schema
    columns = tuple(replace(c, scaling="none") if c.role == "target" else c for c in schema.columns)
    return replace(schema, columns=columns)
