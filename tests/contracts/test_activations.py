"""Every activation: value and derivative against 60-digit arithmetic, range, kinks and gain."""

import math

import mpmath
import numpy as np
import pytest

from glassnet.errors import ConfigurationError
from glassnet.formulas import activations
from glassnet.formulas.randomness import Purpose, normal, uniform

NAMES = list(activations)
SPECS = [*NAMES, "leaky_relu(slope=0.3)", "elu(alpha=0.4)", "elu(alpha=2.5)"]
DIGITS_LOST = 8e-16  # a few roundings of float64


def points(kinks):
    """Both signs over many scales, round the kinks, and extremes."""
    scales = 10.0 ** np.linspace(-12, 2.7, 40)
    random = np.concatenate([scales * s * uniform(1, Purpose.SEARCH, 40, part=p) for p, s in ((0, 1.0), (1, -1.0))])
    centered = 6.0 * uniform(2, Purpose.SEARCH, 120) - 3.0
    near = np.array([kink + sign * 10.0**-e for kink in kinks for sign in (-1, 1) for e in (1, 4, 8)])
    return np.concatenate([random, centered, near, [0.0, -0.0, 5e-324, -5e-324, 36.0, -36.0, 720.0, -720.0]])


def smooth(z, kinks):
    """Whether the derivative exists at z and its difference quotient fits between the kinks."""
    return all(abs(z - kink) > 1e-11 for kink in kinks)


@pytest.mark.parametrize("spec", SPECS)
def test_value_against_sixty_digits(spec, exact):
    record = activations.resolve(spec)
    z = points(record.kinks)
    got = record.apply(z)
    for point, value in zip(z, got, strict=True):
        want = exact(record.value, z=point, **record.values)
        size = max(abs(want), min(abs(point), 1.0))
        allowed = 4 * DIGITS_LOST * size * max(1.0, math.log10(abs(point) + 1)) + 2e-323
        assert abs(value - want) <= allowed, (point, value, want)


@pytest.mark.parametrize("spec", SPECS)
def test_derivative_against_sixty_digits(spec, exact_slope):
    record = activations.resolve(spec)
    z = np.array([point for point in points(record.kinks) if smooth(point, record.kinks)])
    got = record.slope(z) * np.ones_like(z)
    for point, value in zip(z, got, strict=True):
        want = exact_slope(record.value, "z", z=point, **record.values)
        allowed = 8 * DIGITS_LOST * max(abs(want), 1.0) * max(1.0, abs(point) if abs(point) < 10 else 1.0)
        assert abs(value - want) <= allowed, (point, value, want)


@pytest.mark.parametrize("spec", SPECS)
def test_derivative_takes_the_value_as_given(spec):
    record = activations.resolve(spec)
    z = points(record.kinks)
    np.testing.assert_array_equal(record.slope(z), record.slope(z, record.apply(z)))


@pytest.mark.parametrize("spec", SPECS)
def test_extremes_stay_finite_and_keep_their_sign(spec):
    record = activations.resolve(spec)
    z = np.array([1e4, -1e4, 1e30, -1e30, 1e150, -1e150])
    value, slope = record.apply(z), record.slope(z) * np.ones_like(z)
    assert np.isfinite(value).all()
    assert np.isfinite(slope).all()
    low, high = record.range
    assert (value >= low - 1e-12).all()
    assert (value <= high + 1e-12).all()


@pytest.mark.parametrize("spec", SPECS)
def test_range_is_kept_and_reached(spec):
    record = activations.resolve(spec)
    z = np.concatenate([np.linspace(-60, 60, 48001), [-1e6, 1e6]])
    value = record.apply(z)
    low, high = record.range
    assert value.min() >= low - 1e-12 * max(1, abs(low) if math.isfinite(low) else 1)
    assert value.max() <= high + 1e-12
    assert value.min() < -1e5 if low == -math.inf and spec != "leaky_relu" else True
    if math.isfinite(low):
        assert value.min() == pytest.approx(low, abs=1e-6)
    assert value.max() == pytest.approx(high, abs=1e-6) if math.isfinite(high) else value.max() >= 1e6 * 0.999


@pytest.mark.parametrize("name", NAMES)
def test_kinks_are_where_the_slope_jumps_and_nowhere_else(name, exact_slope):
    jumping = set()
    for record in (activations.resolve(spec) for spec in SPECS if spec.partition("(")[0] == name):
        grid = np.round(np.linspace(-5, 5, 2001), 6)
        below, above = (record.slope(grid + side) * np.ones_like(grid) for side in (-1e-7, 1e-7))
        jumps = {float(z) for z in grid[np.abs(above - below) > 1e-4]}
        for kink in jumps:
            sides = [exact_slope(record.value, "z", z=kink + side, **record.values) for side in (-1e-9, 1e-9)]
            assert min(abs(record.slope(np.array(kink)) - side) for side in sides) < 1e-6
        jumping |= jumps
    assert jumping == set(activations[name].kinks)


@pytest.mark.parametrize("name", NAMES)
def test_gain_keeps_the_size_of_a_signal(name):
    record = activations[name]
    z = normal(3, Purpose.SEARCH, 40_000)
    power = record.gain**2 * float(np.mean(np.asarray(record.apply(z)) ** 2))
    assert 0.25 <= power <= 2.1, power


def test_every_record_says_what_it_is():
    counted = 0
    for record in activations.values():
        assert record.summary == record.summary.strip()
        assert record.summary
        assert record.reference or record.name == "identity"
        assert record.range[0] < record.range[1]
        counted += 1
    assert counted == len(activations) == len({r.summary for r in activations.values()}) >= 13


def test_extreme_slope_of_a_sum_of_both_tails_is_symmetric():
    with mpmath.workdps(30):
        tanh = activations["tanh"]
        assert float(tanh.slope(3.0)) == float(tanh.slope(-3.0))


def test_parameter_outside_its_domain():
    with pytest.raises(ConfigurationError, match=r"alpha=-1 lies outside \(0, inf\)"):
        activations.resolve("elu(alpha=-1)")
