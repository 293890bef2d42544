"""How much a model's answers differ when it is made again from other rows of the same kind (Riley and Collins 2023)."""

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
        NaN beyond what a refit says, or where its curve does not exist.
    """

    at: Floats
    own: Floats
    refits: Floats

    def band(self, coverage: float) -> tuple[Floats, Floats]:
        """The central share of the refits at each point; NaN where fewer than half have a value."""
        low, high = np.full((2, len(self.at)), np.nan)
        there = np.isfinite(self.refits).mean(axis=0) >= 0.5
        if there.any():
            ends = [(1 - coverage) / 2, (1 + coverage) / 2]
            low[there], high[there] = np.nanquantile(self.refits[:, there], ends, axis=0)
        return low, high


@dataclass(frozen=True, eq=False)
class Instability:
    """The refits' answers beside the model's, row by row.

    Attributes
    ----------
    said : array of float64, shape (n_rows,)
        The model's own answer: a probability, or an amount.
    low, high : array of float64, shape (n_rows,)
        The central share `coverage` of what the refits say.
    error : array of float64, shape (n_rows,)
        The mean distance of the refits' answers from the model's: the mean absolute prediction error (MAPE) of a row.
    mean_error, largest_error : float
        Over rows.
    changed : dict of str to array of float64, shape (n_rows,)
        The share of refits that call a row otherwise than the model does: from each threshold on, or by the most
        probable class.
    calibration, decision : Curves or None
        Flexible calibration curves and net benefits, each refit on all rows; None for amounts.
    refits : array of float64, shape (refits, n_rows)
        What each says.
    coverage : float
    """

    said: Floats
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
        """Everything but the answers of each refit."""
        fields = {
            name: value for name, value in vars(self).items() if name not in ("refits", "calibration", "decision")
        }
        for name, curves in (("calibration", self.calibration), ("decision", self.decision)):
            if curves is not None:
                low, high = curves.band(self.coverage)
                fields[name] = {"at": curves.at, "model": curves.own, "low": low, "high": high}
        return fields


def instability_of(
    own: Cases, refits: Floats, called: NDArray[np.bool_] | None, weights: Floats, thresholds: Sequence[float],
    coverage: float,
) -> Instability:  # fmt: skip
    """Hold the answers of refits beside the model's.

    Parameters
    ----------
    own : Cases
        The model's, on the rows of its training.
    refits : array of shape (refits, n_rows)
        The refits' answers to the same rows.
    called : array of bool, shape (refits, n_rows), or None
        Whom the refits call, where the cases are called without a threshold.
    weights : array of shape (n_rows,)
    thresholds : sequence of float
        For probabilities that are not called: from where rows are called positive.
    coverage : float

    Examples
    --------
    >>> found = instability_of(Cases.of([0, 1], [0.2, 0.6]), np.array([[0.1, 0.4], [0.3, 0.6]]), None,
    ...                        np.ones(2), [0.5], 0.95)
    >>> found.error.round(2).tolist(), found.changed["threshold 50 %"].tolist()
    ([0.1, 0.1], [0.0, 0.5])
    """
    low, high = np.quantile(refits, [(1 - coverage) / 2, (1 + coverage) / 2], axis=0)
    error = np.abs(refits - own.prediction).mean(axis=0)
    changed = {}
    if called is not None:
        changed[MOST_PROBABLE] = (called != own.is_called).mean(axis=0)
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
    """The flexible calibration curve of the model, and of each refit where it says such probabilities."""
    at = np.linspace(own.prediction.min(), own.prediction.max(), POINTS)
    return Curves(at, _curve(own, weights, at), np.stack([_curve(own.saying(s), weights, at) for s in refits]))


def _curve(cases: Cases, weights: Floats, at: Floats) -> Floats:
    """How often the outcome happens where these probabilities were said; NaN beyond what was said."""
    curve = FlexibleCurve(cases.odds, cases.truth)
    with np.errstate(divide="ignore"):
        odds = np.clip(np.log(at) - np.log1p(-at), cases.odds.min(), cases.odds.max())
    inside = (at >= cases.prediction.min()) & (at <= cases.prediction.max())
    return np.where(inside, curve.at(odds, curve.fits(cases.seen(weights[None])))[0], np.nan)


def _decision(own: Cases, refits: Floats, weights: Floats) -> Curves:
    """Net benefits over thresholds."""
    several = [each.net_benefits(weights[None], THRESHOLDS)[0][0] for each in (own, *(own.saying(s) for s in refits))]
    return Curves(THRESHOLDS, several[0], np.stack(several[1:]))
