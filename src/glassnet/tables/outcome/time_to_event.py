"""`TimeToEvent`: how long until an event, of patients of whom some were still without it when last seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from glassnet.errors import ConfigurationError, SchemaError, nearest
from glassnet.formulas import Loss, losses
from glassnet.survival import Baseline, Intervals, Times
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.kind import NUMERIC, Judgment, bad_cells, check_finite
from glassnet.tables.columns.level import match_levels
from glassnet.tables.columns.stratum import STRATUM, stratum_of
from glassnet.tables.notation.cells import MISSING, UNKNOWN, Cells
from glassnet.tables.notation.notation import Notation, without_words
from glassnet.tables.outcome.answer import Answer
from glassnet.tables.outcome.outcome import TableOutcome
from glassnet.tables.table import Table

ALIVE = frozenset({"no", "n", "false", "f", "alive", "living", "censored", "lost", "none"})
HAPPENED = frozenset({"yes", "y", "true", "t", "dead", "died", "deceased", "death", "event", "relapse"})
"""Cells of an event column that say by themselves what they mean."""
_MOST_CODES = 20
_CODES = frozenset(map(str, range(10)))


@dataclass(frozen=True)
class TimeToEvent(TableOutcome):
    """A time and whether it ended with the event; the network's output is the logarithm of the relative hazard.

    Under a loss that looks at intervals of time, there is an output for each (and for each cause, one after the other);
    the column of times holds their ends.

    Where a column holds strata, patients are compared only within theirs, and the truth has a third column.

    Of the two target columns, the one that holds numbers is the time; or two columns hold the dates between which it
    went by, and it is in days. The event column keeps its cells as levels, the
    event last; every other level means that the patient was still without it. Where several causes compete, they are
    the last levels, and each has an output of the network.

    Examples
    --------
    >>> from glassnet.tables import Schema
    >>> table = Table.from_columns({"age": [63, 41, 52], "months": [5.0, 9.5, 12.0], "died": ["yes", "no", "yes"]})
    >>> schema = Schema.infer(table, ("months", "died"), "survival")
    >>> schema.encode_target(table).tolist()
    [[5.0, 1.0], [9.5, 0.0], [12.0, 1.0]]
    """

    name: ClassVar[str] = "survival"
    summary: ClassVar[str] = "the time to an event, which some have not had yet"
    noun: ClassVar[str] = "a time to an event"
    estimator: ClassVar[str] = "GlassSurvival"
    target_columns: ClassVar[int] = 2
    may_be_constant: ClassVar[bool] = True
    loss_tasks: ClassVar[tuple[str, ...]] = ("survival",)
    metrics: ClassVar[tuple[str, ...]] = ("concordance", "Brier score")
    score: ClassVar[str] = "concordance"
    compared_as: ClassVar[str] = "survival"
    measured_as: ClassVar[str] = "time"
    scales: ClassVar[tuple[str, ...]] = ("amount", "survival")
    stratified: ClassVar[bool] = True

    def check(self, table: Table, name: str, judgment: Judgment) -> None:
        """Refuse numbers that can be neither times nor the codes of an event."""
        if judgment.kind == "date" or not _is_time(table, name, judgment):
            return
        manner = Notation.parse(judgment.kind, judgment.notation) if judgment.kind in NUMERIC else Notation("number")
        values, bad = manner.read(without_words(table.column(name)))
        check_finite(table, name, values)
        del bad
        early = np.nan_to_num(values, nan=1.0) <= 0
        if early.any():
            zero = bool((values[early] == 0).all())
            repair = (
                "Rows without follow-up give no information: leave them out, or give half of the smallest unit, such "
                "as 0.5 days" if zero else "Check whether an end date lies before its start"
            )  # fmt: skip
            raise SchemaError(
                f"{table.origin}: the time {name!r} must be above 0, but has {bad_cells(table, name, early)}. {repair}."
            )

    def column(self, table: Table, name: str, judgment: Judgment, wanted: Sequence[str] = ()) -> ColumnSchema:
        if judgment.kind == "date" or _is_time(table, name, judgment):
            kind = judgment.kind if judgment.kind in NUMERIC else "number"
            notation = judgment.notation if judgment.kind in NUMERIC else ""
            note = "one of the two dates between which the time goes by, in days" if kind == "date" else judgment.note
            return ColumnSchema(name, kind, "target", note, notation=notation, scaling="none")
        levels, causes = event_levels(table, name, tuple(wanted))
        if causes == 1:
            return ColumnSchema(name, "yes_no" if len(levels) == 2 else "category", "target", "", levels=levels)
        named = ", ".join(map(repr, levels[-causes:]))
        note = f"{causes} causes compete: {named}; for one alone, name it: {name}={levels[-1]}"
        return ColumnSchema(name, "category", "target", note, levels=levels, notation=f"causes={causes}")

    @property
    def time(self) -> ColumnSchema:
        """The column of times; of two dates, the later one in the table."""
        return self._pair()[0][-1]

    @property
    def duration(self) -> str:
        """The name of the time."""
        return " to ".join(column.name for column in self._pair()[0])

    def takes(self, count: int) -> bool:
        """Time and event, or two dates and the event."""
        return count in (2, 3)

    @property
    def event(self) -> ColumnSchema:
        """The column of events."""
        return self._pair()[1]

    @property
    def stratum(self) -> ColumnSchema | None:
        """The column of strata; None if all patients are compared with each other."""
        return next((column for column in self.columns if column.role == STRATUM), None)

    @property
    def strata_names(self) -> tuple[str, ...]:
        return () if self.stratum is None else self.stratum.levels

    def _pair(self) -> tuple[tuple[ColumnSchema, ...], ColumnSchema]:
        """The time, or the two dates between which it went by; and the event."""
        targets = [column for column in self.columns if column.role != STRATUM]
        times = [column for column in targets if column.kind in NUMERIC]
        events = [column for column in targets if column.kind not in NUMERIC]
        dates = [column for column in times if column.kind == "date"]
        if len(events) == 1 and len(times) == 2 and len(dates) == 2:
            return tuple(times), events[0]
        if dates and events:
            raise SchemaError(
                f"{dates[0].name!r} holds dates, and a time to an event is a duration. Give the column of the other "
                "date, too, such as time=('enrolled', 'last_seen') (--target enrolled --target last_seen): the time is "
                "then the days between them. Or make a column of durations in another unit."
            )
        if len(times) == len(events) == 1:
            return tuple(times), events[0]
        names = " and ".join(repr(column.name) for column in targets)
        if not events:
            raise SchemaError(
                f"Of {names} one must hold the event: 0 where the patient was still without it when last seen, 1 where "
                "it happened. Other codes need the word: event='status=2' (--event status=2) says that 2 is the event, "
                "and event='status=2,3' that 2 and 3 are causes that compete."
            )
        raise SchemaError(f"Of {names} one must hold times, as numbers that are not all the same. Give it first.")

    def read(self, table: Table, cells: Sequence[Cells]) -> np.ndarray:
        times, event = self._pair()
        time = times[-1]
        of = {column.name: own for column, own in zip(self.columns, cells, strict=True)}
        values, bad = time.numbers(of[time.name])
        if len(times) == 2:
            values, bad = _between(table, times, *(column.numbers(of[column.name]) for column in times))
        if bad.any() or (values <= 0).any():
            wrong = bad | (values <= 0)
            raise SchemaError(
                f"{table.origin}: the time {time.name!r} must be a number above 0, but has "
                f"{bad_cells(table, time.name, wrong)}. Correct the cells."
            )
        codes = match_levels(of[event.name], event.levels)
        unknown = (codes == UNKNOWN) | (codes == MISSING)
        if unknown.any():
            raise SchemaError(
                f"{table.origin}: the event {event.name!r} has {bad_cells(table, event.name, unknown)}, which training "
                f"did not have. Known: {', '.join(map(repr, event.levels))}. Correct the cells."
            )
        codes = np.maximum(codes + 1 - (len(event.levels) - len(self.causes)), 0)
        strata = [] if self.stratum is None else [stratum_of(self.stratum, table, of[self.stratum.name])]
        return np.column_stack([values, codes, *strata]).astype(np.float64)

    @property
    def causes(self) -> tuple[str, ...]:
        """The cells that are the event: one, or each competing cause."""
        event = self.event
        count = next((int(text[7:]) for text in event.notation.split("+") if text.startswith("causes=")), 1)
        return event.levels[len(event.levels) - count :]

    @property
    def declared_classes(self) -> tuple[str, ...]:
        return self.causes

    def cause(self, wanted: Any) -> int:
        """The number of a cause, from 1; `ConfigurationError` for an unknown one."""
        if str(wanted) not in self.causes:
            raise ConfigurationError(
                f"{wanted!r} is not a cause of {self.event.name!r}. {nearest(str(wanted), self.causes)}"
            )
        return self.causes.index(str(wanted)) + 1

    @property
    def events(self) -> tuple[str, ...]:
        """The name of each output: the column of the event, or each cause."""
        return (self.event.name,) if len(self.causes) == 1 else self.causes

    @property
    def loss(self) -> Loss:
        return losses["cox"]

    @property
    def time_intervals(self) -> Intervals | None:
        """The intervals that have an output each; None where the outputs are relative hazards for all of time."""
        return Intervals(np.array(self.time.intervals)) if self.time.intervals else None

    def encode(self, truth: np.ndarray, loss: Loss) -> np.ndarray:
        intervals = self.time_intervals
        if intervals is None:
            return truth if truth.shape[1] > 2 else np.column_stack([truth, np.zeros(len(truth))])
        target = intervals.chances if loss.link == "logistic" else intervals.exposures
        times = Times.of_truth(truth)
        return np.column_stack([target(times.of_cause(k + 1)) for k in range(len(self.causes))])

    def deviations(self, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Events beyond those expected of everybody by the same time, of each cause: martingale residuals."""
        times = Times(truth[:, 0], truth[:, 1].astype(np.int64))
        each = [times.of_cause(k + 1) for k in range(len(self.causes))]
        nobody = np.zeros(len(times))
        return np.column_stack([one.happened - Baseline.of(one, nobody, weights).at(one.time) for one in each])

    def n_outputs(self, targets: np.ndarray) -> int:
        return len(self.causes) * (1 if self.time_intervals is None else len(self.time_intervals))

    def output_names(self, n_outputs: int) -> list[str]:
        if self.time_intervals is None:
            return [f"log hazard of {event}" for event in self.events]
        return [f"hazard of {event} until {end:g}" for event in self.events for end in self.time_intervals.ends]

    def strata(self, truth: np.ndarray) -> np.ndarray | None:
        codes = truth[:, 1].astype(np.int64)
        return codes if self.stratum is None else codes + (len(self.causes) + 1) * truth[:, 2].astype(np.int64)

    def values(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> np.ndarray:
        several = len(self.causes) > 1 or self.time_intervals is not None
        return raw.astype(np.float64) if several else raw[..., 0].astype(np.float64)

    def answer(self, raw: np.ndarray, loss: Loss, *, clamped: bool = False) -> Answer:
        return Answer(self.values(raw, loss))

    @property
    def asked_for(self) -> str:
        return f"{self.duration} to {self.event.name}" if len(self._pair()[0]) == 1 else f"days to {self.event.name}"

    @property
    def answered(self) -> str:
        return self.all_answered[0]

    @property
    def all_answered(self) -> tuple[str, ...]:
        return tuple(f"risk (log hazard of {event})" for event in self.events)

    @property
    def summed_on(self) -> str:
        return "amount"

    @property
    def free(self) -> str:
        """The quantity of a curve over time."""
        return f"probability without {self.event.name}"

    def worded(self, values: np.ndarray) -> str:
        return ", ".join(
            f"log hazard of {event} {value:+.6g}" for event, value in zip(self.events, np.ravel(values), strict=True)
        )


def _between(
    table: Table,
    dates: Sequence[ColumnSchema],
    one: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """The days between two dates, whichever comes first; rows in another order than the others are refused."""
    days, bad = other[0] - one[0], one[1] | other[1]
    forward = bool(np.nansum(np.sign(days)) >= 0)
    wrong = days < 0 if forward else days > 0
    if wrong.any():
        first, last = (column.name for column in (dates if forward else dates[::-1]))
        raise SchemaError(
            f"{table.origin}: {first!r} lies before {last!r} in most rows, but not in "
            f"{table.row_names(np.flatnonzero(wrong))}. Correct these dates, or leave the rows out."
        )
    return np.abs(days), bad


def _is_time(table: Table, name: str, judgment: Judgment) -> bool:
    """Whether a target column is the time: numbers that are not a few small codes with a 0 among them."""
    cells = set(table.column(name).level_counts())
    if judgment.kind == "constant" and len(cells) == 1:  # all of one time: nothing to tell apart, but a time
        return not _no_number(next(iter(cells))) and not cells <= {"0", "1"}
    if judgment.kind not in ("number", "integer"):
        return False
    return not ("0" in cells and cells <= _CODES) and not cells <= {"0", "1", "0.0", "1.0"}


def _no_number(text: str) -> bool:
    """Whether a cell is not a number."""
    try:
        float(text)
    except ValueError:
        return True
    return False


def event_levels(table: Table, name: str, wanted: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The cells of an event column, those without it first and the event last; and how many of these are causes."""
    levels = sorted(table.column(name).level_counts())
    if len(levels) > _MOST_CODES:
        raise SchemaError(
            f"{table.origin}: the event {name!r} has {len(levels)} different cells. It needs two, such as 0 and 1."
        )
    listed = ", ".join(map(repr, levels[:6]))
    if wanted:
        causes = wanted if wanted[0] in levels else tuple(part.strip() for part in wanted[0].split(","))
        for cause in causes:
            if cause not in levels:
                raise SchemaError(f"{table.origin}: the event {name!r} has no cell {cause!r}. It has {listed}.")
        if len(set(causes)) < len(causes):
            raise SchemaError(f"{table.origin}: the event {name!r} names a cause twice: {', '.join(causes)}.")
        return (*([level for level in levels if level not in causes] or [""]), *causes), len(causes)
    low = [level.lower().removesuffix(".0") for level in levels]
    codes = set(low) <= {"0", "1"}  # 1 and 2 say nothing: with some, 1 is alive
    known = [level for level, word in zip(levels, low, strict=True) if word in HAPPENED or (codes and word == "1")]
    alive = [level for level, word in zip(levels, low, strict=True) if word in ALIVE or word == "0"]
    if len(levels) == 1 and known:
        return ("0", levels[0]), 1  # everybody had it
    if len(levels) == 1 and alive:
        raise SchemaError(
            f"{table.origin}: the event {name!r} never happened ({listed} in every row), so nothing can be learned "
            "about when it does. Give a table in which some patients had it."
        )
    if len(levels) == 2 and (len(known) == 1 or (len(alive) == 1 and (codes or "0" not in low))):
        last = known[0] if known else next(level for level in levels if level not in alive)
        return (next(level for level in levels if level != last), last), 1
    if len(levels) > 2 and len(alive) == 1:  # everything else is a cause
        return (*alive, *(level for level in levels if level not in alive)), len(levels) - 1
    several = f" Several causes are named with commas: {name}={','.join(levels[-2:])}." if len(levels) > 2 else ""
    raise SchemaError(
        f"{table.origin}: the event {name!r} holds {listed}, and nothing says which of them is the event. Say it: "
        f"event='{name}={levels[-1]}' (--event {name}={levels[-1]}); all others then mean that it had not happened."
        f"{several}"
    )
