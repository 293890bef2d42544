"""What predictions of times to an event are held against: everybody's curve, and Cox regression.

Cox regression is a network of ours without hidden layers, at the minimum of the partial likelihood. A random survival
forest would need scikit-survival, whose license we do not take on; the accuracy benchmarks compare with it.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from glassnet.survival import Alike, Baseline, Proportional, Times, kaplan_meier
from glassnet.tables.outcome import Answer

_PENALTY = 1e-5
"""Of the sum of the squared coefficients: it moves none that data determine, and keeps those finite that none do."""


def _times(y: np.ndarray) -> Times:
    """Times of (time, event)."""
    return Times(y[:, 0], y[:, 1].astype(np.int64))


class EverybodysCurve:
    """Kaplan-Meier of the training rows, for every row."""

    def fit(self, _: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Remember the curve."""
        times = _times(y)
        kept = np.ones(len(times), dtype=bool) if sample_weight is None else np.asarray(sample_weight) > 0
        self.curve_ = kaplan_meier(times.take(kept))
        return self


class CoxRegression:
    """A `cox` network without hidden layers.

    Attributes
    ----------
    coef_ : array, shape (n_inputs,)
        Logarithms of hazard ratios for one unit of each input.
    baseline_ : Baseline
    """

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Find the coefficients by L-BFGS on standardized inputs."""
        from glassnet.engine import Plan
        from glassnet.engine.objective import TrainingObjective

        X = np.asarray(X, dtype=np.float64)
        center, spread = X.mean(axis=0), X.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        plan = Plan([X.shape[1], 1], ["identity"], "cox", reduction="sum", l2=_PENALTY, dtype="float64")
        objective = TrainingObjective(plan, (X - center) / spread, y, sample_weight)
        search = objective.search(np.zeros(X.shape[1] + 1), iterations=1000, evaluations=2000, slope=1e-7, decrease=0.0)
        while not search.advance(50):
            pass
        self.coef_ = search.point[:-1] / spread
        self.baseline_ = Baseline.of(_times(y), X @ self.coef_, sample_weight)
        return self


def answer_of_curve(model: EverybodysCurve, X: np.ndarray, _: int) -> Answer:
    """The curve of all, for each row."""
    return Answer(np.zeros(len(X)), curves=Alike(model.curve_, len(X)))


def answer_of_cox(model: CoxRegression, X: np.ndarray, _: int) -> Answer:
    """Risks and curves."""
    risk = np.asarray(X, dtype=np.float64) @ model.coef_
    return Answer(risk, curves=Proportional(risk, model.baseline_))
