"""`performance`: the clinical measures of a trained model on test rows, with intervals, and its two curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from glassnet.estimators import TableEstimator
from glassnet.estimators.sampling.bootstrap import affordable_draws
from glassnet.estimators.sampling.copies import check_copies
from glassnet.evaluate.comparison.judge import COVERAGE, Judge, OutcomeMeasures
from glassnet.evaluate.metrics.cases import check_thresholds, check_weights
from glassnet.evaluate.metrics.measure import MEASURES
from glassnet.evaluate.validation.outcome_cases import cases_of, check_model, endpoint_of, with_own
from glassnet.formulas.randomness import check_seed
from glassnet.plain import plain_json
from glassnet.tables.outcome import Answer


@dataclass(frozen=True, eq=False)
class Performance:
    """The performance of a model on test rows.

    Attributes
    ----------
    target : str
    n_rows, n_drawn, n_draws : int
        The numbers of rows, of resampled rows or groups, and of bootstrap draws.
    coverage : float
    outcomes : tuple of OutcomeMeasures
        For two classes, the event; for more, each class against the rest, followed by the mean of the classes; for
        amounts, the target.
    rivals : dict of str to tuple of OutcomeMeasures
        The same for other models, if their predictions were given and are probabilities or amounts.
    """

    target: str
    n_rows: int
    n_drawn: int
    n_draws: int
    coverage: float
    outcomes: tuple[OutcomeMeasures, ...]
    rivals: dict[str, tuple[OutcomeMeasures, ...]] = field(default_factory=dict)

    def rows(self) -> list[tuple[str, ...]]:
        """The name of the measure and its text for each outcome, with one row per measure."""
        return rows_of(self.outcomes)

    def beside(self, k: int) -> list[tuple[str, ...]]:
        """The name of the measure and its text for the model and each other model, for one outcome."""
        return rows_of([self.outcomes[k], *(judged[k] for judged in self.rivals.values())])

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; undefined numbers are None."""
        return dict(plain_json(asdict(self)))


def rows_of(several: Sequence[OutcomeMeasures]) -> list[tuple[str, ...]]:
    """The name of the measure and its text for each of these, with one row per measure."""
    texts = [{each.metric: each.text() for each in judged.measured} for judged in several]
    first = sorted(MEASURES, key=lambda name: MEASURES[name].needs != "time")  # measures over the whole follow-up
    names = [name for name in first if any(name in own for own in texts)]
    return [(name, *(own.get(name, "–") for own in texts)) for name in names]


def performance(
    model: TableEstimator, test: Any, y: Any = None, *, weights: Any = None, groups: Any = None, event: Any = None,
    thresholds: Sequence[float] = (), draws: int = 1000, coverage: float = 0.95, seed: int = 0,
    copies: str = "together", rivals: Mapping[str, Answer] | None = None, horizon: float | None = None,
) -> Performance:  # fmt: skip
    """Evaluate a trained model on new rows.

    Parameters
    ----------
    model : GlassClassifier or GlassRegressor
    test : Table, data frame, array, dict of columns, or path
        Rows with the target, unless `y` is given; rows without a target are left out.
    y : array-like of shape (n_rows,), optional
    weights : str or array-like, optional
        The weight of each row.
    groups : str or array-like, optional
        Which rows belong together; intervals are then from resampling groups, not rows.
    event : label, optional
        The class that is the event, if there are two; by default that of the model's threshold, or else the second.
    thresholds : sequence of float
        Probabilities of the event at or above which rows are classified as positive, for a table of decisions; the
        model's own threshold comes first.
    draws : int
    coverage : float
    seed : int
    copies : {"together", "apart"}
        Whether rows that are copies of each other are resampled together, like groups.
    rivals : mapping of str to Answer, optional
        Predictions of other models for the same rows, as in `Comparison.answers`.
    horizon : float, optional
        For times to an event, the time at which probabilities are evaluated; by default the time by which about half of
        the training events had happened.

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
    seed, coverage = check_seed(seed), COVERAGE.check(coverage, "performance")
    check_copies(copies, "performance")
    check_model(model)
    cuts = check_thresholds(thresholds)
    known = model._target_rows(test, y, weights, groups)
    own = check_weights(known.weights, len(known.truth))
    together = known.drawn_together(model.schema_, copies)
    n_draws = affordable_draws(len(known.truth), draws)
    judge = Judge(own, together, n_draws, seed, coverage)
    endpoint = endpoint_of(model, event, cuts, horizon)
    cuts = with_own(model, endpoint, cuts)

    def judged(answer: Answer) -> tuple[OutcomeMeasures, ...]:
        return judge.outcomes(cases_of(model, answer, known.truth, endpoint), cuts)

    others = {name: judged(replace(answer, margin=None)) for name, answer in (rivals or {}).items()}
    drawn = len(known.truth) if together is None else len(together)
    return Performance(
        str(model.schema_.target), len(known.truth), drawn, n_draws, coverage,
        judged(model._answer(known.rows)), {name: values for name, values in others.items() if values},
    )  # fmt: skip
