"""Training, validation and test rows: the same split for the same seed on every machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from glassnet.engine.random_numbers import permutation
from glassnet.errors import DataError
from glassnet.estimators.sampling.resampling import codes_of
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.formulas import Parameter
from glassnet.formulas.randomness import Purpose, check_seed, uniform

_SHARES = tuple(Parameter(name, 0.0, "share of the rows", 0.0, 1.0, open_high=True) for name in ("test", "validation"))


@dataclass(frozen=True)
class Split:
    """Row numbers of each part, in ascending order.

    Attributes
    ----------
    train, validation, test : array of int64
    """

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


def split_rows(
    n_rows: int, classes: Any = None, *, groups: Any = None, test: float = 0.2, validation: float = 0.0, seed: int = 0
) -> Split:
    """Divide rows at random into training, validation and test rows.

    With `classes`, every part gets its share of every class, as evenly as whole rows allow; a class with one row
    is a training row. The order is drawn from the seed alone, so the same call gives the same split on every machine.

    Parameters
    ----------
    n_rows : int
    classes : array-like of shape (n_rows,), optional
        Class labels or codes.
    groups : array-like of shape (n_rows,), optional
        Labels of rows that belong together, such as the visits of one patient: all of them fall into one part. Groups
        are then divided as rows are otherwise, each with its most frequent class.
    test, validation : float
        Shares of all rows (or groups); a share above 0 gets at least one.
    seed : int

    Returns
    -------
    Split

    Raises
    ------
    DataError
        When no row would be left for training.

    Examples
    --------
    >>> split = split_rows(10, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1], test=0.4, seed=1)
    >>> len(split.train), len(split.validation), len(split.test), (split.test < 5).sum().item()
    (6, 0, 4, 2)
    """
    codes = None if classes is None else codes_of(classes, n_rows)
    if groups is not None:
        together = Groups.of(groups, n_rows)
        codes = None if codes is None else together.classes(codes)
        split = _divide(len(together), codes, test, validation, seed, "group")
        return Split(*(np.sort(together.rows(part)) for part in (split.train, split.validation, split.test)))
    return _divide(n_rows, codes, test, validation, seed, "row")


def _divide(n_rows: int, codes: np.ndarray | None, test: float, validation: float, seed: int, what: str) -> Split:
    """Divide rows, or groups of them, of known classes."""
    shares = [
        parameter.check(share, "split_rows") for parameter, share in zip(_SHARES, (test, validation), strict=True)
    ]
    counts = [max(1, round(share * n_rows)) if share > 0 else 0 for share in shares]
    if sum(counts) >= n_rows:
        raise DataError(
            f"{n_rows} {what}s cannot be split into {counts[0]} test and {counts[1]} validation {what}s: no {what} is "
            f"left for training. Use smaller shares or more {what}s."
        )
    order = permutation(check_seed(seed), Purpose.SPLIT, n_rows)
    free = order
    if codes is not None:
        by_class = order[np.argsort(codes[order], kind="stable")]
        free = by_class[np.bincount(codes)[codes[by_class]] > 1]
    parts = []
    for number, count in enumerate(counts):
        count = min(count, max(0, len(free) - 1))
        # every k-th row of the order, sorted by class: no class gets more than its share, rounded up
        start = uniform(seed, Purpose.SPLIT, 1, part=number + 1)[0]
        places = np.floor((np.arange(count) + start) * len(free) / max(count, 1)).astype(np.int64)
        parts.append(np.sort(free[places]))
        free = np.delete(free, places)
    chosen = np.concatenate(parts)
    if chosen.size >= n_rows:
        raise DataError(f"{n_rows} {what}s are too few to split. Use more {what}s, or share 0.")
    rest = np.ones(n_rows, dtype=bool)
    rest[chosen] = False
    return Split(np.flatnonzero(rest), parts[1], parts[0])
