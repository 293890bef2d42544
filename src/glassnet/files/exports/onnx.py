"""`export_onnx`: the whole way from the cells of a row to the answer as an ONNX file.

One input per column of the table, each of shape (rows, 1): floats for numbers (NaN: missing) and for dates (days since
1970-01-01), strings for yes/no and categories ("" or a null string: missing). A model of a plain matrix has one input
``X``. Everything lies in the one file; the graph uses opset 17 and the strings' lookup of ai.onnx.ml 3.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.atomic import write_atomically
from glassnet.errors import ConfigurationError, nearest
from glassnet.files.blueprint import Blueprint, LayerPlan
from glassnet.files.exports.identifiers import onnx_names
from glassnet.files.exports.onnx_graph import ML_OPSET, OPSET, OnnxGraph
from glassnet.files.exports.onnx_images import image_layer
from glassnet.files.input_columns import ImageColumn, LevelColumn, NumberColumn
from glassnet.files.model import ModelFile

if TYPE_CHECKING:
    from glassnet.network import Network

PRECISIONS: dict[str, type[np.float32] | type[np.float64]] = {"float64": np.float64, "float32": np.float32}
_IR_VERSION = 8
_ML = "ai.onnx.ml"


def export_onnx(model: ModelFile | Network, path: str | os.PathLike[str], *, precision: str | None = None) -> Path:
    """Write a model as an ONNX file with its preprocessing inside, and return the path.

    Parameters
    ----------
    model : ModelFile or Network
    path : path
    precision : {"float64", "float32"}, optional
        In which the graph computes and takes numbers: double unless some layers look at images, as ONNX Runtime has
        convolutions in single precision only. Single precision runs in more places (browsers, phones) and differs from
        `predict` in the sixth digit or so.

    Raises
    ------
    MissingDependency
        When the package onnx is not installed.
    FileError
        When the system refuses.
    """
    model = ModelFile.of(model)
    if precision is None:
        precision = "float32" if model.looks_at_images else "float64"
    if precision not in PRECISIONS:
        raise ConfigurationError(f"Unknown precision {precision!r}. {nearest(str(precision), PRECISIONS)}")
    if precision == "float64" and model.looks_at_images:
        raise ConfigurationError(
            "precision='float64' cannot run: ONNX Runtime has convolution and pooling in single precision only. Use "
            "precision='float32', or export to C or Python, which compute in double precision."
        )
    return write_atomically(path, onnx_bytes(Blueprint.of(model), precision))


def onnx_bytes(blueprint: Blueprint, precision: str) -> bytes:
    """The bytes of the file; equal models give equal bytes."""
    graph = OnnxGraph(PRECISIONS[precision])
    helper, proto = graph.onnx.helper, graph.onnx.TensorProto
    inputs, X = _inputs(graph, blueprint)
    taken = {value.name for value in inputs}
    answers: list[tuple[str, str, int, list[int | str]]] = []
    mean = _forward(graph, blueprint, X)
    hazards = "" if blueprint.intervals is None else blueprint.intervals.onnx_hazards(graph, mean[1])
    if blueprint.intervals is None:
        answers += _answer(graph, blueprint, mean)  # type: ignore[arg-type]
    else:
        risks: list[int | str] = [blueprint.intervals.causes] if blueprint.intervals.causes > 1 else []
        answers.append(("prediction", blueprint.intervals.onnx_risk(graph, hazards), graph.element, risks))
    stratum, baseline = "", blueprint.baseline
    if baseline is not None and baseline.strata:
        cells = next(iter(onnx_names([baseline.column]).values()))
        while cells in taken:
            cells += "_in"
        taken.add(cells)
        inputs.append(baseline.onnx_input(graph, cells))
        stratum = baseline.onnx_stratum(graph, cells, _ML)
    if blueprint.known_times is not None:
        times = "times"
        while times in taken:
            times += "_in"
        taken.add(times)
        inputs.append(_times(graph, blueprint, times))
        if baseline is not None:
            curves, causes = baseline.onnx_curves(graph, answers[0][1], times, stratum), baseline.causes
        else:
            assert blueprint.intervals is not None
            curves, causes = blueprint.intervals.onnx_curves(graph, hazards, times), blueprint.intervals.causes
        each: list[int | str] = [causes] if causes > 1 else []
        answers.append(("incidence" if causes > 1 else "survival", curves, graph.element, ["n_times", *each]))
    outputs = []
    for name, value, element, shape in answers:
        while name in taken:
            name += "_out"
        graph.nodes.append(helper.make_node("Identity", [value], [name], f"/{name}"))
        outputs.append(helper.make_tensor_value_info(name, element, ["rows", *shape]))
    onnx_graph = helper.make_graph(graph.nodes, "glassnet", inputs, outputs, graph.constants)
    opsets = [helper.make_opsetid("", OPSET)]
    if any(node.domain == _ML for node in graph.nodes):
        opsets.append(helper.make_opsetid(_ML, ML_OPSET))
    file = helper.make_model(
        onnx_graph, opset_imports=opsets, ir_version=_IR_VERSION, producer_name="glassnet",
        producer_version=blueprint.version, doc_string=_description(blueprint),
    )  # fmt: skip
    graph.onnx.checker.check_model(file)
    assert proto.DOUBLE == 11
    return bytes(file.SerializeToString(deterministic=True))


def _times(graph: OnnxGraph, blueprint: Blueprint, name: str) -> Any:
    """The input of times; left out, a quarter, half and three quarters of the events are asked for."""
    known = blueprint.known_times
    assert known is not None
    usual = known[[round(share * (len(known) - 1)) for share in (0.25, 0.5, 0.75)]].astype(graph.precision)
    graph.constants.append(graph.onnx.numpy_helper.from_array(usual, name))
    about = "times at which the event-free probability is computed, in the unit of training"
    return graph.onnx.helper.make_tensor_value_info(name, graph.element, ["n_times"], about)


def _description(blueprint: Blueprint) -> str:
    """The description that is stored in the file."""
    what = f"{blueprint.task} of {blueprint.target}" if blueprint.target else blueprint.task
    how = f"mean of {blueprint.members} networks" if blueprint.members > 1 else "one network"
    text = f"{what}, {how}, written by glassnet {blueprint.version}."
    if blueprint.columns:
        text += ' Missing: NaN for numbers, "" for text. Dates are days since 1970-01-01.'
    return text


def _inputs(graph: OnnxGraph, blueprint: Blueprint) -> tuple[list[Any], str]:
    """The graph's inputs, and the value that holds the network's inputs (rows, n_inputs)."""
    helper, strings = graph.onnx.helper, graph.onnx.TensorProto.STRING
    if not blueprint.columns:
        about = f"columns: {', '.join(blueprint.input_names)}"[:2000]
        n_in = len(blueprint.input_names)
        return [helper.make_tensor_value_info("X", graph.element, ["rows", n_in], about)], "X"
    inputs, blocks, names = [], [], onnx_names(column.name for column in blueprint.columns)
    for column in blueprint.columns:
        if isinstance(column, ImageColumn):
            name = names[column.name]
            shape = " x ".join(map(str, column.shape))
            inputs.append(
                helper.make_tensor_value_info(name, graph.element, ["rows", *column.shape], f"image, {shape}")
            )
            flat = graph.add("Reshape", name, graph.constant(np.array([-1, column.width]), np.int64))
            centered = graph.add("Sub", flat, graph.constant(column.center))
            blocks.append(graph.add("Div", centered, graph.constant(column.scale)))
            continue
        text = isinstance(column, LevelColumn) and not column.numbers
        about = column.kind.replace("_", "/")
        if isinstance(column, LevelColumn):
            about += f": {', '.join(column.levels)}"[:2000]
        name = names[column.name]
        if name != column.name:
            about += f" (the column {column.name!r})"
        inputs.append(helper.make_tensor_value_info(name, strings if text else graph.element, ["rows", 1], about))
        blocks += _number(graph, column, name) if isinstance(column, NumberColumn) else [_level(graph, column, name)]
    return inputs, graph.add("Concat", *blocks, axis=1) if len(blocks) > 1 else blocks[0]


def _number(graph: OnnxGraph, column: NumberColumn, cells: str) -> list[str]:
    """A number, filled in and transformed, and whether it was missing."""
    missing = _absent(graph, column, cells)
    x = graph.add("Where", missing, graph.constant(column.replacement), cells)
    curved = x if column.curve is None else _on_curve(graph, x, column.curve)
    parts = [graph.formula(formula, {"x": curved, **_apart(graph, values)}) for formula, values in column.formulas]
    parts += [graph.formula(formula, {"x": x, **values}) for formula, values in column.season]
    return [*parts, graph.add("Cast", missing, to=graph.element)] if column.indicator else parts


def _apart(graph: OnnxGraph, values: dict[str, float]) -> dict[str, float]:
    """Constants in which the edges of a bin differ in the graph's precision, too."""
    if "low" not in values:
        return values
    low, high = graph.precision(values["low"]), graph.precision(values["high"])
    return {"low": float(low), "high": float(max(high, np.nextafter(low, graph.precision(np.inf))))}


