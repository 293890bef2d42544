"""The models that every network is compared with, and their settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.evaluate.comparison.rival_inputs import CRAFTED, INPUTS
from glassnet.evaluate.comparison.survival_forest import SurvivalForest, answer_of_forest
from glassnet.evaluate.comparison.survival_rivals import CoxRegression, EverybodysCurve, answer_of_cox, answer_of_curve
from glassnet.tables.outcome import Answer

MOST_SVM_ROWS = 10_000
MOST_TREE_ROWS = 50_000
MOST_SAMPLED_ROWS = 200_000
TREES = 200
BASELINE = "baseline"


@dataclass(frozen=True)
class Setup:
    """Settings for building a model: the seed, its threads, and the number of training rows."""

    seed: int
    n_jobs: int | None
    n_rows: int


def _solving(rows: int, inputs: int) -> float:
    """The memory of three copies of the rows."""
    return 24.0 * rows * inputs


def _little(_: int, __: int) -> float:
    """Negligible memory."""
    return 0.0


def _memory_of_trees(rows: int, inputs: int) -> float:
    """The memory of the rows in single precision and of two 80-byte nodes for each row of each tree."""
    return 4.0 * rows * inputs + TREES * min(rows, MOST_TREE_ROWS) * 2 * 80.0


def _memory_of_curves(rows: int, inputs: int) -> float:
    """The same, and 16 bytes for each event in a leaf."""
    return _memory_of_trees(rows, inputs) + TREES * min(rows, MOST_TREE_ROWS) * 16.0


@dataclass(frozen=True)
class Rival:
    """One model to compare with.

    Attributes
    ----------
    name : str
    settings : str
        A description of its settings.
    task : {"classification", "regression", "survival"}
    make : callable
        ``make(setup)`` returns a new scikit-learn estimator.
    most_rows : int or None
        The model is skipped if there are more training rows, because its time grows with their square.
    most_sampled : int or None
        On longer tables it is trained on a sample of this many rows, because more would help little and take long.
    growth : float
        The power of the number of rows with which its time grows.
    memory : callable
        The approximate number of bytes it needs besides the rows, from the numbers of rows and inputs.
    sees : {"inputs", "crafted"}
        Whether it uses the network's inputs, or hand-crafted features of images.
    needs_two_classes : bool
        Whether it cannot be trained on rows of one class.
    answer : callable, optional
        ``answer(fitted, X, n_classes)`` returns its predictions, for models that `answer_of` does not handle.
    """

    name: str
    settings: str
    task: str
    make: Callable[[Setup], Any]
    most_rows: int | None = None
    most_sampled: int | None = None
    growth: float = 1.1
    memory: Callable[[int, int], float] = _solving
    sees: str = INPUTS
    needs_two_classes: bool = False
    answer: Callable[[Any, np.ndarray, int], Answer] | None = None


def _majority(_: Setup) -> Any:
    from sklearn.dummy import DummyClassifier

    return DummyClassifier(strategy="prior")


def _mean(_: Setup) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor(strategy="mean")


def _logistic(_: Setup) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=1.0, max_iter=2000)


def _linear(_: Setup) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


def _forest(setup: Setup) -> dict[str, Any]:
    """Settings shared by both forests; on long tables, each tree is trained on a sample of the rows."""
    sample = MOST_TREE_ROWS if setup.n_rows > MOST_TREE_ROWS else None
    return {"max_samples": sample, "random_state": setup.seed % 2**32, "n_jobs": setup.n_jobs}


def _forest_of_classes(setup: Setup) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=TREES, **_forest(setup))


def _forest_of_numbers(setup: Setup) -> Any:
    from sklearn.ensemble import RandomForestRegressor

    return RandomForestRegressor(n_estimators=TREES, max_features=1 / 3, **_forest(setup))


def _svm_of_classes(_: Setup) -> Any:
    from sklearn.svm import SVC

    return SVC(C=1.0, kernel="rbf", gamma="scale")


def _svm_of_numbers(_: Setup) -> Any:
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVR

    return TransformedTargetRegressor(SVR(C=1.0, kernel="rbf", gamma="scale"), transformer=StandardScaler())


def _everybody(_: Setup) -> Any:
    return EverybodysCurve()


def _cox(_: Setup) -> Any:
    return CoxRegression()


def _forest_of_times(setup: Setup) -> Any:
    return SurvivalForest(TREES, most_rows=MOST_TREE_ROWS, random_state=setup.seed % 2**32, n_jobs=setup.n_jobs)


_SAMPLE = f"at most {MOST_TREE_ROWS:,} rows each"
RIVALS: list[Rival] = [
    Rival(
        BASELINE,
        "always the most frequent class, with the class proportions as probabilities",
        "classification",
        _majority,
        memory=_little,
    ),
    Rival(BASELINE, "always the mean", "regression", _mean, memory=_little),
    Rival(
        "logistic regression", "light L2 penalty, C = 1", "classification", _logistic, most_sampled=MOST_SAMPLED_ROWS,
        needs_two_classes=True,
    ),
    Rival("linear regression", "plain least squares, no penalty", "regression", _linear),
    Rival(
        "random forest",
        f"{TREES} trees, {_SAMPLE}",
        "classification",
        _forest_of_classes,
        most_sampled=MOST_SAMPLED_ROWS,
        memory=_memory_of_trees,
        needs_two_classes=True,
    ),
    Rival(
        "random forest",
        f"{TREES} trees, a third of the inputs per split, {_SAMPLE}",
        "regression",
        _forest_of_numbers,
        most_sampled=MOST_SAMPLED_ROWS,
        memory=_memory_of_trees,
    ),
    Rival("SVM", "radial kernel, C = 1", "classification", _svm_of_classes, MOST_SVM_ROWS, growth=2.0,
          needs_two_classes=True),
    Rival("SVM", "radial kernel, C = 1, standardized target", "regression", _svm_of_numbers, MOST_SVM_ROWS, growth=2.0),
    Rival(
        BASELINE, "the Kaplan-Meier curve of all training rows", "survival", _everybody, memory=_little,
        answer=answer_of_curve,
    ),
    Rival(
        "Cox regression", "negligible penalty, Efron's method for ties", "survival", _cox,
        most_sampled=MOST_SAMPLED_ROWS, answer=answer_of_cox,
    ),
    Rival(
        "survival forest", f"{TREES} trees split by relative risk, Kaplan-Meier in the leaves, {_SAMPLE}",
        "survival", _forest_of_times, most_sampled=MOST_SAMPLED_ROWS, memory=_memory_of_curves, answer=answer_of_forest,
    ),
]  # fmt: skip


def _network_of(task: str) -> Callable[[Setup], Any]:
    """The default network for tables."""

    def make(setup: Setup) -> Any:
        from glassnet.estimators import GlassClassifier, GlassRegressor

        kind = GlassClassifier if task == "classification" else GlassRegressor

        class Quiet(kind):  # type: ignore[misc, valid-type]
            """An estimator without its own progress bar."""

            def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
                return super().fit(X, y, sample_weight, progress=lambda _: None)

        return Quiet(random_state=setup.seed, n_jobs=setup.n_jobs)

    return make


def _on_images(rival: Rival) -> Rival:
    """A model compared with a network on images: linear models use the pixels, the others hand-crafted features."""
    if rival.name == BASELINE:
        return rival
    if rival.name.endswith("regression"):
        return replace(rival, name=f"{rival.name} on pixels")
    return replace(rival, name=f"{rival.name} on features", sees=CRAFTED)


def rivals_for(task: str, *, images: bool = False) -> tuple[Rival, ...]:
    """The models for a task, baseline first; for a network on images, also a network on hand-crafted features."""
    rivals = tuple(rival for rival in RIVALS if rival.task == task)
    if not images:
        return rivals
    if task not in ("classification", "regression"):
        return tuple(map(_on_images, rivals))
    network = Rival("network", "the default committee for tables", task, _network_of(task))
    return tuple(map(_on_images, (*rivals, network)))


def answer_of(model: Any, X: np.ndarray, n_classes: int) -> Answer:
    """The predictions of a fitted model for rows; classes are codes."""
    if not n_classes:
        return Answer(np.asarray(model.predict(X)))
    probability: np.ndarray | None = None
    if hasattr(model, "predict_proba"):
        of_known = model.predict_proba(X)
        probability = np.zeros((len(of_known), n_classes))
        probability[:, model.classes_] = of_known
        if hasattr(model, "estimators_"):  # for a forest, add one vote, divided among all classes, so that none has 0
            probability = (probability * TREES + 1 / n_classes) / (TREES + 1)
            # the same as its predict, without evaluating every tree again
            predicted = np.asarray(model.classes_)[of_known.argmax(axis=1)]
    if not hasattr(model, "estimators_"):
        predicted = np.asarray(model.predict(X))
    if n_classes != 2:
        return Answer(predicted, probability=probability)
    if hasattr(model, "decision_function"):
        return Answer(predicted, np.asarray(model.decision_function(X), dtype=np.float64), probability)
    assert probability is not None
    return Answer(predicted, probability[:, 1], probability)
