"""`drive`: the loop that runs every training, and owns its progress, time budget, checkpoints and end.

Estimators, tuning, rivals and shards differ in what they do between two slices, and in when they stop. These are
arguments here; no other code advances a machine until it has finished.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Literal, Protocol

from glassnet.engine.machines.machine import Machine

SLICE_SECONDS = 0.05
"""How long a machine runs before progress, clock and interrupts are looked at."""
End = Literal["finished", "steps", "time_budget", "stopped", "interrupted"]
_SHORTEST = 0.001


class Saving(Protocol):
    """A writer of checkpoints."""

    def after_slice(self, machine: Machine, /, *, now: bool = False) -> None:
        """Write one if enough epochs have passed since the last, or if `now`."""
        ...


def drive(
    machine: Machine,
    watch: Callable[[], object] | None = None,
    *,
    steps: int | None = None,
    steps_at_once: int | None = None,
    until: float = math.inf,
    whole_epoch: bool = False,
    slice_seconds: float = SLICE_SECONDS,
    saving: Saving | None = None,
    keep_interrupted: bool = False,
) -> End:
    """Let a machine train until its members have finished, or something ends it earlier.

    Parameters
    ----------
    machine : Machine
    watch : callable, optional
        Called after each slice; when it returns False, the training ends there. Its exceptions propagate.
    steps : int, optional
        At most this many for each member.
    steps_at_once : int, optional
        Slices of exactly this many steps, such as those of an epoch, in place of slices of time.
    until : float
        By `time.perf_counter`: the training ends then.
    whole_epoch : bool
        With `until`: not before an epoch is done, because there is nothing to keep before.
    slice_seconds : float
        About how long a slice takes.
    saving : Saving, optional
        Called after each slice that `watch` has not ended, and at the end.
    keep_interrupted : bool
        Return at Ctrl-C, or if `watch` raises `KeyboardInterrupt`, instead of raising it.

    Returns
    -------
    {"finished", "steps", "time_budget", "stopped", "interrupted"}
        Why it ended: all members have finished, `steps` are done, `until` has come, `watch` returned False, or Ctrl-C.
        The machine can be driven further after any of them.

    Examples
    --------
    >>> from glassnet.engine import Plan, Population, Training
    >>> plan = Plan([1, 1], ["identity"], "squared_error", epochs=400, monitor="none")
    >>> training = Training(plan, Population(seed=0), [[0.0], [1.0], [2.0]], [[1.0], [3.0], [5.0]])
    >>> drive(training, steps=10), training.progress.steps, drive(training), training.progress.steps
    ('steps', 10, 'finished', 400)
    """
    left, count = steps, 16
    try:
        while True:
            started = time.perf_counter()
            if left is not None:
                taken = min(count if steps_at_once is None else steps_at_once, left)
                finished, left = machine.advance_steps(taken), left - taken
                swift = time.perf_counter() - started < slice_seconds / 2
                count = 2 * count if swift else max(1, count // 2)
            elif steps_at_once is not None:
                finished = machine.advance_steps(steps_at_once)
            else:
                own = getattr(machine, "slice_seconds", 0.0)  # of one whose slices run elsewhere, with transfer costs
                finished = machine.advance(min(max(slice_seconds, own), max(until - started, _SHORTEST)))
            if watch is not None and watch() is False:
                return "stopped"  # not saved: resuming from the last checkpoint ends here again
            if saving is not None:
                saving.after_slice(machine, now=finished)
            if finished:
                return "finished"
            if left == 0:
                return "steps"
            if time.perf_counter() > until and (not whole_epoch or machine.progress.epochs):
                return "time_budget"
    except KeyboardInterrupt:
        if saving is not None:
            saving.after_slice(machine, now=True)
        if not keep_interrupted:
            raise
        return "interrupted"
