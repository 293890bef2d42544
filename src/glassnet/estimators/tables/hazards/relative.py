"""`RelativeHazards`: a risk for all of time, times a baseline hazard (Cox)."""

from __future__ import annotations

from typing import Any

import numpy as np

from glassnet.errors import ModelFileError
from glassnet.estimators.tables.hazards.base import FEWEST_EVENTS, Arrays, Curves, Hazards, stored_arrays
from glassnet.formulas.coupled.partial_likelihood import PartialLikelihood
from glassnet.pages.number import short_number
from glassnet.survival import Baseline, Competing, Proportional, SeveralCauses, Stratified, StratifiedCompeting, Times
from glassnet.tables.outcome import TimeToEvent

_LEAST_SLOPE, _MOST_SLOPE = 1e-3, 2.0
_MOST_WRITTEN = 8  # strata whose baseline is written out


class RelativeHazards(Hazards):
    """One output per cause: the logarithm of a hazard over that of the mean row, times a baseline hazard.

    Each stratum has a baseline hazard of its own for each cause.
    """

    @property
    def scales(self) -> tuple[Any, Any]:
        """The factor on raw predictions, and their mean; of competing causes, one of each."""
        slope, middle = self.arrays["risk_scale"].reshape(-1, 2).T
        return (slope, middle) if len(slope) > 1 else (float(slope[0]), float(middle[0]))

    @property
    def baselines(self) -> tuple[Baseline, ...]:
        """The baseline of each cause, which lie one after the other; if there are strata, those of each stratum."""
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

    def curves(self, raw: np.ndarray, stratum: np.ndarray | None = None) -> Curves:
        risk, baselines = self.risk(raw), self.baselines
        if self.outcome.stratum is None:
            return Proportional(risk, baselines[0]) if risk.ndim == 1 else Competing(risk, baselines)
        assert stratum is not None
        if risk.ndim == 1:
            return Stratified(risk, stratum, baselines)
        causes = risk.shape[1]
        own = (baselines[k : k + causes] for k in range(0, len(baselines), causes))
        return StratifiedCompeting(risk, stratum, tuple(own))

    def note(self, raw: np.ndarray, stratum: np.ndarray | None = None) -> str:
        curves = self.curves(raw, stratum)
        layer = 0 if stratum is None else int(stratum[0])
        own = "" if stratum is None else f" of the stratum {self.outcome.strata_names[layer]!r}"
        if isinstance(curves, SeveralCauses):
            return (
                f"Each cause has an output, whose hazard is exp(risk) times the cause's own baseline hazard{own}. The "
                f"hazards of all causes together give the first row's cumulative incidences: {self._incidences(curves)}"
                "."
            )
        risk, baseline = float(curves.risk[0]), self.baselines[layer]
        shares = ", ".join(
            f"S({time:g}) = exp(−{float(baseline.at(np.array([time]))[0]):.5g} · exp({risk:.5g})) = "
            f"{float(curves.alive(np.array([time]))[0, 0]):.4f}"
            for time in self.horizons
        )
        return f"The first row's curve is S(t) = exp(−H(t) · exp(risk)), with the baseline hazard H{own}: {shares}."

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
                f"times its baseline hazard{self._apart}, which the model file holds step by step; all causes together "
                "say how many "
                "are still without an event, and what each takes of these adds up to its cumulative incidence (Aalen "
                "and Johansen)."
            )
        baselines, names = self.baselines[:_MOST_WRITTEN], self.outcome.strata_names
        each = [
            ", ".join(f"H({t:g}) = {short_number(float(own.at(np.array([t]))[0]))}" for t in self.horizons)
            for own in baselines
        ]
        hazard = (
            each[0]
            if not names
            else "; ".join(f"in {name!r} {values}" for name, values in zip(names, each, strict=False))
        )
        hazard += f"; and {len(names) - len(baselines)} more strata" if len(names) > len(baselines) else ""
        steps = sum(len(own.time) for own in self.baselines)
        risk = f"The risk is {short_number(float(slopes[0]))} times the mean raw output, {shifts[0]}. "
        return (
            f"{'' if summed else risk}The {self.outcome.free} at t is exp(−H(t) exp(risk)), with "
            f"{'H' + self._apart + ': ' if names else ''}{hazard}; the model file holds all {steps:,} steps of H."
        )

    @property
    def _apart(self) -> str:
        """Whose baseline hazard it is, in words."""
        return "" if self.outcome.stratum is None else f" of the stratum by {self.outcome.stratum.name!r}"

    @classmethod
    def of(
        cls, outcome: TimeToEvent, raw: np.ndarray, left_out: np.ndarray, y: np.ndarray, weights: np.ndarray
    ) -> RelativeHazards:
        """Learn baselines, slopes and centers from training rows; the parameters are those of `IntervalHazards.of`."""
        all_times = Times.of_truth(y)
        causes, strata = raw.shape[2], max(1, len(outcome.strata_names))
        calibrations: list[tuple[list[Baseline], float, float]] = []
        for k in range(causes):
            times = all_times if causes == 1 else all_times.of_cause(k + 1)
            calibrations.append(_calibrate(times, raw[..., k], left_out, weights, strata))
        each, slopes, centers = zip(*calibrations, strict=True)
        baselines = [own[layer] for layer in range(strata) for own in each]
        arrays = {
            "baseline_time": np.concatenate([each.time for each in baselines]),
            "baseline_log_hazard": np.concatenate([each.log_hazard for each in baselines]),
            "risk_scale": np.column_stack([slopes, centers]).ravel(),
        }  # fmt: skip
        if len(baselines) > 1:
            arrays["baseline_steps"] = np.array([len(each.time) for each in baselines], dtype=np.float64)
        return cls(outcome, arrays)

    @classmethod
    def checked(cls, arrays: Arrays, outcome: TimeToEvent) -> dict[str, np.ndarray]:
        """The arrays of a model file that belong to it; a `ModelFileError` where they do not fit together."""
        own = stored_arrays(arrays, ("baseline_time", "baseline_log_hazard", "risk_scale"))
        if "baseline_steps" in arrays:
            own["baseline_steps"] = arrays["baseline_steps"].astype(np.float64)
        steps = own.get("baseline_steps", np.array([len(own["baseline_time"])]))
        good = own["baseline_time"].shape == own["baseline_log_hazard"].shape == (int(steps.sum()),)
        causes, strata = len(outcome.causes), len(outcome.strata_names)  # some strata may have no event
        good = good and bool((steps >= (0 if strata else 1)).all()) and bool(steps.any())
        good = good and len(steps) == causes * max(1, strata) and own["risk_scale"].shape == (2 * causes,)
        for baseline in cls(outcome, own).baselines if good else ():
            good = good and bool((baseline.time > 0).all() and (np.diff(baseline.time) > 0).all())
            good = good and not bool((np.diff(baseline.log_hazard) < 0).any())
        if not good:
            raise ModelFileError("The baseline hazard of the model file is damaged: times and hazards must increase.")
        return own


