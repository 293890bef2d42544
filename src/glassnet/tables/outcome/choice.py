"""The choice of the kind of outcome for a target, with the reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from glassnet.errors import ConfigurationError, SchemaError
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.kinds.judgment import merges, nulls_of
from glassnet.tables.columns.kinds.kind import NUMERIC, Judgment, judge, quote
from glassnet.tables.columns.kinds.proposal import Proposal
from glassnet.tables.columns.kinds.text_column import level_proposals
from glassnet.tables.notation.category_notation import merged
from glassnet.tables.notation.notation import without_words
from glassnet.tables.notation.number_text import counted
from glassnet.tables.outcome import TableOutcome, outcome_named, outcomes
from glassnet.tables.table import Table

MOST_INTEGER_CLASSES = 10
ROWS_PER_INTEGER_CLASS = 3


def asked_for(task: str | None, targets: Sequence[str]) -> TableOutcome | None:
    """The kind that a user requests, by name or by giving several columns; None if the target decides.

    Raises
    ------
    ConfigurationError
        For an unknown task, or one that takes another number of columns.
    """
    if not targets:
        return None
    kinds = [kind for kind in outcomes.values() if isinstance(kind, TableOutcome)]
    names, several = ", ".join(map(repr, targets)), [kind for kind in kinds if kind.takes(len(targets))]
    if task is None:
        if len(targets) == 1:
            return None
        if len(several) != 1:
            known = " or ".join(f"task={kind.name!r}" for kind in several)
            raise ConfigurationError(
                f"There are {len(targets)} target columns ({names}). "
                + (f"Say what they are: {known}." if known else "Give one.")
            )
        return several[0]
    asked = outcome_named(task)
    if not asked.takes(len(targets)):
        raise ConfigurationError(
            f"task={task!r} takes {counted(asked.target_columns, 'target column')}, not {len(targets)} ({names})."
        )
    return asked


def check_strata(strata: Sequence[str], targets: Sequence[str], asked: TableOutcome | None) -> None:
    """Refuse strata that cannot be: `ConfigurationError`."""
    if not strata:
        return
    names = ", ".join(map(repr, strata))
    if asked is None or not asked.stratified:
        raise ConfigurationError(
            f"The column {names} is declared a stratum, which is for a time to an event: patients are then compared "
            "only within their stratum. Name the event, too, or declare the column a category."
        )
    if len(strata) > 1:
        raise ConfigurationError(f"There can be one column of strata, not {len(strata)} ({names}). Join them in one.")
    if strata[0] in targets:
        raise ConfigurationError(f"The column {names} cannot be a target and the stratum. Choose another for one.")


def understand(
    table: Table, name: str, asked: TableOutcome | None, declared: Judgment | None, wanted: Sequence[str]
) -> tuple[TableOutcome, str, ColumnSchema, tuple[Proposal, ...]]:
    """The kind of outcome of a target column, the reason for it, the column as the schema keeps it, and what it asks.

    Raises
    ------
    SchemaError
        When the target has fewer than two values, or cannot serve the wanted task.
    """
    alone = Table(  # beside no other column it cannot be a number of the row
        {name: table.column(name)}, table.origin, table.unit, table.row_numbers, categories=table.categories,
        code_labels=table.code_labels,
    )  # fmt: skip
    judgment = declared or (judge(alone, name) if asked is None else asked.judge(alone, name))
    labels = labels_of(table, name) if judgment.kind in (*NUMERIC, "yes_no") else table
    if merges(judgment):
        labels = Table({name: merged(table.column(name))}, table.origin, table.unit, table.row_numbers)
    if nulls := nulls_of(judgment):
        cells = labels.column(name).without(nulls)
        labels = Table({name: cells}, table.origin, table.unit, table.row_numbers)
    cells = labels.column(name)
    n_distinct = cells.n_distinct()
    if n_distinct < (1 if asked is not None and asked.may_be_constant else 2):
        what = TableOutcome.only_one if asked is None else asked.only_one
        only = "no value at all" if not n_distinct else f"only {what} {quote(next(iter(cells.level_counts())))}"
        raise SchemaError(
            f"{table.origin}: the target {name!r} has {only}, so there is nothing to learn. Choose another target."
        )
    if asked is not None:
        asked.check(labels, name, judgment)
        outcome, reason = asked, "asked for"
    else:
        outcome, reason = _infer_outcome(labels, name, judgment)
    column = outcome.column(labels, name, judgment, wanted)
    asks = judgment.proposals
    if column.kind == "category" and judgment.kind not in NUMERIC:
        asks = tuple(level_proposals(column.levels)) if not column.merges and len(column.levels) > 2 else ()
    return outcome, reason, column, tuple(replace(one, column=name) for one in asks)


def labels_of(table: Table, name: str) -> Table:
    """The table, or one of that column alone in which words for "no value" are missing."""
    given = table.column(name)
    cells = without_words(given)
    return table if cells is given else Table({name: cells}, table.origin, table.unit, table.row_numbers)


def _infer_outcome(table: Table, target: str, judgment: Judgment) -> tuple[TableOutcome, str]:
    """Classes or an amount, inferred from the cells."""
    cells = table.column(target)
    n_distinct, present = cells.n_distinct(), len(cells) - int(cells.missing.sum())
    classes, amount = outcome_named("classification"), outcome_named("regression")
    if (
        judgment.kind == "integer"
        and n_distinct <= MOST_INTEGER_CLASSES
        and present >= ROWS_PER_INTEGER_CLASS * n_distinct
    ):
        reason = f"the target holds {n_distinct} different whole numbers; task={amount.name!r} changes that"
        return classes, reason
    if judgment.kind in ("number", "integer"):
        return amount, f"the target holds numbers ({n_distinct} different ones)"
    if judgment.kind == "date":
        raise SchemaError(
            f"{table.origin}: the target {target!r} holds dates. Turn them into a number (such as days until then), or "
            f"choose task='classification'."
        )
    what = "yes/no" if judgment.kind == "yes_no" else "text"
    return classes, f"the target holds {what} ({n_distinct} different values)"
