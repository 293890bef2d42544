"""The clinical measures of predicted probabilities, decisions and amounts, one record each.

A measure takes `Cases` and row weights of shape (draws, n), and returns one value per draw, NaN if it is undefined.
The report, the documentation and the tests loop over `MEASURES`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from glassnet.evaluate.metrics import decisions, probabilities
from glassnet.evaluate.metrics.amounts import absolute_error, line_intercept, line_slope
from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.metric import METRICS
from glassnet.evaluate.metrics.time_cases import (
    TimeCases,
    harrell,
    integrated_brier,
    scaled_integrated_brier,
    slope_of_hazard,
    uno,
)

NEEDS = ("decision", "threshold", "probability", "amount", "time")
Value = Callable[[Cases, Floats], Floats]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Parameters
    ----------
    name : str
    summary : str
        Its meaning, in two sentences.
    formula : str
    needs : {"decision", "threshold", "probability", "amount", "time"}
        The required input: the classification, the threshold, the probability, an amount, or a curve over time.
    low, high : float
        The ends of its range.
    ideal : float or None
        The value of a perfect model.
    larger_is_better : bool or None
        None if the best value is inside the range.
    value : callable
        ``value(cases, weights (draws, n)) -> (draws,)``.
    undefined : str
        When it is undefined.
    share_of : callable or None
        ``share_of(cases) -> rows``: for a proportion of rows, its denominator, and for a proportion of pairs the rows
        of the rarer class; a proportion of 0 or 1, on which all draws agree, then has Wilson's interval.
    """

    name: str
    summary: str
    formula: str
    needs: str
    low: float
    high: float
    ideal: float | None
    larger_is_better: bool | None
    value: Value
    undefined: str = ""
    share_of: Callable[[Cases], NDArray[np.bool_]] | None = None


def _metric(name: str) -> Value:
    """A metric of the comparison of models as a measure."""
    metric = METRICS[name]

    def value(cases: Cases, weights: Floats) -> Floats:
        truth = cases.truth.astype(np.int64) if cases.truth.dtype == bool else cases.truth
        return np.asarray(metric.measure(truth, cases.answer, cases.known_weights(weights)))

    return value


