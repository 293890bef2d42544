"""A proposal: a question about a column, and the declarations that answer it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Proposal:
    """One question to decide.

    Parameters
    ----------
    finding : str
        The finding, as a question or a sentence.
    kinds : tuple of str
        Kinds that can be declared as the answer, the likeliest first, such as ``number:null=-999``.
    null : str
        A text that can be declared to mean "no value"; the kinds are then what the column is without it.
    column : str
        The column in question.
    time, events : str, tuple of str
        Where the column may be the event of a time: the column of times, and how the event can be said, such as
        ``status=2``.

    Examples
    --------
    >>> proposal = Proposal("Is it day or month first?", ("date:dmy", "date:mdy"), column="seen")
    >>> proposal.options
    ("kinds={'seen': 'date:dmy'}", "kinds={'seen': 'date:mdy'}")
    """

    finding: str
    kinds: tuple[str, ...] = ()
    null: str = ""
    column: str = ""
    time: str = ""
    events: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The Python arguments that accept it, one for each choice."""
        if self.events:
            return tuple(f"time={self.time!r}, event={event!r}" for event in self.events)
        if self.null:
            return (f"null_strings=[*NULL_STRINGS, {self.null!r}]",)
        return tuple(f"kinds={{{self.column!r}: {kind!r}}}" for kind in self.kinds)
