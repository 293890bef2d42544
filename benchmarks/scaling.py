"""How the time of a step grows with width, batch, depth, population and threads, and where it jumps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from benchmarks.cases import CASES, Case
from benchmarks.measure import step_seconds
from glassnet.formulas import Activation
from glassnet.formulas.language import Expression

WIDTHS = (1, 2, 3, 4, 6, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 96, 127, 128, 129, 192, 255, 256, 257, 384,
          512, 513, 768, 1024, 1536, 2048)  # fmt: skip
BATCHES = (1, 2, 3, 4, 8, 15, 16, 17, 32, 33, 64, 100, 128, 200, 256, 257, 512, 1024, 2048, 4096, 8192)
DEPTHS = tuple(range(1, 17))
POPULATIONS = (1, 2, 3, 4, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 64, 100, 316, 1000, 1001, 3162, 10_000)
WIDE = ("64-256-256-10, batch 128", "784-512-512-10, batch 128")
THREADED = {"1000 × 10-8-1, batch 32": 1.9, "100 × 20-64-64-1, batch 32": 1.9, "784-512-512-10, batch 128": 1.7}
"""Cases that are timed with several threads, and the gain that a second core must bring."""
PRODUCTS_BAR, OWN_FORMULA_BAR = 0.8, 0.5
LARGEST_JUMP = 1.4
"""A cliff: from one point to another close by, time grows this much more than the work does."""


@dataclass(frozen=True)
class Curve:
    """Time of one step of one network over one quantity, with the work of each point in operations."""

    name: str
    title: str
    x: Sequence[int]
    seconds: Sequence[float]
    work: Sequence[float]

    def cliffs(self) -> list[str]:
        """Where a step costs much more than a point just before and the added work explain, in words.

        Points are compared that lie within a third of each other; of overlapping jumps the first is told.
        """
        points = list(zip(self.x, self.seconds, self.work, strict=True))
        found, told = [], 0
        for (x1, t1, w1), (x2, t2, w2) in combinations(points, 2):
            near = x2 <= 1.34 * x1 or points.index((x2, t2, w2)) == points.index((x1, t1, w1)) + 1
            if x1 >= told and near and t2 / t1 > LARGEST_JUMP * max(1.0, w2 / w1):
                found.append(f"{self.name} {x1} to {x2}: time × {t2 / t1:.2f}, work × {w2 / w1:.2f}")
                told = x2
        return found


@dataclass(frozen=True)
class Threads:
    """Wall seconds of a step with one thread and with more."""

    name: str
    seconds: dict[int, float]
    bar: float

    @property
    def gain(self) -> float:
        return self.seconds[1] / self.seconds[max(self.seconds)]


@dataclass(frozen=True)
class Products:
    """Speed of the matrix products inside a step, in GFLOP/s.

    From the time that twice the batch takes longer: the optimizer's update, which does not depend on the batch, drops
    out. Activations and the selection of rows stay in, so this is still a lower bound.
    """

    name: str
    gflops: float


@dataclass(frozen=True)
class OwnFormula:
    """Seconds of a step with a built-in activation and with a formula that was never compiled."""

    formula: str
    built_in: str
    seconds: tuple[float, float]

    @property
    def speed(self) -> float:
        """Speed with the own formula as a part of the built-in's."""
        return self.seconds[0] / self.seconds[1]


OWN = {
    "tanh": Activation("steep", "a steep tanh", Expression("tanh(1.25 * z)"), Expression("1.25 * (1 - a**2)")),
    "relu": Activation("ramp", "a steep ramp", Expression("max(1.25 * z, 0)"), Expression("where(z > 0, 1.25, 0)")),
}
AXES: dict[str, tuple[str, Sequence[int], Callable[[int], Case]]] = {
    "width": ("16-w-w-1, batch 32", WIDTHS, lambda w: Case("", (16, w, w, 1), 32, 128)),
    "batch": ("10-32-32-1", BATCHES, lambda b: Case("", (10, 32, 32, 1), b, b * max(2, 512 // b))),
    "depth": ("10-32-…-32-1, batch 32", DEPTHS, lambda d: Case("", (10, *(32,) * d, 1), 32, 256)),
    "population": ("10-8-1, batch 32", POPULATIONS, lambda m: Case("", (10, 8, 1), 32, 256, members=m)),
}


def curves(*, repeats: int, seconds: float, points: int | None = None) -> list[Curve]:
    """Measure every curve; `points` thins each to about so many."""
    measured = []
    for name, (title, values, case_of) in AXES.items():
        x = values if points is None else values[:: max(1, len(values) // points)]
        cases = [case_of(value) for value in x]
        times = [step_seconds(case, repeats=repeats, seconds=seconds) for case in cases]
        work = [float(case.flops + 12 * case.weights) for case in cases]  # Adam: about a dozen operations per weight
        measured.append(Curve(name, title, x, times, work))
    return measured


def threads(counts: Sequence[int], *, repeats: int, seconds: float, quick: bool = False) -> list[Threads]:
    """Wall time with one thread and more, on as many cores as the process may use."""
    chosen = [case.quick() if quick else case for case in CASES if case.name in THREADED]
    return [
        Threads(case.name, {
            count: step_seconds(case, repeats=repeats, seconds=seconds, threads=count, clock=time.perf_counter)
            for count in counts
        }, THREADED[case.name])
        for case in chosen
    ]  # fmt: skip


def products(*, repeats: int, seconds: float, quick: bool = False) -> list[Products]:
    """The speed inside the step of the wide networks."""
    measured = []
    for case in CASES:
        if case.name in WIDE:
            rows = 4 * case.batch
            pair = [
                replace(case, batch=batch, rows=2 * batch if quick else rows) for batch in (case.batch, 2 * case.batch)
            ]
            slow, fast = (step_seconds(c, repeats=repeats, seconds=seconds) for c in reversed(pair))
            measured.append(Products(case.name, (pair[1].flops - pair[0].flops) / (slow - fast) / 1e9))
    return measured


def own_formulas(*, repeats: int, seconds: float, quick: bool = False) -> list[OwnFormula]:
    """A user's activations beside built-in ones of the same kind, 10-32-32-1, batch 32."""
    case = next(case for case in CASES if case.name == "10-32-32-1, batch 32")
    case = case.quick() if quick else case
    return [
        OwnFormula(record.value.source, name, tuple(
            step_seconds(replace(case, hidden=hidden), repeats=repeats, seconds=seconds) for hidden in (name, record)
        ))
        for name, record in OWN.items()
    ]  # fmt: skip
