"""How good a run's network is now: scores with intervals, confusion, ROC, and predictions, by part of the rows."""

from __future__ import annotations

import numpy as np

from glassnet.estimators.sampling.bootstrap import affordable_draws, interval, row_counts
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.tables.hazards import Hazards
from glassnet.evaluate.metrics.metric import Metric, metrics_for
from glassnet.plain import finite
from glassnet.studio.contract.evaluation import Evaluation, PartScore, Score
from glassnet.studio.data.preparation.preparation import Floats, Part, Preparation
from glassnet.studio.data.preparation.timed import hazards_now
from glassnet.studio.run.run import Run
from glassnet.studio.views.paint import rounded, spread
from glassnet.survival import Times
from glassnet.tables.outcome import Answer

COVERAGE, DRAWS = 0.95, 1000
_MOST_ROC, _MOST_ROWS = 200, 2_000
_MOST_DRAWN = 4_000_000  # rows times draws
_PARTS: tuple[Part, ...] = ("train", "validation", "test")


def evaluate(run: Run) -> Evaluation:
    """Evaluate the network in its current state."""
    preparation = run.preparation
    with run.still() as machine:
        step = machine.step
        hazards = hazards_now(preparation, *machine.parameters())
        raw = {
            part: machine.raw_prediction(preparation.X[_rows(preparation, part)])
            for part in _PARTS
            if len(_rows(preparation, part))
        }
    return Evaluation(
        step,
        list(preparation.classes),
        [_part(preparation, part, raw_of_part, hazards) for part, raw_of_part in raw.items()],
    )


def _rows(preparation: Preparation, part: Part) -> np.ndarray:
    """The rows of a part."""
    return {"train": preparation.train, "validation": preparation.validation, "test": preparation.test}[part]


def _part(preparation: Preparation, part: Part, raw: Floats, hazards: Hazards | None) -> PartScore:
    """One part judged."""
    rows = _rows(preparation, part)
    truth, answer = preparation.truth[rows], preparation.schema.outcome.answer(raw, preparation.loss)
    if hazards is not None:
        answer = Answer(hazards.risk(raw), curves=hazards.curves(raw, Times.of_truth(truth).stratum))
    chosen = spread(len(rows), _MOST_ROWS)
    confusion: list[list[int]] = []
    actual: list[float] = []
    predicted: list[float | None] = []
    n_classes = len(preparation.classes)
    if n_classes:
        codes = truth * n_classes + answer.predicted
        confusion = np.bincount(codes, minlength=n_classes**2).reshape(n_classes, -1).tolist()
    elif hazards is None:
        actual, predicted = [float(t) for t in truth[chosen]], rounded(answer.predicted[chosen])
    roc = [] if answer.margin is None else _roc(truth, answer.margin)
    metrics = metrics_for(preparation.task, n_classes)
    draws = 0 if part == "train" else draws_for(len(rows))
    together = None if preparation.together is None else preparation.together.take(rows)
    scores = _scores(metrics, truth, answer, draws, preparation.settings.seed, together)
    drawn = [int(row) for row in preparation.present[rows[chosen]]]
    names = [preparation.table.row_name(row) for row in drawn]
    return PartScore(part, len(rows), scores, confusion, roc, actual, predicted, drawn, names)


def _scores(
    metrics: tuple[Metric, ...], truth: np.ndarray, answer: Answer, count: int, seed: int, groups: Groups | None
) -> list[Score]:
    """Each metric, with its bootstrap interval where draws are asked for: a score on training rows needs none."""
    if not np.isfinite(answer.predicted).all():
        return [Score(m.name, None, None, None) for m in metrics]
    ones = np.ones((1, len(truth)))
    draws = list(row_counts(len(truth), affordable_draws(len(truth), count), seed, groups)) if count else []
    scores = []
    for m in metrics:
        drawn = [m.measure(truth, answer, counts) for counts in draws]
        ends = interval(np.concatenate(drawn), COVERAGE) if drawn else None
        low, high = ends if ends is not None else (None, None)
        scores.append(judged(m.name, finite(float(m.measure(truth, answer, ones)[0])), low, high, len(truth)))
    return scores


def draws_for(n_rows: int) -> int:
    """Bootstrap draws over this many rows; the comparison takes the same, so that a network has one interval."""
    return max(100, min(DRAWS, _MOST_DRAWN // n_rows))


def judged(metric: str, value: float | None, low: float | None, high: float | None, n_rows: int) -> Score:
    """A score with its interval, where one can be told.

    When every draw gives the same, as with 119 of 119 rows right, the bootstrap says nothing. The accuracy then has the
    exact interval of Clopper and Pearson (1934), whose lower end is ``((1 - coverage) / 2) ** (1 / n)``; other scores
    have none.

    Examples
    --------
    >>> round(judged("accuracy", 1.0, 1.0, 1.0, 119).low, 4)
    0.9695
    >>> judged("auc", 1.0, 1.0, 1.0, 119).low is None
    True
    """
    if low is None or high is None or low < high:
        return Score(metric, value, low, high)
    if metric == "accuracy" and value in (0.0, 1.0):
        edge = ((1 - COVERAGE) / 2) ** (1 / n_rows)
        return Score(metric, value, *((edge, 1.0) if value == 1.0 else (0.0, 1.0 - edge)))
    return Score(metric, value, None, None)


def _roc(truth: np.ndarray, margin: Floats) -> list[tuple[float, float]]:
    """1 - specificity and sensitivity, for every threshold; thinned."""
    order = np.argsort(-margin, kind="stable")
    positive, ends = truth[order] == 1, np.r_[np.flatnonzero(np.diff(margin[order])), len(margin) - 1]
    if not positive.any() or positive.all():
        return []
    hits = np.r_[0.0, np.cumsum(positive)[ends] / positive.sum()]
    alarms = np.r_[0.0, np.cumsum(~positive)[ends] / (~positive).sum()]
    kept = spread(len(hits), _MOST_ROC)
    return list(zip(alarms[kept].tolist(), hits[kept].tolist(), strict=True))
