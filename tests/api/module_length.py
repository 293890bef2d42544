"""A module is one noun and a room a few modules: over 400 lines, or over 15 modules, fails."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

LINES, MODULES = 400, 15
ROOT = Path(__file__).parents[2]
SUFFIXES = (".py", ".cpp", ".hpp", ".h", ".ts", ".svelte")
WRITTEN_BY_A_PROGRAM = ("web/src/contract.ts",)


def lengths() -> dict[str, int]:
    """Path -> number of lines, of every source file that people write."""
    files = [
        path for room in ("src", "native", "web/src") for path in (ROOT / room).rglob("*") if path.suffix in SUFFIXES
    ]
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in sorted(files)}
    return {path: lines for path, lines in lengths.items() if path not in WRITTEN_BY_A_PROGRAM}


def main() -> int:
    """Print the modules that are too long and the folders that hold too many, and return the exit code."""
    counted = lengths()
    in_rooms = [path for path in counted if not path.startswith("native/") and not path.endswith("__init__.py")]
    rooms = Counter(path.rpartition("/")[0] for path in in_rooms)
    failures = [
        *(f"{path}: {lines} lines (limit {LINES}), split it" for path, lines in counted.items() if lines > LINES),
        *(f"{room}: {n} modules (limit {MODULES}), make rooms in it" for room, n in rooms.items() if n > MODULES),
    ]
    longest, largest = max(counted.values()), max(rooms.values())
    for line in (*failures, f"{len(counted)} modules of at most {longest} lines, rooms of at most {largest} modules"):
        sys.stdout.write(f"{line}\n")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
