"""Image layers as ONNX nodes: Conv, MaxPool and AveragePool between flat rows of numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from glassnet.files.blueprint import LayerPlan
from glassnet.files.exports.onnx_graph import OnnxGraph
from glassnet.layers import Convolution, MaxPooling


def image_layer(graph: OnnxGraph, layer: LayerPlan, a: str) -> str:
    """The outputs of the layer of one network, (rows, n_out), from its inputs, (rows, n_in).

    ONNX has the channels of an image first, glassnet last; runtimes drop a pair of turns that cancel.
    """
    record = layer.record
    assert record is not None
    pixels = _columns(graph, a, 0, record.n_pixels) if record.n_carried else a
    image = graph.add("Reshape", pixels, graph.constant(np.array([-1, *record.shape_in]), np.int64))
    maps = _look(graph, layer, graph.add("Transpose", image, perm=[0, 3, 1, 2]))
    values: dict[str, str | float] = {"z": maps, **layer.values}
    if layer.mixes is not None:
        values["mix"] = graph.constant(layer.mixes[0][:, None, None])
    maps = graph.formula(layer.activation.value, values)
    maps = graph.add("Transpose", maps, perm=[0, 2, 3, 1])
    flat = graph.add("Reshape", maps, graph.constant(np.array([-1, math.prod(record.shape_out)]), np.int64))
    if not record.n_carried:
        return flat
    return graph.add("Concat", flat, _columns(graph, a, record.n_pixels, record.n_in), axis=1)


def _look(graph: OnnxGraph, layer: LayerPlan, image: str) -> str:
    """The pre-activations of the maps."""
    record = layer.record
    assert record is not None
    windows = record.windows
    geometry: dict[str, Any] = {
        "kernel_shape": list(windows.size), "strides": list(windows.stride),
        "pads": [*windows.before, *windows.after],
    }  # fmt: skip
    if isinstance(record, Convolution):
        weights, biases = graph.constant(layer.weights[0]), graph.constant(layer.biases[0])
        return graph.add(
            "Conv", image, weights, biases, group=record.groups, dilations=list(windows.dilation), **geometry
        )
    if isinstance(record, MaxPooling):
        return graph.add("MaxPool", image, **geometry)
    return graph.add("AveragePool", image, count_include_pad=0, **geometry)


def _columns(graph: OnnxGraph, a: str, first: int, last: int) -> str:
    """Some columns of a matrix."""
    bounds = (graph.constant(np.array([place]), np.int64) for place in (first, last, 1))
    return graph.add("Slice", a, *bounds)
