"""What a model says of rows, as `Cases` by outcome: the event of two classes, each of several, or the amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.evaluate.metrics.cases import Cases
from glassnet.evaluate.metrics.metric import Answer


def check_model(model: Any) -> None:
    """Refuse a model that does not know the columns of a table."""
    if not isinstance(model, TableEstimator):
        raise ConfigurationError(
            f"{type(model).__name__} does not know the columns of a table. Give a GlassClassifier or GlassRegressor, "
            "or measure what it says with MEASURES and Cases.of(truth, probability)."
        )
    if model.outcome_.measured_as not in MEASURED:
        raise ConfigurationError(f"There are no clinical measures yet for {model.task}.")


def event_of(model: Any, event: Any, thresholds: tuple[float, ...] = ()) -> int | None:
    """Which of two classes is the outcome, by default that of the model's threshold; None where there are no two."""
    labels = [str(label) for label in model.schema_.classes]
    if len(labels) != 2:
        if event is not None or thresholds:
            has = f"has {len(labels)}" if labels else f"is {model.outcome_.noun}"
            raise ConfigurationError(
                f"event and thresholds are for two classes, and {model.schema_.target!r} {has}. Leave them out"
                f"{': each class is judged against the rest, and called where it is the most probable' * bool(labels)}."
            )
        return None
    own = 1 if model.decision_ is None else int(model.decision_.event)
    which = own if event is None else next((k for k, label in enumerate(labels) if label == str(event)), None)
    if which is None:
        raise ConfigurationError(
            f"event={event!r} is no class of {model.schema_.target!r}. {nearest(str(event), labels)}"
        )
    return which


def with_own(model: Any, which: int | None, thresholds: tuple[float, ...]) -> tuple[float, ...]:
    """The thresholds, the model's own first where it is of this outcome."""
    own = threshold_of(model, which)
    return thresholds if own is None else tuple(dict.fromkeys((own, *thresholds)))


def threshold_of(model: Any, which: int | None) -> float | None:
    """The model's own threshold of an outcome, where it has one that calls rows at all."""
    decision = None if which is None else model.decision_
    if decision is None or which != decision.event or not 0 < decision.threshold < 1:
        return None
    return float(decision.threshold)


def cases_of(model: Any, answer: Answer, truth: np.ndarray, which: int | None) -> dict[str, Cases]:
    """The cases of each outcome, from what was said of rows whose targets are codes or amounts.

    Nothing for an answer that gives no probabilities of classes.
    """
    return MEASURED[model.outcome_.measured_as](model, answer, truth, which)


def _amount(model: Any, answer: Answer, truth: np.ndarray, _: int | None) -> dict[str, Cases]:
    """The amount."""
    return {str(model.schema_.target): Cases.amounts(truth, answer.predicted)}


def _probabilities(model: Any, answer: Answer, truth: np.ndarray, which: int | None) -> dict[str, Cases]:
    """The event of two classes, or each of several."""
    chance, labels = answer.probability, [str(label) for label in model.schema_.classes]
    if chance is None:
        return {}
    if which is None:
        return {
            label: Cases.of(truth == k, chance[:, k], called=answer.predicted == k) for k, label in enumerate(labels)
        }
    odds = answer.margin if answer.margin is None else answer.margin * (1.0 if which else -1.0)
    return {labels[which]: Cases.of(truth == which, chance[:, which], log_odds=odds)}


MEASURED: Mapping[str, Callable[[Any, Answer, np.ndarray, int | None], dict[str, Cases]]] = MappingProxyType(
    {"amount": _amount, "probability": _probabilities}
)
"""How what is said becomes cases, by what an outcome is measured as."""
