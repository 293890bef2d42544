"""`Fold`: training and test rows of one fold, for finding the columns that classifiers use."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.estimators.sampling.resampling import fold_rows, missed_rows
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.evaluate.area import Area
from glassnet.evaluate.lab import LabModel
from glassnet.formulas.randomness import Purpose, permutation
from glassnet.tables import Schema, Table

Floats = NDArray[np.float64]
ALIKE = 0.95
"""The largest correlation between candidates for the selection."""
_CELLS_AT_ONCE = 4_000_000


class Fold:
    """Training and test rows, encoded by a schema learned from the training rows."""

    def __init__(
        self, schema: Schema, table: Table, codes: NDArray[np.int64], train: NDArray[np.int64],
        test: NDArray[np.int64], groups: Groups | None, families: dict[str, list[int]], seed: int, number: int,
    ) -> None:  # fmt: skip
        own = table.take(train)
        fitted = schema.fit(own)
        self.X, self.X_test = fitted.encode(own).matrix, fitted.encode(table.take(test)).matrix
        self.y, self.y_test = codes[train], codes[test]
        ends = np.cumsum([0, *(len(column.features) for column in fitted.inputs)]).tolist()
        self.columns = [slice(first, last) for first, last in pairwise(ends)]
        self.parts = [[part] for part in self.columns] + [
            [self.columns[place] for place in places] for places in families.values()
        ]
        self.groups = None if groups is None else groups.take(train)
        self.n_classes, self.seed, self.number = len(schema.classes), seed, number
        self._halves: list[tuple[Any, Any]] | None = None
        self._candidates: list[int] | None = None

    def shuffled(self, model: LabModel, repeats: int) -> tuple[Area, Area]:
        """The area with all columns, and its decreases when each column, then each family, is shuffled."""
        fitted = fitted_classifier(model, self.X, self.y, self.seed)
        plain = Area.of(ranking_scores(fitted, self.X_test)[None], self.y_test)
        n_rows = len(self.y_test)
        at_once = max(1, _CELLS_AT_ONCE // self.X_test.size)
        lost: list[Area] = []
        for repeat in range(repeats):
            orders = [
                permutation(self.seed, Purpose.EXPLANATION, n_rows, epoch=5, member=self.number, part=repeat * 4096 + j)
                for j in range(len(self.parts))
            ]
            areas = []
            for first in range(0, len(self.parts), at_once):
                some = range(first, min(first + at_once, len(self.parts)))
                copies = np.repeat(self.X_test[None], len(some), axis=0)
                for place, j in enumerate(some):
                    for part in self.parts[j]:
                        copies[place, :, part] = self.X_test[orders[j], part]
                scores = ranking_scores(fitted, copies.reshape(-1, copies.shape[2]))
                areas.append(scores.reshape(len(some), n_rows, *scores.shape[1:]))
            changed = Area.of(np.concatenate(areas), self.y_test)
            lost.append(Area(plain.values - changed.values, plain.influence - changed.influence))
        return plain, Area.mean(lost)

    def selected(
        self, model: LabModel, steps: int, candidates: int, done: Callable[[], None]
    ) -> tuple[list[int], list[Area]]:
        """The columns chosen one after the other, and the area after each step on the left-out rows."""
        left, chosen, areas = list(self.candidates(candidates)), list[int](), list[Area]()
        for _ in range(min(steps, len(left))):
            scored = [self._inner(model, [*chosen, each]) for each in left]
            chosen.append(left.pop(int(np.argmax(scored))))
            inputs = self._inputs(chosen)
            fitted = fitted_classifier(model, self.X[:, inputs], self.y, self.seed)
            areas.append(Area.of(ranking_scores(fitted, self.X_test[:, inputs])[None], self.y_test))
            done()
        for _ in range(len(areas), steps):
            done()
        return chosen, areas

    def candidates(self, most: int) -> list[int]:
        """The columns that separate the classes best on the training rows, without near copies of earlier ones."""
        if self._candidates is None:
            worth = []
            for part in self.columns:
                one_each = np.stack([Area.of(self.X[None, :, k], (self.y == c).astype(np.int64)).values
                                     for k in range(part.start, part.stop) for c in range(self.n_classes)])  # fmt: skip
                worth.append(np.abs(one_each - 0.5).max())
            kept: list[int] = []
            for place in np.argsort(-np.array(worth), kind="stable").tolist():
                if len(kept) == most:
                    break
                if not any(self._alike(place, other) for other in kept):
                    kept.append(place)
            self._candidates = kept
        return self._candidates

    def _alike(self, first: int, second: int) -> bool:
        """Whether two columns with one input each contain nearly the same information."""
        one, other = self.columns[first], self.columns[second]
        if one.stop - one.start > 1 or other.stop - other.start > 1:
            return False
        a, b = self.X[:, one.start], self.X[:, other.start]
        spread = a.std() * b.std()
        return bool(spread > 0 and abs(np.mean((a - a.mean()) * (b - b.mean())) / spread) > ALIKE)

    def _inputs(self, chosen: Sequence[int]) -> list[int]:
        """The inputs of some columns."""
        return [k for place in chosen for k in range(self.columns[place].start, self.columns[place].stop)]

    def _inner(self, model: LabModel, chosen: Sequence[int]) -> float:
        """The performance of a classifier with some columns, by two-fold cross-validation on the training rows."""
        if self._halves is None:
            ours = fold_rows(len(self.y), 2, classes=self.y, groups=self.groups, seed=self.seed)
            self._halves = [(own, missed_rows(own, len(self.y))) for own in ours]
        inputs, areas = self._inputs(chosen), []
        for train, test in self._halves:
            if len(np.unique(self.y[train])) < self.n_classes or len(np.unique(self.y[test])) < self.n_classes:
                continue
            fitted = fitted_classifier(model, self.X[np.ix_(train, inputs)], self.y[train], self.seed, quick=True)
            areas.append(Area.of(ranking_scores(fitted, self.X[np.ix_(test, inputs)])[None], self.y[test]).values[0])
        return float(np.mean(areas)) if areas else 0.0


def fitted_classifier(model: LabModel, X: Floats, y: NDArray[np.int64], seed: int, *, quick: bool = False) -> Any:
    """A fitted classifier; a forest used only for choosing a column has fewer trees."""
    from sklearn.exceptions import ConvergenceWarning

    classifier = model.make(seed)
    if quick and hasattr(classifier, "n_estimators"):
        classifier.set_params(n_estimators=24)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the network trains for a fixed number of epochs
        warnings.filterwarnings("ignore", "Got `batch_size`")  # few rows are one batch
        return classifier.fit(X, y)


def ranking_scores(fitted: Any, X: Floats) -> Floats:
    """Scores for ranking rows: one for two classes, otherwise one per class."""
    if hasattr(fitted, "decision_function"):
        return np.asarray(fitted.decision_function(X), dtype=np.float64)
    shares = np.asarray(fitted.predict_proba(X), dtype=np.float64)
    return shares[:, 1] if shares.shape[1] == 2 else shares
