"""How a table's columns are understood under the user's choice: kinds, notes, distributions, and a proposal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Literal, cast

import msgspec
import numpy as np

from glassnet.errors import GlassnetError
from glassnet.estimators.sampling.copies import find_copies
from glassnet.estimators.sampling.giveaway import MOST_ROWS, find_giveaways, giveaway_text
from glassnet.estimators.sampling.repeats import repeated, repeats_text
from glassnet.estimators.sampling.twins import twins
from glassnet.estimators.tables.survival import parted_event
from glassnet.studio.contract.data import Column, ColumnChoice, Histogram, Level, Suggestion, Task, Understanding
from glassnet.studio.data.images.example_image import example_images
from glassnet.studio.data.images.image_facts import image_facts
from glassnet.studio.data.preparation.preparation import chosen_schema, chosen_table
from glassnet.studio.data.preparation.timed import ways_of_causes, ways_of_events
from glassnet.studio.data.proposal import proposal
from glassnet.studio.data.suggestion import LEAVE_OUT, copies, mostly_numbers, ways_of, ways_out
from glassnet.tables import EncodedTable, Schema, Table
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.images.image_column import KIND as IMAGE
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.columns.kinds.identity import repeats_as_ids_do
from glassnet.tables.columns.kinds.kind import NUMERIC, declare, judge
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.columns.stratum import STRATUM, stratum_column
from glassnet.tables.door import for_the_page
from glassnet.tables.image_archive import image_column

_BINS = 20
_SHOWN_LEVELS = 12
_SHOWN_IMAGES = 12
_OF_A_FILE = (
    "Columns, scaling and categories are those of the model file; a change of a column reads the table anew.",
)
_MOST_CELLS = 2_000_000
"""So many cells are searched for a column that repeats as patients do, while a person waits."""


def understand(data: str, table: Table, choice: ColumnChoice) -> Understanding:
    """Judge the columns of a table; what cannot be learned from says why in place of a proposal."""
    kept, table, unread = table, chosen_table(table, choice), set[str]()
    try:
        if choice.target is None:
            schema, problem = Schema.infer(table, kinds=choice.kinds), _no_target(table)
        else:
            schema, problem = chosen_schema(table, choice), ""
    except GlassnetError as error:
        schema, problem = Schema(_judge_columns(table, choice, unread)), str(error)
    task = cast("Task | None", schema.task)
    n_rows = len(schema.rows_with_target(table)) if task else 0
    if task and n_rows < 2:
        problem = f"{n_rows} rows have a value in {choice.target!r}; learning needs at least 2."
    proposed = None
    if task and not problem:
        image = schema.image_column
        shape = None if image is None else image.shape
        proposed = proposal(data, schema.outcome, n_rows, len(schema.feature_names), shape)
    columns = [_column(table, column) for column in schema.columns]
    unsettled = problem if choice.target is not None and choice.event is not None and problem else ""
    declared = {column.name: column.declaration for column in schema.columns}
    asked = {one.column: one for one in reversed(schema.proposals)}
    together = _together(table, schema) if task and not problem and choice.groups is None else {}
    remarks = _telling(table, schema) if task and not problem else {}
    needed = _with_needs(table, columns, declared, choice, unread, asked, together, remarks)
    causes = ways_of_causes(schema, choice.event) if choice.event is not None and task and not problem else []
    on_copies = _on_copies(table, schema) if task and not problem else []
    return Understanding(
        columns=_with_event(table, needed, choice, unsettled, causes),
        choice=choice,
        task=task,
        task_reason=for_the_page(schema.task_reason), classes=list(schema.classes),
        feature_names=list(schema.feature_names),
        notes=page_notes((*table.notes, *schema.notes, *_OF_A_FILE[: choice.fitted is not None], *on_copies)),
        proposal=proposed,
        problem=for_the_page(problem), images=image_facts(kept, table, schema),
    )  # fmt: skip


def _on_copies(table: Table, schema: Schema) -> list[str]:
    """A remark on rows that were copied, which stay together; of images and long tables the run says it."""
    if schema.image_column is not None or not 0 < table.n_rows * len(schema.inputs) <= _MOST_CELLS:
        return []
    known = find_copies(EncodedTable(table.take(schema.rows_with_target(table))).values(schema))
    return [known.text()] if known.copied else []


def _with_event(
    table: Table, columns: list[Column], choice: ColumnChoice, problem: str, causes: list[Suggestion]
) -> list[Column]:
    """The columns, that of events with its cells to choose from where it is not settled which of them are the event."""
    if choice.event is None or not (problem or causes):
        return columns
    name, _ = parted_event(table, choice.event)
    ways = causes or (ways_of_events(table, choice.event) if name in table.columns and "the event" in problem else [])
    return [
        msgspec.structs.replace(column, role="target", suggestions=ways) if column.name == name else column
        for column in columns
    ]


def page_notes(notes: Iterable[str]) -> list[str]:
    """Notes in the words of the page; those that only fit the command line are left out."""
    return [text for text in (str(for_the_page(note)).strip() for note in notes) if text]


def _no_target(table: Table) -> str:
    """A sentence that asks for a target, when no column is one."""
    if image_column(table) is not None and not set(table.names) - set(table.aside) - {image_column(table)}:
        return (
            "These images have no classes. Put the images of each class into a folder of its name, or drop a CSV file "
            "with a column of their paths and one of their classes together with them."
        )
    return "Choose the column to predict."


def _judge_columns(table: Table, choice: ColumnChoice, unread: set[str]) -> tuple[ColumnSchema, ...]:
    """The columns one by one, where together they cannot be learned from; a bad one says why, its name is added."""
    columns = []
    for name in table.names:
        try:
            if choice.kinds.get(name) == STRATUM:
                columns.append(stratum_column(table, name))
                continue
            judgment = declare(table, name, choice.kinds[name]) if name in choice.kinds else judge(table, name)
            role = "target" if name == choice.target and not judgment.left_out else None
            column, cells = ColumnSchema.of(name, judgment, role), table.column(name)
            if isinstance(cells, ImageCells):
                column = replace(column, shape=tuple(cells.pixels.shape[1:]))
            columns.append(column.fit(cells))
        except GlassnetError as error:
            unread.add(name)
            columns.append(ColumnSchema(name, "text", "left_out", _own_words(table, name, str(error))))
    return tuple(columns)


def _own_words(table: Table, name: str, message: str) -> str:
    """The message about a column, without the names of the table and the column, which the page shows next to it."""
    for start in (f"{table.origin}, column {name!r}: ", f"{table.origin}, column {name!r} is ", f"Column {name!r}: "):
        message = message.removeprefix(start)
    return for_the_page(message.partition(" Correct the cell")[0])


def _with_needs(
    table: Table, columns: list[Column], declared: dict[str, str], choice: ColumnChoice, unread: set[str],
    asked: dict[str, Proposal], together: dict[str, str], remarks: dict[str, str],
) -> list[Column]:  # fmt: skip
    """The columns, those that need a decision with the ways to settle it; a declared one is settled.

    To keep a column declares it as it is read now, its notation included.
    """
    repeated = copies(table, [column.name for column in columns if column.role != "left_out"], choice.target)
    result = []
    for column in columns:
        if column.name in unread:
            result.append(msgspec.structs.replace(column, suggestions=ways_out(table, column.name)))
        elif column.name in repeated and column.name not in choice.kinds:
            ways = [LEAVE_OUT, Suggestion("Keep it", kind=declared[column.name])]
            reason = f"{repeated[column.name]} {column.reason}".strip()
            result.append(msgspec.structs.replace(column, reason=reason, suggestions=ways))
        elif column.name in together and column.name not in choice.kinds:
            other = (
                LEAVE_OUT if column.role == "left_out" else Suggestion("Keep it as it is", kind=declared[column.name])
            )
            ways = [Suggestion("Keep its rows together", groups=column.name), other]
            result.append(msgspec.structs.replace(column, reason=together[column.name], suggestions=ways))
        elif column.name in asked and column.name not in choice.kinds:
            ways = ways_of(asked[column.name], declared[column.name], left_out=column.role == "left_out")
            finding = asked[column.name].finding
            finding = for_the_page(finding[0].upper() + finding[1:])
            if column.name in remarks:
                finding, ways = f"{finding} {remarks[column.name]}", [*ways, LEAVE_OUT]
            result.append(msgspec.structs.replace(column, reason=finding, suggestions=ways))
        elif column.name in remarks and column.name not in choice.kinds:
            ways = [LEAVE_OUT, Suggestion("Keep it", kind=declared[column.name])]
            result.append(msgspec.structs.replace(column, reason=remarks[column.name], suggestions=ways))
        elif column.kind == "category" and column.role == "input" and column.name not in choice.kinds:
            result.append(_as_numbers(table, column, declared[column.name]))
        else:
            result.append(column)
    return result


def _telling(table: Table, schema: Schema) -> dict[str, str]:
    """Columns that give the target away, alone or in pairs, and columns that copy others; a sentence on each."""
    names = [column.name for column in schema.inputs if column.kind != IMAGE]
    if not names or schema.image_column is not None or table.n_rows * len(names) > _MOST_CELLS:
        return {}
    rows = schema.rows_with_target(table)
    kept = table.take(rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), MOST_ROWS)).astype(np.int64))])
    X, truth = schema.encode(kept, np.float32).matrix, schema.encode_target(kept)
    remarks = {}
    for first, second in twins(schema, X):
        remarks[second] = f"It is a copy of {first!r}: the same values, in another unit or under other names."
    groups = find_copies(EncodedTable(kept).values(schema)).kept_together()
    for giveaway in find_giveaways(schema, X, truth, groups):
        remarks |= dict.fromkeys(giveaway[0], giveaway_text([giveaway], schema, "rows set aside", options=False))
    return remarks


def _together(table: Table, schema: Schema) -> dict[str, str]:
    """Columns that name patients or the like, whose rows may belong together, and a sentence that says so."""
    groups = {}
    for column in schema.columns:
        cells = table.column(column.name)
        whole = column.role == "left_out" and not cells.missing.any()
        if whole and repeats_as_ids_do(column.name, cells, len(cells)):
            groups[column.name] = for_the_page(column.reason)
    names = [column.name for column in schema.inputs if not table.column(column.name).missing.any()]
    rows = schema.rows_with_target(table)[: _MOST_CELLS // max(len(names), 1)]
    if len(rows):
        kept = table.take(rows)
        truth = schema.encode_target(kept)
        repeating = repeated(kept, names, truth if truth.ndim == 1 else truth[:, 0])
        if repeating is not None:
            groups[repeating[0]] = for_the_page(repeats_text(*repeating))
    return groups


def _as_numbers(table: Table, column: Column, declared: str) -> Column:
    """A column of categories; one of numbers with a few texts needs a decision."""
    sentence = mostly_numbers(table, column.name)
    if not sentence:
        return column
    ways = [way for way in ways_out(table, column.name) if way.kind != "category"]
    keep = Suggestion("Keep it as categories", kind=declared)
    reasons = column.reason if "cells are numbers" in column.reason else f"{sentence} {column.reason}".strip()
    return msgspec.structs.replace(column, reason=reasons, suggestions=[*ways, keep])


def _column(table: Table, column: ColumnSchema) -> Column:
    """One column with its distribution."""
    cells = table.column(column.name)
    role = cast("Literal['input', 'target', 'left_out']", column.role)
    plain = Column(
        name=column.name, kind=column.kind, role=role, reason=for_the_page(column.reason),
        missing=int(cells.missing.sum()), features=list(column.features),
    )  # fmt: skip
    if isinstance(cells, ImageCells):
        return msgspec.structs.replace(plain, pictures=example_images(cells, range(min(len(cells), _SHOWN_IMAGES))))
    values = column.numbers(cells)[0]
    known = values[np.isfinite(values)]
    if column.kind in NUMERIC:
        plain = msgspec.structs.replace(plain, missing=int(np.isnan(values).sum()))
    if column.kind in NUMERIC or (len(known) and column.kind == "text" and len(known) == len(cells)):
        return _with_numbers(plain, known, column)
    counts = cells.level_counts()
    levels = [Level(label, count) for label, count in list(counts.items())[:_SHOWN_LEVELS]]
    return msgspec.structs.replace(plain, levels=levels, n_levels=len(counts))


def _with_numbers(column: Column, known: np.ndarray, schema: ColumnSchema) -> Column:
    """A column of numbers with its histogram."""
    if not len(known):
        return column
    low, high = float(known.min()), float(known.max())
    counts = _counts(known, low, high)
    return msgspec.structs.replace(
        column, histogram=Histogram(low, high, counts), minimum=low, maximum=high,
        range=f"{schema.written(low, 4)} to {schema.written(high, 4)}",
        mean=float(np.mean(known)), standard_deviation=float(np.std(known)),
    )  # fmt: skip


def _counts(values: np.ndarray, low: float, high: float) -> list[int]:
    """Counts in equal bins, safe for any finite numbers."""
    if high <= low:
        return [len(values)]
    place = np.floor((values / 2 - low / 2) / (high / 2 - low / 2) * _BINS).astype(np.int64)
    return [int(count) for count in np.bincount(np.clip(place, 0, _BINS - 1), minlength=_BINS)]
