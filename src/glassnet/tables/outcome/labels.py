"""`Labels`: several yes/no labels at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links
from glassnet.tables.cells import Cells
from glassnet.tables.column import ColumnSchema
from glassnet.tables.kind import Judgment
from glassnet.tables.outcome.answer import Answer
from glassnet.tables.outcome.outcome import Outcome
from glassnet.tables.table import Table


@dataclass(frozen=True)
class Labels(Outcome):
    """Any number of labels per row, each with an output of its own; the matrix estimators take it, tables do not.

    Examples
    --------
    >>> both = Labels(classes=("fever", "cough"))
    >>> both.fits(2), both.values(np.zeros((1, 2)), both.loss).tolist()
    (True, [[0.5, 0.5]])
    """

    name: ClassVar[str] = "multilabel"
    summary: ClassVar[str] = "several yes/no labels at once"
    noun: ClassVar[str] = "a set of labels"
    target_columns: ClassVar[int] = 0
    labeled: ClassVar[bool] = True
    several: ClassVar[bool] = True
    loss_tasks: ClassVar[tuple[str, ...]] = ("binary",)
    compared_as: ClassVar[str] = "multilabel"

    def check(self, table: Table, name: str, found: Judgment) -> None:
        raise NotImplementedError

    def column(self, table: Table, name: str, found: Judgment, wanted: Sequence[str] = ()) -> ColumnSchema:
        raise NotImplementedError

    def read(self, table: Table, cells: Sequence[Cells]) -> np.ndarray:
        raise NotImplementedError

    @property
    def loss(self) -> Loss:
        return losses["logistic"]

    def encode(self, truth: np.ndarray, loss: Loss) -> np.ndarray:
        return np.asarray(truth, dtype=np.float64)

    def output_names(self, n_outputs: int) -> list[str]:
        return list(map(str, self.classes))

    def fits(self, n_outputs: int) -> bool:
        return len(self.classes) == n_outputs

    def values(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> np.ndarray:
        return np.asarray(links[loss.link].apply(raw.astype(np.float64)))

    def answer(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> Answer:
        return Answer((raw > 0).astype(np.int64), None, self.values(raw, loss))

    def worded(self, values: np.ndarray) -> str:
        return ", ".join(f"P({label}) = {chance:.6g}" for label, chance in zip(self.classes, values, strict=True))
