"""A schema to plain JSON types and back; the way back trusts nothing, for it may come from a stranger's file."""

from __future__ import annotations

import dataclasses
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from glassnet.errors import ConfigurationError, SchemaError
from glassnet.tables.columns.column import MOST_LEVELS, ColumnSchema
from glassnet.tables.columns.images.image_column import KIND, MOST_NUMBERS
from glassnet.tables.columns.kinds.kind import KINDS, NUMERIC
from glassnet.tables.columns.scales.quantile import MOST_KNOTS
from glassnet.tables.columns.scales.scaling import SCALINGS
from glassnet.tables.columns.stratum import STRATUM
from glassnet.tables.notation.notation import Notation
from glassnet.tables.outcome import outcomes, tasks
from glassnet.tables.outcome.classes import MOST_CLASSES

if TYPE_CHECKING:
    from glassnet.images import Measuring
    from glassnet.tables.schema import Schema

ROLES = ("input", "target", "stratum", "left_out")
_LARGEST_COUNT = 2**53
# what files from before there was a choice do not say, and so none does where it is the same
_UNSAID: dict[str, Any] = {
    "scaling": "standard",
    "declared": False,
    "knots": (),
    "knot_inputs": (),
    "notation": "",
    "shape": (),
    "intervals": (),
}
_UNSAID_NULLS = ("", "NA", "N/A", "NaN", "null", "None", "?")
_MOST_NULLS = 1000
_STORED = {"center": "centre"}  # codespell:ignore centre
"""Fields that files call otherwise: what was once written stays readable, and the same model has the same bytes."""


def schema_to_dict(schema: Schema) -> dict[str, Any]:
    """Plain dicts, lists, texts and numbers."""
    plain = {field.name: getattr(schema, field.name) for field in dataclasses.fields(schema) if field.compare}
    columns = [
        {
            _STORED.get(key, key): list(value) if isinstance(value, tuple) else value
            for key, value in vars(column).items()
            if key not in _UNSAID or value != _UNSAID[key]
        }
        for column in schema.columns
    ]
    nulls = {"null_strings": list(plain.pop("null_strings"))}
    nulls_said: dict[str, Any] = {} if tuple(nulls["null_strings"]) == _UNSAID_NULLS else dict(nulls)
    measuring = plain.pop("measuring")
    if measuring is not None:
        nulls_said["measuring"] = measuring.to_dict()
    return {**plain, "columns": columns, "classes": list(schema.classes), **nulls_said}


def schema_from_dict(cls: type[Schema], plain: Any) -> Schema:
    """The schema, after checking every field's presence, type, domain and fit with the others."""
    names = [field.name for field in dataclasses.fields(cls) if field.compare]
    if isinstance(plain, dict):
        plain = {"null_strings": list(_UNSAID_NULLS), "measuring": None, **plain}
    _keys(plain, names, "The schema")
    if not isinstance(plain["columns"], list) or not plain["columns"]:
        raise SchemaError("The schema's columns must be a non-empty list.")
    columns = tuple(_column(entry, place) for place, entry in enumerate(plain["columns"]))
    seen = [column.name for column in columns]
    if len(set(seen)) < len(seen):
        raise SchemaError("The schema names a column twice.")
    targets = [column for column in columns if column.role == "target"]
    task = plain["task"]
    if task is not None and task not in tasks():
        raise SchemaError(f"The schema's task is {str(task)[:40]!r}; it must be one of {', '.join(tasks())}, or null.")
    strata = [column for column in columns if column.role == STRATUM]
    if strata and (task != "survival" or len(strata) > 1 or len(set(strata[0].levels)) < 2):
        raise SchemaError(f"The schema has the task {task!r} and {len(strata)} columns of strata.")
    outcome = None if task is None else outcomes[task].of(targets)
    if targets if outcome is None else not outcome.takes(len(targets)):
        raise SchemaError(f"The schema has the task {task!r} and {len(targets)} target columns.")
    classes = _texts(plain["classes"], "The schema's classes", MOST_CLASSES)
    few = outcome is not None and outcome.labeled and len(classes) < 2
    if few or classes != (() if outcome is None else outcome.classes):
        raise SchemaError(f"The schema has the task {task!r} and {len(classes)} classes.")
    schema = cls(
        columns,
        task,
        _text(plain["task_reason"], "The schema's task_reason"),
        classes,
        _count(plain["n_rows"], "The schema's n_rows"),
        _texts(plain["null_strings"], "The schema's null_strings", _MOST_NULLS),
        _measuring(plain["measuring"]),
    )
    features = schema.feature_names
    if not features:
        raise SchemaError("The schema has no input.")
    return schema


