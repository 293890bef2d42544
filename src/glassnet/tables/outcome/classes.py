"""`Classes`: one label of a few."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.errors import ConfigurationError, SchemaError
from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.judgment import merges, nulls_of
from glassnet.tables.columns.kinds.kind import Judgment, bad_cells, declare, quote
from glassnet.tables.columns.level import match_levels
from glassnet.tables.notation.category_notation import MERGE
from glassnet.tables.notation.cells import MISSING, UNKNOWN, Cells
from glassnet.tables.notation.number_text import yes_no_order
from glassnet.tables.outcome.answer import Answer
from glassnet.tables.outcome.outcome import TableOutcome
from glassnet.tables.table import Table

MOST_CLASSES = 100


@dataclass(frozen=True)
class Classes(TableOutcome):
    """One label of a few; two have one logistic output, more have one each with softmax.

    Examples
    --------
    >>> from glassnet.tables import Schema
    >>> table = Table.from_columns({"age": [63, 41, 52, 70], "ill": ["yes", "no", "no", "yes"]})
    >>> ill = Schema.infer(table, "ill").outcome
    >>> ill.classes, ill.loss.name, ill.output_names(1)
    (('no', 'yes'), 'logistic', ['ill = yes'])
    >>> ill.values(np.array([[0.0]]), ill.loss).tolist()
    [[0.5, 0.5]]
    """

    name: ClassVar[str] = "classification"
    summary: ClassVar[str] = "one label of a few"
    noun: ClassVar[str] = "a class"
    estimator: ClassVar[str] = "GlassClassifier"
    only_one: ClassVar[str] = "one class"
    labeled: ClassVar[bool] = True
    loss_tasks: ClassVar[tuple[str, ...]] = ("binary", "multiclass")
    metrics: ClassVar[tuple[str, ...]] = ("accuracy", "AUC", "log loss")
    score: ClassVar[str] = "accuracy"
    score_is_share: ClassVar[bool] = True
    compared_as: ClassVar[str] = "classification"
    measured_as: ClassVar[str] = "probability"
    scales: ClassVar[tuple[str, ...]] = ("probability", "log_odds")

    def labels(self, columns: Sequence[ColumnSchema]) -> tuple[str, ...]:
        return columns[0].levels if columns else ()

    def judge(self, table: Table, name: str) -> Judgment:
        return declare(table, name, "category")

    def check(self, table: Table, name: str, judgment: Judgment) -> None:
        """Any cells are labels."""

    def column(self, table: Table, name: str, judgment: Judgment, wanted: Sequence[str] = ()) -> ColumnSchema:
        levels = class_labels(table, name, tuple(wanted) or (judgment.levels if judgment.declared else ()))
        traits = [MERGE] * merges(judgment) + [f"null={text}" for text in nulls_of(judgment)]
        if traits:
            return ColumnSchema(name, "category", "target", judgment.note, levels=levels, notation="+".join(traits))
        kind = "yes_no" if judgment.kind == "yes_no" or yes_no_order(levels) == levels else "category"
        return ColumnSchema(name, kind, "target", judgment.note, levels=levels)

    def read(self, table: Table, cells: Sequence[Cells]) -> np.ndarray:
        codes = match_levels(cells[0], self.classes)
        unknown = (codes == UNKNOWN) | (codes == MISSING)
        if unknown.any():
            (column,), known = self.columns, ", ".join(map(repr, self.classes[:8]))
            raise SchemaError(
                f"{table.origin}: the target {column.name!r} has {bad_cells(table, column.name, unknown)}, which the "
                f"model does not know as a class. Known: {known}. Correct the cells."
            )
        return codes

    @property
    def loss(self) -> Loss:
        return losses["logistic" if len(self.classes) == 2 else "softmax_cross_entropy"]

    def encode(self, truth: np.ndarray, loss: Loss) -> np.ndarray:
        if loss.task == "multiclass":
            return np.asarray(np.eye(len(self.classes))[truth], dtype=np.float64)
        codes = np.asarray(truth, dtype=np.float64).reshape(-1, 1)
        return 2.0 * codes - 1.0 if loss.link == "sign" else codes

    def output_names(self, n_outputs: int) -> list[str]:
        target = self.columns[0].name
        return [f"{target} = {label}" for label in (self.classes[1:] if n_outputs == 1 else self.classes)]

    def strata(self, truth: np.ndarray) -> np.ndarray | None:
        return truth

    def fits(self, n_outputs: int) -> bool:
        return len(self.classes) >= 2 and len(self.classes) in ((n_outputs, 2) if n_outputs == 1 else (n_outputs,))

    def check_loss(self, loss: Loss) -> None:
        super().check_loss(loss)
        if loss.task == "binary" and len(self.classes) > 2:
            raise ConfigurationError(
                f"The loss {loss.name!r} knows two classes, the target has {len(self.classes)}. Choose "
                "softmax_cross_entropy."
            )

    def values(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> np.ndarray:
        """Shares of the classes (..., n, n_classes); losses without probabilities (hinge) give 0 or 1."""
        chance = links[loss.link].apply(raw.astype(np.float64))
        if loss.link == "sign":
            chance = (chance + 1.0) / 2.0
        return np.concatenate([1 - chance, chance], axis=-1) if chance.shape[-1] == 1 else chance

    def answer(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> Answer:
        codes = (raw[:, 0] > 0).astype(np.int64) if raw.shape[1] == 1 else raw.argmax(axis=1)
        margin = None
        if len(self.classes) == 2:
            margin = (raw[:, -1] - (raw[:, 0] if raw.shape[1] == 2 else 0.0)).astype(np.float64)
        return Answer(codes, margin, self.values(raw, loss))

    def worded(self, values: np.ndarray) -> str:
        return ", ".join(f"P({label}) = {chance:.6g}" for label, chance in zip(self.classes, values, strict=True))


def class_labels(table: Table, target: str, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The classes in order: as wanted, else no before yes, numbers by value, text by alphabet.

    Raises
    ------
    SchemaError
        When there are too many, or others than the wanted ones.
    """
    cells = table.column(target)
    n_classes, present = cells.n_distinct(), len(cells) - int(cells.missing.sum())
    if n_classes > MOST_CLASSES or (n_classes > 2 and n_classes > present / 2):
        raise SchemaError(
            f"{table.origin}: the target {target!r} has {n_classes} different values in {present} rows, too many for "
            f"classes (at most {MOST_CLASSES}, and two rows each on average). Choose another target, "
            f"task='regression' if it holds numbers, or glassnet.MLPClassifier, which takes any number of classes."
        )
    levels = tuple(cells.level_counts())
    if wanted:
        if set(levels) != set(wanted):
            other = sorted(set(levels) ^ set(wanted))[0]
            where = "the table" if other in wanted else "the declared classes"
            raise SchemaError(
                f"{table.origin}: the class {quote(other)} of {target!r} is missing from {where}. Declare exactly the "
                f"classes that occur: {', '.join(map(quote, levels[:8]))}."
            )
        return wanted
    pair = yes_no_order(levels)
    if pair is not None:
        return pair
    values, bad = cells.numbers()
    if bad.any():
        return tuple(sorted(levels))
    codes = cells.codes(levels)
    by_level = {level: float(values[np.flatnonzero(codes == code)[0]]) for code, level in enumerate(levels)}
    return tuple(sorted(levels, key=lambda level: (by_level[level], level)))
