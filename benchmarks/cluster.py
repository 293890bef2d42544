"""``python -m benchmarks.cluster``: a simulation of 1,000 workers, from what this machine says of one.

Measured here: how long the states of networks take to be packed and unpacked, and how many bytes they are. Assumed, and
printed: the network to the workers, what a scheduler needs for one task, how workers differ in speed, and how often one
is lost. Simulated: rounds of a population that trains in shards (`SpreadTraining`), each of which ends when its last
shard is back, and repetitions that go out one by one (`each_of`).
"""

from __future__ import annotations

import argparse
import pickle
import statistics
import time
from dataclasses import dataclass

import numpy as np

from benchmarks.cases import SEED

SIZES = (30, 64, 64, 1)
NETWORKS, SECONDS_EACH = 10_000, 10.0
WORKERS = (10, 100, 1_000)
FIRST_ROUND, LONGEST_ROUND = 0.5, 10.0
BYTES_PER_SECOND = 1.25e9
"""A link of 10 Gbit/s at the machine that sends."""
TASK_SECONDS = 0.001
"""For a task that a scheduler hands out; Dask's documentation says 200 µs to 1 ms."""
SLOW_SHARE, SLOW_SPEED, SPREAD = 0.01, 1 / 3, 0.1
"""One worker of a hundred is three times slower (its machine does something else); the others differ by a tenth."""
LOST_PER_HOUR = 0.01
"""Of the workers."""


@dataclass(frozen=True)
class Sending:
    """The cost of the states of networks, on the machine that sends them and takes them back."""

    bytes_each: float
    seconds_each: float

    @classmethod
    def measured(cls, networks: int = 200) -> Sending:
        """From a population in the middle of its training."""
        from glassnet.engine import Plan, Population, Training

        rng = np.random.default_rng(SEED)
        X, y = rng.normal(size=(455, SIZES[0])), rng.integers(0, 2, 455).astype(float)
        activations = ["relu"] * (len(SIZES) - 2) + ["identity"]
        plan = Plan(SIZES, activations, "logistic", epochs=128)
        training = Training(plan, Population(seed=SEED, members=networks), X, y, threads=1)
        training.advance_steps(200)  # some epochs, so that there are losses and a best state, too
        times = []
        for _ in range(5):
            started = time.process_time()
            packed = pickle.dumps(training.save())
            training.restore(pickle.loads(packed))
            times.append(time.process_time() - started)
        return cls(len(packed) / networks, statistics.median(times) / networks)


def speeds(workers: int, rng: np.random.Generator) -> np.ndarray:
    """How fast each worker is."""
    slow = rng.uniform(size=workers) < SLOW_SHARE
    return np.where(slow, SLOW_SPEED, 1.0) * np.exp(rng.normal(0, SPREAD, workers))


def population(workers: int, sending: Sending, rng: np.random.Generator) -> dict[str, float]:
    """The seconds of a population in shards: training, sending, waiting at the end, rounds that were repeated."""
    fast = speeds(workers, rng)
    left = np.full(workers, NETWORKS / workers * SECONDS_EACH)  # seconds of work of each shard
    spent = {"training": 0.0, "packing": 0.0, "link": 0.0, "scheduler": 0.0, "repeated": 0.0}
    length = FIRST_ROUND
    while (left > 0).any():
        running = left > 0
        moved = running.sum() * (NETWORKS / workers)
        own = rng.permutation(fast)[: len(left)]  # a backend gives a shard to whoever is free
        round_seconds = min(length, float((left / own)[running].max()))
        costs = {
            "packing": moved * sending.seconds_each,
            "link": 2 * moved * sending.bytes_each / BYTES_PER_SECOND,
            "scheduler": running.sum() * TASK_SECONDS,
        }
        if rng.uniform() < 1 - (1 - LOST_PER_HOUR / 3600 * round_seconds) ** running.sum():
            spent["repeated"] += round_seconds + costs["link"] / 2 + costs["scheduler"]
        spent["training"] += round_seconds
        for name, seconds in costs.items():
            spent[name] += seconds
        left = np.maximum(left - own * length, 0)
        length = min(2 * length, LONGEST_ROUND)
    return spent


def repetitions(workers: int, rng: np.random.Generator) -> float:
    """The seconds until as many trainings are done that go out one by one, each to the worker that is free first."""
    import heapq

    fast = speeds(workers, rng)
    free = [(0.0, k) for k in range(workers)]
    ends = 0.0
    for number in range(NETWORKS):
        at, k = heapq.heappop(free)
        at = max(at, number * TASK_SECONDS) + SECONDS_EACH / fast[k]
        ends = max(ends, at)
        heapq.heappush(free, (at, k))
    return ends


def report(sending: Sending, draws: int) -> str:
    """A table in Markdown."""
    rng = np.random.default_rng(SEED)
    lines = [
        f"{NETWORKS:,} networks {'-'.join(map(str, SIZES))} of {SECONDS_EACH:g} s each; the state of one is "
        f"{sending.bytes_each / 1e3:.0f} kB and takes {1e6 * sending.seconds_each:.0f} µs to pack and unpack.\n",
        "| workers | least possible "
        "| population | of it packing | link | scheduler | repeated | used "
        "| one by one | used |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for workers in WORKERS:
        ideal = NETWORKS * SECONDS_EACH / workers
        runs = [population(workers, sending, rng) for _ in range(draws)]
        parts = {name: statistics.mean(run[name] for run in runs) for name in runs[0]}
        total, single = sum(parts.values()), statistics.mean(repetitions(workers, rng) for _ in range(draws))
        shown = " | ".join(f"{parts[name]:.0f} s" for name in ("packing", "link", "scheduler", "repeated"))
        lines.append(
            f"| {workers:,} | {ideal:,.0f} s | {total:,.0f} s | {shown} | {ideal / total:.0%} | {single:,.0f} s | "
            f"{ideal / single:.0%} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, simulate, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__)
    parser.add_argument("--draws", type=int, default=20, help="simulations of each number of workers")
    arguments = parser.parse_args()
    print(report(Sending.measured(), arguments.draws))


if __name__ == "__main__":
    main()
