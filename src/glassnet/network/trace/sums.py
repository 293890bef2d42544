"""Sums of a trace: a pre-activation, an error signal or a gradient entry as products of named factors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice
from math import prod
from typing import TYPE_CHECKING

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.layers import NO_WEIGHT, Dense, Rule
from glassnet.network.trace.records import Factor, Sum, Term

if TYPE_CHECKING:
    from glassnet.network.trace.trace import Trace

_WRITTEN_OUT = 4  # terms of a sum in symbols where a layer has no rule for it


def _sum(name: str, symbolic: str, products: Iterable[tuple[Factor, ...]], count: int, total: float,
         limit: int | None) -> Sum:  # fmt: skip
    """A `Sum` that holds the first terms."""
    held = tuple(Term(factors, float(prod(factor.value for factor in factors))) for factors in islice(products, limit))
    return Sum(name, symbolic, held, count, total)


def _check_place(trace: Trace, layer: int, row: int, unit: int) -> None:
    """Raise for a layer, row or neuron that the trace does not have."""
    sizes = trace.layer_sizes
    if not 1 <= layer < len(sizes):
        raise ConfigurationError(f"There is no layer {layer}; the network has layers 1 to {len(sizes) - 1}.")
    for what, value, count in (("row", row, trace.n_rows), ("neuron", unit, sizes[layer])):
        if not 0 <= value < count:
            raise ConfigurationError(f"There is no {what} {value} (layer {layer}); {what}s go from 0 to {count - 1}.")


def below_name(layer: int, row: object, index: Sequence[object]) -> str:
    """The name of what arrives at a layer: ``x[0,2]`` or ``a1[0,2]``."""
    return f"{'x' if layer == 1 else f'a{layer - 1}'}[{','.join(map(str, (row, *index)))}]"


def arriving_factors(trace: Trace, layer: int, row: int, i: int) -> tuple[Factor, ...]:
    """The factors that arrive at a layer on connection `i`: an input or an activation, and dropout's factor."""
    values, kind = (trace.X, "input") if layer == 1 else (trace.forward[layer - 2].a, "activation")
    below = Factor(below_name(layer, row, trace.index_of(layer - 1, i)), float(values[row, i]), kind)
    return (below, *keep_factors(trace, layer, row, i))


def keep_factors(trace: Trace, layer: int, row: int, i: int) -> tuple[Factor, ...]:
    """The mask of dropout on connection `i` into a layer; empty without dropout."""
    keep = trace.forward[layer - 1].keep
    if keep is None:
        return ()
    return (Factor(keep_name(layer, row, trace.index_of(layer - 1, i)), float(keep[row, i]), "dropout"),)


def keep_name(layer: int, row: object, index: Sequence[object]) -> str:
    """The name of a mask entry, ``keep1[0,2]`` for what neuron 2 of layer 1 sends to layer 2."""
    return f"keep{layer - 1}[{','.join(map(str, (row, *index)))}]"


def arriving_symbol(trace: Trace, layer: int, row: object, index: Sequence[object]) -> str:
    """The value that arrives on a connection, in symbols."""
    below = below_name(layer, row, index)
    return below if trace.forward[layer - 1].keep is None else f"{below} · {keep_name(layer, row, index)}"


def delta_factor(trace: Trace, layer: int, row: int, unit: int) -> Factor:
    """The error signal of a neuron, or of a number of a map."""
    value = float(trace.backward[layer - 1].delta[row, unit])
    return Factor(trace.forward[layer - 1].place("δ", row, unit), value, "delta")


def weight_factors(trace: Trace, layer: int, weight: int, share: float) -> tuple[Factor, ...]:
    """The weight of a link, before the update, and its share; what is not there is left out."""
    here = trace.forward[layer - 1]
    factors = [] if weight == NO_WEIGHT else [
        Factor(here.weight_name(weight), float(here.weights.ravel()[weight]), "weight")
    ]  # fmt: skip
    return tuple(factors if share == 1.0 else [*factors, Factor(_share_name(share), float(share), "share")])


