"""The model equation: inputs with their constants, layers or coefficients, and one worked example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from glassnet.estimators import TableEstimator
from glassnet.estimators.networks.members import members_of
from glassnet.explanation import Question
from glassnet.explanation.question import on_scale
from glassnet.pages.number import short_number
from glassnet.tables import Table


@dataclass(frozen=True)
class WrittenOut:
    """A model, with one row as a worked example.

    Attributes
    ----------
    row : str
        The name of the example row.
    inputs : tuple of (str, str, str, float)
        For each input of the network: name, the row's cell, the formula with its constants, and the value.
    coefficients : tuple of float
        For each input, if the model is a weighted sum; otherwise empty.
    intercept : float or None
    total : float or None
        The intercept plus all products.
    scale : str
        The scale of a weighted sum: "log odds" or the target.
    networks : tuple of (str, float, ...)
        Otherwise, for each network: its layers in words, and its raw outputs for the row.
    answer : str
        The prediction for the row, in words.
    link : str
        How the prediction follows from the sum or the raw outputs; empty if it is the same.
    """

    row: str
    inputs: tuple[tuple[str, str, str, float], ...]
    coefficients: tuple[float, ...]
    intercept: float | None
    total: float | None
    scale: str
    networks: tuple[tuple[str, tuple[float, ...]], ...]
    answer: str
    link: str = ""


def written_out(model: TableEstimator, table: Table, row: int = 0) -> WrittenOut:
    """The model, with one row of a table as a worked example."""
    one = table.take([row])
    steps = tuple(
        (step.feature, str(step.raw), step.formula, float(step.value)) for step in model.schema_.inputs_of(table, row)
    )
    question = Question.of(model, model.outcome_.summed_on)
    answer = _answer(model, question, one)
    coefficients = question.coefficients
    name = table.row_name(row)
    if coefficients is None or (len(question.outputs) > 1 and not question.has_classes):
        return WrittenOut(name, steps, (), None, None, "", _networks(model, one), answer, _curve(model))
    own = coefficients[:, -1]
    zero = np.zeros((1, len(own)), dtype=question.matrix(one).dtype)
    intercept = float(question.answer(zero)[0, -1])
    total = intercept + float(own @ np.array([step[3] for step in steps]))
    scale = on_scale(question.scale, question.outputs[-1])
    link = _curve(model, summed=True)
    if question.scale == "log_odds":
        link = f"The probability is 1 / (1 + exp(−{short_number(total)}))."
    return WrittenOut(name, steps, tuple(own.tolist()), intercept, total, scale, (), answer, link)


def _curve(model: Any, *, summed: bool = False) -> str:
    """For times to an event: from raw outputs to the risk, and from the risk to the curve; otherwise empty."""
    if model.outcome_.measured_as != "time":
        return ""
    text: str = model.hazards_.written(summed=summed)
    return text


def _answer(model: Any, question: Question, one: Table) -> str:
    """The model's prediction for a row."""
    named = question.outputs if model.schema_.classes else ()
    answer: str = replace(model.outcome_, classes=named).worded(model._answers(model._raw_prediction(one))[0])
    if model.outcome_.measured_as == "time":
        if len(model.causes_) > 1:
            incidence = model.predict_incidence(one, model.horizons_)[0].T
            each = [
                ", ".join(f"{share:.4f} by {t:g}" for t, share in zip(model.horizons_, own, strict=True))
                for own in incidence
            ]
            of_causes = zip(model.causes_, each, strict=True)
            incidences = "; ".join(f"cumulative incidence of {cause} {own}" for cause, own in of_causes)
            return f"{answer}; {incidences}"
        shares = ", ".join(
            f"{alive:.4f} at {t:g}"
            for t, alive in zip(model.horizons_, model.predict_survival(one, model.horizons_)[0], strict=True)
        )
        return f"{answer}; {model.outcome_.free} {shares}"
    if model.decision_ is None:
        return answer
    return f"{answer}, so it is classified as {model.predict(one)[0]} ({model.decision_.rule(model.classes_)})"


def _networks(model: TableEstimator, one: Table) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Each network's layers in words, and its raw outputs for a row."""
    inputs = model._matrix(one)
    raw = model._raw_of_each(inputs)[:, 0]
    words = []
    for part in model.parts_ or (model,):
        for weights, _ in members_of(part.weights_, part.biases_):
            if part.recipe_.layers:  # on images
                words.append(f"{inputs.shape[1]} inputs; {part.recipe_.in_words}")
                continue
            sizes = [int(np.shape(weights[0])[0]), *(int(np.shape(w)[1]) for w in weights)]
            names = [activation.name for activation in part._activations]
            layers = ", ".join(f"{size} {name}" for size, name in zip(sizes[1:], names, strict=True))
            words.append(f"{sizes[0]} inputs; {layers}")
    return tuple((text, tuple(map(float, values))) for text, values in zip(words, raw, strict=True))
