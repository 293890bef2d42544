"""Scales and round ticks of the charts."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from glassnet.errors import ConfigurationError
from glassnet.pages.number import number_text


@dataclass(frozen=True)
class Axis:
    """One direction of a chart: data range to pixel range, linear or logarithmic.

    Parameters
    ----------
    low, high : float
        Data range; ``low < high``, both positive on a logarithmic axis.
    start, end : float
        Pixels of `low` and `high`; `end` may be smaller (upward axes).
    log : bool, default False

    Examples
    --------
    >>> axis = Axis(0.0, 10.0, 0.0, 100.0)
    >>> axis(2.5), axis.ticks(5)
    (25.0, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    >>> Axis(0.1, 1000.0, 0.0, 400.0, log=True).ticks(5)
    [0.1, 1.0, 10.0, 100.0, 1000.0]
    """

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ConfigurationError(
                f"An axis from {self.low} to {self.high} cannot be drawn; it needs two finite ends, the lower first."
            )
        if self.log and self.low <= 0:
            raise ConfigurationError(f"A logarithmic axis starts above 0, not at {self.low}. Use a linear axis.")

    def __call__(self, value: float) -> float:
        """The pixel of a value."""
        low, high = self.low, self.high
        if self.log:
            value, low, high = (math.log10(max(v, 1e-300)) for v in (value, low, high))
        return self.start + (value - low) / (high - low) * (self.end - self.start)

    def ticks(self, count: int = 5) -> list[float]:
        """About `count` round values inside the range."""
        if self.log:
            return self._log_ticks(count)
        rough = (self.high - self.low) / max(1, count)
        power = 10.0 ** math.floor(math.log10(rough))
        step = power * next(multiple for multiple in (1, 2, 5, 10) if multiple * power >= rough * 0.999)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [_clean(index * step) for index in range(first, last + 1)]

    def _log_ticks(self, count: int) -> list[float]:
        """Powers of ten, thinned or joined by 2 and 5 so that about `count` remain."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        stride = max(1, round((last - first) / count))
        multiples = (1.0, 2.0, 5.0) if last - first <= 2 else (1.0,)
        powers = range(math.ceil(first / stride) * stride, last + 1, stride)
        candidates = (_clean(multiple * 10.0**power) for power in powers for multiple in multiples)
        return [value for value in candidates if self.low * 0.999 <= value <= self.high * 1.001]


def spread(
    values: Iterable[float], *, margin: float = 0.05, include: Sequence[float] = (), log: bool = False
) -> tuple[float, float]:
    """A range that holds all finite values with a margin on both sides.

    Examples
    --------
    >>> spread([1.0, 3.0], margin=0.5)
    (0.0, 4.0)
    """
    kept = [v for v in (*values, *include) if math.isfinite(v) and (v > 0 or not log)]
    low, high = (min(kept), max(kept)) if kept else (0.1, 1.0)
    if log:
        factor = (high / low) ** margin if high > low else 2.0
        return low / factor, high * factor
    room = (high - low) * margin if high > low else max(abs(low), 1.0) * 0.5
    return low - room, high + room


def tick_texts(ticks: Sequence[float], *, log: bool = False) -> list[str]:
    """The ticks as text: one count of decimals for all, on a logarithmic axis each as short as it goes."""
    if log:
        return [number_text(tick, 3) for tick in ticks]
    step = min((b - a for a, b in itertools.pairwise(ticks)), default=1.0)
    largest = max((abs(tick) for tick in ticks), default=1.0)
    if largest >= 1e6 or step < 1e-4:
        digits = max(3, math.floor(math.log10(largest / step) + 1e-9) + 2)  # enough to tell neighbors apart
        return [number_text(tick, digits) for tick in ticks]
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick:.{decimals}f}".replace("-", "−") for tick in ticks]


def _clean(value: float) -> float:
    """Remove the last bits of rounding noise from a tick."""
    return float(f"{value:.12g}")