_INF = np.inf
_ALL = (
    Measure(
        "sensitivity",
        "The proportion classified as positive among rows with the outcome. It says nothing about rows without it.",
        "TP / (TP + FN)", "decision", 0, 1, 1, True, decisions.sensitivity, "no row has the outcome",
        lambda cases: cases.truth,
    ),
    Measure(
        "specificity",
        "The proportion classified as negative among rows without the outcome. It says nothing about rows with it.",
        "TN / (TN + FP)", "decision", 0, 1, 1, True, decisions.specificity, "every row has the outcome",
        lambda cases: ~cases.truth,
    ),
    Measure(
        "positive predictive value",
        "The proportion with the outcome among rows classified as positive. It is lower if the outcome is rarer, so it "
        "applies only to populations with the same prevalence.",
        "TP / (TP + FP)", "decision", 0, 1, 1, True, decisions.positive_predictive_value,
        "no row is classified as positive",
        lambda cases: cases.is_positive,
    ),
    Measure(
        "negative predictive value",
        "The proportion without the outcome among rows classified as negative. It is higher if the outcome is rarer, "
        "so it applies only to populations with the same prevalence.",
        "TN / (TN + FN)", "decision", 0, 1, 1, True, decisions.negative_predictive_value,
        "every row is classified as positive",
        lambda cases: ~cases.is_positive,
    ),
    Measure(
        "accuracy",
        "The proportion of rows classified correctly at the threshold. If the outcome is rare, classifying all rows as "
        "negative already comes close to 1.",
        "(TP + TN) / (TP + TN + FP + FN)", "decision", 0, 1, 1, True, decisions.accuracy, "",
        lambda cases: np.ones(len(cases), dtype=bool),
    ),
    Measure(
        "balanced accuracy",
        "The mean of sensitivity and specificity. A random and a constant classification both have one half, however "
        "rare the outcome is.",
        "(sensitivity + specificity) / 2", "decision", 0, 1, 1, True, decisions.balanced_accuracy,
        "there is only one class",
    ),
    Measure(
        "F1",
        "The harmonic mean of sensitivity and positive predictive value. It ignores true negatives, and depends on the "
        "prevalence of the outcome.",
        "2 TP / (2 TP + FP + FN)", "decision", 0, 1, 1, True, decisions.f1,
        "no row has the outcome, and none is classified as positive",
    ),
    Measure(
        "MCC",
        "Matthews' correlation of predicted and true classes: 1 is perfect, 0 is chance, -1 is always wrong. It uses "
        "all four counts.",
        "(TP TN - FP FN) / sqrt((TP + FP)(TP + FN)(TN + FP)(TN + FN))", "decision", -1, 1, 1, True, decisions.mcc,
        "all rows are classified alike, or there is only one class",
    ),
    Measure(
        "net benefit",
        "True positives per row minus false positives weighted by the odds of the threshold. It is how much better the "
        "decision is than treating nobody, in true positives (Vickers and Elkin 2006).",
        "TP / N - FP / N * t / (1 - t)", "threshold", -_INF, 1, None, True, decisions.net_benefit, "",
    ),
    Measure(
        "AUC",
        "The probability that a row with the outcome has a higher predicted probability than one without. It depends "
        "only on the order: probabilities that are all too high do not lower it.",
        "P(p of a case > p of a control) + P(equal) / 2", "probability", 0, 1, 1, True, _metric("AUC"),
        "there is only one class", lambda cases: cases.truth == (cases.truth.mean() <= 0.5),
    ),
    Measure(
        "average precision",
        "The area under the precision-recall curve, as a sum over the cases. Chance gives the prevalence, so it shows "
        "what an AUC hides if outcomes are rare.",
        "sum over thresholds of (recall gained) * precision", "probability", 0, 1, 1, True,
        probabilities.average_precision, "no row has the outcome",
    ),
    Measure(
        "log loss",
        "The mean of minus the log of the probability predicted for what happened. It is smallest for honest "
        "probabilities, and punishes confident mistakes hardest.",
        "-mean(y log p + (1 - y) log(1 - p))", "probability", 0, _INF, 0, False, _metric("log loss"), "",
    ),
    Measure(
        "Brier score",
        "The mean squared difference between the probabilities and what happened. It is smallest for honest "
        "probabilities, and its size depends on the prevalence of the outcome.",
        "mean((p - y)^2)", "probability", 0, 1, 0, False, probabilities.brier, "",
    ),
    Measure(
        "scaled Brier score",
        "How much smaller the Brier score is than that of predicting the prevalence for everybody. 0 is no gain, 1 is "
        "perfect, and below 0 the prevalence alone is better.",
        "1 - Brier / (q (1 - q)), q = mean(y)", "probability", -_INF, 1, 1, True, probabilities.scaled_brier,
        "there is only one class",
    ),
    Measure(
        "calibration intercept",
        "How far the log odds are too low (above 0) or too high (below 0) on average, with the slope fixed at 1. Also "
        "called calibration in the large.",
        "a in logit P(y) = a + logit p", "probability", -_INF, _INF, 0, None, probabilities.calibration_intercept,
        "there is only one class",
    ),
    Measure(
        "calibration slope",
        "The spread of the log odds: below 1 the probabilities are too extreme, as in an overfitted model; above 1 "
        "they are too close to the mean. Interpret it together with the intercept.",
        "b in logit P(y) = a + b logit p", "probability", -_INF, _INF, 1, None, probabilities.calibration_slope,
        "there is only one class, all probabilities are equal, or they separate the classes",
    ),
    Measure(
        "E/O ratio",
        "The ratio of expected outcomes (by the probabilities) to observed outcomes. Above 1 the model predicts too "
        "much risk, below 1 too little.",
        "sum p / sum y", "probability", 0, _INF, 1, None, probabilities.expected_over_observed,
        "no row has the outcome",
    ),
    Measure(
        "ICI",
        "The mean absolute difference between the predicted probability and the observed proportion by the flexible "
        "curve (Austin and Steyerberg 2019). Chance alone makes it larger than 0, the more so with fewer rows.",
        "mean |p - curve(p)|", "probability", 0, 1, 0, False, probabilities.ici, "there is only one class",
    ),
    Measure(
        "E50",
        "The median absolute difference between the predicted probability and the flexible curve. Half of the rows are "
        "closer.",
        "median |p - curve(p)|", "probability", 0, 1, 0, False, probabilities.e50, "there is only one class",
    ),
    Measure(
        "E90",
        "The 90th percentile of the absolute difference between the predicted probability and the flexible curve. It "
        "shows what a mean hides.",
        "90th percentile of |p - curve(p)|", "probability", 0, 1, 0, False, probabilities.e90,
        "there is only one class",
    ),
    Measure(
        "Spiegelhalter z",
        "How many standard errors the Brier score is from what honest probabilities would give (Spiegelhalter 1986). "
        "Beyond about 2 on either side, they are not honest.",
        "sum (y - p)(1 - 2p) / sqrt(sum (1 - 2p)^2 p (1 - p))", "probability", -_INF, _INF, 0, None,
        probabilities.spiegelhalter_z, "every probability is 0, 1/2 or 1",
    ),
    Measure(
        "R2",
        "The proportion of the variance of the amounts that is explained. 0 is no better than predicting the mean.",
        "1 - sum (y - f)^2 / sum (y - mean(y))^2", "amount", -_INF, 1, 1, True, _metric("R2"),
        "all amounts are equal",
    ),
    Measure(
        "MAE",
        "The mean absolute error of the predictions, in the amount's unit. Each row counts in proportion to its error.",
        "mean |y - f|", "amount", 0, _INF, 0, False, absolute_error, "",
    ),
    Measure(
        "RMSE",
        "The root mean squared error, in the amount's unit. A few large errors make it larger than the MAE.",
        "sqrt(mean((y - f)^2))", "amount", 0, _INF, 0, False, _metric("RMSE"), "",
    ),
    Measure(
        "intercept of y on f",
        "The intercept of the regression of amounts on predictions, in the amount's unit. 0, with a slope of 1, is "
        "ideal.",
        "a in y = a + b f", "amount", -_INF, _INF, 0, None, line_intercept, "all predictions are equal",
    ),
    Measure(
        "slope of y on f",
        "The slope of the least squares regression of amounts on predictions: ideally 1. "
        "Below 1 the predictions are too extreme, above 1 too close to the mean.",
        "b in y = a + b f", "amount", -_INF, _INF, 1, None, line_slope, "all predictions are equal",
    ),
    Measure(
        "concordance (Harrell)",
        "How often, of two rows with a known order of events, the one with the earlier event had the higher predicted "
        "risk: 0.5 is chance. It says nothing about the size of the risks.",
        "P(risk of the first > risk of the later) + P(equal) / 2", "time", 0, 1, 1, True, harrell,
        "no two rows can be compared",
    ),
    Measure(
        "concordance (Uno)",
        "The same with pairs weighted by the inverse of their probability of being observed (Uno 2011). So it does not "
        "depend on the length of follow-up.",
        "pairs weighted by 1 / G(t-)^2", "time", 0, 1, 1, True, uno, "no two rows can be compared",
    ),
    Measure(
        "integrated Brier score",
        "The mean over time of the squared difference between the predicted survival probability and the status (Graf "
        "1999). 0 is perfect; always predicting 1/2 gives 0.25.",
        "mean over t of sum w(t) (S(t) - [T > t])^2 / n", "time", 0, 1, 0, False, integrated_brier,
        "no time can be weighted",
    ),
    Measure(
        "scaled integrated Brier score",
        "How much smaller the integrated Brier score is than that of predicting the Kaplan-Meier curve of these rows "
        "for everybody. 0 is no gain, 1 is perfect, and below 0 the common curve is better.",
        "1 - IBS / IBS of Kaplan-Meier", "time", -_INF, 1, 1, True, scaled_integrated_brier, "no time can be weighted",
    ),
    Measure(
        "slope of the log hazard",
        "The slope of the log hazard on the predicted one: below 1 the risks are too extreme, as in an overfitted "
        "model; above 1 they are too similar. It uses the order of events over the whole follow-up.",
        "b in a Cox regression on log(-log S), Breslow's ties", "time", -_INF, _INF, 1, None, slope_of_hazard,
        "all risks are equal, or their order is perfect",
    ),
)  # fmt: skip
MEASURES: Mapping[str, Measure] = MappingProxyType({measure.name: measure for measure in _ALL})
"""Every measure by its name."""


def measures_for(*needs: str) -> tuple[Measure, ...]:
    """The measures with one of these requirements, in the order of the registry.

    Examples
    --------
    >>> [measure.name for measure in measures_for("amount")][:3]
    ['R2', 'MAE', 'RMSE']
    """
    return tuple(measure for measure in MEASURES.values() if measure.needs in needs)


BY_A_HORIZON = (
    "AUC", "Brier score", "scaled Brier score", "calibration intercept", "calibration slope", "ICI", "E50", "E90",
)  # fmt: skip
"""Measures of the probability of an event by a horizon, in addition to those of curves over time."""


def measures_of(cases: Cases) -> tuple[Measure, ...]:
    """The measures for these cases: of amounts or times, or of a probability and (if rows are classified) the decision.

    Examples
    --------
    >>> [measure.name for measure in measures_of(Cases.amounts([1, 2], [1, 2]))][:2]
    ['R2', 'MAE']
    """
    if cases.are_amounts:
        return measures_for("amount")
    if isinstance(cases, TimeCases):
        own = (*measures_for("time"), *(MEASURES[name] for name in BY_A_HORIZON))
        return (*own, *measures_for("decision")) if cases.positive is not None else own
    return measures_for("probability", *(["decision"] if cases.positive is not None else []))
