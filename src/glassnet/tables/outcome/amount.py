"""`Amount`: a number in the target's own unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from glassnet.errors import SchemaError
from glassnet.formulas import Loss, losses
from glassnet.formulas.loss import links
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import NUMERIC, Judgment, bad_cells, check_finite
from glassnet.tables.notation.cells import Cells
from glassnet.tables.notation.notation import Notation, without_words
from glassnet.tables.outcome.outcome import TableOutcome
from glassnet.tables.table import Table


@dataclass(frozen=True)
class Amount(TableOutcome):
    """A number; the network is trained towards the standardized one.

    Examples
    --------
    >>> from glassnet.tables import Schema
    >>> table = Table.from_columns({"size": [1.0, 2.0, 4.0], "price": [10.0, 20.0, 60.0]})
    >>> price = Schema.infer(table, "price").outcome
    >>> towards = price.encode(np.array([10.0, 20.0, 60.0]), price.loss)
    >>> towards.round(3).ravel().tolist(), price.values(towards, price.loss).round(3).tolist()
    ([-0.926, -0.463, 1.389], [10.0, 20.0, 60.0])
    """

    name: ClassVar[str] = "regression"
    summary: ClassVar[str] = "a number in the target's own unit"
    noun: ClassVar[str] = "an amount"
    estimator: ClassVar[str] = "GlassRegressor"
    metrics: ClassVar[tuple[str, ...]] = ("R2", "RMSE")
    score: ClassVar[str] = "R2"
    compared_as: ClassVar[str] = "regression"
    measured_as: ClassVar[str] = "amount"
    scales: ClassVar[tuple[str, ...]] = ("amount",)
    intervals: ClassVar[bool] = True

    def check(self, table: Table, name: str, judgment: Judgment) -> None:
        manner = Notation.parse(judgment.kind, judgment.notation) if judgment.kind in NUMERIC else Notation("number")
        values, bad = manner.read(without_words(table.column(name)))
        if bad.any():
            raise SchemaError(
                f"{table.origin}: {self.name} needs a target of numbers, but {name!r} has "
                f"{bad_cells(table, name, bad)}. Correct the cells, or choose task='classification'."
            )
        check_finite(table, name, values)

    def column(self, table: Table, name: str, judgment: Judgment, wanted: Sequence[str] = ()) -> ColumnSchema:
        kind = judgment.kind if judgment.kind in ("number", "integer") else "number"
        notation = judgment.notation if kind in NUMERIC else ""
        return ColumnSchema(name, kind, "target", judgment.note, notation=notation)

    def read(self, table: Table, cells: Sequence[Cells]) -> np.ndarray:
        (column,) = self.columns
        values, bad = column.numbers(cells[0])
        if bad.any():
            raise SchemaError(
                f"{table.origin}: the target {column.name!r} must hold numbers, but has "
                f"{bad_cells(table, column.name, bad)}. Correct the cells."
            )
        check_finite(table, column.name, values)
        return values

    @property
    def loss(self) -> Loss:
        return losses["squared_error"]

    def encode(self, truth: np.ndarray, loss: Loss) -> np.ndarray:
        center, scale = self.unit
        return np.asarray((truth - center) / scale, dtype=np.float64).reshape(-1, 1)

    def output_names(self, n_outputs: int) -> list[str]:
        (column,) = self.columns
        return [column.name if column.scaling == "none" else f"{column.name} (standardized)"]

    def values(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> np.ndarray:
        (column,), (center, scale) = self.columns, self.unit
        numbers: np.ndarray = links[loss.link].apply(raw[..., 0].astype(np.float64)) * scale + center
        return np.clip(numbers, column.minimum, column.maximum) if clamped else numbers

    @property
    def unit(self) -> tuple[float, float]:
        """Center and scale of the training targets."""
        (column,) = self.columns
        return column.center, column.scale

    def worded(self, values: np.ndarray) -> str:
        return f"{self.columns[0].name} = {values:.6g}"
