"""How much memory a training takes, and whether this machine has it."""

from __future__ import annotations

import os
from pathlib import Path

from glassnet.errors import ConfigurationError

_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_CGROUP_USES = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


def available_bytes() -> float:
    """Memory that can still be taken: the machine's, or the container's when that is less."""
    amounts = []
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        amounts += [1024.0 * float(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    except OSError:
        if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
            amounts.append(float(os.sysconf("SC_PHYS_PAGES")) * os.sysconf("SC_PAGE_SIZE"))
    for limit, use in zip(_CGROUP_LIMITS, _CGROUP_USES, strict=True):
        try:
            amounts.append(float(Path(limit).read_text()) - float(Path(use).read_text()))
        except (OSError, ValueError):
            continue
    return min(amounts, default=float("inf"))


def check(needed: float, members: int, parameters: int, arrays: int, item: int) -> None:
    """Refuse what does not fit, with the arithmetic."""
    limit = available_bytes()
    if needed > 0.9 * limit:
        raise ConfigurationError(
            f"The training needs {needed / 2**30:.2f} GiB ({members} members x {parameters} weights and biases x "
            f"{arrays} arrays x {item} bytes, and scratch), but {limit / 2**30:.2f} GiB are available. "
            "Train fewer members at a time, use smaller layers, or float32."
        )


def usable_cores() -> int:
    """Cores that this process may use: affinity and the container's quota."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        if quota != "max":
            cores = min(cores, max(1, int(float(quota) / float(period))))
    except (OSError, ValueError):
        pass
    return max(1, cores)
