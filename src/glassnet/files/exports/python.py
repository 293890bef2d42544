"""`export_python`: a model as a page of NumPy, for reading, for papers, and for places without glassnet."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.atomic import write_atomically
from glassnet.files.blueprint import Blueprint, LayerPlan
from glassnet.files.exports.python_images import helpers, image_lines
from glassnet.files.input_columns import ImageColumn, LevelColumn, NumberColumn
from glassnet.files.model import ModelFile
from glassnet.formulas.language.render.code import NUMPY, code
from glassnet.tables.notation.cells import ListText
from glassnet.tables.notation.number_text import null_numbers

if TYPE_CHECKING:
    from glassnet.network import Network

_WIDTH = 110
_INPUTS = ("", "", "def inputs(rows):", '    """The inputs of the network, shape (rows, inputs)."""')
_MISSING = '''
def missing(cell):
    """None, NaN, what pandas means by them, and what stands in NULLS."""
    if cell is None or type(cell).__name__ in ("NAType", "NaTType"):
        return True
    return bool(cell != cell) or (not isinstance(cell, (bool, np.bool_)) and text(cell) in NULLS)


def text(cell):
    """A cell as a table shows it: whole numbers without a point, true and false."""
    if isinstance(cell, (bool, np.bool_)):
        return "true" if cell else "false"
    if isinstance(cell, (int, float, np.number)):
        return str(int(cell)) if abs(cell) < 1e15 and cell == int(cell) else repr(float(cell))
    return cell.strip(" \\t\\r\\n\\xa0\\u202f") if isinstance(cell, str) else cell
'''
_NUMBERS = '''
def numbers(cells, *nulls):
    """Cells as floats; NaN stands for the missing ones, and for the given numbers."""
    x = np.array([np.nan if missing(cell) else cell for cell in cells], dtype=float)
    x[np.isin(x, nulls)] = np.nan
    if np.isinf(x).any():
        raise ValueError(f"row {np.flatnonzero(np.isinf(x))[0]} is infinite")
    x[np.isin(x, NULL_NUMBERS)] = np.nan
    return x
'''
_DAYS = '''
def days(cells, *nulls):
    """ISO dates, dates of Python, NumPy and pandas, and numbers as days since 1970-01-01."""
    def one(cell):
        if isinstance(cell, (int, float, np.number)):
            return cell
        if missing(cell):
            return np.nan
        if isinstance(cell, np.datetime64):
            cell = cell.astype("datetime64[us]").item()
        if isinstance(cell, datetime.date):
            cell = cell.isoformat()
        moment = datetime.datetime.fromisoformat(cell.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=datetime.timezone.utc)
        start = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return (moment - start) / datetime.timedelta(days=1)
    x = np.array([one(cell) for cell in cells], dtype=float)
    x[np.isin(x, nulls)] = np.nan
    return x
'''
_CHOOSE = '''
def choose(cells, levels, absent, unknown):
    """For each cell the inputs of its level."""
    def one(cell):
        if missing(cell):
            return absent
        cell = text(cell)
        return levels[cell] if cell in levels else levels.get(number(cell), unknown)
    return np.array([one(cell) for cell in cells], dtype=float)


def number(cell):
    """The number that a text writes, if any."""
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None
'''
_YES_NO = '''
def lower(cells):
    """Cells whose upper and lower case are the same."""
    return [cell.lower() if isinstance(cell, str) and not missing(cell) else cell for cell in cells]
'''


def export_python(model: ModelFile | Network, path: str | os.PathLike[str]) -> Path:
    """Write a model as a Python module that needs NumPy only, and return the path.

    Its ``predict(rows)`` takes a dict of columns (or a matrix) and returns what `Blueprint.answer` says, with the
    labels themselves.

    Raises
    ------
    FileError
        When the system refuses.
    """
    model = ModelFile.of(model)
    return write_atomically(path, python_text(Blueprint.of(model), model.weights[0].dtype))


def python_text(blueprint: Blueprint, dtype: Any) -> str:
    """The text of the module."""
    hazards = blueprint.baseline or blueprint.intervals
    body = [_inputs(blueprint), _predict(blueprint), "" if hazards is None else hazards.python_functions()]
    joined = "".join(body)
    dated = "days(" in joined
    parts = [_head(blueprint), "import datetime\n\n" if dated else "", "import numpy as np\n"]
    records = [layer.record for layer in blueprint.layers if layer.record is not None]
    if records:
        parts.append("\n" + helpers(records))
    formulas = [layer.activation.value for layer in blueprint.layers]
    if any("erf" in formula.source for formula in formulas):
        parts.append("from math import erf as _erf\n\nerf = np.vectorize(_erf, otypes=[float])\n")
    if blueprint.classes:
        parts.append(f"\nCLASSES = np.array({list(blueprint.classes)!r})\n")
    if blueprint.columns:
        parts.append(f"\nNULLS = {tuple(blueprint.nulls)!r}\n")
        if "numbers(" in joined:
            parts.append(f"NULL_NUMBERS = {null_numbers(blueprint.nulls)!r}\n")
        parts.append("\n" + _MISSING)
    for name, text in (("numbers(", _NUMBERS), ("days(", _DAYS), ("choose(", _CHOOSE), ("lower(", _YES_NO)):
        if name in joined:
            parts.append("\n" + text)
    constants = {} if hazards is None else hazards.python_constants
    arrays = [f"{name} = {_array(array[None], np.float64)}\n" for name, array in constants.items()]
    arrays += [
        f"{letter}{k} = {_array(array, dtype)}\n"
        for k, layer in enumerate(blueprint.layers, start=1)
        for letter, array in (("W", layer.weights), ("B", layer.biases), ("M", layer.mixes))
        if array is not None and array.size
    ]
    return "".join(
        [
            *parts,
            *body,
            "\n\n# What was learned; weights have one row per input and one column per neuron"
            + (", kernels the axes channel, channel that enters, row, column" if records else "")
            + ".\n",
            *arrays,
        ]
    )


def _head(blueprint: Blueprint) -> str:
    """The module's docstring."""
    what = f"{blueprint.task} of {blueprint.target}" if blueprint.target else blueprint.task
    how = f", the mean of {blueprint.members} networks" if blueprint.members > 1 else ""
    shapes = dict.fromkeys(
        "-".join(map(str, [layers[0].sizes[0], *(layer.sizes[1] for layer in layers)])) for layers in blueprint.stacks
    )
    kind = f"a {next(iter(shapes))} network" if len(shapes) == 1 else f"networks {', '.join(shapes)}"
    first = _plain(f"{what[0].upper()}{what[1:]}: {kind}{how}, written by glassnet {blueprint.version}.")
    rows = (
        "`rows` has a column for each of: " + ", ".join(blueprint_column.name for blueprint_column in blueprint.columns)
        if blueprint.columns else f"`rows` is a matrix with the columns {', '.join(blueprint.input_names)}"
    )  # fmt: skip
    lines = textwrap.wrap(_plain(rows + "."), _WIDTH)
    return (
        '"""'
        + "\n".join([first, "", *lines, "Needs NumPy only. predict(rows) returns a dict of arrays."])
        + '\n"""\n\n'
    )