def _keys(plain: Any, names: list[str], what: str) -> None:
    """Exactly the wanted keys."""
    if not isinstance(plain, dict):
        raise SchemaError(f"{what} must be an object, not {type(plain).__name__}.")
    missing = [name for name in names if name not in plain]
    unknown = [name for name in plain if name not in names]
    if missing or unknown:
        problem = f"lacks {missing[0]!r}" if missing else f"has the unknown field {str(unknown[0])[:40]!r}"
        raise SchemaError(f"{what} {problem}; it must have exactly {', '.join(names)}.")


def _measuring(plain: Any) -> Measuring | None:
    """How images are measured; None for other tables."""
    if plain is None:
        return None
    from glassnet.images import Measuring

    try:
        return Measuring.from_dict(plain)
    except ConfigurationError as error:
        raise SchemaError(str(error)) from None


def _column(entry: Any, place: int) -> ColumnSchema:
    """One column, checked."""
    what = f"Column {place} of the schema"
    fields = dataclasses.fields(ColumnSchema)
    if isinstance(entry, dict):
        entry = {**_UNSAID, **entry}
    _keys(entry, [_STORED.get(field.name, field.name) for field in fields], what)
    entry["center"] = entry.pop(_STORED["center"])
    for key, allowed in (("kind", KINDS), ("role", ROLES), ("scaling", tuple(SCALINGS))):
        if entry[key] not in allowed:
            raise SchemaError(f"{what} has the {key} {str(entry[key])[:40]!r}; it must be one of {', '.join(allowed)}.")
    if type(entry["declared"]) is not bool:
        raise SchemaError(f"{what}: declared must be true or false.")
    center, scale, minimum, maximum = (
        _number(entry[key], f"{what}, {key}") for key in ("center", "scale", "minimum", "maximum")
    )
    knots, knot_inputs = (_rising(entry[key], f"{what}, {key}") for key in ("knots", "knot_inputs"))
    levels = _texts(entry["levels"], f"{what}, levels", max(MOST_LEVELS, MOST_CLASSES))
    if not isinstance(entry["shares"], list):
        raise SchemaError(f"{what}: shares must be a list.")
    shares = tuple(_number(share, f"{what}, shares") for share in entry["shares"])
    column = ColumnSchema(
        name=_text(entry["name"], f"{what}, name"),
        kind=entry["kind"],
        role=entry["role"],
        reason=_text(entry["reason"], f"{what}, reason"),
        missing=_count(entry["missing"], f"{what}, missing"),
        levels=levels,
        shares=shares,
        pooled=_count(entry["pooled"], f"{what}, pooled"),
        scaling=entry["scaling"],
        declared=entry["declared"],
        notation=_notation(entry, what),
        shape=_shape(entry["shape"], entry["kind"], what),
        center=center,
        scale=scale,
        minimum=minimum,
        maximum=maximum,
        knots=knots,
        knot_inputs=knot_inputs,
        intervals=_rising(entry["intervals"], f"{what}, intervals"),
    )
    _check_fit(column, what)
    return column


def _shape(value: Any, kind: str, what: str) -> tuple[int, ...]:
    """Rows, columns and channels of images; nothing of other columns."""
    sound = isinstance(value, (list, tuple)) and all(type(n) is int and 1 <= n <= MOST_NUMBERS for n in value)
    if not sound or len(value) != (3 if kind == KIND else 0) or math.prod(value) > MOST_NUMBERS:
        raise SchemaError(f"{what}: a {kind} column cannot have the shape {str(value)[:40]}.")
    return tuple(value)


