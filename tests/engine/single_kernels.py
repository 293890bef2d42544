"""Single kernels, one formula at a time, to hold the engine against the reference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import _native
from glassnet.engine.kernels.bytecode import formula
from glassnet.engine.kernels.kernel import (
    Kernel,
    activation_backward,
    activation_value,
    activation_with_slope,
    loss_entry,
    optimizer_update,
)
from glassnet.formulas import Activation, Loss, Optimizer

Array = NDArray[Any]


def function(name: str, a: Array, b: Array | None = None) -> Array:
    """A function of the formula language on flat arrays, in their precision (float32 or float64)."""
    result: Array = _native.function(name, a, b)
    return result


def activate(record: Activation, z: Array, *, interpret: bool = False) -> tuple[Array, Array]:
    """``a`` and ``da/dz`` of flat pre-activations, in their precision."""
    (a,) = _run("activation_value", activation_value(record), record.values, [z], interpret)
    (slope,) = _run(
        "activation_backward", activation_backward(record), record.values, [z, a, np.ones_like(z)], interpret
    )
    return a, slope


def activate_at_once(record: Activation, z: Array, *, interpret: bool = False) -> tuple[Array, Array] | None:
    """As `activate`, by the kernel that computes both in one pass; None where there is none."""
    kernel = activation_with_slope(record)
    if kernel is None:
        return None
    a, slope = _run("activation_with_slope", kernel, record.values, [z], interpret)
    return a, slope


def loss_entries(record: Loss, f: Array, y: Array, *, interpret: bool = False) -> tuple[Array, Array]:
    """Loss and ``dL/df`` of flat raw predictions and targets, for an elementwise loss."""
    value, gradient = _run("loss", loss_entry(record), record.values, [f, y], interpret)
    return value, gradient


def optimizer_step(
    record: Optimizer,
    current: Mapping[str, Array],
    g: Array,
    learning_rate: float,
    step: int,
    *,
    interpret: bool = False,
) -> dict[str, Array]:
    """New ``w`` and states from flat ones; the twin of `Optimizer.update`."""
    names = ["w", *record.state]
    inputs = [current["w"], g, *(current.get(name, np.zeros_like(g)) for name in record.state)]
    kernel = optimizer_update(record)
    outputs = _run("optimizer", kernel, record.values, inputs, interpret, [learning_rate, float(step)])
    return dict(zip(names, outputs, strict=True))


def _run(
    concept: str, kernel: Kernel, parameters: dict[str, float], inputs: list[Array], interpret: bool,
    leading: list[float] | None = None,
) -> list[Array]:  # fmt: skip
    """A kernel on flat arrays of one precision."""
    native = formula(concept, kernel, parameters, concept, interpret=interpret)
    run = _native.run_formula_single if inputs[0].dtype == np.float32 else _native.run_formula
    arrays = [np.ascontiguousarray(array, dtype=inputs[0].dtype) for array in inputs]
    results: list[Array] = run(concept, native, arrays, leading or [])
    return results
