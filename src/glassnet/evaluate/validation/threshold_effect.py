"""`threshold_effect`: the effect of a model's threshold on test rows, compared with the most probable class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError
from glassnet.estimators import GlassClassifier
from glassnet.estimators.sampling.bootstrap import affordable_draws
from glassnet.evaluate.comparison.comparison import Estimate
from glassnet.evaluate.comparison.judge import Judge
from glassnet.evaluate.metrics.cases import Cases, check_weights
from glassnet.evaluate.metrics.measure import MEASURES

MEASURED = (
    "sensitivity", "specificity", "positive predictive value", "negative predictive value", "accuracy", "F1",
)  # fmt: skip


@dataclass(frozen=True)
class ThresholdEffect:
    """Classification by the model's threshold, compared with predicting the most probable class.

    Attributes
    ----------
    event : str
        The class that the threshold applies to.
    rule, reason : str
        The threshold in words, and how it was chosen.
    n_rows, n_event : int
        The numbers of test rows, and of those with the event.
    n_called, n_probable : int
        The numbers of rows classified as the event, and of those for which it is the more probable class.
    coverage : float
    at_threshold, at_half : tuple of Estimate
        The measures of both rules.
    """

    event: str
    rule: str
    reason: str
    n_rows: int
    n_event: int
    n_called: int
    n_probable: int
    coverage: float
    at_threshold: tuple[Estimate, ...]
    at_half: tuple[Estimate, ...]

    def rows(self) -> list[tuple[str, str, str]]:
        """The name of each measure, and its text at the threshold and for the most probable class."""
        measured = [(a.metric, a.text(), b.text()) for a, b in zip(self.at_threshold, self.at_half, strict=True)]
        return [*measured, (f"classified as {self.event!r}", f"{self.n_called:,}", f"{self.n_probable:,}")]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types, for a model file or a report."""
        ways = {"threshold": self.at_threshold, "most probable": self.at_half}
        return {
            "rows": self.n_rows, "event": self.event, "events": self.n_event, "rule": self.rule, "reason": self.reason,
            "called": [self.n_called, self.n_probable],
            **{way: {m.metric: [m.value, m.low, m.high] for m in scores} for way, scores in ways.items()},
        }  # fmt: skip


def threshold_effect(
    model: GlassClassifier, test: Any, y: Any = None, *, weights: Any = None, groups: Any = None, draws: int = 1000,
    coverage: float = 0.95, seed: int = 0, copies: str = "together",
) -> ThresholdEffect:  # fmt: skip
    """Evaluate the threshold of a model on new rows.

    Parameters
    ----------
    model : GlassClassifier
        A model with a threshold.
    test : Table, data frame, array, dict of columns, or path
        Rows with the target, unless `y` is given; rows without a target are left out.
    y : array-like of shape (n_rows,), optional
    weights, groups : str or array-like, optional
        The weight of each row, and which rows belong together and are resampled together for the intervals.
    draws : int
    coverage : float
    seed : int
    copies : {"together", "apart"}

    Returns
    -------
    ThresholdEffect

    Raises
    ------
    ConfigurationError
        When the model has no threshold.

    Examples
    --------
    >>> from sklearn.datasets import load_breast_cancer
    >>> frame = load_breast_cancer(as_frame=True).frame
    >>> model = GlassClassifier(threshold="sensitivity=0.99", event=0).fit(frame[::2], target="target")
    >>> effect = threshold_effect(model, frame[1::2], draws=200)
    >>> effect.at_threshold[0].metric, effect.n_called >= effect.n_probable
    ('sensitivity', True)
    """
    decision = getattr(model, "decision_", None)
    if decision is None:
        raise ConfigurationError(
            f"This {type(model).__name__} has no threshold. Train it with threshold=..., or set one: "
            "model.with_threshold(0.2)."
        )
    known = model._target_rows(test, y, weights, groups)
    together = known.drawn_together(model.schema_, copies)
    own, event = check_weights(known.weights, len(known.truth)), decision.event
    judge = Judge(own, together, affordable_draws(len(known.truth), draws), seed, coverage)
    raw = model._raw_prediction(known.rows)
    prediction, truth = model._answers(raw)[:, event], known.truth == event
    ways = [model._codes(raw) == event, model._most_probable(raw) == event]
    at_threshold, at_half = (
        judge.measure([MEASURES[name] for name in MEASURED], Cases.of(truth, prediction, positive=way)) for way in ways
    )
    n_called, n_probable = (int(np.sum(way)) for way in ways)
    labels = [str(label) for label in model.classes_]
    return ThresholdEffect(
        labels[event], decision.rule(labels), decision.reason(), len(truth), int(np.sum(truth)),
        n_called, n_probable, coverage, at_threshold, at_half,
    )  # fmt: skip