def _notation(entry: dict[str, Any], what: str) -> str:
    """How cells are written, in known words."""
    text = _text(entry["notation"], f"{what}, notation")
    try:
        return Notation.parse(entry["kind"], text, what).text
    except ConfigurationError as error:
        raise SchemaError(str(error)) from None


def _check_fit(column: ColumnSchema, what: str) -> None:
    """The fields of a column must fit each other."""
    if not column.scale > 0:
        raise SchemaError(f"{what}: the scale {column.scale!r} must be above 0.")
    if column.minimum > column.maximum:
        raise SchemaError(f"{what}: the minimum {column.minimum!r} lies above the maximum {column.maximum!r}.")
    if not all(0 <= share <= 1 for share in column.shares):
        raise SchemaError(f"{what}: a share lies outside 0 to 1.")
    knots = column.knots
    curved = column.kind in NUMERIC and SCALINGS[column.scaling].curve is not None
    lacks = column.role == "input" and curved and not knots
    bins = SCALINGS[column.scaling].bins
    at_knots = 0 if bins else len(knots)
    lacks = lacks or (bins and len(knots) == 1)
    if len(column.knot_inputs) != at_knots or lacks or (knots and not curved) or len(set(knots)) < len(knots):
        raise SchemaError(
            f"{what}: the scaling {column.scaling!r} of a {column.kind} column cannot have {len(knots)} knots and "
            f"{len(column.knot_inputs)} inputs at knots; a curve has one input at each of its different knots, "
            "bins have two different edges or more and no such inputs."
        )
    ends = column.intervals
    if ends and (column.role != "target" or column.kind not in NUMERIC or ends[0] <= 0 or len(set(ends)) < len(ends)):
        raise SchemaError(f"{what}: intervals are those of a target of times, and end one after the other above 0.")
    if column.role != "input":
        return
    if column.kind in ("text", "constant"):
        raise SchemaError(f"{what}: a {column.kind} column cannot be an input.")
    wanted = len(column.levels) if column.kind not in NUMERIC else 0
    if column.kind == KIND and column.levels:
        raise SchemaError(f"{what}: an image has no levels.")
    if (
        len(column.shares) != wanted
        or (column.kind == "yes_no" and wanted != 2)
        or (column.kind in NUMERIC and column.levels)
    ):
        raise SchemaError(
            f"{what}: a {column.kind} column cannot have {len(column.levels)} levels and {len(column.shares)} shares."
        )
    if not column.features:
        raise SchemaError(f"{what}: an input column without levels makes no input.")


def _rising(value: Any, what: str) -> tuple[float, ...]:
    """A list of numbers, none smaller than the one before."""
    if not isinstance(value, (list, tuple)) or len(value) > MOST_KNOTS:
        raise SchemaError(f"{what} must be a list of at most {MOST_KNOTS} numbers.")
    numbers = tuple(_number(entry, what) for entry in value)
    if any(after < before for before, after in pairwise(numbers)):
        raise SchemaError(f"{what} must increase.")
    return numbers


def _text(value: Any, what: str) -> str:
    """A text that can be written as UTF-8."""
    if not isinstance(value, str):
        raise SchemaError(f"{what} must be a text, not {str(value)[:40]!r}.")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise SchemaError(f"{what} is not valid Unicode text.") from None
    return value


def _texts(value: Any, what: str, most: int) -> tuple[str, ...]:
    """A list of different texts."""
    if not isinstance(value, list) or len(value) > most:
        raise SchemaError(f"{what} must be a list of at most {most} texts.")
    texts = tuple(_text(entry, what) for entry in value)
    if len(set(texts)) < len(texts):
        raise SchemaError(f"{what} repeats a text.")
    return texts


def _count(value: Any, what: str) -> int:
    """A whole number of rows or levels."""
    if type(value) is not int or not 0 <= value <= _LARGEST_COUNT:
        raise SchemaError(f"{what} must be a whole number from 0, not {str(value)[:40]!r}.")
    return value


def _number(value: Any, what: str) -> float:
    """A finite number."""
    if not (type(value) is float and math.isfinite(value)) and not (type(value) is int and abs(value) < 2**1000):
        raise SchemaError(f"{what} must be a finite number, not {str(value)[:40]!r}.")
    return float(value)
