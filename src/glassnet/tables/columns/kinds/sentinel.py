"""Numbers that are codes, such as -999 for "not measured": they repeat and lie far from all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_LOOKED_AT = 20_000
_FEWEST_LEVELS, _FEWEST_CELLS, _MOST = 4, 3, 3
_NEAR = 20
_MOST_CODES, _SKIPPED = 10, 3
_NO_ANSWER = frozenset(
    float(sign * code)
    for sign in (1, -1)
    for code in (*(7, 8, 9, 77, 88, 97, 98, 99, 777, 888, 998, 999, 9999), *((1,) if sign < 0 else ()))
)
"""Words of questionnaires for "refused", "not known" and "not asked"."""
_SPACINGS, _PART_OF_RANGE, _MANY_TIMES, _MANY_ROWS = 5, 0.15, 10, 0.05


@dataclass(frozen=True)
class Sentinel:
    """An isolated value, the number of its cells, and the range of the others."""

    value: float
    count: int
    low: float
    high: float


def sentinels(values: np.ndarray) -> tuple[Sentinel, ...]:
    """The isolated values of a column without missing cells, at most three.

    A value is isolated at the end of a column if several cells have it (of 999 and the like, one is enough) and the
    next one is further away than the others span; a code (0, negative among positive ones, or nines) also where the gap
    is wide for its neighborhood and it occurs more often than they do. Several negative codes, such as -9 and -99, are
    isolated where nothing else is negative.

    Examples
    --------
    >>> sentinels(np.array([20.0, 21, 25, 30, 31, 999, 999, 999]))
    (Sentinel(value=999.0, count=3, low=20.0, high=31.0),)
    >>> sentinels(np.array([0.0, 1, 2, 3, 4, 4, 4]))
    ()
    """
    step = -(-len(values) // _LOOKED_AT)
    levels, counts = np.unique(values[::step], return_counts=True)
    values_found = _negative_codes(levels, counts) if len(levels) > _MOST_CODES else _among_codes(levels, counts)
    levels, counts = (part[~np.isin(levels, values_found)] for part in (levels, counts))
    while len(levels) > _FEWEST_LEVELS and len(values_found) < _MOST:
        for end, others in ((-1, slice(None, -1)), (0, slice(1, None))):
            if _lonely(levels, counts, end, others):
                values_found.append(float(levels[end]))
                levels, counts = levels[others], counts[others]
                break
        else:
            break
    if not values_found:
        return ()
    rest = values[~np.isin(values, values_found)]
    low, high = float(rest.min()), float(rest.max())
    exact = tuple(Sentinel(value, int((values == value).sum()), low, high) for value in values_found)
    return tuple(one for one in exact if not low <= one.value <= high)


def _among_codes(levels: np.ndarray, counts: np.ndarray) -> list[float]:
    """The codes for "no value" next to few consecutive codes, such as 9 next to 0 and 1, or -9 next to 1, 2 and 3."""
    lonely = [float(level) for level in levels if level in _NO_ANSWER]
    rest = levels[~np.isin(levels, lonely)]
    if not lonely or len(rest) < 2 or rest[0] not in (0, 1) or not bool((np.diff(rest) == 1).all()):
        return []
    often = {float(level): int(count) for level, count in zip(levels, counts, strict=True)}
    fewest = 1 if len(rest) == 2 else _FEWEST_CELLS
    apart = all(code < rest[0] - 1 or code >= rest[-1] + _SKIPPED for code in lonely)
    return sorted(lonely, reverse=True)[:_MOST] if apart and min(map(often.__getitem__, lonely)) >= fewest else []


def _negative_codes(levels: np.ndarray, counts: np.ndarray) -> list[float]:
    """Two codes or three, such as -9 and -99, where nothing else is negative."""
    below = levels < 0
    codes = [float(level) for level in levels[below] if level in _NO_ANSWER or (_of_nines(level) and level < -9)]
    enough = 2 <= len(codes) <= _MOST and counts[below].sum() >= _FEWEST_CELLS
    return codes if enough and len(codes) == below.sum() and min(codes) < -9 else []


def _lonely(levels: np.ndarray, counts: np.ndarray, end: int, others: slice) -> bool:
    """Whether the value at one end of the sorted levels is isolated."""
    value, count = levels[end], counts[end]
    rest, rest_counts = levels[others], counts[others]
    span = rest[-1] - rest[0]
    gap = abs(value - rest[end])
    if count < _FEWEST_CELLS:
        return gap > span and _of_nines(value) and abs(value) > 100  # 999 is one though it stands alone
    if gap > span:
        return True
    if not (value == 0 or (value < 0 <= rest[0] and float(value).is_integer()) or _of_nines(value)):
        return False
    near = rest[-_NEAR:] if end else rest[:_NEAR]
    near_counts = rest_counts[-_NEAR:] if end else rest_counts[:_NEAR]
    wide = gap >= _SPACINGS * np.median(np.diff(near))
    often = count >= 2 * np.median(near_counts)
    if not (wide if value else wide and often):
        return value < 0 and bool(often)
    middle = np.quantile(np.repeat(rest, rest_counts), (0.05, 0.95))
    many = count >= _MANY_TIMES * near_counts.max() and count >= _MANY_ROWS * counts.sum()
    return bool(gap > _PART_OF_RANGE * (middle[1] - middle[0]) or many)


def _of_nines(value: float) -> bool:
    """9, 99, 999 and so on, 88, 777, 98 and the like."""
    text = f"{abs(value):.0f}"
    codes = set(text) in ({"9"}, {"8"}, {"7"}) or text in ("98", "998", "9998")
    return float(value).is_integer() and len(text) >= 2 and codes
