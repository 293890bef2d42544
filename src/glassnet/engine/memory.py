"""How much memory a training takes, and whether this machine has it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from glassnet.errors import ConfigurationError

CGROUPS, OWN_CGROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
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


SHARE = 0.9
"""Of the memory that is available, so much is given away."""


LITTLE = 2**20
"""Bytes that are there wherever Python runs; to ask for them takes longer than a few steps of such a network."""


def check(needed: float, members: int, parameters: int, arrays: int, item: int, matrices: int = 0) -> None:
    """Refuse what does not fit, with the arithmetic.

    `matrices` is how many weights the layers with connections have in their result, zeros included.
    """
    needed += members * matrices * item
    if needed < LITTLE:
        return
    limit = available_bytes()
    if needed > SHARE * limit:
        spread = f"; {members} x {matrices} x {item} bytes for layers with connections as matrices" if matrices else ""
        raise ConfigurationError(
            f"The training needs {needed / 2**30:.2f} GiB ({members} members x {parameters} weights and biases x "
            f"{arrays} arrays x {item} bytes, and scratch{spread}), but {limit / 2**30:.2f} GiB are available. "
            "Train fewer members at a time, use smaller layers, or float32."
        )


def usable_cores() -> int:
    """Cores that this process may use: affinity, the container's quota, and OMP_NUM_THREADS (which joblib sets)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = [quota for quota in _quotas() if quota > 0]
    told = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if told.isdecimal() and int(told) > 0:
        limits.append(float(told))
    return max(1, min(cores, *map(int, limits))) if limits else max(1, cores)


def _quotas() -> Iterator[float]:
    """Cores that the control groups of this process allow: its own, those above, and the one of version 1."""
    try:
        own = OWN_CGROUP.read_text().rpartition("::")[2].strip().strip("/")
    except OSError:
        own = ""
    place = CGROUPS / own
    for folder in (place, *place.parents):
        with suppress(OSError, ValueError):
            quota, period = (folder / "cpu.max").read_text().split()
            yield float(quota) / float(period) if quota != "max" else 0.0
        if folder == CGROUPS:
            break
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = ((CGROUPS / "cpu" / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        yield float(quota) / float(period)