def _calibrate(
    times: Times, raw: np.ndarray, left_out: np.ndarray, weights: np.ndarray, strata: int
) -> tuple[list[Baseline], float, float]:  # fmt: skip
    """Baselines, slope and center of one output, (networks, n), from rows that networks left out, where there are."""
    centers = raw.mean(axis=1)
    apart = raw - centers[:, None]
    count = left_out.sum(axis=0)
    honest = count > 0
    risk = np.where(honest, (apart * left_out).sum(axis=0) / np.maximum(count, 1), apart.mean(axis=0))
    stratum = np.where(count == 1, left_out.argmax(axis=0), -1)  # each network has a constant of its own
    if count.max(initial=0) > 1:  # of several networks to a fold, as after tuning, rows of one fold go together
        patterns, which = np.unique(left_out, axis=1, return_inverse=True)
        stratum = which.ravel() if patterns.shape[1] <= len(left_out) else stratum
    apart = stratum * strata + times.layers  # a stratum of the table within what one network left out
    slope = _slope(Times(times.time, times.event, apart).take(honest), risk[honest], weights[honest])
    rows = (times.layers == layer for layer in range(strata))
    baselines = [Baseline.of(times.take(own), slope * risk[own], weights[own]) for own in rows]
    return baselines, slope, float(centers.mean())


def _slope(times: Times, risk: np.ndarray, weights: np.ndarray) -> float:
    """The factor on risks that maximizes the partial likelihood of these rows within their strata, by bisection."""
    if times.n_events < FEWEST_EVENTS:
        return 1.0
    y = times.columns

    def gradient(slope: float) -> float:
        likelihood = PartialLikelihood(slope * risk[:, None], y, weights)
        return float((weights * likelihood.slopes[:, 0] * risk).sum())

    low, high = _LEAST_SLOPE, _MOST_SLOPE
    if gradient(low) >= 0:
        return low
    if gradient(high) <= 0:
        return high
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (low, middle) if gradient(middle) > 0 else (middle, high)
    return (low + high) / 2