def _share_name(share: float) -> str:
    """A share as text, such as ``1/4`` if it is a simple fraction."""
    parts = round(1 / share) if share else 0
    return f"1/{parts}" if parts and abs(parts * share - 1.0) < 1e-12 else f"{share:g}"


def slope_factor(trace: Trace, layer: int, row: int, unit: int) -> Factor:
    """The slope of the activation at the pre-activation."""
    here = trace.forward[layer - 1]
    name = f"{here.activation.name}'({here.place('z', row, unit)})"
    return Factor(name, float(trace.backward[layer - 1].slope[row, unit]), "slope")


def loss_factor(trace: Trace, row: int, j: int) -> Factor:
    """The loss gradient of one output before reduction and row weight."""
    step = trace.loss
    name = f"ℓ'(f[{row},{j}], y[{row},{j}])" if step.coupled is None else f"dℓ/df[{row},{j}]"
    return Factor(name, float(step.slopes[row, j]), "loss gradient")


def z_sum(trace: Trace, layer: int, row: int, unit: int, limit: int | None = None) -> Sum:
    """The sum over a number's links; for a neuron ``z = Σ_i a_previous[i] · W[i, j] + b[j]``, the bias last."""
    _check_place(trace, layer, row, unit)
    here = trace.forward[layer - 1]
    links, neuron = here.spec.links(unit, here.arriving[row]), int(here.spec.neurons[unit])
    bias = () if neuron < 0 or not here.biases.size else (
        Factor(f"b{layer}[{neuron}]", float(here.biases[neuron]), "bias"),
    )  # fmt: skip

    def products() -> Iterable[tuple[Factor, ...]]:
        for i, weight, share in zip(links.inputs, links.weights, links.shares, strict=True):
            yield *arriving_factors(trace, layer, row, int(i)), *weight_factors(trace, layer, int(weight), share)
        if bias:
            yield bias

    rule, terms = here.spec.rule(unit=unit), len(links) + len(bias)
    if rule is None:
        symbolic = _written_out(products(), terms)
    else:
        parts = [arriving_symbol(trace, layer, row, rule.input), *_weight_symbols(layer, rule)]
        symbolic = " + ".join([f"Σ_{rule.over} {' · '.join(parts)}", *(factor.name for factor in bias)])
    return _sum(here.place("z", row, unit), symbolic, products(), terms, float(here.z[row, unit]), limit)


def _weight_symbols(layer: int, rule: Rule) -> list[str]:
    """The weight and the share of a rule, those that are there."""
    weight = [f"W{layer}[{','.join(map(str, rule.weight))}]"] if rule.weight else []
    return [*weight, rule.share] if rule.share else weight


def _written_out(products: Iterable[tuple[Factor, ...]], count: int) -> str:
    """The first terms in symbols, where a layer has no rule for its sums."""
    first = [" · ".join(factor.name for factor in factors) for factors in islice(products, _WRITTEN_OUT)]
    return " + ".join([*first, "…"] if count > len(first) else first) or "0"


def following_factors(trace: Trace, layer: int, row: int, unit: int) -> tuple[list[tuple[Factor, ...]], str]:
    """The terms that a number receives from the next layer: delta times weight per link, and the rule in symbols.

    Of what comes back through windows, the largest terms come first.
    """
    following = trace.forward[layer]
    links = following.spec.links_from(unit, following.arriving[row])
    keep = keep_factors(trace, layer + 1, row, unit)
    products = [
        (delta_factor(trace, layer + 1, row, int(m)), *weight_factors(trace, layer + 1, int(w), share), *keep)
        for m, w, share in zip(links.units, links.weights, links.shares, strict=True)
    ]
    if not isinstance(following.spec, Dense):
        products.sort(key=lambda factors: -abs(prod(factor.value for factor in factors)))
    rule = following.spec.rule(source=unit)
    if rule is None:
        return products, _written_out(products, len(products))
    units = f"δ{layer + 1}[{','.join(map(str, (row, *rule.unit)))}]"
    names = [f"Σ_{rule.over} {units}", *_weight_symbols(layer + 1, rule), *(factor.name for factor in keep)]
    return products, " · ".join(names)


