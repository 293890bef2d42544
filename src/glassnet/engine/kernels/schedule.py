"""The factor of a schedule on the learning rate, as the engine computes it."""

from __future__ import annotations

from glassnet.engine import _native
from glassnet.engine.kernels.bytecode import formula
from glassnet.engine.kernels.kernel import schedule_factor
from glassnet.formulas import Schedule


def factor(record: Schedule, *, step: int, steps: int, samples: int, interpret: bool = False) -> float:
    """The factor at a step; the twin of `Schedule.factor_at`, with the bits of a training."""
    native = formula("schedule", schedule_factor(record), record.values, record.name, interpret=interpret)
    return float(_native.schedule_factor(native, step, steps, samples))
