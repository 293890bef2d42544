"""How many rows each rival is trained on, so that all of them keep a time budget."""

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
"""Of the time that a rival has; a trial on few rows tells only about what it takes on many."""
_SLOWER_PREDICTION = 2.0
"""A forest that was grown on many rows has deeper trees than one of the trial."""


def check_time_budget(time_budget: float | None) -> float:
    """Seconds; no limit where there is no budget."""
    if time_budget is None:
        return math.inf
    if isinstance(time_budget, bool) or not isinstance(time_budget, (int, float)) or not 0 <= time_budget < math.inf:
        raise ConfigurationError(f"time_budget={time_budget!r} must be a number of seconds, such as 20.")
    return float(time_budget)


class Clock:
    """Divides what is left of a budget among the rivals that are still to come."""

    def __init__(self, budget: float, n_rivals: int) -> None:
        self.end = time.perf_counter() + budget
        self.to_come = n_rivals

    def fit(
        self, rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, n_test: int
    ) -> tuple[Any, int, float]:
        """A fitted rival, the number of its training rows, and its seconds."""
        started = time.perf_counter()
        if rival.name == BASELINE:
            return *_fitted(rival, setup, X, y, weights), time.perf_counter() - started
        share = (self.end - started) / max(self.to_come, 1)
        self.to_come -= 1
        rows = _most_rows(rival, len(y))
        order = permutation(setup.seed, Purpose.SPLIT, len(y), part=7) if rows < len(y) or share < math.inf else None
        if math.isfinite(share) and len(y) > _TRIAL_ROWS:
            assert order is not None
            few = np.sort(order[:_TRIAL_ROWS])
            trial, predicting = _timed(rival, setup, X, y, weights, few, n_test)
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
        return *_fitted(rival, Setup(setup.seed, setup.n_jobs, rows), X, y, weights), time.perf_counter() - started


def _most_rows(rival: Rival, n_rows: int) -> int:
    """All rows, or as many as this rival is sampled down to."""
    return n_rows if rival.most_sampled is None else min(n_rows, rival.most_sampled)


def _timed(
    rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None, few: np.ndarray, n_test: int
) -> tuple[Any, float]:
    """A rival fitted on few rows, and the seconds that it takes to predict them."""
    model, _ = _fitted(rival, Setup(setup.seed, setup.n_jobs, len(few)), X[few], y[few],
                       None if weights is None else weights[few])  # fmt: skip
    started = time.perf_counter()
    if n_test:
        (rival.answer or answer_of)(model, in_double(X[few]), 0)
    return model, time.perf_counter() - started


def in_double(X: np.ndarray) -> np.ndarray:
    """Encoded rows in the precision that rivals compute in; rows that lie in a file stay there."""
    return X if isinstance(X, np.memmap) else np.asarray(X, dtype=np.float64)


def _fitted(rival: Rival, setup: Setup, X: np.ndarray, y: np.ndarray, weights: np.ndarray | None) -> tuple[Any, int]:
    """A rival fitted on all the given rows, and how many there are."""
    model = rival.make(setup)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a rival that stops at its limit of iterations is still a fair rival
        model.fit(in_double(X), y, **({} if weights is None else {"sample_weight": weights}))
    return model, len(y)
