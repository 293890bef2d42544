"""Every schedule: factors against independent arithmetic."""

import math

import pytest

from glassnet.formulas import schedules

STEPS = 200


def coslog4(t):
    return 0.5 * (1 - math.cos(2 * math.pi * math.log2(1 + 15 * t)))


EXPECTED = {
    "constant": lambda step, samples: 1.0,
    "inverse_scaling": lambda step, samples: (samples + 1) ** -0.5,
    "adaptive": lambda step, samples: 1.0,
    "cosine": lambda step, samples: math.cos(math.pi * step / STEPS / 2) ** 2,
    "coslog4": lambda step, samples: coslog4(step / STEPS),
    "flat_cos": lambda step, samples: 1.0 if 2 * step <= STEPS else math.cos(math.pi * (step / STEPS - 0.5)) ** 2,
    "warm_up": lambda step, samples: min(1.0, (step + 1) / 20),
}


def test_every_schedule_has_an_oracle():
    assert set(EXPECTED) == set(schedules)


@pytest.mark.parametrize("name", list(schedules))
def test_factors(name):
    checked = 0
    for step in range(STEPS):
        samples = 569 * (step // 9)
        got = schedules[name].factor_at(step=step, steps=STEPS, samples=samples)
        assert got == pytest.approx(EXPECTED[name](step, samples), rel=1e-12, abs=1e-12), step
        assert 0.0 <= got <= 1.0 + 1e-12
        checked += 1
    assert checked == STEPS


def test_inverse_scaling_parameter():
    record = schedules.resolve("inverse_scaling(power_t=0.25)")
    assert record.factor_at(step=5, steps=9, samples=15) == pytest.approx(0.5)


def test_warm_up_with_no_share_is_constant():
    record = schedules.resolve("warm_up(share=0)")
    assert [record.factor_at(step=s, steps=50, samples=0) for s in (0, 1, 49)] == [1.0, 1.0, 1.0]


def test_one_planned_step():
    for record in schedules.values():
        assert 0.0 <= record.factor_at(step=0, steps=1, samples=0) <= 1.0


def test_only_plateau_schedules_have_a_divisor():
    for record in schedules.values():
        assert (record.plateau_divisor > 1) == (record.smallest_rate > 0) == (record.name == "adaptive")