def _plain(text: str) -> str:
    """Text that cannot end the docstring or be an escape."""
    return text.replace("\\", "/").replace('"""', "'''")


def _inputs(blueprint: Blueprint) -> str:
    """The function from cells to the network's inputs."""
    if not blueprint.columns:
        return "\n".join([*_INPUTS, "    return np.asarray(rows, dtype=float)", ""])
    lines = [*_INPUTS, "    columns = []"]
    for column in blueprint.columns:
        if isinstance(column, ImageColumn):
            pixels = f"np.asarray(rows[{column.name!r}], dtype=float)"
            flat = f"{pixels}.reshape(-1, {column.width})"
            lines.append(f"    columns.append(({flat} - {column.center!r}) / {column.scale!r})")
            continue
        lines += _number(column, null_numbers(blueprint.nulls)) if isinstance(column, NumberColumn) else _level(column)
    return "\n".join([*lines, "    return np.column_stack(columns)", ""])


def _number(column: NumberColumn, shared: Sequence[float]) -> list[str]:
    """The lines for a number or a date."""
    read = "days" if column.kind == "date" else "numbers"
    own = "".join(f", {number!r}" for number in column.nulls if number not in shared)
    x = f"{read}(rows[{column.name!r}]{own})"
    formulas = [code(formula, NUMPY, values) for formula, values in column.formulas]
    if column.curve is not None:
        knots, heights = (
            "\n        ".join(textwrap.wrap(_short(side), _WIDTH - 8, break_on_hyphens=False)) for side in column.curve
        )
        formulas = [f"np.interp(x,\n        {knots},\n        {heights})"]
    formulas += [code(formula, NUMPY, values) for formula, values in column.season]
    lines = [f"    columns.append({formula})" for formula in formulas]
    if not column.indicator:
        return [f"    x = np.nan_to_num({x}, nan={column.replacement!r})", *lines]
    return [
        f"    x = {x}", "    missing = np.isnan(x)", f"    x = np.where(missing, {column.replacement!r}, x)",
        *lines, "    columns.append(missing)",
    ]  # fmt: skip


