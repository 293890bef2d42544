"""Which task a target asks for, and why."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ConfigurationError, SchemaError, nearest
from glassnet.tables.kind import NUMERIC, Judgement, bad_cells, check_finite, shown
from glassnet.tables.notation import Notation, without_words
from glassnet.tables.number_text import yes_no_order
from glassnet.tables.table import Table

TASKS = ("classification", "regression")
MOST_CLASSES = 100
MOST_INTEGER_CLASSES = 10
ROWS_PER_INTEGER_CLASS = 3


def infer_task(table: Table, target: str, found: Judgement, task: str | None) -> tuple[str, str]:
    """The task and the reason for it.

    Raises
    ------
    SchemaError
        When the target has fewer than two values, or cannot serve the wanted task.
    """
    if task is not None and task not in TASKS:
        raise ConfigurationError(f"Unknown task {task!r}. {nearest(task, TASKS)}")
    cells = table.column(target)
    n_distinct = cells.n_distinct()
    if n_distinct < 2:
        what = "one class" if task == "classification" else "the value"
        only = "no value at all" if not n_distinct else f"only {what} {shown(next(iter(cells.level_counts())))}"
        raise SchemaError(
            f"{table.origin}: the target {target!r} has {only}, so there is nothing to learn. Choose another target."
        )
    if task == "regression":
        manner = Notation.parse(found.kind, found.notation) if found.kind in NUMERIC else Notation("number")
        values, bad = manner.read(without_words(cells))
        if bad.any():
            raise SchemaError(
                f"{table.origin}: regression needs a target of numbers, but {target!r} has "
                f"{bad_cells(table, target, bad)}. Correct the cells, or choose task='classification'."
            )
        check_finite(table, target, values)
        return task, "asked for"
    if task == "classification":
        return task, "asked for"
    present = len(cells) - int(cells.missing.sum())
    if (
        found.kind == "integer"
        and n_distinct <= MOST_INTEGER_CLASSES
        and present >= ROWS_PER_INTEGER_CLASS * n_distinct
    ):
        return (
            "classification",
            f"the target holds {n_distinct} different whole numbers; task='regression' changes that",
        )
    if found.kind == "number" or found.kind == "integer":
        return "regression", f"the target holds numbers ({n_distinct} different ones)"
    if found.kind == "date":
        raise SchemaError(
            f"{table.origin}: the target {target!r} holds dates. Turn them into a number (such as days until then), or "
            f"choose task='classification'."
        )
    what = "yes/no" if found.kind == "yes_no" else "text"
    return "classification", f"the target holds {what} ({n_distinct} different values)"


def class_labels(table: Table, target: str, wanted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The classes in order: as wanted, else no before yes, numbers by value, text by alphabet.

    Raises
    ------
    SchemaError
        When there are too many, or others than the wanted ones.
    """
    cells = table.column(target)
    n_classes, present = cells.n_distinct(), len(cells) - int(cells.missing.sum())
    if n_classes > MOST_CLASSES or (n_classes > 2 and n_classes > present / 2):
        raise SchemaError(
            f"{table.origin}: the target {target!r} has {n_classes} different values in {present} rows, too many for "
            f"classes (at most {MOST_CLASSES}, and two rows each on average). Choose another target, "
            f"task='regression' if it holds numbers, or glassnet.MLPClassifier, which takes any number of classes."
        )
    levels = tuple(cells.level_counts())
    if wanted:
        if set(levels) != set(wanted):
            other = sorted(set(levels) ^ set(wanted))[0]
            where = "the table" if other in wanted else "the declared classes"
            raise SchemaError(
                f"{table.origin}: the class {shown(other)} of {target!r} is missing from {where}. Declare exactly the "
                f"classes that occur: {', '.join(map(shown, levels[:8]))}."
            )
        return wanted
    pair = yes_no_order(levels)
    if pair is not None:
        return pair
    values, bad = cells.numbers()
    if bad.any():
        return tuple(sorted(levels))
    codes = cells.codes(levels)
    by_level = {level: float(values[np.flatnonzero(codes == code)[0]]) for code, level in enumerate(levels)}
    return tuple(sorted(levels, key=lambda level: (by_level[level], level)))
