"""Conversion of a requested threshold (a number, or an aim) to the decision of a trained model."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from glassnet.engine.random_numbers import permutation
from glassnet.errors import ConfigurationError, DataError, TableWarning, nearest
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.estimators.tables.classes.aim import AIMS, Aim, best_threshold
from glassnet.estimators.tables.classes.labels import label_text
from glassnet.files.exports.decision import Decision
from glassnet.formulas.randomness import Purpose

if TYPE_CHECKING:
    from glassnet.estimators.training.fitted_table import FittedTable
    from glassnet.estimators.training.training import Roles

MOST_ROWS = 50_000
_MOST_DRAWN, _FEWEST_DRAWS = 2**22, 80
"""Rows times draws on which the interval of the threshold rests, so that a long table does not wait for it."""
_SMALLEST = 1e-12
_HOW = "a probability above 0 and below 1, such as 0.2, or an aim, such as 'sensitivity=0.95'"


@dataclass(frozen=True)
class Wish:
    """A threshold as requested.

    Parameters
    ----------
    threshold : float or Aim
    event : int
        The code of the class whose probability it applies to.
    """

    threshold: float | Aim
    event: int

    @classmethod
    def of(cls, threshold: Any, event: Any, classes: Sequence[str], target: str, owner: str) -> Wish | None:
        """Check the threshold and event that the user gave for these classes; None if neither is given.

        Raises
        ------
        ConfigurationError
            More than two classes, an event that is none of them, or a threshold that is neither.
        """
        if threshold is None and event is None:
            return None
        if len(classes) != 2:
            raise ConfigurationError(
                f"{owner}: a threshold is for two classes, and {target!r} has {len(classes)}, of which the most "
                "probable is predicted. Leave threshold and event out; class_weight lets rare classes count more."
            )
        if threshold is None:
            raise ConfigurationError(f"{owner}: event={event!r} names the class of a threshold. Give a threshold, too.")
        text = "" if event is None else label_text(event.item() if isinstance(event, np.generic) else event)
        if event is not None and text not in classes:
            raise ConfigurationError(f"{owner}: event={event!r} is not a class of {target!r}. {nearest(text, classes)}")
        return cls(read_threshold(threshold, owner), 1 if event is None else list(classes).index(text))

    @property
    def needs_rows(self) -> bool:
        """Whether it is chosen on left-out rows."""
        return isinstance(self.threshold, Aim)

    def check(self, y: np.ndarray, roles: Roles, owner: str) -> None:
        """Raise `DataError`, before any training, if no left-out rows could choose the threshold."""
        if self.needs_rows and len(np.unique(y[_left_out_rows(roles)])) < 2:
            raise DataError(
                f"{owner}: threshold={_requested(self)!r} is chosen on rows left out of the training, and there "
                f"are none of both classes. Give more rows, or the threshold as a number."
            )

    def decision(
        self, fitted: FittedTable, roles: Roles, X: np.ndarray, y: np.ndarray, row_weights: np.ndarray | None,
        groups: Groups | None, threads: int | None,
    ) -> Decision | None:  # fmt: skip
        """The decision of a trained model, for which each row is predicted by the networks that left it out."""
        if not isinstance(self.threshold, Aim):
            return Decision(self.threshold, self.event)
        rows, seed = _left_out_rows(roles), fitted.recipe.seed
        if len(rows) > MOST_ROWS:
            rows = np.sort(rows[permutation(seed, Purpose.SPLIT, len(rows), part=10)[:MOST_ROWS]])
        answers = fitted.values(fitted.raw_of_each(X[rows], threads))[..., self.event]
        left_out = np.broadcast_to(roles.mask(rows), answers.shape)
        probability = (answers * left_out).sum(axis=0) / left_out.sum(axis=0)
        weights = np.ones(len(rows)) if row_weights is None else row_weights[rows].astype(np.float64)
        if fitted.recipe.class_weights:  # weights of the training only, not of these rows
            weights = weights / np.array(fitted.recipe.class_weights)[y[rows]]
        try:
            chosen = best_threshold(
                self.threshold, y[rows] == self.event, probability, weights,
                None if groups is None else groups.take(rows),
                seed=seed, draws=max(_FEWEST_DRAWS, min(1000, _MOST_DRAWN // len(rows))),
            )  # fmt: skip
        except DataError:  # after an early end, the networks may not have left out rows of each class
            warnings.warn(
                f"No threshold could be chosen for {self.threshold.spec}: the rows that the networks left out are all "
                "of one class. The most probable class is predicted.",
                TableWarning,
                stacklevel=2,
            )
            return None
        low, high = (None if math.isnan(end) else end for end in (chosen.low, chosen.high))
        return Decision(
            max(chosen.threshold, _SMALLEST), self.event, chosen.aim, len(rows), low, high, chosen.sensitivity,
            chosen.specificity,
        )  # fmt: skip


def read_threshold(given: Any, owner: str) -> float | Aim:
    """A number, the text of one, an aim, or its text: ``sensitivity(at_least=0.9)``, in short ``sensitivity=0.9``.

    Examples
    --------
    >>> read_threshold("0.2", "it"), read_threshold("cost=10", "it").spec
    (0.2, 'cost(missed_case=10.0)')
    """
    if isinstance(given, Aim):
        return given
    if isinstance(given, str):
        name, sign, value = given.partition("=")
        if sign and "(" not in name and name.strip() in AIMS and AIMS[name.strip()].parameters:
            parameter = AIMS[name.strip()].parameters[0].name
            return AIMS.resolve(f"{name.strip()}({parameter}={value.strip()})")
        try:
            given = float(given)
        except ValueError:
            return AIMS.resolve(given)
    if isinstance(given, bool) or not isinstance(given, (int, float, np.number)) or not 0.0 < given < 1.0:
        raise ConfigurationError(f"{owner}: threshold={given!r} must be {_HOW}.")
    return float(given)


def _left_out_rows(roles: Roles) -> np.ndarray:
    """The rows left out by some network."""
    return np.unique(np.concatenate(roles.left_out))


def _requested(wish: Wish) -> str | float:
    """The threshold as requested."""
    return wish.threshold.spec if isinstance(wish.threshold, Aim) else wish.threshold
