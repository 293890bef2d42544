"""`EncodedRows`: the background rows of explanations, and the values that each column has in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from glassnet.explanation.question import Floats, Matrix, Question
from glassnet.tables import Table
from glassnet.tables.columns.kinds.kind import NUMERIC
from glassnet.tables.notation.number_text import iso_day


@dataclass(frozen=True, eq=False)
class EncodedRows:
    """Rows of a table, as text and as encoded inputs.

    Parameters
    ----------
    question : Question
    table : Table
    """

    question: Question
    table: Table

    @cached_property
    def matrix(self) -> Matrix:
        """The encoded rows."""
        return self.question.matrix(self.table)

    @cached_property
    def answers(self) -> Floats:
        """The prediction for each row, (rows, outputs)."""
        return self.question.answer(self.matrix)

    def take(self, rows: Any) -> EncodedRows:
        """A subset of the rows."""
        return EncodedRows(self.question, self.table.take(rows))

    def is_number(self, column: int) -> bool:
        """Whether the column's values have an order and distances."""
        return self.question.columns[column].kind in NUMERIC

    def numbers(self, column: int) -> Floats:
        """The values of a number or date column, with NaN for missing ones."""
        own = self.question.columns[column]
        table = self.table.with_null_strings(self.question.model.schema_.null_strings)
        return np.asarray(own.numbers(own.cells(table))[0], dtype=np.float64)

    def levels(self, column: int) -> tuple[str, ...]:
        """The levels of a category known from training, in order or by decreasing frequency in these rows."""
        own = self.question.columns[column]
        known = [level for level in own.levels if level not in own.untrained]
        if own.ordered:
            return tuple(known)
        counts = own.cells(self.table).level_counts()
        return tuple(sorted(known, key=lambda level: -counts.get(level, 0)))

    def some_values(self, column: int, most: int) -> list[Any]:
        """Observed values, evenly spaced in rank; for a category, its levels."""
        if not self.is_number(column):
            return list(self.levels(column))
        known = self.numbers(column)
        known = known[np.isfinite(known)]
        if not len(known):
            return []
        values = np.quantile(known, np.linspace(0, 1, most), method="closest_observation")
        return list(np.unique(values).tolist())

    def spread(self, column: int) -> float:
        """The standard deviation of a number column, the unit of its distances."""
        known = self.numbers(column)
        known = known[np.isfinite(known)]
        return float(known.std()) or 1.0 if len(known) else 1.0

    def inputs(self, column: int, values: Sequence[Any]) -> Matrix:
        """The encoded inputs for values of a column, (values, inputs of the column)."""
        own = self.question.columns[column]
        cells = [iso_day(value) for value in values] if own.kind == "date" else list(values)
        table = Table.from_columns({own.name: cells}, null_strings=())
        plain = replace(own, notation="") if own.kind in NUMERIC else own  # numbers are plain here
        return np.asarray(plain.encode(table)[0], dtype=self.matrix.dtype)

    def with_values(self, rows: Matrix, column: int, inputs: Matrix) -> Matrix:
        """Every row with every value of a column: (rows * values, inputs), values fastest."""
        mixed = np.repeat(rows, len(inputs), axis=0)
        mixed[:, self.question.slices[column]] = np.tile(inputs, (len(rows), 1))
        return mixed

    def written(self, column: int, value: Any) -> str:
        """A value in the notation of the table."""
        if value is None or (isinstance(value, float) and np.isnan(value)):
            return "missing"
        return self.question.columns[column].written(value, 4) if self.is_number(column) else str(value)
