"""From raw predictions of times to an event to risks and curves: relative hazards, or a hazard for each interval."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.estimators.networks.members import average_raw
from glassnet.formulas import Loss
from glassnet.survival import (
    Baseline,
    Competing,
    Intervals,
    Piecewise,
    PiecewiseCompeting,
    Proportional,
    SeveralCauses,
    Times,
)
from glassnet.tables.notation.number_text import short_number
from glassnet.tables.outcome import TimeToEvent

_OF_INTERVALS = ("hazard_weights", "hazard_centers", "hazard_levels")
_FEWEST_EVENTS = 10
_SHOWN_SHARES = (0.25, 0.5, 0.75)
Arrays = Mapping[str, np.ndarray]
Curves = Proportional | Piecewise | SeveralCauses


@dataclass(frozen=True, eq=False)
class Hazards(ABC):
    """How raw predictions, (..., n_outputs), become risks and curves.

    Attributes
    ----------
    outcome : TimeToEvent
    arrays : mapping of str to array
        What the training rows taught besides the networks.
    link : str
        Of the loss.
    """

    outcome: TimeToEvent
    arrays: Arrays
    link: str = "identity"

    @property
    def causes(self) -> tuple[str, ...]:
        """The cells that are the event."""
        return self.outcome.causes

    @property
    @abstractmethod
    def known(self) -> np.ndarray:
        """The times at which something is known of the curve, rising."""

    @property
    def horizons(self) -> list[float]:
        """Times by which a quarter, half and three quarters of the event times of training have passed."""
        return sorted({float(self.known[round(share * (len(self.known) - 1))]) for share in _SHOWN_SHARES})

    @abstractmethod
    def risk(self, raw: np.ndarray) -> np.ndarray:
        """The risk of each row, (...,), of competing causes of each, (..., causes)."""

    @abstractmethod
    def curves(self, raw: np.ndarray) -> Curves:
        """Curves of rows, from raw predictions (n, n_outputs)."""

    @abstractmethod
    def written(self, *, summed: bool = False) -> str:
        """From mean raw outputs to the risk and the curve, in words; `summed` where the risk is a sum shown before."""

    @abstractmethod
    def note(self, raw: np.ndarray) -> str:
        """The curve of the first row, with its numbers."""

    def _incidences(self, curves: SeveralCauses) -> str:
        """The cumulative incidences of the first row, in words."""
        at = np.array(self.horizons)
        return "; ".join(
            f"{cause} {', '.join(f'{share:.4f} by {time:g}' for time, share in zip(at, own, strict=True))}"
            for cause, own in zip(self.causes, curves.incidence(at)[0].T, strict=True)
        )


class RelativeHazards(Hazards):
    """One output per cause: the logarithm of a hazard over that of the mean row, times a baseline hazard."""

    @property
    def scales(self) -> tuple[Any, Any]:
        """The factor on raw predictions, and their mean; of competing causes, one of each."""
        slope, middle = self.arrays["risk_scale"].reshape(-1, 2).T
        return (slope, middle) if len(slope) > 1 else (float(slope[0]), float(middle[0]))

    @property
    def baselines(self) -> tuple[Baseline, ...]:
        """The baseline of each cause, which lie one after the other."""
        steps = self.arrays.get("baseline_steps")
        ends = [] if steps is None else np.cumsum(steps)[:-1].astype(int).tolist()
        parts = (np.split(self.arrays[name], ends) for name in ("baseline_time", "baseline_log_hazard"))
        return tuple(Baseline(time, hazard) for time, hazard in zip(*parts, strict=True))

    @property
    def known(self) -> np.ndarray:
        return np.unique(np.concatenate([baseline.time for baseline in self.baselines]))

    def risk(self, raw: np.ndarray) -> np.ndarray:
        slope, middle = self.scales
        values = raw.astype(np.float64)
        return np.asarray(slope * ((values if len(self.causes) > 1 else values[..., 0]) - middle))

    def curves(self, raw: np.ndarray) -> Curves:
        risk = self.risk(raw)
        return Proportional(risk, self.baselines[0]) if risk.ndim == 1 else Competing(risk, self.baselines)

    def note(self, raw: np.ndarray) -> str:
        curves = self.curves(raw)
        if isinstance(curves, SeveralCauses):
            return (
                "Each cause has an output, whose hazard is exp(risk) times the cause's own baseline hazard. The "
                f"hazards of all causes together give the first row's cumulative incidences: {self._incidences(curves)}"
                "."
            )
        risk, baseline = float(curves.risk[0]), self.baselines[0]
        shares = ", ".join(
            f"S({time:g}) = exp(−{float(baseline.at(np.array([time]))[0]):.5g} · exp({risk:.5g})) = "
            f"{float(curves.alive(np.array([time]))[0, 0]):.4f}"
            for time in self.horizons
        )
        return f"The first row's curve is S(t) = exp(−H(t) · exp(risk)), with the baseline hazard H: {shares}."

    def written(self, *, summed: bool = False) -> str:
        slopes, centers = map(np.atleast_1d, self.scales)
        shifts = [f"{'plus' if -s * m >= 0 else 'minus'} {short_number(abs(s * m))}"
                  for s, m in zip(slopes, centers, strict=True)]  # fmt: skip
        if len(self.causes) > 1:
            risks = "; ".join(
                f"of {cause} {short_number(float(slope))} times its mean raw output, {shift}"
                for cause, slope, shift in zip(self.causes, slopes, shifts, strict=True)
            )
            return (
                f"Each network has an output for each cause. The risk is {risks}. The hazard of a cause is exp(risk) "
                "times its baseline hazard, which the model file holds step by step; all causes together say how many "
                "are still without an event, and what each takes of these adds up to its cumulative incidence (Aalen "
                "and Johansen)."
            )
        baseline = self.baselines[0]
        hazard = ", ".join(f"H({t:g}) = {short_number(float(baseline.at(np.array([t]))[0]))}" for t in self.horizons)
        risk = f"The risk is {short_number(float(slopes[0]))} times the mean raw output, {shifts[0]}. "
        return (
            f"{'' if summed else risk}The {self.outcome.free} at t is exp(−H(t) exp(risk)), with {hazard}; the "
            f"model file holds all {len(baseline.time):,} steps of H."
        )

    @classmethod
    def checked(cls, arrays: Arrays) -> dict[str, np.ndarray]:
        """The arrays of a model file that belong to it; a `ModelFileError` where they do not fit together."""
        own = _stored(arrays, ("baseline_time", "baseline_log_hazard", "risk_scale"))
        if "baseline_steps" in arrays:
            own["baseline_steps"] = arrays["baseline_steps"].astype(np.float64)
        steps = own.get("baseline_steps", np.array([len(own["baseline_time"])]))
        good = own["baseline_time"].shape == own["baseline_log_hazard"].shape == (int(steps.sum()),)
        good = good and bool((steps > 0).all()) and own["risk_scale"].shape == (2 * len(steps),)
        for baseline in cls(TimeToEvent(), own).baselines if good else ():
            good = good and bool((baseline.time > 0).all() and (np.diff(baseline.time) > 0).all())
            good = good and not bool((np.diff(baseline.log_hazard) < 0).any())
        if not good:
            raise ModelFileError("The baseline hazard of the model file is damaged: times and hazards must increase.")
        return own


class IntervalHazards(Hazards):
    """An output for each interval of time: the log odds of the event in it (`hazard`), or the logarithm of the rate.

    The risk of a row is the logarithm of the mean of its hazards, each weighed by how long the training rows were at
    risk in the interval, over that of the mean row. Where hazards are proportional, that is Cox's. All hazards of a
    cause are multiplied by its level: the events of rows that networks left out over those that were expected of them.
    """

    @property
    def intervals(self) -> Intervals:
        """The intervals."""
        intervals = self.outcome.time_intervals
        assert intervals is not None
        return intervals

    @property
    def known(self) -> np.ndarray:
        return self.intervals.ends

    @property
    def logistic(self) -> bool:
        """Whether outputs are log odds of the event in an interval; else they are logarithms of rates."""
        return self.link == "logistic"

    def hazards(self, raw: np.ndarray) -> np.ndarray:
        """The cumulative hazard of each whole interval, (..., causes, intervals)."""
        f = raw.astype(np.float64).reshape(*raw.shape[:-1], len(self.causes), len(self.intervals))
        with np.errstate(over="ignore"):
            return np.asarray((np.logaddexp(0.0, f) if self.logistic else np.exp(f)) * self.levels[:, None])

    @property
    def levels(self) -> np.ndarray:
        """The factor of the hazards of each cause, (causes,)."""
        return self.arrays["hazard_levels"]

    def log_mean(self, raw: np.ndarray) -> np.ndarray:
        """The logarithm of the weighed mean of hazards, (..., causes)."""
        with np.errstate(divide="ignore"):
            mean = np.minimum(self.hazards(raw), 1e300) @ self.arrays["hazard_weights"]
            return np.asarray(np.log(np.maximum(mean, 1e-300)))

    def risk(self, raw: np.ndarray) -> np.ndarray:
        risk = self.log_mean(raw) - self.arrays["hazard_centers"]
        return risk if len(self.causes) > 1 else risk[..., 0]

    def curves(self, raw: np.ndarray) -> Curves:
        risk, hazards = self.risk(raw), self.hazards(raw)
        if len(self.causes) > 1:
            return PiecewiseCompeting(risk, hazards, self.intervals)
        return Piecewise(risk, hazards[:, 0], self.intervals)

    def note(self, raw: np.ndarray) -> str:
        curves = self.curves(raw)
        if isinstance(curves, SeveralCauses):
            return (
                f"Each cause has an output for each interval of time, and {self._rule} Together they give the first "
                f"row's cumulative incidences: {self._incidences(curves)}."
            )
        each = self.hazards(raw)[0, 0]
        sums, alive = np.cumsum(each), curves.alive(self.intervals.ends)[0]
        shares = ", ".join(
            f"S({end:g}) = exp(−{total:.5g}) = {share:.4f}"
            for end, total, share in zip(self.intervals.ends, sums, alive, strict=True)
            if end in self.horizons or end == self.intervals.ends[-1]
        )
        return (
            f"Each interval of time has an output, and {self._rule} They add up to the first row's curve: {shares}. "
            f"Its risk is {float(curves.risk[0]):+.5g}, the logarithm of its mean hazard over that of the mean row."
        )

    @property
    def _rule(self) -> str:
        """From an output to a hazard, in words."""
        levels = ", ".join(short_number(float(level)) for level in self.levels)
        times = f" times {levels}" if len(self.causes) == 1 else f" (of the causes times {levels})"
        if self.logistic:
            return f"h = 1 / (1 + exp(−f)) is the chance of the event in it, and −log(1 − h){times} its hazard."
        return f"exp(f){times} is its hazard."

    def written(self, *, summed: bool = False) -> str:  # noqa: ARG002 (here no risk is a sum)
        ends = ", ".join(f"{end:g}" for end in self.intervals.ends)
        weights = ", ".join(short_number(float(weight)) for weight in self.arrays["hazard_weights"])
        mean = "The networks' mean chance of each is taken" if self.logistic else "The networks' mean rate is taken"
        several = " for each cause" if len(self.causes) > 1 else ""
        centers = ", ".join(short_number(float(center)) for center in self.arrays["hazard_centers"])
        left = "without any event" if several else f"without {self.outcome.event.name}"
        return (
            f"Each network has an output{several} for each interval of time, which end at {ends}, and {self._rule} "
            f"{mean}. The share {left} is exp of minus the sum of the hazards up to t, that of the interval in which t "
            f"lies by the share of it that has passed. The risk is the logarithm of the hazards times {weights}, less "
            f"{centers}."
        )

    @classmethod
    def checked(cls, arrays: Arrays, outcome: TimeToEvent) -> dict[str, np.ndarray]:
        """The arrays of a model file that belong to it; a `ModelFileError` where they do not fit together."""
        own = _stored(arrays, tuple(_OF_INTERVALS))
        count = 0 if outcome.time_intervals is None else len(outcome.time_intervals)
        causes = len(outcome.causes)
        shapes = {"hazard_weights": (count,), "hazard_centers": (causes,), "hazard_levels": (causes,)}
        good = all(own[name].shape == shape for name, shape in shapes.items())
        good = good and bool((own["hazard_weights"] >= 0).all() and own["hazard_weights"].any())
        if not (good and (own["hazard_levels"] > 0).all()):
            raise ModelFileError("The hazards of the model file are damaged: each interval needs a weight.")
        return own

    @classmethod
    def of(
        cls, outcome: TimeToEvent, link: str, raw: np.ndarray, left_out: np.ndarray, y: np.ndarray, weights: np.ndarray
    ) -> IntervalHazards:
        """Learn levels, weights and centers from training rows.

        Parameters
        ----------
        outcome : TimeToEvent
        link : str
        raw : array, shape (networks, n, n_outputs)
        left_out : array of bool, shape (networks, n)
            The rows that networks left out, on which levels rest.
        y : array, shape (n, 2)
        weights : array, shape (n,)
        """
        assert outcome.time_intervals is not None
        times, causes = times_of(y), len(outcome.causes)
        passed = outcome.time_intervals.passed(times.time)
        arrays = {
            "hazard_weights": np.average(passed, axis=0, weights=weights), "hazard_centers": np.zeros(causes),
            "hazard_levels": np.ones(causes),
        }  # fmt: skip
        plain = cls(outcome, arrays, link)
        count = left_out.sum(axis=0)
        each = (
            np.einsum("mnck,mn->nck", np.minimum(plain.hazards(raw), 1e300), left_out)
            / np.maximum(count, 1)[:, None, None]
        )
        expected = (weights[:, None] * np.einsum("nck,nk->nc", each, passed))[count > 0].sum(axis=0)
        for k in range(causes):
            happened = (times.event == k + 1) & (count > 0)
            if happened.sum() >= _FEWEST_EVENTS and np.isfinite(expected[k]):
                arrays["hazard_levels"][k] = weights[happened].sum() / expected[k]
        mean = average_raw(raw, link)
        centers = np.average(cls(outcome, arrays, link).log_mean(mean), axis=0, weights=weights)
        return cls(outcome, {**arrays, "hazard_centers": np.atleast_1d(centers)}, link)


def hazards_of(outcome: TimeToEvent, arrays: Arrays, link: str) -> Hazards:
    """The way from raw predictions to curves that belongs to an outcome."""
    kind = RelativeHazards if outcome.time_intervals is None else IntervalHazards
    return kind(outcome, arrays, link)


def checked_arrays(arrays: Arrays, outcome: TimeToEvent, loss: Loss, n_outputs: int) -> dict[str, np.ndarray]:
    """The arrays of a model file that its way to curves needs; a `ModelFileError` where they do not fit together."""
    relative = outcome.time_intervals is None
    if relative != (loss.scope == "batch") or n_outputs != outcome.n_outputs(np.empty(0)):
        raise ModelFileError(
            f"The model file's loss {loss.name!r}, its {n_outputs} outputs and the intervals of its schema do not fit "
            "together."
        )
    return RelativeHazards.checked(arrays) if relative else IntervalHazards.checked(arrays, outcome)


def _stored(arrays: Arrays, needed: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Arrays of a model file by name."""
    try:
        return {name: arrays[name].astype(np.float64) for name in needed}
    except KeyError as error:
        raise ModelFileError(f"The model file has no {error.args[0]}, so it gives no survival curves.") from None


def times_of(y: np.ndarray) -> Times:
    """Times of truths, (n, 2)."""
    return Times(y[:, 0], y[:, 1].astype(np.int64))
