"""Undeclared times to an event in a table: a duration next to a column that tells whether the event happened.

Who learns the times as plain numbers takes patients who were lost for patients who died; who learns the event as a
class gives the network the follow-up as an input. Names and cells must both speak for it: every word of a name is one
of its kind, so that "marital status" and "studytime" do not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from glassnet.errors import SchemaError
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.outcome.time_to_event import ALIVE, HAPPENED, event_levels
from glassnet.tables.table import Table

_SPANS = re.compile(r"times?|durations?|tenure|survival|lifetime|followup|follow|os|[pder]fs")
_UNITS = re.compile(r"days|months|weeks|years|hours|yrs")
_JOINED = re.compile(r"(?:fu|fup|follow|followup|s|surv|survival|os|pfs|dfs|rfs|efs|d|r|death|event|censor|obs)time")
_SAYS = re.compile(
    r"status|vitalstatus|f?u?stat|events?|died|dead|deaths?|deceased|demised?|mort(?:ality)?|failed|failure|"
    r"causes?|relapsed?|recur(?:red|rence)?|progress(?:ed|ion)|churn(?:ed)?"
)
_MAY_SAY = re.compile(r"cens(?:or(?:ed|ing)?)?|alive|survived|living|uncensored")
"""Words of a column of events, and words that may say the opposite."""
_OPPOSITE = frozenset(("censored", "alive", "survived", "living"))
_EITHER = re.compile(
    r"of|to|the|is|was|has|in|at|until|till|from|or|and|not|last|vital|overall|free|disease|specific|interval|observed|"
    r"observation|indicator|flag|code|ind|num|patient|surv|fu|up|os|[pder]fs|survival|follow|followup|event|death|"
    r"relapse|recurrence|progression|failure|day|month|week|year|date|final|d|r"
)
"""Words that may stand in either name beside the one that counts."""
_FEWEST_TIMES, _MOST_EVENTS = 3, 6
_YEARS = (1850, 2150)


@dataclass(frozen=True)
class PossibleTimes:
    """Two columns that may be times to an event.

    Parameters
    ----------
    time, event : str
        The names of the columns.
    ways : tuple of str
        How the event can be said, the likeliest first: ``died``, or ``status=2`` where cells must say it.

    Examples
    --------
    >>> from glassnet.tables import Schema, Table
    >>> table = Table.from_columns({"age": [63, 41, 52, 70], "months": [5, 9.5, 12, 3], "status": [1, 2, 1, 2]})
    >>> PossibleTimes.of(table, Schema.infer(table).columns).ways
    ('status=2', 'status=1')
    """

    time: str
    event: str
    ways: tuple[str, ...]

    @classmethod
    def of(
        cls, table: Table, columns: Sequence[ColumnSchema], targets: Sequence[str] = (),
        declared: Mapping[str, str] | None = None,
    ) -> PossibleTimes | None:  # fmt: skip
        """The likeliest pair of a table, or None.

        Parameters
        ----------
        table : Table
        columns : sequence of ColumnSchema
        targets : sequence of str
            What is to be predicted. Whoever predicts something else asks no question about time.
        declared : mapping of str to str, optional
            The kinds that a person has given; a pair with one of them is settled.
        """
        settled = declared or {}
        order = [column.name for column in columns if column.name not in settled]
        known = {column.name: column for column in columns}
        ways = {name: ways_of_name for name in order if (ways_of_name := _ways(table, name))}
        times = [name for name in order if ways and name not in ways and _is_time(table, known[name])]
        pairs = [
            (time, event) for time, event in product(times, ways) if not targets or set(targets) <= {time, event}
        ]  # fmt: skip
        if not pairs:
            return None
        time, event = min(pairs, key=lambda pair: (-_alike(*pair), abs(order.index(pair[0]) - order.index(pair[1]))))
        return cls(time, event, ways[event])

    @property
    def proposal(self) -> Proposal:
        """The question, about the column of the event."""
        tells = "how long a row was followed, and whether the event came"
        finding = f"with {self.time!r} it may tell a time to an event: {tells}"
        return Proposal(finding, column=self.event, time=self.time, events=self.ways)


def _words(name: str) -> list[str]:
    """The words of a name, regardless of how they are joined: ``OS_MONTHS``, ``daysToDeath``, ``d.time``."""
    return re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())


def _all_known(words: Sequence[str], *kinds: re.Pattern[str]) -> bool:
    """Whether a name has a word of these kinds, and no other than those that may stand beside one."""
    core = {word for word in words if any(kind.fullmatch(word) for kind in kinds)}
    return bool(core) and all(word in core or _EITHER.fullmatch(word) for word in words)


def _is_time(table: Table, column: ColumnSchema) -> bool:
    """Whether the name and the cells are those of an elapsed time."""
    words = _words(column.name)
    if not _all_known(words, _SPANS, _UNITS, _JOINED):
        return False
    if column.kind not in ("number", "integer") or column.role == "left_out":
        return False
    values = column.numbers(table.column(column.name))[0]
    values = values[np.isfinite(values)]
    if not len(values) or values.min() < 0 or values.max() <= 0:
        return False
    calendar = bool((values == np.floor(values)).all() and values.min() >= _YEARS[0] and values.max() <= _YEARS[1])
    return len(np.unique(values)) >= _FEWEST_TIMES and not ("years" in words and calendar)


def _ways(table: Table, name: str) -> tuple[str, ...]:
    """The ways in which a column may encode the event, if its name and cells are those of an event."""
    words = _words(name)
    cells = table.column(name)
    if not _all_known(words, _SAYS, _MAY_SAY) or not 2 <= cells.n_distinct() <= _MOST_EVENTS:
        return ()
    levels = sorted(cells.level_counts())
    if not any(map(_MAY_SAY.fullmatch, words)):
        try:
            event_levels(table, name, ())
            return (name,)
        except SchemaError:
            pass  # which cell is the event must be said
    read = {word for level in levels for word in [level.lower().removesuffix(".0"), *_words(level)]}
    if len(levels) > 2 or not read & (ALIVE | HAPPENED | {"0", "1"}):
        return ()
    last_first = levels if _OPPOSITE & set(words) else levels[::-1]  # "alive: no" says that it happened
    return tuple(f"{name}={level}" for level in last_first)


def _alike(one: str, other: str) -> int:
    """How many words, or first letters of joined ones, two names share: ``OS_MONTHS`` goes with ``OS_STATUS``."""
    return len(set(_marks(one)) & set(_marks(other)))


def _marks(name: str) -> Iterator[str]:
    """The words that tell one follow-up from another."""
    for word in _words(name):
        yield word
        if _JOINED.fullmatch(word):
            yield word.removesuffix("time")
        yield word[:1]
