"""Competing causes: cumulative incidences from the hazards of all causes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from glassnet.survival.baseline import Baseline
from glassnet.survival.curves import Curve
from glassnet.survival.predicted import Alike, Predicted
from glassnet.survival.times import Floats

_CHUNK = 4_000_000  # numbers computed at once


class SeveralCauses(ABC):
    """Predictions for rows with competing causes."""

    risks: Floats
    """Logarithms of relative hazards, (n, causes)."""

    @abstractmethod
    def incidence(self, times: Floats) -> Floats:
        """The cumulative incidence of each cause at times, (n, times, causes)."""

    @abstractmethod
    def alive(self, times: Floats) -> Floats:
        """The event-free probability (no event of any cause) at times, (n, times)."""

    @abstractmethod
    def median(self) -> Floats:
        """The median event-free time: when the event-free probability reaches 1/2; infinite if it stays above."""

    @abstractmethod
    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""

    def of_cause(self, cause: int) -> Predicted:
        """The predictions for one cause, numbered from 1."""
        return OfCause(self, cause - 1)


@dataclass(frozen=True)
class Competing(SeveralCauses):
    """Proportional hazards for each cause.

    The cumulative incidence of a cause is a sum over the event times of the probability of being event-free until then
    times the probability of an event of this cause (Aalen and Johansen). Between two event times the hazards of all
    causes act together: with event-free probability S and summed hazard a, ``S (1 - exp(-a))`` have an event, divided
    among the causes in proportion to their hazards. So the incidences and the event-free probability sum to 1, and a
    single cause gives its survival curve.

    Attributes
    ----------
    risks : array, shape (n, causes)
        Logarithms of relative hazards.
    baselines : tuple of Baseline

    Examples
    --------
    >>> one = Baseline(np.array([1.0, 3.0]), np.log([0.25, 0.75]))
    >>> other = Baseline(np.array([2.0]), np.log([1 / 3]))
    >>> competing = Competing(np.zeros((1, 2)), (one, other))
    >>> at = np.array([1.0, 2.0, 3.0])
    >>> competing.incidence(at).round(4)[0].tolist()  # 1 - e^(-1/4), then e^(-1/4) (1 - e^(-1/3)), ...
    [[0.2212, 0.0], [0.2212, 0.2208], [0.4408, 0.2208]]
    >>> bool(np.allclose(competing.incidence(at).sum(axis=2) + competing.alive(at), 1))
    True
    """

    risks: Floats
    baselines: tuple[Baseline, ...]

    def incidence(self, times: Floats) -> Floats:
        """The cumulative incidence of each cause at times, (n, times, causes)."""
        grid = np.unique(np.concatenate([baseline.time for baseline in self.baselines]))
        steps = np.stack([np.diff(baseline.at(grid), prepend=0.0) for baseline in self.baselines])
        place = np.searchsorted(grid, times, "right")
        shares = np.zeros((len(self.risks), len(times), len(self.baselines)))
        rows = max(1, _CHUNK // max(1, len(grid)))
        for start in range(0, len(self.risks), rows):
            with np.errstate(over="ignore"):
                sizes = np.exp(self.risks[start : start + rows].T)
            hazards = np.stack([size[:, None] * own for size, own in zip(sizes, steps, strict=True)])
            shares[start : start + rows] = divided(hazards)[:, place]
        return shares

    def alive(self, times: Floats) -> Floats:
        """The event-free probability (no event of any cause) at times, (n, times)."""
        each = [baseline.alive(risk, times) for risk, baseline in zip(self.risks.T, self.baselines, strict=True)]
        return np.asarray(np.prod(each, axis=0))

    def median(self) -> Floats:
        """The median event-free time: when the event-free probability reaches 1/2; infinite if it stays above."""
        grid = np.unique(np.concatenate([baseline.time for baseline in self.baselines]))
        below = self.alive(grid) <= 0.5
        return np.where(below.any(axis=1), grid[below.argmax(axis=1)], np.inf)

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, risks=self.risks[rows])


def divided(hazards: Floats) -> Floats:
    """The cumulative incidences before the first step and after each step, (n, 1 + steps, causes).

    From the increments of the cumulative hazard of each cause, (causes, n, steps).
    """
    summed = np.sum(hazards, axis=0)
    before = np.exp(-(np.cumsum(summed, axis=1) - summed))
    taken = before * -np.expm1(-summed)
    shares = np.zeros((len(summed), summed.shape[1] + 1, len(hazards)))
    for k, own in enumerate(hazards):
        with np.errstate(invalid="ignore", divide="ignore"):
            part = np.where(summed > 0, taken * (own / summed), 0.0)
        shares[:, 1:, k] = np.cumsum(part, axis=1)
    return shares


@dataclass(frozen=True)
class OfCause:
    """Predictions for one of several causes: its risk, and one minus its cumulative incidence."""

    whole: SeveralCauses
    place: int

    @property
    def risk(self) -> Floats:
        """The logarithm of the relative hazard of this cause."""
        return np.asarray(self.whole.risks[:, self.place])

    def alive(self, times: Floats) -> Floats:
        """One minus the cumulative incidence of this cause at times."""
        return np.asarray(1.0 - self.whole.incidence(times)[:, :, self.place])

    def alive_at_own(self, time: Floats) -> Floats:
        """The same for each row at its own time."""
        distinct, place = np.unique(time, return_inverse=True)
        return np.asarray(self.alive(distinct)[np.arange(len(time)), place])

    def take(self, rows: NDArray[np.intp]) -> Self:
        """The predictions for a subset of the rows."""
        return replace(self, whole=self.whole.take(rows))


@dataclass(frozen=True)
class Everybodys:
    """The same cumulative incidences for every row: the baseline without inputs."""

    curves: tuple[Curve, ...]
    rows: int

    def of_cause(self, cause: int) -> Predicted:
        """The predictions for one cause, numbered from 1."""
        own = self.curves[cause - 1]
        return Alike(replace(own, value=1 - own.value, low=1 - own.high, high=1 - own.low, start=1.0), self.rows)
