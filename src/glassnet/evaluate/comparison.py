"""The result of a comparison: who scored what, how sure that is, and one honest sentence."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from glassnet.evaluate.metric import Metric
from glassnet.evaluate.rivals import BASELINE

NETWORK = "network"


@dataclass(frozen=True)
class Measured:
    """A score with its bootstrap interval; None where it is not defined."""

    metric: str
    value: float | None
    low: float | None
    high: float | None

    def text(self) -> str:
        """For a table, for example ``0.974 [0.939, 1.000]``."""
        if self.value is None:
            return "not defined"
        interval = "" if self.low is None or self.high is None else f" [{_short(self.low)}, {_short(self.high)}]"
        return _short(self.value) + interval


@dataclass(frozen=True)
class Row:
    """One model of the comparison.

    Attributes
    ----------
    model, settings : str
    scores : tuple of Measured
        Empty when the model was skipped.
    fit_seconds : float or None
    skipped : str
        Why there are no scores; empty when there are.
    """

    model: str
    settings: str
    scores: tuple[Measured, ...]
    fit_seconds: float | None
    skipped: str = ""


@dataclass(frozen=True)
class Difference:
    """By how much one model scored better than another on the same rows, with its paired bootstrap interval.

    Attributes
    ----------
    better, other : str
    metric : str
    value, low, high : float
        Positive when `better` is better.
    """

    better: str
    other: str
    metric: str
    value: float
    low: float
    high: float

    @property
    def clear(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0


@dataclass(frozen=True)
class Comparison:
    """A network and its rivals on the same split.

    Attributes
    ----------
    task : str
    models : tuple of Row
        The network first.
    difference : Difference or None
        Between the network and the best rival; None when that cannot be judged.
    verdict : str
        One sentence: who won, and by how much.
    n_train, n_test, n_draws : int
        Rows, and bootstrap draws.
    coverage : float
        Share of the draws inside an interval.
    notes : tuple of str
        What to bear in mind.
    """

    task: str
    models: tuple[Row, ...]
    difference: Difference | None
    verdict: str
    n_train: int
    n_test: int
    n_draws: int
    coverage: float
    notes: tuple[str, ...] = ()

    @property
    def header(self) -> tuple[str, ...]:
        """Column titles for `rows`."""
        percent = f"{100 * self.coverage:g} %"
        scores = next(row.scores for row in self.models if row.scores)
        return ("model", *(f"{score.metric} [{percent} interval]" for score in scores), "fit seconds", "settings")

    def rows(self) -> list[tuple[str, ...]]:
        """One row of text per model, for a table under `header`."""
        width = len(self.header) - 3
        return [
            (
                row.model,
                *([score.text() for score in row.scores] or ["–"] * width),
                "–" if row.fit_seconds is None else f"{row.fit_seconds:.2f}",
                row.skipped or row.settings,
            )
            for row in self.models
        ]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, for a model file or a report."""
        plain = asdict(self)
        for key in ("models", "notes"):
            plain[key] = list(plain[key])
        for row in plain["models"]:
            row["scores"] = list(row["scores"])
        return plain


def verdict(
    metric: Metric, scores: dict[str, float], difference: Difference | None, above_baseline: Difference | None,
    n_test: int, coverage: float,
) -> str:  # fmt: skip
    """The honest sentence; `scores` are those of the deciding metric, by model."""
    if difference is None:
        defined = all(math.isfinite(score) for score in scores.values())
        reason = "no other model was trained" if defined else metric.undefined
        return f"Who is best cannot be judged on these {n_test} test rows: {reason}."
    percent, size = f"{100 * coverage:g} %", _amount(metric, difference.value)
    span = " to ".join(_amount(metric, end, unit=False) for end in (difference.low, difference.high))
    if difference.clear:
        sentence = (
            f"The {difference.better} won: {metric.name} {_short(scores[difference.better])}, {size} better than the "
            f"{difference.other} ({percent} interval {span})."
        )
    else:
        rival = difference.other if difference.better == NETWORK else difference.better
        gap = f"the {difference.better} is better by {size}" if difference.value > 0 else "they score the same"
        known = "in every draw" if difference.low == difference.high else f"{percent} interval {span}"
        sentence = f"The {NETWORK} and the {rival} cannot be told apart on these {n_test} test rows: {gap}, {known}."
    if above_baseline is not None and not above_baseline.clear:
        return f"{sentence[:-1]}; neither is clearly better than the {BASELINE}."
    return sentence


def _amount(metric: Metric, value: float, *, unit: bool = True) -> str:
    """A difference in the unit a reader expects: percentage points, or the score itself."""
    shown = metric.factor * value
    digits = 1 if metric.factor != 1.0 else 3
    text = f"{shown:.{digits}f}"
    if float(text) == 0:
        text = f"{0:.{digits}f}"
    return text + (metric.unit if unit else "")


def _short(value: float) -> str:
    """Three decimals, or four significant digits from 100 on."""
    if not math.isfinite(value):
        return str(value)
    text = f"{value:.3f}" if abs(value) < 100 else f"{value:.4g}"
    return "0.000" if text == "-0.000" else text
