"""A row in words and numbers: the answer, what each column contributes to it, and the same with other values."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence

import numpy as np

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.tables.models.file import table_from_file
from glassnet.estimators.tables.registry import table_estimators
from glassnet.explanation.contributions import MOST_ANSWERS, MOST_BACKGROUND, Contributions, contributions_of
from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.question import Question, background_rows
from glassnet.plain import finite
from glassnet.studio.contract.views.row import CellControl, ColumnPart, RowCard, RowForm, RowQuestion
from glassnet.studio.data.preparation.preparation import Floats, Preparation
from glassnet.studio.run.run import Run
from glassnet.studio.storage.model_file import model_file
from glassnet.studio.views.view import position as position_of
from glassnet.tables import Table
from glassnet.tables.columns.column import ColumnSchema
from glassnet.tables.columns.encoding import LARGEST_INPUT
from glassnet.tables.columns.images.image_column import KIND as IMAGE
from glassnet.tables.columns.kinds.kind import NUMERIC

_WORK = 2 * 10**9
"""Products of an explanation: what is changed by hand is answered within a tenth of a second."""
_MIXING = 100
"""The cost of making up one cell of a row, in products."""
_FEWEST_ANSWERS, _FAST_ANSWERS = 10_000, MOST_ANSWERS // 6
_MOST_CELLS = 20_000_000
"""Cells of the rows that are made up for an explanation at one time."""
_WALKS = 24
Value = float | str | None


def form(run: Run, row: int) -> RowForm:
    """A row as a template for a new one."""
    preparation = run.preparation
    place = position_of(preparation, row)
    one = preparation.table.take(np.array([place]))
    columns = [column for column in preparation.schema.inputs if column.kind != IMAGE]
    return RowForm(row, one.row_name(0), [_control(column, one) for column in columns])


def _control(column: ColumnSchema, one: Table) -> CellControl:
    """How one cell is changed."""
    own = _own(column, one)
    if column.kind in NUMERIC:
        kind = "date" if column.kind == "date" else "integer" if column.kind == "integer" else "number"
        return CellControl(column.name, kind, own, column.minimum, column.maximum)  # type: ignore[arg-type]
    return CellControl(column.name, "level", own, levels=[one for one in column.levels if one not in column.untrained])


def _own(column: ColumnSchema, one: Table) -> Value:
    """The cell of a row as a value of its control."""
    if column.kind not in NUMERIC:
        return column.cells(one).item(0)
    return finite(column.numbers(one.column(column.name))[0][0])


def card(run: Run, asked: RowQuestion) -> RowCard:
    """The card of the network's answer for a row, with some of its cells changed."""
    preparation, place = run.preparation, position_of(run.preparation, asked.row)
    one = preparation.table.take(np.array([place]))
    with run.still() as machine:
        position, dtype, (weights, biases) = run.position(), machine.dtype, machine.parameters()
    model = table_from_file(table_estimators[preparation.task], model_file(preparation, weights, biases, dtype))
    question = Question.of(model)
    own = np.ascontiguousarray(preparation.X[place : place + 1], dtype=dtype)
    changed = _change_cells(EncodedRows(question, one), own, asked.changes)
    few = preparation.train[background_rows(len(preparation.train), MOST_BACKGROUND, 0)]
    background = np.ascontiguousarray(preparation.X[few], dtype=dtype)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # what overflows is refused below
        (before, answers), others = question.answer(np.concatenate([own, changed])), question.answer(background)
    if not all(np.isfinite(part).all() for part in (before, answers, others)):
        raise ConfigurationError(
            "The network's answer is not finite: its weights have grown without limit. Go back some steps, or "
            "start again with a smaller learning rate."
        )
    k = question.output(asked.output, before)
    contributions = _contributions(preparation, question, changed, background)
    compared = len(few) if contributions is None else contributions.n_background
    base = others.mean(axis=0) if contributions is None else contributions.base
    target = question.outputs[k] if preparation.truth.ndim > 1 else str(preparation.schema.target)
    return RowCard(
        row=asked.row, name=one.row_name(0), position=position,
        label=f"probability of {target} = {question.outputs[k]}" if preparation.classes else target, output=k,
        outputs=list(preparation.classes or (question.model.outcome_.events if len(question.outputs) > 1 else ())),
        predicted=question.outputs[int(answers.argmax())] if preparation.classes else "",
        truth=_truth(one, preparation.schema.targets),
        answers=answers.tolist(), answer=float(answers[k]),
        base=float(base[k]), background=_background(compared, len(preparation.train)),
        method="" if contributions is None else contributions.method,
        columns=[
            _part(column, one, asked.changes, None if contributions is None else (contributions.values[0, j, k],
            contributions.errors[0, j, k]))
            for j, column in enumerate(preparation.schema.inputs)
        ],
    )  # fmt: skip


