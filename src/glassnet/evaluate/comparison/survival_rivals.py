"""Models to compare with for times to an event: one curve for everybody, and Cox regression.

Cox regression is a network without hidden layers at the maximum of the partial likelihood.

Where there are strata, their numbers are the last column of the inputs; each stratum then has a curve of its own.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from glassnet.survival import (
    Alike,
    AlikeInStratum,
    Baseline,
    Competing,
    Everybodys,
    EverybodysInStratum,
    Proportional,
    Stratified,
    StratifiedCompeting,
    Times,
    aalen_johansen,
    kaplan_meier,
)
from glassnet.tables.outcome import Answer

_PENALTY = 1e-5
"""The penalty on squared coefficients: negligible for those that data determine, and keeps the others finite."""


def _apart(X: np.ndarray, *, stratified: bool) -> tuple[np.ndarray, np.ndarray]:
    """The inputs as they are learned from, and the stratum of each row."""
    X = np.asarray(X, dtype=np.float64)
    return (X[:, :-1], X[:, -1].astype(np.int64)) if stratified else (X, np.zeros(len(X), dtype=np.int64))


def _by_stratum(times: Times) -> list[np.ndarray]:
    """The rows of each stratum up to the last, and of one that no row has, for strata that are met later."""
    return [np.flatnonzero(times.layers == layer) for layer in range(int(times.layers.max()) + 2)]


class EverybodysCurve:
    """The Kaplan-Meier curve of the training rows, or of those of a stratum, for every row."""

    def fit(self, _: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Estimate the curves."""
        times = Times.of_truth(y)
        kept = np.ones(len(times), dtype=bool) if sample_weight is None else np.asarray(sample_weight) > 0
        own, causes = times.take(kept), range(1, times.causes + 1)
        parts = [own.take(rows) for rows in _by_stratum(own)]
        parts = [part if len(part) else own for part in parts]  # of a stratum without rows, nothing else is known
        self.stratified_ = times.stratum is not None
        self.curves_ = tuple(kaplan_meier(part) for part in parts)
        self.incidences_ = tuple(tuple(aalen_johansen(part, k) for k in causes) for part in parts)
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
    by_stratum_ : tuple of tuple of Baseline
        Those of each stratum, where there are strata.
    """

    def fit(self, X: np.ndarray, y: np.ndarray, sample_weight: Any = None) -> Self:
        """Find the coefficients by L-BFGS on standardized inputs."""
        from glassnet.engine import Plan
        from glassnet.engine.objective import TrainingObjective

        times = Times.of_truth(y)
        self.stratified_ = times.stratum is not None
        X, _ = _apart(X, stratified=self.stratified_)
        center, spread = X.mean(axis=0), X.std(axis=0)
        spread = np.where(spread > 0, spread, 1.0)
        plan = Plan([X.shape[1], times.causes], ["identity"], "cox", reduction="sum", l2=_PENALTY, dtype="float64")
        objective = TrainingObjective(plan, (X - center) / spread, y, sample_weight)
        start = np.zeros((X.shape[1] + 1) * times.causes)
        search = objective.search(start, iterations=1000, evaluations=2000, slope=1e-7, decrease=0.0)
        while not search.advance(50):
            pass
        weights = search.point[: -times.causes].reshape(X.shape[1], times.causes)
        coef = weights / spread[:, None]
        own = [times] if times.causes == 1 else [times.of_cause(k) for k in range(1, times.causes + 1)]
        heavy = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight)
        self.by_stratum_ = tuple(
            tuple(Baseline.of(t.take(rows), X[rows] @ c, heavy[rows]) for t, c in zip(own, coef.T, strict=True))
            for rows in _by_stratum(times)
        )
        self.baselines_ = self.by_stratum_[0]
        self.baseline_, self.coef_ = self.baselines_[0], coef[:, 0] if times.causes == 1 else coef
        return self


def answer_of_curve(model: EverybodysCurve, X: np.ndarray, _: int) -> Answer:
    """The common curve, for each row."""
    causes = len(model.incidences_[0])
    risk = np.zeros((len(X), causes)) if causes > 1 else np.zeros(len(X))
    if model.stratified_:
        layers = np.minimum(_apart(X, stratified=True)[1], len(model.curves_) - 1)
        several = EverybodysInStratum(model.incidences_, layers)
        return Answer(risk, curves=several if causes > 1 else AlikeInStratum(model.curves_, layers))
    return Answer(
        risk, curves=Everybodys(model.incidences_[0], len(X)) if causes > 1 else Alike(model.curves_[0], len(X))
    )


def answer_of_cox(model: CoxRegression, X: np.ndarray, _: int) -> Answer:
    """Risks and curves."""
    inputs, layers = _apart(X, stratified=model.stratified_)
    risk = inputs @ model.coef_
    several = risk.ndim == 2
    if model.stratified_:
        baselines = model.by_stratum_
        layers = np.minimum(layers, len(baselines) - 1)
        if several:
            return Answer(risk, curves=StratifiedCompeting(risk, layers, baselines))
        return Answer(risk, curves=Stratified(risk, layers, tuple(own for (own,) in baselines)))
    return Answer(risk, curves=Competing(risk, model.baselines_) if several else Proportional(risk, model.baseline_))
