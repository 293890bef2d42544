"""Measures of decisions: from the weights of true and false positives and negatives, for many weightings at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from glassnet.evaluate.metrics.cases import Cases, Floats


class Counts(NamedTuple):
    """The four cells of truth and call, each of shape (draws,)."""

    tp: Floats
    fp: Floats
    tn: Floats
    fn: Floats


def counts(cases: Cases, weights: Floats) -> Counts:
    """The weight of each of the four cells."""
    result: Counts = cases.kept("counts", weights, lambda: Counts(*cases.cells(weights)))
    return result


def divided(top: Floats, bottom: Floats) -> Floats:
    """A quotient, NaN where it would divide by 0."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(bottom == 0, np.nan, top / bottom)


def sensitivity(cases: Cases, weights: Floats) -> Floats:
    """Called positive among those with the outcome."""
    c = counts(cases, weights)
    return divided(c.tp, c.tp + c.fn)


def specificity(cases: Cases, weights: Floats) -> Floats:
    """Called negative among those without the outcome."""
    c = counts(cases, weights)
    return divided(c.tn, c.tn + c.fp)


def positive_predictive_value(cases: Cases, weights: Floats) -> Floats:
    """With the outcome among those called positive."""
    c = counts(cases, weights)
    return divided(c.tp, c.tp + c.fp)


def negative_predictive_value(cases: Cases, weights: Floats) -> Floats:
    """Without the outcome among those called negative."""
    c = counts(cases, weights)
    return divided(c.tn, c.tn + c.fn)


def accuracy(cases: Cases, weights: Floats) -> Floats:
    """Called what they are."""
    c = counts(cases, weights)
    return divided(c.tp + c.tn, c.tp + c.tn + c.fp + c.fn)


def balanced_accuracy(cases: Cases, weights: Floats) -> Floats:
    """The mean of sensitivity and specificity."""
    return (sensitivity(cases, weights) + specificity(cases, weights)) / 2


def f1(cases: Cases, weights: Floats) -> Floats:
    """Harmonic mean of sensitivity and positive predictive value."""
    c = counts(cases, weights)
    return divided(2 * c.tp, 2 * c.tp + c.fp + c.fn)


def mcc(cases: Cases, weights: Floats) -> Floats:
    """Matthews' correlation."""
    c = counts(cases, weights)
    bottom = np.sqrt(c.tp + c.fp) * np.sqrt(c.tp + c.fn) * np.sqrt(c.tn + c.fp) * np.sqrt(c.tn + c.fn)
    return divided(c.tp * c.tn - c.fp * c.fn, bottom)


def net_benefit(cases: Cases, weights: Floats) -> Floats:
    """True positives per row, less false ones at the odds of the threshold."""
    assert cases.threshold is not None
    c, odds = counts(cases, weights), cases.threshold / (1 - cases.threshold)
    return divided(c.tp - odds * c.fp, weights.sum(axis=1))
