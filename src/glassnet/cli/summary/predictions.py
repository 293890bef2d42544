"""The columns that ``glassnet predict`` writes: the predictions, alone or after the columns of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from glassnet.errors import ConfigurationError


def predicted(
    estimator: Any, rows: Any, coverage: float | None = None, *, first: int = 1
) -> dict[str, Sequence[Any]]:  # fmt: skip
    """The predictions of every row as named columns, with the ends of an interval if a coverage is given.

    Rows are numbered from `first`.
    """
    from glassnet.tables.table import IMAGE

    columns: dict[str, Sequence[Any]] = {"row": range(first, first + rows.n_rows)}
    if rows.unit == "image":
        columns[IMAGE] = [rows.column(IMAGE).item(row) for row in range(rows.n_rows)]
    columns |= estimator._prediction_columns(rows)
    if coverage is not None:
        if not hasattr(estimator, "predict_interval"):
            raise ConfigurationError(
                "--interval is for amounts; this model predicts classes, with probabilities. Omit it."
            )
        ends = estimator.predict_interval(rows, coverage).T.tolist()
        columns |= {f"{end} end of {coverage:g}": values for end, values in zip(("lower", "upper"), ends, strict=True)}
    return columns


def with_table(rows: Any, columns: dict[str, Sequence[Any]]) -> dict[str, Sequence[Any]]:
    """The columns of the table, numbers as numbers, followed by the predictions under names of their own."""
    from glassnet.tables.notation.number_text import LEADING_ZERO

    columns_out: dict[str, Sequence[Any]] = {"row": columns["row"]} if "row" not in rows.names else {}
    for name in rows.names:
        cells = rows.column(name)
        values, bad = cells.numbers()
        columns_out[name] = (
            [cells.item(row) for row in range(rows.n_rows)]
            if bad.any() or cells.matches(LEADING_ZERO).any()
            else [None if value != value else int(value) if value.is_integer() else value for value in values.tolist()]
        )
    for name, values in columns.items():
        if name != "row":
            columns_out[f"{name} (2)" if name in columns_out else name] = values
    return columns_out


def as_csv(columns: dict[str, Sequence[Any]]) -> str:
    """The columns as CSV text, probabilities to six digits."""
    from glassnet.tables.reading.writing import delimited

    short = {
        name: [f"{p:.6g}" for p in values] if name.startswith("probability of ") else values
        for name, values in columns.items()
    }
    return delimited(short)
