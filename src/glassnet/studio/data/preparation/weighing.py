"""How much the rows of each class count in a run, as `class_weight` of the table estimators has it."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.tables.classes.weights import class_weights
from glassnet.pages.number import short_number
from glassnet.studio.contract.settings import Settings
from glassnet.tables.outcome import Outcome

_MOST_NAMED = 6


def weights_of_classes(settings: Settings, outcome: Outcome, codes: NDArray[np.int64]) -> tuple[float, ...]:
    """The weight of each class, from the codes of the training rows; empty where all count alike.

    Raises
    ------
    ConfigurationError
        For a target without classes, an unknown class, or a weight that is none.

    Examples
    --------
    >>> from glassnet.tables import Schema, Table
    >>> table = Table.from_columns({"age": [63, 41, 52, 70], "ill": ["yes", "no", "no", "no"]})
    >>> outcome = Schema.infer(table, "ill").outcome
    >>> weights_of_classes(Settings(class_weight={"yes": 3.0}), outcome, np.array([1, 0, 0, 0]))
    (1.0, 3.0)
    """
    given = settings.class_weight
    if given is None:
        return ()
    if not outcome.classes:
        raise ConfigurationError(
            f"Class weights are for classes; this target is {outcome.noun}. Let all rows count alike."
        )
    if not isinstance(given, str):
        for label, weight in given.items():
            if label not in outcome.classes:
                raise ConfigurationError(f"{label[:60]!r} is not a class. {nearest(label, outcome.classes)}")
            if not 0 < weight < math.inf:
                raise ConfigurationError(
                    f"The class {label!r} has the weight {weight:g}; it must be a finite number above 0. Take "
                    "rows that must not count out of the table."
                )
    weights = class_weights(given, outcome.classes, codes, "The run")
    return weights if len(set(weights)) > 1 else ()


def weights_in_words(weights: tuple[float, ...], classes: tuple[str, ...]) -> str:
    """A sentence that says how much a row of each class counts.

    Examples
    --------
    >>> weights_in_words((0.667, 2.0), ("no", "yes"))
    'A row of no counts 0.667, of yes 2.'
    """
    pairs = list(zip(classes, map(short_number, weights), strict=True))
    parts = [f"{'of' if k else 'A row of'} {label}{'' if k else ' counts'} {n}" for k, (label, n) in enumerate(pairs)]
    more = ", ..." if len(parts) > _MOST_NAMED else "."
    return f"{', '.join(parts[:_MOST_NAMED])}{more}"