def _on_curve(graph: OnnxGraph, x: str, curve: np.ndarray) -> str:
    """The curve at ``x`` (rows, 1): its first value, and the share of every piece that lies below, times its rise."""
    knots, heights = curve
    first = graph.constant(heights[:1])
    if len(knots) == 1:
        return graph.add("Add", graph.add("Mul", x, graph.constant(0.0)), first)
    widths = np.maximum(np.diff(knots), np.finfo(graph.precision).tiny)
    above = graph.add("Div", graph.add("Sub", x, graph.constant(knots[None, :-1])), graph.constant(widths[None]))
    share = graph.add("Min", graph.add("Max", above, graph.constant(0.0)), graph.constant(1.0))
    return graph.add("Add", graph.add("MatMul", share, graph.constant(np.diff(heights)[:, None])), first)


def _absent(graph: OnnxGraph, column: NumberColumn | LevelColumn, cells: str) -> str:
    """Whether a cell that is given as a number is missing."""
    absent = graph.add("IsNaN", cells)
    for number in column.nulls:
        absent = graph.add("Or", absent, graph.add("Equal", cells, graph.constant(number)))
    return absent


def _level(graph: OnnxGraph, column: LevelColumn, cells: str) -> str:
    """The row of the column's table that its cell selects."""
    if column.numbers:
        numbers = graph.constant([[number for number, _ in column.numbers]])
        rows = graph.constant([[row for _, row in column.numbers]], np.int64)
        integer = graph.onnx.TensorProto.INT64
        matches = graph.add("Cast", graph.add("Equal", cells, numbers), to=integer)
        selected = graph.add(
            "ReduceSum", graph.add("Mul", matches, rows), graph.constant(np.array([1]), np.int64), keepdims=1
        )
        code = graph.add("Add", selected, graph.add("Cast", _absent(graph, column, cells), to=integer))
    else:
        keys = column.keys_in_every_case
        code = graph.add(
            "LabelEncoder", cells, domain=_ML, keys_strings=[text for text, _ in keys],
            values_int64s=[row for _, row in keys], default_int64=0,
        )  # fmt: skip
    chosen = graph.add("Gather", graph.constant(column.table), code, axis=0)
    return graph.add("Squeeze", chosen, graph.constant(np.array([1]), np.int64))


