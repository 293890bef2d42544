"""Measures corrected for the optimism of evaluation on the training rows, including .632+."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from glassnet.estimators.sampling.bootstrap import interval
from glassnet.evaluate.comparison.comparison import Estimate
from glassnet.evaluate.comparison.verdict import short
from glassnet.evaluate.metrics.cases import Cases, Floats
from glassnet.evaluate.metrics.measure import Measure
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.plain import finite

_MOST_PAIRS = 200_000
_TURNS = 12


@dataclass(frozen=True)
class CorrectedMeasure:
    """A corrected measure; undefined values are None.

    Attributes
    ----------
    metric : str
    apparent : float or None
        The value on the training rows, which is too optimistic.
    optimism : float or None
        How much better refits perform on their own bootstrap sample than on all rows, on average (Harrell 2015).
    value, low, high : float or None
        The apparent value minus the optimism. The interval is that of the refits on their bootstrap samples, shifted so
        that their mean is the corrected value (after Noma et al. 2021), since rows drawn twice make refits look even
        better than the model. Intercepts, slopes and ratios have no interval: fitting determines them on its own rows,
        where they hardly vary.
    left_out : float or None
        The mean of the refits on their left-out rows.
    plus : float or None
        The .632+ estimate (Efron and Tibshirani 1997), for measures with a direction.
    """

    metric: str
    apparent: float | None
    optimism: float | None
    value: float | None
    low: float | None
    high: float | None
    left_out: float | None
    plus: float | None

    def text(self) -> str:
        """The corrected value with its interval."""
        return Estimate(self.metric, self.value, self.low, self.high).text()

    def texts(self) -> tuple[str, ...]:
        """Every value, for a row of a table."""
        others = (self.apparent, self.optimism, self.left_out, self.plus)
        apparent, optimism, left_out, plus = ("–" if value is None else short(value) for value in others)
        return self.metric, apparent, optimism, self.text(), left_out, plus


HEADER = ("measure", "apparent", "optimism", "corrected", "left-out rows", ".632+")


def three_weightings(counts: Floats, weights: Floats) -> Floats:
    """Weights for the rows in the bootstrap sample, all rows, and the left-out rows, shape (3, n_rows)."""
    return np.stack([counts * weights, weights, (counts == 0) * weights])


def values_on(measures: Sequence[Measure], cases: Cases, weightings: Floats) -> Floats:
    """Each measure under each weighting, shape (measures, weightings); NaN if the total weight is 0."""
    some = weightings.sum(axis=1) > 0
    values = np.full((len(measures), len(weightings)), np.nan)
    chosen = np.ascontiguousarray(weightings[some])
    for k, measure in enumerate(measures):
        values[k, some] = measure.value(cases, chosen)
    return values


def without_information(measures: Sequence[Measure], cases: Cases, weights: Floats) -> Floats:
    """Each measure if outcome and prediction were independent, with every pairing of both, shape (measures,).

    For a binary outcome, two weighted rows for each prediction give it exactly; for amounts, true values are shifted
    along the rows by even steps. For times, predictions are shifted by a few such steps, and the mean is taken.
    """
    if isinstance(cases, TimeCases):
        steps = np.unique(np.linspace(0, len(cases), _TURNS + 1)[1:-1].astype(np.int64))
        rotations = [values_on(measures, cases.rotate(int(step)), weights[None])[:, 0] for step in steps]
        return np.asarray(np.mean(rotations, axis=0))
    if cases.are_amounts:
        n = len(cases)
        steps = np.unique(np.linspace(0, n, max(1, min(n, _MOST_PAIRS // n)), endpoint=False).astype(np.int64))
        moved = np.concatenate([np.roll(np.arange(n), step) for step in steps])
        paired = Cases.amounts(cases.truth[moved], np.tile(cases.prediction, len(steps)))
        joint = weights[moved] * np.tile(weights, len(steps))
    else:
        share = float(weights @ cases.truth / weights.sum())
        twice = [
            None if part is None else np.tile(part, 2) for part in (cases.prediction, cases.positive, cases.log_odds)
        ]
        truth = np.repeat([True, False], len(cases))
        paired = Cases(truth, twice[0], twice[1], cases.threshold, twice[2])  # type: ignore[arg-type]
        joint = np.concatenate([weights * share, weights * (1 - share)])
    return values_on(measures, paired, joint[None])[:, 0]


def plus_of(apparent: float, left_out: float, independent: float) -> float:
    """The .632+ estimate: the more a model overfits, the more weight the left-out rows have.

    Examples
    --------
    >>> round(plus_of(0.9, 0.8, 0.5), 4)  # R = 0.25, w = 0.632 / (1 - 0.368 / 4)
    0.8304
    >>> plus_of(0.9, 0.95, 0.5) == 0.368 * 0.9 + 0.632 * 0.95  # no overfitting
    True
    """
    distance = independent - apparent
    overfit = 0.0 if distance == 0 else (left_out - apparent) / distance
    if overfit > 1:
        left_out = independent
    overfit = float(np.clip(overfit, 0.0, 1.0))
    share = 0.632 / (1 - 0.368 * overfit)
    return (1 - share) * apparent + share * left_out


def corrected(
    measures: Sequence[Measure], plain: Floats, refitted: Floats, independent: Floats, coverage: float
) -> tuple[CorrectedMeasure, ...]:
    """Each measure corrected.

    Parameters
    ----------
    measures : sequence of Measure
    plain : array of shape (measures,)
        Apparent values.
    refitted : array of shape (refits, measures, 3)
        The values of each refit on its bootstrap sample, on all rows, and on the left-out rows.
    independent : array of shape (measures,)
    coverage : float
    """
    results = []
    for k, measure in enumerate(measures):
        drawn, everywhere, left_out = refitted[:, k].T
        apparent = finite(plain[k])
        optimism, mean_left_out = _mean(drawn - everywhere, coverage), _mean(left_out, coverage)
        value: float | None = None
        ends: tuple[float, float] | None = None
        if apparent is not None and optimism is not None:
            value = float(np.clip(apparent - optimism, measure.low, measure.high))
            if measure.larger_is_better is not None:
                around = value + drawn - np.mean(drawn[np.isfinite(drawn)])
                ends = interval(np.clip(around, measure.low, measure.high), coverage)
        plus = None
        if measure.larger_is_better is not None and apparent is not None and mean_left_out is not None \
                and np.isfinite(independent[k]):  # fmt: skip
            plus = plus_of(apparent, mean_left_out, float(independent[k]))
        low, high = ends or (None, None)
        results.append(CorrectedMeasure(measure.name, apparent, optimism, value, low, high, mean_left_out, plus))
    return tuple(results)


def _mean(values: Floats, coverage: float) -> float | None:
    """The mean over refits, or None if too many of them have no value."""
    there = np.isfinite(values)
    if not len(values) or np.mean(~there) > (1 - coverage) / 2:
        return None
    return float(values[there].mean())
