"""`subsample`: a part of many rows, drawn at random."""

from __future__ import annotations

import numpy as np

from glassnet.engine.random_numbers import permutation
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.formulas.randomness import Purpose


def subsample(n_rows: int, most: int, seed: int, groups: Groups | None = None) -> np.ndarray | None:
    """Rows drawn at random without replacement, whole groups of them; None where there are no more than `most`.

    Examples
    --------
    >>> subsample(10, 4, seed=0).tolist(), subsample(10, 10, seed=0)
    ([0, 3, 6, 8], None)
    """
    if n_rows <= most:
        return None
    if groups is None:
        return np.sort(permutation(seed, Purpose.SPLIT, n_rows, part=11)[:most])
    order = permutation(seed, Purpose.SPLIT, len(groups), part=11)
    count = max(1, int(np.searchsorted(np.cumsum(groups.sizes[order]), most, side="right")))
    return np.flatnonzero(np.isin(groups.of_row, order[:count]))
