"""`IntervalHazards`: a hazard of its own for each of several intervals of time."""

from __future__ import annotations

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.estimators.networks.members import average_raw
from glassnet.estimators.tables.hazards.base import FEWEST_EVENTS, Arrays, Curves, Hazards, stored_arrays
from glassnet.pages.number import short_number
from glassnet.survival import Intervals, Piecewise, PiecewiseCompeting, SeveralCauses, Times
from glassnet.tables.outcome import TimeToEvent

_ARRAYS = ("hazard_weights", "hazard_centers", "hazard_levels")


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

    def curves(self, raw: np.ndarray, stratum: np.ndarray | None = None) -> Curves:  # noqa: ARG002 (no strata here)
        risk, hazards = self.risk(raw), self.hazards(raw)
        if len(self.causes) > 1:
            return PiecewiseCompeting(risk, hazards, self.intervals)
        return Piecewise(risk, hazards[:, 0], self.intervals)

    def note(self, raw: np.ndarray, stratum: np.ndarray | None = None) -> str:  # noqa: ARG002
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
        own = stored_arrays(arrays, _ARRAYS)
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
        times, causes = Times.of_truth(y), len(outcome.causes)
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
            if happened.sum() >= FEWEST_EVENTS and np.isfinite(expected[k]):
                arrays["hazard_levels"][k] = weights[happened].sum() / expected[k]
        mean = average_raw(raw, link)
        centers = np.average(cls(outcome, arrays, link).log_mean(mean), axis=0, weights=weights)
        return cls(outcome, {**arrays, "hazard_centers": np.atleast_1d(centers)}, link)
