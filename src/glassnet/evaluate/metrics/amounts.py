"""Measures of predicted amounts other than those of model comparison, for many weightings at once."""

from __future__ import annotations

import numpy as np

from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.decisions import divided


def absolute_error(cases: Cases, weights: Floats) -> Floats:
    """The mean absolute difference of prediction and amount."""
    return np.asarray(weights @ np.abs(cases.truth - cases.prediction) / weights.sum(axis=1))


def line_slope(cases: Cases, weights: Floats) -> Floats:
    """The slope of amounts on predictions."""
    return _line(cases, weights)[1]


def line_intercept(cases: Cases, weights: Floats) -> Floats:
    """The intercept of amounts on predictions."""
    return _line(cases, weights)[0]


def _line(cases: Cases, weights: Floats) -> tuple[Floats, Floats]:
    """Least squares regression of amounts on predictions: intercept and slope for each draw."""
    total = weights.sum(axis=1)
    shift = float(cases.prediction.mean())
    predicted = cases.prediction - shift
    mean_predicted, mean_true = weights @ predicted / total, weights @ cases.truth / total
    variance = weights @ predicted**2 / total - mean_predicted**2
    variance = np.where(variance <= 1e-12 * np.maximum(weights @ predicted**2 / total, shift**2 * 1e-12), 0.0, variance)
    slope = divided(weights @ (predicted * cases.truth) / total - mean_predicted * mean_true, variance)
    return mean_true - slope * (mean_predicted + shift), slope