def _forward(graph: OnnxGraph, blueprint: Blueprint, X: str) -> tuple[str, str]:
    """Mean raw prediction and mean prediction of the members, each (rows, n_outputs)."""
    many = blueprint.members > 1
    first = graph.add("Unsqueeze", X, graph.constant(np.array([0]), np.int64)) if many else X
    raw = [_raw(graph, layers, first, many=many) for layers in blueprint.stacks]
    a = graph.add("Concat", *raw, axis=0) if len(raw) > 1 else raw[0]
    link = blueprint.link
    prediction = graph.add("Softmax", a, axis=-1) if link.value is None else graph.formula(link.value, {"f": a})
    if not many:
        return a, prediction
    return graph.add("ReduceMean", a, axes=[0], keepdims=0), graph.add("ReduceMean", prediction, axes=[0], keepdims=0)


def _raw(graph: OnnxGraph, layers: Sequence[LayerPlan], a: str, *, many: bool) -> str:
    """Raw predictions of a stack of networks, (members, rows, n_outputs); of a lone network (rows, n_outputs)."""
    if many and any(layer.record is not None for layer in layers):
        one = graph.constant(np.array([0]), np.int64)
        flat = graph.add("Squeeze", a, one)
        each = [
            graph.add("Unsqueeze", _raw(graph, [layer.member(m) for layer in layers], flat, many=False), one)
            for m in range(len(layers[0].weights))
        ]
        return graph.add("Concat", *each, axis=0) if len(each) > 1 else each[0]
    for layer in layers:
        if layer.record is not None:
            a = image_layer(graph, layer, a)
            continue
        weights = layer.weights if many else layer.weights[0]
        biases = layer.biases[:, None, :] if many else layer.biases[0]
        z = graph.add("Add", graph.add("MatMul", a, graph.constant(weights)), graph.constant(biases))
        values: dict[str, str | float] = {"z": z, **layer.values}
        if layer.mixes is not None:
            values["mix"] = graph.constant(layer.mixes[:, None, :] if many else layer.mixes[0])
        a = graph.formula(layer.activation.value, values)
    return a


