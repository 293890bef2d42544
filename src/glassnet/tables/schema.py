"""The schema: what every column of a table means to a model, learned once, stored with it, enforced ever after.

`Schema.infer` judges kinds over all rows of the table; `Schema.fit` learns the constants (center, scale, range,
categories, missing counts) from the training rows alone, so no test row leaks into them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.errors import SchemaError, nearest
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.images.image_column import KIND
from glassnet.tables.columns.kinds.kind import NUMERIC
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.columns.scales.scaling import SCALINGS
from glassnet.tables.columns.stratum import STRATUM, stratum_column, stratum_of
from glassnet.tables.encoded import Encoded, check_columns, encode_rows
from glassnet.tables.inference import judge_columns
from glassnet.tables.notation.cells import Cells, ListText
from glassnet.tables.notation.number_text import NULL_STRINGS, counted
from glassnet.tables.outcome import TableOutcome, outcome_named, outcomes
from glassnet.tables.outcome.choice import check_strata, labels_of
from glassnet.tables.seasons import with_seasons
from glassnet.tables.summary import learned, notes_of, text_of
from glassnet.tables.table import Table

if TYPE_CHECKING:
    from glassnet.images import Measuring
    from glassnet.network import InputStep


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
            "left_out", or "stratum" for the groups within which times to an event are compared; numbers and dates with
            how they are written, as "number:thousands" or "date:dmy". "number:both"
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
        judged = judge_columns(table, target, task, kinds or {}, levels or {}, classes)
        chosen = [column for column in judged.columns if column.role == "target"]
        labels = outcomes[judged.task].labels(chosen) if judged.task is not None else ()
        schema = cls(
            judged.columns, judged.task, judged.reason, labels, 0, table.null_strings, table.measuring, judged.proposals
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
            replace(new, levels=column.levels, shares=(), pooled=0, intervals=())
            if column.role in ("target", STRATUM)
            else new
            for column, new in fitted
        )
        return with_seasons(replace(self, columns=columns, n_rows=table.n_rows), table, weights)

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
        if any(column.name == name and column.role == STRATUM for column in self.columns):
            raise SchemaError(f"Column {name!r} holds the strata, and can have no other use. Choose another for one.")
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
        of_role = {role: [column for column in self.columns if column.role == role] for role in ("target", STRATUM)}
        return outcome_named(self.task).of([*of_role["target"], *of_role[STRATUM]])

    def with_stratum(self, table: Table, name: str) -> Schema:
        """The same schema in which a column holds the strata within which rows are compared.

        Examples
        --------
        >>> table = Table.from_columns(
        ...     {"age": [63, 41, 52], "center": ["B", "A", "B"], "months": [5.0, 9.5, 12.0], "died": [1, 0, 1]}
        ... )
        >>> schema = Schema.infer(table, ("months", "died"), "survival").with_stratum(table, "center")
        >>> schema.feature_names, schema.encode_target(table).tolist()
        (('age',), [[5.0, 1.0, 1.0], [9.5, 0.0, 0.0], [12.0, 1.0, 1.0]])
        """
        table.column(name)
        declared = [column.name for column in self.columns if column.role == STRATUM and column.name != name]
        check_strata([name, *declared], self.targets, None if self.task is None else self.outcome)
        if declared == [] and any(column.name == name and column.role == STRATUM for column in self.columns):
            return self
        schema = self.leave_out(name, "")  # refuses to leave nothing to learn from
        stratum = stratum_column(table, name)
        return replace(schema, columns=tuple(stratum if column.name == name else column for column in schema.columns))

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
        return notes_of(self)

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

    def strata_of(self, table: Table) -> np.ndarray | None:
        """The number of each row's stratum; None if there are no strata.

        Raises
        ------
        SchemaError
            When the stratum of a row is missing, or training did not have it.
        """
        stratum = next((column for column in self.columns if column.role == STRATUM), None)
        if stratum is None:
            return None
        if not table.holds(stratum.name):
            raise SchemaError(
                f"{table.origin} lacks the column {stratum.name!r} of strata, and each stratum has a curve of its own. "
                "Add it; risks are known without it."
            )
        return stratum_of(stratum, table, self._target_cells(table, stratum))

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
        return encode_rows(self, table, dtype)

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
        check_columns(self, table)
        table.row_text(row)  # refuses a row that does not exist
        one = table.take([row]).with_null_strings(self.null_strings)
        return [step for column in self.inputs for step in column.input_steps(one, 0)]

    def describe(self) -> list[tuple[str, str, str, str]]:
        """One row per column for printing: name, role, kind, what was learned or why it is left out."""
        return [(column.name, column.role.replace("_", " "), column.kind, learned(column)) for column in self.columns]

    def __str__(self) -> str:
        return text_of(self)

    def to_dict(self) -> dict[str, Any]:
        """The schema in plain JSON types; `from_dict` turns it back into an equal schema."""
        from glassnet.tables.store import schema_to_dict

        return schema_to_dict(self)

    @classmethod
    def from_dict(cls, plain: Any) -> Schema:
        """The schema from plain JSON types; anything unexpected is a `SchemaError`."""
        from glassnet.tables.store import schema_from_dict

        return schema_from_dict(cls, plain)
