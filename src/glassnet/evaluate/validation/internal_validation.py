"""`internal_validation`: performance corrected for optimism by repeating the whole modeling on bootstrap samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from glassnet.errors import DataError
from glassnet.estimators.networks.parameters import check_count
from glassnet.evaluate.comparison.judge import COVERAGE, DECIDED, MACRO
from glassnet.evaluate.metrics.cases import Cases, Floats, check_thresholds
from glassnet.evaluate.metrics.measure import Measure, measures_of
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.evaluate.validation.instability import Instability, instability_of
from glassnet.evaluate.validation.optimism import (
    CorrectedMeasure,
    corrected,
    three_weightings,
    values_on,
    without_information,
)
from glassnet.evaluate.validation.outcome_cases import check_model, threshold_of, with_own
from glassnet.evaluate.validation.refits import Procedure, Refit, affordable_refits
from glassnet.formulas.randomness import check_seed

_CALLED_FROM = 0.5
Watcher = Callable[[int, int], object]


@dataclass(frozen=True, eq=False)
class OutcomeValidation:
    """One outcome.

    Attributes
    ----------
    outcome : str
    measured : tuple of CorrectedMeasure
    at_thresholds : dict of float to tuple of CorrectedMeasure
        For two classes: the measures of classifying rows as positive at or above each threshold.
    instability : Instability or None
        None for the mean of the classes.
    """

    outcome: str
    measured: tuple[CorrectedMeasure, ...]
    at_thresholds: dict[float, tuple[CorrectedMeasure, ...]]
    instability: Instability | None

    def __getitem__(self, measure: str) -> CorrectedMeasure:
        return {each.metric: each for each in self.measured}[measure]


@dataclass(frozen=True, eq=False)
class InternalValidation:
    """A model's measures, corrected by refits.

    Attributes
    ----------
    n_rows, n_drawn : int
        The number of training rows, and of the rows or groups that are resampled.
    n_refits, n_asked, n_failed : int
        The numbers of successful, requested and failed refits.
    coverage : float
    outcomes : tuple of OutcomeValidation
        For two classes, the event; for more, each class against the rest, followed by the mean of the classes; for
        amounts, the target.
    whole : bool
        Whether refits repeat the whole modeling procedure; a search by ``tune``, and an end by the clock or by hand,
        cannot be repeated.
    """

    n_rows: int
    n_drawn: int
    n_refits: int
    n_asked: int
    n_failed: int
    coverage: float
    outcomes: tuple[OutcomeValidation, ...]
    whole: bool

    @property
    def ended_early(self) -> bool:
        """Whether the refits were stopped before all were done."""
        return self.n_refits + self.n_failed < self.n_asked

    def to_dict(self) -> dict[str, Any]:
        """Plain types and arrays."""
        fields = {name: value for name, value in vars(self).items() if name != "outcomes"}
        fields["outcomes"] = [
            {
                "outcome": each.outcome,
                "measured": [asdict(m) for m in each.measured],
                "at_thresholds": {str(t): [asdict(m) for m in own] for t, own in each.at_thresholds.items()},
                "instability": None if each.instability is None else each.instability.to_dict(),
            }
            for each in self.outcomes
        ]
        return fields


def internal_validation(
    model: Any, train: Any, y: Any = None, *, weights: Any = None, groups: Any = None, event: Any = None,
    thresholds: Sequence[float] = (), refits: int | None = None, coverage: float = 0.95, seed: int = 0,
    copies: str = "together", progress: Watcher | None = None, horizon: float | None = None,
) -> InternalValidation:  # fmt: skip
    """Repeat the whole modeling on bootstrap samples of the training rows, and correct the performance for optimism.

    Each refit learns the constants of the columns, chooses the recipe, trains the networks and calibrates them again.
    Its optimism is how much better it performs on its bootstrap sample than on all rows; the mean optimism is
    subtracted from the model's performance on its training rows. The rows that refits left out give the .632+
    estimate, and the variation of the refits' predictions for a row shows how stable its prediction is.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    train : Table, data frame, array, dict of columns, or path
        The rows that it was trained on, with the target unless `y` is given.
    y : array-like of shape (n_rows,), optional
    weights, groups : str or array-like, optional
        As in training; groups are resampled as a whole.
    event : label, optional
        The class that is the event, if there are two; the second by default.
    thresholds : sequence of float
        Probabilities of the event at or above which rows are classified as positive. The model's own threshold comes
        first, and each refit chooses it again. Without any, the stability of classification is for 0.5.
    refits : int, optional
        The number of refits: 200 by default, and fewer for more than 10,000 rows.
    coverage : float
    seed : int
        The seed of the draws.
    copies : {"together", "apart"}
        Whether rows that are copies of each other are resampled together, like groups.
    progress : callable, optional
        A function that is called with the number of refits done and of all refits; if it returns False, the refits stop
        and those done are used. Ctrl-C does the same once there are two.
    horizon : float, optional
        For times to an event, as for `performance`.

    Returns
    -------
    InternalValidation

    Raises
    ------
    DataError
        When too few refits could be trained.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_iris(as_frame=True).frame[50:][["sepal length (cm)", "sepal width (cm)", "target"]]
    >>> model = GlassClassifier(recipe="lecture").fit(frame, target="target")
    >>> result = internal_validation(model, frame, refits=20)
    >>> auc = result.outcomes[0]["AUC"]
    >>> auc.value < auc.apparent, result.n_refits
    (True, 20)
    """
    seed, coverage = check_seed(seed), COVERAGE.check(coverage, "internal_validation")
    check_model(model)
    cuts = check_thresholds(thresholds)
    if refits is not None:
        check_count("internal_validation", "refits", refits)
    procedure = Procedure(
        model, train, y, weights=weights, groups=groups, event=event, thresholds=cuts, copies=copies,
        horizon=horizon,
    )  # fmt: skip
    n_refits = affordable_refits(len(procedure)) if refits is None else refits
    own, cuts = threshold_of(model, procedure.endpoint), with_own(model, procedure.endpoint, cuts)
    views = _views(procedure.cases(model), cuts, own)
    kept = _Kept([view.name for view in views])
    failed = 0
    try:
        for refit in procedure.refits(n_refits, seed):
            if refit is None:
                failed += 1
            else:
                kept.add(views, refit, procedure.weights)
            if progress is not None and progress(len(kept) + failed, n_refits) is False:
                break
    except KeyboardInterrupt:
        if len(kept) < 2:
            raise
    if len(kept) < 2:
        raise DataError(
            f"{failed} of {failed + len(kept)} refits could not be trained on their bootstrap samples, so nothing can "
            "be corrected. Use more refits, or more rows."
        )
    drawn = len(procedure) if procedure.groups is None else len(procedure.groups)
    return InternalValidation(
        len(procedure), drawn, len(kept), n_refits, failed, coverage,
        tuple(_validate(views, kept, procedure.weights, cuts, coverage)), model._determinism != "statistical",
    )  # fmt: skip


@dataclass(frozen=True)
class _View:
    """The model's cases of an outcome under one rule of classification, with its measures."""

    name: tuple[str, float | None]
    own: Cases
    measures: tuple[Measure, ...]
    decided: bool = False

    def of(self, refit: Refit) -> Cases:
        """The same view of a refit's cases, by the refit's own threshold if training chooses it."""
        outcome, threshold = self.name
        if threshold is None:
            return refit.cases[outcome]
        return refit.cases[outcome].at(refit.threshold if self.decided and refit.threshold else threshold)


