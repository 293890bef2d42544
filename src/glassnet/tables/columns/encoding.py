"""Conversion of the cells of a column to inputs of the network, with notes on unusual cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import DataError, SchemaError
from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.columns.images.image_column import KIND
from glassnet.tables.columns.kinds.kind import NUMERIC, bad_cells, check_finite, quote
from glassnet.tables.columns.level import match_levels
from glassnet.tables.notation.cells import MISSING, UNKNOWN, Cells
from glassnet.tables.notation.number_text import counted
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.tables.columns.column import ColumnSchema

LARGEST_INPUT = 1e15
"""In standard deviations; products with anything larger leave the range of float32."""


def encode(column: ColumnSchema, table: Table) -> tuple[np.ndarray, list[str]]:
    """The inputs of every row, and notes; see `ColumnSchema.encode`."""
    notes: list[str] = []
    if column.kind == KIND:
        return column.pixels(table, notes), notes
    cells = column.cells(table)
    missing = cells.missing
    block = np.zeros((len(cells), len(column.features)))
    if column.kind in NUMERIC:
        values = check_numbers(column, table, cells)
        missing = np.isnan(values)
        block[:, : block.shape[1] - (column.missing > 0)] = _scale(column, table, cells, values, notes)
    elif column.kind == "yes_no":
        block[:, 0] = _yes_no(column, table, cells, notes)
    elif column.ordered:
        _in_order(column, table, cells, block, notes)
    else:
        _one_hot(column, table, cells, block, notes)
    if column.missing:
        block[:, -1] = missing
    elif missing.any():
        rows = np.flatnonzero(missing)
        notes.append(
            f"Column {column.name!r}: {counted(len(rows), 'missing cell')} "
            f"({table.row_names(rows)}){_says(column, table, cells)} replaced by the training average; no training "
            f"row had one."
        )
    return block, notes


def _says(column: ColumnSchema, table: Table, cells: Cells) -> str:
    """The words for "no value" in its cells, for a note."""
    given = table.column(column.name)
    is_word = cells.missing & ~given.missing
    words = [] if cells is given else given.distinct(is_word)
    return f", which {'says' if is_word.sum() == 1 else 'say'} {', '.join(map(quote, words[:3]))}," if words else ""


def check_numbers(column: ColumnSchema, table: Table, cells: Cells) -> np.ndarray:
    """Numbers and dates, NaN where one is missing; cells that do not fit are refused."""
    values, bad = column.numbers(cells)
    if bad.any():
        words = column.manner.words
        what = "a number" if column.kind != "date" else "a date" if words else "a date such as 2024-12-31"
        how = f", written {'as' if column.kind == 'date' else 'with'} {words}," if words else ""
        raise SchemaError(
            f"{table.origin}, column {column.name!r} must hold {what}{how} in every row, as in training, but has "
            f"{bad_cells(table, column.name, bad)}. Correct the cell, or leave it empty if the value is not known."
        )
    check_finite(table, column.name, values)
    return values


def _scale(column: ColumnSchema, table: Table, cells: Cells, values: np.ndarray, notes: list[str]) -> np.ndarray:
    """Numbers and dates, standardized, and the season of dates that have one."""
    outside = np.flatnonzero((values < column.minimum) | (values > column.maximum))
    if len(outside):
        where = table.row_names(outside)
        notes.append(
            f"Column {column.name!r}: {counted(len(outside), 'cell')} of {len(cells)} ({where}) outside the training "
            f"range {column.range_text}."
        )
    known = np.where(np.isnan(values), column.center, values)
    scaled = column.scaled(known)
    far = np.flatnonzero(~(np.abs(scaled) <= LARGEST_INPUT).all(axis=1))
    if len(far):
        row = int(far[0])
        raise DataError(
            f"{table.origin}, {table.row_name(row)}, column {column.name!r}: {quote(cells.item(row))} is too far "
            f"from the training range {column.range_text} to compute with. Correct it."
        )
    return np.hstack([np.asarray(column.how.clip(scaled), dtype=np.float64), column.season(known)])


def _yes_no(column: ColumnSchema, table: Table, cells: Cells, notes: list[str]) -> np.ndarray:
    """1 for yes, 0 (or -1) for no, and the training share of yes if the cell is missing or unknown."""
    codes = _trained_codes(column, match_levels(cells, column.levels))
    _note_unknown(column, table, codes, notes, "the training share of yes")
    return np.asarray(column.how.binary(np.where(codes < 0, column.shares[1], codes)), dtype=np.float64)


def _one_hot(column: ColumnSchema, table: Table, cells: Cells, block: np.ndarray, notes: list[str]) -> None:
    """One input per level."""
    codes = _trained_codes(column, match_levels(cells, column.levels))
    _note_unknown(column, table, codes, notes, 'the slot "other"' if column.pooled else "the training average")
    width = len(column.levels)
    known = np.flatnonzero(codes >= 0)
    block[known, codes[known]] = 1.0
    if column.pooled:
        block[codes == UNKNOWN, width] = 1.0
    else:
        block[codes == UNKNOWN, :width] = column.shares
    if not column.missing:
        block[codes == MISSING, :width] = column.shares


def _in_order(column: ColumnSchema, table: Table, cells: Cells, block: np.ndarray, notes: list[str]) -> None:
    """One input per step of the order: whether the level is above it, or the training share above it if unknown."""
    codes, steps = match_levels(cells, column.levels), np.arange(len(column.levels) - 1)
    _note_unknown(column, table, codes, notes, "the training average")
    block[:, : len(steps)] = np.where(codes[:, None] >= 0, codes[:, None] > steps, column.shares_above)


def _trained_codes(column: ColumnSchema, codes: np.ndarray) -> np.ndarray:
    """The codes, with untrained levels as unknown."""
    if not column.untrained:
        return codes
    unseen = [code for code, share in enumerate(column.shares) if share == 0]
    return np.where(np.isin(codes, unseen), UNKNOWN, codes)


def _note_unknown(column: ColumnSchema, table: Table, codes: np.ndarray, notes: list[str], goes_to: str) -> None:
    """Count the cells whose level training has not seen; if all are unseen, the note is a warning."""
    unknown = codes == UNKNOWN
    if not unknown.any():
        return
    examples, n_present = bad_cells(table, column.name, unknown), int((codes != MISSING).sum())
    if unknown.sum() == n_present > 1:
        known = ", ".join(map(quote, column.levels[:5])) + (", ..." if len(column.levels) > 5 else "")
        notes.append(GraveNote(
            f"Column {column.name!r}: none of its {n_present} cells has a value that was seen in training ({known}): "
            f"{examples}. The predictions do not use this column. Write its cells as in training."
        ))  # fmt: skip
        return
    notes.append(
        f"Column {column.name!r}: {counted(int(unknown.sum()), 'cell')} with a value that is rare or was not "
        f"seen in training: {examples}. It counts as {goes_to}."
    )
