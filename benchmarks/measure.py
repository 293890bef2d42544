"""How it is timed: equal work first, then interleaved repeats on one core, and ratios within each repeat.

Times are processor time of the process. On an idle machine that is the same as wall time; on a busy one it leaves out
what the neighbors took. Repeats are interleaved, so a slow moment hits all trainers alike and leaves their ratio.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from benchmarks.cases import Case, Work
from benchmarks.peers import Glassnet, Trainer

FIRST_EPOCH_TOLERANCE = 3e-4
"""Largest relative difference of the first epoch's loss: float32 in another order of summation, and scikit-learn adds
Adam's epsilon before the bias correction instead of after it."""
EVERY_EPOCH_TOLERANCE = 2e-2
"""The same for all epochs of a block; small differences grow from step to step."""

Clock = Callable[[], float]


class UnequalWorkError(Exception):
    """A peer does not compute what glassnet computes, so there is nothing to compare."""


@dataclass(frozen=True)
class Ratio:
    """How many times longer a peer takes: median, smallest and largest over the repeats."""

    median: float
    low: float
    high: float


@dataclass(frozen=True)
class Row:
    """What was measured for one case.

    `seconds` holds, per trainer, the time of one step of one network in each repeat. `differences` holds the largest
    relative differences of the loss from glassnet's: in the first epoch and in all of them.
    """

    name: str
    unit: str
    seconds: Mapping[str, Sequence[float]]
    bars: Mapping[str, float] = field(default_factory=dict)
    differences: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    preparation: Mapping[str, float] = field(default_factory=dict)
    flops: float | None = None
    limit: float | None = None
    """Longest time that the bar allows glassnet itself, in seconds."""
    note: str = ""
    precision: str = "float32"
    share: float | None = None
    """The part of the FMA peak that the whole step should reach."""

    def median(self, trainer: str) -> float:
        return statistics.median(self.seconds[trainer])

    def ratio(self, peer: str) -> Ratio:
        ratios = [b / a for a, b in zip(self.seconds["glassnet"], self.seconds[peer], strict=True)]
        return Ratio(statistics.median(ratios), min(ratios), max(ratios))

    @property
    def peers(self) -> list[str]:
        return [name for name in self.seconds if name != "glassnet"]

    @property
    def gflops(self) -> float | None:
        """Matrix products of the step over the time of the whole step, so a lower bound of the kernel's own speed."""
        return self.flops / self.median("glassnet") / 1e9 if self.flops else None


def interleaved(
    runs: Mapping[str, Callable[[int], None]], *, repeats: int, seconds: float, clock: Clock = time.process_time,
    before: Mapping[str, Callable[[], None]] | None = None,
) -> dict[str, list[float]]:  # fmt: skip
    """Seconds of one unit of each run, per repeat.

    Parameters
    ----------
    runs : mapping of str to function
        ``run(count)`` does the unit `count` times.
    repeats : int
    seconds : float
        How long one timing lasts, about.
    clock : function
    before : mapping of str to function, optional
        Called before each timing, outside of it.
    """
    before = before or {}
    counts = {}
    for name, run in runs.items():
        before.get(name, _nothing)()
        run(1)  # warms caches and allocators
        count, taken = 1, _time(run, 1, clock)
        while taken < seconds / 4:  # doubling, because the first runs are the slow ones
            count *= 2
            taken = _time(run, count, clock)
        counts[name] = max(1, round(count * seconds / taken))
    timings: dict[str, list[float]] = {name: [] for name in runs}
    names = list(runs)
    for repeat in range(repeats):
        for name in names[repeat % len(names) :] + names[: repeat % len(names)]:
            before.get(name, _nothing)()
            timings[name].append(_time(runs[name], counts[name], clock) / counts[name])
    return timings


def _nothing() -> None:
    """Nothing has to be done."""


def _time(run: Callable[[int], None], count: int, clock: Clock) -> float:
    """Time of `count` units."""
    started = clock()
    run(count)
    return clock() - started


def differences(case: Case, trainers: Sequence[Trainer]) -> dict[str, tuple[float, float]]:
    """Train one block with each trainer and compare the losses with glassnet's; raises `UnequalWorkError`."""
    curves = {}
    for trainer in trainers:
        trainer.restart()
        trainer.advance(1)
        curves[trainer.name] = trainer.epoch_losses()
    ours = curves.pop("glassnet")
    found = {}
    for name, theirs in curves.items():
        relative = np.abs(theirs / ours[:, : theirs.shape[1]] - 1.0)
        found[name] = (float(relative[0].max()), float(np.median(relative.max(axis=0))))
        checks = zip(found[name], (FIRST_EPOCH_TOLERANCE, EVERY_EPOCH_TOLERANCE), strict=True)
        if not all(difference <= tolerance for difference, tolerance in checks):
            raise UnequalWorkError(
                f"{case.name}: the loss of {name} differs from glassnet's by {found[name][0]:.2g} in the first epoch "
                f"and {found[name][1]:.2g} in all; allowed are {FIRST_EPOCH_TOLERANCE:g} and {EVERY_EPOCH_TOLERANCE:g}."
            )
    return found


def training_row(
    case: Case, kinds: Sequence[type[Trainer]], *, repeats: int, seconds: float, work: Work | None = None,
    limit: float | None = None, note: str = "",
) -> Row:  # fmt: skip
    """Check equal work, then time one step of one network of a case with every trainer."""
    work = work or Work(case)
    trainers = [kind(work) for kind in kinds]
    found = differences(case, trainers)
    timings = interleaved(
        {trainer.name: trainer.advance for trainer in trainers}, repeats=repeats, seconds=seconds,
        before={trainer.name: trainer.restart for trainer in trainers},
    )  # fmt: skip
    return Row(
        case.name, "step" if case.members == 1 else "step of one network",
        {t.name: [s / case.steps / t.members for s in timings[t.name]] for t in trainers},
        case.bars, found, {t.name: t.preparation for t in trainers if t.preparation}, case.flops, limit, note,
        share=case.share,
    )  # fmt: skip


def step_seconds(
    case: Case, *, repeats: int, seconds: float, threads: int = 1, clock: Clock = time.process_time
) -> float:
    """Best time of one step of one network in glassnet alone."""
    trainer = Glassnet(Work(case, orders=False), threads=threads)
    timings = interleaved({"run": trainer.advance}, repeats=repeats, seconds=seconds, clock=clock,
                          before={"run": trainer.restart})  # fmt: skip
    best = min(timings["run"]) / case.steps / case.members
    return best if math.isfinite(best) else float("nan")
