"""`EncodedTable`: a table whose rows are encoded once, for everybody who looks at them through the same schema.

Training, rivals, scores and thresholds ask the same object for the same rows, and parts of a table take theirs from the
whole where that is encoded already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.encoding import check_numbers
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.columns.kinds.kind import NUMERIC
from glassnet.tables.columns.level import match_levels
from glassnet.tables.encoded import Encoded, check_columns
from glassnet.tables.matrix import empty_matrix, take_columns, take_rows
from glassnet.tables.notation.cells import ListText
from glassnet.tables.reading.frames.streamed import StreamedTable
from glassnet.tables.schema import Schema
from glassnet.tables.table import Table

_DTYPE = np.float32
_MOST_PARTS = 3  # that are remembered


class EncodedTable:
    """A table with its rows as a network sees them, in float32; nothing is encoded before it is asked for.

    Parameters
    ----------
    table : Table
    whole : EncodedTable, optional
        What the table is a part of.
    rows : array of int, optional
        Which rows of the whole.

    Examples
    --------
    >>> table = Table.from_columns({"age": [63, 41, 52, 70], "ill": ["yes", "no", "no", "yes"]})
    >>> schema = Schema.infer(table, target="ill").fit(table)
    >>> rows = EncodedTable(table)
    >>> rows.matrix(schema) is rows.matrix(schema), rows.take([0, 3]).matrix(schema).shape
    (True, (2, 1))
    """

    def __init__(self, table: Table, whole: EncodedTable | None = None, rows: np.ndarray | None = None) -> None:
        self.table = table
        self._whole, self._rows = whole, rows
        self._encoded: list[tuple[Schema, Encoded]] = []
        self._values: tuple[object, np.ndarray] | None = None
        self._parts: list[EncodedTable] = []

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return self.table.n_rows

    def take(self, rows: Any) -> EncodedTable:
        """Some of the rows; the same ones once more give the same object."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        if len(rows) == self.n_rows and np.array_equal(rows, np.arange(self.n_rows)):
            return self
        known = next((part for part in self._parts if np.array_equal(np.asarray(part._rows), rows)), None)
        if known is None:
            known = EncodedTable(self.table.take(rows), self, rows)
            self._parts = [*self._parts, known][-_MOST_PARTS:]
        return known

    def encoded(self, schema: Schema) -> Encoded:
        """The rows as a schema encodes them; the notes are those of the time when that happened.

        Raises
        ------
        SchemaError, DataError
            As `Schema.encode`.
        """
        known = self._encoded_before(schema)
        if known is not None:
            return known
        for whole, rows in self._wholes():
            known = whole._encoded_before(schema)
            if known is not None:
                encoded = Encoded(take_rows(known.matrix, rows), known.feature_names, ())
                break
        else:
            encoded = schema.encode(self.table, _DTYPE)
        self._encoded.append((schema, encoded))
        return encoded

    def _wholes(self) -> Iterator[tuple[EncodedTable, np.ndarray]]:
        """The tables that this one is a part of, the smallest first, and which rows of them."""
        rows, whole = self._rows, self._whole
        while whole is not None and rows is not None:
            yield whole, rows
            rows = None if whole._rows is None else whole._rows[rows]
            whole = whole._whole

    def matrix(self, schema: Schema) -> np.ndarray:
        """The rows as a schema encodes them, shape (n_rows, n_inputs)."""
        return self.encoded(schema).matrix

    def _encoded_before(self, schema: Schema) -> Encoded | None:
        """The inputs encoded before, with this schema or with one that also makes bins."""
        for known, encoded in self._encoded:
            if known is schema or known == schema:
                return encoded
        for known, encoded in self._encoded:
            if known.without_bins() == schema:
                plain = Encoded(take_columns(encoded.matrix, plain_inputs(known)), schema.feature_names, ())
                self._encoded.append((schema, plain))
                return plain
        return None

    def values(self, schema: Schema) -> np.ndarray:
        """The numbers that rows are compared by: one for each input column, float64, (n_rows, n_columns).

        A number is itself, yes 1 and no 0, a category a digest of its level (rare ones, too), an image one of its
        pixels, a missing cell NaN. Nothing that a schema learns plays a part, so training rows and test rows
        can be compared before anything is learned, and those of two tables with each other.

        Raises
        ------
        SchemaError, DataError
            A cell does not fit the kind of its column.
        """
        key = [(c.name, c.kind, c.notation, c.levels if c.kind == "yes_no" else ()) for c in schema.inputs]
        if self._values is None or self._values[0] != key:
            of_wholes = ((whole._values, rows) for whole, rows in self._wholes())
            known = next((take_rows(own[1], rows) for own, rows in of_wholes if own and own[0] == key), None)
            self._values = key, _values(schema, self.table) if known is None else known
        return self._values[1]


def plain_inputs(schema: Schema) -> np.ndarray:
    """The places of the inputs that are not bins beside a number."""
    kept, start = list[int](), 0
    for column in schema.inputs:
        bins = column.n_bins if column.how.beside else 0
        kept += range(start + bins, start + len(column.features))
        start += len(column.features)
    return np.array(kept)


def _values(schema: Schema, table: Table) -> np.ndarray:
    """The value of each input column as one number."""
    check_columns(schema, table)
    table, place = table.with_null_strings(schema.null_strings), 0
    encoded = empty_matrix((table.n_rows, len(schema.inputs)), np.float64, mapped=isinstance(table, StreamedTable))
    for block in table.blocks():
        for number, column in enumerate(schema.inputs):
            encoded[place : place + block.n_rows, number] = _values_of(column, block)
        place += block.n_rows
    return encoded


def _values_of(column: ColumnSchema, table: Table) -> np.ndarray:
    """The values of one column."""
    cells = table.column(column.name)
    if isinstance(cells, ImageCells):
        return np.array([_digest(image.tobytes()) for image in cells.pixels])
    if column.kind in NUMERIC:
        values = check_numbers(column, table, column.cells(table))
        return np.where(np.isnan(values), np.nan, values)  # of all bits that mean "not a number", the same
    if column.kind == "yes_no":
        codes = match_levels(column.cells(table), column.levels)
        return np.where(codes < 0, np.nan, codes)
    cells = (column if column.declared else replace(column, levels=())).as_levels(cells)
    levels = list(cells.level_counts())
    numbers, bad = ListText(tuple(levels)).numbers()  # 1 and 1.0 are one level
    digests = [
        _digest((level if strange else repr(number)).encode("utf-8", "surrogateescape"))
        for level, number, strange in zip(levels, numbers.tolist(), bad.tolist(), strict=True)
    ]
    return np.array([*digests, np.nan])[np.where(cells.missing, len(levels), cells.codes(levels))]


def _digest(data: bytes) -> float:
    """48 bits of a digest, which a float holds."""
    return float(int.from_bytes(hashlib.blake2b(data, digest_size=6).digest(), "little"))
