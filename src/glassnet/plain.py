"""Values for JSON, which has neither arrays nor numbers that are not finite."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def finite(value: float) -> float | None:
    """A number, or None if it is not finite.

    Examples
    --------
    >>> finite(0.5), finite(float("nan"))
    (0.5, None)
    """
    return float(value) if math.isfinite(value) else None


def plain_json(value: Any) -> Any:
    """Dicts with text keys, lists and plain numbers; numbers that are not finite become None.

    Examples
    --------
    >>> plain_json({"auc": np.float64(0.9), "low": [float("nan"), 1], 2: np.arange(2)})
    {'auc': 0.9, 'low': [None, 1], '2': [0, 1]}
    """
    if isinstance(value, dict):
        return {str(key): plain_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain_json(entry) for entry in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain_json(value.tolist())
    return finite(value) if isinstance(value, float) else value
