"""What a model says of rows, as `Cases` by outcome: the event of two classes, each of several, or the amount."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators import TableEstimator
from glassnet.evaluate.cases import Cases
from glassnet.evaluate.metric import Answer


def check_model(model: Any) -> None:
    """Refuse a model that does not know the columns of a table."""
    if not isinstance(model, TableEstimator):
        raise ConfigurationError(
            f"{type(model).__name__} does not know the columns of a table. Give a GlassClassifier or GlassRegressor, "
            "or measure what it says with MEASURES and Cases.of(truth, probability)."
        )


def event_of(model: Any, event: Any, thresholds: tuple[float, ...] = ()) -> int | None:
    """Which of two classes is the outcome, by default that of the model's threshold; None where there are no two."""
    if model.task == "regression":
        if event is not None or thresholds:
            raise ConfigurationError("event and thresholds are for two classes, and this model predicts amounts.")
        return None
    labels = [str(label) for label in model.classes_]
    if len(labels) > 2:
        if event is not None or thresholds:
            raise ConfigurationError(
                f"event and thresholds are for two classes, and {model.schema_.target!r} has {len(labels)}. Leave them "
                "out: each class is judged against the rest, and called where it is the most probable."
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


def answer_of_network(model: Any, table: Any) -> Answer:
    """What a network says of rows: of classes the most probable, as rivals do, whatever its threshold."""
    if model.task == "regression":
        return Answer(model.predict(table))
    raw = model._raw_prediction(table)
    margin = raw[:, 0].astype(np.float64) if len(model.schema_.classes) == 2 else None
    return Answer(model._most_probable(raw), margin, model._answers(raw))


def cases_of(model: Any, answer: Answer, truth: np.ndarray, which: int | None) -> dict[str, Cases]:
    """The cases of each outcome, from what was said of rows whose targets are codes or amounts.

    Nothing for an answer that gives no probabilities of classes.
    """
    if model.task == "regression":
        return {str(model.schema_.target): Cases.amounts(truth, answer.predicted)}
    chance, labels = answer.probability, [str(label) for label in model.classes_]
    if chance is None:
        return {}
    if which is None:
        return {
            label: Cases.of(truth == k, chance[:, k], called=answer.predicted == k) for k, label in enumerate(labels)
        }
    odds = answer.margin if answer.margin is None else answer.margin * (1.0 if which else -1.0)
    return {labels[which]: Cases.of(truth == which, chance[:, which], log_odds=odds)}
