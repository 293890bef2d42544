"""Sums of a trace: a pre-activation, an error signal or a gradient entry as products of named factors."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.network.records import Factor, Sum, Term

if TYPE_CHECKING:
    from glassnet.network.trace import Trace


def _sum(name: str, symbolic: str, products: Iterable[tuple[Factor, ...]], count: int, total: float,
         limit: int | None) -> Sum:  # fmt: skip
    """A `Sum` that holds the first terms."""
    held = tuple(Term(factors, float(prod(factor.value for factor in factors))) for factors in islice(products, limit))
    return Sum(name, symbolic, held, count, total)


def _check_place(trace: Trace, layer: int, row: int, neuron: int) -> None:
    """Refuse a layer, row or neuron that the trace does not have."""
    sizes = trace.layer_sizes
    if not 1 <= layer < len(sizes):
        raise ConfigurationError(f"There is no layer {layer}; the network has layers 1 to {len(sizes) - 1}.")
    for what, value, count in (("row", row, trace.n_rows), ("neuron", neuron, sizes[layer])):
        if not 0 <= value < count:
            raise ConfigurationError(f"There is no {what} {value} (layer {layer}); {what}s go from 0 to {count - 1}.")


def arriving_factors(trace: Trace, layer: int, row: int, i: int) -> tuple[Factor, ...]:
    """What arrives at layer `layer` on connection `i`: an input or an activation, and what dropout makes of it."""
    below = (
        Factor(f"x[{row},{i}]", float(trace.X[row, i]), "input")
        if layer == 1
        else Factor(f"a{layer - 1}[{row},{i}]", float(trace.forward[layer - 2].a[row, i]), "activation")
    )
    return (below, *keep_factors(trace, layer, row, i))


def keep_factors(trace: Trace, layer: int, row: int, i: int) -> tuple[Factor, ...]:
    """The mask of dropout on connection `i` into a layer; empty without dropout."""
    keep = trace.forward[layer - 1].keep
    return () if keep is None else (Factor(keep_name(layer, row, i), float(keep[row, i]), "dropout"),)


def keep_name(layer: int, row: object, i: object) -> str:
    """The name of a mask entry, ``keep1[0,2]`` for what neuron 2 of layer 1 sends to layer 2."""
    return f"keep{layer - 1}[{row},{i}]"


def arriving_symbol(trace: Trace, layer: int, row: object, i: object) -> str:
    """What arrives on a connection, in symbols."""
    below = f"x[{row},{i}]" if layer == 1 else f"a{layer - 1}[{row},{i}]"
    return below if trace.forward[layer - 1].keep is None else f"{below} · {keep_name(layer, row, i)}"


def delta_factor(trace: Trace, layer: int, row: int, j: int) -> Factor:
    """The error signal of neuron `j`."""
    return Factor(f"δ{layer}[{row},{j}]", float(trace.backward[layer - 1].delta[row, j]), "delta")


def weight_factor(trace: Trace, layer: int, i: int, j: int) -> Factor:
    """The weight from `i` to `j`, before the update."""
    return Factor(f"W{layer}[{i},{j}]", float(trace.forward[layer - 1].weights[i, j]), "weight")


def slope_factor(trace: Trace, layer: int, row: int, j: int) -> Factor:
    """The slope of the activation at the pre-activation."""
    name = trace.forward[layer - 1].activation.name
    return Factor(f"{name}'(z{layer}[{row},{j}])", float(trace.backward[layer - 1].slope[row, j]), "slope")


def loss_factor(trace: Trace, row: int, j: int) -> Factor:
    """The loss gradient of one output before reduction and row weight."""
    step = trace.loss
    value = float(np.asarray(step.loss.raw_gradient(step.raw_prediction[row : row + 1], step.y[row : row + 1]))[0, j])
    return Factor(f"ℓ'(f[{row},{j}], y[{row},{j}])", value, "loss gradient")


def z_sum(trace: Trace, layer: int, row: int, neuron: int, limit: int | None = None) -> Sum:
    """``z = Σ_i a_previous[i] · W[i, j] + b[j]``; the bias is the last term."""
    _check_place(trace, layer, row, neuron)
    here = trace.forward[layer - 1]
    seen = here.seen(neuron)

    def products() -> Iterable[tuple[Factor, ...]]:
        for i in seen:
            yield *arriving_factors(trace, layer, row, i), weight_factor(trace, layer, i, neuron)
        yield (Factor(f"b{layer}[{neuron}]", float(here.biases[neuron]), "bias"),)

    symbolic = f"Σ_i {arriving_symbol(trace, layer, row, 'i')} · W{layer}[i,{neuron}] + b{layer}[{neuron}]"
    return _sum(f"z{layer}[{row},{neuron}]", symbolic, products(), len(seen) + 1, float(here.z[row, neuron]), limit)


def delta_sum(trace: Trace, layer: int, row: int, neuron: int, limit: int | None = None) -> Sum:
    """``δ = (Σ_m δ_next[m] · W_next[j, m]) · activation'(z)``; in the last layer from the loss."""
    _check_place(trace, layer, row, neuron)
    name, total = f"δ{layer}[{row},{neuron}]", float(trace.backward[layer - 1].delta[row, neuron])
    slope = slope_factor(trace, layer, row, neuron)
    if layer == len(trace.forward):
        factors = (
            Factor("reduction", trace.loss.factor, "reduction"),
            Factor(f"w[{row}]", float(trace.loss.row_weights[row]), "row weight"),
            loss_factor(trace, row, neuron),
            slope,
        )
        symbolic = " · ".join(factor.name for factor in factors)
        return _sum(name, symbolic, [factors], 1, total, limit)
    reached = [int(m) for m in np.flatnonzero(trace.forward[layer].reach[neuron])]
    following = layer + 1
    keep = keep_factors(trace, following, row, neuron)
    products = (
        (delta_factor(trace, following, row, m), weight_factor(trace, following, neuron, m), *keep, slope)
        for m in reached
    )
    names = [f"Σ_m δ{following}[{row},m]", f"W{following}[{neuron},m]", *(factor.name for factor in keep), slope.name]
    symbolic = " · ".join(names)
    return _sum(name, symbolic, products, len(reached), total, limit)


def gradient_sum(trace: Trace, name: str, limit: int | None = None) -> Sum:
    """``dL/dW[i, j] = Σ_r δ[r, j] · a_previous[r, i]`` or ``dL/db[j] = Σ_r δ[r, j]``, data part only."""
    step = trace.parameter(name)
    layer, neuron = step.layer, step.index[-1]
    symbolic = f"Σ_r δ{layer}[r,{neuron}]"
    if step.kind == "weights":
        symbolic += f" · {arriving_symbol(trace, layer, 'r', step.index[0])}"

    def products() -> Iterable[tuple[Factor, ...]]:
        for row in range(trace.n_rows):
            delta = delta_factor(trace, layer, row, neuron)
            yield (delta, *arriving_factors(trace, layer, row, step.index[0])) if step.kind == "weights" else (delta,)

    return _sum(f"dL/d{step.name}", symbolic, products(), trace.n_rows, step.data_gradient, limit)
