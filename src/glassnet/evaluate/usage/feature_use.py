"""`feature_use`: which columns each classifier uses, by permutation and by forward selection on the same folds.

Which features are useful depends on the classifier. A random forest, a support vector machine and a network are trained
on the same rows, and two questions are answered on rows that none of them has seen: how much is lost when a column is
shuffled, and how good is the performance with few columns, chosen one after the other for this classifier?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError
from glassnet.estimators.networks.parameters import check_count
from glassnet.estimators.sampling.resampling import fold_rows, missed_rows
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.sampling.subsample import subsample
from glassnet.estimators.tables.input import as_table
from glassnet.evaluate.area import Area
from glassnet.evaluate.lab import MODELS, LabModel
from glassnet.evaluate.usage.fold import Fold
from glassnet.formulas.randomness import check_seed
from glassnet.tables import Schema, Table

Floats = NDArray[np.float64]
CLASSIFIERS = tuple(model for model in MODELS if model.inputs == "features")
MOST_ROWS = 2000
"""The largest number of rows; of longer tables a sample is drawn, since more rows add little and take long."""


@dataclass(frozen=True)
class AreaEstimate:
    """An area under the ROC curve, or its decrease, with its 95 % interval over the test rows."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Step:
    """Forward selection with this many columns.

    Attributes
    ----------
    area : AreaEstimate
        The area of the classifier with the columns chosen in each fold, on the left-out rows.
    chosen : tuple of (str, int)
        The columns that this step added, with the number of folds in which it did, most frequent first.
    """

    area: AreaEstimate
    chosen: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ClassifierUse:
    """How one classifier uses the columns.

    Attributes
    ----------
    name : str
    area : AreaEstimate
        The area with all columns.
    losses : tuple of AreaEstimate
        The decrease of the area when each column of `FeatureUse.names` is shuffled.
    families : tuple of AreaEstimate
        The same for all columns of a family together, in the order of `FeatureUse.families`.
    steps : tuple of Step
        Forward selection.
    """

    name: str
    area: AreaEstimate
    losses: tuple[AreaEstimate, ...]
    families: tuple[AreaEstimate, ...]
    steps: tuple[Step, ...]

    def strongest(self, most: int) -> list[int]:
        """The positions of the most important columns."""
        order: list[int] = np.argsort([-each.value for each in self.losses], kind="stable").tolist()
        return order[:most]


@dataclass(frozen=True)
class FeatureUse:
    """Which columns each classifier uses.

    Attributes
    ----------
    names : tuple of str
        The columns.
    families : tuple of str
        The families of hand-crafted features among them; empty for other columns.
    classifiers : tuple of ClassifierUse
    classes : tuple of str
    n_rows, n_rows_known : int
        The numbers of rows used, and in the table.
    folds, candidates : int
    groups : str or None
        The column whose equal cells stay in the same fold.
    """

    names: tuple[str, ...]
    families: tuple[str, ...]
    classifiers: tuple[ClassifierUse, ...]
    classes: tuple[str, ...]
    n_rows: int
    n_rows_known: int
    folds: int
    candidates: int
    groups: str | None

    @property
    def measure(self) -> str:
        """The name of the measure."""
        return "area under the ROC curve" + ("" if len(self.classes) == 2 else ", mean over the classes")


def feature_use(
    table: Any, *, target: str = "label", groups: str | None = None, folds: int = 5, repeats: int = 2, steps: int = 4,
    candidates: int = 12, seed: int = 0, progress: Callable[[int, int], None] | None = None,
) -> FeatureUse:  # fmt: skip
    """Find the columns that a random forest, a support vector machine and a network use, on the same folds.

    Every classifier is trained on all columns in all folds but one and tested on the other, in turn. **Permutation**: a
    column is shuffled within the test fold; the decrease of the area under the ROC curve is its importance for this
    classifier given all other columns. Columns with the same information replace each other, so that each looks
    unimportant; whole families of features are therefore also shuffled. **Forward selection**: on the training rows,
    the column that helps this classifier most is added at each step, by two-fold cross-validation; the result is
    evaluated on the left-out fold. Candidates are the columns that separate the classes best on the training rows,
    without those with a correlation above 0.95 with an earlier one; they are the same for all classifiers.

    Parameters
    ----------
    table : Table, data frame, dict of columns, or path of a table
        A table with the target among its columns, such as from `read_image_table` or ``glassnet features``.
    target : str
        The column of classes.
    groups : str, optional
        A column whose equal cells mark rows that belong together; by default the table's own groups (images of one
        patient, copies).
    folds, repeats : int
        The number of folds, and how often each column is shuffled in each.
    steps, candidates : int
        The number of columns to choose, and of candidates.
    seed : int
    progress : callable, optional
        A function that is called with the number of parts done, and of all parts.

    Returns
    -------
    FeatureUse

    Raises
    ------
    ConfigurationError, DataError
        When the target has no classes, a class has too few rows for the folds, or a number is outside its domain.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> frame = load_iris(as_frame=True).frame
    >>> result = feature_use(frame, target="target", folds=2, repeats=1, steps=1)
    >>> [use.name for use in result.classifiers]
    ['forest', 'SVM', 'network']
    >>> all(use.area.value > 0.95 for use in result.classifiers)
    True
    """
    seed = check_seed(seed)
    for name, count in (("folds", folds), ("repeats", repeats), ("steps", steps), ("candidates", candidates)):
        check_count("feature_use", name, count)
    if folds < 2:
        raise ConfigurationError("feature_use: folds=1 leaves no rows for testing. Use 2 or more.")
    known, schema, groups = _understood(table, target, groups)
    rows = subsample(known.n_rows, MOST_ROWS, seed)
    used = known if rows is None else known.take(rows)
    codes = schema.encode_target(used)
    together = (
        None if groups is None else Groups.of(np.array(used.column(groups).codes(_levels(used, groups))), len(codes))
    )
    trained = fold_rows(len(codes), folds, classes=codes, groups=together, seed=seed)
    left_out = [missed_rows(part, len(codes)).astype(np.int64) for part in trained]
    _check_folds(schema, codes, left_out, together)
    families = _families(schema)
    work = [
        Fold(schema, used, codes, own, other, together, families, seed, number)
        for number, (own, other) in enumerate(zip(trained, left_out, strict=True))
    ]
    total, done = len(CLASSIFIERS) * len(work) * (1 + steps), 0

    def one_more() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, total)

    uses = []
    for model in CLASSIFIERS:
        results = []
        for fold in work:
            judged = fold.shuffled(model, repeats)
            one_more()
            results.append((judged, fold.selected(model, steps, candidates, one_more)))
        uses.append(
            _use(model, results, left_out, len(codes), together, [c.name for c in schema.inputs], len(families))
        )
    return FeatureUse(
        tuple(column.name for column in schema.inputs), tuple(families), tuple(uses), schema.classes, len(codes),
        known.n_rows, folds, candidates, groups,
    )  # fmt: skip


