"""The meaning of a table before it is learned: kind and role of every column, the task, and what to decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

from glassnet.errors import DataError
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.images.image_column import ImageCells
from glassnet.tables.columns.kinds.kind import declare, judge
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.columns.kinds.written_column import StrayCells
from glassnet.tables.columns.stratum import STRATUM, stratum_column
from glassnet.tables.image_table import judge_measured
from glassnet.tables.notation.number_text import counted
from glassnet.tables.notation.pair import BOTH, sides_of
from glassnet.tables.outcome.choice import asked_for, check_strata, understand
from glassnet.tables.outcome.possible_times import PossibleTimes
from glassnet.tables.reading.frames.streamed import StreamedTable
from glassnet.tables.table import Table

_MANY_ROWS = 50_000
_MOST_STRAYS = 20


class Inference(NamedTuple):
    """The columns of a table without their constants, the task and its reason, and what a person may want to decide."""

    columns: tuple[ColumnSchema, ...]
    task: str | None
    reason: str
    proposals: tuple[Proposal, ...]


def judge_columns(
    table: Table,
    target: str | Sequence[str] | None,
    task: str | None,
    kinds: Mapping[str, str],
    levels: Mapping[str, Sequence[str]],
    classes: Sequence[str],
) -> Inference:
    """Judge every column of a table, and choose the task; the errors are those of `Schema.infer`."""
    kinds, fixed = _in_two(dict(kinds)), dict(levels)
    targets = (target,) if isinstance(target, str) else tuple(target or ())
    for name in [*kinds, *fixed, *targets]:
        table.column(name)
    strata = [name for name, kind in kinds.items() if kind == STRATUM]
    asked = asked_for(task, targets)
    check_strata(strata, targets, asked)
    _read_numbers(table)
    columns: list[ColumnSchema] = []
    proposals: list[Proposal] = []
    strays: list[StrayCells] = []
    found_task: str | None = None
    reason, wanted = "", tuple(classes)
    for name in (*table.names, *(name for name in kinds if name not in table.names)):
        if name in strata:
            columns.append(stratum_column(table, name))
            continue
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
    if task is None and len(targets) < 2 and (pair := PossibleTimes.of(table, columns, targets, kinds)):
        proposals.append(pair.proposal)
    return Inference(tuple(columns), found_task, reason, tuple(proposals))


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
