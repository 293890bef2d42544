"""The verdict of a comparison in words: which model is better, by how much, and with what uncertainty."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from glassnet.evaluate.comparison.rivals import BASELINE
from glassnet.evaluate.metrics.metric import Metric

NETWORK = "network"


@dataclass(frozen=True)
class Difference:
    """The difference in score between two models on the same rows, with its paired bootstrap interval.

    Attributes
    ----------
    better, other : str
    metric : str
    value, low, high : float
        The difference and its interval; positive if `better` is better.
    """

    better: str
    other: str
    metric: str
    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval excludes zero."""
        return self.low > 0


@dataclass(frozen=True)
class Evidence:
    """The evidence of one metric for a verdict.

    Attributes
    ----------
    metric : Metric
    scores : dict of str to float
        The score of each model.
    difference : Difference or None
        The difference between the network and the best other model.
    above_baseline : Difference or None
        The difference between the better of the two and the baseline.
    """

    metric: Metric
    scores: dict[str, float]
    difference: Difference | None
    above_baseline: Difference | None = None


def verdict(judged: Sequence[Evidence], n_test: int, coverage: float, *, one_class: bool = False) -> str:
    """One sentence for each metric that is defined, the first with the number of rows."""
    if one_class:
        return f"The best model cannot be determined on these {n_test} test rows: they contain only one class."
    known = [each for each in judged if each.difference is not None]
    if not known:
        metric, scores = judged[0].metric, judged[0].scores
        defined = all(math.isfinite(score) for score in scores.values())
        reason = "no other model was trained" if defined else metric.undefined
        return f"The best model cannot be determined on these {n_test} test rows: {reason}."
    first, *others = known
    sentences = [_sentence(first, f" on these {n_test} test rows", coverage)]
    for each in others:
        sentence = _sentence(each, "", coverage)
        sentences.append(f"By {each.metric.name}, {sentence[0].lower()}{sentence[1:]}")
    return " ".join(sentences)


def _sentence(judged: Evidence, where: str, coverage: float) -> str:
    """The verdict by one metric."""
    metric, difference, above = judged.metric, judged.difference, judged.above_baseline
    assert difference is not None
    percent, size = f"{100 * coverage:g} %", _amount(metric, difference.value)
    span = " to ".join(_amount(metric, end, unit=False) for end in (difference.low, difference.high))
    if difference.clear:
        sentence = (
            f"The {difference.better} scores best: {metric.name} {short(judged.scores[difference.better])}, {size} "
            f"better than the {difference.other} ({percent} interval {span})."
        )
    else:
        rival = difference.other if difference.better == NETWORK else difference.better
        same = float(_amount(metric, difference.value, unit=False)) == 0
        measure = f" {metric.name}" if where and not metric.unit else ""  # later sentences begin with it
        gap = "their scores are equal" if same else f"the {difference.better} is better by {size}{measure}"
        known = "in every draw" if difference.low == difference.high else f"{percent} interval {span}"
        sentence = f"The {NETWORK} and the {rival} cannot be told apart{where}: {gap}, {known}."
    if above is not None and not above.clear:
        return f"{sentence[:-1]}; neither is clearly better than the {BASELINE}."
    return sentence


def _amount(metric: Metric, value: float, *, unit: bool = True) -> str:
    """A difference in percentage points, or in the unit of the score."""
    amount = metric.factor * value
    digits = 1 if metric.factor != 1.0 else 3
    text = f"{amount:.{digits}f}"
    if float(text) == 0:
        text = f"{0:.{digits}f}"
    return text + (metric.unit if unit else "")


def short(value: float) -> str:
    """A number with three decimals, or with four significant digits from 100 on."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.3f}" if abs(value) < 100 else f"{value:.4g}"
    return "0.000" if text == "-0.000" else text
