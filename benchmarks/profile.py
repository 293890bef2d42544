"""Where the time of a step goes, function by function, as Linux' `perf` sees it."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import recipe
from benchmarks.cases import CASES, Case, Work
from benchmarks.peers import Glassnet

PARTS: Mapping[str, str] = {
    "products": r"tile<|multiply|column_panel|sum_strands|add_places",
    "copies for them": r"pack_|transpose",
    "activations, loss": r"activation_|loss|softmax",
    "update": r"optimizer_|update|penalize|optimize",
    "pooling": r"pool_",
    "rows": r"permute|gather|philox|random_words",
}
"""Part of a step -> functions of the engine that do it. What matches none is the rest: loops, bookkeeping."""
REST = "rest"
FREQUENCY = 4999  # samples per second; no divisor of the machine's own clocks


@dataclass(frozen=True)
class Profile:
    """Shares of the engine's time in a case; they add up to 1."""

    case: str
    shares: Mapping[str, float]


def unavailable() -> str | None:
    """Why there are no profiles on this machine."""
    if not shutil.which("perf"):
        return "perf is not installed (Debian: linux-perf)"
    trial = ["perf", "record", "-o", "/dev/null", "-e", "cpu-clock", "true"]
    done = subprocess.run(trial, capture_output=True, check=False)
    return "perf may not look at processes here (kernel.perf_event_paranoid)" if done.returncode else None


def profiles(cases: Sequence[Case], seconds: float) -> list[Profile]:
    """Train each case for so long in a process of its own and look at it from outside."""
    return [Profile(case.name, _shares(_samples(case, seconds))) for case in cases]


def _samples(case: Case, seconds: float) -> str:
    with tempfile.TemporaryDirectory() as folder:
        record = str(Path(folder) / "record")
        child = [sys.executable, "-m", "benchmarks.profile", case.name, str(seconds)]
        subprocess.run(
            ["perf", "record", "--quiet", "-e", "cpu-clock", "-F", str(FREQUENCY), "-o", record, *child],
            cwd=Path(__file__).parents[1], check=True, capture_output=True,
        )  # fmt: skip
        told = subprocess.run(
            ["perf", "report", "-i", record, "--stdio", "--sort", "dso,symbol", "--field-separator", ";"],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
    return told.stdout


def _shares(report: str) -> dict[str, float]:
    """From perf's lines ``percent;library;[.] function`` those of the engine.

    >>> _shares("30.0% ;_native.so ;[.] avx2::tile<float>;-\\n10.0% ;_native.so;[.] f;-\\n50.0% ;libc.so;[.] g;-")
    {'products': 0.75, 'copies for them': 0.0, 'activations, loss': 0.0, 'update': 0.0, 'rows': 0.0, 'rest': 0.25}
    """
    sums = dict.fromkeys([*PARTS, REST], 0.0)
    for line in report.splitlines():
        found = re.match(r"\s*([\d.]+)%\s*;[^;]*_native[^;]*;\[\.\] ([^;]*)", line)
        if found:
            part = next((name for name, pattern in PARTS.items() if re.search(pattern, found[2])), REST)
            sums[part] += float(found[1])
    total = sum(sums.values())
    if total == 0:
        raise ValueError("perf saw nothing of the engine; was it built without its symbols?")
    return {name: value / total for name, value in sums.items()}


def _train(name: str, seconds: float) -> None:
    known = [(case, Glassnet, Work) for case in CASES]
    known += [(case, recipe.RecipeGlassnet, recipe.RecipeWork) for case in recipe.CASES]
    ((case, kind, work),) = (each for each in known if each[0].name == name)
    trainer = kind(work(case, orders=False))
    trainer.restart()
    end = time.process_time() + seconds
    while time.process_time() < end:
        trainer.advance(1)


if __name__ == "__main__":
    _train(sys.argv[1], float(sys.argv[2]))