def _level(column: LevelColumn) -> list[str]:
    """The lines for a yes/no column or a category."""
    words = [(text, row) for text, row in column.keys if row != 1]
    if column.numbers:  # texts that write the numbers are found by these
        words = [(text, row) for text, row in words if ListText((text,)).numbers()[1].any()]
    pairs = [*column.numbers, *({text.lower(): row for text, row in words}.items() if column.any_case else words)]
    levels = [f"{key!r}: {_short(column.table[row])}" for key, row in pairs]
    if not column.numbers and (known := dict(column.keys)).keys() >= {"true", "0", "1"}:  # 1, 1.0 and "1.0" are one key
        levels += [f"{answer}: {_short(column.table[known[str(answer)]])}" for answer in (0, 1)]
    wrapped = textwrap.wrap(", ".join(levels), _WIDTH - 8, break_long_words=False, break_on_hyphens=False)
    inner = "\n        ".join(_wrap_entries(levels)) if len(wrapped) > 1 else "".join(wrapped)
    missing, unknown = _short(column.table[1]), _short(column.table[0])
    cells = f"lower(rows[{column.name!r}])" if column.any_case else f"rows[{column.name!r}]"
    if len(wrapped) > 1:
        return [
            f"    columns.append(choose({cells}, {{", f"        {inner}",
            f"    }}, absent={missing}, unknown={unknown}))",
        ]  # fmt: skip
    return [f"    columns.append(choose({cells}, {{{inner}}}, absent={missing}, unknown={unknown}))"]


def _wrap_entries(entries: Iterable[str]) -> list[str]:
    """Entries in lines of bounded width, each entry whole."""
    lines, line = [], ""
    for entry in entries:
        if line and len(line) + len(entry) + 2 > _WIDTH - 8:
            lines.append(line.rstrip())
            line = ""
        line += f"{entry}, "
    return [*lines, line.rstrip()]


def _short(values: np.ndarray) -> str:
    """A list of numbers, whole ones without a point."""
    return "[" + ", ".join(str(int(value)) if value == int(value) else repr(float(value)) for value in values) + "]"