def _answer(graph: OnnxGraph, blueprint: Blueprint, mean: tuple[str, str]) -> list[tuple[str, str, int, list[int]]]:
    """The outputs: name, value, element type, and shape behind the rows."""
    raw, prediction = mean
    n_out = blueprint.n_outputs
    if blueprint.numbers:
        if (blueprint.scale, blueprint.center) != (1.0, 0.0):
            prediction = graph.add("Mul", prediction, graph.constant(np.asarray(blueprint.scale)))
            prediction = graph.add("Add", prediction, graph.constant(np.asarray(blueprint.center)))
        if blueprint.limits is not None:
            low, high = (graph.constant(limit) for limit in blueprint.limits)
            prediction = graph.add("Min", graph.add("Max", prediction, low), high)
        if n_out == 1:
            prediction = graph.add("Squeeze", prediction, graph.constant(np.array([1]), np.int64))
        return [("prediction", prediction, graph.element, [] if n_out == 1 else [n_out])]
    score, threshold = (prediction, 0.5) if blueprint.probable else (raw, 0.0)
    integer = graph.onnx.TensorProto.INT64
    above = graph.add("Cast", _above(graph, blueprint, score, threshold), to=integer)
    if blueprint.outcome.several:
        outputs = [("label", above, integer, [n_out])]
    else:
        one = graph.constant(np.array([1]), np.int64)
        code = graph.add("Squeeze", above, one) if n_out == 1 else graph.add("ArgMax", score, axis=1, keepdims=0)
        labels = _labels(blueprint.classes)
        to_element, strings = graph.onnx.helper.np_dtype_to_tensor_dtype, graph.onnx.TensorProto.STRING
        element = strings if labels.dtype == object else to_element(labels.dtype)
        label = graph.add("Gather", graph.constant(labels, labels.dtype), code, axis=0)
        outputs = [("label", label, int(element), [])]
    if not blueprint.probable:
        return [*outputs, ("decision", raw, graph.element, [n_out])]
    if blueprint.pair:
        no = graph.add("Sub", graph.constant(1.0), prediction)
        prediction, n_out = graph.add("Concat", no, prediction, axis=1), 2
    elif blueprint.normalize:
        total = graph.add("ReduceSum", prediction, graph.constant(np.array([1]), np.int64), keepdims=1)
        prediction = graph.add("Div", prediction, total)
    return [*outputs, ("probabilities", prediction, graph.element, [n_out])]


def _above(graph: OnnxGraph, blueprint: Blueprint, score: str, threshold: float) -> str:
    """Whether a score says yes: it is above one half, or where the decision says so."""
    if (decision := blueprint.decision) is None:
        return graph.add("Greater", score, graph.constant(threshold))
    limit = graph.constant(decision.threshold)
    if decision.event == 1:
        return graph.add("GreaterOrEqual", score, limit)
    return graph.add("Less", graph.add("Sub", graph.constant(1.0), score), limit)


def _labels(classes: tuple[Any, ...]) -> np.ndarray:
    """The class labels in a type that ONNX has: true/false, whole numbers, doubles, or strings."""
    for kind, dtype in ((bool, np.bool_), (int, np.int64), (float, np.float64)):
        if all(type(label) is kind for label in classes):
            return np.array(classes, dtype=dtype)
    return np.array([str(label) for label in classes], dtype=object)
