"""`Area`: the area under the ROC curve of any scores, with the influence of each row, for intervals without bootstrap.

The interval is DeLong's (DeLong, DeLong and Clarke-Pearson 1988): a row's influence is the deviation of its placement
among the rows of the other class from the mean, and the variance is the sum of the squared influences. Influences of
rows that belong together are added before they are squared (Obuchowski 1997); over several classes, repeats and folds,
influences are averaged, and for differences they are subtracted. If all rows are in perfect order, the influences and
the width of the interval are 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from glassnet.estimators.sampling.row_groups import Groups

Floats = NDArray[np.float64]
_WIDTH = 1.959963984540054
"""The half-width of a 95 % interval in standard errors."""


@dataclass(frozen=True, eq=False)
class Area:
    """Areas under ROC curves on the same rows, or differences between such areas.

    Attributes
    ----------
    values : array of float64, shape (n,)
    influence : array of float64, shape (n, rows)
        The contribution of each row to the error of each value.

    Examples
    --------
    >>> area = Area.of(np.array([[0.1, 0.4, 0.3, 0.9]]), np.array([0, 0, 1, 1]))
    >>> float(area.values[0]), area.influence.round(3).tolist()
    (0.75, [[0.125, -0.125, -0.125, 0.125]])
    """

    values: Floats
    influence: Floats

    @classmethod
    def of(cls, scores: Floats, codes: NDArray[np.int64]) -> Area:
        """The areas for one score per row for two classes, shape (n, rows), or one per class, shape (n, rows, classes).

        For several classes, it is the mean of the areas of each class against all others.
        """
        if scores.ndim == 2:
            return cls._of_two(scores, codes == 1)
        parts = [cls._of_two(scores[:, :, k], codes == k) for k in range(scores.shape[2])]
        return cls.mean(parts)

    @classmethod
    def _of_two(cls, scores: Floats, positive: NDArray[np.bool_]) -> Area:
        """The areas from the ranks of the rows among all rows, and among those of their own class."""
        from scipy.stats import rankdata

        n, m = int(positive.sum()), int((~positive).sum())
        among_all = rankdata(scores, axis=1)
        above = (among_all[:, positive] - rankdata(scores[:, positive], axis=1)) / m
        below = 1.0 - (among_all[:, ~positive] - rankdata(scores[:, ~positive], axis=1)) / n
        values = above.mean(axis=1)
        influence = np.empty_like(among_all)
        influence[:, positive] = (above - values[:, None]) / n
        influence[:, ~positive] = (below - values[:, None]) / m
        return cls(values, influence)

    @classmethod
    def mean(cls, parts: list[Area]) -> Area:
        """The mean of several areas on the same rows."""
        return cls(
            np.mean([part.values for part in parts], axis=0), np.mean([part.influence for part in parts], axis=0)
        )

    @classmethod
    def over_folds(cls, parts: list[Area], rows: list[NDArray[np.int64]], n_rows: int) -> Area:
        """The mean over folds with different rows."""
        influence = np.zeros((len(parts[0].values), n_rows))
        for part, own in zip(parts, rows, strict=True):
            influence[:, own] += part.influence / len(parts)
        return cls(np.mean([part.values for part in parts], axis=0), influence)

    def less(self, other: Area) -> Area:
        """The difference on the same rows."""
        return Area(self.values - other.values, self.influence - other.influence)

    def ends(self, groups: Groups | None = None) -> Floats:
        """The ends of the 95 % intervals, shape (n, 2)."""
        parts = self.influence
        if groups is not None:
            parts = np.zeros((len(self.values), len(groups)))
            np.add.at(parts.T, groups.of_row, self.influence.T)
        half = _WIDTH * np.sqrt((parts**2).sum(axis=1))
        return np.stack([self.values - half, self.values + half], axis=1)
