"""Counter-based random numbers: a number depends on what it is for, never on what was drawn before.

Every draw is addressed by (seed, purpose, member, epoch, part, index) and computed by Philox 4x32-10 (Salmon et al.
2011). Only integer operations and correctly rounded ``+ - * / sqrt`` are used, so the same address gives the same
bits on every machine, in any order and on any number of threads. The engine repeats `words` and `permutation`.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.formulas.whole_number import check_whole

LARGEST_SEED = 2**64 - 1
_MULTIPLIERS = (np.uint64(0xD2511F53), np.uint64(0xCD9E8D57))
_WEYL = (0x9E3779B9, 0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


class Purpose(IntEnum):
    """The purpose of a stream of random numbers; part of the address of every draw."""

    WEIGHTS = 1
    BIASES = 2
    SHUFFLE = 3
    DROPOUT = 4
    SPLIT = 5
    BOOTSTRAP = 6
    SEARCH = 7
    SCALES = 8
    PHANTOM = 9
    EXPLANATION = 10
    AUGMENTATION = 11


def check_seed(seed: object) -> int:
    """Return the seed as an int in [0, 2**64); anything else is a `ConfigurationError`."""
    return check_whole("seed", seed, 0, LARGEST_SEED)


def words(
    seed: int, purpose: Purpose, count: int, *, member: Any = 0, epoch: int = 0, part: int = 0
) -> NDArray[np.uint32]:
    """Random 32-bit words.

    Parameters
    ----------
    seed : int
        0 to 2**64 - 1; the key.
    purpose : Purpose
    count : int
        How many words; word ``i`` is number ``i % 4`` of block ``i // 4``.
    member : int or array of int, shape (members,)
    epoch, part : int
        Further parts of the address; `part` is a layer or column number below 2**24.

    Returns
    -------
    array of uint32, shape (count,), or (members, count) for an array of members
    """
    blocks = -(-count // 4)
    members = np.asarray(member, dtype=np.uint64)
    shape = (*members.shape, blocks)
    counter = [
        np.broadcast_to(np.arange(blocks, dtype=np.uint64), shape),
        np.full(shape, epoch, dtype=np.uint64),
        np.broadcast_to(members[..., None], shape),
        np.full(shape, (int(purpose) << 24) | part, dtype=np.uint64),
    ]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        first, second = _MULTIPLIERS[0] * counter[0], _MULTIPLIERS[1] * counter[2]
        counter = [
            (second >> _HALF) ^ counter[1] ^ np.uint64(key[0]), second & _LOW,
            (first >> _HALF) ^ counter[3] ^ np.uint64(key[1]), first & _LOW,
        ]  # fmt: skip
        key = [(key[0] + _WEYL[0]) & 0xFFFFFFFF, (key[1] + _WEYL[1]) & 0xFFFFFFFF]
    return np.stack(counter, axis=-1).astype(np.uint32).reshape(*members.shape, 4 * blocks)[..., :count]


def uniform(seed: int, purpose: Purpose, count: int, **address: Any) -> NDArray[np.float64]:
    """Uniform numbers strictly between 0 and 1 with 53 random bits, shaped like `words`."""
    pairs = words(seed, purpose, 2 * count, **address).astype(np.uint64)
    high, low = pairs[..., 0::2] >> np.uint64(6), pairs[..., 1::2] >> np.uint64(6)
    return ((high << np.uint64(26)) + low).astype(np.float64) * 2.0**-52 + 2.0**-53


def normal(seed: int, purpose: Purpose, count: int, **address: Any) -> NDArray[np.float64]:
    """Standard normal numbers by inversion of the distribution function, shaped like `words`."""
    return _normal_quantile(uniform(seed, purpose, count, **address))


def permutation(seed: int, purpose: Purpose, count: int, **address: Any) -> NDArray[np.int64]:
    """A random order of ``0 .. count - 1`` (Fisher-Yates; word ``i`` chooses the partner of place ``i``)."""
    drawn = words(seed, purpose, count, **address).astype(np.uint64)
    drawn *= np.arange(1, count + 1, dtype=np.uint64)
    drawn >>= np.uint64(32)
    result = np.arange(count, dtype=np.int64)
    order, partners = result.data, drawn.data  # single entries are read and written faster there
    for place in range(count - 1, 0, -1):
        partner = partners[place]
        order[place], order[partner] = order[partner], order[place]
    return result


_CENTER = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip

QUANTILE_TABLES = (_CENTER, _MIDDLE, _TAIL)
"""Numerator and denominator of the normal quantile's three polynomials, for who draws the same numbers elsewhere."""


def _ratio(table: tuple[tuple[float, ...], tuple[float, ...]], x: Any) -> Any:
    """The quotient of two polynomials by Horner's rule."""
    top, bottom = (np.full_like(x, row[-1]) for row in table)
    for upper, lower in zip(table[0][-2::-1], table[1][-2::-1], strict=True):
        top, bottom = top * x + upper, bottom * x + lower
    return top / bottom


def portable_log(x: Any) -> Any:
    """The natural logarithm from exact operations only (atanh series), the same bits everywhere."""
    mantissa, exponent = np.frexp(x)
    small = mantissa < 0.7071067811865476
    mantissa, exponent = np.where(small, 2 * mantissa, mantissa), exponent - small
    s = (mantissa - 1) / (mantissa + 1)
    square, total = s * s, np.zeros_like(s)
    for odd in range(25, 0, -2):
        total = total * square + 1.0 / odd
    return 2 * s * total + exponent * 0.6931471805599453


def _normal_quantile(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """The standard normal quantile, algorithm AS 241 (Wichura 1988), relative error below 1e-15."""
    q = p - 0.5
    central = 0.180625 - q * q
    value: NDArray[np.float64] = q * _ratio(_CENTER, central)
    outer = np.abs(q) > 0.425
    if outer.any():
        depth = np.sqrt(-portable_log(np.where(q[outer] < 0, p[outer], 1 - p[outer])))
        tail = np.where(depth <= 5, _ratio(_MIDDLE, depth - 1.6), _ratio(_TAIL, depth - 5))
        value[outer] = np.where(q[outer] < 0, -tail, tail)
    return value
