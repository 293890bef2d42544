"""The vector functions against 50-digit arithmetic, and at their edges."""

import mpmath
import numpy as np
import pytest
import single_kernels as single

from glassnet.formulas.language.syntax import FUNCTIONS

DOMAINS = {
    "exp": (-87.0, 88.0),
    "expm1": (-30.0, 88.0),
    "log": (1e-3, 1e3),
    "log1p": (-0.999, 50.0),
    "tanh": (-9.0, 9.0),
    "erf": (-3.5, 3.5),
    "sin": (-100.0, 100.0),
    "cos": (-100.0, 100.0),
    "sqrt": (0.0, 1e6),
    "abs": (-5.0, 5.0),
}
ORACLES = {"abs": mpmath.fabs}


def ulps(got, exact, dtype):
    """Distance from 50-digit numbers in units of the last place."""
    with mpmath.workdps(50):
        distances = [
            float(abs(mpmath.mpf(float(g)) - e) / mpmath.mpf(float(np.spacing(dtype(abs(float(e)))))))
            for g, e in zip(got, exact, strict=False)
        ]
    return np.array(distances)


def test_every_function_of_one_argument_is_listed():
    assert set(DOMAINS) == {name for name, count in FUNCTIONS.items() if count == 1}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", DOMAINS)
def test_two_units_in_the_last_place(name, dtype):
    rng = np.random.default_rng(3)
    low, high = DOMAINS[name]
    x = np.concatenate([rng.uniform(low, high, 700), rng.uniform(max(low, -1), 1, 301), rng.normal(size=100) * 1e-4])
    x = (np.abs(x) + 1e-30 if name in ("log", "sqrt") else x).astype(dtype)
    with mpmath.workdps(50):
        oracle = ORACLES.get(name) or getattr(mpmath, name)
        exact = [oracle(mpmath.mpf(float(value))) for value in x]
    assert ulps(single.function(name, x), exact, dtype).max() <= 2.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_power_stays_accurate_for_large_exponents(dtype):
    rng = np.random.default_rng(4)
    b = np.concatenate([rng.uniform(0.9, 0.9999, 300), rng.uniform(0.01, 20, 300)]).astype(dtype)
    p = np.concatenate([rng.integers(1, 700, 300), rng.uniform(-8, 8, 300)]).astype(dtype)
    with mpmath.workdps(50):
        exact = [mpmath.power(float(x), float(y)) for x, y in zip(b, p, strict=False)]
    assert ulps(single.function("power", b, p), exact, dtype).max() <= 2.0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_edges_agree_with_numpy(dtype):
    x = np.array([0.0, np.inf, -np.inf, np.nan, 1e30, -1e30, 1.0, -1.0, 2000.0, -2000.0], dtype=dtype)
    for name in ("exp", "expm1", "log", "log1p", "tanh", "sqrt", "abs"):
        with np.errstate(all="ignore"):
            np.testing.assert_allclose(single.function(name, x), getattr(np, name)(x), rtol=1e-5, err_msg=name)
    bounded = x[4:]
    for name in ("sin", "cos", "erf"):
        assert (np.abs(single.function(name, bounded)) <= 1).all()
        assert np.isnan(single.function(name, x[3:4])).all()
    base = np.array([0, 0, 0, 1, np.inf, np.inf, 2, np.nan], dtype=dtype)
    exponent = np.array([0, 2, -1, 5, 2, -1, 5000, 1], dtype=dtype)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(single.function("power", base, exponent), np.power(base, exponent))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_max_and_min_keep_nan_from_either_side(dtype):
    a = np.array([np.nan, 1, np.nan, 2, -1], dtype=dtype)
    b = np.array([1, np.nan, np.nan, 1, 3], dtype=dtype)
    np.testing.assert_array_equal(single.function("max", a, b), np.maximum(a, b))
    np.testing.assert_array_equal(single.function("min", a, b), np.minimum(a, b))


@pytest.mark.parametrize("count", [1, 2, 3, 15, 16, 17, 127, 129])
def test_odd_sizes(count):
    x = np.linspace(-2, 2, count).astype(np.float32)
    np.testing.assert_allclose(single.function("exp", x), np.exp(x), rtol=3e-7)
