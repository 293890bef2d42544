"""`nearest_changes`: the smallest change of a row, within the observed values, that moves its prediction across a
threshold.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.explanation.encoded_rows import EncodedRows
from glassnet.explanation.question import Floats, Matrix

_SINGLE, _PAIRED, _PAIRED_COLUMNS, _MOST_STEPS = 61, 13, 8, 5
_MOST_DIGITS = 8
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-6, 1e15
Crossed = Callable[[Floats], NDArray[np.bool_]]


@dataclass(frozen=True, eq=False)
class Change:
    """Other values of some columns, and the prediction for the row with them.

    Attributes
    ----------
    columns : tuple of str
    before, after : tuple of str
        The values in the notation of the table.
    distance : float
        Sum over the columns of the difference in standard deviations for numbers, and of 1 for categories.
    answers : array of float64, shape (outputs,)
    """

    columns: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    distance: float
    answers: Floats


@dataclass(frozen=True)
class _Candidates:
    """Values that one column could take, and their distances."""

    column: int
    values: list[Any]
    inputs: Matrix
    distances: Floats


def nearest_changes(
    background: EncodedRows, one: EncodedRows, crossed: Crossed, *, keep: Sequence[str] = (), most: int = 3
) -> tuple[Change, ...]:
    """The nearest changes of one row that `crossed` accepts, nearest first, at most one for each set of columns.

    If a change of a single column is enough, one such change is included.

    Single columns are tried, and pairs of the eight columns that move the prediction most; if none of these crosses,
    further columns are added one by one. All values were observed, or lie between observed ones.

    Parameters
    ----------
    background : EncodedRows
        The rows that define the observed values.
    one : EncodedRows
        The row itself.
    crossed : callable
        ``crossed(answers (n, outputs)) -> (n,)``.
    keep : sequence of str
        Columns that cannot be changed, such as age.
    most : int
    """
    question = background.question
    kept = {question.column(name) for name in keep}
    columns = [j for j in range(len(question.names)) if j not in kept]
    row = one.matrix[0]
    every = [_candidates(background, one, j, _SINGLE) for j in columns]
    every = [each for each in every if each.values]
    candidates: list[dict[int, Any]] = []
    moves = []
    for each in every:
        mixed = background.with_values(row[None], each.column, each.inputs)
        answers = question.answer(mixed)
        over = np.flatnonzero(crossed(answers))
        moves.append(float(np.abs(answers - one.answers).max()))
        if len(over):
            best = over[np.argmin(each.distances[over])]
            candidates.append({each.column: each.values[best]})
    strongest = [every[k] for k in np.argsort(-np.array(moves), kind="stable")[:_PAIRED_COLUMNS]]
    candidates += _pair_crossings(background, row, [_thin(each) for each in strongest], crossed)
    if not candidates:
        candidates = _step_by_step(background, one, every, crossed)
    changes = [_refine(background, one, values, crossed) for values in candidates]
    chosen: list[Change] = []
    for change in sorted(changes, key=lambda each: each.distance):
        if not any(set(other.columns) <= set(change.columns) for other in chosen):
            chosen.append(change)
    singles = [change for change in chosen if len(change.columns) == 1]
    if singles and singles[0] not in chosen[:most]:  # a change of one column is easier to understand than of two
        chosen = [*chosen[: most - 1], singles[0]]
    return tuple(chosen[:most])


def _candidates(background: EncodedRows, one: EncodedRows, column: int, most: int) -> _Candidates:
    """The observed values of a column, except the row's own."""
    own = own_value(one, column)
    values = [value for value in background.some_values(column, most) if value != own]
    inputs = background.inputs(column, values) if values else np.empty((0, 0), background.matrix.dtype)
    return _Candidates(
        column, values, inputs, np.array([_distance(background, one, column, value) for value in values])
    )


def own_value(one: EncodedRows, column: int) -> Any:
    """The row's own value, or None if it is missing."""
    if one.is_number(column):
        number = float(one.numbers(column)[0])
        return None if np.isnan(number) else number
    return one.table.column(one.question.names[column]).item(0)


def _distance(background: EncodedRows, one: EncodedRows, column: int, value: Any) -> float:
    """The distance of a value from the row's own."""
    own = own_value(one, column)
    if own is None or not background.is_number(column):
        return 1.0
    return abs(float(value) - float(own)) / background.spread(column)


def _thin(each: _Candidates) -> _Candidates:
    """A smaller number of values, evenly spaced."""
    kept = np.unique(np.linspace(0, len(each.values) - 1, min(_PAIRED, len(each.values))).round().astype(int))
    return replace(
        each, values=[each.values[k] for k in kept], inputs=each.inputs[kept], distances=each.distances[kept]
    )


