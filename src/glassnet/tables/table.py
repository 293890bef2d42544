"""A table: named columns of cells, exactly as they were in the file or the data frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import DataError, SchemaError, nearest
from glassnet.tables.notation.cells import Cells
from glassnet.tables.notation.number_text import NULL_STRINGS, counted
from glassnet.tables.notation.pair import side, whole_of

if TYPE_CHECKING:
    from glassnet.images import Measuring

IMAGE, LABEL, GROUP, PIXELS = "image_id", "label", "group_id", "image"
"""Columns of a table of images: their names, their classes, which belong together, and the images themselves."""


@dataclass(frozen=True, eq=False)
class Table:
    """Named columns of equal length; nothing has been interpreted yet.

    Parameters
    ----------
    columns : mapping of str to cells
        In the order of the file.
    origin : str
        Where the table came from, for messages.
    unit : {"line", "row", "case", "image"}
        Whether rows are named by their line in a file, by their position in memory, as cases, or by their image.
    numbering : array of int, shape (n_rows,), optional
        The line or position of each row; by default lines count from 2 (the header is 1), positions from 0.
    notes : tuple of str
        What was decided while reading, one sentence each.
    reading : dict
        The settings of `read_table` that read the file the same way again; of a table from memory, its null strings.
    categories : mapping of str to tuple of str
        Columns that their source declares to be categories, with their levels where these have an order.
    code_labels : mapping of str to mapping of float to str
        Of columns of numbers: what their source says some of these stand for.
    measuring : Measuring, optional
        Of a table of features of images: how they were measured.
    crafted : Table, optional
        Of a table of images: hand-crafted features of the same, for the models that a network is compared with.

    Examples
    --------
    >>> table = Table.from_columns({"age": [63, 41, None], "sex": ["f", "m", "f"]})
    >>> table.names, table.n_rows
    (('age', 'sex'), 3)
    >>> table.take([2]).row_text(0)
    {'age': None, 'sex': 'f'}
    """

    columns: Mapping[str, Cells]
    origin: str = "the table"
    unit: Literal["line", "row", "case", "image"] = "row"
    numbering: NDArray[np.int64] | None = None
    notes: tuple[str, ...] = ()
    reading: Mapping[str, Any] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    code_labels: Mapping[str, Mapping[float, str]] = field(default_factory=dict)
    measuring: Measuring | None = None
    crafted: Table | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The column names, in order."""
        return tuple(self.columns)

    @property
    def n_rows(self) -> int:
        """The number of rows, the header not counted."""
        return len(next(iter(self.columns.values()))) if self.columns else 0

    def __len__(self) -> int:
        return self.n_rows

    def column(self, name: str) -> Cells:
        """The cells of one column; an unknown name is a `SchemaError` with the nearest name."""
        if self.unit == "image" and name == LABEL and LABEL not in self.columns:
            raise SchemaError(
                f"{self.origin} holds images without labels. Put the images of each class into a sub-folder of its "
                "name, or labels into the archive (train_labels, or labels)."
            )
        if name not in self.columns:
            whole = whole_of(str(name))
            if whole is not None and whole in self.columns:
                return side(self.columns[whole], name)
            raise SchemaError(f"{self.origin} has no column {name!r}. {nearest(str(name), self.columns)}")
        return self.columns[name]

    def holds(self, name: str) -> bool:
        """Whether there is such a column, or a column of two numbers of which it is a side."""
        return name in self.columns or whole_of(name) in self.columns

    @property
    def aside(self) -> dict[str, str]:
        """The columns that, according to their source, are not inputs, with the reason."""
        known = {
            IMAGE: "it names the image",
            LABEL: "it is the class of the image",
            GROUP: "it marks images that belong together",
        }
        return {name: why for name, why in known.items() if self.unit == "image" and name in self.columns}

    @property
    def groups(self) -> str | None:
        """The column whose equal cells belong together, where the source of the table says so."""
        return GROUP if GROUP in self.aside else None

    @property
    def own_test(self) -> NDArray[np.int64] | None:
        """The rows of the test part that images are divided into by their source; None where there is none.

        Names such as ``test/0001`` say it, unless the folder ``test`` is a class.
        """
        if IMAGE not in self.aside or LABEL not in self.columns:
            return None
        names, labels = self.columns[IMAGE], self.columns[LABEL]
        rows = [row for row in range(self.n_rows) if str(names.item(row)).lower().startswith("test/")]
        if not rows or len(rows) == self.n_rows or str(labels.item(rows[0])).lower() == "test":
            return None
        return np.array(rows)

    @property
    def null_strings(self) -> tuple[str, ...]:
        """The texts that meant "no value" when the table was read."""
        return tuple(self.reading.get("null_strings", NULL_STRINGS))

    def further_null_strings(self, nulls: Iterable[str]) -> list[str]:
        """Those of the texts that did not mean "no value" when the table was read."""
        return [text for text in nulls if text not in self.null_strings]

    def with_null_strings(self, nulls: Iterable[str]) -> Table:
        """The table in which these texts mean "no value" as well; itself when they do already.

        Examples
        --------
        >>> Table.from_columns({"age": ["63", "unknown"]}).with_null_strings(["unknown"]).row_text(1)
        {'age': None}
        """
        further = self.further_null_strings(nulls)
        if not further:
            return self
        columns = self._columns_without(further)
        return replace(self, columns=columns, reading={**self.reading, "null_strings": [*self.null_strings, *further]})

    def _columns_without(self, nulls: list[str]) -> Mapping[str, Cells]:
        """The columns with further cells missing."""
        return {name: cells.without(nulls) for name, cells in self.columns.items()}

    @property
    def row_numbers(self) -> NDArray[np.int64]:
        """The line of the file, or the position in memory from 0, on which each row starts: shape (n_rows,)."""
        return self.row_number(0) + np.arange(self.n_rows) if self.numbering is None else self.numbering

    def row_number(self, row: int) -> int:
        """That of one row, without making all of them."""
        first = 2 if self.unit == "line" else 0  # a file has a header
        return int(row + first if self.numbering is None else self.numbering[row])

    def take(self, rows: Any) -> Table:
        """The table of the given row positions (or of a boolean mask), in that order; row numbers are kept."""
        rows = np.asarray(rows)
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows.astype(np.int64)
        self._check_rows(rows)
        columns = {name: cells.take(rows) for name, cells in self.columns.items()}
        crafted = None if self.crafted is None else self.crafted.take(rows)
        return replace(self, columns=columns, numbering=self.row_numbers[rows], crafted=crafted)

    def _check_rows(self, rows: NDArray[np.int64]) -> None:
        """Refuse positions that do not exist."""
        outside = (rows < 0) | (rows >= self.n_rows)
        if outside.any():
            raise DataError(
                f"{self.origin} has {counted(self.n_rows, 'row')}, at positions 0 to {self.n_rows - 1}; "
                f"there is no row at position {rows[outside][0]}."
            )

    def blocks(self) -> Iterator[Table]:
        """The table in blocks of rows that lie in memory; for a table in memory, itself."""
        step = min(
            (getattr(cells, "rows_at_once", self.n_rows) for cells in self.columns.values()), default=self.n_rows
        )
        if step >= self.n_rows:
            yield self
            return
        whole = replace(self, crafted=None)
        for first in range(0, self.n_rows, step):
            yield whole.take(np.arange(first, min(first + step, self.n_rows)))

    @property
    def mapped(self) -> bool:
        """Whether the table, and therefore its matrix, is too large for memory."""
        return any(getattr(cells, "rows_at_once", self.n_rows) < self.n_rows for cells in self.columns.values())

    def select(self, names: Iterable[str]) -> Table:
        """The table of the given columns, in that order."""
        return replace(self, columns={name: self.column(name) for name in names})

    def row_name(self, row: int) -> str:
        """How the reader finds a row: ``line 17`` of the file, ``row 16`` (from 0) of a table from memory, an image."""
        return f"{self.unit} {self._row_sign(row)}"

    def _row_sign(self, row: int) -> str:
        """The number of a row, or the name of its image."""
        return str(self.columns[IMAGE].item(row) if IMAGE in self.aside else self.row_number(row))

    def row_names(self, rows: Any, most: int = 5) -> str:
        """Several rows for a message: ``lines 3, 8 and 12``, cut off after `most`."""
        rows = np.asarray(rows, dtype=np.int64)
        names = [self._row_sign(int(row)) for row in rows[:most]]
        if len(rows) > most:
            return f"{self.unit}s {', '.join(names)} and {len(rows) - most} more"
        if len(rows) == 1:
            return f"{self.unit} {names[0]}"
        return f"{self.unit}s {', '.join(names[:-1])} and {names[-1]}"

    def row_text(self, row: int) -> dict[str, str | None]:
        """The text of every cell of a row, None where one is missing."""
        if not 0 <= row < self.n_rows:
            raise DataError(
                f"{self.origin} has {counted(self.n_rows, 'row')}, at positions 0 to {self.n_rows - 1}; there is "
                f"no row {row}."
            )
        return {name: cells.item(row) for name, cells in self.columns.items()}

    @classmethod
    def from_columns(cls, columns: Mapping[str, Sequence[Any]], *, null_strings: Sequence[str] = NULL_STRINGS) -> Table:
        """A table from named lists or arrays of numbers, texts, yes/no values, dates and None.

        Raises
        ------
        DataError
            When the columns have different lengths, or a cell is not a plain value.
        """
        from glassnet.tables.reading.frames.frame import contents_of_columns

        return Table(**contents_of_columns(columns, null_strings)._asdict())

    @classmethod
    def from_frame(cls, frame: Any, *, null_strings: Sequence[str] = NULL_STRINGS) -> Table:
        """A table from a pandas, polars or pyarrow frame, or from a NumPy array (columns ``x1``, ``x2``, ...).

        Raises
        ------
        DataError
            When column names repeat, or a column holds something other than numbers, text, yes/no or dates.
        """
        from glassnet.tables.reading.frames.frame import contents_of_frame

        return frame if isinstance(frame, Table) else Table(**contents_of_frame(frame, null_strings)._asdict())
