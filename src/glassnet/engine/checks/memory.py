"""The memory that a training needs, and whether this machine has it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from glassnet.engine.checks.number import LARGEST_LAYER, LARGEST_POPULATION
from glassnet.errors import ConfigurationError
from glassnet.formulas.whole_number import check_whole

CGROUPS, OWN_CGROUP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")
_CGROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
_CGROUP_USES = ("/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory/memory.usage_in_bytes")


def available_bytes() -> float:
    """Available memory: the machine's, or the container's if that is less."""
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


_OF_MEMBER, _DRAWN, _ROW = 1000, 8, 4
"""Bytes that a member takes beside its arrays, that a number takes while it is drawn, and those of a row number."""
SHARE = 0.9
"""Of the memory that is available, this much is given away."""


LITTLE = 2**20
"""Bytes that are there wherever Python runs; to ask for them takes longer than a few steps of such a network."""


def check(needed: float, members: int, parameters: int, arrays: int, item: int, matrices: int = 0) -> None:
    """Raise for a training that does not fit, with the arithmetic.

    `matrices` is how many weights the layers with connections have in their result, zeros included.
    """
    spread = f"; {members} x {matrices} x {item} bytes for layers with connections as matrices" if matrices else ""
    _refuse_too_much(
        "The training needs",
        needed + members * (_OF_MEMBER + float(matrices) * item + float(parameters) * (_DRAWN + item)),
        f"{members} members x {parameters} weights and biases x ({arrays} arrays x {item} bytes, and {_DRAWN + item} "
        f"while they are drawn), and scratch{spread}",
        "Train fewer members at a time, use smaller layers, or float32.",
    )  # fmt: skip


def check_members(members: int) -> None:
    """Raise for a population that cannot fit, whatever its networks are."""
    arithmetic = f"{members} members x {_OF_MEMBER} bytes"
    _refuse_too_much("The population needs", float(members) * _OF_MEMBER, arithmetic, "Train fewer members at a time.")


def check_start(members: int, layer_sizes: Sequence[int], item: int, rows: int = 0) -> None:
    """Raise if the initial weights do not fit: in float64, and again in the precision of the training.

    `rows` is how many row numbers each member has of its own.
    """
    members = check_whole("n_networks", members, 1, LARGEST_POPULATION)
    layer_sizes = [check_whole("hidden_layer_sizes", size, 1, LARGEST_LAYER) for size in layer_sizes]
    parameters = sum((n_in + 1) * n_out for n_in, n_out in pairwise(layer_sizes))
    lists = f" + {members} x {rows} row numbers x {_ROW} bytes" if rows else ""
    _refuse_too_much(
        "The first weights need", float(members) * (float(parameters) * (_DRAWN + item) + rows * _ROW),
        f"{members} networks x {parameters} weights and biases x {_DRAWN + item} bytes{lists}",
        "Train fewer networks, use smaller layers, or float32.",
    )  # fmt: skip


def _refuse_too_much(what: str, needed: float, arithmetic: str, repair: str) -> None:
    """Raise if more memory is needed than available."""
    if needed < LITTLE:
        return
    limit = available_bytes()
    if needed > SHARE * limit:
        raise ConfigurationError(
            f"{what} {needed / 2**30:.2f} GiB ({arithmetic}), but {limit / 2**30:.2f} GiB are available. {repair}"
        )


def usable_cores() -> int:
    """Cores that this process may use: affinity, the container's quota, and OMP_NUM_THREADS (which joblib sets)."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    limits = [quota for quota in _quotas() if quota > 0]
    limit = os.environ.get("OMP_NUM_THREADS", "").partition(",")[0].strip()
    if limit.isdecimal() and int(limit) > 0:
        limits.append(float(limit))
    return max(1, min(cores, *map(int, limits))) if limits else max(1, cores)


def _quotas() -> Iterator[float]:
    """The limits on cores of this process's control groups: its own, its ancestors, and that of version 1."""
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
