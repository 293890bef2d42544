"""The source of random numbers: known answers of Philox 4x32-10, moments, quantiles, permutations."""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glassnet.errors import ConfigurationError
from glassnet.formulas.randomness import Purpose, check_seed, normal, permutation, uniform, words

MASK = 0xFFFFFFFF
KNOWN = [  # counter, key, answer, as published with the algorithm
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((MASK,) * 4, (MASK,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344), (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]  # fmt: skip


def philox(counter, key):
    """Philox 4x32-10 in plain whole numbers."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c0, 0xCD9E8D57 * c2
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & MASK, (p0 >> 32) ^ c3 ^ k1, p0 & MASK
        k0, k1 = (k0 + 0x9E3779B9) & MASK, (k1 + 0xBB67AE85) & MASK
    return c0, c1, c2, c3


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN)
def test_known_answers_of_the_algorithm(counter, key, answer):
    assert philox(counter, key) == answer


def test_known_answer_of_the_stream():
    assert words(0, 0, 4).tolist() == list(KNOWN[0][2])


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**64 - 1), purpose=st.sampled_from(list(Purpose)), count=st.integers(1, 23),
    member=st.integers(0, 2**32 - 1), epoch=st.integers(0, 2**32 - 1), part=st.integers(0, 2**24 - 1),
)  # fmt: skip
def test_words_are_philox_of_their_address(seed, purpose, count, member, epoch, part):
    got = words(seed, purpose, count, member=member, epoch=epoch, part=part)
    key = (seed & MASK, seed >> 32)
    want = [philox((i // 4, epoch, member, (int(purpose) << 24) | part), key)[i % 4] for i in range(count)]
    assert got.dtype == np.uint32
    assert got.tolist() == want


def test_uniform_lies_strictly_inside_and_is_uniform():
    u = uniform(7, Purpose.SEARCH, 200_000)
    assert 0 < u.min() < 1e-4
    assert 1 - 1e-4 < u.max() < 1
    assert u.mean() == pytest.approx(0.5, abs=4 * math.sqrt(1 / 12 / u.size))
    assert u.var() == pytest.approx(1 / 12, rel=0.01)
    counts = np.histogram(u, bins=64, range=(0, 1))[0]
    chi = float(((counts - u.size / 64) ** 2 / (u.size / 64)).sum())
    assert chi < 63 + 5 * math.sqrt(2 * 63)
    assert abs(np.corrcoef(u[:-1], u[1:])[0, 1]) < 0.01


def test_uniform_ends_from_extreme_words(monkeypatch):
    import glassnet.formulas.randomness as module

    for word, want in ((0, 2.0**-53), (MASK, 1 - 2.0**-53)):
        monkeypatch.setattr(module, "words", lambda *a, word=word, **k: np.full(2, word, dtype=np.uint32))
        assert module.uniform(0, Purpose.SEARCH, 1).item() == want
        assert math.isfinite(module.normal(0, Purpose.SEARCH, 1).item())


def test_normal_moments():
    z = normal(8, Purpose.SEARCH, 200_000)
    assert abs(z.mean()) < 4 / math.sqrt(z.size)
    assert z.std() == pytest.approx(1, abs=0.006)
    assert np.mean(z**3) == pytest.approx(0, abs=0.03)
    assert np.mean(z**4) == pytest.approx(3, abs=0.06)


def test_normal_quantile_against_mpmath():
    from glassnet.formulas.randomness import _normal_quantile

    p = np.concatenate([uniform(9, Purpose.SEARCH, 60), 10.0 ** -np.arange(1.0, 16.0), [2.0**-53, 0.075, 0.925, 0.5]])
    p = np.concatenate([p, 1 - p[60:70]])
    got = _normal_quantile(p.copy())
    for probability, value in zip(p, got, strict=True):
        with mpmath.workdps(40):
            exact = mpmath.mpf(float(probability))
            start = mpmath.mpf(float(value)) or mpmath.mpf("1e-30")
            want = mpmath.findroot(lambda x, q=exact: mpmath.ncdf(x) - q, start, tol=1e-60) if exact != 0.5 else 0
        assert abs(value - want) <= 2e-15 * max(abs(want), 1e-3), (probability, value, want)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**64 - 1), st.integers(1, 200), st.integers(0, 1000))
def test_permutation_is_a_permutation(seed, count, epoch):
    order = permutation(seed, Purpose.SHUFFLE, count, epoch=epoch)
    assert sorted(order.tolist()) == list(range(count))


def test_permutations_are_about_uniform():
    seen = {}
    for epoch in range(2400):
        order = tuple(permutation(1, Purpose.SHUFFLE, 4, epoch=epoch).tolist())
        seen[order] = seen.get(order, 0) + 1
    assert len(seen) == 24
    chi = sum((count - 100) ** 2 / 100 for count in seen.values())
    assert chi < 23 + 5 * math.sqrt(46)


@pytest.mark.parametrize("seed", [-1, 2**64, 1.5, "1", True, None])
def test_a_seed_outside_64_bits(seed):
    with pytest.raises(ConfigurationError, match="whole number from 0"):
        check_seed(seed)


def test_numpy_seeds_are_whole_numbers_too():
    assert check_seed(np.int64(5)) == 5
