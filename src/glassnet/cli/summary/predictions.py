"""The columns that ``glassnet predict`` writes: the predictions, alone or after the columns of the table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.tables.reading.writing.dialect import Dialect

_EXACT = 2.0**53
"""Up to here every whole number is a float of its own."""


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


def with_table(rows: Any, columns: dict[str, Sequence[Any]], *, verbatim: bool = False) -> dict[str, Sequence[Any]]:
    """The columns of the table, followed by the predictions under names of their own.

    Numbers are numbers, unless `verbatim`, or where a float cannot hold all their digits.
    """
    from glassnet.tables.notation.number_text import LEADING_ZERO

    columns_out: dict[str, Sequence[Any]] = {"row": columns["row"]} if "row" not in rows.names else {}
    for name in rows.names:
        cells = rows.column(name)
        values, bad = cells.numbers()
        columns_out[name] = (
            [cells.item(row) for row in range(rows.n_rows)]
            if verbatim or bad.any() or (abs(values) >= _EXACT).any() or cells.matches(LEADING_ZERO).any()
            else [None if value != value else int(value) if value.is_integer() else value for value in values.tolist()]
        )
    for name, values in columns.items():
        if name != "row":
            columns_out[f"{name} (2)" if name in columns_out else name] = values
    return columns_out


def shortened(columns: dict[str, Sequence[Any]], dialect: Dialect) -> dict[str, Sequence[Any]]:
    """The columns as text has them: probabilities to six digits."""
    return {
        name: [dialect.number(p, ".6g") if isinstance(p, float) else p for p in values]
        if name.startswith("probability of ")
        else values
        for name, values in columns.items()
    }
