"""Predictions for rows, as `Cases` by outcome: the event of two classes, each of several classes, or the amount."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.evaluate.metrics.cases import Cases
from glassnet.evaluate.metrics.time_cases import TimeCases
from glassnet.survival import Censoring, Times, check_comparable
from glassnet.tables.outcome import Answer


def check_model(model: Any) -> None:
    """Raise an error for a model that does not know the columns of a table."""
    if not isinstance(model, TableEstimator):
        raise ConfigurationError(
            f"{type(model).__name__} does not know the columns of a table. Give a GlassClassifier or GlassRegressor, "
            "or measure its predictions with MEASURES and Cases.of(truth, probability)."
        )
    if model.outcome_.measured_as not in MEASURED:
        raise ConfigurationError(f"Clinical measures are not yet available for {model.task}.")


@dataclass(frozen=True)
class Asked:
    """The event or horizon to evaluate.

    Attributes
    ----------
    event : int or None
        For two classes, the code of the event.
    horizon : float or None
        For a time to an event, the time at which probabilities are evaluated.
    named : bool
        Whether the horizon was given; otherwise it is moved to where rows can be weighted.
    """

    event: int | None = None
    horizon: float | None = None
    named: bool = False


def asked_of(model: Any, event: Any, thresholds: tuple[float, ...] = (), horizon: float | None = None) -> Asked:
    """The event of two classes, by default that of the model's threshold, or the horizon of times to an event."""
    timed = model.outcome_.measured_as == "time"
    if horizon is not None:
        if not timed:
            raise ConfigurationError(
                f"horizon={horizon!r} is for times to an event, and {model.schema_.target!r} is {model.outcome_.noun}. "
                "Omit it."
            )
        if isinstance(horizon, bool) or not (np.isfinite(horizon) and horizon > 0):
            raise ConfigurationError(f"horizon={horizon!r} must be a time above 0, such as 24.")
    if timed:
        if event is not None:
            raise ConfigurationError(f"event={event!r} is for two classes, and this is {model.outcome_.noun}.")
        several = model.horizons_
        return Asked(None, several[len(several) // 2] if horizon is None else float(horizon), horizon is not None)
    labels = [str(label) for label in model.schema_.classes]
    if len(labels) != 2:
        if event is not None or thresholds:
            has = f"has {len(labels)}" if labels else f"is {model.outcome_.noun}"
            raise ConfigurationError(
                f"event and thresholds are for two classes, and {model.schema_.target!r} {has}. Omit them"
                f"{': each class is evaluated against the rest, and predicted if most probable' * bool(labels)}."
            )
        return Asked()
    own = 1 if model.decision_ is None else int(model.decision_.event)
    which = own if event is None else next((k for k, label in enumerate(labels) if label == str(event)), None)
    if which is None:
        raise ConfigurationError(
            f"event={event!r} is not a class of {model.schema_.target!r}. {nearest(str(event), labels)}"
        )
    return Asked(which)


def with_own(model: Any, asked: Asked, thresholds: tuple[float, ...]) -> tuple[float, ...]:
    """The thresholds, with the model's own first if it is for this outcome."""
    own = threshold_of(model, asked)
    return thresholds if own is None else tuple(dict.fromkeys((own, *thresholds)))


def threshold_of(model: Any, asked: Asked) -> float | None:
    """The model's own threshold for an outcome, or None."""
    decision = None if asked.event is None else model.decision_
    if decision is None or asked.event != decision.event or not 0 < decision.threshold < 1:
        return None
    return float(decision.threshold)


def cases_of(model: Any, answer: Answer, truth: np.ndarray, asked: Asked) -> dict[str, Cases]:
    """The cases of each outcome, from predictions for rows whose targets are codes or amounts.

    Empty for predictions without class probabilities or curves.
    """
    return MEASURED[model.outcome_.measured_as](model, answer, truth, asked)


def _amount(model: Any, answer: Answer, truth: np.ndarray, _: Asked) -> dict[str, Cases]:
    """The amount."""
    return {str(model.schema_.target): Cases.amounts(truth, answer.predicted)}


def _probabilities(model: Any, answer: Answer, truth: np.ndarray, asked: Asked) -> dict[str, Cases]:
    """The event of two classes, or each of several."""
    chance, labels, which = answer.probability, [str(label) for label in model.schema_.classes], asked.event
    if chance is None:
        return {}
    if which is None:
        return {
            label: Cases.of(truth == k, chance[:, k], called=answer.predicted == k) for k, label in enumerate(labels)
        }
    odds = answer.margin if answer.margin is None else answer.margin * (1.0 if which else -1.0)
    return {labels[which]: Cases.of(truth == which, chance[:, which], log_odds=odds)}


def _times(model: Any, answer: Answer, truth: np.ndarray, asked: Asked) -> dict[str, Cases]:
    """The event by the horizon."""
    assert asked.horizon is not None
    if answer.curves is None:
        return {}
    times = Times.of_truth(truth)
    censoring, events = Censoring.of(times), model.outcome_.events
    check_comparable(truth, events, np.unique(times.event[times.happened]).tolist() or (1,))
    if asked.horizon > censoring.horizon and asked.named:
        raise ConfigurationError(
            f"horizon={asked.horizon:g} is too late: beyond {censoring.horizon:g}, too few of the {len(times)} rows "
            "are still under observation. Give an earlier horizon."
        )
    horizon = min(asked.horizon, censoring.horizon)
    if len(events) == 1:
        return {f"{events[0]} by {horizon:g}": TimeCases.by(times, answer.curves, horizon, censoring)}
    return {
        f"{event} by {horizon:g}": TimeCases.by(times, answer.curves.of_cause(k), horizon, censoring, k)
        for k, event in enumerate(events, start=1)
    }


MEASURED: Mapping[str, Callable[[Any, Answer, np.ndarray, Asked], dict[str, Cases]]] = MappingProxyType(
    {"amount": _amount, "probability": _probabilities, "time": _times}
)
"""Functions that turn predictions into cases, by kind of outcome."""
