"""How much predictions vary when a model is refitted to other rows of the same kind (Riley and Collins 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.recalibration import FlexibleCurve

POINTS = 41
THRESHOLDS = np.arange(1, 100) / 100
MOST_PROBABLE = "most probable"


@dataclass(frozen=True, eq=False)
class Curves:
    """A curve of the model, and one of each refit.

    Attributes
    ----------
    at : array of float64, shape (points,)
    own : array of float64, shape (points,)
    refits : array of float64, shape (refits, points)
        NaN beyond the range of a refit's predictions, or if its curve does not exist.
    """

    at: Floats
    own: Floats
    refits: Floats

    def band(self, coverage: float) -> tuple[Floats, Floats]:
        """The central range of the refits at each point; NaN if fewer than half have a value."""
        low, high = np.full((2, len(self.at)), np.nan)
        there = np.isfinite(self.refits).mean(axis=0) >= 0.5
        if there.any():
            ends = [(1 - coverage) / 2, (1 + coverage) / 2]
            low[there], high[there] = np.nanquantile(self.refits[:, there], ends, axis=0)
        return low, high


@dataclass(frozen=True, eq=False)
class Instability:
    """The predictions of refits compared with the model's, row by row.

    Attributes
    ----------
    prediction : array of float64, shape (n_rows,)
        The model's own prediction: a probability or an amount.
    low, high : array of float64, shape (n_rows,)
        The ends of the central range of the refits' predictions with this `coverage`.
    error : array of float64, shape (n_rows,)
        The mean absolute difference of the refits' predictions from the model's: the mean absolute prediction error
        (MAPE) of a row.
    mean_error, largest_error : float
        The mean and the largest error over rows.
    changed : dict of str to array of float64, shape (n_rows,)
        The proportion of refits that classify a row differently from the model, at each threshold or by the most
        probable class.
    calibration, decision : Curves or None
        Flexible calibration curves and net benefits of each refit on all rows; None for amounts.
    refits : array of float64, shape (refits, n_rows)
        The predictions of each refit.
    coverage : float
    """

    prediction: Floats
    low: Floats
    high: Floats
    error: Floats
    mean_error: float
    largest_error: float
    changed: dict[str, Floats]
    calibration: Curves | None
    decision: Curves | None
    refits: Floats
    coverage: float

    def to_dict(self) -> dict[str, Any]:
        """Everything except the predictions of each refit."""
        fields = {
            name: value for name, value in vars(self).items() if name not in ("refits", "calibration", "decision")
        }
        for name, curves in (("calibration", self.calibration), ("decision", self.decision)):
            if curves is not None:
                low, high = curves.band(self.coverage)
                fields[name] = {"at": curves.at, "model": curves.own, "low": low, "high": high}
        return fields


def instability_of(
    own: Cases, refits: Floats, positive: NDArray[np.bool_] | None, weights: Floats, thresholds: Sequence[float],
    coverage: float,
) -> Instability:  # fmt: skip
    """Compare the predictions of refits with the model's.

    Parameters
    ----------
    own : Cases
        The model's cases on its training rows.
    refits : array of shape (refits, n_rows)
        The refits' predictions for the same rows.
    positive : array of bool, shape (refits, n_rows), or None
        The classification by the refits, if the cases are classified without a threshold.
    weights : array of shape (n_rows,)
    thresholds : sequence of float
        For probabilities without a classification: the probabilities at or above which rows are positive.
    coverage : float

    Examples
    --------
    >>> result = instability_of(Cases.of([0, 1], [0.2, 0.6]), np.array([[0.1, 0.4], [0.3, 0.6]]), None,
    ...                        np.ones(2), [0.5], 0.95)
    >>> result.error.round(2).tolist(), result.changed["threshold 50 %"].tolist()
    ([0.1, 0.1], [0.0, 0.5])
    """
    low, high = np.quantile(refits, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0)
    error = np.abs(refits - own.prediction).mean(axis=0)
    changed = {}
    if positive is not None:
        changed[MOST_PROBABLE] = (positive != own.is_positive).mean(axis=0)
    elif not own.are_amounts:
        for t in thresholds:
            changed[f"threshold {100 * t:.4g} %"] = ((refits >= t) != (own.prediction >= t)).mean(axis=0)
    calibration = decision = None
    if not own.are_amounts and 0 < own.truth.sum() < len(own):
        calibration, decision = _calibration(own, refits, weights), _decision(own, refits, weights)
    return Instability(
        own.prediction, low, high, error, float(weights @ error / weights.sum()), float(error.max()), changed,
        calibration, decision, refits, coverage,
    )  # fmt: skip


def _calibration(own: Cases, refits: Floats, weights: Floats) -> Curves:
    """The flexible calibration curve of the model, and of each refit within the range of its predictions."""
    at = np.linspace(own.prediction.min(), own.prediction.max(), POINTS)
    return Curves(at, _curve(own, weights, at), np.stack([_curve(own.with_prediction(s), weights, at) for s in refits]))


def _curve(cases: Cases, weights: Floats, at: Floats) -> Floats:
    """The observed proportion at these predicted probabilities; NaN outside the range of predictions."""
    curve = FlexibleCurve(cases.odds, cases.truth)
    with np.errstate(divide="ignore"):
        odds = np.clip(np.log(at) - np.log1p(-at), cases.odds.min(), cases.odds.max())
    inside = (at >= cases.prediction.min()) & (at <= cases.prediction.max())
    return np.where(inside, curve.at(odds, curve.fits(cases.known_weights(weights[None])))[0], np.nan)


def _decision(own: Cases, refits: Floats, weights: Floats) -> Curves:
    """Net benefits over thresholds."""
    several = [
        each.net_benefits(weights[None], THRESHOLDS)[0][0] for each in (own, *(own.with_prediction(s) for s in refits))
    ]
    return Curves(THRESHOLDS, several[0], np.stack(several[1:]))
