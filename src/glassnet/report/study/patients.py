"""The study participants: training and test rows, and Table 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators import TableEstimator
from glassnet.estimators.sampling.copies import find_copies
from glassnet.estimators.sampling.row_weights import read_weights
from glassnet.estimators.sampling.table_split import split_table
from glassnet.files import fingerprint
from glassnet.survival import Times, kaplan_meier
from glassnet.tables import EncodedTable, Table
from glassnet.tables.columns.kinds.kind import NUMERIC

MOST_OUTCOMES = 4
QUARTILES = "median [quartiles]"
_DIGITS = 3


@dataclass(frozen=True)
class Flow:
    """The flow of rows into the study.

    Attributes
    ----------
    steps : tuple of (str, int)
        What is counted, and the number of rows.
    how : str
        How the test rows were determined, in words.
    """

    steps: tuple[tuple[str, int], ...]
    how: str


@dataclass(frozen=True, eq=False)
class Patients:
    """The rows of a study.

    Attributes
    ----------
    test : Table
        The test rows.
    train : Table or None
        The rows that the model was trained on, if they are known.
    flow : Flow
    same : bool
        Whether the test rows are the training rows, so that performance on new rows is known only from internal
        validation.
    """

    test: Table
    train: Table | None
    flow: Flow
    same: bool = False


@dataclass(frozen=True)
class TableOne:
    """Descriptive statistics of the columns by groups of rows.

    Attributes
    ----------
    groups : tuple of (str, int)
        Name and number of rows of each group.
    rows : tuple of (str, str, tuple of str)
        Column, statistic, and the text for each group.
    """

    groups: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, str, tuple[str, ...]], ...]


def find_patients(
    model: TableEstimator, table: Any, train: Any, weights: str | None, groups: str | None, test_share: float
) -> Patients:
    """The training and test rows.

    If the training rows are given, all rows of `table` are test rows. Otherwise the split of ``glassnet train`` is
    repeated; it is that of the model if the fingerprint of its training rows is the one in the model. If not, all rows
    of the table are test rows, unless the model was trained on exactly these.
    """
    whole, target = model._read(table), str(model.schema_.target)
    present = _usable(model, whole, weights)
    rows = whole.take(present)
    steps = [(f"rows of {whole.origin}", whole.n_rows)]
    if whole.n_rows > len(present):
        steps.append((f"left out: no {target!r}{', or a weight of 0' if weights else ''}", whole.n_rows - len(present)))
    if train is not None:
        known = model._read(train)
        known = known.take(_usable(model, known, weights))
        steps += [(f"train ({known.origin})", known.n_rows), (f"test ({whole.origin})", rows.n_rows)]
        how = "The training rows were given; all rows of the table are test rows."
        return Patients(rows, known, Flow(tuple(steps), how))
    if _print_of(model, rows, weights) == model.fingerprint_:
        steps.append(("training, also used as test", rows.n_rows))
        how = (
            f"The model was trained on all rows of {whole.origin}, so no row is new to it. Performance on them is "
            "apparent and too optimistic; internal validation corrects it."
        )
        return Patients(rows, rows, Flow(tuple(steps), how), same=True)
    split = _split_again(model, rows, weights, groups, test_share)
    if split is None:
        steps.append(("test", rows.n_rows))
        how = (
            "The training rows of the model are not known: it was trained on another table, or the table was split "
            "differently. All rows serve as test rows; if the model has seen some of them, it looks better than it is."
        )
        return Patients(rows, None, Flow(tuple(steps), how))
    steps += [("train", split[0].n_rows), ("test", split[1].n_rows)]
    how = (
        f"The split of the training was repeated (test share {test_share:g}, seed {model.recipe_.seed}); the "
        f"fingerprint of the training rows, {model.fingerprint_[:12]}..., is that of the model."
    )
    return Patients(split[1], split[0], Flow(tuple(steps), how))


def _usable(model: TableEstimator, table: Table, weights: str | None) -> np.ndarray:
    """Rows with a target and a weight above 0."""
    present = model.schema_.rows_with_target(table)
    own = read_weights(table, weights)
    present = present if own is None else present[own[present] > 0]
    if not len(present):
        raise DataError(
            f"{table.origin} has no row with a value in {model.schema_.target!r}, so there is nothing to report."
        )
    return np.asarray(present)


def _print_of(model: TableEstimator, rows: Table, weights: str | None) -> str:
    """The fingerprint that training on these rows would have."""
    codes = model.schema_.encode_target(rows)
    own = read_weights(rows, weights)
    own = None if own is None or (own == own[:1]).all() else own
    own = _with_class_weights(model, codes, own)
    return fingerprint(model._matrix(rows), codes, *([] if own is None else [own]))


def _with_class_weights(model: Any, codes: np.ndarray, own: np.ndarray | None) -> np.ndarray | None:
    """Row weights times those of their classes, as in training."""
    weights = model.recipe_.class_weights
    if len(set(weights)) < 2:
        return own
    of_row: np.ndarray = np.array(weights)[codes]
    return of_row if own is None else of_row * own


def _split_again(
    model: TableEstimator, rows: Table, weights: str | None, groups: str | None, test_share: float
) -> tuple[Table, Table] | None:
    """Training and test rows as split by ``glassnet train``, or None if the model was not trained that way."""
    if not 0.0 < test_share < 1.0:
        raise ConfigurationError(f"test_share={test_share!r} must be above 0 and below 1, such as 0.2.")
    copies = find_copies(EncodedTable(rows).values(model.schema_))
    try:
        split = split_table(rows, model.schema_, copies, groups, test_share, int(model.recipe_.seed))
    except DataError:  # too few rows to split
        return None
    train, test = rows.take(split.train), rows.take(split.test)
    if not test.n_rows or _print_of(model, train, weights) != model.fingerprint_:
        return None
    return train, test


def table_one(model: TableEstimator, patients: Patients) -> TableOne:
    """Median and quartiles, counts and percentages, and missing cells, for each part and each outcome."""
    testing = [] if patients.same else [("test", patients.test)]
    parts = testing if patients.train is None else [("train", patients.train), *testing]
    if len(model.schema_.classes) <= MOST_OUTCOMES:
        for code, label in enumerate(model.schema_.classes):
            name, part = parts[0]
            chosen = part.take(np.flatnonzero(model.schema_.encode_target(part) == code))
            if chosen.n_rows:
                parts.append((f"{name}: {label}", chosen))
    schema, rows = model.schema_, []
    for column in schema.inputs:
        cells = [column.cells(part.with_null_strings(schema.null_strings)) for _, part in parts]
        if column.kind in NUMERIC:
            rows.append((column.name, QUARTILES, tuple(_quartiles(column, own) for own in cells)))
        else:
            counts = [own.level_counts() for own in cells]
            levels = [*column.levels, *(["(other)"] if column.pooled else [])]
            for level in levels:
                lines = [
                    sum(n for text, n in own.items() if text not in column.levels)
                    if level == "(other)"
                    else own.get(level, 0)
                    for own in counts
                ]
                texts = tuple(_share(n, len(own)) for n, own in zip(lines, cells, strict=True))
                rows.append((column.name, f"= {level}", texts))
        missing = [int(own.missing.sum()) for own in cells]
        if any(missing):
            texts = tuple(_share(n, len(own)) for n, own in zip(missing, cells, strict=True))
            rows.append((column.name, "missing", texts))
    return TableOne(tuple((name, part.n_rows) for name, part in parts), tuple(rows))


@dataclass(frozen=True)
class FollowUp:
    """The follow-up and the number of events in one part of the rows.

    Attributes
    ----------
    part : str
    n_rows, n_events : int
    watched : float
        The median follow-up by the reverse Kaplan-Meier method, in which censoring is the event (Schemper and Smith
        1996).
    total : float
        The sum of all times.
    median : float
        The median time to the event; infinite if fewer than half have had it by the end.
    """

    part: str
    n_rows: int
    n_events: int
    watched: float
    total: float
    median: float


def follow_up(model: TableEstimator, patients: Patients) -> tuple[FollowUp, ...]:
    """The follow-up of each part; empty for targets that are not times."""
    if model.outcome_.measured_as != "time":
        return ()
    parts = [("train", patients.train)] if patients.same else [("train", patients.train), ("test", patients.test)]
    results = []
    for name, part in parts:
        if part is None:
            continue
        truth = model.schema_.encode_target(part)
        times = Times.of_truth(truth)
        lost = Times(times.time, (times.event == 0).astype(np.int64))
        results.append(FollowUp(
            name, len(times), times.n_events, kaplan_meier(lost).median, float(times.time.sum()),
            kaplan_meier(times).median,
        ))  # fmt: skip
    return tuple(results)


def _quartiles(column: Any, cells: Any) -> str:
    """Median and quartiles of the present cells."""
    values = column.numbers(cells)[0]
    known = values[np.isfinite(values)]
    if not len(known):
        return "–"
    quartiles = np.quantile(known, [0.25, 0.5, 0.75])
    digits = max(_DIGITS, len(str(int(np.abs(quartiles).max()))))  # whole numbers are written out
    low, middle, high = (column.written(float(value), digits) for value in quartiles)
    return f"{middle} [{low},\N{NO-BREAK SPACE}{high}]"


def _share(count: int, total: int) -> str:
    """A count with its percentage."""
    return f"{count} ({100 * count / max(total, 1):.1f} %)"


def missing_cells(columns: Sequence[tuple[str, str, str, str]]) -> str:
    """How missing cells were handled."""
    there = any("missing" in learned for _, role, _, learned in columns if role == "input")
    how = (
        "a missing number was replaced by the training mean, a missing category by the training proportions of its "
        "levels, and for columns with missing cells in the training rows, a separate input indicates them"
    )
    if there:
        return f"Missing cells: {how}. Nothing was learned from the test rows."
    return f"The training rows had no missing input. In new rows, {how.partition(', and for')[0]}."
