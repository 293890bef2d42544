"""The rows and settings of each member of a population: bootstraps, folds and grids, and the left-out rows."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from glassnet.engine.random_numbers import permutation, words
from glassnet.errors import ConfigurationError
from glassnet.estimators.sampling.row_groups import Groups
from glassnet.formulas.randomness import Purpose, check_seed
from glassnet.formulas.whole_number import check_whole


def bootstrap_rows(
    n_rows: int, members: int, *, groups: Any = None, seed: int = 0
) -> NDArray[np.int32] | list[NDArray[np.int32]]:
    """Draw as many rows as there are for each member, with replacement (Efron 1979).

    Parameters
    ----------
    n_rows, members : int
    groups : array-like, shape (n_rows,), optional
        Labels of rows that belong together, such as the visits of one patient. As many groups as there are are then
        drawn, each with all its rows (the cluster bootstrap; Davison and Hinkley 1997).
    seed : int

    Returns
    -------
    array of int32, shape (members, n_rows)
        On average a member misses 37 % of the rows. With groups, a list of arrays, because their lengths differ.

    Examples
    --------
    >>> bootstrap_rows(5, 2, seed=1).tolist()
    [[2, 1, 0, 2, 4], [0, 4, 0, 2, 2]]
    """
    check_whole("n_rows", n_rows, 1)
    check_whole("members", members, 1)
    check_seed(seed)
    if groups is not None:
        together = Groups.of(groups, n_rows)
        drawn_groups = bootstrap_rows(len(together), members, seed=seed)
        return [together.rows(each).astype(np.int32) for each in drawn_groups]
    rows = np.empty((members, n_rows), dtype=np.int32)
    for member in range(members):
        drawn = words(seed, Purpose.BOOTSTRAP, n_rows, member=member).astype(np.uint64)
        rows[member] = (drawn * np.uint64(n_rows)) >> np.uint64(32)
    return rows


def fold_rows(
    n_rows: int, folds: int = 10, *, classes: Any = None, groups: Any = None, seed: int = 0
) -> list[NDArray[np.int64]]:
    """Divide the rows at random into folds; each member trains on all rows but one fold.

    Parameters
    ----------
    n_rows : int
    folds : int
        2 to `n_rows`.
    classes : array-like, shape (n_rows,), optional
        Labels; every fold then gets its share of every class, as evenly as whole rows allow.
    groups : array-like, shape (n_rows,), optional
        Labels of rows that belong together, such as the visits of one patient: all of them fall into one fold. Each
        group, the large ones of a class first, goes to the fold with the fewest rows; its class is its most frequent.
    seed : int

    Returns
    -------
    list of array of int64
        The training rows of each member, in ascending order. Sizes differ by at most one, without groups.

    Examples
    --------
    >>> [rows.tolist() for rows in fold_rows(6, 3, seed=2)]
    [[0, 1, 3, 5], [0, 2, 4, 5], [1, 2, 3, 4]]
    """
    check_whole("n_rows", n_rows, 2)
    check_whole("folds", folds, 2)
    codes = None if classes is None else codes_of(classes, n_rows)
    if groups is None:
        if folds > n_rows:
            raise ConfigurationError(f"folds={folds} is more than the {n_rows} rows. Use at most {n_rows}.")
        fold = _folds(np.ones(n_rows, dtype=np.int64), folds, codes, seed)
    else:
        together = Groups.of(groups, n_rows)
        if folds > len(together):
            raise ConfigurationError(
                f"folds={folds} is more than the {len(together)} groups, of which each must stay in one fold. Use at "
                f"most {len(together)} folds."
            )
        codes = None if codes is None else together.classes(codes)
        fold = _folds(together.sizes, folds, codes, seed)[together.of_row]
    return [np.flatnonzero(fold != k) for k in range(folds)]


def _folds(sizes: NDArray[np.int64], folds: int, codes: NDArray[np.int64] | None, seed: int) -> NDArray[np.int64]:
    """The fold of each group of rows, by the groups' sizes and classes."""
    order = permutation(check_seed(seed), Purpose.SPLIT, len(sizes))
    order = order[np.lexsort((-sizes[order], *([] if codes is None else [codes[order]])))]
    fold = np.empty(len(sizes), dtype=np.int64)
    if sizes.min() == sizes.max():
        fold[order] = np.arange(len(sizes)) % folds  # the same result as that of the loop below
        return fold
    fewest = [(0, k) for k in range(folds)]
    for group in order.tolist():
        n_rows, k = fewest[0]
        fold[group] = k
        heapq.heapreplace(fewest, (n_rows + int(sizes[group]), k))
    return fold


def codes_of(classes: Any, n_rows: int) -> NDArray[np.int64]:
    """Numbers for class labels, one per row."""
    codes = np.unique(np.asarray(classes), return_inverse=True)[1].ravel()
    if len(codes) != n_rows:
        raise ConfigurationError(f"classes has {len(codes)} entries for {n_rows} rows. Give one per row.")
    return codes


def missed_rows(rows: NDArray[Any], n_rows: int) -> NDArray[np.int32]:
    """The rows that are not among these, in ascending order.

    Examples
    --------
    >>> missed_rows(np.array([3, 0, 3]), 5).tolist()
    [1, 2, 4]
    """
    missed = np.ones(n_rows, dtype=bool)
    missed[rows] = False
    return np.flatnonzero(missed).astype(np.int32)


def left_out_mean(losses: Any, left_out: Sequence[NDArray[Any]], row_weights: Any = None) -> float:
    """The mean over all rows, from each network's mean over the rows that it left out.

    Examples
    --------
    >>> left_out_mean([0.25, 0.5], [np.array([0, 1, 3]), np.array([2])])
    0.3125
    """
    totals = [float(len(rows) if row_weights is None else row_weights[rows].sum()) for rows in left_out]
    return float(np.average(losses, weights=totals))


def grid(**values: Sequence[float]) -> dict[str, NDArray[np.float64]]:
    """Every combination of the given settings: one array per setting, with one entry per combination.

    Examples
    --------
    >>> settings = grid(learning_rate=[0.01, 0.001], l2=[0.0, 0.1])
    >>> settings["learning_rate"].tolist(), settings["l2"].tolist()
    ([0.01, 0.01, 0.001, 0.001], [0.0, 0.1, 0.0, 0.1])
    """
    if not values or any(np.ndim(column) != 1 or len(column) == 0 for column in values.values()):
        raise ConfigurationError("grid needs a list of at least one number per setting, such as l2=[0.0, 0.1].")
    combinations = np.array(list(product(*values.values())), dtype=np.float64)
    return {name: combinations[:, k].copy() for k, name in enumerate(values)}
