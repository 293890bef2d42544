"""`performance`: the clinical measures of a trained model on rows that judge it, with intervals, and its two curves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.estimators.bootstrap import affordable_draws, interval, row_counts, wilson
from glassnet.estimators.copies import check_copies, columns_of, find_copies
from glassnet.estimators.row_groups import Groups
from glassnet.evaluate.cases import Cases, Floats, check_thresholds, check_weights
from glassnet.evaluate.clinical_curve import CalibrationCurve, DecisionCurve, calibration_curve, decision_curve
from glassnet.evaluate.comparison import Measured
from glassnet.evaluate.measure import MEASURES, Measure, measures_for
from glassnet.formulas import Parameter
from glassnet.formulas.randomness import check_seed

_COVERAGE = Parameter("coverage", 0.95, "share of the draws inside an interval", 0.0, 1.0, True, True)
MACRO = "mean of the classes"


@dataclass(frozen=True, eq=False)
class Judged:
    """The measures of one outcome.

    Attributes
    ----------
    outcome : str
        The class, or the target of amounts.
    n_with : float
        The weight of rows with the outcome.
    measured : tuple of Measured
    at_thresholds : dict of float to tuple of Measured
        Of two classes: the measures of calling rows positive from each threshold on.
    calibration : CalibrationCurve or None
    decision : DecisionCurve or None
    """

    outcome: str
    n_with: float
    measured: tuple[Measured, ...]
    at_thresholds: dict[float, tuple[Measured, ...]] = field(default_factory=dict)
    calibration: CalibrationCurve | None = None
    decision: DecisionCurve | None = None

    def __getitem__(self, measure: str) -> Measured:
        """One measure by its name."""
        known = {each.metric: each for each in self.measured}
        if measure not in known:
            raise ConfigurationError(f"There is no measure {measure!r} here. {nearest(measure, known)}")
        return known[measure]


@dataclass(frozen=True, eq=False)
class Performance:
    """How good a model is on rows that judge it.

    Attributes
    ----------
    target : str
    n_rows, n_drawn, n_draws : int
        Rows; rows or groups that are drawn; bootstrap draws.
    coverage : float
    outcomes : tuple of Judged
        Of two classes the event alone; of more each against the rest, and the mean of the classes last; of amounts one.
    """

    target: str
    n_rows: int
    n_drawn: int
    n_draws: int
    coverage: float
    outcomes: tuple[Judged, ...]

    def rows(self) -> list[tuple[str, ...]]:
        """Name of the measure and its text for each outcome, a row per measure."""
        by_outcome = [{each.metric: each.text() for each in judged.measured} for judged in self.outcomes]
        names = [name for name in MEASURES if any(name in texts for texts in by_outcome)]
        return [(name, *(texts.get(name, "–") for texts in by_outcome)) for name in names]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; numbers that do not exist are None."""
        return dict(_plain(asdict(self)))


def performance(
    model: TableEstimator, test: Any, y: Any = None, *, weights: Any = None, groups: Any = None, event: Any = None,
    thresholds: Sequence[float] = (), draws: int = 1000, coverage: float = 0.95, seed: int = 0,
    copies: str = "together",
) -> Performance:  # fmt: skip
    """Measure a trained model on rows that it has not seen.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    test : Table, data frame, array, dict of columns, or path
        With the target, or `y` beside it; rows without a target are left out.
    y : array-like of shape (n_rows,), optional
    weights : str or array-like, optional
        How much each row counts.
    groups : str or array-like, optional
        Which rows belong together; groups are then drawn for the intervals, not rows.
    event : label, optional
        Of two classes the one that is the outcome; that of the model's threshold by default, else the second.
    thresholds : sequence of float
        Probabilities of the event from which rows are called positive, for a table of decisions; the model's own
        threshold comes first.
    draws : int
    coverage : float
    seed : int
    copies : {"together", "apart"}
        Whether rows that are copies of each other are drawn together, as groups are.

    Returns
    -------
    Performance

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from glassnet.estimators import GlassClassifier
    >>> frame = load_iris(as_frame=True).frame
    >>> result = performance(GlassClassifier().fit(frame[::2], target="target"), frame[1::2], draws=200)
    >>> [judged.outcome for judged in result.outcomes]
    ['0', '1', '2', 'mean of the classes']
    >>> result.outcomes[-1]["AUC"].value > 0.9
    True
    """
    seed, coverage = check_seed(seed), _COVERAGE.check(coverage, "performance")
    check_copies(copies, "performance")
    if not isinstance(model, TableEstimator):
        raise ConfigurationError(
            f"{type(model).__name__} does not know the columns of a table. Give a GlassClassifier or GlassRegressor, "
            "or measure what it says with MEASURES and Cases.of(truth, probability)."
        )
    cuts = check_thresholds(thresholds)
    known = model._known(test, y, weights, groups)
    own = check_weights(known.weights, len(known.truth))
    together = known.groups
    if copies == "together":
        matrix = model.schema_.encode(known.table).matrix
        together = find_copies(matrix, columns_of(model.schema_)).kept_together(together)
    n_draws = affordable_draws(len(known.truth), draws)
    judge = Judge(own, together, n_draws, seed, coverage)
    measured_as = model.outcome_.measured_as
    if measured_as not in _MEASURED:
        raise ConfigurationError(f"There are no clinical measures yet for {model.task}.")
    outcomes = _MEASURED[measured_as](model, known.table, known.truth, event, cuts, judge)
    drawn = len(known.truth) if together is None else len(together)
    return Performance(str(model.schema_.target), len(known.truth), drawn, n_draws, coverage, tuple(outcomes))


