"""Class weights, so that rare classes are not ignored."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from glassnet.errors import ConfigurationError, nearest
from glassnet.estimators.tables.classes.labels import label_text

BALANCED = "balanced"


def class_weights(given: Any, texts: Sequence[str], codes: np.ndarray, owner: str) -> tuple[float, ...]:
    """The weight of each class, as in `sklearn.utils.class_weight.compute_class_weight`; empty for None.

    Parameters
    ----------
    given : "balanced", mapping of labels (or of their texts) to weights, or None
        Balanced weights are ``rows / (classes * rows of the class)``. A class that a mapping leaves out has weight 1.
    texts : sequence of str
        The classes.
    codes : array of int, shape (n_rows,)
    owner : str

    Examples
    --------
    >>> codes = np.array([0, 0, 0, 1])
    >>> [round(weight, 3) for weight in class_weights("balanced", ["well", "ill"], codes, "it")]
    [0.667, 2.0]
    >>> class_weights({"ill": 5}, ["well", "ill"], codes, "it")
    (1.0, 5.0)
    """
    if given is None:
        return ()
    if isinstance(given, Mapping):
        return _weights_by_label(given, texts, owner)
    if not isinstance(given, str) or given != BALANCED:
        raise ConfigurationError(
            f"{owner}: class_weight={given!r} must be 'balanced', None, or a weight for each label, as {{'ill': 5.0}}."
        )
    places = np.arange(len(texts))
    present = np.isin(places, codes)
    weights = np.ones(len(texts))
    weights[present] = compute_class_weight(BALANCED, classes=places[present], y=codes)
    return tuple(map(float, weights))


def _weights_by_label(given: Mapping[Any, Any], texts: Sequence[str], owner: str) -> tuple[float, ...]:
    """Weights by label; a label that is not a class is an error, unless all classes have weights."""
    by_text = {label_text(label.item() if isinstance(label, np.generic) else label): w for label, w in given.items()}
    unknown = [label for label in by_text if label not in texts]
    if unknown and set(texts) - set(by_text):
        raise ConfigurationError(
            f"{owner}: class_weight names {unknown[0]!r}, which is not a class. {nearest(unknown[0], texts)}"
        )
    for label, weight in by_text.items():
        number = isinstance(weight, (int, float, np.number)) and not isinstance(weight, bool)
        if not (number and 0 < weight < math.inf):
            raise ConfigurationError(
                f"{owner}: class_weight gives {label!r} the weight {weight!r}; it must be a finite number above 0. "
                "Leave out rows that must not count."
            )
    return tuple(float(by_text.get(text, 1.0)) for text in texts)
