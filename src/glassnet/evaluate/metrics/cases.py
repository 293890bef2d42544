"""`Cases`: true values and predictions, for one binary outcome or for amounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, DataError
from glassnet.tables.outcome import Answer

Floats = NDArray[np.float64]
SMALLEST = float(np.finfo(np.float64).eps)
"""A probability of 0 counts as this, and of 1 as 1 minus this, if its log odds are needed and not given."""


@dataclass(frozen=True, eq=False)
class Cases:
    """Rows with their true values and predictions.

    Parameters
    ----------
    truth : array of shape (n,)
        True if the outcome happened; or the true amount.
    prediction : array of float64, shape (n,)
        The predicted probability of the outcome; or the predicted amount.
    positive : array of bool, shape (n,), optional
        Which rows are classified as positive; by default, those with a probability at or above the threshold.
    threshold : float, optional
        The probability at or above which rows are classified as positive.
    log_odds : array of float64, shape (n,), optional
        Log odds of the probabilities, if known more exactly than from these.

    Examples
    --------
    >>> cases = Cases.of([1, 0, 1], [0.9, 0.4, 0.3], threshold=0.5)
    >>> cases.positive.tolist()
    [True, False, False]
    """

    truth: NDArray[Any]
    prediction: Floats
    positive: NDArray[np.bool_] | None = None
    threshold: float | None = None
    log_odds: Floats | None = None
    _memo: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls, truth: Any, probability: Any, *, threshold: float | None = None, positive: Any = None, log_odds: Any = None
    ) -> Self:
        """Cases from outcomes (0 or 1, or False or True) and predicted probabilities, with checks.

        Raises
        ------
        DataError, ConfigurationError
            When shapes differ, true values are not 0 or 1, or probabilities or the threshold are not between 0 and 1.
        """
        happened, predicted = np.asarray(truth), np.asarray(probability, dtype=np.float64)
        _check_shapes(happened, predicted)
        if not np.isin(happened, (0, 1)).all():
            raise DataError("The true outcome must be 0 or 1 in every row: 1 if the outcome happened.")
        if not ((predicted >= 0) & (predicted <= 1)).all():
            raise DataError("Every probability must be between 0 and 1, and none may be missing.")
        cases = cls(
            happened.astype(bool), predicted, None if positive is None else np.asarray(positive, dtype=bool), None,
            None if log_odds is None else np.asarray(log_odds, dtype=np.float64),
        )  # fmt: skip
        return cases if threshold is None else cases.at(threshold)

    @classmethod
    def amounts(cls, truth: Any, predicted: Any) -> Self:
        """Cases from true and predicted amounts, with checks."""
        true, amounts = np.asarray(truth, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
        _check_shapes(true, amounts)
        if not (np.isfinite(true).all() and np.isfinite(amounts).all()):
            raise DataError("True and predicted amounts must be finite numbers in every row.")
        return cls(true, amounts)

    def at(self, threshold: float) -> Self:
        """The same rows with another threshold."""
        if not 0.0 < threshold < 1.0:
            raise ConfigurationError(f"threshold={threshold!r} must be a probability above 0 and below 1, such as 0.2.")
        return replace(self, positive=self.prediction >= threshold, threshold=float(threshold), _memo={})

    def take(self, rows: NDArray[np.int64]) -> Self:
        """A subset of the rows."""
        return replace(
            self, truth=self.truth[rows], prediction=self.prediction[rows],
            positive=None if self.positive is None else self.positive[rows],
            log_odds=None if self.log_odds is None else self.log_odds[rows], _memo={},
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.truth)

    def with_prediction(self, prediction: Floats) -> Self:
        """The same rows with other predictions."""
        return replace(self, prediction=prediction, positive=None, threshold=None, log_odds=None, _memo={})

    def known_weights(self, weights: Floats) -> Floats:
        """Weights of the rows whose outcome is known, (draws, n); here, of all rows."""
        return weights

    def cells(self, weights: Floats) -> tuple[Floats, Floats, Floats, Floats]:
        """The weight of true and false positives, and of true and false negatives, (draws,) each."""
        truth, positive = self.truth, self.is_positive
        cells = np.stack([truth & positive, ~truth & positive, ~truth & ~positive, truth & ~positive], axis=1)
        return tuple((weights @ cells.astype(np.float64)).T)

    def share(self, weights: Floats) -> Floats:
        """The prevalence of the outcome, (draws,)."""
        return np.asarray(weights @ self.truth / weights.sum(axis=1))

    def net_benefits(self, weights: Floats, thresholds: Floats) -> tuple[Floats, Floats]:
        """Net benefit of treating rows at or above each threshold, and of treating all, (draws, points)."""
        order = np.argsort(-self.prediction, kind="stable")
        ranked, truth, weights = self.prediction[order], self.truth[order], weights[:, order]
        zero = np.zeros((len(weights), 1))
        tp = np.concatenate([zero, np.cumsum(weights * truth, axis=1)], axis=1)
        fp = np.concatenate([zero, np.cumsum(weights * ~truth, axis=1)], axis=1)
        total = weights.sum(axis=1, keepdims=True)
        above = np.searchsorted(-ranked, -thresholds, side="right")
        odds = thresholds / (1 - thresholds)
        return (tp[:, above] - odds * fp[:, above]) / total, (tp[:, -1:] - odds * fp[:, -1:]) / total

    @property
    def are_amounts(self) -> bool:
        """Whether amounts were predicted, not the probability of an outcome."""
        return self.truth.dtype != bool

    @property
    def is_positive(self) -> NDArray[np.bool_]:
        """Which rows are classified as positive; `ConfigurationError` if neither a threshold nor a class is given."""
        if self.positive is None:
            raise ConfigurationError("A threshold is needed to classify rows: Cases.of(..., threshold=0.5).")
        return self.positive

    @cached_property
    def odds(self) -> Floats:
        """The log odds of each probability."""
        if self.log_odds is not None:
            return self.log_odds
        p = np.clip(self.prediction, SMALLEST, 1 - SMALLEST)
        return np.asarray(np.log(p) - np.log1p(-p), dtype=np.float64)

    @cached_property
    def answer(self) -> Answer:
        """The predictions in the form used by the comparison of models."""
        if self.are_amounts:
            return Answer(self.prediction)
        return Answer(self.prediction >= 0.5, self.odds, np.stack([1 - self.prediction, self.prediction], axis=1))

    def memo(self, name: str, weights: Floats, compute: Callable[[], Any]) -> Any:
        """A quantity that several measures need for the same draws, computed only once."""
        known = self._memo.get(name)
        if known is None or known[0] is not weights:
            known = self._memo[name] = (weights, compute())
        return known[1]


def check_weights(weights: Any, n_rows: int) -> Floats:
    """Row weights as float64, or ones for None.

    Raises
    ------
    DataError
        When there is not one weight per row, one is negative or not finite, or all are 0.
    """
    if weights is None:
        return np.ones(n_rows)
    values = np.asarray(weights, dtype=np.float64)
    if values.shape != (n_rows,):
        raise DataError(f"weights has shape {values.shape} for {n_rows} rows. Give one weight per row.")
    if not (np.isfinite(values).all() and (values >= 0).all() and values.any()):
        raise DataError("weights must be finite, not negative, and not all 0.")
    return values


def check_thresholds(thresholds: Sequence[float]) -> tuple[float, ...]:
    """Thresholds as floats, checked to be probabilities above 0 and below 1."""
    values = tuple(float(each) for each in thresholds)
    for value in values:
        if not 0.0 < value < 1.0:
            raise ConfigurationError(f"threshold={value!r} must be a probability above 0 and below 1, such as 0.2.")
    return values


def _check_shapes(truth: NDArray[Any], prediction: NDArray[Any]) -> None:
    """Raise an error unless both are columns of the same length."""
    if truth.ndim != 1 or truth.shape != prediction.shape or not len(truth):
        raise DataError(
            f"The true values have shape {truth.shape} and the predictions {prediction.shape}. Give one of each per "
            "row, and at least one row."
        )
