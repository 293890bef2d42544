"""Dropout: in a training step some of the numbers that enter a layer are set to zero, the others scaled up.

What enters is multiplied by a mask whose entries are 0 with probability `rate`, else ``1 / (1 - rate)``, so that its
mean stays (Srivastava et al. 2014, in the inverted form). Prediction uses no mask.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError
from glassnet.formulas.randomness import Purpose, words
from glassnet.formulas.whole_number import is_number


def dropout_rates(dropout: Any, layers: int, name: str = "dropout") -> tuple[float, ...]:
    """The rate for what enters each layer.

    Parameters
    ----------
    dropout : float or sequence of float
        A number is the rate of every layer after the first; a sequence has one per layer, the first for the inputs.
    layers : int
        How many layers there are.
    name : str
        For the message.

    Raises
    ------
    ConfigurationError
        A rate is not at or above 0 and below 1, or their number is wrong.

    Examples
    --------
    >>> dropout_rates(0.2, 3)
    (0.0, 0.2, 0.2)
    """
    values = (0.0,) + (dropout,) * (layers - 1) if np.ndim(dropout) == 0 else tuple(dropout)
    if len(values) != layers:
        raise ConfigurationError(
            f"{name} has {len(values)} rates for {layers} layers; give one number for every layer after the first, or "
            "one per layer, of which the first acts on the inputs."
        )
    given = (dropout,) if np.ndim(dropout) == 0 else values
    for value in given:
        check_share(name, value)
    return tuple(float(value) for value in values)


def check_share(name: str, value: Any) -> float:
    """Return a number at or above 0 and below 1, else raise."""
    number = float(value) if is_number(value) else math.nan
    if not 0.0 <= number < 1.0:
        raise ConfigurationError(f"{name}={value!r} must be a number at or above 0 and below 1, such as 0.1.")
    return number


def dropout_mask(
    rate: float, rows: int, neurons: int, *, seed: int, member: int, step: int, layer: int
) -> NDArray[np.float64]:
    """The mask of one layer in one step.

    Parameters
    ----------
    rate : float
    rows, neurons : int
        Rows of the batch, numbers that enter the layer per row.
    seed, member : int
    step : int
        Counted from 0.
    layer : int
        Counted from 0, where layer 0 is entered by the inputs.

    Returns
    -------
    array, shape (rows, neurons)
        Word ``4 * ceil(neurons / 4) * row + neuron`` of the step decides: below ``rate * 2**32`` it is 0.

    Examples
    --------
    >>> dropout_mask(0.5, 2, 3, seed=0, member=0, step=0, layer=1).tolist()
    [[0.0, 2.0, 2.0], [0.0, 0.0, 0.0]]
    """
    width = 4 * -(-neurons // 4)
    drawn = words(seed, Purpose.DROPOUT, rows * width, member=member, epoch=step, part=layer).reshape(rows, width)
    return np.where(drawn[:, :neurons] < np.uint32(rate * 2.0**32), 0.0, 1.0 / (1.0 - rate))
