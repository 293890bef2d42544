"""The split into training and test rows, and the evaluation on the latter, for ``train`` and ``tune``."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from rich.console import Console
from rich.text import Text

from glassnet.cli.terminal import terminal
from glassnet.errors import ConfigurationError

if TYPE_CHECKING:
    from glassnet.cli.options.options import Understanding
    from glassnet.estimators import Split, TableEstimator
    from glassnet.estimators.sampling.copies import Copies
    from glassnet.evaluate import Comparison
    from glassnet.tables import EncodedTable, Schema, Table


class Parts(NamedTuple):
    """The training rows and the test rows; each row is encoded only once."""

    train: EncodedTable
    test: EncodedTable


class Division(NamedTuple):
    """The rows of a table with a target, their schema, notes, and the split into training and test rows."""

    rows: Table
    schema: Schema
    notes: tuple[str, ...]
    split: Split
    copies: Copies
    groups: str | None
    parts: Parts


def divide_table(
    options: Understanding, table: Path, weights: str | None, groups: str | None, test_share: float, seed: int
) -> Division:
    """Read a table and split its rows; copies of a row stay on the same side, as groups do."""
    from glassnet.estimators.sampling.copies import find_copies
    from glassnet.estimators.sampling.table_split import split_table
    from glassnet.estimators.tables.input import without_roles
    from glassnet.tables import EncodedTable

    if not options.target and options.declaration.target is None:
        raise ConfigurationError("There is no target. Give --target COLUMN, or a schema file with a [target].")
    rows, understood = options.understood(table)
    groups = rows.groups if groups is None else groups
    understood = without_roles(understood, weights, groups)
    notes = (*rows.notes, *understood.notes)
    if rows.own_test is not None:
        notes = (*notes, _own_test_note(rows.origin))
    elif groups is not None and groups == rows.groups:
        notes = (*notes, "Copies and images of the same patient stay together in every split; --groups changes this.")
    present = understood.rows_with_target(rows)
    rows = rows.take(present) if len(present) < rows.n_rows else rows
    whole = EncodedTable(rows)
    copies = find_copies(whole.values(understood))
    if understood.image_column is None and (text := copies.text()):  # copies of images were noted while reading
        notes = (*notes, text)
    split = split_table(rows, understood, copies, groups, test_share, seed)
    parts = Parts(whole.take(split.train), whole.take(split.test))
    return Division(rows, understood, notes, split, copies, groups, parts)


def _own_test_note(origin: str) -> str:
    """A note on images whose source defines the split."""
    if origin.lower().endswith(".npz"):
        return "The test part of the archive is the test set. For another split, give --part train."
    return "The folder test is the test set. For another split, train on the folder train alone."


def say_what_copies_hide(
    console: Console,
    estimator: TableEstimator,
    divide_table: Division,
    weights: str | None,
    test_share: float,
    seed: int,
) -> None:
    """Train again with copies on both sides of the split, and print the score that this would have given, if better."""
    import numpy as np
    from sklearn.base import clone

    from glassnet.estimators.sampling.table_split import split_table

    if not divide_table.copies.copied or not len(divide_table.split.test) or estimator.time_budget is not None:
        return
    rows, groups = divide_table.rows, divide_table.groups
    apart = split_table(rows, divide_table.schema, None, groups, test_share, seed)
    twin = clone(estimator)
    twin.fit(rows.take(apart.train), schema=divide_table.schema, weights=weights, groups=groups, copies="apart",
             progress=lambda _: None)  # fmt: skip
    name = estimator.outcome_.score
    scores = [
        twin.score(rows.take(apart.test), weights=weights), estimator.score(divide_table.parts.test, weights=weights)
    ]  # fmt: skip
    if scores[0] <= scores[1]:  # a few copies hide nothing
        return
    of_row = divide_table.copies.groups.of_row
    seen = int(np.isin(of_row[apart.test], of_row[apart.train]).sum())
    console.print(
        Text(
            f"With copies on both sides of the split, the network's {name} would have been {scores[0]:.3f}, since "
            f"{seen:,} of the {len(apart.test):,} test rows were also training rows; on new rows it is "
            f"{scores[1]:.3f}.\n",
            style="dim",
        )
    )


def counted(rows: Table, split: Split, groups: str | None) -> str:
    """The numbers of training rows, test rows and their groups, in words."""
    train, test = len(split.train), len(split.test)
    if groups is None:
        return f"{train} rows, with {test} more held out as the test set"
    known, others = (rows.column(groups).take(part).n_distinct() for part in (split.train, split.test))
    return (
        f"{train} rows of {known} groups by {groups!r}, with {test} rows of {others} other groups held out as the test "
        "set"
    )


def print_table(console: Console, path: Path, schema: Schema, notes: tuple[str, ...], rows: Table) -> None:
    """Print how the table was interpreted."""
    from glassnet.tables.columns.stratum import STRATUM
    from glassnet.tables.door import for_the_command
    from glassnet.tables.notation.number_text import counted as number_of

    console.print(terminal.title(str(path)))
    for remark in notes:
        console.print(f"  {for_the_command(remark)}")
    if schema.proposals:
        asked = f"{number_of(len(schema.proposals), 'open question')} about the table"
        console.print(f"  {asked}: glassnet schema {shlex.quote(str(path))} lists them with the options.")
    for pair in (one for one in schema.proposals if one.events):
        option = f"--target {shlex.quote(pair.time)} --event {shlex.quote(pair.events[0])}"
        finding = f"{pair.time!r} and {pair.column!r} may be times to an event and their status"
        console.print(f"  {finding}. If they are: {option}")
    console.print(f"  {schema.task}: {for_the_command(schema.task_reason)}.")
    kinds = Counter(column.kind.replace("_", "/") for column in schema.inputs)
    counted = ", ".join(f"{kind} {count}" for kind, count in kinds.most_common())
    inputs, columns = number_of(len(schema.feature_names), "input"), number_of(len(schema.inputs), "column")
    console.print(f"  {inputs} from {columns}: {counted}")
    for column in (one for one in schema.columns if one.role == STRATUM):
        console.print(f"  rows are compared within {len(column.levels)} strata by {column.name!r}")
    if schema.classes:
        counts = schema.target_column.cells(rows).level_counts()
        console.print(
            f"  {schema.target}: {', '.join(f'{label} {counts.get(label, 0)}' for label in schema.classes[:8])}"
        )
    console.print()


def judge(
    console: Console, estimator: TableEstimator, parts: Parts, weights: str | None, groups: str | None,
    threads: int, memory_limit: float | None, time_budget: float | None = None, *, quiet: bool,
    page: tuple[Path, str] | None = None,
) -> bool:  # fmt: skip
    """Evaluate the network and the compared models on the test rows; returns whether the estimator now has scores.

    `page` holds the path of the page with the images on which models disagree, and the source of the images.
    """
    from glassnet.cli.summary.scores import Scores
    from glassnet.cli.summary.survival import print_survival
    from glassnet.cli.summary.threshold_effect import print_called

    if not parts.test.n_rows:
        if not quiet:
            console.print("No test rows were held out, so the performance on new rows is unknown.\n")
        return False
    scores = Scores.of(estimator, *parts, threads, _announce(quiet), weights, groups, memory_limit, time_budget)
    estimator.scores_ = scores.to_dict()
    if not quiet:
        scores.print(console)
        if scores.called is not None:
            print_called(console, scores.called)
        for each in scores.survival:
            print_survival(console, each)
    if page is not None:
        _write_page(console, estimator, parts.test.table, scores.comparison, page, quiet=quiet)
    return True


def _write_page(
    console: Console, estimator: TableEstimator, test: Table, comparison: Comparison, page: tuple[Path, str], *,
    quiet: bool,
) -> None:  # fmt: skip
    """Write the page with the images on which the network and the models on hand-crafted features disagree."""
    from glassnet.atomic import write_atomically
    from glassnet.report.disagreement import disagreement_page, rival_of

    image = estimator.schema_.image_column
    if image is None or estimator.task != "classification" or rival_of(comparison) is None:
        return
    path, source = page
    present = test.take(estimator.schema_.rows_with_target(test))
    present = present if comparison.judging is None else present.take(comparison.judging)
    write_atomically(path, disagreement_page(comparison, present, image.name, estimator.schema_.classes, source))
    if not quiet:
        console.print(
            f"Wrote {path}: the images on which models on learned and hand-crafted features disagree.\n",
            soft_wrap=True,
        )


def _announce(quiet: bool) -> Callable[[str], object]:
    """A callback before each compared model is trained; it prints a line on a terminal and does nothing elsewhere."""
    notes = terminal.notes()
    if quiet or not notes.is_terminal:
        return lambda _: None
    return lambda rival: notes.print(f"Training the {rival} for comparison ...")


def print_next(console: Console, path: Path, table: Path | None, further: Sequence[str] = ()) -> None:
    """Print what was written and the next commands, with further options; without a table, print only the path."""
    if table is None:
        console.print(str(path), soft_wrap=True)
        return
    console.print(f"Wrote {path} ({terminal.size(path)}). Next:", soft_wrap=True)
    words = shlex.join([str(path), str(table), *further])
    console.print(f"  glassnet predict {words}", soft_wrap=True)
    if not further:  # for images, features are explained one at a time
        console.print(f"  glassnet explain {words} --row 1", soft_wrap=True)
    console.print(f"  glassnet trace {words} --row 1", soft_wrap=True)
