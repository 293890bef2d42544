"""Models to compare with for times to an event: one curve for everybody, and Cox regression.

Cox regression is a network without hidden layers at the maximum of the partial likelihood.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from glassnet.survival import Alike, Baseline, Competing, Everybodys, Proportional, Times, aalen_johansen, kaplan_meier
from glassnet.tables.outcome import Answer

_PENALTY = 1e-5
"""The penalty on squared coefficients: negligible for those that data determine, and keeps the others finite."""


class EverybodysCurve:
    """The Kaplan-Meier curve of the training rows, for every row."""

    def fit(self, _: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Estimate the curve."""
        times = Times.of_truth(y)
        kept = np.ones(len(times), dtype=bool) if sample_weight is None else np.asarray(sample_weight) > 0
        own = times.take(kept)
        self.curve_ = kaplan_meier(own)
        self.incidences_ = tuple(aalen_johansen(own, k) for k in range(1, times.causes + 1))
        return self


class CoxRegression:
    """A `cox` network without hidden layers; with competing causes, one for the hazard of each.

    Attributes
    ----------
    coef_ : array, shape (n_inputs,) or (n_inputs, n_causes)
        Log hazard ratios for one unit of each input.
    baseline_ : Baseline
    baselines_ : tuple of Baseline
        The baselines of the causes.
    """

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Find the coefficients by L-BFGS on standardized inputs."""
        from glassnet.engine import Plan
        from glassnet.engine.objective import TrainingObjective

        X = np.asarray(X, dtype=np.float64)
        center, spread = X.mean(axis=0), X.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        times = Times.of_truth(y)
        plan = Plan([X.shape[1], times.causes], ["identity"], "cox", reduction="sum", l2=_PENALTY, dtype="float64")
        objective = TrainingObjective(plan, (X - center) / spread, y, sample_weight)
        start = np.zeros((X.shape[1] + 1) * times.causes)
        search = objective.search(start, iterations=1000, evaluations=2000, slope=1e-7, decrease=0.0)
        while not search.advance(50):
            pass
        weights = search.point[: -times.causes].reshape(X.shape[1], times.causes)
        coef = weights / spread[:, None]
        own = [times] if times.causes == 1 else [times.of_cause(k) for k in range(1, times.causes + 1)]
        self.baselines_ = tuple(Baseline.of(t, X @ c, sample_weight) for t, c in zip(own, coef.T, strict=True))
        self.baseline_, self.coef_ = self.baselines_[0], coef[:, 0] if times.causes == 1 else coef
        return self


def answer_of_curve(model: EverybodysCurve, X: np.ndarray, _: int) -> Answer:
    """The common curve, for each row."""
    causes = len(model.incidences_)
    if causes > 1:
        return Answer(np.zeros((len(X), causes)), curves=Everybodys(model.incidences_, len(X)))
    return Answer(np.zeros(len(X)), curves=Alike(model.curve_, len(X)))


def answer_of_cox(model: CoxRegression, X: np.ndarray, _: int) -> Answer:
    """Risks and curves."""
    risk = np.asarray(X, dtype=np.float64) @ model.coef_
    several = risk.ndim == 2
    return Answer(risk, curves=Competing(risk, model.baselines_) if several else Proportional(risk, model.baseline_))
