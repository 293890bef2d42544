"""Measures of decisions from the weights of true and false positives and negatives, for many weightings at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glassnet.evaluate.metrics.cases import Cases, Floats


class Counts(NamedTuple):
    """The four cells of the confusion matrix, each of shape (draws,)."""

    tp: Floats
    fp: Floats
    tn: Floats
    fn: Floats


def counts(cases: Cases, weights: Floats) -> Counts:
    """The weight of each of the four cells."""
    result: Counts = cases.memo("counts", weights, lambda: Counts(*cases.cells(weights)))
    return result


def divided(top: Floats, bottom: Floats) -> Floats:
    """A quotient, or NaN for a denominator of 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom)


def sensitivity(cases: Cases, weights: Floats) -> Floats:
    """The proportion classified as positive among those with the outcome."""
    c = counts(cases, weights)
    return divided(c.tp, c.tp + c.fn)


def specificity(cases: Cases, weights: Floats) -> Floats:
    """The proportion classified as negative among those without the outcome."""
    c = counts(cases, weights)
    return divided(c.tn, c.tn + c.fp)


def positive_predictive_value(cases: Cases, weights: Floats) -> Floats:
    """The proportion with the outcome among those classified as positive."""
    c = counts(cases, weights)
    return divided(c.tp, c.tp + c.fp)


def negative_predictive_value(cases: Cases, weights: Floats) -> Floats:
    """The proportion without the outcome among those classified as negative."""
    c = counts(cases, weights)
    return divided(c.tn, c.tn + c.fn)


def accuracy(cases: Cases, weights: Floats) -> Floats:
    """The proportion classified correctly."""
    c = counts(cases, weights)
    return divided(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn)


def balanced_accuracy(cases: Cases, weights: Floats) -> Floats:
    """The mean of sensitivity and specificity."""
    return (sensitivity(cases, weights) + specificity(cases, weights)) / 2


def f1(cases: Cases, weights: Floats) -> Floats:
    """The harmonic mean of sensitivity and positive predictive value."""
    c = counts(cases, weights)
    return divided(2 * c.tp, 2 * c.tp + c.fp + c.fn)


def mcc(cases: Cases, weights: Floats) -> Floats:
    """The Matthews correlation coefficient."""
    c = counts(cases, weights)
    bottom = np.sqrt(c.tp + c.fp) * np.sqrt(c.tp + c.fn) * np.sqrt(c.tn + c.fp) * np.sqrt(c.tn + c.fn)
    return divided(c.tp * c.tn - c.fp * c.fn, bottom)


def net_benefit(cases: Cases, weights: Floats) -> Floats:
    """True positives per row minus false positives weighted by the odds of the threshold."""
    assert cases.threshold is not None
    c, odds = counts(cases, weights), cases.threshold / (1 - cases.threshold)
    return divided(c.tp - odds * c.fp, weights.sum(axis=1))
