"""A conservative estimate of training time from sizes alone, and the epochs that fit into a time budget."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from glassnet.estimators.networks.image_layers import layered
from glassnet.layers import LayerSpec

if TYPE_CHECKING:
    from glassnet.estimators.recipes.preset import Problem

PLANNED_SHARE = 0.7  # of a time budget; the rest is a reserve
_STEP_OVERHEAD = 2e-5  # seconds
_OPERATIONS_PER_SECOND = 2.5e10  # of one thread of a slow machine
_OPERATIONS_PER_SECOND_ON_IMAGES = 1e11


def affordable_epochs(problem: Problem, settings: Mapping[str, Any]) -> float:
    """A conservative estimate of the number of epochs that fit into the time budget; infinite without one."""
    if problem.time_budget is None:
        return math.inf
    return max(1, int(PLANNED_SHARE * problem.time_budget / seconds_per_epoch(problem, settings)))


def seconds_per_epoch(problem: Problem, settings: Mapping[str, Any]) -> float:
    """A conservative estimate of the time of an epoch of all networks, from sizes alone to be reproducible."""
    networks: int = settings.get("n_networks", 1)
    if problem.image_shape is not None and any(isinstance(each, LayerSpec) for each in settings["hidden_layer_sizes"]):
        share = (networks - 1) / networks if settings.get("resampling") == "folds" and networks > 1 else 1.0
        return networks * share * _seconds_on_images(problem, settings) / problem.threads
    layers = [layer.connections for layer in settings.get("embedding", ())]
    embedded = [layer.n_out for layer in layers]
    sizes = [(embedded or [problem.n_inputs])[-1], *settings["hidden_layer_sizes"], 1]
    weights = sum(a * b for a, b in pairwise(sizes)) + sum(layer.n_weights for layer in layers)
    work = (8 * weights + 60 * sum([*embedded, *sizes])) * problem.n_rows / _OPERATIONS_PER_SECOND
    steps = max(1, problem.n_rows // settings["batch_size"])
    return float(networks * (work + steps * _STEP_OVERHEAD) / min(problem.threads, networks))


def _seconds_on_images(problem: Problem, settings: Mapping[str, Any]) -> float:
    """An estimate of the time of an epoch of one image network, from the multiplications of its layers."""
    assert problem.image_shape is not None
    beside = problem.n_inputs - math.prod(problem.image_shape)
    hidden = settings["hidden_layer_sizes"]
    layers = layered(hidden, ["relu"] * len(hidden), "he", problem.image_shape, beside)
    products = sum(
        math.prod(layer.shape_out) * layer.fans[0] for layer in layers if math.prod(layer.arrays["weights"]) > 0
    )
    return 6.0 * products * problem.n_rows / _OPERATIONS_PER_SECOND_ON_IMAGES
