"""Collapse: layers without an activation between them are one layer.

``(x W1 + b1) W2 + b2 = x (W1 W2) + (b1 W2 + b2)``: a stack of linear layers can learn nothing that a single one
cannot, so such a network is not deep.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from glassnet.layers import Dense, LayerSpec

if TYPE_CHECKING:
    from glassnet.network.shapes import Array
    from glassnet.network.structure import Network


@dataclass(frozen=True)
class Collapsed:
    """The smallest equivalent network and the explanation.

    Attributes
    ----------
    network : Network
        Gives the same predictions; without merges it is an equal copy.
    merged : tuple of tuple of int
        For each layer of `network`, the layers of the original that it stands for (from 1).
    explanation : str
    """

    network: Network
    merged: tuple[tuple[int, ...], ...]
    explanation: str

    @property
    def changed(self) -> bool:
        """Whether anything was merged."""
        return any(len(group) > 1 for group in self.merged)

    def __str__(self) -> str:
        return self.explanation


def collapse(network: Network, *, digits: int = 4) -> Collapsed:
    """Merge every linear layer into the layer after it.

    Parameters
    ----------
    network : Network
    digits : int
        Significant digits of the numbers in the explanation.

    Returns
    -------
    Collapsed

    Examples
    --------
    >>> from glassnet import Network
    >>> network = Network([Dense(1, 1, weights=[[2]], biases=[1]), Dense(1, 1, weights=[[3]], biases=[-1])])
    >>> result = collapse(network)
    >>> result.network.weights[0].item(), result.network.biases[0].item()
    (6.0, 2.0)
    >>> print(result)
    This network is not deep: layers 1 and 2 have no activation between them, so they are one layer.
    y = (x · W1 + b1) · W2 + b2 = x · (W1 · W2) + (b1 · W2 + b2)
    W = W1 · W2 = [[6]]
    b = b1 · W2 + b2 = [2]
    """
    groups: list[list[int]] = [[]]
    for k, layer in enumerate(network.layers):
        groups[-1].append(k)
        following = network.layers[k + 1] if k < len(network.layers) - 1 else None
        alone = layer.activation.name != "identity" or not (isinstance(layer, Dense) and isinstance(following, Dense))
        if following is not None and alone:
            groups.append([])
    layers: list[LayerSpec] = []
    for group in groups:
        w, b, last = network.weights[group[0]], network.biases[group[0]], network.layers[group[-1]]
        for k in group[1:]:
            w, b = w @ network.weights[k], b @ network.weights[k] + network.biases[k]
        mixed = network.mixes[group[-1]] is not None
        layers.append(
            Dense(w.shape[0], w.shape[1], last.activation, weights=w, biases=b, mixed=mixed)
            if isinstance(last, Dense)
            else last
        )
    objective, first = network.objective, network.layers[0]
    smaller = type(network)(
        layers, loss=objective.loss, reduction=objective.reduction, l1=objective.l1, l2=objective.l2,
        penalty_per_row=objective.penalty_per_row, seed=network.seed, input_shape=first.shape_in,
        other_inputs=first.n_carried,
    ).with_mixes(network.mixes[group[-1]] for group in groups)  # fmt: skip
    for place, group in enumerate(groups):
        if not isinstance(network.layers[group[0]], Dense):
            smaller.weights[place], smaller.biases[place] = (
                parts[group[0]].copy() for parts in (network.weights, network.biases)
            )
    merged = tuple(tuple(k + 1 for k in group) for group in groups)
    return Collapsed(smaller, merged, _explain(smaller, merged, digits))


def _explain(smaller: Network, merged: tuple[tuple[int, ...], ...], digits: int) -> str:
    """Plain words, the formula and the numbers of each merge."""
    if all(len(group) == 1 for group in merged):
        if len(merged) == 1:
            return "This network has a single layer; there is nothing to merge."
        return (
            "Every layer has an activation before the next one, so no two layers can be merged: this network is deep."
            if all(isinstance(layer, Dense) for layer in smaller.layers)
            else "No two dense layers follow each other without an activation between them, so none are merged."
        )
    lines = []
    for index, group in enumerate(merged):
        if len(group) == 1:
            continue
        listed = ", ".join(map(str, group[:-1])) + f" and {group[-1]}"
        opening = "This network is not deep: layers" if len(merged) == 1 else "Layers"
        lines.append(f"{opening} {listed} have no activation between them, so they are one layer.")
        lines.extend(_formula(group, smaller.weights[index], smaller.biases[index], digits))
    if len(merged) > 1:
        lines.append(f"The network has {sum(map(len, merged))} layers written down and {len(merged)} in effect.")
    return "\n".join(lines)


def _formula(group: tuple[int, ...], w: Array, b: Array, digits: int) -> list[str]:
    """The merge as a formula and with numbers."""
    nested = "x"
    for k in group:
        inner = nested if nested == "x" else f"({nested})"
        nested = f"{inner} · W{k} + b{k}"
    product = " · ".join(f"W{k}" for k in group)
    constant = f"b{group[0]}"
    for k in group[1:]:
        inner = f"({constant})" if "+" in constant else constant
        constant = f"{inner} · W{k} + b{k}"
    style = {"float_kind": lambda value: f"{value:.{digits}g}"}
    texts = [np.array2string(array, formatter=style, separator=", ", threshold=30) for array in (w, b)]  # type: ignore[arg-type]
    return [
        f"y = {nested} = x · ({product}) + ({constant})",
        f"W = {product} = {texts[0]}",
        f"b = {constant} = {texts[1]}",
    ]
