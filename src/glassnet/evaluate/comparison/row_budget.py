"""The number of rows that each model is trained on, so that all of them keep a time budget."""

from __future__ import annotations

import math
import time
import warnings
from typing import Any

import numpy as np

from glassnet.engine.random_numbers import permutation
from glassnet.errors import ConfigurationError
from glassnet.evaluate.comparison.rivals import BASELINE, Rival, Setup, answer_of
from glassnet.formulas.randomness import Purpose

_TRIAL_ROWS = 2000
_USED_SHARE = 0.7
"""The part of a model's time to plan for, because a trial on few rows predicts the time on many only roughly."""
_SLOWER_PREDICTION = 2.0
"""A factor for forests, because trees grown on many rows are deeper than those of the trial."""


def check_time_budget(time_budget: float | None) -> float:
    """The budget in seconds; infinite if there is none."""
    if time_budget is None:
        return math.inf
    if isinstance(time_budget, bool) or not isinstance(time_budget, (int, float)) or not 0 <= time_budget < math.inf:
        raise ConfigurationError(f"time_budget={time_budget!r} must be a number of seconds, such as 20.")
    return float(time_budget)


class Clock:
    """Divides the rest of a budget among the remaining models."""

    def __init__(self, budget: float, n_rivals: int) -> None:
        self.end = time.perf_counter() + budget
        self.to_come = n_rivals

    def fit(
        self, rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, n_test: int
    ) -> tuple[Any, int, float]:
        """A fitted model, the number of its training rows, and its time in seconds."""
        started = time.perf_counter()
        if rival.name == BASELINE:
            return *_fit(rival, setup, X, y, weights), time.perf_counter() - started
        share = (self.end - started) / max(self.to_come, 1)
        self.to_come -= 1
        rows = _most_rows(rival, len(y))
        order = permutation(setup.seed, Purpose.SPLIT, len(y), part=7) if rows < len(y) or share < math.inf else None
        if math.isfinite(share) and len(y) > _TRIAL_ROWS:
            assert order is not None
            few = np.sort(order[:_TRIAL_ROWS])
            trial, predicting = _time_fit(rival, setup, X, y, weights, few, n_test)
            tried = time.perf_counter() - started - predicting
            predicting *= _SLOWER_PREDICTION * n_test / len(few)
            left = _USED_SHARE * share - (time.perf_counter() - started) - predicting
            affordable = _TRIAL_ROWS * max(left / tried, 0.0) ** (1 / rival.growth)
            rows = int(min(rows, max(_TRIAL_ROWS, affordable)))
            if rows == _TRIAL_ROWS:
                return trial, rows, time.perf_counter() - started - predicting
        if rows < len(y):
            assert order is not None
            chosen = np.sort(order[:rows])
            X, y, weights = X[chosen], y[chosen], None if weights is None else weights[chosen]
        return *_fit(rival, Setup(setup.seed, setup.n_jobs, rows), X, y, weights), time.perf_counter() - started


def _most_rows(rival: Rival, n_rows: int) -> int:
    """All rows, or a sample of as many as this model uses at most."""
    return n_rows if rival.most_sampled is None else min(n_rows, rival.most_sampled)


def _time_fit(
    rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, few: np.ndarray, n_test: int
) -> tuple[Any, float]:
    """A model fitted on few rows, and the time it takes to predict them."""
    model, _ = _fit(rival, Setup(setup.seed, setup.n_jobs, len(few)), X[few], y[few],
                       None if weights is None else weights[few])  # fmt: skip
    started = time.perf_counter()
    if n_test:
        (rival.answer or answer_of)(model, in_double(X[few]), 0)
    return model, time.perf_counter() - started


def in_double(X: np.ndarray) -> np.ndarray:
    """Encoded rows in the precision that the models use; rows in a file stay there."""
    return X if isinstance(X, np.memmap) else np.asarray(X, dtype=np.float64)


def _fit(rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> tuple[Any, int]:
    """A model fitted on all the given rows, and their number."""
    model = rival.make(setup)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a model that reaches its iteration limit is still a fair comparison
        model.fit(in_double(X), y, **({} if weights is None else {"sample_weight": weights}))
    return model, len(y)
