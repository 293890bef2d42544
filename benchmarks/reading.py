"""How fast a CSV file becomes the float32 matrix, and in how much memory: ``python -m benchmarks.reading``.

1 000 000 rows of 20 numbers are written once; then fresh processes read them, infer the schema and fill the matrix.
Wall time tells little on a machine that others use, so the seconds of the processor stand beside it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS, COLUMNS = 1_000_000, 20
READ = """
import time
import sys
import polars
from glassnet.tables import Schema, read_table
import numpy as np
start, used = time.perf_counter(), time.process_time()
table = read_table(sys.argv[1])
read = time.perf_counter()
schema = Schema.infer(table, target="x0")
inferred = time.perf_counter()
matrix = schema.encode(table, np.float32).matrix
done = time.perf_counter()
assert matrix.shape[1] == len(table.names) - 1
print(read - start, inferred - read, done - inferred, done - start, time.process_time() - used)
"""


def write_numbers(path: Path, rows: int) -> None:
    """A CSV file of numbers with six digits behind the point."""
    import numpy as np
    import polars

    rng = np.random.default_rng(0)
    frame = polars.DataFrame({f"x{k}": rng.normal(size=rows) for k in range(COLUMNS)})
    frame.write_csv(path, float_precision=6)


def measure(path: Path) -> dict[str, float]:
    """One fresh process: seconds of each part and of the processor, without imports; its peak of memory in MB."""
    process = subprocess.Popen([sys.executable, "-c", READ, str(path)], stdout=subprocess.PIPE, text=True)
    out = process.stdout.read() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"The reading process failed with {process.returncode}.")
    parts = dict(zip(("read", "infer", "encode", "wall", "cpu"), map(float, out.split()), strict=True))
    return {**parts, "peak_mb": usage.ru_maxrss / 1024}


def main() -> None:
    """Print the median of several runs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--file", type=Path, help="keep the table here, and use it when it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.file or Path(folder) / "numbers.csv"
        if not path.exists():
            write_numbers(path, options.rows)
        runs = [measure(path) for _ in range(options.repeats)]
        size = path.stat().st_size / 1e6
    print(f"{options.rows} rows x {COLUMNS} numbers, {size:.0f} MB, median of {len(runs)} fresh processes")
    for name, unit in (("read", "s"), ("infer", "s"), ("encode", "s"), ("wall", "s"), ("cpu", "s"), ("peak_mb", "MB")):
        values = [run[name] for run in runs]
        middle, low, high = statistics.median(values), min(values), max(values)
        print(f"  {name.removesuffix('_mb'):<7}{middle:8.2f} {unit}   ({low:.2f} to {high:.2f})")


if __name__ == "__main__":
    main()
