"""What long-running processes need: memory that stays, interrupts that arrive, limits on threads that are kept."""

import os
import subprocess
import sys

import numpy as np
import pytest

from glassnet.engine.checks import memory
from glassnet.engine.checks.threads import resolve_threads

FITS = """
import gc
import numpy as np
from glassnet.engine import Plan, Population, Training
X, y = np.random.default_rng(0).normal(size=(200, 10)), np.ones((200, 1))

def resident():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * 4096 / 2**20

def fits(count):
    for i in range(count):
        plan = Plan([10, 40, 1], ["tanh", "identity"], "squared_error", epochs=1, batch_size=50, dropout=0.1)
        # A single network, lanes of a population, and threads, in turn.
        population = Population(seed=i, members=(1, 20)[i % 2], rows=[np.arange(150)] * (1, 20)[i % 2])
        Training(plan, population, X, y, validation=(X, y, None), threads=1 + i % 3).run().loss_curve

def lowest(stretches):
    # Of several moments: what the allocator holds for a while is no leak.
    return min(resident() for _ in range(stretches) if fits(100) is None)

before = lowest(3)
fits(200)
print(lowest(3) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads resident memory as Linux tells it")
def test_resident_memory_is_flat_over_500_fits():
    one_arena = {**os.environ, "MALLOC_ARENA_MAX": "1"}  # else each new thread may get a heap of its own
    done = subprocess.run([sys.executable, "-c", FITS], capture_output=True, text=True, check=False, env=one_arena)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 4.0  # MiB over 500 fits; leaking every population (0.4 each) would cost 100


INTERRUPT = """
import signal, time
import numpy as np
from glassnet.engine import Plan, Population, Training

def interrupt(*_):
    raise KeyboardInterrupt

rng = np.random.default_rng(0)
sizes = {sizes}
rows = {rows}
X, y = rng.normal(size=(rows, sizes[0])), rng.normal(size=(rows, 1))
hidden = ["tanh"] * (len(sizes) - 2)
plan = Plan(sizes, [*hidden, "identity"], "squared_error", epochs=10**6, batch_size={batch}, monitor="none")
training = Training(plan, Population(members={members}), X, y, threads=1)
signal.signal(signal.SIGPROF, interrupt)  # after some processor time, so that neighbors on the machine do not count
start = time.process_time()
signal.setitimer(signal.ITIMER_PROF, 0.2)
try:
    training.run()
except KeyboardInterrupt:
    late = time.process_time() - start - 0.2
steps = training.result.n_steps
print(late, steps.min())
if {batch} == rows:  # a step cut in the middle has not happened
    training.advance_steps(1)
    again = Training(plan, Population(members={members}), X, y)
    again.advance_steps(int(steps[0]) + 1)
    for one, other in zip(training.result.weights, again.result.weights):
        np.testing.assert_array_equal(one, other)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no timer of processor time")
@pytest.mark.parametrize(("sizes", "members", "rows", "batch"), [
    ([5, 8, 1], 1, 2000, 128), ([10, 8, 1], 3000, 2000, 128), ([200, 400, 400, 1], 1, 2000, 128),
    ([200, 400, 400, 1], 1, 50_000, 50_000),  # one step takes a second or more
])  # fmt: skip
def test_an_interrupt_arrives_within_a_tenth_of_a_second(sizes, members, rows, batch):
    program = INTERRUPT.format(sizes=sizes, members=members, rows=rows, batch=batch)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    late, steps = done.stdout.split()
    assert float(late) < 0.1
    assert int(steps) >= (1 if members == 1 and rows == 2000 else 0)


def test_threads_of_workers_are_limited_by_joblib():
    from joblib import Parallel, delayed, parallel_config

    with parallel_config("loky", inner_max_num_threads=1):
        assert Parallel(n_jobs=2)(delayed(resolve_threads)(None) for _ in range(2)) == [1, 1]


@pytest.mark.parametrize(("text", "cores"), [("1", 1), ("100", 64), ("4,2", 4), ("0", 64), ("many", 64), ("", 64)])
def test_the_usual_variable_limits_threads(monkeypatch, text, cores):
    monkeypatch.setattr(memory.os, "sched_getaffinity", lambda _: range(64), raising=False)
    monkeypatch.setattr(memory, "CGROUPS", memory.Path("/nowhere"))
    monkeypatch.setenv("OMP_NUM_THREADS", text)
    assert memory.usable_cores() == cores


@pytest.mark.parametrize(("files", "cores"), [
    ({"cpu.max": "150000 100000"}, 1), ({"cpu.max": "max 100000"}, 64), ({"cpu.max": "400000 100000"}, 4),
    ({"cpu/cpu.cfs_quota_us": "300000", "cpu/cpu.cfs_period_us": "100000"}, 3),
    ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, 64),
    ({"job/cpu.max": "200000 100000", "job/step/cpu.max": "max 100000"}, 2), ({"cpu.max": "nonsense"}, 64),
])  # fmt: skip
def test_quotas_of_containers_limit_threads(monkeypatch, tmp_path, files, cores):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    own = tmp_path / "own"
    own.write_text("0::/job/step\n")
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr(memory.os, "sched_getaffinity", lambda _: range(64), raising=False)
    monkeypatch.setattr(memory, "CGROUPS", tmp_path)
    monkeypatch.setattr(memory, "OWN_CGROUP", own)
    assert memory.usable_cores() == cores


def test_threads_do_not_outnumber_the_work():
    from glassnet.engine import Plan, Population, Training

    plan = Plan([2, 1], ["identity"], "squared_error", epochs=1)
    result = Training(plan, Population(members=2), np.eye(2), np.ones((2, 1)), threads=500).run()
    assert result.n_epochs.tolist() == [1, 1]
