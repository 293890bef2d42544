"""Conversion of irregular text tables to regular ones, step by step.

Every step takes a `Draft` and says in a note what it did. Lines that are no rows become empty, so that the line numbers
in messages stay those of the file.
"""

from __future__ import annotations

from glassnet.tables.reading.csv.cells import (
    BLANKS,
    FIXED,
    join_tabs,
    separates,
    set_apart,
    take_rules,
    take_sep_line,
    unquote,
)
from glassnet.tables.reading.csv.draft import Draft
from glassnet.tables.reading.csv.layout import detect_delimiter
from glassnet.tables.reading.csv.surroundings import (
    blank_comments,
    blank_notes_below,
    blank_titles,
    complete_header,
    doubt_header,
    merge_headers,
)

__all__ = ["BLANKS", "FIXED", "Draft", "regular"]


def regular(data: bytes, delimiter: str | None, *, header: bool = True) -> Draft:
    """The table with one header and nothing but rows below it.

    Parameters
    ----------
    data : bytes
        UTF-8.
    delimiter : str or None
        None to find it out; ``"blanks"`` for runs of blanks, ``"fixed widths"`` for columns that stand below each
        other.
    header : bool
        Whether a line holds the names.
    """
    if b"\r" in data and b"\n" not in data:
        data = data.replace(b"\r", b"\n")
    draft = Draft(data, delimiter or "")
    if b"\r" in data and data.count(b"\r") != data.count(b"\r\n"):  # its lines cannot be counted
        draft.delimiter = draft.declared = draft.delimiter or detect_delimiter(data)
        return draft
    take_sep_line(draft)
    blank_comments(draft)
    take_rules(draft)
    draft.delimiter = draft.delimiter or detect_delimiter(draft.data)
    apart = draft.delimiter in (BLANKS, FIXED) or (delimiter is None and not separates(draft))
    if not (apart and set_apart(draft, delimiter)):
        unquote(draft)
        if draft.delimiter == "\t":
            join_tabs(draft)
    draft.declared = draft.declared or draft.delimiter
    blank_notes_below(draft)
    if header:
        blank_titles(draft)
        merge_headers(draft)
        complete_header(draft)
        doubt_header(draft)
    draft.forget()
    return draft
