"""`Answer`: what a model says about rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Answer:
    """The predictions of a model for rows.

    Attributes
    ----------
    predicted : array of shape (n,)
        Class codes, or numbers.
    margin : array of shape (n,) or None
        For two classes: larger means more likely the second class.
    probability : array of shape (n, n_classes) or None
        Of each class; None from a model that gives none.
    curves : Predicted, Competing, Everybodys or None
        Of a time to an event: a risk and a survival curve of each row, or those of each competing cause.
    """

    predicted: np.ndarray
    margin: np.ndarray | None = None
    probability: np.ndarray | None = None
    curves: Any = None

    @cached_property
    def order(self) -> np.ndarray:
        """The rows by their margin; kept, for every draw needs it."""
        assert self.margin is not None
        return np.argsort(self.margin, kind="stable")

    @cached_property
    def ties(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Of each place in `order`, where rows of its margin begin and end; None where no two margins are equal."""
        assert self.margin is not None
        margin = self.margin[self.order]
        starts = np.flatnonzero(np.r_[True, margin[1:] != margin[:-1]])
        if len(starts) == len(margin):
            return None
        sizes = np.diff(np.r_[starts, len(margin)])
        return np.repeat(starts, sizes), np.repeat(starts + sizes, sizes)
