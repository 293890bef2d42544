"""What the machine is and what it can do: processor, versions, FMA peak and copy bandwidth of one core."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import subprocess
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import numpy as np

PACKAGES = ("glassnet", "numpy", "scikit-learn", "torch", "jax")
VECTOR_FLAGS = ("avx512f", "avx2", "fma", "asimd", "neon")


@dataclass(frozen=True)
class Machine:
    """Facts that belong to the numbers; none of them names a person, a host or a path."""

    processor: str
    family: str
    vectors: tuple[str, ...]
    cores: int
    system: str
    python: str
    versions: dict[str, str]
    load: float
    peak_gflops: float | None
    peak_note: str
    copy_gbytes: float

    def to_dict(self) -> dict[str, object]:
        return asdict(self)


def look(*, seconds: float = 0.3) -> Machine:
    """Describe and measure this machine."""
    fields = _processor()
    peak, note = fma_peak(seconds)
    return Machine(
        processor=fields.get("model name", platform.processor() or platform.machine()),
        family=f"family {fields['cpu family']}, model {fields['model']}" if "cpu family" in fields else "",
        vectors=tuple(flag for flag in VECTOR_FLAGS if flag in fields.get("flags", "").split()),
        cores=os.cpu_count() or 1, system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(), versions=_versions(),
        load=round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else float("nan"),
        peak_gflops=peak, peak_note=note, copy_gbytes=copy_bandwidth(seconds),
    )  # fmt: skip


def fma_peak(seconds: float = 0.3) -> tuple[float | None, str]:
    """Multiply-adds of one core in GFLOP/s, best of several runs, and how it was measured."""
    compiler = shutil.which(os.environ.get("CXX", "c++")) or shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        return None, "no C++ compiler was found, so the peak is not known"
    source = Path(__file__).with_name("peak.cpp")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "peak.so"
        command = [compiler, "-O3", "-march=native", "-ffp-contract=fast", "-shared", "-fPIC", str(source), "-o"]
        done = subprocess.run([*command, str(library)], capture_output=True, text=True, check=False)
        if done.returncode:
            return None, f"peak.cpp does not compile here: {done.stderr.strip().splitlines()[-1]}"
        loaded = ctypes.CDLL(str(library))
        loaded.run.restype = ctypes.c_double
        loaded.run.argtypes = (ctypes.c_long, ctypes.c_float, ctypes.c_float, ctypes.POINTER(ctypes.c_float))
        lanes = loaded.lanes()
        out = (ctypes.c_float * lanes)()

        def speed(rounds: int) -> float:
            started = time.process_time()
            operations = loaded.run(rounds, 0.5, 1.0, out)
            return operations / (time.process_time() - started) / 1e9

        rounds = 200_000
        speed(rounds)
        deadline, best = time.perf_counter() + seconds, 0.0
        while time.perf_counter() < deadline:
            best = max(best, speed(rounds))
    return round(best, 1), f"vector FMA on {lanes} floats, independent chains in registers"


def copy_bandwidth(seconds: float = 0.3, megabytes: int = 256) -> float:
    """Gigabytes read and written per second by one core that copies far more than its caches hold."""
    source = np.ones(megabytes * 2**20 // 4, np.float32)
    target = np.empty_like(source)
    np.copyto(target, source)
    deadline, best = time.perf_counter() + seconds, 0.0
    while time.perf_counter() < deadline or best == 0.0:
        started = time.process_time()
        np.copyto(target, source)
        best = max(best, 2 * source.nbytes / (time.process_time() - started) / 1e9)
    return round(best, 1)


def _processor() -> dict[str, str]:
    """The first processor's entry of /proc/cpuinfo, where there is one."""
    try:
        first = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in first.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _versions() -> dict[str, str]:
    """Versions of the packages that are compared; a missing one is left out."""
    versions = {}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
