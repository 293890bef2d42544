"""Modules hold one noun: over 400 lines fails."""

from __future__ import annotations

import sys
from pathlib import Path

LIMIT = 400
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
    """Print the modules that are too long and return the exit code."""
    counted = lengths()
    for path, lines in counted.items():
        if lines > LIMIT:
            sys.stdout.write(f"{path}: {lines} lines - over the limit, split it\n")
    sys.stdout.write(f"{len(counted)} modules, the longest has {max(counted.values())} lines (limit {LIMIT})\n")
    return int(max(counted.values()) > LIMIT)


if __name__ == "__main__":
    sys.exit(main())
