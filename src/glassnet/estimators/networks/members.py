"""The networks of one estimator: separated, combined and averaged.

One network has weights of shape (n_in, n_out) per layer; several have (n_networks, n_in, n_out). The last layer
always has one of these shapes; earlier layers may have others. The prediction of several networks is the mean of
theirs; here it is expressed as a raw prediction, so that everything after it stays the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from glassnet.formulas import mixed

Layers = Sequence[np.ndarray]


def member_count(weights: Layers) -> int:
    """The number of networks in the weights."""
    return 1 if weights[-1].ndim == 2 else len(weights[-1])


def members_of(weights: Layers, biases: Layers) -> list[tuple[list[np.ndarray], list[np.ndarray]]]:
    """Weights and biases of each network, as views."""
    if weights[-1].ndim == 2:
        return [(list(weights), list(biases))]
    return [([w[m] for w in weights], [b[m] for b in biases]) for m in range(len(weights[-1]))]


def activations_of(
    activations: Sequence[Any], mixes: Sequence[np.ndarray | None], weights: Layers, member: int
) -> tuple[Any, ...]:
    """The activations of one network, with its own mixes, (n_out,) or (n_networks, n_out), if a layer has some."""
    several = weights[0].ndim > 2
    return tuple(
        activation if own is None else mixed(activation, own[member] if several else own)
        for activation, own in zip(activations, mixes, strict=True)
    )


def average_raw(raw: Any, link: str) -> np.ndarray:
    """The raw prediction whose link is the mean of the members' predictions, without overflow on the way.

    Parameters
    ----------
    raw : array of shape (n_networks, n, n_outputs)
    link : str
        Name of the loss's link: the mean is taken after it.

    Returns
    -------
    array of shape (n, n_outputs), in the precision of `raw`

    Examples
    --------
    >>> average_raw(np.log([[[1.0]], [[3.0]]]), "exp").round(6).tolist() == [[0.693147]]
    True
    """
    if len(raw) == 1:
        only: np.ndarray = raw[0]
        return only
    each = raw.astype(np.float64)
    mean: np.ndarray
    if link == "logistic":
        # log of the mean probability of yes, minus that of no; log(1 / (1 + exp(-f))) = -logaddexp(0, -f)
        yes, no = (np.logaddexp.reduce(-np.logaddexp(0.0, sign * each), axis=0) for sign in (-1.0, 1.0))
        mean = yes - no
    elif link == "softmax":
        mean = np.logaddexp.reduce(each - np.logaddexp.reduce(each, axis=-1, keepdims=True), axis=0) - np.log(len(raw))
    elif link == "exp":
        mean = np.logaddexp.reduce(each, axis=0) - np.log(len(raw))
    else:
        mean = each.mean(axis=0)
    return mean.astype(raw.dtype)
