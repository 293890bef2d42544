"""The schema: what every column of a table means to a model, learned once, stored with it, enforced ever after.

`Schema.infer` judges kinds over all rows of the table; `Schema.fit` learns the constants (center, scale, range,
categories, missing counts) from the training rows alone, so no test row leaks into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import DataError, SchemaError, nearest
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.columns.image_column import KIND, ImageCells
from glassnet.tables.columns.kind import NUMERIC, declare, judge, shown
from glassnet.tables.columns.proposal import Proposal
from glassnet.tables.columns.scaling import SCALINGS
from glassnet.tables.columns.written_column import StrayCells
from glassnet.tables.image_table import judge_measured
from glassnet.tables.matrix import empty_matrix
from glassnet.tables.notation.cells import Cells, ListText
from glassnet.tables.notation.number_text import NULL_STRINGS, counted, short_number
from glassnet.tables.notation.pair import BOTH, sides_of
from glassnet.tables.outcome import TableOutcome, outcome_named, outcomes
from glassnet.tables.outcome.choice import asked_for, labels_of, understand
from glassnet.tables.reading.streamed import StreamedTable
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.images import Measuring
    from glassnet.network import InputStep

_ROWS_AT_ONCE = 4096
_MANY_ROWS = 50_000
_MOST_STRAYS = 20


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


@dataclass(frozen=True)
class Schema:
    """The columns of a table, their roles, and the task.

    Parameters
    ----------
    columns : tuple of ColumnSchema
        In the order of the training table, the target included.
    task : {"classification", "regression", None}
        None when there is no target.
    task_reason : str
        Why this task.
    classes : tuple of str
        The class labels, in the order of their codes.
    n_rows : int
        Training rows that the constants were learned from.
    null_strings : tuple of str
        The texts that meant "no value" in the table, and mean it in every table that the schema is used on.
    measuring : Measuring, optional
        Of a table of images: how their features were measured, and are measured for every prediction.
    proposals : tuple of Proposal
        What a person may want to decide about the table; known where the schema was inferred, and not stored.

    Examples
    --------
    >>> ages, sexes = [63, 41, 52, 70], ["f", "m", "f", "m"]
    >>> table = Table.from_columns({"age": ages, "sex": sexes, "ill": ["yes", "no", "no", "yes"]})
    >>> schema = Schema.infer(table, target="ill")
    >>> schema.task, schema.classes
    ('classification', ('no', 'yes'))
    >>> schema.feature_names
    ('age', 'sex = f', 'sex = m')
    >>> schema.encode(table).matrix.shape, schema.encode_target(table)
    ((4, 3), array([1, 0, 0, 1]))
    """

    columns: tuple[ColumnSchema, ...]
    task: str | None = None
    task_reason: str = ""
    classes: tuple[str, ...] = ()
    n_rows: int = 0
    null_strings: tuple[str, ...] = NULL_STRINGS
    measuring: Measuring | None = None
    proposals: tuple[Proposal, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def infer(
        cls,
        table: Table,
        target: str | Sequence[str] | None = None,
        task: str | None = None,
        *,
        kinds: Mapping[str, str] | None = None,
        levels: Mapping[str, Sequence[str]] | None = None,
        classes: Sequence[str] = (),
    ) -> Schema:
        """Judge every column, choose the task, and learn the constants from all rows of the table.

        Parameters
        ----------
        table : Table
        target : str or sequence of str, optional
            The column to predict, or the columns where the kind of target has several.
        task : {"classification", "regression"}, optional
            By default the target decides; see `task_reason`.
        kinds : mapping of str to str, optional
            Columns whose kind is declared rather than judged: "number", "integer", "date", "yes_no", "category" or
            "left_out"; numbers and dates with how they are written, as "number:thousands" or "date:dmy". "number:both"
            makes two columns of one whose cells hold two numbers, as 120/80.
        levels : mapping of str to sequence of str, optional
            Columns whose categories, and their order, are declared; other cells share the slot "other".
        classes : sequence of str, optional
            The class labels in the order of their codes.

        Raises
        ------
        SchemaError
            For an unknown column, a target that cannot be learned, or a table without any usable input.
        DataError
            For infinite cells and stray texts in number columns.
        """
        kinds, fixed = _in_two(dict(kinds or {})), dict(levels or {})
        targets = (target,) if isinstance(target, str) else tuple(target or ())
        for name in [*kinds, *fixed, *targets]:
            table.column(name)
        asked = asked_for(task, targets)
        _read_numbers(table)
        columns: list[ColumnSchema] = []
        proposals: list[Proposal] = []
        strays: list[StrayCells] = []
        found_task: str | None = None
        reason, wanted = "", tuple(classes)
        for name in (*table.names, *(name for name in kinds if name not in table.names)):
            judgment = declare(table, name, kinds[name]) if name in kinds else None
            if judgment is None and name not in targets:
                judgment = judge_measured(table, name)
            if name not in targets:
                try:
                    judgment = judgment or judge(table, name)
                except StrayCells as error:
                    strays.append(error)
                    continue
                proposals += [replace(one, column=name) for one in judgment.proposals]
                column = ColumnSchema.of(name, judgment)
                cells = table.column(name)
                if isinstance(cells, ImageCells):
                    column = replace(column, shape=tuple(cells.pixels.shape[1:]))
                column = column.with_levels(fixed[name], table) if name in fixed else column
                column.check_order(table)
                if column.role == "left_out" and set(sides_of(name)) <= set(kinds):
                    column = replace(column, reason="each of its two numbers is a column of its own")
                columns.append(column)
                continue
            outcome, reason, column, asks = understand(table, name, asked, judgment, wanted)
            found_task = outcome.name
            reason = reason if task is not None or asked is None else f"there are {len(targets)} target columns"
            proposals += asks
            columns.append(column)
        if strays:
            raise _all_of(strays)
        chosen = [column for column in columns if column.role == "target"]
        labels = outcomes[found_task].labels(chosen) if found_task is not None else ()
        schema = cls(
            tuple(columns), found_task, reason, labels, 0, table.null_strings, table.measuring, tuple(proposals)
        ).fit(table)  # fmt: skip
        if not schema.feature_names:
            left_out = "; ".join(f"{column.name!r}: {column.reason}" for column in schema.columns if column.reason)
            raise SchemaError(
                f"{table.origin} has no column to learn from: {left_out or 'there is only the target'}. Declare the "
                f"kind of a column, or add columns."
            )
        return schema

    def fit(self, table: Table, weights: np.ndarray | None = None) -> Schema:
        """The same schema with its constants learned from the rows of `table`, which should be the training rows.

        `weights`, shape (n_rows,), say how much each row counts in means, spreads and shares; a row of weight 2 counts
        like two of weight 1.
        """
        table = table.with_null_strings(self.null_strings)
        fitted = ((column, column.fit(table.column(column.name), weights)) for column in self.columns)
        columns = tuple(
            replace(new, levels=column.levels, shares=(), pooled=0, intervals=()) if column.role == "target" else new
            for column, new in fitted
        )
        return replace(self, columns=columns, n_rows=table.n_rows)

    def leave_out(self, name: str, reason: str) -> Schema:
        """The same schema without a column among the inputs.

        Raises
        ------
        SchemaError
            When there is no such column, it is the target, or no other input is left.
        """
        if name not in {column.name for column in self.columns}:
            raise SchemaError(f"There is no column {name!r}. {nearest(name, [column.name for column in self.columns])}")
        if name in self.targets:
            raise SchemaError(f"Column {name!r} is the target, and cannot be left out.")
        left = tuple(
            replace(column, role="left_out", reason=reason) if column.name == name else column
            for column in self.columns
        )
        schema = replace(self, columns=left)
        if not schema.feature_names:
            raise SchemaError(f"Without the column {name!r} there is no column to learn from. Add columns.")
        return schema

    def with_scaling(self, scaling: str) -> Schema:
        """The same schema whose inputs are scaled in another way; `fit` learns the constants.

        Examples
        --------
        >>> table = Table.from_columns({"age": [63, 41, 52, 70], "ill": ["yes", "no", "no", "yes"]})
        >>> schema = Schema.infer(table, target="ill").with_scaling("robust").fit(table)
        >>> schema.encode(table).matrix.ravel().round(3).tolist()
        [0.352, -1.003, -0.352, 0.779]
        """
        if scaling not in SCALINGS:
            raise SchemaError(f"There is no scaling {scaling!r}. {nearest(scaling, SCALINGS)}")
        return replace(
            self,
            columns=tuple(
                replace(column, scaling=scaling, knots=(), knot_inputs=()) if column.role == "input" else column
                for column in self.columns
            ),
        )

    def without_bins(self) -> Schema:
        """The same schema whose numbers make one input each, where they also made bins; nothing is learned again.

        Examples
        --------
        >>> table = Table.from_columns({"age": [63, 41, 52, 70], "ill": ["yes", "no", "no", "yes"]})
        >>> schema = Schema.infer(table, target="ill").with_scaling("robust_and_bins").fit(table)
        >>> schema.feature_names, schema.without_bins().feature_names
        (('age 41 to 70', 'age'), ('age',))
        """
        return replace(
            self,
            columns=tuple(
                replace(column, scaling="robust", knots=()) if column.role == "input" and column.how.beside else column
                for column in self.columns
            ),
        )

    def with_intervals(self, ends: Sequence[float]) -> Schema:
        """The same schema of a time to an event whose network has an output for each interval of time.

        Examples
        --------
        >>> table = Table.from_columns({"age": [63, 41, 52], "months": [5.0, 9.5, 12.0], "died": [1, 0, 1]})
        >>> schema = Schema.infer(table, ("months", "died"), "survival").with_intervals([5.0, 12.0])
        >>> schema.outcome.output_names(2)
        ['hazard of died until 5', 'hazard of died until 12']
        """
        name = getattr(self.outcome, "time").name  # noqa: B009 (only this outcome has one)
        return replace(
            self,
            columns=tuple(
                replace(column, intervals=tuple(map(float, ends))) if column.name == name else column
                for column in self.columns
            ),
        )

    @property
    def target(self) -> str | None:
        """The name of the target column, the first where there are several; None when there is none."""
        return next((column.name for column in self.columns if column.role == "target"), None)

    @property
    def targets(self) -> tuple[str, ...]:
        """The names of all target columns: one for most kinds of target."""
        return tuple(column.name for column in self.columns if column.role == "target")

    @property
    def target_column(self) -> ColumnSchema:
        """The target column; for regression its center and scale are those of the training targets."""
        for column in self.columns:
            if column.role == "target":
                return column
        raise SchemaError("The schema has no target. Give target= when it is inferred.")

    @cached_property
    def outcome(self) -> TableOutcome:
        """The outcome of the target, with its columns; `SchemaError` where there is no target."""
        if self.task is None:
            raise SchemaError("The schema has no target. Give target= when it is inferred.")
        return outcome_named(self.task).of([column for column in self.columns if column.role == "target"])

    @property
    def inputs(self) -> tuple[ColumnSchema, ...]:
        """The columns that the network sees, images first."""
        inputs = [column for column in self.columns if column.role == "input"]
        return tuple(sorted(inputs, key=lambda column: column.kind != KIND))

    @property
    def image_column(self) -> ColumnSchema | None:
        """The column of images among the inputs; its pixels come first in the matrix."""
        return next((column for column in self.inputs if column.kind == KIND), None)

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the network's inputs, in the order of the matrix."""
        return tuple(feature for column in self.inputs for feature in column.features)

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the columns that were left out and why, and on how odd columns were understood."""
        notes = []
        if self.null_strings != NULL_STRINGS:
            texts = ", ".join(f'"{shown(text)[1:-1]}"' for text in self.null_strings)
            notes.append(f"Texts that mark missing cells: {texts or 'none'}.")
        for column in self.columns:
            if column.role == "left_out":
                notes.append(f"Column {column.name!r} is left out: {column.reason}.")
            elif column.reason:
                notes.append(f"Column {column.name!r} ({column.kind}): {column.reason}.")
            if column.pooled:
                notes.append(f'Column {column.name!r}: {counted(column.pooled, "rare value")} in the slot "other".')
            if column.role == "input" and column.untrained:
                few = ", ".join(map(repr, column.untrained[:5])) + (", ..." if len(column.untrained) > 5 else "")
                notes.append(
                    f"Column {column.name!r}: no training row has {few}; such a cell counts as one never seen, since "
                    "nothing was learned about it."
                )
            if column.role == "target" and column.missing:
                notes.append(
                    f"The target {column.name!r} is missing in {counted(column.missing, 'row')}, "
                    f"which cannot be learned from."
                )
        return tuple(notes)

    def rows_with_target(self, table: Table) -> np.ndarray:
        """The positions of the rows whose target is present: int64, shape (at most n_rows,)."""
        absent = [self._target_cells(table, column).missing for column in self.outcome.columns]
        return np.flatnonzero(~np.logical_or.reduce(absent))

    def _target_cells(self, table: Table, target: ColumnSchema) -> Cells:
        """The cells of a target column; the other columns are not looked at."""
        numbers = target.kind in NUMERIC or not ListText(target.levels).numbers()[1].any()
        cells = target.as_levels((labels_of(table, target.name) if numbers else table).column(target.name))
        further = table.further_null_strings(self.null_strings)
        return cells.without(further) if further else cells

    def encode(self, table: Table, dtype: Any = np.float64) -> Encoded:
        """The table as a matrix: columns matched by name, in the schema's order.

        Parameters
        ----------
        table : Table
        dtype : float type
            Of the matrix; every value is computed in float64 and rounded to it once.

        Raises
        ------
        SchemaError
            When columns are missing, or a cell does not fit the kind of its column.
        DataError
            When a cell is infinite.
        """
        self.check_columns(table)
        table = table.with_null_strings(self.null_strings)
        notes: list[str] = []
        known = {column.name for column in self.columns}
        extra = [name for name in table.names if name not in known]
        if extra:
            listed = ", ".join(map(repr, extra[:5])) + (f" and {len(extra) - 5} more" if len(extra) > 5 else "")
            notes.append(f"{counted(len(extra), 'column')} not in the training table, ignored: {listed}.")
        names = self.feature_names
        mapped = table.mapped
        matrix = empty_matrix((table.n_rows, len(names)), dtype, mapped=mapped)
        place = 0
        for block in table.blocks():
            for note in self._encode_block(block, matrix[place : place + block.n_rows]):
                if not mapped or note.partition(":")[0] not in {known.partition(":")[0] for known in notes}:
                    notes.append(note)
            place += block.n_rows
        notes.sort(key=lambda note: not isinstance(note, GraveNote))
        return Encoded(matrix, names, tuple(notes))

    def _encode_block(self, table: Table, rows: np.ndarray) -> list[str]:
        """Fill the rows of a matrix from a table in memory; returns what was replaced, unknown or out of range."""
        notes: list[str] = []
        image, others = self.image_column, [column for column in self.inputs if column.kind != KIND]
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

    def check_columns(self, table: Table) -> None:
        """Refuse a table that lacks input columns, or whose images were measured in another way."""
        if self.measuring is not None and table.measuring is not None:
            difference = table.measuring.difference(self.measuring)
            if difference:
                raise SchemaError(
                    f"{table.origin} was measured differently from the training images ({difference}). Give the "
                    "images themselves, which are then measured alike."
                )
        missing = [column.name for column in self.inputs if not table.holds(column.name)]
        if missing:
            listed = ", ".join(map(repr, missing[:8])) + (f" and {len(missing) - 8} more" if len(missing) > 8 else "")
            raise SchemaError(
                f"{table.origin} lacks {len(missing)} of the {len(self.inputs)} columns that the model needs: "
                f"{listed}. "
                f"For {missing[0]!r}: {nearest(missing[0], table.names)}"
            )

    def encode_target(self, table: Table) -> np.ndarray:
        """The targets: class codes (int64) or numbers (float64), shape (n_rows,), or what another kind reads.

        Raises
        ------
        SchemaError
            When a target is missing, no number, or of a class that the schema does not know.
        """
        every = [self._target_cells(table, column) for column in self.outcome.columns]
        for target, cells in zip(self.outcome.columns, every, strict=True):
            absent = np.flatnonzero(cells.missing)
            if len(absent):
                raise SchemaError(
                    f"{table.origin}: the target {target.name!r} is missing in {counted(len(absent), 'row')} "
                    f"({table.row_names(absent)}). Leave such rows out, or fill in the target."
                )
        return self.outcome.read(table, every)

    def inputs_of(self, table: Table, row: int) -> list[InputStep]:
        """How one row became the network's inputs: one step per feature, in the order of the matrix.

        Each step has the feature, the cell as it stands, the value, and the transformation with its constants, for
        example ``(37.6 − 36.9) / 1.2``.
        """
        self.check_columns(table)
        table.row_text(row)  # refuses a row that does not exist
        one = table.take([row]).with_null_strings(self.null_strings)
        return [step for column in self.inputs for step in column.input_steps(one, 0)]

    def describe(self) -> list[tuple[str, str, str, str]]:
        """One row per column for printing: name, role, kind, what was learned or why it is left out."""
        return [(column.name, column.role.replace("_", " "), column.kind, _learned(column)) for column in self.columns]

    def __str__(self) -> str:
        rows = [("column", "role", "kind", "learned"), *self.describe()]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        lines = [
            "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
            for row in rows
        ]
        known = f", {counted(self.n_rows, 'row')}" if self.n_rows else ""
        return "\n".join([f"{self.task or 'no task'}: {self.task_reason or 'no target'}{known}", *lines])

    def to_dict(self) -> dict[str, Any]:
        """The schema in plain JSON types; `from_dict` turns it back into an equal schema."""
        from glassnet.tables.store import schema_to_dict

        return schema_to_dict(self)

    @classmethod
    def from_dict(cls, plain: Any) -> Schema:
        """The schema from plain JSON types; anything unexpected is a `SchemaError`."""
        from glassnet.tables.store import schema_from_dict

        return schema_from_dict(cls, plain)


def _all_of(strays: list[StrayCells]) -> DataError:
    """One error for the stray cells of all columns."""
    if len(strays) == 1:
        return strays[0]
    others = "; ".join(error.finding for error in strays[1:_MOST_STRAYS])
    more = f"; and {counted(len(strays) - _MOST_STRAYS, 'more column')}" if len(strays) > _MOST_STRAYS else ""
    return DataError(f"{strays[0]} The same holds for {others}{more}.")


def _in_two(kinds: dict[str, str]) -> dict[str, str]:
    """The kinds with a column that is declared to be two numbers left out, and its two sides in its place."""
    for name, kind in list(kinds.items()):
        base, _, written = kind.partition(":")
        if written == BOTH and base in ("number", "integer"):
            kinds |= {name: "left_out", **dict.fromkeys(sides_of(name), base)}
    return kinds


def _read_numbers(table: Table) -> None:
    """Read the columns of a long table as numbers side by side: the judge of each column asks for them first."""
    if table.n_rows < _MANY_ROWS or isinstance(table, StreamedTable):
        return
    with ThreadPoolExecutor() as pool:
        for _ in pool.map(lambda cells: cells.numbers(), table.columns.values()):
            pass


def _learned(column: ColumnSchema) -> str:
    """Describe in a few words what was learned from one column."""
    if column.role == "left_out":
        return column.reason
    parts = []
    if column.kind == KIND:
        size = " x ".join(map(str, column.shape))
        parts.append(f"{size} pixels, {column.range_text}; mean {column.written(column.center, 4)}, "
                     f"standard deviation {short_number(column.scale, 4)}")  # fmt: skip
    elif column.levels:
        listed = ", ".join(" ".join(level.split()) for level in column.levels[:6])  # a line break breaks a list
        more = ", ..." if len(column.levels) > 6 else ""
        parts.append(f"{counted(len(column.levels), 'value')}: {listed}{more}")
    else:
        how, days = column.how, " days" if column.kind == "date" else ""
        parts.append(column.range_text)
        if column.role != "target" or column.scaling != "none":  # a time to an event is taken as it is
            parts.append(
                f"{how.center_name} {column.written(column.center, 4)}, {how.scale_name} "
                f"{short_number(column.scale, 4)}{days}"
            )
        if column.intervals:
            parts.append(f"{counted(len(column.intervals), 'interval')} of about equally many events")
        if column.knots:
            bins, knots = counted(len(column.knots) - 1, "bin"), counted(len(column.knots), "knot")
            parts.append(f"{bins} between quantiles" if how.bins else f"normal quantiles through {knots}")
    if column.missing:
        parts.append(f"{column.missing} missing")
    if column.reason:
        parts.append(column.reason)
    return "; ".join(parts)
