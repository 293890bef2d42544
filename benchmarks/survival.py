"""A step on Cox's partial likelihood beside one on squared error: the same network, the same 10 000 rows, one batch.

The loss looks at all rows at once, so every block is predicted once more before the way back; the bar leaves half a
step for that and for the risk sets.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.cases import SEED
from benchmarks.measure import Row, interleaved

SIZES = (20, 64, 64, 1)
LONGER = 1.5
"""How much longer than a step on squared error one on Cox's loss may take."""


def row(*, repeats: int, seconds: float, quick: bool = False) -> Row:
    """The seconds of one step of both."""
    n = 500 if quick else 10_000
    random = np.random.default_rng(SEED)
    X, time = random.normal(size=(n, SIZES[0])), random.exponential(size=n)
    targets = {"glassnet": np.column_stack([time, random.uniform(size=n) < 0.4]), "squared error": time}
    losses = {"glassnet": "cox", "squared error": "squared_error"}
    runs = {name: stepping(losses[name], X, y) for name, y in targets.items()}
    timings = interleaved(runs, repeats=repeats, seconds=seconds)
    name = f"Cox's loss, {'-'.join(map(str, SIZES))}, {n} rows"
    return Row(name, "step", timings, bars={"squared error": 1 / LONGER}, note="the peer is a step on squared error")


def stepping(loss: str, X: np.ndarray, y: np.ndarray) -> Callable[[int], None]:
    """A training that takes so many steps."""
    from glassnet.engine import Plan, Population, Training

    activations = ["relu"] * (len(SIZES) - 2) + ["identity"]
    plan = Plan(SIZES, activations, loss, epochs=10**9, monitor="none")
    return partial(_steps, Training(plan, Population(seed=SEED), X, y, threads=1))


def _steps(training: object, count: int) -> None:
    """Take steps."""
    training.advance_steps(count)  # type: ignore[attr-defined]
