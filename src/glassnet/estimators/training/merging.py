"""Merging of trained linear layers into the next layer: one layer fewer with the same predictions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from glassnet.engine import TrainingResult
from glassnet.estimators.recipes.recipe import Recipe
from glassnet.formulas import Connections


def merged_result(recipe: Recipe, result: TrainingResult) -> tuple[Recipe, TrainingResult]:
    """Do the same as `merged` for all members of a training."""
    recipe, weights, biases, mixes = merged(recipe, result.weights, result.biases, result.mixes)
    return recipe, replace(result, weights=weights, biases=biases, mixes=mixes)


def merged(
    recipe: Recipe, weights: list[np.ndarray], biases: list[np.ndarray], mixes: list[Any]
) -> tuple[Recipe, list[np.ndarray], list[np.ndarray], list[Any]]:
    """The recipe and the trained arrays without the embeddings that are to be merged; others stay.

    Weights and biases, (members, n_in, n_out) and (members, n_out), and mixes have one entry for each layer.

    Trace, files and exports then know nothing of them: each input has one weight to each neuron.
    """
    count = n_merged(recipe)
    if not count:
        return recipe, weights, biases, mixes
    dtype = weights[0].dtype
    products = []
    for member in range(len(weights[0])):
        first, first_biases = (part[count][member].astype(np.float64) for part in (weights, biases))
        for layer in reversed(range(count)):  # from the dense layer to the inputs
            own, own_biases = (part[layer][member].astype(np.float64) for part in (weights, biases))
            connections = recipe.embedding[layer].connections
            first, first_biases = product(connections, own, first, own_biases, first_biases)
        products.append((first, first_biases))
    both = [np.stack(parts).astype(dtype) for parts in zip(*products, strict=True)]
    after = count + 1
    return without_merged(recipe), [both[0], *weights[after:]], [both[1], *biases[after:]], list(mixes[count:])


def n_merged(recipe: Recipe) -> int:
    """The number of first layers that are to be merged."""
    return sum(layer.merged for layer in recipe.embedding)


def without_merged(recipe: Recipe) -> Recipe:
    """The recipe without the layers that are to be merged."""
    count = n_merged(recipe)
    return replace(
        recipe, embedding=recipe.embedding[count:], hidden=recipe.hidden[count:],
        activations=recipe.activations[count:], initializers=recipe.initializers[count:],
        parametrization=recipe.parametrization[count:],
    )  # fmt: skip


def product(
    connections: Connections, first: np.ndarray, second: np.ndarray, first_biases: np.ndarray, second_biases: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weights and biases of one layer equivalent to two, the first of which has connections and no activation.

    Examples
    --------
    >>> first, second = np.array([[2.0, 0.0], [0.0, 1.0]]), np.array([[3.0], [5.0]])
    >>> product(Connections([(2, 1, 1, 1)]), first, second, np.array([0.5, 0.0]), np.array([1.0]))
    (array([[6.],
           [5.]]), array([2.5]))
    """
    weights = np.zeros((connections.n_in, second.shape[1]))
    for block, i, o in connections.places():
        seen, neurons = slice(i, i + block.n_seen), slice(o, o + block.n_neurons)
        weights[seen] = np.einsum("ij,jk->ik", first[seen, neurons], second[neurons])  # in one order on every machine
    for i, o in connections.carried:
        weights[i] += second[o]
    return weights, second_biases + np.einsum("j,jk->k", first_biases, second)
