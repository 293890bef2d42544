"""``python -m benchmarks.accuracy``: run what is missing, and write the tables."""

from __future__ import annotations

import argparse
from pathlib import Path

_RESULTS = Path(__file__).parents[1] / "results"


def main() -> int:
    """Parse, run, write."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.accuracy", description=__doc__)
    parser.add_argument("--only", default="", help="tables whose name contains this text")
    parser.add_argument("--models", nargs="*", default=[], help="only these competitors")
    parser.add_argument("--parts", nargs="*", default=[], choices=["A", "B", "generated"])
    parser.add_argument("--repeats", type=int, default=3, help="repetitions of the five folds (default 3)")
    parser.add_argument("--file", type=Path, default=_RESULTS / "accuracy.jsonl", help="where results are kept")
    parser.add_argument(
        "--page",
        type=Path,
        help="where to write the tables, below the prose that stands there (default beside the results)",
    )
    parser.add_argument("--report", action="store_true", help="run nothing, write the tables only")
    arguments = parser.parse_args()
    from benchmarks.accuracy.report import Results, tables, write_page
    from benchmarks.accuracy.run import read, run

    arguments.file.parent.mkdir(parents=True, exist_ok=True)
    if not arguments.report:
        run(arguments.file, arguments.only, arguments.models, arguments.repeats, arguments.parts, say)
    place = arguments.page or arguments.file.with_suffix(".md")
    results = Results(read(arguments.file))
    write_page(place, tables(results))
    print(tables(results))
    return 0


def say(line: str) -> None:
    """A line at once, so that a long run can be watched."""
    print(line, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
