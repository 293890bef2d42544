"""A schema in words: a line for each column, and sentences on what is unusual about the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from glassnet.pages.number import short_number
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.images.image_column import KIND
from glassnet.tables.columns.kinds.kind import shown
from glassnet.tables.columns.stratum import STRATUM
from glassnet.tables.notation.number_text import NULL_STRINGS, counted

if TYPE_CHECKING:
    from glassnet.tables.schema import Schema


def notes_of(schema: Schema) -> tuple[str, ...]:
    """Sentences on the columns that were left out and why, and on how odd columns were understood."""
    notes = []
    if schema.null_strings != NULL_STRINGS:
        texts = ", ".join(f'"{shown(text)[1:-1]}"' for text in schema.null_strings)
        notes.append(f"Texts that mark missing cells: {texts or 'none'}.")
    for column in schema.columns:
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
        if column.role in ("target", STRATUM) and column.missing:
            notes.append(
                f"The {column.role} {column.name!r} is missing in {counted(column.missing, 'row')}, "
                f"which cannot be learned from."
            )
    return tuple(notes)


def text_of(schema: Schema) -> str:
    """The task, and one line for each column."""
    rows = [("column", "role", "kind", "learned"), *schema.describe()]
    widths = [max(len(row[k]) for row in rows) for k in range(3)]
    lines = [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]).rstrip()
        for row in rows
    ]
    known = f", {counted(schema.n_rows, 'row')}" if schema.n_rows else ""
    return "\n".join([f"{schema.task or 'no task'}: {schema.task_reason or 'no target'}{known}", *lines])


def learned(column: ColumnSchema) -> str:
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
