"""Random numbers by the native module, many at a time: the twins of those in `glassnet.formulas.randomness`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine import _native
from glassnet.formulas.randomness import Purpose


def words(
    seed: int, purpose: Purpose, count: int, member: int = 0, epoch: int = 0, part: int = 0
) -> NDArray[np.uint32]:
    """Random words, shape (count,); the bits of `glassnet.formulas.randomness.words`."""
    result: NDArray[Any] = _native.words(seed, int(purpose), count, member, epoch, part)
    return result


def permutation(
    seed: int, purpose: Purpose, count: int, member: int = 0, epoch: int = 0, part: int = 0
) -> NDArray[np.int64]:
    """A random order of ``0 .. count - 1``; that of `glassnet.formulas.randomness.permutation`."""
    result: NDArray[Any] = _native.permutation(seed, int(purpose), count, member, epoch, part)
    return result.astype(np.int64, copy=False)
