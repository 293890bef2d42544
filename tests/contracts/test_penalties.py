"""Every penalty: value and slope against 60-digit arithmetic, and the shares that networks read."""

import numpy as np
import pytest

from glassnet.formulas import penalties
from glassnet.formulas.randomness import Purpose, normal

SPECS = [*penalties, "elastic_net(mix=0.1)", "elastic_net(mix=1)", "elastic_net(mix=0)"]
WEIGHTS = np.concatenate([normal(5, Purpose.SEARCH, 50), [1e-9, -1e-9, 1e6, -1e6]])


@pytest.mark.parametrize("spec", SPECS)
def test_value_and_slope(spec, exact, exact_slope):
    record = penalties.resolve(spec)
    value, slope = record.apply(WEIGHTS), record.slope(WEIGHTS)
    for w, got, got_slope in zip(WEIGHTS, value, slope, strict=True):
        want = exact(record.value, w=w, **record.values)
        assert abs(got - want) <= 1e-15 * abs(want)
        want = exact_slope(record.value, "w", w=w, **record.values)
        assert abs(got_slope - want) <= 1e-14 * max(1e-9, abs(want)), w


@pytest.mark.parametrize("spec", SPECS)
def test_shares_compose_the_penalty(spec):
    record = penalties.resolve(spec)
    l1, l2 = record.shares
    np.testing.assert_allclose(record.apply(WEIGHTS), l1 * np.abs(WEIGHTS) + l2 * WEIGHTS**2, rtol=1e-15)


@pytest.mark.parametrize("spec", SPECS)
def test_zero_weight_costs_nothing_and_is_not_pushed(spec):
    record = penalties.resolve(spec)
    assert record.apply(0.0) == 0.0
    assert record.slope(0.0) == 0.0


def test_kinks():
    for record in penalties.values():
        jump = record.slope(1e-12) - record.slope(-1e-12)
        assert (abs(jump) > 1e-6) == (0.0 in record.kinks), record.name
    assert len(penalties) >= 3
