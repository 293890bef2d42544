"""A table as the network sees it: a matrix with one row for each of its rows, filled block by block."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import SchemaError, nearest
from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.columns.images.image_column import KIND
from glassnet.tables.matrix import empty_matrix
from glassnet.tables.notation.number_text import counted
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.tables.schema import Schema

_ROWS_AT_ONCE = 4096


@dataclass(frozen=True)
class Encoded:
    """A table as the network sees it.

    Parameters
    ----------
    matrix : array of float, shape (n_rows, n_features)
    feature_names : tuple of str
    notes : tuple of str
        What was replaced, unknown or out of range, one sentence each; of a table read in blocks, the first block's.
    """

    matrix: np.ndarray
    feature_names: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def warnings(self) -> tuple[str, ...]:
        """Those of the notes that are grave: a column whose cells are all unknown."""
        return tuple(note for note in self.notes if isinstance(note, GraveNote))


def check_columns(schema: Schema, table: Table) -> None:
    """Refuse a table that lacks input columns, or whose images were measured in another way."""
    if schema.measuring is not None and table.measuring is not None:
        difference = table.measuring.difference(schema.measuring)
        if difference:
            raise SchemaError(
                f"{table.origin} was measured differently from the training images ({difference}). Give the "
                "images themselves, which are then measured alike."
            )
    missing = [column.name for column in schema.inputs if not table.holds(column.name)]
    if missing:
        listed = ", ".join(map(repr, missing[:8])) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
        raise SchemaError(
            f"{table.origin} lacks {len(missing)} of the {len(schema.inputs)} columns that the model needs: "
            f"{listed}. {_hint(missing, table.names)}"
        )


def _hint(missing: Sequence[str], names: Sequence[str]) -> str:
    """The repair for columns that a table lacks: names that differ in case only, else the nearest of the first."""
    folded = {name.casefold(): name for name in names}
    alike = [folded[name.casefold()] for name in missing if name.casefold() in folded]
    if len(missing) > 1 and len(alike) == len(missing):
        return f"It has {', '.join(map(repr, alike[:8]))}: write the names as in training."
    return f"For {missing[0]!r}: {nearest(missing[0], names)}"


def encode_rows(schema: Schema, table: Table, dtype: Any) -> Encoded:
    """The table as a matrix: columns matched by name, in the order of the schema."""
    check_columns(schema, table)
    table = table.with_null_strings(schema.null_strings)
    notes: list[str] = []
    known = {column.name for column in schema.columns}
    extra = [name for name in table.names if name not in known]
    if extra:
        listed = ", ".join(map(repr, extra[:5])) + (f" and {len(extra) - 5} more" if len(extra) > 5 else "")
        notes.append(f"{counted(len(extra), 'column')} not in the training table, ignored: {listed}.")
    names = schema.feature_names
    mapped = table.mapped
    matrix = empty_matrix((table.n_rows, len(names)), dtype, mapped=mapped)
    place = 0
    for block in table.blocks():
        for note in _encode_block(schema, block, matrix[place : place + block.n_rows]):
            if not mapped or note.partition(":")[0] not in {known.partition(":")[0] for known in notes}:
                notes.append(note)
        place += block.n_rows
    notes.sort(key=lambda note: not isinstance(note, GraveNote))
    return Encoded(matrix, names, tuple(notes))


def _encode_block(schema: Schema, table: Table, rows: np.ndarray) -> list[str]:
    """Fill the rows of a matrix from a table in memory; returns what was replaced, unknown or out of range."""
    notes: list[str] = []
    image, others = schema.image_column, [column for column in schema.inputs if column.kind != KIND]
    start = 0
    if image is not None:
        start = len(image.features)
        rows[:, :start] = image.pixels(table, notes)
        rows = rows[:, start:]
    features = np.empty(rows.shape[::-1], rows.dtype)  # feature by feature, which is fast to fill
    start = 0
    for column in others:
        block, own_notes = column.encode(table)
        features[start : start + block.shape[1]] = block.T
        start += block.shape[1]
        notes.extend(own_notes)
    for first in range(0, len(rows), _ROWS_AT_ONCE):  # turned in blocks that stay in the cache
        rows[first : first + _ROWS_AT_ONCE] = features[:, first : first + _ROWS_AT_ONCE].T
    return notes
