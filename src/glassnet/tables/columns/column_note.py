"""`GraveNote`: a remark on a table that is a warning."""

from __future__ import annotations


class GraveNote(str):
    """A note on a table that is a warning: the predictions are not reliable."""

    __slots__ = ()
