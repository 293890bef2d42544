"""The number of threads: as many as requested, or every usable core."""

from __future__ import annotations

from glassnet.engine.checks import memory
from glassnet.errors import ConfigurationError
from glassnet.formulas.whole_number import is_whole

MOST_THREADS = 1024
"""More are taken for this many; their number changes nothing but the time."""


def resolve_threads(threads: int | None) -> int:
    """The number of threads: the given one, or every usable core for None."""
    if threads is None:
        return memory.usable_cores()
    if not is_whole(threads, 1):
        raise ConfigurationError(f"threads={threads!r} must be None (all usable cores) or a number of at least 1.")
    return min(int(threads), MOST_THREADS)