def _predict(blueprint: Blueprint) -> str:
    """The function from rows to the answer."""
    many = blueprint.members > 1
    lines = ["", "", "def predict(rows):", f'    """{_plain(_promise(blueprint))}"""']
    start = 1
    for number, layers in enumerate(blueprint.stacks):
        lines += _stack(layers, start)
        start += len(layers)
        if len(blueprint.stacks) > 1:
            lines.append(f"    raw_{number + 1} = a" + ("[None]" if blueprint.counts[number] == 1 else ""))
    if len(blueprint.stacks) > 1:
        each = ", ".join(f"raw_{number + 1}" for number in range(len(blueprint.stacks)))
        lines.append(f"    a = np.concatenate([{each}])")
    mean = ".mean(axis=0)" if many else ""
    if blueprint.numbers:
        lines += [*_link(blueprint), f"    prediction = p{mean}" if mean else "    prediction = p"]
        if blueprint.intervals is not None:
            return "\n".join([*lines, *blueprint.intervals.python_answer()])
        if (blueprint.scale, blueprint.center) != (1.0, 0.0):
            scale, center = blueprint.scale, blueprint.center
            if isinstance(scale, tuple):
                lines.append(f"    prediction = prediction * np.array({scale!r}) + np.array({center!r})")
            else:
                lines.append(f"    prediction = prediction * {scale!r} + {center!r}")
        if blueprint.limits is not None:
            lines.append(f"    prediction = np.clip(prediction, {blueprint.limits[0]!r}, {blueprint.limits[1]!r})")
        end = "prediction[:, 0]" if blueprint.n_outputs == 1 else "prediction"
        return "\n".join([*lines, f'    return {{"prediction": {end}}}', ""])
    if not blueprint.probable:
        lines += [f"    score = a{mean}", f"    label = {_label(blueprint, '0')}"]
        return "\n".join([*lines, '    return {"label": label, "decision": score}', ""])
    lines += [*_link(blueprint), f"    score = p{mean}", f"    label = {_label(blueprint, '0.5')}"]
    if blueprint.pair:
        lines.append("    score = np.hstack([1 - score, score])")
    elif blueprint.normalize:
        lines.append("    score = score / score.sum(axis=1, keepdims=True)")
    return "\n".join([*lines, '    return {"label": label, "probabilities": score}', ""])


def _stack(layers: Sequence[LayerPlan], start: int) -> list[str]:
    """The lines from the inputs to the raw predictions of networks with the same layers, numbered from `start`."""
    lines = ["    a = inputs(rows)"]
    for k, layer in enumerate(layers, start=start):
        if layer.record is not None:
            lines += image_lines(layer.record, k, len(layer.weights), code(layer.activation.value, NUMPY, layer.values))
            continue
        bias = f"B{k}[:, None, :]" if len(layer.biases) > 1 else f"B{k}"
        lines.append(f"    z = a @ W{k} + {bias}")
        if layer.mixes is not None:
            lines.append(f"    mix = M{k}[:, None, :]" if len(layer.mixes) > 1 else f"    mix = M{k}")
        lines.append(f"    a = {code(layer.activation.value, NUMPY, layer.values)}")
    return lines


def _promise(blueprint: Blueprint) -> str:
    """Describe the return value of ``predict``."""
    target = blueprint.target or "the target"
    if blueprint.numbers:
        return f"The predicted {target} of every row."
    if blueprint.decision is not None:
        return f"The {target} of every row ({blueprint.decision.rule(blueprint.classes)}), and probabilities."
    return f"The most probable {target} of every row, and " + ("probabilities." if blueprint.probable else "its score.")


def _link(blueprint: Blueprint) -> list[str]:
    """From raw predictions to predictions."""
    if blueprint.link.value is None:
        return [
            "    e = np.exp(a - a.max(axis=-1, keepdims=True))", "    p = e / e.sum(axis=-1, keepdims=True)",
        ]  # fmt: skip
    return ["    f = a", f"    p = {code(blueprint.link.value, NUMPY)}"]


def _label(blueprint: Blueprint, threshold: str) -> str:
    """The labels from scores."""
    if blueprint.outcome.several:
        return f"(score > {threshold}).astype(int)"
    if (decision := blueprint.decision) is not None:
        if decision.event == 1:
            return f"CLASSES[(score[:, 0] >= {decision.threshold!r}).astype(int)]"
        return f"CLASSES[(1 - score[:, 0] < {decision.threshold!r}).astype(int)]"
    if blueprint.n_outputs == 1:
        return f"CLASSES[(score[:, 0] > {threshold}).astype(int)]"
    return "CLASSES[score.argmax(axis=1)]"


def _array(array: np.ndarray, dtype: Any) -> str:
    """An array as text that reads back to the same bits; a lone member has no axis of its own."""
    array = (array[0] if len(array) == 1 else array).astype(dtype)
    rows = array.reshape(-1, array.shape[-1])
    lines = []
    for row in rows:
        joined = ", ".join(str(value) for value in row)
        lines += textwrap.wrap(f"{joined},", _WIDTH - 4, break_on_hyphens=False)
    shape = "" if array.ndim == 1 else f".reshape{array.shape}"
    return "np.array([\n    " + "\n    ".join(lines) + f"\n], dtype=np.{array.dtype}){shape}"
