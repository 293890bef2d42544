"""Inverse probability of censoring weights: observed patients stand in for those who were lost to follow-up.

Late in a study few patients are followed and the weights grow without bound; when nobody is followed any longer, they
do not exist. So each weighted measure ends at the horizon up to which weights stay below a bound.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from glassnet.survival.curves import Curve, table
from glassnet.survival.times import Floats, Times

MOST_WEIGHT = 20.0
"""The largest weight of a patient; weighted measures end before weights would exceed it."""


@dataclass(frozen=True)
class Censoring:
    """The probability G(t) of being uncensored at time t, and the horizon up to which it can be used.

    Attributes
    ----------
    watched : Curve
    horizon : float
        The last time in the evaluated sample up to which ``1 / G`` is at most `MOST_WEIGHT`.
    last : float
        The last time in the evaluated sample.
    largest_weight : float
        The largest ``1 / G`` up to the horizon.
    beyond : int
        The number of evaluated rows with an event after the horizon; they count as event-free up to it.
    """

    watched: Curve
    horizon: float
    last: float
    largest_weight: float
    beyond: int

    @classmethod
    def of(cls, sample: Times, judged: Times | None = None) -> Censoring:
        """The censoring of a sample, for measures on the evaluated rows (by default, the sample itself).

        Examples
        --------
        >>> found = Censoring.of(Times.read([(1.0, 0), (2.0, 1), (3.0, 0), (4.0, 1)]))
        >>> found.watched.value.tolist(), found.horizon, found.largest_weight.__round__(3)
        ([0.75, 0.75, 0.375, 0.375], 4.0, 2.667)
        """
        judged = sample if judged is None else judged
        time, at_risk, events, censored = table(sample)
        left = at_risk - events  # a patient with an event at a time can no longer be censored at it
        with np.errstate(divide="ignore", invalid="ignore"):
            value = np.asarray(np.cumprod(np.where(left > 0, 1.0 - censored / left, 1.0)), dtype=np.float64)
        nobody: Floats = np.zeros(len(value))
        watched = Curve(time, value, nobody, nobody, at_risk, censored, 1.0)
        seen = np.unique(judged.time[judged.time <= time[-1]])
        chance = watched.at(seen, before=True)
        good = seen[chance >= 1.0 / MOST_WEIGHT]
        horizon = float(good[-1]) if len(good) else 0.0
        weights = 1.0 / chance[chance >= 1.0 / MOST_WEIGHT]
        return cls(
            watched, horizon, float(judged.time.max()), float(weights.max(initial=1.0)),
            int((judged.happened & (judged.time > horizon)).sum()),
        )  # fmt: skip

    @property
    def note(self) -> str:
        """Describe the range of the weighted times, in a sentence."""
        text = f"Weighted up to {self.horizon:g}, with weights of at most {self.largest_weight:.3g} per patient"
        if self.last <= self.horizon:
            return f"{text}."
        there = "1 event is" if self.beyond == 1 else f"{self.beyond} events are"
        return (
            f"{text}; the last time is {self.last:g}, and beyond the horizon too few are still under observation. "
            f"{there} beyond it."
        )

    def weights_at(self, times: Times, horizon: float) -> Floats:
        """The weight of each row at a horizon: 1 / G at its event or at the horizon; 0 if it was censored earlier."""
        with np.errstate(divide="ignore"):
            at_event = 1.0 / self.watched.at(times.time, before=True)
            at_end = 1.0 / self.watched.at(horizon)
        early = times.happened & (times.time <= horizon)
        return np.where(early, at_event, np.where(times.time > horizon, at_end, 0.0))
