"""Notes for readers on images that were read: files left out, copies, patients, header fields, what was changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from glassnet.tables.columns.column_note import GraveNote
from glassnet.tables.notation.number_text import counted

if TYPE_CHECKING:
    from glassnet.images import FeatureTable, ImageSet

_MOST_REASONS, _MOST_NAMES = 8, 3


def left_out(table: FeatureTable | ImageSet) -> Iterator[str]:
    """One note on the files without a row, by reason."""
    if not table.unread:
        return
    reasons = Counter(each.reason for each in table.unread)
    parts = []
    for reason, count in reasons.most_common(_MOST_REASONS):
        names = [each.name for each in table.unread if each.reason == reason]
        more = f" and {count - _MOST_NAMES} more" if count > _MOST_NAMES else ""
        parts.append(f"{', '.join(names[:_MOST_NAMES])}{more}: {reason}")
    if len(reasons) > _MOST_REASONS:
        parts.append(f"and {counted(len(reasons) - _MOST_REASONS, 'more reason')}")
    yield GraveNote(f"{counted(len(table.unread), 'file')} left out; they have no row. {'; '.join(parts)}.")


def image_notes(table: FeatureTable | ImageSet) -> Iterator[str]:
    """Notes on copies, patients, header fields, changes to images, and features that are undefined on some."""
    grouping = table.grouping
    if grouping.copies or grouping.near_copies:
        yield f"Identical to an earlier image: {grouping.copies}; nearly so: {grouping.near_copies}."
    if grouping.by_patient:
        yield f"The {grouping.by_patient} name patients."
    if table.identifying:
        fields = ", ".join(f"{name} ({count})" for name, count in sorted(table.identifying.items()))
        yield f"Header fields that can identify a person are filled: {fields}. They are neither kept nor written."
    from glassnet.images.reading.picture import SCALES

    for remark, count in table.remarks.items():
        if remark in SCALES.values() and count < len(table.names):
            yield GraveNote(
                f"{counted(count, 'image')}: {remark}, unlike the others. Values are taken as they are, so these "
                "images look much darker or brighter than the others: bring all to one scale first."
            )
        else:
            yield f"{counted(count, 'image')}: {remark}."
    undefined: dict[str, int] = getattr(table, "undefined", dict)()
    if undefined:
        names = ", ".join(list(undefined)[:3]) + (" ..." if len(undefined) > 3 else "")
        what = counted(len(undefined), "feature")
        yield f"Not defined on some images, where their cells are empty: {what} ({names})."