def delta_sum(trace: Trace, layer: int, row: int, unit: int, limit: int | None = None) -> Sum:
    """``δ = (Σ_m δ_next[m] · W_next[j, m]) · activation'(z)``; in the last layer from the loss."""
    _check_place(trace, layer, row, unit)
    name, total = trace.forward[layer - 1].place("δ", row, unit), float(trace.backward[layer - 1].delta[row, unit])
    slope = slope_factor(trace, layer, row, unit)
    if layer == len(trace.forward):
        factors = (
            Factor("reduction", trace.loss.factor, "reduction"),
            Factor(f"w[{row}]", float(trace.loss.row_weights[row]), "row weight"),
            loss_factor(trace, row, unit),
            slope,
        )
        symbolic = " · ".join(factor.name for factor in factors)
        return _sum(name, symbolic, [factors], 1, total, limit)
    products, symbolic = following_factors(trace, layer, row, unit)
    symbolic = f"{symbolic if symbolic.startswith('Σ') else f'({symbolic})'} · {slope.name}"
    return _sum(name, symbolic, ((*factors, slope) for factors in products), len(products), total, limit)


def input_sum(trace: Trace, row: int, i: int, limit: int | None = None) -> Sum:
    """``dL/dx``: how the loss changes with one input of one row, from the error signals of the first layer."""
    products, symbolic = following_factors(trace, 0, row, i)
    name = f"dL/d{below_name(1, row, trace.index_of(0, i))}"
    return _sum(name, symbolic, products, len(products), float(trace.d_inputs[row, i]), limit)


def gradient_sum(trace: Trace, name: str, limit: int | None = None) -> Sum:
    """``dL/dW[i, j] = Σ_r δ[r, j] · a_previous[r, i]`` or ``dL/db[j] = Σ_r δ[r, j]``, data part only.

    Of a weight that many places share, the sum runs over the places too, and its largest terms come first.
    """
    step = trace.parameter(name)
    here, backward = trace.forward[step.layer - 1], trace.backward[step.layer - 1]
    layer, spec = step.layer, here.spec
    symbolic, pairs, sizes = "", list[tuple[int, int, int, float]](), list[float]()
    if step.kind == "weights":
        flat = int(np.ravel_multi_index(step.index, here.weights.shape))
        rule = spec.rule(weight=flat)
        fixed = None if spec.selects else spec.links_through(flat)
        for row in range(trace.n_rows):
            links = spec.links_through(flat, here.arriving[row]) if fixed is None else fixed
            terms = backward.delta[row, links.units] * here.arriving[row, links.inputs] * links.shares
            pairs += [(row, int(u), int(i), s) for u, i, s in zip(links.units, links.inputs, links.shares, strict=True)]
            sizes += np.abs(terms).tolist()
        if rule is not None:
            unit = f"δ{layer}[{','.join(map(str, ('r', *rule.unit)))}]"
            over = f"r,{rule.over}" if rule.over else "r"
            symbolic = " · ".join([f"Σ_{over} {unit}", arriving_symbol(trace, layer, "r", rule.input)])
    else:
        units = spec.units_of(step.index[0])
        pairs = [(row, int(unit), -1, 1.0) for row in range(trace.n_rows) for unit in units]
        sizes = np.abs(backward.delta[:, units]).ravel().tolist()
        index = spec.index_of(int(units[0])) if len(units) == 1 else (step.index[0], "y", "x")
        if len(units) == 1 or len(spec.index_of(int(units[0]))) == 3:
            symbolic = f"Σ_r{'' if len(units) == 1 else ',y,x'} δ{layer}[{','.join(map(str, ('r', *index)))}]"
    if len(pairs) > trace.n_rows:
        pairs = [pairs[k] for k in np.argsort(-np.asarray(sizes), kind="stable")]

    def products() -> Iterable[tuple[Factor, ...]]:
        for row, unit, i, share in pairs:
            fed = arriving_factors(trace, layer, row, i) if i >= 0 else ()
            yield delta_factor(trace, layer, row, unit), *fed, *weight_factors(trace, layer, NO_WEIGHT, share)

    symbolic = symbolic or _written_out(products(), len(pairs))
    return _sum(f"dL/d{step.name}", symbolic, products(), len(pairs), step.data_gradient, limit)
