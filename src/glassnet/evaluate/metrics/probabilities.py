"""Measures of predicted probabilities, for many weightings of the rows at once."""

from __future__ import annotations

import numpy as np

from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.decisions import divided
from glassnet.evaluate.metrics.recalibration import FlexibleCurve, logistic_fits


def average_precision(cases: Cases, weights: Floats) -> Floats:
    """The sum over decreasing thresholds of the recall gained times the precision; equal probabilities are one step."""
    order = np.argsort(-cases.odds, kind="stable")
    odds, truth, weights = cases.odds[order], cases.truth[order], weights[:, order]
    starts = np.flatnonzero(np.r_[True, odds[1:] != odds[:-1]])
    gained = np.add.reduceat(weights * truth, starts, axis=1)
    positives = np.cumsum(np.add.reduceat(weights, starts, axis=1), axis=1)
    true_positives = np.cumsum(gained, axis=1)
    precision = np.where(positives > 0, true_positives / np.where(positives > 0, positives, 1.0), 0.0)
    return divided((gained * precision).sum(axis=1), true_positives[:, -1])


def brier(cases: Cases, weights: Floats) -> Floats:
    """The mean squared difference of probability and outcome."""
    return np.asarray(cases.known_weights(weights) @ (cases.prediction - cases.truth) ** 2 / weights.sum(axis=1))


def scaled_brier(cases: Cases, weights: Floats) -> Floats:
    """The gain over predicting the prevalence for everybody."""
    share, known = cases.share(weights), cases.known_weights(weights)
    alike = known @ cases.truth * (1 - share) ** 2 + known @ ~cases.truth * share**2
    return 1 - divided(brier(cases, weights) * weights.sum(axis=1), alike)


def calibration_intercept(cases: Cases, weights: Floats) -> Floats:
    """The intercept of a logistic regression of the outcome on the log odds, with the slope fixed at 1."""
    return logistic_fits(np.ones((len(cases), 1)), cases.truth, cases.known_weights(weights), offset=cases.odds)[:, 0]


def calibration_slope(cases: Cases, weights: Floats) -> Floats:
    """The slope of a logistic regression of the outcome on the log odds."""
    center, spread = float(cases.odds.mean()), float(cases.odds.std())
    if spread <= 1e-12 * (1 + abs(center)):
        return np.full(len(weights), np.nan)
    columns = np.stack([np.ones(len(cases)), (cases.odds - center) / spread], axis=1)
    return logistic_fits(columns, cases.truth, cases.known_weights(weights))[:, 1] / spread


def expected_over_observed(cases: Cases, weights: Floats) -> Floats:
    """The ratio of expected to observed outcomes."""
    return divided(weights @ cases.prediction, weights @ cases.truth)


def _distances(cases: Cases, weights: Floats) -> Floats:
    """The absolute difference of each row's probability from the flexible curve of each draw, (draws, n)."""

    def compute() -> Floats:
        curve = FlexibleCurve(cases.odds, cases.truth)
        return np.asarray(np.abs(curve.at(cases.odds, curve.fits(cases.known_weights(weights))) - cases.prediction))

    kept: Floats = cases.memo("distances", weights, compute)
    return kept


def ici(cases: Cases, weights: Floats) -> Floats:
    """The mean absolute difference from the flexible curve."""
    return np.asarray((weights * _distances(cases, weights)).sum(axis=1) / weights.sum(axis=1))


def e50(cases: Cases, weights: Floats) -> Floats:
    """The median absolute difference from the flexible curve."""
    return weighted_quantile(_distances(cases, weights), weights, 0.5)


def e90(cases: Cases, weights: Floats) -> Floats:
    """The 90th percentile of the absolute difference from the flexible curve."""
    return weighted_quantile(_distances(cases, weights), weights, 0.9)


def weighted_quantile(values: Floats, weights: Floats, share: float) -> Floats:
    """The weighted quantile of each row of values; NaN if a value is NaN.

    Examples
    --------
    >>> weighted_quantile(np.array([[3.0, 1.0, 2.0]]), np.array([[1.0, 1.0, 2.0]]), 0.5).tolist()
    [2.0]
    """
    order = np.argsort(values, axis=1, kind="stable")
    reached = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    place = (reached < share * reached[:, -1:] * (1 - 1e-12)).sum(axis=1)
    quantile = np.take_along_axis(values, np.take_along_axis(order, place[:, None], axis=1), axis=1)[:, 0]
    return np.where(np.isnan(values).any(axis=1), np.nan, quantile)


def spiegelhalter_z(cases: Cases, weights: Floats) -> Floats:
    """The difference of the Brier score from its expectation under honest probabilities, in standard errors."""
    p = cases.prediction
    top = weights @ ((cases.truth - p) * (1 - 2 * p))
    return divided(top, np.sqrt(weights @ ((1 - 2 * p) ** 2 * p * (1 - p))))
