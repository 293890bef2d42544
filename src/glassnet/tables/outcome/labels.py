"""`Labels`: several yes/no labels at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links
from glassnet.tables.outcome.answer import Answer
from glassnet.tables.outcome.outcome import Outcome


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
    labeled: ClassVar[bool] = True
    several: ClassVar[bool] = True
    loss_tasks: ClassVar[tuple[str, ...]] = ("binary",)
    compared_as: ClassVar[str] = "multilabel"

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