def _understood(table: Any, target: str, groups: str | None) -> tuple[Table, Schema, str | None]:
    """The rows that have a class, their schema, and the column of groups."""
    known = as_table(table)
    groups = known.groups if groups is None else groups
    schema = Schema.infer(known, target=target)
    if groups is not None:
        schema = schema.leave_out(groups, "it marks rows that belong together")
    if not schema.classes or schema.task != "classification":
        raise ConfigurationError(
            f"The target {target!r} holds amounts, but only classifiers are compared here. Give a column of classes."
        )
    if schema.image_column is not None:
        raise ConfigurationError(
            "The table holds images, but classifiers are compared on their hand-crafted features. Measure them: "
            "glassnet features FOLDER --out features.csv (in Python read_image_table(folder))."
        )
    if not schema.inputs:
        raise DataError(f"{known.origin} has no column other than {target!r} that a classifier could use.")
    present = schema.rows_with_target(known)
    return known.take(present) if len(present) < known.n_rows else known, schema.without_bins(), groups


def _levels(table: Table, name: str) -> list[str]:
    """The distinct cells of a column."""
    return list(table.column(name).level_counts())


def _check_folds(
    schema: Schema, codes: NDArray[np.int64], left_out: list[NDArray[np.int64]], groups: Groups | None
) -> None:
    """Check that every fold has every class."""
    for fold in left_out:
        counts = np.bincount(codes[fold], minlength=len(schema.classes))
        if counts.min() == 0:
            label, n_rows = schema.classes[int(counts.argmin())], int((codes == counts.argmin()).sum())
            why = "" if groups is None else " and its groups"
            raise DataError(
                f"The class {label!r} has {n_rows} rows{why}, too few for {len(left_out)} folds, each of which must "
                "contain every class. Use fewer folds, or leave the class out."
            )


def _families(schema: Schema) -> dict[str, list[int]]:
    """The positions of the columns of each family of hand-crafted features."""
    from glassnet.images.features import features as registry

    families: dict[str, list[int]] = {}
    for place, column in enumerate(schema.inputs):
        name = column.name.partition(" [")[0]
        if name in registry:
            families.setdefault(registry[name].family, []).append(place)
    return families if len(families) > 1 else {}


def _use(
    model: LabModel, results: list[tuple[tuple[Area, Area], tuple[list[int], list[Area]]]],
    rows: list[NDArray[np.int64]], n_rows: int, groups: Groups | None, names: Sequence[str], n_families: int,
) -> ClassifierUse:  # fmt: skip
    """The combined folds of one classifier."""

    def valued(parts: list[Area]) -> tuple[AreaEstimate, ...]:
        whole = Area.over_folds(parts, rows, n_rows)
        ends = whole.ends(groups)
        return tuple(AreaEstimate(float(v), float(a), float(b)) for v, (a, b) in zip(whole.values, ends, strict=True))

    def area_of(parts: list[Area]) -> AreaEstimate:
        area = valued(parts)[0]
        return AreaEstimate(area.value, max(area.low, 0.0), min(area.high, 1.0))

    plain = area_of([judged[0] for judged, _ in results])
    losses = valued([judged[1] for judged, _ in results])
    steps = []
    for step in range(min(len(areas) for _, (_, areas) in results)):
        chosen = Counter(names[selection[step]] for _, (selection, _) in results)
        area = area_of([areas[step] for _, (_, areas) in results])
        steps.append(Step(area, tuple(chosen.most_common())))
    columns = len(losses) - n_families
    return ClassifierUse(
        model.name.removesuffix(" on features"), plain, losses[:columns], losses[columns:], tuple(steps)
    )