def _of_amounts(
    model: Any, table: Any, truth: np.ndarray, _event: Any, _thresholds: tuple[float, ...], judge: Judge
) -> list[Judged]:
    """The measures of the amount."""
    measured = judge.measured(measures_for("amount"), Cases.amounts(truth, model.predict(table)))
    return [Judged(str(model.schema_.target), float(judge.weights.sum()), measured)]


def _of_classes(
    model: Any, table: Any, truth: np.ndarray, event: Any, thresholds: tuple[float, ...], judge: Judge
) -> list[Judged]:
    """The measures of the event, or of each class against the rest and of their mean."""
    labels = [str(label) for label in model.classes_]
    answer = model._answer(table)
    chance, codes = answer.probability, answer.predicted
    if len(labels) > 2:
        if event is not None or thresholds:
            raise ConfigurationError(
                f"event and thresholds are for two classes, and {model.schema_.target!r} has {len(labels)}. Leave them "
                "out: each class is judged against the rest, and called where it is the most probable."
            )
        several = [Cases.of(truth == k, chance[:, k], called=codes == k) for k in range(len(labels))]
        judged = [judge.outcome(label, cases) for label, cases in zip(labels, several, strict=True)]
        return [*judged, judge.macro(several)]
    decision = model.decision_
    own = 1 if decision is None else decision.event
    which = own if event is None else next((k for k, label in enumerate(labels) if label == str(event)), None)
    if which is None:
        raise ConfigurationError(
            f"event={event!r} is no class of {model.schema_.target!r}. {nearest(str(event), labels)}"
        )
    margin = answer.margin * (1.0 if which else -1.0)
    cases = Cases.of(truth == which, chance[:, which], log_odds=margin)
    if decision is not None and which == own and decision.threshold < 1:
        thresholds = tuple(dict.fromkeys((decision.threshold, *thresholds)))
    return [judge.outcome(labels[which], cases, thresholds)]


_MEASURED = {"amount": _of_amounts, "probability": _of_classes}


@dataclass(frozen=True)
class Judge:
    """How rows are weighed and drawn, and the measures of what was said of them."""

    weights: Floats
    groups: Groups | None
    n_draws: int
    seed: int
    coverage: float

    def draws(self) -> Iterable[Floats]:
        """How often each row is in each draw, in blocks."""
        return row_counts(len(self.weights), self.n_draws, self.seed, self.groups)

    def outcome(self, name: str, cases: Cases, thresholds: tuple[float, ...] = ()) -> Judged:
        """Every measure of one outcome, and its curves."""
        decided = cases.called is not None
        measures = measures_for("probability", *(["decision"] if decided else []))
        at = {t: self.measured(measures_for("decision", "threshold"), cases.at(t)) for t in thresholds}
        return Judged(
            name, float(self.weights @ cases.truth), self.measured(measures, cases), at,
            calibration_curve(cases, self.weights, self.draws(), self.coverage),
            decision_curve(cases, self.weights, self.draws(), self.coverage),
        )  # fmt: skip

    def measured(self, measures: Sequence[Measure], cases: Cases) -> tuple[Measured, ...]:
        """The measures on the rows, with intervals from draws of them."""
        once = self.weights[None]
        plain = {m.name: float(m.value(cases, once)[0]) for m in measures}
        blocks: dict[str, list[Floats]] = {m.name: [] for m in measures}
        for drawn in self.draws():
            weights = drawn * self.weights
            for m in measures:
                blocks[m.name].append(m.value(cases, weights))
        return tuple(self._with_ends(m, cases, plain[m.name], np.concatenate(blocks[m.name])) for m in measures)

    def _with_ends(self, measure: Measure, cases: Cases, value: float, drawn: Floats) -> Measured:
        """A value with the ends of its interval; Wilson's where all draws of a share agree on 0 or 1."""
        if not np.isfinite(value):
            return Measured(measure.name, None, None, None)
        ends = self._ends(drawn)
        if measure.share_of is not None and ends == (value, value) and value in (0.0, 1.0):
            rows = np.flatnonzero(measure.share_of(cases))
            count = len(rows) if self.groups is None else len(np.unique(self.groups.of_row[rows]))
            ends = wilson(value, count, self.coverage)
        return Measured(measure.name, value, *(ends or (None, None)))

    def _ends(self, drawn: Floats) -> tuple[float, float] | None:
        """The ends of an interval; None where so many draws have no value that they could lie beyond an end."""
        unknown = float(np.mean(~np.isfinite(drawn)))
        return None if unknown > (1 - self.coverage) / 2 else interval(drawn, self.coverage)

    def macro(self, several: Sequence[Cases]) -> Judged:
        """The mean of each measure over the classes; not defined where it is not for one of them."""
        measures = measures_for("decision", "probability")
        once = self.weights[None]

        def means(weights: Floats) -> dict[str, Floats]:
            return {m.name: np.mean([m.value(cases, weights) for cases in several], axis=0) for m in measures}

        plain = means(once)
        blocks = [means(drawn * self.weights) for drawn in self.draws()]
        measured = []
        for m in measures:
            value = float(plain[m.name][0])
            ends = self._ends(np.concatenate([block[m.name] for block in blocks]))
            there = np.isfinite(value)
            measured.append(Measured(m.name, value if there else None, *((there and ends) or (None, None))))
        return Judged(MACRO, float(self.weights.sum()), tuple(measured))


def _plain(value: Any) -> Any:
    """Plain JSON types; numbers that are not finite become None."""
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return [_plain(entry) for entry in value.tolist()]
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
