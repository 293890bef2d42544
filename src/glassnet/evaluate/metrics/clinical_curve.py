"""Two curves with confidence bands: calibration, and net benefit over thresholds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.recalibration import FlexibleCurve

POINTS, BINS = 81, 20


@dataclass(frozen=True, eq=False)
class CalibrationCurve:
    """The observed proportion with the outcome at each predicted probability, and a histogram of predictions.

    Attributes
    ----------
    probability : array of float64, shape (points,)
        Probabilities between the smallest and the largest prediction.
    observed, low, high : array of float64, shape (points,)
        The flexible curve and the limits of its band.
    edges : array of float64, shape (bins + 1,)
    with_outcome, without : array of float64, shape (bins,)
        The weight of rows with and without the outcome in each bin of probabilities.
    """

    probability: Floats
    observed: Floats
    low: Floats
    high: Floats
    edges: Floats
    with_outcome: Floats
    without: Floats


@dataclass(frozen=True, eq=False)
class DecisionCurve:
    """Net benefit over thresholds of the model, of treating all, and (always 0) of treating none.

    Attributes
    ----------
    thresholds : array of float64, shape (points,)
    model, low, high : array of float64, shape (points,)
        The net benefit of treating rows at or above the threshold, and the limits of its band.
    treat_all, all_low, all_high : array of float64, shape (points,)
    """

    thresholds: Floats
    model: Floats
    low: Floats
    high: Floats
    treat_all: Floats
    all_low: Floats
    all_high: Floats


def calibration_curve(
    cases: Cases, weights: Floats, draws: Iterable[Floats], coverage: float = 0.95
) -> CalibrationCurve | None:
    """The flexible calibration curve with a pointwise band, or None if there is only one class.

    Parameters
    ----------
    cases : Cases
    weights : array of shape (n,)
    draws : iterable of array of shape (some draws, n)
        The number of times that each row was drawn, without weights.
    coverage : float
    """
    curve = FlexibleCurve(cases.odds, cases.truth)
    plain = curve.fits(cases.known_weights(weights[None]))
    if not np.isfinite(plain).all():
        return None
    at = np.linspace(cases.prediction.min(), cases.prediction.max(), POINTS)
    smallest, largest = cases.odds.min(), cases.odds.max()
    with np.errstate(divide="ignore"):
        odds = np.clip(np.log(at) - np.log1p(-at), smallest, largest)
    drawn = np.concatenate([curve.at(odds, curve.fits(cases.known_weights(block * weights))) for block in draws])
    low, high = _band(drawn, coverage)
    edges = np.linspace(0.0, 1.0, BINS + 1)
    yes, no = (
        np.histogram(cases.prediction[own], edges, weights=weights[own])[0].astype(np.float64)
        for own in (cases.truth, ~cases.truth)
    )
    return CalibrationCurve(at, curve.at(odds, plain)[0], low, high, edges, yes, no)


def decision_curve(
    cases: Cases, weights: Floats, draws: Iterable[Floats], coverage: float = 0.95, thresholds: Floats | None = None
) -> DecisionCurve:
    """Net benefit over thresholds, with pointwise bands.

    Parameters
    ----------
    cases : Cases
    weights : array of shape (n,)
    draws : iterable of array of shape (some draws, n)
    coverage : float
    thresholds : array of shape (points,), optional
        By default 0.01, 0.02, ..., 0.99.
    """
    at = np.arange(1, 100) / 100 if thresholds is None else np.asarray(thresholds, dtype=np.float64)
    plain, of_all = cases.net_benefits(weights[None], at)
    blocks = [cases.net_benefits(block * weights, at) for block in draws]
    low, high = _band(np.concatenate([block[0] for block in blocks]), coverage)
    all_low, all_high = _band(np.concatenate([block[1] for block in blocks]), coverage)
    return DecisionCurve(at, plain[0], low, high, of_all[0], all_low, all_high)


def _band(drawn: Floats, coverage: float) -> tuple[Floats, Floats]:
    """The central range of the draws at each point."""
    defined = drawn[np.isfinite(drawn).all(axis=1)]
    if not len(defined):
        return np.full(drawn.shape[1], np.nan), np.full(drawn.shape[1], np.nan)
    low, high = np.quantile(defined, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0)
    return low, high
