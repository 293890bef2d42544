"""Checks of a trace: against finite differences, and against the engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GradientCheck:
    """A gradient entry compared with a central finite difference of the objective, including penalties.

    Attributes
    ----------
    parameter : str
    analytic : float
        The entry by the chain rule.
    numeric : float
        ``(L(w + width) - L(w - width)) / (2 width)``.
    width : float
    relative_error : float
        ``|analytic - numeric| / max(|analytic|, |numeric|)``; 0 when both are 0.
    noise : float
        How far rounding alone can push `numeric`.
    kink : str
        Where the objective bends inside the interval, in words; then the two need not agree. Empty without one.
    """

    parameter: str
    analytic: float
    numeric: float
    width: float
    relative_error: float
    noise: float
    kink: str

    @property
    def agrees(self) -> bool:
        """Whether the two agree to 1e-6 of their size or to what rounding allows."""
        size = max(abs(self.analytic), abs(self.numeric))
        return abs(self.analytic - self.numeric) <= 1e-6 * size + self.noise

    @property
    def verdict(self) -> str:
        """One word or one clause for a table."""
        if self.agrees:
            size = max(abs(self.analytic), abs(self.numeric))
            close = abs(self.analytic - self.numeric) <= 1e-6 * size
            return "agrees" if close else "agrees as far as rounding allows"
        return f"not comparable: {self.kink}" if self.kink else "differs"


@dataclass(frozen=True)
class EngineDifference:
    """The largest difference between a quantity of the trace and the engine's own numbers."""

    quantity: str
    largest: float
    size: float  # the largest absolute value of the quantity, to judge the difference by


@dataclass(frozen=True)
class EngineComparison:
    """How far the engine, computing in `dtype`, is from this float64 trace."""

    dtype: str
    differences: tuple[EngineDifference, ...]

    @property
    def largest(self) -> float:
        """The largest difference of all quantities."""
        return max((d.largest for d in self.differences), default=0.0)

    @property
    def sentence(self) -> str:
        """The comparison in words."""
        parts = ", ".join(f"{d.quantity} {d.largest:.2g}" for d in self.differences)
        return (
            f"The network was trained in {self.dtype}; this trace computes in float64. Largest differences to the "
            f"engine's own numbers: {parts}."
        )
