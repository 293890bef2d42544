"""The arithmetic of the benchmarks on numbers that can be worked by hand, without timing anything real."""

import doctest
from types import SimpleNamespace

import numpy as np
import pytest
from benchmarks.cases import CASES, Case, Work
from benchmarks.measure import Row, UnequalWorkError, differences, interleaved
from benchmarks.peers import TRAINERS
from benchmarks.scaling import AXES, Curve

from benchmarks import charts, cluster, report


def test_ratios_are_formed_within_a_repeat():
    row = Row("case", "step", {"glassnet": [1.0, 2.0, 4.0], "peer": [10.0, 30.0, 20.0]})
    ratio = row.ratio("peer")
    assert (ratio.low, ratio.median, ratio.high) == (5.0, 10.0, 15.0)
    assert row.median("glassnet") == 2.0


def test_operations_of_a_step():
    # Products: 2 * 4 * (3 * 5 + 5 * 2) forward, the same to the weights, and 2 * 4 * 5 * 2 to the hidden layer.
    assert Case("", (3, 5, 2), batch=4, rows=8).flops == 200 + 200 + 80


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_epoch_goes_through_every_row_once(case):
    case = case.quick()
    work = Work(case)
    assert work.order.shape == (case.steps, case.members, case.batch)
    seen = np.sort(work.order.swapaxes(0, 1).reshape(case.members, -1), axis=1)
    np.testing.assert_array_equal(seen, np.tile(np.arange(case.rows), (case.members, 1)))


def test_repeats_are_interleaved_and_prepared():
    now, log = [0.0], []

    def run(name, cost):
        def work(count):
            log.append(name)
            now[0] += cost * count

        return work

    prepared = []
    timings = interleaved(
        {"fast": run("fast", 1.0), "slow": run("slow", 3.0)}, repeats=4, seconds=6.0, clock=lambda: now[0],
        before={"slow": lambda: prepared.append(1)},
    )  # fmt: skip
    assert timings == {"fast": [1.0] * 4, "slow": [3.0] * 4}
    assert log[-8:] == ["fast", "slow", "slow", "fast"] * 2
    assert len(prepared) == 5


def trainer(name, losses):
    return SimpleNamespace(
        name=name, restart=lambda: None, advance=lambda blocks: None, epoch_losses=lambda: np.array(losses)
    )


def test_other_mathematics_is_not_timed():
    ours = trainer("glassnet", [[1.0, 2.0], [0.5, 1.0]])
    case = CASES[0]
    assert differences(case, [ours, trainer("peer", [[1.0], [0.505]])])["peer"] == pytest.approx((0.0, 0.01))
    with pytest.raises(UnequalWorkError, match="peer differs"):
        differences(case, [ours, trainer("peer", [[1.01], [0.5]])])
    with pytest.raises(UnequalWorkError, match="peer differs"):
        differences(case, [ours, trainer("peer", [[1.0], [float("nan")]])])


def test_cliffs_are_jumps_that_the_work_does_not_explain():
    curve = Curve("width", "", [1, 2, 3, 4], [1.0, 1.0, 2.0, 8.0], [1.0, 1.0, 1.0, 4.0])
    assert curve.cliffs() == ["width 2 to 3: time × 2.00, work × 1.00"]


def test_the_axes_are_those_that_were_promised():
    ends = {name: (values[0], values[-1]) for name, (_, values, _) in AXES.items()}
    assert ends == {"width": (1, 2048), "batch": (1, 8192), "depth": (1, 16), "population": (1, 10_000)}
    for _, values, case_of in AXES.values():
        assert all(case_of(value).rows % case_of(value).batch == 0 for value in values)


def test_bars_name_peers():
    names = {kind.name for kind in TRAINERS}
    assert len(CASES) == 8
    assert all(set(case.bars) <= names for case in CASES)


@pytest.mark.parametrize("module", [report, charts])
def test_examples_in_docstrings(module):
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("workers", cluster.WORKERS)
def test_simulated_workers_are_not_faster_than_they_can_be(workers):
    least = cluster.NETWORKS * cluster.SECONDS_EACH / workers / 1.5  # a few workers may all be fast ones
    free, dear = (
        cluster.population(workers, cluster.Sending(size, size / 1e9), np.random.default_rng(0)) for size in (0.0, 1e6)
    )
    assert free["packing"] == free["link"] == 0 < dear["packing"] < dear["link"]
    assert least < free["training"] == pytest.approx(dear["training"], rel=0.2)
    assert cluster.repetitions(workers, np.random.default_rng(0)) > least
