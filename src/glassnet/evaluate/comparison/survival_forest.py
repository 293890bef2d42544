"""A survival forest: trees that split by relative risk, with a Kaplan-Meier curve in each leaf.

Under proportional hazards, the number of events in a leaf is a Poisson count whose exposure is the sum, over its rows,
of the cumulative hazard of the whole sample at their times (LeBlanc and Crowley 1992). So scikit-learn's trees for
counts split by the likelihood of censored times, and a forest of them is a relative risk forest (Ishwaran et al. 2004).
Curves and risks are estimated in the leaves, as in a random survival forest (Ishwaran et al. 2008), without assuming
proportional hazards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from glassnet.survival import Times
from glassnet.survival.leaves import Grown, GrownCompeting, LeafCurves, Places
from glassnet.survival.times import Floats
from glassnet.tables.outcome import Answer


@dataclass(frozen=True)
class Trees:
    """The trees for the hazard of one cause.

    Attributes
    ----------
    trees : tuple
        Of scikit-learn.
    curves : LeafCurves
        Of the leaves of all trees, numbered consecutively.
    risk : array, shape (n_leaves,)
        The expected number of events if all training rows had the hazard of a leaf.
    """

    trees: tuple[Any, ...]
    curves: LeafCurves
    risk: Floats

    def leaves(self, X: np.ndarray) -> Places:
        """The leaf of each row in each tree, (n, trees)."""
        before = np.cumsum([0, *(tree.node_count for tree in self.trees[:-1])])
        rows = np.ascontiguousarray(X, dtype=np.float32)
        return np.asarray(np.column_stack([tree.apply(rows) for tree in self.trees]) + before)


class SurvivalForest:
    """A forest of trees that split by relative risk; with competing causes, one forest for the hazard of each.

    Parameters
    ----------
    n_trees : int
    fewest_rows : int, optional
        The minimum in a leaf; by default the cube root of the number of rows a tree is grown on.
    most_rows : int, optional
        The maximum number of rows drawn for a tree.
    bootstrap : bool
        Whether each tree is grown on rows drawn with replacement rather than on all rows.
    random_state : int
    n_jobs : int, optional
        Threads.

    Attributes
    ----------
    causes_ : tuple of Trees
        Of each cause.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 2))
    >>> y = np.column_stack([rng.exponential(np.exp(-2 * X[:, 0])), rng.uniform(size=300) < 0.7])
    >>> forest = SurvivalForest(50).fit(X, y)
    >>> forest.predict([[1.0, 0.0], [-1.0, 0.0]]).argmax().item()  # the higher risk
    0
    """

    def __init__(
        self, n_trees: int = 200, *, fewest_rows: int | None = None, most_rows: int | None = None,
        bootstrap: bool = True, random_state: int = 0, n_jobs: int | None = None,
    ) -> None:  # fmt: skip
        self.n_trees, self.fewest_rows, self.most_rows, self.bootstrap = n_trees, fewest_rows, most_rows, bootstrap
        self.random_state, self.n_jobs = random_state, n_jobs

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Grow the trees on rows and their (time, event)."""
        times = Times.of_truth(y)
        weights = np.ones(len(times)) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        inputs = np.ascontiguousarray(X, dtype=np.float32)
        causes = times.causes
        kept = weights > 0
        if not kept.all():
            inputs, times, weights = inputs[kept], times.take(kept), weights[kept]
        self.causes_ = tuple(
            self._trees(inputs, times if causes == 1 else times.of_cause(cause), weights, cause)
            for cause in range(1, causes + 1)
        )
        return self

    def predict(self, X: Any) -> Floats:
        """The risk of each row, (n,) or (n, causes): expected events if all training rows had its hazard."""
        rows = np.asarray(X)
        risks = np.column_stack([own.risk[own.leaves(rows)].mean(axis=1) for own in self.causes_])
        return risks if len(self.causes_) > 1 else risks[:, 0]

    def _trees(self, X: np.ndarray, times: Times, weights: Floats, cause: int) -> Trees:
        """The trees for the hazard of one cause."""
        from joblib import Parallel, delayed

        everybody = LeafCurves.of(np.zeros(len(times), dtype=np.intp), times, weights, 1)
        since = np.searchsorted(everybody.time, times.time, "right")
        exposure = np.append(0.0, np.cumsum(everybody.hazard))[since]
        parallel = Parallel(self.n_jobs, prefer="threads")
        seeds = [(self.random_state, cause, number) for number in range(self.n_trees)]
        grown = parallel(delayed(self._tree)(X, times, weights, exposure, seed) for seed in seeds)
        curves = LeafCurves.joined([own for _, own in grown])
        return Trees(tuple(tree for tree, _ in grown), curves, curves.expected(times.time, weights))

    def _tree(
        self, X: np.ndarray, times: Times, weights: Floats, exposure: Floats, seed: tuple[int, ...]
    ) -> tuple[Any, LeafCurves]:
        """One tree, and the curves of its leaves."""
        from sklearn.tree import DecisionTreeRegressor

        draw = np.random.default_rng(seed)
        n = len(times)
        size = n if self.most_rows is None else min(n, self.most_rows)
        counts = weights
        if self.bootstrap:
            counts = np.bincount(draw.integers(0, n, size), minlength=n) * weights
        inside = np.flatnonzero(counts)
        X, times, counts, exposure = X[inside], times.take(inside), counts[inside], exposure[inside]
        if times.n_events:
            rates = np.divide(times.event, exposure, out=np.zeros(len(times)), where=exposure > 0)
            exposed = counts * exposure
        else:  # alike, so that the tree stays one leaf
            rates, exposed = np.ones(len(times)), counts
        tree = DecisionTreeRegressor(
            criterion="poisson", min_samples_leaf=self.fewest_rows or max(1, round(size ** (1 / 3))),
            max_features="sqrt", random_state=int(draw.integers(2**31)),
        ).fit(X, rates[:, None], sample_weight=exposed, check_input=False).tree_  # fmt: skip
        return tree, LeafCurves.of(tree.apply(X), times, counts, tree.node_count)


def answer_of_forest(model: SurvivalForest, X: np.ndarray, _: int) -> Answer:
    """Risks and curves."""
    leaves = tuple(own.leaves(X) for own in model.causes_)
    risks = model.predict(X)
    if risks.ndim == 1:
        return Answer(risks, curves=Grown(risks, model.causes_[0].curves, leaves[0]))
    return Answer(risks, curves=GrownCompeting(risks, tuple(own.curves for own in model.causes_), leaves))
