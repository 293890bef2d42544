"""``python -m benchmarks``: check equal work, measure every row, and write JSON, table and charts."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

# One thread in every library. This has to be said before any of them is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
    os.environ[_name] = "1"
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)  # NumPy shall choose its own kernels: others make the peers slower
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"


def main() -> int:
    """Parse, pin, measure, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="little work, under a minute; the numbers mean nothing")
    parser.add_argument("--only", default="", help="cases whose name contains this text, without scaling and threads")
    parser.add_argument("--repeats", type=int, default=25, help="interleaved repeats (default 25)")
    parser.add_argument("--seconds", type=float, default=0.08, help="length of one timing (default 0.08)")
    parser.add_argument("--output", type=Path, help="folder for the results (default benchmarks/results)")
    parser.add_argument("--chart", type=Path, help="file for the README's chart (default OUTPUT/speed.svg)")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.repeats, arguments.seconds = 2, 0.002
    allowed = pin()

    from benchmarks.run import run  # imports every library, so it comes after the settings above

    return run(arguments, allowed)


def pin() -> set[int]:
    """Stay on one core, the last one that is allowed; returns all that were."""
    if not hasattr(os, "sched_setaffinity"):
        sys.stdout.write("This system cannot pin a process to a core; times will spread more.\n")
        return set(range(os.cpu_count() or 1))
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(allowed)})
    return allowed


if __name__ == "__main__":
    raise SystemExit(main())