def _views(answer: dict[str, Cases], thresholds: tuple[float, ...], own: float | None) -> list[_View]:
    """Each outcome, without and with each threshold."""
    views = [_View((name, None), cases, measures_of(cases)) for name, cases in answer.items()]
    return views + [
        _View((name, t), cases.at(t), DECIDED, t == own) for name, cases in answer.items() for t in thresholds
    ]


class _Kept:
    """The measures and predictions of each refit."""

    def __init__(self, names: list[tuple[str, float | None]]) -> None:
        self.values: dict[tuple[str, float | None], list[Floats]] = {name: [] for name in names}
        self.predictions: dict[str, list[Floats]] = {outcome: [] for outcome, _ in names}
        self.positive: dict[str, list[np.ndarray]] = {outcome: [] for outcome, _ in names}

    def add(self, views: list[_View], refit: Refit, weights: Floats) -> None:
        """The measures of a refit under its three weightings of the rows, and its predictions."""
        weightings = three_weightings(refit.counts, weights)
        for view in views:
            self.values[view.name].append(values_on(view.measures, view.of(refit), weightings))
        for outcome, cases in refit.cases.items():
            self.predictions[outcome].append(cases.prediction)
            if cases.positive is not None:
                self.positive[outcome].append(cases.positive)

    def __len__(self) -> int:
        return len(next(iter(self.predictions.values())))


def _validate(
    views: list[_View], kept: _Kept, weights: Floats, thresholds: tuple[float, ...], coverage: float
) -> list[OutcomeValidation]:
    """The outcomes, followed by their mean if there are several."""
    plain = {view.name: values_on(view.measures, view.own, weights[None])[:, 0] for view in views}
    refitted = {view.name: np.stack(kept.values[view.name]) for view in views}
    independent = {view.name: without_information(view.measures, view.own, weights) for view in views}
    results = {
        view.name: corrected(
            view.measures, plain[view.name], refitted[view.name], independent[view.name], coverage
        ) for view in views
    }  # fmt: skip
    whole = [view for view in views if view.name[1] is None]
    outcomes = []
    for view in whole:
        name = view.name[0]
        positive = np.stack(kept.positive[name]) if kept.positive[name] else None
        stability = instability_of(
            view.own, np.stack(kept.predictions[name]), positive, weights, thresholds or (_CALLED_FROM,), coverage
        )
        at = {t: results[name, t] for t in thresholds}
        outcomes.append(OutcomeValidation(name, results[view.name], at, stability))
    if len(whole) > 1 and not isinstance(whole[0].own, TimeCases):
        mean, mean_refitted, mean_independent = (
            np.mean([each[view.name] for view in whole], axis=0) for each in (plain, refitted, independent)
        )
        macro = corrected(whole[0].measures, mean, mean_refitted, mean_independent, coverage)
        outcomes.append(OutcomeValidation(MACRO, macro, {}, None))
    return outcomes