def _pair_crossings(
    background: EncodedRows, row: Matrix, strongest: Sequence[_Candidates], crossed: Crossed
) -> list[dict[int, Any]]:
    """The nearest crossing of each pair of columns."""
    pairs: list[dict[int, Any]] = []
    for first, second in combinations(strongest, 2):
        mixed = background.with_values(
            background.with_values(row[None], first.column, first.inputs), second.column, second.inputs
        )
        distances = (first.distances[:, None] + second.distances).ravel()
        over = np.flatnonzero(crossed(background.question.answer(mixed)))
        if len(over):
            one, other = divmod(int(over[np.argmin(distances[over])]), len(second.values))
            pairs.append({first.column: first.values[one], second.column: second.values[other]})
    return pairs


def _step_by_step(
    background: EncodedRows, one: EncodedRows, every: Sequence[_Candidates], crossed: Crossed
) -> list[dict[int, Any]]:
    """Columns added one by one, each time with the value that moves the prediction furthest from the row's own."""
    row, values = one.matrix[0].copy(), dict[int, Any]()
    for _ in range(_MOST_STEPS):
        best: tuple[float, _Candidates, int] | None = None
        for each in every:
            if each.column in values:
                continue
            answers = background.question.answer(background.with_values(row[None], each.column, each.inputs))
            over = np.flatnonzero(crossed(answers))
            if len(over):
                values[each.column] = each.values[over[np.argmin(each.distances[over])]]
                return [values]
            moved = np.abs(answers - one.answers).max(axis=1)
            place = int(np.argmax(moved))
            if best is None or moved[place] > best[0]:
                best = (float(moved[place]), each, place)
        if best is None:
            break
        _, each, place = best
        values[each.column] = each.values[place]
        row[background.question.slices[each.column]] = each.inputs[place]
    return []


def _refine(background: EncodedRows, one: EncodedRows, values: dict[int, Any], crossed: Crossed) -> Change:
    """The change moved as close to the row as possible, by bisecting each number while the prediction stays across."""
    question = background.question
    values = dict(values)

    def answers(wished: dict[int, Any]) -> Floats:
        row = one.matrix.copy()
        for j, value in wished.items():
            row[:, question.slices[j]] = background.inputs(j, [value])
        return question.answer(row)

    for j in sorted(values, key=lambda k: -_distance(background, one, k, values[k])):
        own = own_value(one, j)
        if question.columns[j].kind not in ("number", "integer"):
            continue
        far = float(values[j])
        near = far if own is None else own  # a missing cell has no value to go back to
        for _ in range(40):
            middle = (near + far) / 2
            if question.columns[j].kind == "integer":
                middle = float(np.trunc(middle)) if far < near else float(np.ceil(middle))
                if middle in (near, far):
                    break
            near, far = (near, middle) if crossed(answers({**values, j: middle}))[0] else (middle, far)

        def holds(value: float, j: int = j) -> bool:
            return bool(crossed(answers({**values, j: value}))[0])

        room = 0.05 * (background.spread(j) if own is None else abs(far - own))
        values[j] = _round(far, room, holds, background.numbers(j))
    names = tuple(question.names[j] for j in values)
    before = tuple(background.written(j, own_value(one, j)) for j in values)
    after = tuple(_exactly(background, j, value) for j, value in values.items())
    distance = sum(_distance(background, one, j, value) for j, value in values.items())
    return Change(names, before, after, distance, answers(values)[0])


def _round(value: float, room: float, holds: Callable[[float], bool], observed: Floats) -> float:
    """The roundest number nearby that still crosses, within the observed range.

    The grid is set by the room, not by the value's own digits: one that ends just beside zero becomes 0 or 0.01.
    """
    low, high = float(np.nanmin(observed)), float(np.nanmax(observed))
    coarsest = math.floor(math.log10(room)) + 1 if room > 0 else 0
    for exponent in range(coarsest, coarsest - _MOST_DIGITS, -1):
        nearest = round(value / 10.0**exponent)
        for count in (nearest, nearest - 1, nearest + 1):
            rounded = float(f"{count}e{exponent}")
            if abs(rounded - value) <= room and low <= rounded <= high and holds(rounded):
                return rounded
    return value


def _exactly(background: EncodedRows, column: int, value: Any) -> str:
    """A new value as one would type it, with all the digits that it needs."""
    if background.question.columns[column].kind in ("number", "integer"):
        number = float(value)
        plain = number == 0 or _SMALLEST_PLAIN <= abs(number) < _LARGEST_PLAIN
        return np.format_float_positional(number, trim="-") if plain else repr(number)
    return background.written(column, value)
