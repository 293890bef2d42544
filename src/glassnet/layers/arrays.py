"""Arrays that a user gives to a layer, checked: the shape, finiteness, and the repair in each message."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from glassnet.errors import ConfigurationError, DataError, ShapeError
from glassnet.formulas.whole_number import check_whole

Array: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.intp]


def as_parameters(
    values: ArrayLike | None, name: str, shape: tuple[int, ...], rule: str, layer: str = "Dense"
) -> Array | None:
    """Weights or biases that the user gave, copied and checked."""
    if values is None:
        return None
    try:
        array = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{layer}: {name} cannot be read as numbers ({error}). Give {rule}.") from None
    if array.shape != shape:
        raise ShapeError(f"{layer}: {name} has shape {array.shape}; this layer needs {shape}: {rule}.")
    if not np.isfinite(array).all():
        raise DataError(f"{layer}: {name} holds a value that is not finite. Give finite numbers.")
    return array


def pair(value: object, what: str, low: int = 1) -> tuple[int, int]:
    """Two whole numbers, for rows and columns; one number stands for both."""
    if isinstance(value, (tuple, list)):
        if len(value) != 2:
            raise ConfigurationError(f"{what}={value!r} must be one whole number, or two for rows and columns.")
        return check_whole(what, value[0], low), check_whole(what, value[1], low)
    number = check_whole(what, value, low)
    return number, number
