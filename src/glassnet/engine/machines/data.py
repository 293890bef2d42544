"""`TrainingData`: the data on which all members of a population train."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TrainingData:
    """The data on which all members train; the arguments of `Training` in one record.

    Attributes
    ----------
    X : array of float, shape (n, n_in)
    y : array of float, shape (n, n_out)
    sample_weight : array of float, shape (n,), or None
    validation : (X, y, sample_weight or None), or None
        Weights of shape (members, n) give each member its own rows.
    """

    X: Any
    y: Any
    sample_weight: Any = None
    validation: tuple[Any, Any, Any] | None = None

    def of(self, places: NDArray[np.int64]) -> TrainingData:
        """The data of some members: the same except for the members' own validation weights."""
        if self.validation is None or np.ndim(self.validation[2]) != 2:
            return self
        return replace(self, validation=(*self.validation[:2], np.asarray(self.validation[2])[places]))
