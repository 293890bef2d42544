"""`Decision`: from which probability on a row is called one of two classes, and how that was decided."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from glassnet.errors import ModelFileError

NAME = "decision"
"""Its name among what a model file says of its estimator."""
_AIMS = {
    "youden": "the largest sum of sensitivity and specificity",
    "cost": "the smallest cost, a false negative being {} times as bad as a false positive,",
    "sensitivity": "the best specificity at a sensitivity of at least {}",
    "specificity": "the best sensitivity at a specificity of at least {}",
    "f1": "the largest F1",
}
"""Aims by the names of `glassnet.evaluate.AIMS`, in words; ``{}`` is their parameter."""
_LARGEST = float(np.nextafter(1.0, 2.0))
"""A threshold that no probability reaches."""


@dataclass(frozen=True)
class Decision:
    """The threshold of a model of two classes.

    Parameters
    ----------
    threshold : float
        Rows whose probability of the event is this or more are called the event.
    event : {0, 1}
        The code of the class that the probability is of.
    aim : str
        What it was chosen for, such as ``"sensitivity(at_least=0.95)"``; empty when it was given as a number.
    n_rows : int
        Rows that it was chosen on: those that the networks left out of their training.
    low, high : float or None
        Its interval over bootstrap samples of these rows.
    sensitivity, specificity : float or None
        On these rows, where they look better than on new ones.

    Examples
    --------
    >>> Decision(0.2, 1).codes(np.array([[0.9, 0.1], [0.8, 0.2]]))
    array([0, 1])
    """

    threshold: float
    event: int
    aim: str = ""
    n_rows: int = 0
    low: float | None = None
    high: float | None = None
    sensitivity: float | None = None
    specificity: float | None = None

    def codes(self, chance: np.ndarray) -> np.ndarray:
        """The class codes of rows with these probabilities, (n, 2)."""
        is_event = chance[:, self.event] >= self.threshold
        return np.where(is_event, self.event, 1 - self.event)

    def limit_of(self, code: int) -> float:
        """The least probability of a class at which rows are called it (for the other class, it must be above)."""
        return self.threshold if code == self.event else 1 - self.threshold

    def rule(self, classes: Any) -> str:
        """The rule in words.

        Examples
        --------
        >>> Decision(0.25, 1).rule(["well", "ill"])
        "'ill' if its probability is at least 0.25, otherwise 'well'"
        """
        event, other = str(classes[self.event]), str(classes[1 - self.event])
        return f"{event!r} if its probability is at least {self.threshold:.3g}, otherwise {other!r}"

    def reason(self) -> str:
        """Why this threshold: its aim, the rows that it was chosen on, and what it reaches there."""
        if not self.aim:
            return "given as a number"
        drawn = (
            ""
            if self.low is None or self.high is None
            else f"; bootstrap samples give thresholds from {self.low:.3g} to {self.high:.3g}"
        )
        return (
            f"chosen for {aim_in_words(self.aim)} on {self.n_rows:,} rows that the networks left out of their "
            f"training (where sensitivity is {self.sensitivity:.3f} and specificity {self.specificity:.3f}{drawn})"
        )

    def to_plain(self) -> dict[str, Any]:
        """Plain JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, fitted: Mapping[str, Any], n_classes: int) -> Self | None:
        """The decision among what a model file says, checked; None where there is none.

        Raises
        ------
        ModelFileError
            When it is not one of a model with this many classes.
        """
        if NAME not in fitted:
            return None
        plain = fitted[NAME]
        if not isinstance(plain, Mapping) or set(plain) != set(cls.__dataclass_fields__) or n_classes != 2:
            raise ModelFileError(f"The decision {str(plain)[:60]!r} is not one of a model with {n_classes} classes.")
        shares = [plain[name] for name in ("low", "high", "sensitivity", "specificity")]
        good = (
            _is_share(plain["threshold"]) and plain["threshold"] > 0 and plain["event"] in (0, 1)
            and type(plain["event"]) is int and isinstance(plain["aim"], str) and type(plain["n_rows"]) is int
            and plain["n_rows"] >= 0 and all(share is None or _is_share(share) for share in shares)
            and (not plain["aim"] or None not in shares[2:])
        )  # fmt: skip
        if not good:
            raise ModelFileError(f"The decision {str(dict(plain))[:120]} is not valid.")
        return cls(**plain)


def _is_share(value: Any) -> bool:
    """Whether a value is a share, or the threshold that none reaches."""
    return type(value) in (int, float) and math.isfinite(value) and 0 <= value <= _LARGEST


def aim_in_words(aim: str) -> str:
    """The aim of a threshold in words; an unknown one as it is written.

    Examples
    --------
    >>> aim_in_words("sensitivity(at_least=0.95)")
    'the best specificity at a sensitivity of at least 0.95'
    """
    name, _, given = aim.partition("(")
    return _AIMS.get(name, aim).format(given.rstrip(")").partition("=")[2])