def _contributions(
    preparation: Preparation, question: Question, row: Floats, background: Floats
) -> Contributions | None:
    """The contribution of each column, from as many predictions as there is time for; None where these are too few."""
    if _WALKS * len(question.columns) * row.shape[1] > _MOST_CELLS:
        return None
    most = min(max(_WORK // (preparation.n_parameters + _MIXING * row.shape[1]), _FEWEST_ANSWERS), _FAST_ANSWERS)
    return contributions_of(question, row, background, most_answers=most)


def _background(count: int, n_train: int) -> str:
    """Describe the rows that the row is compared with."""
    return f"the {n_train:,} training rows" if count == n_train else f"{count:,} of the {n_train:,} training rows"


def _change_cells(background: EncodedRows, own: Floats, changes: Mapping[str, Value]) -> Floats:
    """A row as the network sees it, with other values in some of its cells."""
    changed = own.copy()
    for name, value in changes.items():
        j = background.question.column(name)
        _check(background.question.columns[j], value)
        changed[0, background.question.slices[j]] = background.inputs(j, [value])[0]
    return changed


def _check(column: ColumnSchema, value: Value) -> None:
    """Raise for a value of another kind than the column's, and for numbers out of range."""
    if column.kind == IMAGE:
        raise DataError(f"{column.name!r} holds an image, which is not changed by hand.")
    if value is None:
        return
    if column.kind not in NUMERIC:
        if not isinstance(value, str):
            raise DataError(f"{column.name!r} takes one of its levels as a text, not {value!r}.")
        return
    if isinstance(value, str) or not math.isfinite(value):
        raise DataError(f"{column.name!r} takes a number, not {value!r}.")
    if abs(value - column.center) > LARGEST_INPUT * column.scale:
        raise DataError(f"{column.name!r} = {value:g} is far too large; training saw {column.range_text}.")


def _part(
    column: ColumnSchema, one: Table, changes: Mapping[str, Value], effect: tuple[float, float] | None
) -> ColumnPart:
    """The contribution of one column, with its cell for a reader; `found` is the contribution and its error."""
    own = _own(column, one)
    value = changes.get(column.name, own)
    if isinstance(value, float | int) and value != own:
        cell: str | None = column.written(value)
    else:
        cell = value if isinstance(value, str) else None if value is None else one.column(column.name).item(0)
    contribution, error = (None, 0.0) if effect is None else map(float, effect)
    return ColumnPart(column.name, cell or "missing", contribution, error, _remark(column, value))


def _remark(column: ColumnSchema, value: Value) -> str:
    """A remark on a value that did not occur in training; empty for one that did."""
    if column.kind == IMAGE:
        return ""
    if value is None:
        return "" if column.missing else "never missing in training; counts as the average"
    if isinstance(value, str):
        known = [level for level in column.levels if level not in column.untrained]
        counts = "as one of the rare levels" if column.pooled else "as the average"
        return "" if value in known else f"not a level that was learned; counts {counts}"
    return "" if column.minimum <= value <= column.maximum else f"outside of what training saw, {column.range_text}"


def _truth(one: Table, targets: Sequence[str]) -> str:
    """The cells of the targets in a row; a time and its event with their names."""
    cells = {name: one.column(name).item(0) or "" for name in targets}
    return ", ".join(f"{name} {cell}" if len(cells) > 1 else cell for name, cell in cells.items())
