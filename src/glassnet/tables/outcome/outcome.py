"""`Outcome`: a kind of target, from the cells of its column to what a user is told.

Other rooms ask the outcome of a schema and never look at the name of its task. So a new kind of target is one record,
and one estimator where none of those that there are serves it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.formulas import Loss, Parameter, losses
from glassnet.formulas.registry import Registry
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import Judgment, judge
from glassnet.tables.notation.cells import Cells
from glassnet.tables.outcome.answer import Answer
from glassnet.tables.table import Table


@dataclass(frozen=True)
class Outcome(ABC):
    """A kind of target, by itself or with the columns of a table.

    Class attributes are what the kind says of itself; `name` is the task in files and on the command line.

    Parameters
    ----------
    columns : tuple of ColumnSchema
        The target columns; empty where there is no table.
    classes : tuple
        The labels in the order of their codes; empty for numbers.
    """

    columns: tuple[ColumnSchema, ...] = ()
    classes: tuple[Any, ...] = ()

    name: ClassVar[str]
    summary: ClassVar[str]
    noun: ClassVar[str]
    """In a sentence: "this target is an amount"."""
    estimator: ClassVar[str] = ""
    """The table estimator that serves it."""
    only_one: ClassVar[str] = "the value"
    """The noun for the values of the target, in the message about a target that never changes."""
    target_columns: ClassVar[int] = 0
    """How many columns of a table it takes; 0 where no table can hold it."""
    may_be_constant: ClassVar[bool] = False
    """Whether a target column may hold one value only."""
    labeled: ClassVar[bool] = False
    """Whether an answer is one of a few labels."""
    several: ClassVar[bool] = False
    """Whether a row may have several labels at once."""
    loss_tasks: ClassVar[tuple[str, ...]] = ("regression",)
    """The kinds of losses (`Loss.task`) that can train it."""
    metrics: ClassVar[tuple[str, ...]] = ()
    """Names of the metrics of `glassnet.evaluate` by which models are compared, the main one first."""
    score: ClassVar[str] = ""
    """The metric that `score` of its estimators gives."""
    score_is_share: ClassVar[bool] = False
    """Whether that score is a share of the rows."""
    compared_as: ClassVar[str]
    """The task whose rivals in `glassnet.evaluate` its models are compared with."""
    measured_as: ClassVar[str] = ""
    """Which clinical measures of `glassnet.evaluate` there are for it: "amount", "probability", "time", or none."""
    scales: ClassVar[tuple[str, ...]] = ()
    """On which scales an answer can be explained, the usual one first."""
    exported: ClassVar[bool] = True
    """Whether exports for other languages can say its answers."""
    intervals: ClassVar[bool] = False
    """Whether residuals of rows left out give intervals."""
    stratified: ClassVar[bool] = False
    """Whether rows may be compared within strata only; the column of strata is then the last of `columns`."""
    parameters: ClassVar[tuple[Parameter, ...]] = ()

    def of(self, columns: Sequence[ColumnSchema]) -> Self:
        """The same kind with the target columns of a table."""
        return replace(self, columns=tuple(columns), classes=self.labels(columns))

    def labels(self, columns: Sequence[ColumnSchema]) -> tuple[str, ...]:
        """The labels that target columns hold."""
        return ()

    @property
    def declared_classes(self) -> tuple[str, ...]:
        """The texts that, given as `classes`, make the same of the target columns again."""
        return self.classes

    # towards the network

    @property
    @abstractmethod
    def loss(self) -> Loss:
        """The default loss for training it."""

    @abstractmethod
    def encode(self, truth: np.ndarray, loss: Loss) -> np.ndarray:
        """The targets of the network, float64 of shape (n, n_outputs), from the result of `read`."""

    def n_outputs(self, targets: np.ndarray) -> int:
        """How many outputs a network has that is trained towards `targets`, which `encode` gave."""
        return int(targets.shape[1])

    @abstractmethod
    def output_names(self, n_outputs: int) -> list[str]:
        """The name of each output of the network."""

    def strata(self, truth: np.ndarray) -> np.ndarray | None:
        """The groups of rows that each part of a split should hold in the same shares; None where there are none."""
        return None

    def deviations(self, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """The truth of weighted rows as columns of numbers, whose means a test compares; shape (n, columns)."""
        return self.encode(truth, self.loss)

    def takes(self, count: int) -> bool:
        """Whether this many target columns can hold it."""
        return count == self.target_columns

    def fits(self, n_outputs: int) -> bool:
        """Whether a network with this many outputs can have these labels."""
        return not self.classes

    def check_loss(self, loss: Loss) -> None:
        """Refuse a loss that cannot train it: `ConfigurationError`."""
        if loss.task not in self.loss_tasks:
            wanted = next((kind.name for kind in outcomes.values() if loss.task in kind.loss_tasks), loss.task)
            fit = ", ".join(name for name, one in losses.items() if one.task in self.loss_tasks)
            raise ConfigurationError(
                f"The loss {loss.name!r} is for {wanted}, and the target asks for {self.name}. Choose {fit}."
            )

    # from the network

    @abstractmethod
    def values(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> np.ndarray:
        """Values of raw predictions (..., n, n_outputs), in float64: numbers (..., n), or shares (..., n, n_classes).

        `clamped` keeps numbers within the range of the training targets.
        """

    def answer(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> Answer:
        """The answer for raw predictions (n, n_outputs)."""
        return Answer(self.values(raw, loss, clamped=clamped))

    @property
    def strata_names(self) -> tuple[str, ...]:
        """The strata within which rows are compared, in the order of their numbers; empty if there are none."""
        return ()

    @property
    def unit(self) -> tuple[float, float]:
        """Center and scale: an answer is the prediction times the scale plus the center."""
        return 0.0, 1.0

    @property
    def summed_on(self) -> str:
        """The scale on which a network without hidden layers is a sum."""
        return self.scales[-1]

    @property
    def asked_for(self) -> str:
        """The name of the predicted quantity, for titles."""
        return self.columns[0].name

    @property
    def answered(self) -> str:
        """The name of an answer that is a number."""
        return self.columns[0].name

    @property
    def all_answered(self) -> tuple[str, ...]:
        """The same, where an answer has several numbers."""
        return (self.answered,)

    @abstractmethod
    def worded(self, values: np.ndarray) -> str:
        """One row of `values` in words, as in a report."""


@dataclass(frozen=True)
class TableOutcome(Outcome):
    """A kind of target that columns of a table can hold."""

    target_columns: ClassVar[int] = 1

    def judge(self, table: Table, name: str) -> Judgment:
        """Judge a target column, given that the user chose this kind."""
        return judge(table, name)

    @abstractmethod
    def check(self, table: Table, name: str, judgment: Judgment) -> None:
        """Refuse a target column that cannot serve, when this kind was asked for: `SchemaError`."""

    @abstractmethod
    def column(self, table: Table, name: str, judgment: Judgment, wanted: Sequence[str] = ()) -> ColumnSchema:
        """The target column as the schema keeps it; `wanted` are labels in a declared order."""

    @abstractmethod
    def read(self, table: Table, cells: Sequence[Cells]) -> np.ndarray:
        """The truth of each row, shape (n,) or (n, ...), from the cells of each target column; none is missing."""


outcomes: Registry[Outcome] = Registry("task")


def tasks() -> tuple[str, ...]:
    """The tasks that a table can ask for."""
    return tuple(name for name, kind in outcomes.items() if isinstance(kind, TableOutcome))


def outcome_named(task: str) -> TableOutcome:
    """The kind of target of a task that a user asks for; `ConfigurationError` for an unknown one."""
    kind = outcomes[task] if task in tasks() else None
    if not isinstance(kind, TableOutcome):
        raise ConfigurationError(f"Unknown task {task!r}. {nearest(task, tasks())}")
    return kind
