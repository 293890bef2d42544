"""`drive`: the loop that runs every training, and owns its progress, time budget, checkpoints and end.

Estimators, tuning, rivals and shards differ in what they want to know between two slices, and in when they want to
stop. They say so here; nobody else asks a machine to advance until it has finished.
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
    """Who writes checkpoints."""

    def after_slice(self, machine: Machine, /, *, now: bool = False) -> None:
        """Write one when enough has happened since the last, or `now`."""
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
    """Let a machine train until its members have finished, or something ends it before.

    Parameters
    ----------
    machine : Machine
    watch : callable, optional
        Called after each slice; when it returns False, the training ends there. What it raises passes through.
    steps : int, optional
        At most this many for each member.
    steps_at_once : int, optional
        Slices of exactly this many steps, such as those of an epoch, in place of slices of time.
    until : float
        By `time.perf_counter`: the training ends then.
    whole_epoch : bool
        With `until`: not before an epoch is done, for before it there is nothing to keep.
    slice_seconds : float
        About how long a slice takes.
    saving : Saving, optional
        Looked at after each slice that `watch` has not ended, and at the end.
    keep_interrupted : bool
        Return at Ctrl-C, or where `watch` raises `KeyboardInterrupt`, in place of passing it on.

    Returns
    -------
    {"finished", "steps", "time_budget", "stopped", "interrupted"}
        Why it ended: all members have finished, `steps` are done, `until` has come, `watch` said so, or Ctrl-C. After
        any of them the machine can be driven on.

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
                own = getattr(machine, "slice_seconds", 0.0)  # of one whose slices go elsewhere and cost their way
                finished = machine.advance(min(max(slice_seconds, own), max(until - started, _SHORTEST)))
            if watch is not None and watch() is False:
                return "stopped"  # not saved: who continues from the last checkpoint ends here again
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
